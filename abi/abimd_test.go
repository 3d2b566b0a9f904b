package abi_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

const abimd = "../ABI.md"

// messages names request and result of each call for ABI.md.
var messages = map[string][2]string{
	"GetCapabilities":          {"parameters", "capabilities"},
	"GetConfigParameters":      {"page, page number, partition, parameters", "definitions"},
	"ValidateConfigParameters": {"page, page number, partition, parameters", "code, error message, error parameter"},
	"GetSchema":                {"parameters", "types"},
	"GetPartitions":            {"parameters", "partitions"},
	"OpenImportConnection":     {"parameters, schema, import type, page size, partition, custom data", "custom data"},
	"GetImportEntries":         {"custom data, max entries, max bytes, full object entries", "entries, custom data, more to import"},
	"CloseImportConnection":    {"reason, custom data", "custom data"},
	"OpenExportConnection":     {"parameters, schema, batch size, partition", "–"},
	"PutExportEntries":         {"entries", "results"},
	"CloseExportConnection":    {"reason", "–"},
	"OpenPasswordConnection":   {"parameters, schema, partition", "–"},
	"SetPassword":              {"entry, new password, options", "–"},
	"ChangePassword":           {"entry, old password, new password", "–"},
	"ClosePasswordConnection":  {"–", "–"},
}

// hostFunctions says what each host function takes, answers and does.
var hostFunctions = map[string][3]string{
	"http":          {"requests, concurrency, max bytes", "answers", "asks granted targets, side by side"},
	"soap":          {"target, operation, body, safety", "body, error", "calls an operation of a SOAP target"},
	"log":           {"level, message, fields", "–", "writes to the operator's log"},
	"clock":         {"–", "unix nanos", "tells the time"},
	"random":        {"bytes", "value", "random bytes for ids, nonces and passwords"},
	"state_get":     {"key", "value", "reads kept state"},
	"state_put":     {"key, value", "–", "keeps state"},
	"state_delete":  {"key", "–", "forgets state"},
	"progress":      {"done, total, what", "–", "tells how far a run is"},
	"export_result": {"like a result of PutExportEntries", "–", "reports one exported entry as done"},
	"reveal":        {"value: a placeholder", "value: the secret", "reveals one secret, if granted"},
	"take":          {"id, pointer, capacity", "–", "fetches an answer that did not fit"},
}

func calls() string {
	var b strings.Builder
	b.WriteString("| export | ECMA member | request | result |\n| --- | --- | --- | --- |\n")
	for _, e := range abi.Exports() {
		if e.Member != "" {
			m := messages[e.Name]
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Name, e.Member, m[0], m[1])
		}
	}
	return b.String()
}

func codes() string {
	var b strings.Builder
	b.WriteString("| number | code | family |\n| --- | --- | --- |\n")
	for _, c := range abi.Codes() {
		family := "the host's own"
		switch {
		case c <= abi.ProvisioningBySyncRule:
			family = "ExtensionException"
		case c.FromGuest():
			family = "MetadirectoryServicesException"
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s |\n", c, c, family)
	}
	return b.String()
}

func imports() string {
	var b strings.Builder
	b.WriteString("| function | request | answer | what it does |\n| --- | --- | --- | --- |\n")
	for _, f := range abi.Imports() {
		h := hostFunctions[f.Name]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, h[0], h[1], h[2])
	}
	return b.String()
}

// numbered lists an enumeration as number and name.
func numbered[T ~uint8](last T, name func(T) string) string {
	var parts []string
	for n := T(0); n <= last; n++ {
		if text := name(n); !strings.Contains(text, "(") {
			parts = append(parts, fmt.Sprintf("%d `%s`", n, text))
		}
	}
	return strings.Join(parts, " · ")
}

