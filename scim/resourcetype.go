package scim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Definition declares a resource type (RFC 7643 section 6).
type Definition struct {
	// Name is the resource type, for instance "User".
	Name string
	// Endpoint is one path segment with its slash, for instance "/Users".
	Endpoint    string
	Description string
	Schema      Schema
	Extensions  []Extension
	// PatchNoContent answers a PATCH with 204 unless the request asks for
	// attributes. The default is 200 with the resource.
	PatchNoContent bool
}

// Extension adds a schema to a resource type (RFC 7643 section 3.3).
type Extension struct {
	Schema Schema
	// Required refuses resources without a value of this schema.
	Required bool
}

// ResourceType is a checked Definition. It is immutable and safe for
// concurrent use; its address is its identity.
type ResourceType struct {
	def     Definition
	schemas []*schemaIndex // the core schema, then the extensions
	// attributes and sub-attributes that are returned on request
	onRequest []Path
}

// schemaIndex is a Schema made ready for look-ups.
type schemaIndex struct {
	Schema
	typo     string // the URN without its last colon, as one provider writes it
	required bool
	names    nameIndex
}

// attribute is an Attribute made ready for look-ups.
type attribute struct {
	Attribute
	schema *schemaIndex
	subs   nameIndex
}

// nameIndex finds attributes by name in any case.
type nameIndex struct {
	list   []*attribute
	byName map[string]*attribute // under the declared and the lower-case name
}

// NewResourceType checks a definition and returns the resource type, or an
// error that joins all that is wrong with it. The definition's slices must not
// be changed afterwards.
func NewResourceType(d Definition) (*ResourceType, error) {
	t := &ResourceType{def: d}
	errs := checkDefinition(d)
	core := d.Schema
	core.Attributes = slices.Concat(commonAttributes(d.Schema), d.Schema.Attributes)
	t.schemas = append(t.schemas, newSchemaIndex(core, true))
	for _, e := range d.Extensions {
		t.schemas = append(t.schemas, newSchemaIndex(e.Schema, e.Required))
	}
	t.onRequest = t.leaves(func(a *attribute) bool { return a.Returned == ReturnedRequest })
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("scim: resource type %q: %w", d.Name, err)
	}
	return t, nil
}

// Name returns the name of the resource type, for instance "User".
func (t *ResourceType) Name() string { return t.def.Name }

// Endpoint returns the path segment of the resource type, for instance "/Users".
func (t *ResourceType) Endpoint() string { return t.def.Endpoint }

// Definition returns what the type was made from.
func (t *ResourceType) Definition() Definition { return t.def }

// UniquePaths returns the paths of all attributes whose values a Backend must
// keep unique: those declared with UniquenessServer or UniquenessGlobal. Values
// are the same when they are Equal to the filter operator eq, so case counts
// only for caseExact attributes.
func (t *ResourceType) UniquePaths() []Path {
	return t.leaves(func(a *attribute) bool { return a.Uniqueness != UniquenessNone })
}

// leaves returns the paths of the attributes and sub-attributes of some kind.
func (t *ResourceType) leaves(kind func(*attribute) bool) []Path {
	var paths []Path
	for p := range t.attributes {
		if kind(p.attr) {
			paths = append(paths, p)
		}
		for _, sub := range p.attr.subs.list {
			if kind(sub) {
				paths = append(paths, Path{typ: t, schema: p.schema, attr: p.attr, sub: sub})
			}
		}
	}
	return paths
}

func (t *ResourceType) core() *schemaIndex { return t.schemas[0] }

func newSchemaIndex(s Schema, required bool) *schemaIndex {
	x := &schemaIndex{Schema: s, required: required}
	if i := strings.LastIndexByte(s.URN, ':'); i > 0 {
		x.typo = s.URN[:i] + s.URN[i+1:]
	}
	x.names = newNameIndex(x, s.Attributes)
	return x
}

func newNameIndex(s *schemaIndex, attrs []Attribute) nameIndex {
	x := nameIndex{byName: make(map[string]*attribute, 2*len(attrs))}
	for _, a := range attrs {
		c := &attribute{Attribute: a, schema: s}
		c.subs = newNameIndex(s, a.SubAttributes)
		x.list = append(x.list, c)
		x.byName[a.Name] = c
		x.byName[lowerName(a.Name)] = c
	}
	return x
}

func (x nameIndex) get(name string) *attribute {
	if a := x.byName[name]; a != nil {
		return a
	}
	return x.byName[lowerName(name)]
}

// longest returns the attribute with the longest name that s begins with and
// that ends where a name can end.
func (x nameIndex) longest(s string) *attribute {
	var found *attribute
	for _, a := range x.list {
		if hasNamePrefix(s, a.Name) && endsName(s[len(a.Name):]) && (found == nil || len(a.Name) > len(found.Name)) {
			found = a
		}
	}
	return found
}

