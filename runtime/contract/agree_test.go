package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func names(s abi.Schema) []string {
	var all []string
	for _, a := range s.Types[0].Attributes {
		all = append(all, a.Name)
	}
	return all
}

func TestAgreementReducesSchema(t *testing.T) {
	t.Parallel()
	a := agreed(contract.Promise{Attributes: []string{"made", "secret", "name"}, PasswordMapped: true}, quiet())
	if have, want := names(a.ImportSchema), []string{"id", "name", "made"}; !slices.Equal(have, want) {
		t.Errorf("imports get %v, want %v", have, want)
	}
	if have, want := names(a.ExportSchema), []string{"id", "name", "secret", "made", abi.ExportPassword}; !slices.Equal(have, want) {
		t.Errorf("exports get %v, want %v", have, want)
	}
	password := a.ExportSchema.Types[0].Attribute(abi.ExportPassword)
	if password.Type != abi.String || password.Operation != abi.ExportOnly || !password.Sensitive {
		t.Errorf("export_password is %+v", password)
	}
	if a.ObjectType != "user" || a.Anchor != "id" || a.Partition != abi.DefaultPartition {
		t.Errorf("agreement %+v", a)
	}
	if len(a.Findings) != 0 {
		t.Errorf("findings %v, want none", a.Findings)
	}
}

func TestAgreementTakesChosenAnchor(t *testing.T) {
	t.Parallel()
	a := agreed(contract.Promise{Anchor: "age"}, quiet())
	if have := a.ImportSchema.Types[0].Anchors(); !slices.Equal(have, []string{"age"}) {
		t.Errorf("anchors %v, want age alone", have)
	}
}

func TestAgreementPageSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                          string
		configured, standard, highest int
		want                          int
	}{
		{"nothing said", 0, 0, 0, abi.DefaultPageEntries},
		{"default of connector", 0, 100, 9999, 100},
		{"configured", 200, 100, 9999, 200},
		{"configured at maximum", 150, 100, 150, 150},
		{"configured above maximum", 151, 100, 150, 150},
		{"ABI default above maximum", 0, 0, 10, 10},
		{"maximum of 2^31", abi.MaxPageEntries + 1, 9999, 1<<31 - 1, abi.MaxPageEntries},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			capabilities := quiet()
			capabilities.ImportDefaultPageSize, capabilities.ImportMaxPageSize = c.standard, c.highest
			capabilities.ExportDefaultPageSize, capabilities.ExportMaxPageSize = c.standard, c.highest
			a := agreed(contract.Promise{ImportPageSize: c.configured, ExportBatchSize: c.configured}, capabilities)
			if a.ImportPageSize != c.want || a.ExportBatchSize != c.want {
				t.Errorf("page sizes %d and %d, want %d", a.ImportPageSize, a.ExportBatchSize, c.want)
			}
		})
	}
}

