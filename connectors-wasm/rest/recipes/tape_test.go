//go:build !wasip1

package recipes_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// tapesVariable names a directory in which recordings are left, each with what its run
// returned, for another engine to replay, or from which those that it left are taken. An
// engine without snapshots starts each instance anew, so both do then.
const tapesVariable = "ECMABOX_TAPES"

// tape is a run that is recorded and replayed.
type tape struct {
	name   string
	recipe *recipe.File
	// live is the application that is recorded.
	live func(*testing.T) (hostfuncs.Policy, hostfuncs.SecretMap)
	// run is the run, which tells all that it gets.
	run func(context.Context, *runtime.Connector, abi.ConfigParameters, *told) error
	// lines and units are what it tells and computes at the least.
	lines, units int64
}

// play replays the recording that was left, or one that it makes.
func (p *tape) play(t *testing.T) {
	dir := os.Getenv(tapesVariable)
	anew := dir != ""
	if !anew {
		dir = t.TempDir()
	}
	path, results := filepath.Join(dir, p.name+".rec"), filepath.Join(dir, p.name+".jsonl")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		p.record(t, path, results, anew)
		t.Logf("recorded %s", p.name)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	taken, err := recording.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	was := taken.Result()
	if was.Fuel.Units < p.units || was.Output.Lines < p.lines || was.Fuel.Weights != metering.WeightsVersion {
		t.Errorf("recorded %+v and %d lines of results", was.Fuel, was.Output.Lines)
	}
	replay, now := taken.Replay(), filepath.Join(t.TempDir(), "now")
	result := p.result(t, replay, now, anew)
	sameFile(t, results, now)
	err = replay.Finish(result)
	if d := (*recording.Difference)(nil); errors.As(err, &d) {
		t.Error(d.Text())
	} else if err != nil {
		t.Error(err)
	}
	if !t.Failed() {
		t.Logf("replayed %s: %d units, %d lines of results, SHA-256 %s", p.name, result.Fuel.Units, result.Output.Lines, result.Output.SHA256)
	}
}

// record makes the recording, and leaves beside it what the run returned.
func (p *tape) record(t *testing.T, path, results string, anew bool) {
	t.Helper()
	live, err := hostfuncs.New(p.live(t))
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	file, err := recording.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	recorder, err := recording.NewRecorder(live, file, recording.Header{Connector: p.name})
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Finish(p.result(t, recorder, results, anew)); err != nil {
		t.Fatal(err)
	}
	if err := file.Keep(); err != nil {
		t.Fatal(err)
	}
}

// result runs it on hosts, and leaves at path what it returned.
func (p *tape) result(t *testing.T, hosts abi.HostProvider, path string, anew bool) recording.Result {
	t.Helper()
	module, err := wasmbuild.Build(t.Context(), restModule)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	var fuel atomic.Int64
	rt, err := runtime.New(t.Context(), runtime.Config{CacheDir: cache, StartAnew: anew, OnRelease: func(u runtime.Usage) { fuel.Add(u.Fuel()) }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := rt.Load(t.Context(), module, hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	buffered, sum := bufio.NewWriter(file), &recording.Collector{}
	told, parameters := &told{json.NewEncoder(io.MultiWriter(buffered, sum))}, abi.ConfigParameters{{Name: "recipe", Value: p.recipe.JSON}}
	agreed, err := c.Agree(t.Context(), parameters)
	told.line("agreed", agreed, outcomeOf(err))
	told.line("ended", outcomeOf(p.run(t.Context(), c, parameters, told)))
	if err := errors.Join(buffered.Flush(), file.Close(), rt.Close(context.Background())); err != nil {
		t.Fatal(err)
	}
	return recording.Result{Fuel: recording.Fuel{Units: fuel.Load(), Weights: metering.WeightsVersion}, Output: sum.Output()}
}

// told writes down all that a run gets, one line of JSON for each thing.
type told struct{ out *json.Encoder }

func (w *told) line(what string, of ...any) {
	if err := w.out.Encode(append([]any{what}, of...)); err != nil {
		panic(err) // of a value that is no JSON
	}
}

// typed are values with their types, in their order.
func typed(values []abi.Value) (all [][2]string) {
	for _, v := range values {
		all = append(all, [2]string{v.Type().String(), v.Text()})
	}
	return all
}

// anchor are the parts of an anchor, with their types.
func anchor(attributes []abi.AnchorAttribute) (all []any) {
	for _, a := range attributes {
		all = append(all, []any{a.Name, a.Value.Type().String(), a.Value.Text()})
	}
	return all
}

// entry writes an entry of an import, with its attributes in their order.
func (w *told) entry(e *abi.CSEntryChange) {
	var attributes []any
	for _, a := range e.Attributes {
		attributes = append(attributes, []any{a.Name, a.Modification.String(), a.MultiValued, typed(a.Values), typed(a.Deletes)})
	}
	w.line("entry", e.Modification.String(), e.ObjectType, e.DN, e.NewDN, anchor(e.Anchor), attributes, e.Error)
}

// results writes what became of a batch. An entry without a result succeeded.
func (w *told) results(results []abi.CSEntryChangeResult, batch int) {
	for _, r := range results {
		w.line("result", r.Identifier, r.Code.String(), r.Name, r.Detail, anchor(r.Anchor), r.Retryable, r.RetryAfterMillis)
	}
	w.line("batch", batch, len(results))
}

// outcomeOf is how a call ended.
func outcomeOf(err error) string {
	if err == nil {
		return "done"
	}
	return fmt.Sprintf("%v: %v", abi.CodeOf(err), err)
}

// sameFile compares two files of lines, and shows the first line that differs.
func sameFile(t *testing.T, was, is string) {
	t.Helper()
	var lines [2]*bufio.Reader
	for i, path := range []string{was, is} {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		lines[i] = bufio.NewReader(file)
	}
	for n := 1; ; n++ {
		old, ended := lines[0].ReadBytes('\n')
		now, _ := lines[1].ReadBytes('\n')
		if !bytes.Equal(old, now) {
			t.Errorf("line %d of what the run returns differs:\nrecorded %.2000s\nnow      %.2000s", n, bytes.TrimSpace(old), bytes.TrimSpace(now))
			return
		}
		if ended != nil {
			return
		}
	}
}
