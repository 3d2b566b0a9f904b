package abi

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// slabs are where the parts of many entries lie side by side, so that a page of
// ten thousand values costs a few allocations. Every slice handed out is cut to
// its own length and capacity: appending to one never reaches the next.
type slabs struct {
	values     []Value
	attributes []AttributeChange
	anchors    []AnchorAttribute
}

// The sizes of slabs, in elements: a single entry must not cost a page's memory,
// and a page should not copy what it has read to make room.
const (
	firstSlab    = 16
	greatestSlab = 2048
)

// room returns slab, or a new and larger one when it is nearly full.
func room[T any](slab []T) []T {
	if cap(slab)-len(slab) >= firstSlab {
		return slab
	}
	return make([]T, 0, min(max(4*cap(slab), firstSlab), greatestSlab))
}

// ownSlab moves a list that is longer than its slab to one of its own, twice as
// large, and leaves the lists before it where they are. It moves it in pieces, which
// end where the decoder is stopped; what cannot be stopped is making room, 13 MB at
// the most.
func ownSlab[T any](d *decoder, list []T) []T {
	slab := make([]T, 0, min(max(2*len(list), firstSlab), MaxListValues))
	for piece := range slices.Chunk(list, greatestSlab) {
		if slab = append(slab, piece...); !d.GoOn() {
			break
		}
	}
	return slab
}

func (e *CSEntryChange) encode(w *wire.Writer) {
	w.Object()
	optionalString(w, "id", e.Identifier)
	if e.Modification != ObjectAdd && e.Modification != ObjectUnconfigured {
		w.Key("change")
		w.String(e.Modification.String())
	}
	optionalString(w, "object_type", e.ObjectType)
	optionalString(w, "dn", e.DN)
	optionalString(w, "new_dn", e.NewDN)
	encodeAnchor(w, e.Anchor)
	encodeAttributes(w, e.Attributes)
	if e.Error != nil {
		w.Key("error")
		e.Error.encode(w)
	}
	w.EndObject()
}

func (e *CSEntryChange) decode(d *decoder) {
	start := d.Offset()
	d.entryEnd = start + MaxEntryBytes
	e.Modification = ObjectAdd
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "id":
			e.Identifier = d.name()
		case "change":
			e.Modification = d.objectModification()
		case "object_type":
			e.ObjectType = d.name()
		case "dn":
			e.DN = d.text("MaxAnchorBytes", MaxAnchorBytes)
		case "new_dn":
			e.NewDN = d.text("MaxAnchorBytes", MaxAnchorBytes)
		case "anchor":
			e.Anchor = d.anchor()
		case "attributes":
			e.Attributes = d.attributeChanges()
		case "error":
			e.Error = &EntryError{}
			e.Error.decode(d)
		default:
			d.Skip()
		}
	}
	d.within("MaxEntryBytes", d.Offset()-start, MaxEntryBytes)
	d.entryEnd = 0
}

// inEntry stops reading an entry where it becomes too long: its values take ten
// times the memory of their text.
func (d *decoder) inEntry() bool {
	return d.entryEnd == 0 || d.within("MaxEntryBytes", d.Offset()-d.entryEnd+MaxEntryBytes, MaxEntryBytes)
}

// another counts an attribute or a value, each of which takes up to forty times the
// memory of its text.
func (d *decoder) another() bool {
	d.values++
	return d.within("MaxValues", d.values, MaxValues)
}

func (d *decoder) objectModification() ObjectModificationType {
	m := ObjectModificationType(d.word(objectModifications))
	if m == ObjectUnconfigured || m == ObjectNone {
		d.Fail("Add, Replace, Update or Delete was expected")
	}
	return m
}

func (e *CSEntry) encode(w *wire.Writer) {
	w.Object()
	optionalString(w, "object_type", e.ObjectType)
	optionalString(w, "dn", e.DN)
	optionalString(w, "rdn", e.RDN)
	encodeAnchor(w, e.Anchor)
	encodeAttributes(w, e.Attributes)
	w.EndObject()
}

