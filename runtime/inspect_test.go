package runtime_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

const header = "\x00asm\x01\x00\x00\x00"

// findings returns the codes of a report, with a question mark behind warnings.
func findings(r runtime.Report) []string {
	var codes []string
	for _, f := range r.Findings {
		code := f.Code
		if f.Severity == runtime.Warning {
			code += "?"
		}
		codes = append(codes, code)
	}
	return codes
}

func TestInspectFixtures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		module string
		want   []string
		// says are parts of the first finding's sentence.
		says []string
	}{
		{"answers_well", nil, nil},
		{"read_only", nil, nil},
		{"similar_export", nil, nil},
		{"missing_export", []string{runtime.RuleExportMissing}, []string{"GetSchema (i32) → i64"}},
		{"no_marker", []string{runtime.RuleExportMissing}, []string{"ecma_abi_1 (i64) → i64"}},
		{"prefixed_export", []string{runtime.RuleExportName}, []string{`GetSchema is exported as "PrefixGetSchema"`, "(i32) → i64"}},
		{"dotted_export", []string{runtime.RuleExportName}, []string{`GetSchema is exported as "IMAExtensible2GetSchema.GetSchema"`}},
		{"ex_export", []string{runtime.RuleExportName}, []string{`GetCapabilities is exported as "GetCapabilitiesEx"`}},
		{"camel_export", []string{runtime.RuleExportName}, []string{`GetSchema is exported as "getSchema"`}},
		{"snake_export", []string{runtime.RuleExportName}, []string{`GetSchema is exported as "get_schema"`}},
		{"mistyped_export", []string{runtime.RuleExportType}, []string{"GetSchema is (i32) → i32: it must be (i32) → i64"}},
		{"global_export", []string{runtime.RuleExportType}, []string{"GetSchema is a global"}},
		{"stray_export", []string{runtime.RuleExportStray + "?"}, []string{`"PrefixGetSchema" beside GetSchema`}},
		{"partial_role", []string{runtime.RuleRolePartial}, []string{"role import", "CloseImportConnection is missing"}},
		{"no_role", []string{runtime.RuleNoRole + "?"}, nil},
		{"no_connector", []string{runtime.RuleExportMissing}, []string{"this is no connector"}},
		{"command", []string{runtime.RuleCommand}, []string{"-buildmode=c-shared", "-mexec-model=reactor", "cdylib"}},
		{"unknown_import", []string{runtime.RuleImport}, []string{`"env"."emscripten_notify_memory_growth" ((i32))`, "define the function"}},
		{"unknown_host_import", []string{runtime.RuleImport}, []string{`"resolve_dns"`, "it has clock, export_result, http, log"}},
		{"import_signature", []string{runtime.RuleImportType}, []string{"http is (i32, i32, i32) → i64: it must be (i32, i32, i32, i32) → i64"}},
		{"wasi_signature", []string{runtime.RuleImportType}, []string{"wasi_snapshot_preview1.fd_write"}},
		{"imported_table", []string{runtime.RuleImport}, []string{"(table)"}},
		{"imported_global", []string{runtime.RuleImportType}, []string{"http is global"}},
		{"no_memory", []string{runtime.RuleMemory}, []string{"exports no memory"}},
		{"imported_memory", []string{runtime.RuleMemoryImported}, []string{"--import-memory"}},
		{"memory_name", []string{runtime.RuleMemory}, []string{`as "mem"`}},
		{"memory_function", []string{runtime.RuleMemory, runtime.RuleMemory}, []string{"is a function"}},
		{"two_memories", []string{runtime.RuleMemoryKind}, []string{"2 memories"}},
		{"shared_memory", []string{runtime.RuleMemoryKind}, []string{"shared", "without threads"}},
		{"memory64", []string{runtime.RuleMemoryKind}, []string{"64 bits"}},
	} {
		t.Run(test.module, func(t *testing.T) {
			t.Parallel()
			checkReport(t, module(t, test.module), test.want, test.says)
		})
	}
}

