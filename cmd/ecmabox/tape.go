package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
	"github.com/ecmabox/ecmabox/runtime/metering"
)

const tapeHelp = `With --record FILE every call of the connector and every answer go into FILE, in clear:
whatever the target tells of its users, and passwords that the connector itself makes up. No
secret, no password of a change and no sealed field is in it. FILE appears when the run is
over. --replay FILE runs the same from FILE alone, with no target reached and no secret
needed, and fails with a comparison when the connector asks for anything else.`

// tape is what a run is recorded to, or replayed from; neither unless asked for.
type tape struct {
	record, replay *string
	format         *format
	// operation is what is run, in the words of the recording.
	operation recording.Operation
	// taken is the recording that is replayed, or nil.
	taken    *recording.Recording
	replayer *recording.Replay

	file     *recording.File
	recorder *recording.Recorder
	printed  recording.Collector
	used     usages
	// broken is why the output did not take what was printed.
	broken error
	// watermark is where the next delta begins, after an import.
	watermark string
}

// The options of a recorded operation.
const (
	optionFormat     = "format"
	optionDelta      = "delta"
	optionLimit      = "limit"
	optionAttributes = "attributes"
	optionWatermark  = "watermark"
)

// addTapeFlags adds --record and --replay to a run.
func addTapeFlags(cmd *cobra.Command, f *format) *tape {
	t := &tape{
		record:    cmd.Flags().String("record", "", "write every call of the connector and every answer into this file, in clear"),
		replay:    cmd.Flags().String("replay", "", "run from this recording, without targets and secrets, and compare"),
		format:    f,
		operation: recording.Operation{Name: cmd.Name(), Options: map[string]string{}},
	}
	cmd.MarkFlagsMutuallyExclusive("record", "replay")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return t.load(cmd) }
	return t
}

// load checks the flags and reads the recording that is to be replayed.
func (t *tape) load(cmd *cobra.Command) error {
	given := func(name string) bool { f := cmd.Flags().Lookup(name); return f != nil && f.Changed }
	if (*t.record != "" || *t.replay != "") && given("dry-run") {
		return errors.New("a dry run sends nothing that could be recorded or replayed: leave out --dry-run")
	}
	if *t.replay == "" {
		return nil
	}
	for _, name := range []string{"json", "table", "delta", "limit", "attributes", "watermark"} {
		if given(name) {
			return fmt.Errorf("--%s comes from the recording: leave it out", name)
		}
	}
	file, err := os.Open(*t.replay)
	if err != nil {
		return fmt.Errorf("--replay: %w", err)
	}
	defer file.Close()
	if t.taken, err = recording.Read(file); err != nil {
		return fmt.Errorf("--replay: %s: %w", *t.replay, err)
	}
	if was := t.taken.Header().Operation.Name; was != t.operation.Name {
		return fmt.Errorf("--replay: %s is a recording of run %s, not of run %s", *t.replay, was, t.operation.Name)
	}
	t.operation = t.taken.Header().Operation
	t.replayer = t.taken.Replay()
	return nil
}

// imports takes what an import is to do from the recording, or notes it for one.
func (t *tape) imports(r *host.ImportRequest, attributes *[]string) error {
	options := t.operation.Options
	if t.taken == nil {
		note := func(name, value string, there bool) {
			if there {
				options[name] = value
			}
		}
		note(optionDelta, "true", r.Delta)
		note(optionLimit, strconv.FormatInt(r.Limit, 10), r.Limit > 0)
		note(optionAttributes, strings.Join(*attributes, ","), len(*attributes) > 0)
		if !r.Delta || r.Watermark == nil {
			return nil
		}
		text, err := json.Marshal(r.Watermark)
		options[optionWatermark] = string(text)
		return err
	}
	r.Delta = options[optionDelta] != ""
	var errs []error
	if text := options[optionLimit]; text != "" {
		var err error
		r.Limit, err = strconv.ParseInt(text, 10, 64)
		errs = append(errs, err)
	}
	if text := options[optionAttributes]; text != "" {
		*attributes = strings.Split(text, ",")
	}
	if text := options[optionWatermark]; text != "" {
		r.Watermark = &host.Watermark{}
		errs = append(errs, json.Unmarshal([]byte(text), r.Watermark))
	}
	if err := errors.Join(errs...); err != nil {
		return usageError{fmt.Errorf("--replay: %s: its options make no sense: %w", *t.replay, err)}
	}
	return nil
}