func (e *CSEntry) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "object_type":
			e.ObjectType = d.name()
		case "dn":
			e.DN = d.text("MaxAnchorBytes", MaxAnchorBytes)
		case "rdn":
			e.RDN = d.text("MaxAnchorBytes", MaxAnchorBytes)
		case "anchor":
			e.Anchor = d.anchor()
		case "attributes":
			e.Attributes = d.attributeChanges()
		default:
			d.Skip()
		}
	}
}

func encodeAnchor(w *wire.Writer, anchor []AnchorAttribute) {
	if len(anchor) == 0 {
		return
	}
	w.Key("anchor")
	w.Object()
	for i := range anchor {
		w.Key(anchor[i].Name)
		encodeValue(w, &anchor[i].Value)
	}
	w.EndObject()
}

func (d *decoder) anchor() []AnchorAttribute {
	d.anchors = room(d.anchors)
	start := len(d.anchors)
	for d.Object(); d.NextKey() && d.inEntry(); {
		if !d.within("MaxAnchorAttributes", len(d.anchors)-start+1, MaxAnchorAttributes) {
			break
		}
		name := d.own(d.Key())
		d.checkName(name)
		info, _ := d.typeOf(name)
		v := d.value(info)
		d.within("MaxAnchorBytes", v.Size(), MaxAnchorBytes)
		d.anchors = append(d.anchors, AnchorAttribute{name, v})
	}
	return d.anchors[start:len(d.anchors):len(d.anchors)]
}

func encodeAttributes(w *wire.Writer, changes []AttributeChange) {
	if len(changes) == 0 {
		return
	}
	w.Key("attributes")
	w.Object()
	for i := range changes {
		c := &changes[i]
		w.Key(c.Name)
		if c.Modification == AttributeAdd && !c.MultiValued && len(c.Values) == 1 && c.Values[0].kind == String {
			w.String(c.Values[0].s) // as most are, without three more calls
		} else {
			encodeChange(w, c)
		}
	}
	w.EndObject()
}

// encodeChange writes an Add as its bare values, a Delete as null, and the two
// others as objects.
func encodeChange(w *wire.Writer, c *AttributeChange) {
	switch c.Modification {
	case AttributeDelete:
		w.Null()
	case AttributeReplace:
		w.Object()
		w.Key("replace")
		encodeValues(w, c.Values, c.MultiValued)
		w.EndObject()
	case AttributeUpdate:
		w.Object()
		if len(c.Values) > 0 || len(c.Deletes) == 0 {
			w.Key("add")
			encodeValues(w, c.Values, true)
		}
		if len(c.Deletes) > 0 {
			w.Key("delete")
			encodeValues(w, c.Deletes, true)
		}
		w.EndObject()
	default:
		encodeValues(w, c.Values, c.MultiValued)
	}
}

func encodeValues(w *wire.Writer, values []Value, list bool) {
	if !list && len(values) == 1 {
		encodeValue(w, &values[0])
		return
	}
	w.Array()
	for i := range values {
		encodeValue(w, &values[i])
	}
	w.EndArray()
}

func encodeValue(w *wire.Writer, v *Value) {
	switch v.kind {
	case Boolean:
		w.Bool(v.n != 0)
	case Integer:
		w.IntString(v.n)
	case Binary:
		w.Base64(v.s)
	default:
		w.String(v.s)
	}
}

// attributeChanges reads the object name → change. The values of an attribute
// that the schema does not have are left out: the contract drops it anyway.
func (d *decoder) attributeChanges() []AttributeChange {
	d.attributes = room(d.attributes)
	start := len(d.attributes)
	for d.Object(); d.NextKey() && d.inEntry() && d.another(); {
		if len(d.attributes) == cap(d.attributes) {
			d.attributes, start = ownSlab(d, d.attributes[start:]), 0
		}
		name := d.own(d.Key())
		d.checkName(name)
		change := AttributeChange{Name: name, Modification: AttributeAdd}
		info, known := d.typeOf(name)
		if !known {
			d.Skip()
		} else {
			d.change(&change, info)
		}
		d.attributes = append(d.attributes, change)
	}
	return d.attributes[start:len(d.attributes):len(d.attributes)]
}

