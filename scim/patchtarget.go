package scim

import "strings"

// target is what a PATCH path names: an attribute or sub-attribute, perhaps of
// selected values only, or a whole schema.
type target struct {
	path  Path
	where Filter
}

// parseTarget reads a PATCH path (RFC 7644 figure 7).
func (t *ResourceType) parseTarget(s string) (target, error) {
	if err := checkFilterText(s); err != nil {
		return target{}, invalid(ErrorTypeInvalidPath, "path is not valid: %s", toError(err).Detail)
	}
	path, n := t.findPath(s)
	if path.schema == nil || path.text != "" {
		return target{}, badPath(s)
	}
	if n == len(s) {
		return target{path: path}, nil
	}
	if path.attr == nil || s[n] != '[' {
		return target{}, badPath(s)
	}
	return t.parseSelection(path, s, n)
}

// parseSelection reads on from the bracket after the path, at s[n].
func (t *ResourceType) parseSelection(path Path, s string, n int) (target, error) {
	if !path.attr.MultiValued {
		return target{}, invalid(ErrorTypeInvalidPath, "path %s selects among the values of an attribute that has one", quote(s))
	}
	p := &filterParser{typ: t, s: s, pos: n}
	where := p.brackets(path)
	if where == nil {
		e := toError(p.err)
		return target{}, invalid(e.Type, "path %s: %s", quote(s), e.Detail)
	}
	rest := s[p.pos:]
	if rest == "" {
		return target{path, where}, nil
	}
	name, dot := strings.CutPrefix(rest, ".")
	if path.sub = path.attr.subs.get(name); !dot || path.sub == nil {
		return target{}, badPath(s)
	}
	return target{path, where}, nil
}

// operation gives an operation on the target its typed value.
func (t target) operation(kind PatchKind, value *node) (PatchOp, error) {
	op := PatchOp{Kind: kind, Path: t.path, Where: t.where}
	whole := t.where != nil && t.path.sub == nil // selected values as such
	if kind == PatchRemove && (whole || !t.path.leaf().MultiValued || value.kind == nodeNull) {
		return op, nil
	}
	decode := decodeAttribute
	if whole {
		decode = decodeSingle
	}
	var err error
	if op.Value, err = decode(t.path.leaf(), value); err != nil {
		return op, err
	}
	switch {
	case kind == PatchRemove && op.Value.IsAbsent():
		op.Kind = PatchAdd // it names nothing, so it takes nothing away
	case kind == PatchReplace && op.Value.IsAbsent():
		op.Kind = PatchRemove // replacing with nothing clears
	}
	return op, nil
}

// isNothing reports an operation that adds nothing.
func (op PatchOp) isNothing() bool { return op.Kind == PatchAdd && op.Value.IsAbsent() }

func (p Path) readOnly() bool { return p.readOnlyPart() != nil }

func (p Path) readOnlyPart() *attribute {
	switch {
	case p.attr.Mutability == ReadOnly:
		return p.attr
	case p.sub != nil && p.sub.Mutability == ReadOnly:
		return p.sub
	}
	return nil
}
