package runtime

import (
	"fmt"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// exportCheck holds a module's exports against the table of the ABI.
type exportCheck struct {
	report *Report
	found  map[string]exportShape
	// twins are exports that look like one of the ABI, by its name.
	twins map[string][]string
}

func checkExports(r *Report, m *moduleShape) {
	c := &exportCheck{report: r, found: make(map[string]exportShape), twins: make(map[string][]string)}
	for _, e := range m.exports {
		if _, twice := c.found[e.name]; twice {
			r.find(RuleMalformed, Refusal, "two exports are called %s", quote(e.name))
		}
		c.found[e.name] = e
	}
	c.list(m.exports)
	c.findTwins(m.exports)
	if c.command() || c.stranger() {
		return
	}
	c.functions()
	c.roles()
}

// list fills Report.Exports.
func (c *exportCheck) list(exports []exportShape) {
	table := make(map[string]abi.Export)
	for _, e := range abi.Exports() {
		table[e.Name] = e
	}
	for _, e := range exports {
		entry := ReportExport{Name: e.name, Signature: e.kind.String()}
		if e.kind == kindFunction {
			entry.Signature = signatureText(e.signature)
			if known, ok := table[e.name]; ok && known.Member != "" {
				entry.Member, entry.Role = known.Member, known.Role.String()
			}
		}
		c.report.Exports = append(c.report.Exports, entry)
	}
	if e, ok := c.found[abi.ExportMarker]; ok && e.kind == kindFunction {
		c.report.ABI = abi.ExportMarker
	}
}

// maxSignature is how many values a signature has that a report spells out: thousands
// of exports may be of one type, of thousands of values.
const maxSignature = 32

// signatureText is a signature in a report.
func signatureText(s abi.Signature) string {
	if len(s.Params)+len(s.Results) <= maxSignature {
		return s.String()
	}
	return fmt.Sprintf("(%d values) → %d values", len(s.Params), len(s.Results))
}

// findTwins assigns each export that is not of the ABI to the one it looks like.
func (c *exportCheck) findTwins(exports []exportShape) {
	known := make(map[string]bool)
	for _, e := range abi.Exports() {
		known[e.Name] = true
	}
	for _, e := range exports {
		if known[e.name] || e.kind != kindFunction {
			continue
		}
		best, length := "", 0
		for _, want := range abi.Exports() {
			for _, alias := range aliases(want) {
				if len(alias) > length && looksLike(e.name, alias) {
					best, length = want.Name, len(alias)
				}
			}
		}
		if best != "" {
			c.twins[best] = append(c.twins[best], e.name)
		}
	}
}

// aliases are the names under which people look for an export: its own, and that
// of the ECMA member it stands for. Plumbing has none: nobody guesses at it.
func aliases(e abi.Export) []string {
	if e.Member == "" {
		return nil
	}
	names := []string{e.Name}
	if member := e.Member[strings.LastIndexByte(e.Member, '.')+1:]; member != e.Name {
		names = append(names, member)
	}
	return names
}

// looksLike reports whether name is want in other case or with other separators,
// alone or behind a prefix that ends where a word does: prefix_get_schema and
// IMAExtensible2GetSchema.GetSchema look like GetSchema, and ResetPassword does
// not look like SetPassword.
func looksLike(name, want string) bool {
	i := len(name)
	for j := len(want) - 1; j >= 0; j-- {
		for i--; i >= 0 && !alphanumeric(name[i]); i-- {
		}
		if i < 0 || lower(name[i]) != lower(want[j]) {
			return false
		}
	}
	return i == 0 || !alphanumeric(name[i-1]) || upper(name[i])
}

func alphanumeric(c byte) bool { return lower(c)-'a' <= 'z'-'a' || c-'0' <= 9 }

func upper(c byte) bool { return c-'A' <= 'Z'-'A' }

func lower(c byte) byte {
	if upper(c) {
		c += 'a' - 'A'
	}
	return c
}

// command refuses a command, whose main runs and ends, and reports whether it is
// one and nothing else. One with exports of the ABI is checked further.
func (c *exportCheck) command() bool {
	_, start := c.found["_start"]
	_, initialize := c.found[abi.ExportInitialize]
	if !start || initialize {
		return false
	}
	c.report.find(RuleCommand, Refusal, "the module is a command (it exports _start and no %s), but a connector stays and is called: "+
		"build Go with -buildmode=c-shared, C with -mexec-model=reactor, Rust as a cdylib", abi.ExportInitialize)
	return c.report.ABI == "" && len(c.twins) == 0
}

// stranger refuses a module that has nothing of a connector in one sentence.
func (c *exportCheck) stranger() bool {
	for _, e := range abi.Exports() {
		if _, ok := c.found[e.Name]; ok && e.Name != abi.ExportInitialize {
			return false
		}
	}
	if len(c.twins) > 0 {
		return false
	}
	c.report.find(RuleExportMissing, Refusal, "this is no connector: it exports neither %s nor any call of ECMA such as GetSchema", abi.ExportMarker)
	return true
}

// functions checks each export of the table by itself.
func (c *exportCheck) functions() {
	for _, want := range abi.Exports() {
		have, there := c.found[want.Name]
		twins := c.twins[want.Name]
		switch {
		case there && have.kind != kindFunction:
			c.report.find(RuleExportType, Refusal, "the export %s is a %s: it must be a function %s", want.Name, have.kind, want.Signature)
		case there && !sameSignature(have.signature, want.Signature):
			c.report.find(RuleExportType, Refusal, "the export %s is %s: it must be %s", want.Name, have.signature, want.Signature)
		case there && len(twins) > 0:
			c.report.find(RuleExportStray, Warning, "%s beside %s is never called: take it out", quoteAll(twins), want.Name)
		case !there && len(twins) > 0:
			c.report.find(RuleExportName, Refusal, "%s is exported as %s: ECMA's own name is wanted, without prefix, as %s", want.Name, quoteAll(twins), want.Signature)
		case !there && want.Role == abi.RoleBase && !want.Optional:
			c.report.find(RuleExportMissing, Refusal, "the export %s %s is missing: every connector has it", want.Name, want.Signature)
		}
	}
}

// roles finds the roles that are complete and refuses those that are half there.
func (c *exportCheck) roles() {
	for role := abi.RoleBase; role <= abi.RolePassword; role++ {
		there, wanted, missing := 0, 0, []string(nil)
		for _, e := range abi.Exports() {
			if e.Role != role || e.Member == "" {
				continue
			}
			wanted++
			if have, ok := c.found[e.Name]; ok && have.kind == kindFunction {
				there++
			} else if len(c.twins[e.Name]) == 0 {
				missing = append(missing, e.Name)
			}
		}
		switch {
		case there > 0 && len(missing) > 0 && role != abi.RoleBase:
			c.report.find(RuleRolePartial, Refusal, "the role %s is exported in part: %s is missing", role, strings.Join(missing, ", "))
		case there == wanted:
			c.report.Roles = append(c.report.Roles, role)
		}
	}
	if len(c.report.Roles) == 1 && c.report.Roles[0] == abi.RoleBase && len(c.twins) == 0 {
		c.report.find(RuleNoRole, Warning, "the connector neither imports, exports nor sets passwords")
	}
}

// maxQuotedNames is how many names a finding has.
const maxQuotedNames = 8

func quoteAll(names []string) string {
	var quoted []string
	for _, n := range names[:min(len(names), maxQuotedNames)] {
		quoted = append(quoted, quote(n))
	}
	if more := len(names) - len(quoted); more > 0 {
		quoted = append(quoted, fmt.Sprintf("%d more", more))
	}
	return strings.Join(quoted, " and ")
}