func (d *decoder) checkName(name string) {
	d.within("MaxNameBytes", len(name), MaxNameBytes)
	if name == "" {
		d.Fail("a name is empty")
	}
}

// typeOf returns an attribute's type and whether it is wanted. Without an index
// all are wanted and have the type that JSON shows.
func (d *decoder) typeOf(name string) (attributeInfo, bool) {
	if d.types == nil {
		return attributeInfo{kind: Undefined}, true
	}
	info, ok := d.types.attributes[name]
	if !ok {
		info.kind = Undefined
	}
	return info, ok
}

func (d *decoder) change(c *AttributeChange, info attributeInfo) {
	switch d.Peek() {
	case wire.KindNull:
		d.Null()
		c.Modification = AttributeDelete
	case wire.KindObject:
		d.objectChange(c, info)
	default:
		c.Values, c.MultiValued = d.changeValues(info)
	}
}

// objectChange reads {"replace":…} or {"add":[…],"delete":[…]}.
func (d *decoder) objectChange(c *AttributeChange, info attributeInfo) {
	replace := false
	c.Modification = AttributeUnconfigured
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "replace":
			replace = true
			c.Values, c.MultiValued = d.changeValues(info)
		case "add":
			c.Modification = AttributeUpdate
			c.Values, _ = d.changeValues(info)
		case "delete":
			c.Modification = AttributeUpdate
			c.Deletes, _ = d.changeValues(info)
		default:
			d.Skip()
		}
	}
	switch {
	case replace && c.Modification == AttributeUpdate:
		d.Fail("replace stands beside add or delete")
	case replace:
		c.Modification = AttributeReplace
	case c.Modification == AttributeUpdate:
		c.MultiValued = true
	default:
		d.Fail("a change is a value, a list, null, or an object with replace, add or delete")
	}
}

// changeValues reads one value or a list of them.
func (d *decoder) changeValues(info attributeInfo) (values []Value, list bool) {
	d.slabs.values = room(d.slabs.values)
	start := len(d.slabs.values)
	if d.Peek() == wire.KindArray {
		list = true
		for d.Array(); d.NextItem() && d.inEntry() && d.another() && d.within("MaxListValues", len(d.slabs.values)-start+1, MaxListValues); {
			if len(d.slabs.values) == cap(d.slabs.values) {
				d.slabs.values, start = ownSlab(d, d.slabs.values[start:]), 0
			}
			d.slabs.values = append(d.slabs.values, d.value(info))
		}
	} else {
		d.slabs.values = append(d.slabs.values, d.value(info))
	}
	return d.slabs.values[start:len(d.slabs.values):len(d.slabs.values)], list
}

// value reads one value. What does not fit the declared type becomes Undefined,
// with the text that was sent, for the contract to judge.
func (d *decoder) value(info attributeInfo) Value {
	switch d.Peek() {
	case wire.KindString:
		return d.stringValue(info.kind)
	case wire.KindBool:
		b := d.Bool()
		if info.kind == Boolean || info.kind == Undefined && d.types == nil {
			return BooleanValue(b)
		}
		if b {
			return undefinedValue("true")
		}
		return undefinedValue("false")
	case wire.KindNumber:
		return undefinedValue(d.own(d.Number()))
	}
	return undefinedValue(d.own(cutText(d.Raw(), MaxErrorText)))
}

func (d *decoder) stringValue(kind AttributeType) Value {
	s := d.String()
	if kind == Undefined && d.types == nil {
		kind = String
	}
	v, ok := Value{kind: kind}, false
	switch kind {
	case Boolean:
	case Binary:
		v.s, ok = d.DecodeBase64(s)
	default:
		v, ok = ParseValue(kind, s)
	}
	if !ok {
		v = undefinedValue(s)
	}
	if d.within("MaxValueBytes", v.Size(), MaxValueBytes) && v.kind != Binary {
		v.s = d.own(v.s)
	}
	return v
}
