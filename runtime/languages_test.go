package runtime_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// TestMinimalCOfSeveralResults runs minimal.c as clang builds it when functions may
// return structs in several results, with vectors.
func TestMinimalCOfSeveralResults(t *testing.T) {
	t.Parallel()
	readBinding(t)
	out := filepath.Join(t.TempDir(), "minimal.wasm")
	build := exec.CommandContext(t.Context(), "sh", "../abi/c/build", out, "../abi/c/minimal.c")
	build.Env = append(os.Environ(), "CFLAGS=-O3 -msimd128 -mmultivalue -mreference-types -Xclang -target-abi -Xclang experimental-mv")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	speakMinimal(t, newEngine(t, module).start(t))
	speakMinimal(t, loadVoice(t, module).start(t))
	importMinimal(t, module)
}

// buildRust builds the connector of abi/c/rust with the binding in C linked in.
func buildRust(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	var objects []string
	for _, source := range readBinding(t) {
		name := filepath.Base(source)
		if !strings.HasPrefix(name, "ecma") || filepath.Ext(name) != ".c" {
			continue
		}
		object := filepath.Join(dir, name+".o")
		command := exec.CommandContext(t.Context(), "clang-19", "--target=wasm32-wasi", "-std=c99", "-Oz", "-c", "-I", "../abi/c", "-o", object, source)
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", source, err, said)
		}
		objects = append(objects, object)
	}
	module, err := wasmbuild.Rust{Source: "../abi/c/rust/lib.rs", WASI: true, Options: []string{"-Copt-level=s"}, Objects: objects}.Build(t.Context())
	wasmbuild.Need(t, err)
	return module
}

// readBinding needs clang, and reads and lists what it will read, as compileC does.
func readBinding(t *testing.T) []string {
	t.Helper()
	needClang(t)
	sources, err := filepath.Glob("../abi/c/*.[ch]")
	if err != nil || len(sources) == 0 {
		t.Fatal(sources, err)
	}
	for _, file := range append(sources, "../abi/c/build") {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return sources
}

// TestMinimalRust runs minimal.c in Rust, on the binding in C.
func TestMinimalRust(t *testing.T) {
	t.Parallel()
	module := buildRust(t)
	speakMinimal(t, newEngine(t, module).start(t))
	speakMinimal(t, loadVoice(t, module).start(t))
	importMinimal(t, module)
}

// importMinimal has a minimal connector import two users in the sandbox: with a
// schema, a manifest and a request to its target.
func importMinimal(t *testing.T, module []byte) {
	t.Helper()
	report, err := runtime.Inspect(module)
	if err != nil || len(report.Findings) > 0 || report.Manifest == nil || report.Manifest.Name != "minimal" {
		t.Fatalf("have manifest %+v, findings %v and error %v", report.Manifest, report.Findings, err)
	}
	hosts := &fakeHosts{onHTTP: func(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
		if len(requests.Requests) != 1 || requests.Requests[0].Target != "app" || requests.Requests[0].Path != "/users.csv" {
			t.Errorf("have requests %+v", requests)
		}
		// Longer than a first buffer.
		return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{{Status: 200, Tries: 1, Body: strings.Repeat("x,Zoë \"Z\"\t\n", 10_000)}}}, nil
	}}
	c, err := newRuntime(t, cachedConfig(t)).Load(t.Context(), module, hosts, contract.Promise{ObjectType: "user"})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := runtime.Raw(c).GetSchema(t.Context(), nil)
	if err != nil || len(schema.Types) != 1 || len(schema.Types[0].Attributes) != 2 {
		t.Errorf("have schema %+v and error %v", schema, err)
	}
	run, err := runtime.Raw(c).OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	page, err := run.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{MaxEntries: abi.MaxPageEntries})
	if err != nil || len(page.Entries) != 10_000 {
		t.Fatalf("have %d entries and error %v", len(page.Entries), err)
	}
	if e := page.Entries[9_999]; e.AnchorText("login") != "x" || e.Attribute("name").Values[0].Text() != "Zoë \"Z\"\t" {
		t.Errorf("the last entry is %+v", e)
	}
	if _, err := run.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{}); err != nil {
		t.Error(err)
	}
}

// TestMinimalAssemblyScript runs the same without any binding.
func TestMinimalAssemblyScript(t *testing.T) {
	t.Parallel()
	module, err := wasmbuild.AssemblyScript{Source: "testdata/assemblyscript/index.ts", Options: []string{"-O3"}}.Build(t.Context())
	wasmbuild.Need(t, err)
	module = abi.AppendManifest(module, &abi.Manifest{Name: "minimal", Version: "1.0.0", Roles: []abi.Role{abi.RoleImport},
		Targets: []abi.ManifestTarget{{Name: "app", Methods: []string{"GET"}, Paths: []string{"/users.csv"}}}})
	speakMinimal(t, newEngine(t, module).start(t))
	speakMinimal(t, loadVoice(t, module).start(t))
	importMinimal(t, module)
}