// checkReport checks the codes of a module's findings, the words of the first,
// and that the error is made of the refusals.
func checkReport(t *testing.T, module []byte, want, says []string) {
	t.Helper()
	report, err := runtime.Inspect(module)
	have := findings(report)
	if !slices.Equal(have, want) {
		t.Fatalf("have findings %q, want %q: %v", have, want, report.Findings)
	}
	for _, words := range says {
		if !strings.Contains(report.Findings[0].Message, words) {
			t.Errorf("the finding %q does not say %q", report.Findings[0].Message, words)
		}
	}
	refusals := 0
	for _, f := range report.Findings {
		if f.Severity == runtime.Refusal {
			refusals++
		}
	}
	if (err != nil) != (refusals > 0) {
		t.Fatalf("have error %v with %d refusals", err, refusals)
	}
	if err != nil {
		if e := wantError(t, err, abi.InvalidModule); e.Rule != report.Findings[0].Code {
			t.Errorf("have rule %s in the error, want %s", e.Rule, report.Findings[0].Code)
		}
	}
}

func TestInspectFiles(t *testing.T) {
	t.Parallel()
	well := module(t, "answers_well")
	for _, test := range []struct {
		name   string
		module []byte
		want   string
		says   string
	}{
		{"empty", nil, runtime.RuleNotWasm, "empty"},
		{"text", []byte("hello"), runtime.RuleNotWasm, "no WebAssembly module"},
		{"dll", []byte("MZ\x90\x00\x03"), runtime.RuleNotWasm, ".NET DLL"},
		{"linux program", []byte("\x7fELF\x02\x01"), runtime.RuleNotWasm, "GOOS=wasip1"},
		{"gzip", []byte("\x1f\x8b\x08"), runtime.RuleNotWasm, "gzip"},
		{"wat", []byte("(module)"), runtime.RuleNotWasm, "wat2wasm"},
		{"half a header", []byte(header[:6]), runtime.RuleTruncated, "header"},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), runtime.RuleComponent, "wasip1"},
		{"version 2", []byte("\x00asm\x02\x00\x00\x00"), runtime.RuleVersion, "version"},
		{"header alone", []byte(header), runtime.RuleMemory, "no memory"},
		{"unknown section", section(well, 14, ""), runtime.RuleMalformed, "unknown section"},
		{"section twice", section(section([]byte(header), 5, "\x01\x00\x01"), 5, "\x01\x00\x01"), runtime.RuleMalformed, "twice"},
		{"sections out of order", section(section([]byte(header), 5, "\x01\x00\x01"), 4, "\x01\x70\x00\x01"), runtime.RuleMalformed, "out of order"},
		{"section too long for its contents", section([]byte(header), 5, "\x01\x00\x01\x00"), runtime.RuleMalformed, "longer than its contents"},
		{"section too short for its contents", section([]byte(header), 5, "\x01\x00"), runtime.RuleMalformed, "ends early"},
		{"number of more than 32 bits", section([]byte(header), 5, "\xff\xff\xff\xff\x7f"), runtime.RuleMalformed, "32 bits"},
		{"number of six bytes", section([]byte(header), 5, "\x80\x80\x80\x80\x80\x00"), runtime.RuleMalformed, "32 bits"},
		{"many types", section([]byte(header), 1, "\xff\xff\xff\xff\x0f"), runtime.RuleBound, "types"},
		{"type of a garbage collector", section([]byte(header), 1, "\x01\x5f\x00"), runtime.RuleMalformed, "newer proposals"},
		{"function without a type", section([]byte(header), 3, "\x01\x00"), runtime.RuleMalformed, "type 0 of 0"},
		{"function without code", section(section([]byte(header), 1, "\x01\x60\x00\x00"), 3, "\x01\x00"), runtime.RuleMalformed, "1 functions are declared and 0 have code"},
		{"export of a function that is not there", section([]byte(header), 7, "\x01\x01f\x00\x09"), runtime.RuleMalformed, `"f" is function 9 of 0`},
		{"name longer than the file", section([]byte(header), 7, "\x01\xff\x1f"), runtime.RuleMalformed, "ends early"},
		{"two manifests", section(section(well, 0, "\x0decma.manifest{}"), 0, "\x0decma.manifest{}"), runtime.RuleManifest, "2 custom sections"},
		{"manifest that is no JSON", section(well, 0, "\x0decma.manifestname: x"), runtime.RuleManifest, "cannot be read"},
		{"manifest with a role that is not there", abi.AppendManifest(module(t, "read_only"), &abi.Manifest{Name: "x", Roles: []abi.Role{abi.RoleExport}}), runtime.RuleManifest, "promises the role export"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			report, err := runtime.Inspect(test.module)
			if err == nil || len(report.Findings) == 0 || report.Findings[0].Code != test.want {
				t.Fatalf("have findings %v, want %s first", report.Findings, test.want)
			}
			if !strings.Contains(report.Findings[0].Message, test.says) {
				t.Errorf("the finding %q does not say %q", report.Findings[0].Message, test.says)
			}
		})
	}
}

