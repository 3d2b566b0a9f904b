package contract

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// Agreement is what a promise comes to with one connector and its parameters. It
// is read-only once made and may be shared.
type Agreement struct {
	// Capabilities are the connector's, with the roles whose exports are missing
	// taken off.
	Capabilities abi.Capabilities
	// ObjectType is the one object type.
	ObjectType string
	// Anchor is the anchor attribute. Empty: the DN is the anchor.
	Anchor string
	// Partition is the one partition.
	Partition abi.Partition
	// ImportSchema holds the object type with the selected attributes that can be
	// imported; ExportSchema with all selected ones, and export_password if one
	// is mapped.
	ImportSchema, ExportSchema abi.Schema
	// ImportPageSize and ExportBatchSize are the entries to ask for.
	ImportPageSize, ExportBatchSize int
	// MaxImportObjects is how many objects one full import may name.
	MaxImportObjects int
	// Findings are what the connector declares and nobody uses, and what an
	// operator should know.
	Findings []Finding
}

// Agree settles a promise with what a connector said: checks everything and
// chooses object type, anchor, attributes, partition and page sizes. Partitions
// is nil for a connector without GetPartitions. The error joins the first ten mistakes
// of whatever is checked, and says how many more there are.
func Agree(p Promise, c abi.Capabilities, s abi.Schema, partitions []abi.Partition) (*Agreement, error) {
	capabilityNotes, capabilityErr := CheckCapabilities(c)
	schemaNotes, schemaErr := CheckSchema(s)
	if err := errors.Join(p.check(), capabilityErr, schemaErr); err != nil {
		return nil, err
	}
	g := &grown{Agreement: Agreement{
		Capabilities:    c,
		ImportPageSize:  pageSize(p.ImportPageSize, c.ImportDefaultPageSize, c.ImportMaxPageSize),
		ExportBatchSize: pageSize(p.ExportBatchSize, c.ExportDefaultPageSize, c.ExportMaxPageSize),

		MaxImportObjects: cmp.Or(p.MaxImportObjects, DefaultMaxImportObjects),
	}}
	g.notes.once(capabilityNotes)
	g.notes.once(schemaNotes)
	g.offer(p)
	g.choosePartition(p, partitions)
	g.password(p)
	if t := g.chooseType(p, s); t != nil {
		g.reduce(p, t, g.chooseAnchor(p, t))
	}
	g.Findings = g.notes.findings()
	if err := g.err(); err != nil {
		return nil, err
	}
	return &g.Agreement, nil
}

// grown is an Agreement in the making.
type grown struct {
	Agreement
	notes notes
	mistakes
}

// offer takes off the roles whose exports are missing.
func (g *grown) offer(p Promise) {
	c := &g.Capabilities
	imports := c.SupportImport
	for _, role := range []struct {
		role abi.Role
		flag *bool
	}{
		{abi.RolePartitions, &c.SupportPartitions}, {abi.RoleImport, &c.SupportImport},
		{abi.RoleExport, &c.SupportExport}, {abi.RolePassword, &c.SupportPassword},
	} {
		*role.flag = p.roleReason(*c, role.role) == ""
	}
	c.DeltaImport = c.DeltaImport && c.SupportImport
	c.SupportFullObject = c.SupportFullObject && c.SupportImport
	if imports && !c.SupportImport {
		g.notes.add(ruleNoImport, "the exports of the import role are missing: objects that exist already are created again or fail")
	}
}

func (g *grown) choosePartition(p Promise, partitions []abi.Partition) {
	var err error
	if partitions == nil {
		partitions = []abi.Partition{abi.DefaultPartition}
	} else if err = CheckPartitions(partitions); err != nil {
		g.add(err)
		return
	}
	g.Partition, err = choosePartition(p, partitions)
	g.add(err)
}

func (g *grown) password(p Promise) {
	c := g.Capabilities
	switch {
	case !p.PasswordMapped:
	case !c.SupportPassword && !c.SupportExport:
		g.fail("GetCapabilities", rulePasswordNoWay, place{Attribute: abi.ExportPassword},
			"a password is mapped, but the connector has neither the password role nor exports to take it; map none")
	case c.ConnectionSecurityLevel == abi.NotSecure:
		g.notes.add(rulePasswordNotSecure, "a password is mapped, and the connector says that its connection is not secure")
	}
}

