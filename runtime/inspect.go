package runtime

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/admission"
)

// Report is what a module says of itself, read without running any of it.
type Report struct {
	// Size is the module's length in bytes, SHA256 its digest in hex.
	Size   int
	SHA256 string
	// ABI is the marker export, "ecma_abi_1", and empty without one.
	ABI string
	// Manifest is what the custom section ecma.manifest holds; nil without one,
	// or when it cannot be read.
	Manifest *abi.Manifest
	// Exports and Imports stand in the order of the module.
	Exports []ReportExport
	Imports []ReportImport
	// Memory are the limits it declares for its memory.
	Memory ReportMemory
	// Roles are the roles whose exports are complete, in order.
	Roles []abi.Role
	// Code is what all of its code has that is limited; nil for a module that is
	// refused.
	Code *admission.Report
	// NoSnapshot is why each instance is started anew; empty if a connector is started
	// once, when it is loaded, and its instances begin in the state it had then.
	NoSnapshot string
	// OnlyApart is what it has too much of for a program that compiles in its own
	// process, not having called CompileChild; empty if such a program loads it, too.
	OnlyApart string
	// Findings are all that is wrong or odd, refusals first.
	Findings []Finding
}

// ReportExport is one export.
type ReportExport struct {
	Name string
	// Member is the ECMA member that it stands for, Role the role it belongs to;
	// both are empty for plumbing and for exports that are no part of the ABI.
	Member, Role string
	// Signature is a function's type, such as (i32) → i64, or table, memory or
	// global. Of more than 32 values it tells how many there are.
	Signature string
}

// ReportImport is one import.
type ReportImport struct {
	Module, Name, Signature string
	// Known says that the ABI has it, with this signature.
	Known bool
}

// ReportMemory are the limits of a memory in bytes. Max is 0 when none is
// declared.
type ReportMemory struct {
	Min, Max int64
}

// Severity says whether a finding keeps a module from being loaded.
type Severity uint8

// The severities.
const (
	// Refusal keeps the module from being loaded.
	Refusal Severity = iota
	// Warning does not: something is odd, and probably not meant.
	Warning
)

// String returns refusal or warning.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "refusal"
}

// Finding is one thing that is wrong or odd.
type Finding struct {
	// Code is stable: one of Rules.
	Code     string
	Severity Severity
	// Message says what is wrong and what cures it. Names from the module are
	// quoted and cut.
	Message string
}

// HasRole reports whether the exports of a role are complete.
func (r Report) HasRole(role abi.Role) bool { return slices.Contains(r.Roles, role) }

// Err joins the refusals, each as an *abi.Error with code InvalidModule and the
// finding's code as its rule; nil without any.
func (r Report) Err() error {
	var errs []error
	for _, f := range r.Findings {
		if f.Severity == Refusal {
			errs = append(errs, refused(f.Code, f.Message, nil))
		}
	}
	return errors.Join(errs...)
}

// refused is the error for a module that is not let in.
func refused(rule, message string, cause error) error {
	return &abi.Error{Code: abi.InvalidModule, Op: "runtime: load", Side: abi.SideGuest, Rule: rule, Message: message, Err: cause}
}

func (r *Report) find(rule string, severity Severity, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{rule, severity, fmt.Sprintf(format, args...)})
}

// Inspect reads a module without running any of it. The report is as complete as
// the module can be read; the error is Report.Err: everything for which no
// Runtime of this program would load it: a program that has called CompileChild loads
// larger ones than another, and Report.OnlyApart tells them. A Runtime checks its own
// limits besides, and starts the module.
func Inspect(module []byte) (Report, error) {
	report, shape := inspect(module)
	if _, err := admitCode(&report, shape, module, inspectSettings(), nil); err != nil {
		return report, hostError("runtime: inspect", err)
	}
	return report, report.Err()
}

// inspect also returns the shape, which is nil when the module cannot be read.
func inspect(module []byte) (Report, *moduleShape) {
	digest := sha256.Sum256(module)
	report := Report{Size: len(module), SHA256: hex.EncodeToString(digest[:])}
	if f := checkHeader(module); f != nil {
		report.Findings = append(report.Findings, *f)
		return report, nil
	}
	shape, problem := walk(module)
	if problem != nil {
		report.Findings = append(report.Findings, *problem)
		return report, nil
	}
	checkImports(&report, shape)
	checkMemory(&report, shape)
	checkExports(&report, shape)
	checkManifest(&report, shape)
	slices.SortStableFunc(report.Findings, func(a, b Finding) int { return int(a.Severity) - int(b.Severity) })
	if over := len(report.Findings) - maxFindings; over > 0 {
		report.Findings = report.Findings[:maxFindings]
		report.Findings[maxFindings-1].Message += fmt.Sprintf("; and %d more findings", over)
	}
	return report, shape
}

