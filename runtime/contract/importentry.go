package contract

import (
	"github.com/ecmabox/ecmabox/abi"
)

// partial reports whether an entry may name its object by anchor or DN alone: a
// change or deletion, which only delta imports hold, or an object that could not
// be read.
func partial(e *abi.CSEntryChange) bool {
	return e.Error != nil || e.Modification == abi.ObjectUpdate || e.Modification == abi.ObjectDelete
}

// distinguishedName checks the DN and leaves it in r.dn, normalized with LDAP
// style.
func (r *ImportRun) distinguishedName(e *abi.CSEntryChange) error {
	r.dn = r.dn[:0]
	switch {
	case r.style == abi.DNNone:
		if e.DN != "" {
			r.stripDN(e)
		}
		return nil
	case e.DN == "":
		if partial(e) && (len(e.Anchor) > 0 || e.Error != nil) {
			return nil
		}
		return r.fail(ruleDNMissing, e, "it has no DN, which style %s needs", r.style)
	case len(e.DN) > abi.MaxAnchorBytes || len(e.NewDN) > abi.MaxAnchorBytes:
		return r.fail(ruleAnchorTooLong, e, "its DN has more than %d bytes", abi.MaxAnchorBytes)
	case r.style == abi.DNGeneric:
		r.dn = append(r.dn, e.DN...)
		return nil
	}
	var ok bool
	if r.dn, ok = normalizeDN(r.dn, e.DN); ok {
		return nil
	}
	r.dn = r.dn[:0]
	if e.Error != nil {
		e.DN = ""
		return nil
	}
	return r.fail(ruleDNSyntax, e, "its DN is none by RFC 4514, or one of its RDNs has more than %d parts", maxParts)
}

func (r *ImportRun) stripDN(e *abi.CSEntryChange) {
	if r.notes.hit(ruleDNNotUsed) {
		r.notes.explain("an entry has a DN, but the DN style is None; it was taken away")
	}
	e.DN = ""
}

func (r *ImportRun) foreignPartition(e *abi.CSEntryChange) bool {
	if len(r.partition) == 0 || e.DN == "" || inPartition(r.dn, r.partition) {
		return false
	}
	r.stats.ForeignPartitions++
	if r.notes.hit(rulePartitionForeign) {
		r.notes.explain("an object outside of partition %s was dropped", quoted(r.agreement.Partition.DN))
	}
	return true
}

// modification checks what happens to the object, and whether it may be renamed.
func (r *ImportRun) modification(e *abi.CSEntryChange) error {
	if e.Modification == abi.ObjectUnconfigured {
		e.Modification = abi.ObjectAdd
	}
	delta := r.importType == abi.Delta && e.Modification >= abi.ObjectReplace && e.Modification <= abi.ObjectDelete
	if e.Modification != abi.ObjectAdd && !delta {
		return r.fail(ruleEntryModification, e, "a %s import holds no %s", r.importType, e.Modification)
	}
	if e.NewDN == "" {
		return nil
	}
	if e.Modification != abi.ObjectUpdate || !r.agreement.Capabilities.ObjectRename {
		return r.fail(ruleEntryRename, e, "a new DN in a %s, ObjectRename is %t", e.Modification, r.agreement.Capabilities.ObjectRename)
	}
	if _, ok := normalizeDN(nil, e.NewDN); !ok && r.style == abi.DNLdap {
		return r.fail(ruleDNSyntax, e, "its new DN is none by RFC 4514, or one of its RDNs has more than %d parts", maxParts)
	}
	return nil
}

// anchorOf checks the anchor attributes of an entry.
func (r *ImportRun) anchorOf(e *abi.CSEntryChange) error {
	for i := range e.Anchor {
		if r.agreement.Anchor == "" || e.Anchor[i].Name != r.agreement.Anchor {
			return r.failAttribute(ruleEntryAnchorForeign, e, e.Anchor[i].Name, "this is not its anchor")
		}
	}
	switch {
	case r.agreement.Anchor == "":
		return nil
	case len(e.Anchor) > 1:
		return r.failAttribute(ruleEntryAnchorForeign, e, e.Anchor[0].Name, "its anchor stands there twice")
	case len(e.Anchor) == 0 && partial(e) && (e.DN != "" || e.Error != nil):
		return nil
	case len(e.Anchor) == 0:
		return r.failAttribute(ruleEntryAnchor, e, r.agreement.Anchor, "it has no anchor")
	}
	v := e.Anchor[0].Value
	if v.Type() != r.anchor.Type {
		return r.failAttribute(ruleEntryAnchor, e, r.anchor.Name, "its anchor is no %s", r.anchor.Type)
	}
	switch n := anchorSize(v); {
	case n == 0:
		return r.failAttribute(ruleEntryAnchor, e, r.anchor.Name, "its anchor is empty")
	case n > abi.MaxAnchorBytes:
		return r.failAttribute(ruleAnchorTooLong, e, r.anchor.Name, "its anchor has %d bytes; at most %d are allowed", n, abi.MaxAnchorBytes)
	}
	return nil
}

// anchorSize returns what MaxAnchorBytes bounds: the bytes of the text, or of the
// binary data before base64.
func anchorSize(v abi.Value) int {
	switch v.Type() {
	case abi.Binary:
		return len(v.Bytes())
	case abi.Integer:
		return 8
	}
	return len(v.Text())
}

