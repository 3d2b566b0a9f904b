package contract

import (
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// check returns all that is wrong with the promise itself.
func (p Promise) check() error {
	var errs []error
	fail := func(about place, format string, args ...any) {
		errs = append(errs, violation("", rulePromiseInvalid, about, format, args...))
	}
	for _, named := range []struct{ what, name string }{{"object type", p.ObjectType}, {"anchor", p.Anchor}} {
		if why := badName(named.name); named.name != "" && why != "" {
			fail(place{}, "the name of the %s %s", named.what, why)
		}
	}
	for i, name := range p.Attributes {
		if why := badName(name); why != "" {
			fail(place{Attribute: name}, "the name of an attribute %s", why)
		}
		if slices.Contains(p.Attributes[:i], name) {
			fail(place{Attribute: name}, "it is selected twice")
		}
	}
	if slices.Contains(p.Attributes, abi.ExportPassword) || p.Anchor == abi.ExportPassword {
		fail(place{Attribute: abi.ExportPassword}, "it is mapped, not selected: set PasswordMapped")
	}
	if p.ImportPageSize < 0 || p.ExportBatchSize < 0 {
		fail(place{}, "page sizes are %d and %d; none may be negative, and 0 means the connector's own", p.ImportPageSize, p.ExportBatchSize)
	}
	if p.MaxImportObjects < 0 {
		fail(place{}, "MaxImportObjects is %d; 0 means %d", p.MaxImportObjects, DefaultMaxImportObjects)
	}
	return errors.Join(errs...)
}

// absent reports whether the exports of a role are known to be missing.
func (p Promise) absent(role abi.Role) bool { return slices.Contains(p.Absent, role) }

// roleReason says why a role is not offered, or nothing if it is: its exports
// and its flag must both be there.
func (p Promise) roleReason(c abi.Capabilities, role abi.Role) string {
	flag := map[abi.Role]bool{
		abi.RoleBase: true, abi.RoleImport: c.SupportImport, abi.RoleExport: c.SupportExport, abi.RolePassword: c.SupportPassword,
		abi.RolePartitions: c.SupportPartitions && c.DistinguishedNameStyle == abi.DNLdap,
	}[role]
	switch {
	case p.absent(role):
		return "the exports of the " + role.String() + " role are missing"
	case !flag && role == abi.RolePartitions:
		return "the capabilities have SupportPartitions off, or another DN style than Ldap"
	case !flag:
		return "the capabilities have the " + role.String() + " role off"
	}
	return ""
}
