package scim

import (
	"slices"
	"strings"
)

// PatchKind is what a PatchOp does.
type PatchKind uint8

// The kinds.
const (
	PatchAdd PatchKind = iota
	PatchReplace
	PatchRemove
)

var patchNames = [...]string{"add", "replace", "remove"}

// String returns the word of RFC 7644.
func (k PatchKind) String() string { return word(patchNames[:], uint8(k)) }

// PatchOp is one operation of a PATCH in its normal form: it concerns exactly
// one attribute or sub-attribute, and its value has the declared type. All the
// dialects that clients speak come down to it.
type PatchOp struct {
	Kind PatchKind
	Path Path
	// Where selects values of a multi-valued attribute; nil selects all.
	Where Filter
	// Value is what to add, or to put in place. For PatchRemove of a
	// multi-valued attribute it lists the values to take away; absent means all.
	Value Value
}

// DefaultMaxPatchOperations bounds the operations of one PATCH, after those
// without a path were taken apart.
const DefaultMaxPatchOperations = 1000

// ParsePatch reads the body of a PATCH (RFC 7644 section 3.5.2) into its normal
// form. Errors have the scimTypes invalidSyntax, invalidPath, invalidValue,
// noTarget or mutability. The body is bounded as a request's is by default.
func (t *ResourceType) ParsePatch(body []byte) ([]PatchOp, error) {
	n, err := parseJSON(string(body), defaultJSONLimits)
	if err != nil {
		return nil, err
	}
	return t.parsePatch(&n, DefaultMaxPatchOperations)
}

func (t *ResourceType) parsePatch(n *node, limit int) ([]PatchOp, error) {
	operations, err := patchOperations(n)
	if err != nil {
		return nil, err
	}
	p := &patchParser{typ: t, limit: limit}
	for i := range operations.items {
		if err := p.operation(&operations.items[i]); err != nil {
			return nil, err
		}
	}
	return p.ops, nil
}

func patchOperations(n *node) (*node, error) {
	if n.kind != nodeObject {
		return nil, invalid(ErrorTypeInvalidSyntax, "body is not an object")
	}
	if err := checkMessage(n, urnPatchOp); err != nil {
		return nil, err
	}
	operations := n.get("Operations")
	if operations == nil || operations.kind != nodeArray || len(operations.items) == 0 {
		return nil, invalid(ErrorTypeInvalidSyntax, "body has no Operations")
	}
	return operations, nil
}

// checkMessage refuses a message whose schemas name another one.
func checkMessage(n *node, urn string) error {
	schemas := n.get("schemas")
	if schemas == nil || schemas.kind == nodeNull || schemas.kind == nodeArray && len(schemas.items) == 0 {
		return nil
	}
	for i := range schemas.items {
		if s := &schemas.items[i]; s.kind == nodeString && equalName(s.text, urn) {
			return nil
		}
	}
	return invalid(ErrorTypeInvalidSyntax, "schemas does not hold %s", urn)
}

// patchParser gathers the normal form.
type patchParser struct {
	typ   *ResourceType
	limit int
	ops   []PatchOp
}

func (p *patchParser) operation(n *node) error {
	if n.kind != nodeObject {
		return invalid(ErrorTypeInvalidSyntax, "an operation is not an object")
	}
	kind, err := patchKind(n.str("op"))
	if err != nil {
		return err
	}
	value := n.get("value")
	if value == nil {
		value = &node{}
	}
	path := n.get("path")
	switch {
	case path == nil, path.kind == nodeNull, path.kind == nodeString && strings.TrimSpace(path.text) == "":
		return p.withoutPath(kind, value)
	case path.kind != nodeString:
		return invalid(ErrorTypeInvalidPath, "path is not a string")
	}
	return p.withPath(kind, strings.TrimSpace(path.text), value)
}

func patchKind(s string) (PatchKind, error) {
	for i, name := range patchNames {
		if equalName(s, name) {
			return PatchKind(i), nil
		}
	}
	return 0, invalid(ErrorTypeInvalidSyntax, "op %s is not add, replace or remove", quote(s))
}

// withoutPath takes apart a value whose keys are attributes, dotted
// attributes, attributes behind a URN, or URNs with objects. Keys that no
// schema declares and readOnly attributes are ignored, as in a PUT.
func (p *patchParser) withoutPath(kind PatchKind, value *node) error {
	if kind == PatchRemove {
		return invalid(ErrorTypeNoTarget, "remove needs a path")
	}
	value = unwrapJSON(value)
	if value.kind != nodeObject {
		return invalid(ErrorTypeInvalidValue, "without a path the value is an object of attributes")
	}
	for i, key := range value.keys {
		target, err := p.typ.parseTarget(key)
		if err != nil {
			continue
		}
		if err := p.target(kind, target, &value.items[i], false); err != nil {
			return err
		}
	}
	return nil
}

