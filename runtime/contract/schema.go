package contract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
)

// CheckSchema checks the shape of a whole schema, all object types, before one
// is chosen. Which anchor an object type has is checked by Agree, for the chosen
// one alone. The error joins the first ten mistakes and says how many more there are.
func CheckSchema(s abi.Schema) ([]Finding, error) {
	k := schemaCheck{kinds: make(map[string]*abi.SchemaAttribute), types: make(map[string]bool)}
	if len(s.Types) == 0 {
		k.fail(ruleSchemaEmpty, place{}, "the schema has no object type")
	}
	if len(s.Types) > abi.MaxObjectTypes {
		k.fail(ruleSchemaLimit, place{}, "the schema has %d object types; at most %d are allowed", len(s.Types), abi.MaxObjectTypes)
		return nil, k.err()
	}
	names, bytes := 0, 0
	for i := range s.Types {
		names += len(s.Types[i].Attributes) + len(s.Types[i].PossibleDNComponents)
		for j := range s.Types[i].Attributes {
			bytes += len(s.Types[i].Attributes[j].Name)
		}
		for _, name := range s.Types[i].PossibleDNComponents {
			bytes += len(name)
		}
	}
	if names > abi.MaxSchemaNames {
		k.fail(ruleSchemaLimit, place{}, "its object types have %d attributes and DN components together; at most %d are allowed", names, abi.MaxSchemaNames)
		return nil, k.err()
	}
	if bytes > abi.MaxSchemaNameBytes {
		k.fail(ruleSchemaLimit, place{}, "the names of its attributes and DN components take %d bytes together; at most %d are allowed", bytes, abi.MaxSchemaNameBytes)
		return nil, k.err()
	}
	for i := range s.Types {
		k.objectType(&s.Types[i])
	}
	return k.notes.findings(), k.err()
}

// schemaCheck goes through one schema.
type schemaCheck struct {
	notes notes
	mistakes
	// kinds holds the first attribute of each name, over all types.
	kinds map[string]*abi.SchemaAttribute
	types map[string]bool
}

func (k *schemaCheck) fail(code string, about place, format string, args ...any) {
	k.mistakes.fail("GetSchema", code, about, format, args...)
}

func (k *schemaCheck) objectType(t *abi.SchemaType) {
	about := place{ObjectType: t.Name}
	if why := badName(t.Name); why != "" {
		k.fail(ruleNameInvalid, about, "the name of an object type %s", why)
	}
	if k.types[t.Name] {
		k.fail(ruleNameDuplicate, about, "the schema has this object type twice")
	}
	k.types[t.Name] = true
	if len(t.Attributes) > abi.MaxSchemaAttributes {
		k.fail(ruleSchemaLimit, about, "it has %d attributes; at most %d are allowed", len(t.Attributes), abi.MaxSchemaAttributes)
		return
	}
	if len(t.PossibleDNComponents) > 0 {
		k.notes.add(ruleParents, "object type %s names PossibleDNComponents; missing parents are not created", quoted(t.Name))
	}
	seen := make(map[string]string, len(t.Attributes))
	for i := range t.Attributes {
		k.attribute(t, &t.Attributes[i], seen)
	}
}

// attribute checks one attribute; seen maps the lower-case names of its type to
// the names.
func (k *schemaCheck) attribute(t *abi.SchemaType, a *abi.SchemaAttribute, seen map[string]string) {
	about := place{ObjectType: t.Name, Attribute: a.Name}
	if why := badName(a.Name); why != "" {
		k.fail(ruleNameInvalid, about, "the name of an attribute %s", why)
	}
	k.sameName(about, a, seen)
	if strings.ContainsAny(a.Name, ".[") {
		k.notes.add(ruleNameSpecial, "attribute %s holds a sign that identity systems give a meaning", quoted(a.Name))
	}
	if a.Name == abi.ExportPassword {
		k.fail(ruleExportPasswordDeclared, about, "the host adds this attribute; take it out of the schema")
	}
	if a.Type >= abi.Undefined || a.Operation > abi.ImportOnly {
		k.fail(ruleAttributeKind, about, "type %s with operation %s is nothing that ECMA knows", a.Type, a.Operation)
	}
	if a.Sensitive && a.Operation != abi.ExportOnly {
		k.fail(ruleSensitiveImported, about, "a sensitive attribute must be ExportOnly, not %s", a.Operation)
	}
	first := k.kinds[a.Name]
	if first == nil {
		k.kinds[a.Name] = a
	} else if first.Type != a.Type || first.MultiValued != a.MultiValued {
		k.fail(ruleAttributeDiffers, about, "it is %s here and %s on another object type; give one of them another name", kind(a), kind(first))
	}
}

func (k *schemaCheck) sameName(about place, a *abi.SchemaAttribute, seen map[string]string) {
	folded := strings.ToLower(a.Name)
	other, ok := seen[folded]
	switch {
	case ok && other == a.Name:
		k.fail(ruleNameDuplicate, about, "the object type has this attribute twice")
	case ok:
		k.notes.add(ruleNameCase, "attributes %s and %s differ in case alone", quoted(other), quoted(a.Name))
	}
	seen[folded] = a.Name
}

func kind(a *abi.SchemaAttribute) string {
	if a.MultiValued {
		return "multi-valued " + a.Type.String()
	}
	return "single-valued " + a.Type.String()
}

// badName says what is wrong with a name, or nothing.
func badName(name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > abi.MaxNameBytes:
		return "is longer than MaxNameBytes"
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "holds a control character"
	}
	return ""
}