// A connector is let in with as much of something as admission allows, and refused with
// one more, be it by what reads its sections first or by admission.
func TestInspectBounds(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(m *wasmtest.Module, n int){
		admission.LimitTypes: func(m *wasmtest.Module, n int) {
			m.Types = append(m.Types, again(n-len(m.Types), m.Types[typeNothing]...)...)
		},
		admission.LimitParameters: func(m *wasmtest.Module, n int) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", n), ""))
		},
		admission.LimitFunctions: func(m *wasmtest.Module, n int) {
			n -= len(m.Functions)
			m.Functions, m.Bodies = append(m.Functions, again(n, typeNothing)...), append(m.Bodies, again(n, wasmtest.Body(nil)...)...)
		},
		admission.LimitTables: func(m *wasmtest.Module, n int) { m.Tables = again(n, 0x70, 1, 1, 1) },
		admission.LimitExports: func(m *wasmtest.Module, n int) {
			for i := range n - len(m.Exports) {
				m.Exports = append(m.Exports, wasmtest.Export(fmt.Sprint("x", i), 0, 0))
			}
		},
		admission.LimitNameBytes: func(m *wasmtest.Module, n int) {
			m.Exports = append(m.Exports, wasmtest.Export(strings.Repeat("x", n), 0, 0))
		},
		admission.LimitCustomSections: func(m *wasmtest.Module, n int) { m.Customs = again(n, 1, 'x') },
		admission.LimitLocals:         func(m *wasmtest.Module, n int) { addFunction(m, typeNothing, i32s(n)) },
		admission.LimitBodyBytes:      func(m *wasmtest.Module, n int) { addFunction(m, typeNothing, nil, bytes.Repeat([]byte{1}, n-2)...) },
		admission.LimitGlobals:        func(m *wasmtest.Module, n int) { m.Globals = again(n, 0x7f, 0, 0x41, 0, 0x0b) },
	} {
		most := allowed(name)
		for n, want := range map[int]bool{most: true, most + 1: false} {
			m := connectorModule()
			fill(m, n)
			report, err := runtime.Inspect(m.Bytes())
			if (err == nil) != want || err != nil && !slices.Equal(findings(report), []string{runtime.RuleBound}) {
				t.Errorf("%s of %d: have findings %v", name, n, report.Findings)
			}
		}
	}
}

// allowed is what admission allows of something where modules are compiled in
// the process itself.
func allowed(limit string) int {
	for _, u := range (admission.Report{}).Uses() {
		if u.Limit == limit {
			return u.Allowed
		}
	}
	return 0
}

