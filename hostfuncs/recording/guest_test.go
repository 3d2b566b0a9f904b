package recording_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// TestGuestSleeps records and replays a module that sleeps for an hour in each
// call. Neither waits: the one because its host's hours are short.
func TestGuestSleeps(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile(filepath.Join("..", "..", "testdata", "wat", "sleeps_for_an_hour.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(p abi.HostProvider) {
		rt, err := runtime.New(t.Context(), runtime.Config{SleepPerCall: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		defer rt.Close(t.Context())
		c, err := rt.Load(t.Context(), module, p, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		if schema, err := c.GetSchema(t.Context(), nil); err != nil || schema.Type("user") == nil {
			t.Errorf("%v, %v", schema, err)
		}
	}
	data, err := record(t, &fakes{}, run, recording.Result{})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	replay := read(t, data).Replay()
	run(replay)
	if err := replay.Finish(recording.Result{}); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("the replay took %v", took)
	}
	if _, calls := read(t, data).Calls(); calls < 2 {
		t.Errorf("%d calls: the sleep is not among them\n%s", calls, data)
	}
}