// attributesOf checks the attributes of an entry and drops those that are not
// selected. An entry with an error is left without any: it could not be read.
func (r *ImportRun) attributesOf(e *abi.CSEntryChange) error {
	if e.Error != nil {
		e.Attributes = nil
		return nil
	}
	if e.Modification == abi.ObjectDelete && len(e.Attributes) > 0 {
		return r.fail(ruleEntryAttributeForm, e, "a Delete has attributes")
	}
	next, dropped := 0, 0
	for i := range e.Attributes {
		at, known := r.find(e.Attributes[i].Name, next)
		if !known {
			dropped++
			continue
		}
		next = at + 1
		if r.mark[at] == r.entry {
			return r.failAttribute(ruleEntryAttributeTwice, e, e.Attributes[i].Name, "it stands there twice")
		}
		r.mark[at] = r.entry
		if err := r.attribute(e, &e.Attributes[i], &r.attributes[at]); err != nil {
			return err
		}
	}
	if dropped > 0 {
		r.dropUnselected(e, dropped)
	}
	return nil
}

// find returns the place of an attribute. Entries mostly have their attributes in
// the same order, so the place after the last one is tried first.
func (r *ImportRun) find(name string, next int) (at int, known bool) {
	if next < len(r.attributes) && r.attributes[next].Name == name {
		return next, true
	}
	at, known = r.index[name]
	return at, known
}

func (r *ImportRun) dropUnselected(e *abi.CSEntryChange, dropped int) {
	kept := make([]abi.AttributeChange, 0, len(e.Attributes)-dropped)
	for _, a := range e.Attributes {
		if _, known := r.index[a.Name]; known {
			kept = append(kept, a)
			continue
		}
		r.stats.Attributes++
		if r.notes.hit(ruleAttributeUnselected) {
			r.notes.explain("attribute %s was dropped; it is not selected, or not to be imported", quoted(a.Name))
		}
	}
	e.Attributes = kept
}

// attribute checks the form and the values of one attribute change.
func (r *ImportRun) attribute(e *abi.CSEntryChange, a *abi.AttributeChange, declared *abi.SchemaAttribute) error {
	if e.Modification != abi.ObjectUpdate && a.Modification != abi.AttributeAdd {
		return r.failAttribute(ruleEntryAttributeForm, e, a.Name, "a %s holds an attribute %s", e.Modification, a.Modification)
	}
	if why := badForm(a); why != "" {
		return r.failAttribute(ruleEntryAttributeForm, e, a.Name, "%s", why)
	}
	if !rightCount(a, declared) {
		return r.failAttribute(ruleValueCount, e, a.Name, "it is %s; a list of %d came, as a list %t", kind(declared), len(a.Values), a.MultiValued)
	}
	if !rightTypes(a, declared.Type) {
		return r.failAttribute(ruleValueType, e, a.Name, "a value is no %s", declared.Type)
	}
	if declared.Anchor && len(e.Anchor) > 0 && (len(a.Values) != 1 || !a.Values[0].Equal(e.Anchor[0].Value)) {
		return r.failAttribute(ruleEntryAnchorDiffers, e, a.Name, "its anchor has another value")
	}
	return nil
}

// badForm says what is wrong with the parts of an attribute change, or nothing.
func badForm(a *abi.AttributeChange) string {
	switch a.Modification {
	case abi.AttributeAdd, abi.AttributeReplace:
		if len(a.Deletes) > 0 {
			return "only an Update takes values away"
		}
	case abi.AttributeUpdate:
		if len(a.Values)+len(a.Deletes) == 0 {
			return "an Update without values"
		}
	case abi.AttributeDelete:
		if len(a.Values)+len(a.Deletes) > 0 {
			return "a Delete with values"
		}
	default:
		return "a change must be Add, Replace, Update or Delete, not " + a.Modification.String()
	}
	return ""
}

// rightCount reports whether a change has as many values as its attribute may:
// one, or a list of any length.
func rightCount(a *abi.AttributeChange, declared *abi.SchemaAttribute) bool {
	switch {
	case a.Modification == abi.AttributeDelete:
		return true
	case a.Modification == abi.AttributeUpdate:
		return declared.MultiValued || len(a.Values) <= 1 && len(a.Deletes) <= 1
	case declared.MultiValued:
		return a.MultiValued
	}
	return !a.MultiValued && len(a.Values) == 1
}

func rightTypes(a *abi.AttributeChange, kind abi.AttributeType) bool {
	for _, v := range a.Values {
		if v.Type() != kind {
			return false
		}
	}
	for _, v := range a.Deletes {
		if v.Type() != kind {
			return false
		}
	}
	return true
}

// entryError counts an object that could not be read, and ends the run when
// there are too many of them.
func (r *ImportRun) entryError(e *abi.CSEntryChange) error {
	if e.Error == nil {
		return nil
	}
	if e.Error.Code == abi.ImportSuccess || e.Error.Code > abi.ImportErrorCustomContinueRun {
		return r.fail(ruleEntryErrorCode, e, "its error has the code %s", e.Error.Code)
	}
	r.stats.EntryErrors++
	r.notes.add(ruleEntryError, "entry %d could not be read: %s", r.entry, e.Error.Code)
	if r.unidentified(e) {
		r.stats.Unidentified++
		r.notes.add(ruleEntryUnidentified, "entry %d could not be read and names no object", r.entry)
	}
	if r.stats.EntryErrors > MaxEntryErrors {
		return r.fail(ruleEntryErrorsTooMany, e, "more than %d objects could not be read", MaxEntryErrors)
	}
	return nil
}
