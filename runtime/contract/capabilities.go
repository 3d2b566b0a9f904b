package contract

import (
	"errors"

	"github.com/ecmabox/ecmabox/abi"
)

// CheckCapabilities checks what a connector says it can do. The error joins
// every contradiction; the findings name what is accepted and not used.
func CheckCapabilities(c abi.Capabilities) ([]Finding, error) {
	var n notes
	err := errors.Join(
		capabilityValues(c),
		capabilityContradictions(c),
		pageSizes("Import", c.ImportDefaultPageSize, c.ImportMaxPageSize),
		pageSizes("Export", c.ExportDefaultPageSize, c.ExportMaxPageSize),
	)
	noteUnused(&n, c)
	return n.findings(), err
}

func capabilityValues(c abi.Capabilities) error {
	var errs []error
	for _, v := range []struct {
		what string
		ok   bool
	}{
		{"DistinguishedNameStyle", c.DistinguishedNameStyle <= abi.DNLdap},
		{"ExportType", c.ExportType == 0 || knownExportType(c.ExportType)},
		{"ObjectConfirmation", c.ObjectConfirmation <= abi.ConfirmNoDelete || c.ObjectConfirmation == abi.ConfirmNoAddAndDelete},
		{"Normalizations", c.Normalizations <= abi.NormalizeUppercase|abi.NormalizeRemoveAccents},
		{"ConnectionSecurityLevel", c.ConnectionSecurityLevel <= abi.Secure},
	} {
		if !v.ok {
			errs = append(errs, violation("GetCapabilities", ruleCapabilityValue, place{}, "%s has a value that ECMA does not know", v.what))
		}
	}
	return errors.Join(errs...)
}

func knownExportType(t abi.ExportType) bool {
	return t >= abi.ExportAttributeUpdate && t <= abi.ExportObjectReplace || t == abi.ExportMultivaluedReferenceAttributeUpdate
}

func capabilityContradictions(c abi.Capabilities) error {
	var errs []error
	for _, v := range []struct {
		broken    bool
		code, why string
	}{
		{c.IsDNAsAnchor && c.DistinguishedNameStyle != abi.DNLdap, ruleDNAsAnchorNeedsLdap,
			"IsDNAsAnchor is set, but the DN style is not Ldap"},
		{c.ObjectRename && c.DistinguishedNameStyle == abi.DNNone, ruleRenameNeedsDN,
			"ObjectRename is set, but the DN style is None: there is no DN to change"},
		{c.DeltaImport && !c.SupportImport, ruleDeltaNeedsImport, "DeltaImport is set, but SupportImport is not"},
		{c.SupportFullObject && !c.SupportImport, ruleFullObjectNeedsImport, "SupportFullObject is set, but SupportImport is not"},
		{c.ExportType == 0 && c.SupportExport, ruleExportTypeMissing,
			"SupportExport is set, but ExportType is not: choose what an update holds"},
	} {
		if v.broken {
			errs = append(errs, violation("GetCapabilities", v.code, place{}, "%s", v.why))
		}
	}
	return errors.Join(errs...)
}

func pageSizes(direction string, size, greatest int) error {
	switch {
	case size < 0 || greatest < 0:
		return violation("GetCapabilities", rulePageSize, place{}, "%s page sizes are %d by default and %d at most; none may be negative",
			direction, size, greatest)
	case greatest > 0 && size > greatest:
		return violation("GetCapabilities", rulePageSize, place{}, "%sDefaultPageSize %d is above %sMaxPageSize %d",
			direction, size, direction, greatest)
	}
	return nil
}

func noteUnused(n *notes, c abi.Capabilities) {
	for _, v := range []struct {
		seen       bool
		code, what string
	}{
		{c.SupportPartitions && c.DistinguishedNameStyle != abi.DNLdap, rulePartitionsNeedLdap,
			"SupportPartitions is set, but the DN style is not Ldap: there is one partition, default"},
		{c.SupportHierarchy, ruleHierarchy, "SupportHierarchy is set and not used"},
		{c.FullExport, ruleFullExport, "FullExport is set and not used"},
		{c.ExportPasswordInFirstPass, rulePasswordFirstPass,
			"ExportPasswordInFirstPass is set and not supported: a mapped password follows after the object was created"},
		{c.Normalizations != 0, ruleNormalizations, "Normalizations are set and not applied: anchors and DNs go out as they are"},
		{!c.ConcurrentOperation, ruleConcurrentOperation, "ConcurrentOperation is off; other connectors run all the same"},
		{c.DeleteAddAsReplace, ruleDeleteAddAsReplace, "DeleteAddAsReplace is set and not used"},
		{c.NoReferenceValuesInFirstExport, ruleNoReferencesFirst, "NoReferenceValuesInFirstExport is set and not used"},
		{c.ObjectConfirmation != abi.ConfirmNormal, ruleObjectConfirmation, "ObjectConfirmation is set and taken as a hint only"},
		{!c.SupportImport, ruleNoImport, "SupportImport is off: objects that exist already are created again or fail"},
	} {
		if v.seen {
			n.add(v.code, "%s", v.what)
		}
	}
}

// pageSize returns the entries to ask for: what was configured, else the
// connector's default, never above its maximum nor the ABI's.
func pageSize(configured, size, greatest int) int {
	if greatest == 0 || greatest > abi.MaxPageEntries {
		greatest = abi.MaxPageEntries
	}
	for _, n := range []int{configured, size, abi.DefaultPageEntries} {
		if n > 0 {
			return min(n, greatest)
		}
	}
	return greatest
}