func enumerations() string {
	var b strings.Builder
	row := func(name, members string) { fmt.Fprintf(&b, "| %s | %s |\n", name, members) }
	b.WriteString("| enumeration | members |\n| --- | --- |\n")
	row("AttributeType", numbered(abi.Undefined, abi.AttributeType.String))
	row("AttributeOperation", numbered(abi.ImportOnly, abi.AttributeOperation.String))
	row("ObjectModificationType", numbered(abi.ObjectDelete, abi.ObjectModificationType.String))
	row("AttributeModificationType", numbered(abi.AttributeDelete, abi.AttributeModificationType.String))
	row("ValueModificationType", numbered(abi.ValueDelete, abi.ValueModificationType.String))
	row("OperationType", numbered(abi.Delta, abi.OperationType.String))
	row("CloseReason", numbered(abi.CloseUnknown, abi.CloseReason.String))
	row("ConfigParameterPage", numbered(abi.PageSchema, abi.ConfigParameterPage.String))
	row("ConfigParameterType", numbered(abi.ParameterFile, abi.ConfigParameterType.String))
	row("ParameterValidationResultCode", numbered(abi.ValidationFailure, abi.ParameterValidationCode.String))
	row("PasswordOptions (flags)", "0 `None` · 1 `"+abi.PasswordForceChangeAtLogOn.String()+"` · 2 `"+abi.PasswordUnlockAccount.String()+"` · 4 `"+abi.PasswordValidate.String()+"`")
	row("ConnectionSecurityLevel", numbered(abi.Secure, abi.ConnectionSecurityLevel.String))
	row("MADistinguishedNameStyle", numbered(abi.DNLdap, abi.DistinguishedNameStyle.String))
	row("MANormalizations (flags)", "0 `None` · 1 `"+abi.NormalizeUppercase.String()+"` · 2 `"+abi.NormalizeRemoveAccents.String()+"`")
	row("MAExportType", numbered(abi.ExportMultivaluedReferenceAttributeUpdate, abi.ExportType.String))
	row("MAObjectConfirmation", numbered(abi.ConfirmNoAddAndDelete, abi.ObjectConfirmation.String))
	return b.String()
}

// limits reads the constants and their comments from the source.
func limits(t *testing.T) string {
	file, err := parser.ParseFile(token.NewFileSet(), "limits.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("limits.go")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| limit | value | what it bounds |\n| --- | --- | --- |\n")
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		doc := ""
		for _, s := range decl.Specs {
			v := s.(*ast.ValueSpec)
			if v.Doc != nil {
				doc = strings.Join(strings.Fields(v.Doc.Text()), " ")
			}
			value := string(source[v.Values[0].Pos()-1 : v.Values[0].End()-1])
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v.Names[0].Name, strings.ReplaceAll(value, "_", ","), doc)
			doc = "see above"
		}
	}
	return b.String()
}

var (
	vectorBlock = regexp.MustCompile("(?m)^<!-- vector: (\\S+) -->\n(?:\n*```json\n(?:.*\n)*?```\n)?")
	tableBlock  = regexp.MustCompile(`(?m)^<!-- table: ([a-z ]+) -->\n\n?((?:\|.*\n|[0-9].*\n)*)`)
)

// TestABIMD holds ABI.md to the constants and to the vectors.
func TestABIMD(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(abimd)
	if err != nil {
		t.Fatal(err)
	}
	have := string(data)
	want := vectorBlock.ReplaceAllStringFunc(have, func(block string) string {
		name := vectorBlock.FindStringSubmatch(block)[1]
		vector, err := os.ReadFile(filepath.Join(vectors, name+".json"))
		if err != nil {
			t.Error(err)
		}
		return "<!-- vector: " + name + " -->\n\n```json\n" + string(vector) + "```\n"
	})
	tables := map[string]func() string{
		"calls": calls, "codes": codes, "imports": imports, "enumerations": enumerations,
		"export errors": func() string {
			return numbered(abi.ExportErrorCustomContinueRun, abi.ExportError.String) + "\n"
		},
		"import errors": func() string {
			return numbered(abi.ImportErrorCustomContinueRun, abi.ImportError.String) + "\n"
		},
		"limits": func() string { return limits(t) },
	}
	want = tableBlock.ReplaceAllStringFunc(want, func(block string) string {
		m := tableBlock.FindStringSubmatch(block)
		if m[1] == "wasi" || m[1] == "passed on" { // tests of runtime and of the binding hold these
			return block
		}
		table := tables[m[1]]
		if table == nil {
			t.Errorf("ABI.md has a table %q that nothing fills", m[1])
			return block
		}
		delete(tables, m[1])
		return "<!-- table: " + m[1] + " -->\n\n" + table()
	})
	for name := range tables {
		t.Errorf("ABI.md has no table %q", name)
	}
	if *update && have != want {
		if err := os.WriteFile(abimd, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want {
		t.Error("ABI.md is not what the constants and vectors say; run go test ./abi -update and read the diff")
	}
}

// TestABIMDShowsEveryCall fails when a call has no worked example.
func TestABIMDShowsEveryCall(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(abimd)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range abi.Exports() {
		if e.Member != "" && !strings.Contains(string(data), "\n### "+e.Name+"\n") {
			t.Errorf("ABI.md has no section %s", e.Name)
		}
		if !strings.Contains(string(data), "`"+e.Name+"`") {
			t.Errorf("ABI.md does not mention %s", e.Name)
		}
	}
	for name := range messages {
		found := false
		for _, e := range abi.Exports() {
			found = found || e.Name == name
		}
		if !found {
			t.Errorf("ABI.md's table speaks of %s, which is no export", name)
		}
	}
}
