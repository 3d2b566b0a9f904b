package recipes_test

import (
	"bytes"
	"context"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// An import of 100,000 users collects garbage many times over; its replay computes
// as much to the unit all the same.
func TestReplayUsesTheSameFuel(t *testing.T) {
	t.Parallel()
	server := userServer(t)
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
		rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: cache, OnRelease: func(u runtime.Usage) { fuel.Add(u.Fuel()) }})
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
	live, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name: "app", BaseURL: server.URL, Methods: []string{"GET"}, Paths: []string{"/users"}, RatePerSecond: 10_000, Concurrency: 16,
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	var tape bytes.Buffer
	recorder, err := recording.NewRecorder(live, &tape, recording.Header{Connector: "bench"})
	if err != nil {
		t.Fatal(err)
	}
	recorded := run(recorder)
	if err := recorder.Finish(recording.Result{}); err != nil {
		t.Fatal(err)
	}
	taken, err := recording.Read(&tape)
	if err != nil {
		t.Fatal(err)
	}
	replay := taken.Replay()
	if replayed := run(replay); replayed != recorded || recorded < 1_000_000_000 {
		t.Errorf("recorded %d units, replayed %d", recorded, replayed)
	}
	if err := replay.Finish(recording.Result{}); err != nil {
		t.Error(err)
	}
}
