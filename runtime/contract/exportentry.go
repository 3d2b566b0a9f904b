package contract

import (
	"github.com/ecmabox/ecmabox/abi"
)

func (r *ExportRun) fail(code string, e *abi.CSEntryChange, attribute, format string, args ...any) error {
	args = append([]any{quoted(e.Identifier)}, args...)
	return violation("PutExportEntries", code, place{DN: e.DN, ObjectType: e.ObjectType, Attribute: attribute}, "entry %s: "+format, args...)
}

// checkEntry adds all that is wrong with one entry of a batch.
func (r *ExportRun) checkEntry(e *abi.CSEntryChange, m *mistakes) {
	switch {
	case !r.legalModification(e.Modification):
		m.add(r.fail(ruleExportModification, e, "", "a connector of export type %s takes no %s", r.agreement.Capabilities.ExportType, e.Modification))
		return
	case e.Error != nil:
		m.add(r.fail(ruleExportModification, e, "", "an entry error is for imports"))
		return
	case e.ObjectType != r.agreement.ObjectType:
		m.add(r.fail(ruleExportObjectType, e, "", "it is not of the promised object type %s", quoted(r.agreement.ObjectType)))
		return
	}
	m.add(r.exportAnchor(e))
	m.add(r.exportDN(e))
	m.add(r.exportRename(e))
	if e.Modification == abi.ObjectDelete && len(e.Attributes) > 0 {
		m.add(r.fail(ruleExportAttributeForm, e, "", "a Delete has attributes"))
		return
	}
	for i := range e.Attributes {
		m.add(r.exportAttribute(e, i))
	}
}

// legalModification reports whether the ExportType knows this change.
func (r *ExportRun) legalModification(m abi.ObjectModificationType) bool {
	switch m {
	case abi.ObjectAdd, abi.ObjectDelete:
		return true
	case abi.ObjectReplace:
		return r.agreement.Capabilities.ExportType == abi.ExportObjectReplace
	case abi.ObjectUpdate:
		return r.agreement.Capabilities.ExportType != abi.ExportObjectReplace
	}
	return false
}

func (r *ExportRun) exportAnchor(e *abi.CSEntryChange) error {
	if len(e.Anchor) == 0 {
		if e.Modification == abi.ObjectAdd || r.agreement.Anchor == "" {
			return nil
		}
		return r.fail(ruleExportAnchor, e, r.agreement.Anchor, "a %s needs the anchor of its object", e.Modification)
	}
	if why := r.badAnchor(e.Anchor); why != "" {
		return r.fail(ruleExportAnchor, e, e.Anchor[0].Name, "%s", why)
	}
	return nil
}

func (r *ExportRun) exportDN(e *abi.CSEntryChange) error {
	style := r.agreement.Capabilities.DistinguishedNameStyle
	switch {
	case style == abi.DNNone && e.DN == "":
		return nil
	case style == abi.DNNone:
		return r.fail(ruleExportDN, e, "", "it has a DN, but the DN style is None")
	case e.DN == "" || len(e.DN) > abi.MaxAnchorBytes:
		return r.fail(ruleExportDN, e, "", "its DN has %d bytes; 1 to %d are allowed", len(e.DN), abi.MaxAnchorBytes)
	case style == abi.DNGeneric:
		return nil
	}
	dn, ok := normalizeDN(nil, e.DN)
	switch {
	case !ok || len(dn) == 0:
		return r.fail(ruleExportDN, e, "", "its DN is none by RFC 4514, or one of its RDNs has more than %d parts", maxParts)
	case !inPartition(dn, r.partition):
		return r.fail(ruleExportPartition, e, "", "it lies outside of partition %s", quoted(r.agreement.Partition.DN))
	}
	return nil
}

func (r *ExportRun) exportRename(e *abi.CSEntryChange) error {
	if e.NewDN == "" {
		return nil
	}
	c := r.agreement.Capabilities
	if !c.ObjectRename || e.Modification != abi.ObjectUpdate && e.Modification != abi.ObjectReplace {
		return r.fail(ruleExportRename, e, "", "a new DN in a %s, ObjectRename is %t", e.Modification, c.ObjectRename)
	}
	if _, ok := normalizeDN(nil, e.NewDN); !ok && c.DistinguishedNameStyle == abi.DNLdap || len(e.NewDN) > abi.MaxAnchorBytes {
		return r.fail(ruleExportDN, e, "", "its new DN is none by RFC 4514, too long, or one of its RDNs has more than %d parts", maxParts)
	}
	return nil
}

func (r *ExportRun) exportAttribute(e *abi.CSEntryChange, i int) error {
	a := &e.Attributes[i]
	declared, known := r.attributes[a.Name]
	switch {
	case !known:
		return r.fail(ruleExportAttribute, e, a.Name, "it is not among the attributes of this run")
	case e.Attribute(a.Name) != a:
		return r.fail(ruleExportAttribute, e, a.Name, "it stands there twice")
	case declared.Operation == abi.ImportOnly:
		return r.fail(ruleExportImportOnly, e, a.Name, "it is import-only")
	case a.Name == abi.ExportPassword && e.Modification == abi.ObjectAdd:
		return r.fail(ruleExportPasswordInAdd, e, a.Name, "create the object first, then set its password")
	case !r.legalForm(e, a, &declared):
		cure := "write its values as an Add"
		if e.Modification == abi.ObjectUpdate {
			cure = "name all values that it is to have, as a Replace"
		}
		return r.fail(ruleExportAttributeForm, e, a.Name, "object %s to a connector of export type %s holds no attribute %s; %s",
			e.Modification, r.agreement.Capabilities.ExportType, a.Modification, cure)
	}
	if why := badForm(a); why != "" {
		return r.fail(ruleExportAttributeForm, e, a.Name, "%s", why)
	}
	if a.Modification != abi.AttributeDelete && len(a.Values)+len(a.Deletes) == 0 {
		return r.fail(ruleExportAttributeForm, e, a.Name, "an %s without values; clear an attribute with Delete", a.Modification)
	}
	if !rightCount(a, &declared) {
		return r.fail(ruleExportValue, e, a.Name, "it is %s; a list of %d is sent, as a list %t", kind(&declared), len(a.Values), a.MultiValued)
	}
	if !rightTypes(a, declared.Type) {
		return r.fail(ruleExportValue, e, a.Name, "a value is no %s", declared.Type)
	}
	if declared.Anchor && len(e.Anchor) > 0 && (len(a.Values) != 1 || !a.Values[0].Equal(e.Anchor[0].Value)) {
		return r.fail(ruleExportAnchor, e, a.Name, "the anchor of an object never changes")
	}
	return nil
}

// legalForm reports whether the entry and the ExportType know this change of an
// attribute.
func (r *ExportRun) legalForm(e *abi.CSEntryChange, a *abi.AttributeChange, declared *abi.SchemaAttribute) bool {
	if e.Modification != abi.ObjectUpdate {
		return a.Modification == abi.AttributeAdd
	}
	if a.Modification != abi.AttributeUpdate {
		return true
	}
	switch r.agreement.Capabilities.ExportType {
	case abi.ExportAttributeUpdate:
		return true
	case abi.ExportMultivaluedReferenceAttributeUpdate:
		return declared.MultiValued && declared.Type == abi.Reference
	}
	return false
}