func (p *patchParser) withPath(kind PatchKind, path string, value *node) error {
	target, err := p.typ.parseTarget(path)
	if err != nil {
		return err
	}
	return p.target(kind, target, value, true)
}

// target adds the operations on what a path or a key names. A readOnly target
// is an error only if it was named by a path.
func (p *patchParser) target(kind PatchKind, t target, value *node, named bool) error {
	if t.path.attr == nil {
		return p.schema(kind, t.path.schema, value, named)
	}
	if t.path.readOnly() {
		if named {
			return fixed(t.path.readOnlyPart())
		}
		return nil
	}
	op, err := t.operation(kind, value)
	if err != nil || op.isNothing() {
		return err
	}
	if t.where != nil && t.path.sub == nil && op.Kind == PatchRemove && kind == PatchReplace && t.path.namesNothing(value) {
		return nil
	}
	if parts := t.path.parts(value); parts != nil && kind == PatchReplace && t.where == nil {
		return p.replaceParts(op, parts)
	}
	return p.add(op)
}

// replaceParts adds the operations of a replace of a complex attribute by an
// object, which concerns the sub-attributes in the object alone: what it holds
// is replaced, what it clears is removed. Without its value the whole is gone.
func (p *patchParser) replaceParts(op PatchOp, parts *node) error {
	if op.Kind == PatchReplace {
		if err := p.add(op); err != nil {
			return err
		}
	}
	for i, key := range parts.keys {
		sub := op.Path.attr.subAttribute(key)
		if sub == nil || sub.Mutability == ReadOnly {
			continue
		}
		if v, err := decodeAttribute(sub, &parts.items[i]); err != nil || !v.IsAbsent() {
			continue // an error would have been one of the whole
		}
		if op.Kind == PatchRemove && equalName(sub.Name, "value") {
			return p.add(op)
		}
		clear := PatchOp{Kind: PatchRemove, Path: op.Path}
		clear.Path.sub = sub
		if err := p.add(clear); err != nil {
			return err
		}
	}
	return nil
}

// namesNothing reports an object none of whose members the client may write: it
// says nothing of the attribute, and least of all that its value shall go.
func (p Path) namesNothing(n *node) bool {
	return p.attr.Type == TypeComplex && n.kind == nodeObject && !slices.ContainsFunc(n.keys, func(key string) bool {
		sub := p.attr.subAttribute(key)
		return sub != nil && sub.Mutability != ReadOnly
	})
}

// parts returns the object that is to change parts of a complex attribute with
// one value, or nil.
func (p Path) parts(n *node) *node {
	if p.sub != nil || p.attr.Type != TypeComplex || p.attr.MultiValued {
		return nil
	}
	if n.kind == nodeArray && len(n.items) == 1 {
		n = &n.items[0]
	}
	if inner := unwrapJSON(n); p.attr.describedBy(inner) {
		n = inner
	}
	if n.kind != nodeObject {
		return nil
	}
	return n
}

func (p *patchParser) add(op PatchOp) error {
	if len(p.ops) == p.limit {
		return invalid(ErrorTypeTooMany, "more than %d operations", p.limit)
	}
	p.ops = append(p.ops, op)
	return nil
}

// schema adds the operations on a schema as a whole: of each attribute in the
// value, or on remove of each attribute that it declares.
func (p *patchParser) schema(kind PatchKind, x *schemaIndex, value *node, named bool) error {
	if x == p.typ.core() && kind != PatchRemove {
		return p.withoutPath(kind, value)
	}
	cleared := value.kind == nodeNull || value.kind == nodeString && value.text == ""
	if kind == PatchRemove || cleared && kind == PatchReplace {
		return p.clearSchema(x)
	}
	if cleared {
		return nil
	}
	if value = unwrapJSON(value); value.kind != nodeObject {
		return invalid(ErrorTypeInvalidValue, "%s takes an object of attributes", x.URN)
	}
	for i, key := range value.keys {
		path, n := p.typ.findIn(x, key)
		if n != len(key) || path.attr == nil {
			continue
		}
		if err := p.target(kind, target{path: path}, &value.items[i], false); err != nil {
			return err
		}
	}
	return nil
}

func (p *patchParser) clearSchema(x *schemaIndex) error {
	if x == p.typ.core() {
		return invalid(ErrorTypeNoTarget, "the core schema cannot be removed")
	}
	for _, a := range x.names.list {
		path := Path{typ: p.typ, schema: x, attr: a}
		if path.readOnly() {
			continue
		}
		if err := p.add(PatchOp{Kind: PatchRemove, Path: path}); err != nil {
			return err
		}
	}
	return nil
}
