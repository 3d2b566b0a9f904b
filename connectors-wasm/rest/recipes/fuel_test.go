//go:build !wasip1

package recipes_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

// An import of 100,000 users collects garbage many times over; its replay computes
// as much to the unit all the same, on whatever engine.
func TestReplayUsesTheSameFuel(t *testing.T) {
	t.Parallel()
	tapes := os.Getenv(tapesVariable)
	file, err := recipe.Parse("bench.yaml", []byte(benchRecipe))
	if err != nil {
		t.Fatal(err)
	}
	module, err := wasmbuild.Build(t.Context(), "github.com/ecmabox/ecmabox/connectors-wasm/rest/module")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	run := func(hosts abi.HostProvider) int64 {
		var fuel atomic.Int64
		rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: cache, StartAnew: tapes != "", OnRelease: func(u runtime.Usage) { fuel.Add(u.Fuel()) }})
		if err != nil {
			t.Fatal(err)
		}
		c, err := rt.Load(t.Context(), module, hosts, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := importByRecipe(t.Context(), c, abi.ConfigParameters{{Name: "recipe", Value: file.JSON}}); n != benchUsers || err != nil {
			t.Fatal(n, err)
		}
		if err := rt.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		return fuel.Load()
	}
	tape := readTape(t, tapes)
	if tape == nil {
		live, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
			Name: "app", BaseURL: userServer(t).URL, Methods: []string{"GET"}, Paths: []string{"/users"}, RatePerSecond: 10_000, Concurrency: 16,
			Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer live.Close()
		var file bytes.Buffer
		recorder, err := recording.NewRecorder(live, &file, recording.Header{Connector: "bench"})
		if err != nil {
			t.Fatal(err)
		}
		if err := recorder.Finish(recording.Result{Fuel: recording.Fuel{Units: run(recorder), Weights: metering.WeightsVersion}}); err != nil {
			t.Fatal(err)
		}
		tape = file.Bytes()
		if tapes != "" {
			if err := os.WriteFile(filepath.Join(tapes, tapeName), tape, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	taken, err := recording.Read(bytes.NewReader(tape))
	if err != nil {
		t.Fatal(err)
	}
	if units := taken.Result().Fuel.Units; units < 1_000_000_000 {
		t.Errorf("recorded %d units", units)
	}
	replay := taken.Replay()
	if err := replay.Finish(recording.Result{Fuel: recording.Fuel{Units: run(replay), Weights: metering.WeightsVersion}}); err != nil {
		t.Error(err)
	}
}

// tapesVariable names a directory in which the recording is left, for another engine
// to replay, or from which the one that it left is taken. An engine without snapshots
// starts each instance anew, so both do then.
const (
	tapesVariable = "ECMABOX_TAPES"
	tapeName      = "import.rec"
)

// readTape returns the recording that was left, or nil.
func readTape(t *testing.T, dir string) []byte {
	t.Helper()
	if dir == "" {
		return nil
	}
	tape, err := os.ReadFile(filepath.Join(dir, tapeName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return tape
}