// TestAgreeRefuses changes one thing of what is agreed upon and names the rule
// that it breaks.
func TestAgreeRefuses(t *testing.T) {
	t.Parallel()
	attribute := func(a abi.SchemaAttribute) func(*given) {
		return func(g *given) { g.s.Types[0].Attributes = append(g.s.Types[0].Attributes, a) }
	}
	second := func(g *given) { g.s.Types = append(g.s.Types, abi.SchemaType{Name: "group"}) }
	for _, c := range []struct {
		name, rule string
		change     func(*given)
	}{
		{"promise with a bad name", "ECMA-PROMISE-INVALID", func(g *given) { g.p.ObjectType = "a\x00b" }},
		{"promise selects twice", "ECMA-PROMISE-INVALID", func(g *given) { g.p.Attributes = []string{"name", "name"} }},
		{"promise selects nothing", "ECMA-PROMISE-INVALID", func(g *given) { g.p.Attributes = []string{""} }},
		{"promise selects export_password", "ECMA-PROMISE-INVALID", func(g *given) { g.p.Attributes = []string{abi.ExportPassword} }},
		{"promise with negative page size", "ECMA-PROMISE-INVALID", func(g *given) { g.p.ImportPageSize = -1 }},
		{"promise of fewer objects than none", "ECMA-PROMISE-INVALID", func(g *given) { g.p.MaxImportObjects = -1 }},
		{"promise with negative batch size", "ECMA-PROMISE-INVALID", func(g *given) { g.p.ExportBatchSize = -1 }},
		{"two object types, none chosen", "ECMA-ONE-OBJECT-TYPE", second},
		{"unknown object type", "ECMA-ONE-OBJECT-TYPE", func(g *given) { g.p.ObjectType = "User" }},
		{"two partitions, none chosen", "ECMA-ONE-PARTITION", func(g *given) { g.c, g.partitions = ldap(), []abi.Partition{east, west} }},
		{"unknown partition", "ECMA-ONE-PARTITION", func(g *given) { g.p.Partition = "north" }},
		{"partition name used twice", "ECMA-ONE-PARTITION", func(g *given) {
			w := west
			w.Name = "east"
			g.c, g.partitions, g.p.Partition = ldap(), []abi.Partition{east, w}, "east"
		}},
		{"unknown attribute", "ECMA-ATTRIBUTE-NOT-IN-TYPE", func(g *given) { g.p.Attributes = []string{"mail"} }},
		{"unknown anchor", "ECMA-ATTRIBUTE-NOT-IN-TYPE", func(g *given) { g.p.Anchor = "mail" }},
		{"other anchor than the locked one", "ECMA-ANCHOR-LOCKED", func(g *given) { g.s.Types[0].Locked, g.p.Anchor = true, "name" }},
		{"anchor chosen where the DN is it", "ECMA-ANCHOR-LOCKED", func(g *given) { g.c, g.partitions, g.p.Anchor = dnAsAnchor(), []abi.Partition{east}, "name" }},
		{"password and no way to set it", "ECMA-PASSWORD-NO-WAY", func(g *given) {
			g.p.PasswordMapped, g.c.SupportPassword, g.c.SupportExport = true, false, false
		}},
		{"password and no exports to set it", "ECMA-PASSWORD-NO-WAY", func(g *given) {
			g.p.PasswordMapped, g.p.Absent = true, []abi.Role{abi.RolePassword, abi.RoleExport}
		}},

		{"unknown DN style", "ECMA-CAPABILITY-VALUE", func(g *given) { g.c.DistinguishedNameStyle = 3 }},
		{"unknown export type", "ECMA-CAPABILITY-VALUE", func(g *given) { g.c.ExportType = 4 }},
		{"unknown confirmation", "ECMA-CAPABILITY-VALUE", func(g *given) { g.c.ObjectConfirmation = 2 }},
		{"unknown normalization", "ECMA-CAPABILITY-VALUE", func(g *given) { g.c.Normalizations = 4 }},
		{"unknown security level", "ECMA-CAPABILITY-VALUE", func(g *given) { g.c.ConnectionSecurityLevel = 2 }},
		{"DN as anchor with style Generic", "ECMA-DN-AS-ANCHOR-NEEDS-LDAP", func(g *given) { g.c = generic(); g.c.IsDNAsAnchor = true }},
		{"rename with style None", "ECMA-RENAME-NEEDS-DN", func(g *given) { g.c.ObjectRename = true }},
		{"delta without import", "ECMA-DELTA-NEEDS-IMPORT", func(g *given) { g.c.SupportImport, g.c.SupportFullObject = false, false }},
		{"full object without import", "ECMA-FULL-OBJECT-NEEDS-IMPORT", func(g *given) { g.c.SupportImport, g.c.DeltaImport = false, false }},
		{"export without export type", "ECMA-EXPORT-TYPE-MISSING", func(g *given) { g.c.ExportType = 0 }},
		{"default page size above maximum", "ECMA-PAGE-SIZE", func(g *given) { g.c.ImportDefaultPageSize, g.c.ImportMaxPageSize = 11, 10 }},
		{"negative page size", "ECMA-PAGE-SIZE", func(g *given) { g.c.ExportDefaultPageSize = -1 }},
		{"negative maximum", "ECMA-PAGE-SIZE", func(g *given) { g.c.ExportMaxPageSize = -1 }},

		{"no object type", "ECMA-SCHEMA-EMPTY", func(g *given) { g.s.Types = nil }},
		{"too many object types", "ECMA-SCHEMA-LIMIT", func(g *given) { g.s = manyTypes(abi.MaxObjectTypes + 1) }},
		{"too many attributes", "ECMA-SCHEMA-LIMIT", func(g *given) { g.s = manyAttributes(abi.MaxSchemaAttributes + 1) }},
		{"too many attributes in all", "ECMA-SCHEMA-LIMIT", func(g *given) { g.s = fullSchema(1) }},
		{"object type without name", "ECMA-NAME-INVALID", func(g *given) { g.s.Types[0].Name = "" }},
		{"attribute without name", "ECMA-NAME-INVALID", attribute(abi.SchemaAttribute{})},
		{"attribute name too long", "ECMA-NAME-INVALID", attribute(abi.SchemaAttribute{Name: strings.Repeat("n", abi.MaxNameBytes+1)})},
		{"attribute name with line feed", "ECMA-NAME-INVALID", attribute(abi.SchemaAttribute{Name: "a\nb"})},
		{"attribute name of no UTF-8", "ECMA-NAME-INVALID", attribute(abi.SchemaAttribute{Name: "a\xff"})},
		{"attribute twice", "ECMA-NAME-DUPLICATE", attribute(abi.SchemaAttribute{Name: "name"})},
		{"object type twice", "ECMA-NAME-DUPLICATE", func(g *given) { g.s.Types = append(g.s.Types, g.s.Types[0]) }},
		{"undefined type", "ECMA-ATTRIBUTE-KIND", attribute(abi.SchemaAttribute{Name: "x", Type: abi.Undefined})},
		{"undefined operation", "ECMA-ATTRIBUTE-KIND", attribute(abi.SchemaAttribute{Name: "x", Operation: 3})},
		{"same name, other type", "ECMA-ATTRIBUTE-DIFFERS", func(g *given) {
			second(g)
			g.s.Types[1].Attributes = []abi.SchemaAttribute{{Name: "age", Type: abi.String}}
		}},
		{"same name, other valuedness", "ECMA-ATTRIBUTE-DIFFERS", func(g *given) {
			second(g)
			g.s.Types[1].Attributes = []abi.SchemaAttribute{{Name: "groups", Type: abi.String}}
		}},
		{"export_password declared", "ECMA-EXPORT-PASSWORD-DECLARED", attribute(abi.SchemaAttribute{Name: abi.ExportPassword})},
		{"sensitive attribute imported", "ECMA-SENSITIVE-IMPORTED", attribute(abi.SchemaAttribute{Name: "pin", Sensitive: true})},
		{"no attribute", "ECMA-ANCHOR-MISSING", func(g *given) { g.s.Types[0].Attributes = nil }},
		{"no anchor", "ECMA-ANCHOR-MISSING", func(g *given) { g.s.Types[0].Attributes[0].Anchor = false }},
		{"composite anchor", "ECMA-ANCHOR-COMPOSITE", func(g *given) { g.s.Types[0].Attributes[1].Anchor = true }},
		{"composite anchor, one chosen", "ECMA-ANCHOR-COMPOSITE", func(g *given) { g.s.Types[0].Attributes[1].Anchor, g.p.Anchor = true, "id" }},
		{"multi-valued anchor", "ECMA-ANCHOR-KIND", func(g *given) { g.p.Anchor = "groups" }},
		{"Boolean anchor", "ECMA-ANCHOR-KIND", func(g *given) { g.p.Anchor = "active" }},
		{"Reference anchor", "ECMA-ANCHOR-KIND", func(g *given) { g.p.Anchor = "manager" }},
		{"export-only anchor", "ECMA-ANCHOR-KIND", func(g *given) { g.p.Anchor = "secret" }},

		{"no partition", "ECMA-PARTITION-NONE", func(g *given) { g.c, g.partitions = ldap(), []abi.Partition{} }},
		{"partition without GUID", "ECMA-PARTITION-INVALID", func(g *given) { g.c, g.partitions = ldap(), []abi.Partition{{DN: "DC=x"}} }},
		{"partition without DN", "ECMA-PARTITION-INVALID", func(g *given) { g.c, g.partitions = ldap(), []abi.Partition{{Identifier: east.Identifier}} }},
		{"partition without good DN", "ECMA-PARTITION-INVALID", func(g *given) {
			g.c, g.partitions = ldap(), []abi.Partition{{Identifier: east.Identifier, DN: "east"}}
		}},
		{"partition with bad name", "ECMA-PARTITION-INVALID", func(g *given) {
			g.c, g.partitions = ldap(), []abi.Partition{{Identifier: east.Identifier, DN: "DC=x", Name: "\n"}}
		}},
		{"partition twice by DN", "ECMA-PARTITION-DUPLICATE", func(g *given) {
			g.c, g.p.Partition = ldap(), "east"
			g.partitions = []abi.Partition{east, {Identifier: west.Identifier, DN: "dc=EAST, dc=example"}}
		}},
		{"partition twice by identifier", "ECMA-PARTITION-DUPLICATE", func(g *given) {
			g.c, g.p.Partition = ldap(), "east"
			g.partitions = []abi.Partition{east, {Identifier: east.Identifier, DN: west.DN}}
		}},
		{"too many partitions", "ECMA-PARTITION-DUPLICATE", func(g *given) {
			g.c, g.partitions = ldap(), make([]abi.Partition, abi.MaxPartitions+1)
		}},
		{"too long partitions", "ECMA-PARTITION-DUPLICATE", func(g *given) {
			g.c, g.p.Partition, g.partitions = ldap(), "east", longPartitions(abi.MaxPartitionBytes+1)
		}},
		{"too long names", "ECMA-SCHEMA-LIMIT", func(g *given) { g.s = longNames(abi.MaxSchemaNameBytes + 1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := &given{c: quiet(), s: people()}
			c.change(g)
			_, err := contract.Agree(g.p, g.c, g.s, g.partitions)
			wantRule(t, err, c.rule)
		})
	}
}

// given is what Agree gets.
type given struct {
	p          contract.Promise
	c          abi.Capabilities
	s          abi.Schema
	partitions []abi.Partition
}

func manyTypes(n int) abi.Schema {
	var s abi.Schema
	for i := range n {
		s.Types = append(s.Types, abi.SchemaType{Name: fmt.Sprint("t", i), Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true}}})
	}
	return s
}