// strangers are files that people hand over instead of a module, told by how
// they begin.
var strangers = []struct{ begins, is string }{
	{"MZ", "a Windows program or .NET DLL: ecmabox runs WebAssembly modules; rewrite the connector, its calls keep ECMA's names"},
	{"\x7fELF", "a Linux program: build for WebAssembly, in Go with GOOS=wasip1 GOARCH=wasm"},
	{"\xcf\xfa\xed\xfe", "a macOS program: build for WebAssembly, in Go with GOOS=wasip1 GOARCH=wasm"},
	{"PK\x03\x04", "a zip archive: unpack it and load the module in it"},
	{"\x1f\x8b", "compressed with gzip: unpack it first"},
	{"(module", "a module in the text format: translate it with wat2wasm"},
	{"BC\xc0\xde", "LLVM bitcode: link it with wasm-ld"},
}

func checkHeader(module []byte) *Finding {
	refusal := func(rule, message string) *Finding { return &Finding{rule, Refusal, message} }
	const magic = "\x00asm"
	switch {
	case len(module) == 0:
		return refusal(RuleNotWasm, "the file is empty")
	case !bytes.HasPrefix(module, []byte(magic[:min(len(magic), len(module))])):
		for _, s := range strangers {
			if bytes.HasPrefix(module, []byte(s.begins)) {
				return refusal(RuleNotWasm, "this is "+s.is)
			}
		}
		return refusal(RuleNotWasm, "this is no WebAssembly module: it does not begin with \\0asm")
	case len(module) < 8:
		return refusal(RuleTruncated, "the file ends inside its header: copy or build it again")
	}
	version, layer := module[4:6], module[6:8]
	switch {
	case layer[0] == 1 && layer[1] == 0:
		return refusal(RuleComponent, "this is a component of the component model: build a core module for WASI preview 1 (wasip1)")
	case version[0] != 1 || version[1] != 0 || layer[0] != 0 || layer[1] != 0:
		return refusal(RuleVersion, fmt.Sprintf("the module has version %#x of the binary format, only 1 can be read", module[4:8]))
	}
	return nil
}

func checkMemory(r *Report, m *moduleShape) {
	imported := m.imported(kindMemory)
	if imported > 0 {
		r.find(RuleMemoryImported, Refusal, "the module imports its memory: link it with a memory of its own (without --import-memory)")
	}
	if imported+len(m.memories) > 1 {
		r.find(RuleMemoryKind, Refusal, "the module has %d memories: link it with one", imported+len(m.memories))
	}
	if len(m.memories) > 0 {
		l := m.memories[0]
		if l.flags&2 != 0 {
			r.find(RuleMemoryKind, Refusal, "the memory is shared: build without threads and atomics")
		}
		r.Memory.Min = int64(l.min) * pageBytes
		if l.hasMax() {
			r.Memory.Max = int64(l.max) * pageBytes
		}
	}
	exported := 0
	for _, e := range m.exports {
		if e.kind == kindMemory {
			exported++
		}
		if e.kind != kindMemory && e.name == abi.ExportMemory {
			r.find(RuleMemory, Refusal, "the export %q is a %s: it must be the memory", e.name, e.kind)
		} else if e.kind == kindMemory && e.name != abi.ExportMemory {
			r.find(RuleMemory, Refusal, "the memory is exported as %s: it must be exported as %q, once", quote(e.name), abi.ExportMemory)
		}
	}
	if exported == 0 {
		r.find(RuleMemory, Refusal, "the module exports no memory: export it as %q", abi.ExportMemory)
	}
}

// checkManifest reads the manifest, if there is one, and holds its roles against
// the exports.
func checkManifest(r *Report, m *moduleShape) {
	switch len(m.manifests) {
	case 0:
		return
	case 1:
	default:
		r.find(RuleManifest, Refusal, "there are %d custom sections %s: build the module again and add one", len(m.manifests), abi.ManifestSection)
		return
	}
	text := m.manifests[0]
	if len(text) > maxManifest {
		r.find(RuleManifest, Refusal, "the manifest has %d bytes, the most is %d", len(text), maxManifest)
		return
	}
	manifest := &abi.Manifest{}
	if err := abi.Decode(string(text), manifest, nil); err != nil {
		r.find(RuleManifest, Refusal, "the manifest cannot be read: %s", quote(err.Error()))
		return
	}
	r.Manifest = manifest
	for _, role := range manifest.Roles {
		if role != abi.RoleBase && !r.HasRole(role) {
			r.find(RuleManifest, Refusal, "the manifest promises the role %s, but its exports are not there: add them or take the role out", role)
		}
	}
	for _, role := range r.Roles {
		if len(manifest.Roles) > 0 && role != abi.RoleBase && !slices.Contains(manifest.Roles, role) {
			r.find(RuleManifest, Warning, "the exports of the role %s are there, but the manifest does not name it", role)
		}
	}
}

// maxQuoted is where text from a guest is cut in an error, unless said otherwise.
const maxQuoted = 512

// maxFindings bounds a report: a hostile module has as many mistakes as it wants.
const maxFindings = 100

// quote quotes text of a guest and cuts it.
func quote(s string) string { return quoteUpTo(s, maxQuoted) }

func quoteUpTo(s string, most int) string {
	if len(s) > most {
		return strconv.Quote(s[:most]) + " (cut)"
	}
	return strconv.Quote(s)
}