// Several mistakes are all told at once.
func TestInspectTellsEverything(t *testing.T) {
	t.Parallel()
	// A module with an unknown import and an imported memory, and without calls.
	m := section([]byte(header), 1, "\x01\x60\x00\x00")
	m = section(m, 2, "\x02\x03env\x01f\x00\x00\x03env\x06memory\x02\x00\x01")
	report, err := runtime.Inspect(m)
	for _, want := range []string{runtime.RuleImport, runtime.RuleMemoryImported, runtime.RuleMemory, runtime.RuleExportMissing} {
		if !slices.Contains(findings(report), want) {
			t.Errorf("have findings %v, want %s among them", report.Findings, want)
		}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != len(report.Findings) {
		t.Errorf("have error %v, want %d joined ones", err, len(report.Findings))
	}
}

// However many mistakes a module has, its report stays readable.
func TestInspectManyFindings(t *testing.T) {
	t.Parallel()
	m := section([]byte(header), 1, "\x01\x60\x00\x00")
	m = section(m, 2, "\xe8\x07"+strings.Repeat("\x03env\x01f\x00\x00", 1000))
	report, err := runtime.Inspect(m)
	if err == nil || len(report.Findings) != 100 || !strings.HasSuffix(report.Findings[99].Message, "; and 902 more findings") {
		t.Errorf("have %d findings, the last %q", len(report.Findings), report.Findings[len(report.Findings)-1].Message)
	}
}

// A cut file is told as such wherever it is cut, unless the cut falls between two
// sections, where what is left is judged as it stands.
func TestInspectTruncated(t *testing.T) {
	t.Parallel()
	whole := module(t, "guards_buffers")
	between := 0
	for n := 1; n < len(whole); n++ {
		report, _ := runtime.Inspect(whole[:n])
		if codes := findings(report); len(codes) != 1 || codes[0] != runtime.RuleTruncated && codes[0] != runtime.RuleNotWasm {
			between++
		}
	}
	if sections := 9; between > sections {
		t.Errorf("%d of %d cuts are not told, want %d at most", between, len(whole), sections)
	}
}

func TestInspectReport(t *testing.T) {
	t.Parallel()
	manifest := &abi.Manifest{Name: "quiet", Version: "1.2.0", Roles: []abi.Role{abi.RoleImport}}
	m := abi.AppendManifest(module(t, "calls_host"), manifest)
	report, err := runtime.Inspect(m)
	if err != nil {
		t.Fatal(err)
	}
	if report.Size != len(m) || len(report.SHA256) != 64 || report.ABI != "ecma_abi_1" || report.Memory != (runtime.ReportMemory{Min: 65536}) {
		t.Errorf("have %+v", report)
	}
	if report.Manifest == nil || report.Manifest.Name != "quiet" || report.Manifest.Version != "1.2.0" {
		t.Errorf("have manifest %+v", report.Manifest)
	}
	if want := []abi.Role{abi.RoleBase, abi.RoleImport, abi.RoleExport, abi.RolePassword}; !slices.Equal(report.Roles, want) {
		t.Errorf("have roles %v, want %v", report.Roles, want)
	}
	if want := []string{runtime.RuleManifest + "?", runtime.RuleManifest + "?"}; !slices.Equal(findings(report), want) {
		t.Errorf("have findings %v, want two roles that the manifest does not name", report.Findings)
	}
	if want := (runtime.ReportImport{Module: "ecma_host_v1", Name: "clock", Signature: "(i32, i32, i32, i32) → i64", Known: true}); !slices.Equal(report.Imports, []runtime.ReportImport{want}) {
		t.Errorf("have imports %+v", report.Imports)
	}
	want := runtime.ReportExport{Name: "GetSchema", Member: "IMAExtensible2GetSchema.GetSchema", Role: "base", Signature: "(i32) → i64"}
	if !slices.Contains(report.Exports, want) {
		t.Errorf("have exports %+v, want %+v among them", report.Exports, want)
	}
}

func TestLooksLike(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		like       bool
	}{
		{"GetSchema", "GetSchema", true},
		{"getschema", "GetSchema", true},
		{"GET-SCHEMA", "GetSchema", true},
		{"my.connector#GetSchema", "GetSchema", true},
		{"MyGetSchema", "GetSchema", true},
		{"my_get_schema", "GetSchema", true},
		{"mygetschema", "GetSchema", false},
		{"ResetPassword", "SetPassword", false},
		{"GetSchemas", "GetSchema", false},
		{"Schema", "GetSchema", false},
		{"", "GetSchema", false},
	} {
		if have := runtime.LooksLike(test.name, test.want); have != test.like {
			t.Errorf("%q like %q: have %t", test.name, test.want, have)
		}
	}
}