func manyAttributes(n int) abi.Schema {
	s := abi.Schema{Types: []abi.SchemaType{{Name: "user"}}}
	for i := range n {
		s.Types[0].Attributes = append(s.Types[0].Attributes, abi.SchemaAttribute{Name: fmt.Sprint("a", i), Anchor: i == 0})
	}
	return s
}

// longNames is a schema whose names take so many bytes.
func longNames(n int) abi.Schema {
	s := manyAttributes(1)
	t := &s.Types[0]
	for n -= len(t.Attributes[0].Name); n > 500; n -= 500 {
		t.Attributes = append(t.Attributes, abi.SchemaAttribute{Name: fmt.Sprintf("%0500d", n)})
	}
	t.PossibleDNComponents = []string{strings.Repeat("o", n)}
	return s
}

// longPartitions are two partitions that take so many bytes together.
func longPartitions(n int) []abi.Partition {
	long := abi.Partition{Identifier: west.Identifier, DN: "DC="}
	n -= len(east.Identifier+east.DN+east.Name) + len(long.Identifier+long.DN)
	long.DN += strings.Repeat("w", n)
	return []abi.Partition{east, long}
}

// fullSchema has as many attributes and DN components as a schema may have, and more.
func fullSchema(more int) abi.Schema {
	var s abi.Schema
	for i := range abi.MaxSchemaNames / abi.MaxSchemaAttributes {
		t := manyAttributes(abi.MaxSchemaAttributes).Types[0]
		t.Name = fmt.Sprint("t", i)
		s.Types = append(s.Types, t)
	}
	last := &s.Types[len(s.Types)-1]
	last.Attributes, last.PossibleDNComponents = last.Attributes[:abi.MaxSchemaAttributes-1], []string{"ou"}
	for i := range more {
		last.PossibleDNComponents = append(last.PossibleDNComponents, fmt.Sprint("ou", i))
	}
	return s
}

