package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// answersWell is a connector that gives every call the same right answer.
const answersWell = "../testdata/wat/answers_well.wasm"

// Example configures a connector, opens it and imports.
func Example() {
	ctx := context.Background()
	file := "connector: sample\nmodule: " + answersWell + "\n"
	c, err := config.Parse("sample.yaml", []byte(file), os.ReadFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	connector, err := host.Open(ctx, c, host.Options{LookupEnv: os.LookupEnv})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer connector.Close(ctx)
	summary, err := connector.Import(ctx, host.ImportRequest{}, func(page []abi.CSEntryChange) error {
		for i := range page {
			fmt.Println(page[i].AnchorText(""), page[i].Attribute("mail").Values[0].Text())
		}
		return nil
	})
	fmt.Println(summary.Entries, err)
	// Output:
	// 1 a@example.org
	// 1 <nil>
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	catalogue, err := catalog.New(filepath.Join(dir, "catalog"))
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(answersWell)
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := catalogue.Upload(t.Context(), "demo", strings.NewReader(string(module)), func(context.Context, []byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.wasm")
	if err := os.WriteFile(bad, module[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(answersWell)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		catalog    *catalog.Catalog
		want       error
		words      string
	}{
		{"a file", "module: " + absolute, nil, nil, ""},
		{"a version", "catalog: demo@" + v.Digest[:8], catalogue, nil, ""},
		{"none is active", "catalog: demo", catalogue, catalog.ErrNoVersion, "x.yaml:2:1: "},
		{"no catalog", "catalog: demo", nil, nil, "no catalog is named"},
		{"no file", "module: missing.wasm", nil, nil, "x.yaml:2:1: module: "},
		{"half a module", "module: bad.wasm", nil, abi.InvalidModule, "bad.wasm: "},
		{"no secret", "module: bad.wasm\nsecrets: {s: {env: NOT_SET}}", nil, nil, "x.yaml:3:11: secrets.s: "},
		{"reveal of nothing", "module: " + absolute + "\nreveal: [nonsense]", nil, nil, "x.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Parse(filepath.Join(dir, "x.yaml"), []byte("connector: x\n"+tt.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			connector, err := host.Open(t.Context(), c, host.Options{Catalog: tt.catalog})
			if tt.want == nil && tt.words == "" {
				if err != nil {
					t.Fatal(err)
				}
				if m := connector.Module(); m.Report.SHA256 != v.Digest || m.Report.ABI == "" {
					t.Errorf("module %+v", m)
				}
				if err := connector.Close(t.Context()); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("have %v, want %v and %q", err, tt.want, tt.words)
			}
		})
	}
}

// TestStateInADryRun: a dry run shows what a run would do, so that it begins with
// the same state, and leaves that as it is.
func TestStateInADryRun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	c, err := config.Parse("x.yaml", []byte("connector: x\nmodule: m\nstate: "+file+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string][]byte{"cursor": []byte("7")}
	if err := host.NewFileState(file).Save(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	state := host.Options{DryRun: func(hostfuncs.DryRunRequest) {}}.Policy(c).State
	if state == nil {
		t.Fatal("a dry run has no state")
	}
	have, err := state.Load(t.Context())
	if err != nil || string(have["cursor"]) != "7" {
		t.Errorf("a dry run begins with %q, %v", have, err)
	}
	have["cursor"] = []byte("8")
	if err := state.Save(t.Context(), have); err != nil {
		t.Error(err)
	}
	have["cursor"] = []byte("9") // it is the caller's
	if have, err = state.Load(t.Context()); err != nil || string(have["cursor"]) != "8" {
		t.Errorf("it goes on with %q, %v", have, err)
	}
	if have, err = host.NewFileState(file).Load(t.Context()); err != nil || string(have["cursor"]) != "7" {
		t.Errorf("it leaves %q, %v", have, err)
	}
	if state := (host.Options{DryRun: func(hostfuncs.DryRunRequest) {}}).Policy(&config.Config{}).State; state != nil {
		t.Errorf("without a file there is a state %v", state)
	}
}