// chooseType returns the promised object type, or nil and a mistake.
func (g *grown) chooseType(p Promise, s abi.Schema) *abi.SchemaType {
	names := make([]string, 0, len(s.Types))
	for i := range s.Types {
		names = append(names, s.Types[i].Name)
	}
	t := s.Type(p.ObjectType)
	switch {
	case t != nil:
	case p.ObjectType == "" && len(s.Types) == 1:
		t = &s.Types[0]
	case p.ObjectType == "":
		g.fail("GetSchema", ruleOneObjectType, place{}, "the schema has %d object types; choose one of %s", len(names), choices(names))
	default:
		g.fail("GetSchema", ruleOneObjectType, place{ObjectType: p.ObjectType}, "the schema has no such object type; choose one of %s", choices(names))
	}
	if t != nil {
		g.ObjectType = t.Name
	}
	return t
}

// chooseAnchor returns the anchor attribute, or nil when the DN is the anchor or
// there is a mistake.
func (g *grown) chooseAnchor(p Promise, t *abi.SchemaType) *abi.SchemaAttribute {
	about := place{ObjectType: t.Name}
	anchors := t.Anchors()
	name := p.Anchor
	switch {
	case g.Capabilities.IsDNAsAnchor && p.Anchor != "":
		g.fail("GetSchema", ruleAnchorLocked, about, "the DN is the anchor; choose no other")
		return nil
	case g.Capabilities.IsDNAsAnchor:
		if len(anchors) > 0 {
			g.notes.add(ruleDNIsAnchor, "the DN is the anchor; %s is a plain attribute", choices(anchors))
		}
		return nil
	case len(anchors) > 1:
		g.fail("GetSchema", ruleAnchorComposite, about, "the anchor is made of %s; only one attribute can be the anchor", choices(anchors))
		return nil
	case len(anchors) == 0 && name == "":
		g.fail("GetSchema", ruleAnchorMissing, about, "the schema names no anchor; choose an attribute that identifies objects for good")
		return nil
	case name == "":
		name = anchors[0]
	case t.Locked && !slices.Contains(anchors, name):
		g.fail("GetSchema", ruleAnchorLocked, about, "its anchor is locked to %s", choices(anchors))
		return nil
	}
	return g.checkAnchor(t, name)
}

func (g *grown) checkAnchor(t *abi.SchemaType, name string) *abi.SchemaAttribute {
	a := t.Attribute(name)
	switch {
	case a == nil:
		g.notInType(t, name)
	case a.MultiValued || a.Type == abi.Boolean || a.Type == abi.Reference || a.Operation == abi.ExportOnly:
		g.fail("GetSchema", ruleAnchorKind, place{ObjectType: t.Name, Attribute: name}, "it is %s and %s; an anchor is not", kind(a), a.Operation)
		return nil
	default:
		g.Anchor = name
	}
	return a
}

func (g *grown) notInType(t *abi.SchemaType, name string) {
	names := make([]string, 0, len(t.Attributes))
	for i := range t.Attributes {
		names = append(names, t.Attributes[i].Name)
	}
	g.fail("GetSchema", ruleAttributeNotInType, place{ObjectType: t.Name, Attribute: name}, "the object type has no such attribute; it has %s", choices(names))
}

// reduce makes the schemas that sessions get: one object type, its anchor and the
// selected attributes, in the schema's order.
func (g *grown) reduce(p Promise, t *abi.SchemaType, anchor *abi.SchemaAttribute) {
	for _, name := range p.Attributes {
		if t.Attribute(name) == nil {
			g.notInType(t, name)
		}
	}
	imported, exported := *t, *t
	imported.Attributes, exported.Attributes = nil, nil
	for _, a := range t.Attributes {
		a.Anchor = anchor != nil && a.Name == anchor.Name
		if p.Attributes != nil && !a.Anchor && !slices.Contains(p.Attributes, a.Name) {
			continue
		}
		exported.Attributes = append(exported.Attributes, a)
		if a.Operation != abi.ExportOnly {
			imported.Attributes = append(imported.Attributes, a)
		}
	}
	if p.PasswordMapped {
		exported.Attributes = append(exported.Attributes, abi.SchemaAttribute{
			Name: abi.ExportPassword, Type: abi.String, Operation: abi.ExportOnly, Sensitive: true,
		})
	}
	g.ImportSchema = abi.Schema{Types: []abi.SchemaType{imported}}
	g.ExportSchema = abi.Schema{Types: []abi.SchemaType{exported}}
}