// begin puts the tape between the connector and its host, and between the run and
// its output.
func (t *tape) begin(e *environment, c *config.Config, o *host.Options) error {
	switch {
	case t.taken != nil:
		if was := t.taken.Header().Connector; was != c.Connector {
			return usageError{fmt.Errorf("--replay: %s is a recording of the connector %q, and %s is about %q", *t.replay, was, c.File, c.Connector)}
		}
		o.Replay = t.replayer
		t.format.asTable = t.operation.Options[optionFormat] == "table"
	case *t.record != "":
		var err error
		if t.file, err = recording.Create(*t.record); err != nil {
			return usageError{fmt.Errorf("--record: %w", err)}
		}
		t.operation.Options[optionFormat] = "table"
		if t.format.json(e.stdout) {
			t.operation.Options[optionFormat] = "json"
		}
		t.format.asTable = t.operation.Options[optionFormat] == "table"
		o.Record = func(hosts abi.HostProvider, m host.Module) (abi.HostProvider, error) {
			var err error
			t.recorder, err = recording.NewRecorder(hosts, t.file, recording.Header{Connector: c.Connector, ModuleSHA256: m.Report.SHA256, RecipeSHA256: m.RecipeSHA256, Operation: t.operation})
			return t.recorder, err
		}
	default:
		return nil
	}
	t.format.asJSON = !t.format.asTable
	e.stdout = &tee{to: e.stdout, tape: t}
	return nil
}

// tee hands on what is printed, and keeps it for the tape.
type tee struct {
	to   io.Writer
	tape *tape
}

// Write keeps what the output was given, also if it did not take it.
func (w *tee) Write(p []byte) (int, error) {
	// It never fails.
	_, _ = w.tape.printed.Write(p)
	n, err := w.to.Write(p)
	if err != nil {
		w.tape.broken = err
	}
	return n, err
}

// end ends the recording, or the comparison with one, after a run that ended with
// err. ran says that the connector was loaded.
func (t *tape) end(ctx context.Context, e *environment, m host.Module, ran bool, err error) error {
	switch {
	case t.taken != nil && ran && ctx.Err() == nil:
		return t.compare(e, m, err)
	case t.file != nil:
		return errors.Join(err, t.keep(ctx, e, ran, err))
	}
	return err
}

func (t *tape) result(err error) recording.Result {
	r := recording.Result{Fuel: recording.Fuel{Units: t.used.fuel(), Weights: metering.WeightsVersion}, Exit: exitCode(err), Watermark: t.watermark, Output: t.printed.Output()}
	if code := abi.CodeOf(err); code != 0 {
		r.Error = code.String()
	}
	return r
}

// keep puts the recording in its place, or tells why there is none.
func (t *tape) keep(ctx context.Context, e *environment, ran bool, err error) error {
	if !ran {
		return t.file.Discard()
	}
	switch code := abi.CodeOf(err); {
	case ctx.Err() != nil, code == abi.Cancelled, code == abi.DeadlineExceeded:
		t.recorder.Fail(recording.ErrStopped)
	case t.broken != nil:
		t.recorder.Fail(fmt.Errorf("the output was cut: %w", t.broken))
	}
	if err := t.recorder.Finish(t.result(err)); err != nil {
		return errors.Join(fmt.Errorf("%s was not made: %w", *t.record, err), t.file.Discard())
	}
	if err := t.file.Keep(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "recorded: the run is in %s, with all that the target answered\n", visible(*t.record))
	return nil
}

// recipeDigest is the beginning of a recipe's digest.
func recipeDigest(digest string) string {
	if digest == "" {
		return "(none)"
	}
	return visible(fmt.Sprintf("%.12s", digest))
}

// differsError says that a replay went otherwise than its recording.
type differsError struct{ text string }

func (e differsError) Error() string { return e.text }

// compare tells how a replay went. What it ended with counts only if it went as
// recorded.
func (t *tape) compare(e *environment, m host.Module, err error) error {
	leases, calls := t.taken.Calls()
	var d *recording.Difference
	result, was := t.result(err), t.taken.Header()
	if was.ModuleSHA256 != m.Report.SHA256 || was.RecipeSHA256 != m.RecipeSHA256 {
		// Another build computes another amount.
		result.Fuel = recording.Fuel{}
	}
	if !errors.As(t.replayer.Finish(result), &d) {
		fmt.Fprintf(e.stderr, "replay: as recorded: %s in %s, and the result\n", count(calls, "call"), count(leases, "lease"))
		return err
	}
	fmt.Fprintf(e.stderr, "recorded (-) and now (+), in %s, %s", visible(*t.replay), visibleLines(d.Text()))
	if was.ModuleSHA256 != m.Report.SHA256 {
		fmt.Fprintf(e.stderr, "note: the recording was made with the module %.12s, and this is %.12s\n", visible(was.ModuleSHA256), m.Report.SHA256)
	}
	if was.RecipeSHA256 != m.RecipeSHA256 {
		fmt.Fprintf(e.stderr, "note: the recording was made with the recipe %s, and this is %s\n", recipeDigest(was.RecipeSHA256), recipeDigest(m.RecipeSHA256))
	}
	return differsError{fmt.Sprintf("the run differs from %s, from line %d on; if that is meant, record it anew", *t.replay, d.Line)}
}