// Of many mistakes the first ten are told, and how many more there are.
func TestMistakesAreCounted(t *testing.T) {
	t.Parallel()
	schema := func(n int) error {
		s := manyAttributes(n)
		for i := range s.Types[0].Attributes {
			s.Types[0].Attributes[i].Name += "\n" + strings.Repeat("\x01", 200)
		}
		_, err := contract.CheckSchema(s)
		return err
	}
	partitions := func(n int) error {
		list := make([]abi.Partition, n)
		for i := range list {
			list[i] = abi.Partition{Identifier: fmt.Sprint(i), DN: fmt.Sprint("DC=", i)}
		}
		return contract.CheckPartitions(list)
	}
	definitions := func(n int) error {
		list := make([]abi.ConfigParameterDefinition, n)
		for i := range list {
			list[i] = abi.ConfigParameterDefinition{Name: fmt.Sprint(i), Type: abi.ParameterCheckBox, DefaultValue: "2"}
		}
		_, err := contract.CheckDefinitions(list)
		return err
	}
	results := func(n int) error {
		run := contract.NewExportRun(agreed(contract.Promise{}, quiet()))
		_, err := run.Results(nil, abi.PutExportEntriesResults{Results: make([]abi.CSEntryChangeResult, n)}, false)
		return err
	}
	entries := func(n int) error {
		return contract.NewExportRun(agreed(contract.Promise{}, quiet())).Entries(1, []abi.CSEntryChange{identified(person("a"), func(e *abi.CSEntryChange) {
			e.Attributes = make([]abi.AttributeChange, n)
		})})
	}
	for what, check := range map[string]func(n int) error{"attributes": schema, "partitions": partitions, "definitions": definitions,
		"results": results, "entries": entries} {
		if all := violations(check(10)); len(all) != 10 || strings.Contains(all[9].Message, "further") {
			t.Errorf("%s: of 10 mistakes %d are told, the last as %v", what, len(all), all[len(all)-1])
		}
		err := check(1000)
		all := violations(err)
		if len(all) != 11 || !strings.HasSuffix(all[10].Message, ": 990") || all[10].Rule != all[9].Rule || all[10].Op != all[9].Op {
			t.Errorf("%s: of 1,000 mistakes %d are told, the last as %v, want 10 and how many more", what, len(all), all[len(all)-1])
		}
		if n := len(err.Error()); n > 32<<10 {
			t.Errorf("%s: the error has %d bytes", what, n)
		}
	}
}

