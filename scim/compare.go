package scim

import (
	"cmp"
	"strings"
)

// holds applies the operator to one value; neither side is absent.
func (f Compare) holds(v Value) bool {
	a := f.Path.leaf()
	switch f.Operator {
	case Contains, StartsWith, EndsWith:
		return holdsText(f.Operator, v.Text(), f.Value.Text(), a.caseExact())
	case Equal:
		return equalValues(a, v, f.Value)
	case NotEqual:
		return !equalValues(a, v, f.Value)
	}
	order, ok := compareValues(a, v, f.Value)
	if !ok {
		return false
	}
	switch f.Operator {
	case GreaterThan:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	case LessThan:
		return order < 0
	}
	return order <= 0
}

func holdsText(o Operator, have, want string, caseExact bool) bool {
	if !caseExact {
		have, want = FoldCase(have), FoldCase(want)
	}
	switch o {
	case Contains:
		return strings.Contains(have, want)
	case StartsWith:
		return strings.HasPrefix(have, want)
	}
	return strings.HasSuffix(have, want)
}

func equalValues(a *attribute, v, w Value) bool {
	if a.Type == TypeString && !a.caseExact() {
		return v.typ == TypeString && w.typ == TypeString && strings.EqualFold(v.str, w.str)
	}
	order, ok := compareValues(a, v, w)
	return ok && order == 0
}

// compareValues orders two single values of an attribute; values that are not
// of its type have no order.
func compareValues(a *attribute, v, w Value) (order int, ok bool) {
	switch a.Type {
	case TypeInteger, TypeDecimal:
		if v.typ == TypeInteger && w.typ == TypeInteger {
			return cmp.Compare(v.num, w.num), true
		}
		return cmp.Compare(v.Float(), w.Float()), isNumber(v) && isNumber(w)
	case TypeBoolean:
		return cmp.Compare(v.num, w.num), v.typ == TypeBoolean && w.typ == TypeBoolean
	case TypeDateTime:
		t, errV := parseDateTime(v.str)
		u, errW := parseDateTime(w.str)
		return t.Compare(u), errV == nil && errW == nil
	case TypeComplex:
		return 0, false
	}
	if v.typ == TypeComplex || w.typ == TypeComplex {
		return 0, false
	}
	if a.caseExact() {
		return strings.Compare(v.Text(), w.Text()), true
	}
	return strings.Compare(FoldCase(v.Text()), FoldCase(w.Text())), true
}

func isNumber(v Value) bool { return v.typ == TypeInteger || v.typ == TypeDecimal }