func endsName(rest string) bool {
	return rest == "" || strings.IndexByte(". \t[]()", rest[0]) >= 0
}

// commonAttributes are those of RFC 7643 section 3.1. A schema may declare its
// own externalId, for instance to make it unique.
func commonAttributes(s Schema) []Attribute {
	common := []Attribute{
		{Name: "id", CaseExact: true, Mutability: ReadOnly, Returned: ReturnedAlways, Uniqueness: UniquenessServer, Description: "The identifier that the service gave the resource."},
		{Name: "externalId", CaseExact: true, Description: "The identifier that the client gave the resource."},
		{Name: "schemas", Type: TypeReference, MultiValued: true, Mutability: ReadOnly, Returned: ReturnedAlways},
		{Name: "meta", Type: TypeComplex, Mutability: ReadOnly, SubAttributes: []Attribute{
			{Name: "resourceType", CaseExact: true, Mutability: ReadOnly},
			{Name: "created", Type: TypeDateTime, Mutability: ReadOnly},
			{Name: "lastModified", Type: TypeDateTime, Mutability: ReadOnly},
			{Name: "location", Type: TypeReference, Mutability: ReadOnly},
			{Name: "version", CaseExact: true, Mutability: ReadOnly},
		}},
	}
	declared := slices.ContainsFunc(s.Attributes, func(a Attribute) bool { return equalName(a.Name, "externalId") })
	if declared {
		common = slices.Delete(common, 1, 2)
	}
	return common
}

// isReserved reports the common attributes that a schema cannot declare and a
// Resource does not keep among its attributes.
func isReserved(name string) bool {
	return equalName(name, "id") || equalName(name, "schemas") || equalName(name, "meta")
}

func checkDefinition(d Definition) (errs []error) {
	if d.Name == "" {
		errs = append(errs, errors.New("name is empty"))
	}
	segment, ok := strings.CutPrefix(d.Endpoint, "/")
	if !ok || segment == "" || strings.ContainsAny(segment, "/?#% ") || isRoute(segment) {
		errs = append(errs, fmt.Errorf("endpoint %q is not one free path segment like /Users", d.Endpoint))
	}
	urns := map[string]bool{}
	errs = append(errs, checkSchema(d.Schema, urns)...)
	for _, e := range d.Extensions {
		errs = append(errs, checkSchema(e.Schema, urns)...)
	}
	for _, a := range d.Schema.Attributes {
		if isReserved(a.Name) {
			errs = append(errs, fmt.Errorf("attribute %q is common to all resources and cannot be declared", a.Name))
		}
	}
	return errs
}

func checkSchema(s Schema, urns map[string]bool) (errs []error) {
	if !hasNamePrefix(s.URN, "urn:") || strings.ContainsAny(s.URN, " \"\\[]()") || urns[lowerName(s.URN)] {
		errs = append(errs, fmt.Errorf("schema %q has no URN of its own", s.URN))
	}
	urns[lowerName(s.URN)] = true
	for _, err := range checkAttributes(s.Attributes, false) {
		errs = append(errs, fmt.Errorf("schema %s: %w", s.URN, err))
	}
	return errs
}

func checkAttributes(attrs []Attribute, sub bool) (errs []error) {
	seen := map[string]bool{}
	for _, a := range attrs {
		name := lowerName(a.Name)
		switch {
		case !validName(a.Name):
			errs = append(errs, fmt.Errorf("attribute %q has no valid name", a.Name))
		case seen[name]:
			errs = append(errs, fmt.Errorf("attribute %q is declared twice", a.Name))
		case int(a.Type) >= len(typeNames), int(a.Mutability) >= len(mutabilityNames),
			int(a.Returned) >= len(returnedNames), int(a.Uniqueness) >= len(uniquenessNames):
			errs = append(errs, fmt.Errorf("attribute %q has an unknown type or rule", a.Name))
		case sub && a.Type == TypeComplex:
			errs = append(errs, fmt.Errorf("sub-attribute %q is complex", a.Name))
		case (a.Type == TypeComplex) != (len(a.SubAttributes) > 0):
			errs = append(errs, fmt.Errorf("attribute %q: a complex attribute has sub-attributes, and no other has", a.Name))
		}
		seen[name] = true
		for _, err := range checkAttributes(a.SubAttributes, true) {
			errs = append(errs, fmt.Errorf("attribute %q: %w", a.Name, err))
		}
	}
	return errs
}

func validName(name string) bool {
	bad := func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' }
	return name != "" && strings.TrimSpace(name) == name && !strings.ContainsFunc(name, bad)
}