func TestAgreeAtLimits(t *testing.T) {
	t.Parallel()
	_, err := contract.Agree(contract.Promise{ObjectType: "t0"}, quiet(), manyTypes(abi.MaxObjectTypes), nil)
	noError(t, err)
	_, err = contract.Agree(contract.Promise{}, quiet(), manyAttributes(abi.MaxSchemaAttributes), nil)
	noError(t, err)
	_, err = contract.Agree(contract.Promise{ObjectType: "t0"}, quiet(), fullSchema(0), nil)
	noError(t, err)
	_, err = contract.Agree(contract.Promise{}, quiet(), longNames(abi.MaxSchemaNameBytes), nil)
	noError(t, err)
	_, err = contract.Agree(contract.Promise{Partition: "east"}, ldap(), people(), longPartitions(abi.MaxPartitionBytes))
	noError(t, err)
	long := abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{{Name: strings.Repeat("n", abi.MaxNameBytes), Anchor: true}}}}}
	_, err = contract.Agree(contract.Promise{}, quiet(), long, nil)
	noError(t, err)
	empty := abi.Schema{Types: []abi.SchemaType{{Name: "user"}}}
	_, err = contract.Agree(contract.Promise{}, dnAsAnchor(), empty, []abi.Partition{east})
	noError(t, err)
}

func TestAgreeListsChoices(t *testing.T) {
	t.Parallel()
	_, err := contract.Agree(contract.Promise{}, quiet(), manyTypes(3), nil)
	if e := wantRule(t, err, "ECMA-ONE-OBJECT-TYPE"); !strings.Contains(e.Message, `"t0", "t1", "t2"`) {
		t.Errorf("message %q lists no choices", e.Message)
	}
	_, err = contract.Agree(contract.Promise{}, ldap(), people(), []abi.Partition{east, west})
	if e := wantRule(t, err, "ECMA-ONE-PARTITION"); !strings.Contains(e.Message, `"east", "west"`) {
		t.Errorf("message %q lists no choices", e.Message)
	}
}