// Every rule is in the table once, and every fixture that is refused names one.
func TestRules(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, r := range runtime.Rules() {
		if seen[r.Code] || r.Asks == "" || !strings.HasPrefix(r.Code, "ECMA-MODULE-") {
			t.Errorf("rule %+v", r)
		}
		seen[r.Code] = true
	}
	fixtures, err := filepath.Glob("../testdata/wat/*.wasm")
	if err != nil || len(fixtures) < 50 {
		t.Fatalf("have %d fixtures and error %v", len(fixtures), err)
	}
	for _, f := range fixtures {
		source, err := os.ReadFile(strings.TrimSuffix(f, ".wasm") + ".wat")
		if err != nil || !bytes.HasPrefix(source, []byte(";; ")) {
			t.Errorf("%s: no source with a comment on top: %v", f, err)
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := runtime.Inspect(b)
		for _, finding := range report.Findings {
			if !seen[finding.Code] {
				t.Errorf("%s: the rule %s is not in the table", f, finding.Code)
			}
		}
	}
}

func FuzzInspect(f *testing.F) {
	fixtures, _ := filepath.Glob("../testdata/wat/*.wasm")
	if len(fixtures) == 0 {
		f.Fatal("no seeds")
	}
	for _, name := range fixtures {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		report, err := runtime.Inspect(m)
		if err == nil && report.ABI == "" {
			t.Error("a connector without its marker")
		}
	})
}

// A report spells out signatures of 32 values and no more: thousands of exports may
// have one of thousands.
func TestLongSignatures(t *testing.T) {
	t.Parallel()
	m := connectorModule()
	for i, n := range []int{32, 33} {
		m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", n-1), "\x7f"))
		addFunction(m, uint32(len(m.Types)-1), nil, 0x00)
		m.Exports = append(m.Exports, wasmtest.Export(fmt.Sprint("wide", n), 0, firstFunction+uint32(i)))
	}
	report, err := runtime.Inspect(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"wide32": "(" + strings.TrimSuffix(strings.Repeat("i32, ", 31), ", ") + ") → i32",
		"wide33": "(32 values) → 1 values",
	} {
		i := slices.IndexFunc(report.Exports, func(e runtime.ReportExport) bool { return e.Name == name })
		if have := report.Exports[i].Signature; have != want {
			t.Errorf("%s: have %q, want %q", name, have, want)
		}
	}
}

// A finding about many names quotes eight of them, and tells how many more there are.
func TestFindingOfManyNames(t *testing.T) {
	t.Parallel()
	for _, n := range []int{8, 9} {
		m := connectorModule()
		for i := range n {
			m.Exports = append(m.Exports, wasmtest.Export(fmt.Sprintf("x%d_GetSchema", i), 0, 2))
		}
		report, _ := runtime.Inspect(m.Bytes())
		at := slices.IndexFunc(report.Findings, func(f runtime.Finding) bool { return f.Code == runtime.RuleExportStray })
		if at < 0 {
			t.Fatalf("have %v", report.Findings)
		}
		have := report.Findings[at].Message
		if names := strings.Count(have, "_GetSchema"); names != 8 || strings.Contains(have, "and 1 more beside") != (n > 8) {
			t.Errorf("%d names: have %s", n, have)
		}
	}
}
