package scim

import (
	"cmp"
	"slices"
)

// addValues adds values to those of a multi-valued attribute, none of them
// twice, and returns the positions of those that were added or changed. A
// complex value with the same "value" and "type" as an old one is merged into
// it: a resource never holds two of these (RFC 7643 section 2.4). old is not
// changed.
func addValues(a *attribute, old, more []Value) (items []Value, touched []int) {
	items = slices.Clip(old)
	owned := false
	seen := indexValues(a, old, len(more))
	for _, v := range more {
		i := seen.find(items, v)
		switch {
		case i < 0:
			touched = append(touched, len(items))
			items = append(items, v)
			seen.add(v, len(items)-1)
			owned = true // the append above made a copy
		case a.Type == TypeComplex:
			merged := a.addObject(items[i].Object(), v.Object()).value()
			if merged.Equal(items[i]) {
				continue
			}
			if !owned {
				items, owned = slices.Clone(items), true
			}
			items[i] = merged
			seen.add(merged, i)
			touched = append(touched, i)
		}
	}
	return items, touched
}

// removeValues returns the items without those that one of the values names.
func removeValues(a *attribute, items, values []Value) []Value {
	named := indexValues(a, values, len(items))
	var rest []Value
	for _, item := range items {
		if named.find(values, item) < 0 {
			rest = append(rest, item)
		}
	}
	return rest
}

// valueIndex finds a value that means the same as another: a simple one that is
// equal; a complex one whose "value" and "type" agree, where a missing type
// agrees with any; one without a "value" that is the same in all.
type valueIndex struct {
	attr  *attribute
	value *attribute // the sub-attribute "value", or nil
	// position by key and type, and under fewLookups nothing at all
	byType map[typedKey]int
	byKey  map[string]int
}

type typedKey struct{ key, typ string }

// fewLookups is up to how many look-ups are done by going through the values:
// a map over a large group is dear when one member is added.
const fewLookups = 4

func indexValues(a *attribute, values []Value, lookups int) *valueIndex {
	x := &valueIndex{attr: a, value: a.subs.get("value")}
	if lookups <= fewLookups {
		return x
	}
	x.byType = make(map[typedKey]int, len(values))
	x.byKey = make(map[string]int, len(values))
	for i, v := range values {
		x.add(v, i)
	}
	return x
}

func (x *valueIndex) add(v Value, i int) {
	if x.byType == nil {
		return
	}
	k := x.key(v)
	if untyped := (typedKey{key: k.key}); k != untyped {
		if at, ok := x.byType[untyped]; ok && at == i {
			delete(x.byType, untyped) // the value there has got a type
		}
	}
	if _, taken := x.byType[k]; !taken {
		x.byType[k] = i
	}
	if _, taken := x.byKey[k.key]; !taken {
		x.byKey[k.key] = i
	}
}

// find returns the position among items of a value that means the same as v, or -1.
func (x *valueIndex) find(items []Value, v Value) int {
	k := x.key(v)
	if x.byType == nil {
		return slices.IndexFunc(items, func(w Value) bool { return x.same(k, x.key(w)) })
	}
	if i, ok := x.byType[k]; ok {
		return i
	}
	if i, ok := x.byType[typedKey{key: k.key}]; ok {
		return i
	}
	if i, ok := x.byKey[k.key]; ok && k.typ == "" {
		return i
	}
	return -1
}

func (x *valueIndex) same(a, b typedKey) bool {
	return a.key == b.key && (a.typ == b.typ || a.typ == "" || b.typ == "")
}

// key is the same for values that mean the same, but for a missing type.
func (x *valueIndex) key(v Value) typedKey {
	if x.attr.Type != TypeComplex {
		return typedKey{key: Path{attr: x.attr}.Key(v)}
	}
	o := v.Object()
	if x.value == nil || o.Get(x.value.Name).IsAbsent() {
		fields := slices.SortedFunc(slices.Values(o.fields), func(f, g Field) int { return cmp.Compare(f.Name, g.Name) })
		return typedKey{key: "{" + string(appendObject(nil, fields))}
	}
	return typedKey{
		key: Path{attr: x.value}.Key(o.Get(x.value.Name)),
		typ: FoldCase(o.Get("type").Text()),
	}
}

// unite merges values that have come to mean the same: a change of several values
// at once may make them equal, and a change of one may make it equal to another.
func (a *attribute) unite(list Value) Value {
	items := list.Items()
	united, _ := addValues(a, nil, items)
	if len(united) == len(items) {
		return list
	}
	for _, item := range items {
		if item.Object().Get("primary").Bool() {
			// The one it was merged with may have said that it is not.
			i := indexValues(a, united, 1).find(united, item)
			united[i] = united[i].Object().With("primary", Boolean(true)).value()
		}
	}
	return listOf(united)
}

// onePrimary leaves the last of the touched values that is primary as the only
// primary one (RFC 7643 section 2.4).
func onePrimary(list Value, touched []int) Value {
	items := list.Items()
	chosen := -1
	for _, i := range touched {
		if items[i].Object().Get("primary").Bool() {
			chosen = i
		}
	}
	if chosen < 0 {
		return list
	}
	items = slices.Clone(items)
	for i, item := range items {
		if i != chosen && item.Object().Get("primary").Bool() {
			items[i] = item.Object().With("primary", Boolean(false)).value()
		}
	}
	return listOf(items)
}