func TestAgreeSaysAllMistakes(t *testing.T) {
	t.Parallel()
	c := quiet()
	c.ObjectRename, c.ExportType = true, 0
	s := people()
	s.Types[0].Attributes[1].Name = ""
	_, err := contract.Agree(contract.Promise{}, c, s, nil)
	if have := len(violations(err)); have != 3 {
		t.Errorf("%d violations in %v, want 3", have, err)
	}
}

func TestPartitionIsChosenByAnyName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"west", west.DN, "dc=WEST, dc=example", strings.ToUpper(west.Identifier)} {
		a, err := contract.Agree(contract.Promise{Partition: name}, ldap(), people(), []abi.Partition{east, west})
		noError(t, err)
		if a.Partition != west {
			t.Errorf("%q chose %v, want west", name, a.Partition)
		}
	}
	a, err := contract.Agree(contract.Promise{Partition: "default"}, quiet(), people(), nil)
	noError(t, err)
	if a.Partition != abi.DefaultPartition {
		t.Errorf("chose %v, want the default partition", a.Partition)
	}
}

func TestAgreeNotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule   string
		change func(*given)
	}{
		{"ECMA-PARTITIONS-NEED-LDAP", func(g *given) { g.c.SupportPartitions = true }},
		{"ECMA-HIERARCHY-NOT-USED", func(g *given) { g.c.SupportHierarchy = true }},
		{"ECMA-FULL-EXPORT-NOT-USED", func(g *given) { g.c.FullExport = true }},
		{"ECMA-PASSWORD-FIRST-PASS-NOT-USED", func(g *given) { g.c.ExportPasswordInFirstPass = true }},
		{"ECMA-NORMALIZATIONS-NOT-USED", func(g *given) { g.c.Normalizations = abi.NormalizeUppercase }},
		{"ECMA-CONCURRENT-OPERATION-NOT-USED", func(g *given) { g.c.ConcurrentOperation = false }},
		{"ECMA-DELETE-ADD-AS-REPLACE-NOT-USED", func(g *given) { g.c.DeleteAddAsReplace = true }},
		{"ECMA-NO-REFERENCES-FIRST-NOT-USED", func(g *given) { g.c.NoReferenceValuesInFirstExport = true }},
		{"ECMA-OBJECT-CONFIRMATION-NOT-USED", func(g *given) { g.c.ObjectConfirmation = abi.ConfirmNoDelete }},
		{"ECMA-NO-IMPORT", func(g *given) { g.c.SupportImport, g.c.DeltaImport, g.c.SupportFullObject = false, false, false }},
		{"ECMA-NO-IMPORT", func(g *given) { g.p.Absent = []abi.Role{abi.RoleImport} }},
		{"ECMA-PASSWORD-NOT-SECURE", func(g *given) { g.p.PasswordMapped, g.c.ConnectionSecurityLevel = true, abi.NotSecure }},
		{"ECMA-NAME-CASE", func(g *given) { g.s.Types[0].Attributes[2].Name = "Name" }},
		{"ECMA-NAME-SPECIAL", func(g *given) { g.s.Types[0].Attributes[2].Name = "a.b" }},
		{"ECMA-NAME-SPECIAL", func(g *given) { g.s.Types[0].Attributes[2].Name = "a[b" }},
		{"ECMA-DN-IS-ANCHOR", func(g *given) { g.c, g.partitions = dnAsAnchor(), []abi.Partition{east} }},
		{"ECMA-PARENTS-NOT-MADE", func(g *given) { g.s.Types[0].PossibleDNComponents = []string{"ou"} }},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			g := &given{c: quiet(), s: people()}
			c.change(g)
			a, err := contract.Agree(g.p, g.c, g.s, g.partitions)
			noError(t, err)
			wantFinding(t, a.Findings, c.rule, 1)
			if len(a.Findings) != 1 {
				t.Errorf("findings %v, want one", a.Findings)
			}
		})
	}
}

func TestAgreeTakesOffMissingRoles(t *testing.T) {
	t.Parallel()
	a := agreed(contract.Promise{Absent: []abi.Role{abi.RoleImport, abi.RolePassword}}, quiet())
	c := a.Capabilities
	if c.SupportImport || c.DeltaImport || c.SupportFullObject || c.SupportPassword || !c.SupportExport {
		t.Errorf("capabilities %+v keep a role that is missing, or lose one that is there", c)
	}
}
