package abi

import (
	"time"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Manifest is what a module says of itself in the custom section ecma.manifest.
// It is read without running code and optional; what it declares is a wish, not
// a grant.
type Manifest struct {
	// Name and Version name the connector for people; Description is one
	// sentence.
	Name, Version, Description string
	// Roles are the roles the module has; a loader compares them with its
	// exports.
	Roles []Role
	// Targets are the targets it wants to be granted.
	Targets []ManifestTarget
	// Parameters are those of the Connectivity page, so that an operator sees
	// them before he grants anything.
	Parameters []ConfigParameterDefinition
	// Limits are what it needs; an operator may grant less.
	Limits ManifestLimits
}

// ManifestLimits are needs of a module that are above a host's defaults. Zero
// means that the default will do.
type ManifestLimits struct {
	// MemoryBytes is the memory of one instance.
	MemoryBytes int64
	// CallTimeout is the longest call. Milliseconds on the wire.
	CallTimeout time.Duration
}

// ManifestTarget is a target that a module wants.
type ManifestTarget struct {
	Name           string
	Methods, Paths []string
}

func (m *Manifest) encode(w *wire.Writer) {
	w.Object()
	w.Key("name")
	w.String(m.Name)
	optionalString(w, "version", m.Version)
	optionalString(w, "description", m.Description)
	if len(m.Roles) > 0 {
		w.Key("roles")
		w.Array()
		for _, r := range m.Roles {
			w.String(r.String())
		}
		w.EndArray()
	}
	if len(m.Targets) > 0 {
		w.Key("targets")
		w.Array()
		for _, t := range m.Targets {
			w.Object()
			w.Key("name")
			w.String(t.Name)
			optionalStrings(w, "methods", t.Methods)
			optionalStrings(w, "paths", t.Paths)
			w.EndObject()
		}
		w.EndArray()
	}
	encodeDefinitions(w, "parameters", m.Parameters)
	if m.Limits != (ManifestLimits{}) {
		w.Key("limits")
		w.Object()
		optionalInt(w, "memory_bytes", m.Limits.MemoryBytes)
		optionalInt(w, "call_ms", m.Limits.CallTimeout.Milliseconds())
		w.EndObject()
	}
	w.EndObject()
}

func (m *Manifest) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "name":
			m.Name = d.name()
		case "version":
			m.Version = d.text("MaxNameBytes", MaxNameBytes)
		case "description":
			m.Description = d.cut()
		case "roles":
			d.list("MaxParameters", MaxParameters, func() { m.Roles = append(m.Roles, Role(d.word(roles))) })
		case "targets":
			d.list("MaxParameters", MaxParameters, func() { m.Targets = append(m.Targets, d.manifestTarget()) })
		case "parameters":
			m.Parameters = d.definitions()
		case "limits":
			m.Limits = d.manifestLimits()
		default:
			d.Skip()
		}
	}
	d.need(m.Name != "", "name")
}

func (d *decoder) manifestLimits() (l ManifestLimits) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "memory_bytes":
			if l.MemoryBytes = d.Int(); l.MemoryBytes < 0 {
				d.Fail("a number of bytes was expected")
			}
		case "call_ms":
			l.CallTimeout = time.Duration(d.count()) * time.Millisecond
		default:
			d.Skip()
		}
	}
	return l
}

func (d *decoder) manifestTarget() ManifestTarget {
	var t ManifestTarget
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "name":
			t.Name = d.name()
		case "methods":
			d.list("MaxParameters", MaxParameters, func() { t.Methods = append(t.Methods, d.name()) })
		case "paths":
			d.list("MaxParameters", MaxParameters, func() { t.Paths = append(t.Paths, d.name()) })
		default:
			d.Skip()
		}
	}
	d.need(t.Name != "", "a target's name")
	return t
}

// AppendManifest returns module with m in a custom section at its end. A module
// that has one already must not get a second: loaders refuse it.
func AppendManifest(module []byte, m *Manifest) []byte {
	var w wire.Writer
	m.encode(&w)
	section := appendLength(nil, len(ManifestSection))
	section = append(section, ManifestSection...)
	section = append(section, w.Bytes()...)
	out := append(append([]byte{}, module...), 0)
	out = appendLength(out, len(section))
	return append(out, section...)
}

// appendLength appends n in LEB128.
func appendLength(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
