package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// setting is what a number of Config may be: every one of them stands in settings.
type setting struct{ byDefault, least, most int64 }

func settings() map[string]setting {
	const hour, day, most = int64(time.Hour), int64(24 * time.Hour), math.MaxInt64
	return map[string]setting{
		"MemoryLimitBytes":   {256 << 20, 64 << 10, 4<<30 - 64<<10},
		"CallTimeout":        {int64(time.Minute), 1, day},
		"SleepPerCall":       {int64(30 * time.Second), 1, day},
		"SleepPerRun":        {4 * hour, 1, 365 * day},
		"StartTimeout":       {int64(10 * time.Second), 1, hour},
		"StopGrace":          {int64(time.Second), 1, hour},
		"CloseTimeout":       {int64(5 * time.Second), 1, hour},
		"FuelPerCall":        {300_000_000_000, 1, most},
		"FuelPerRun":         {10_000_000_000_000, 1, most},
		"CallDepth":          {65_536, 1, 16_777_216},
		"MaxModuleBytes":     {16 << 20, 8, 1 << 30},
		"MaxTableElements":   {65_536, 1, 10_000_000},
		"MaxReplyBytes":      {abi.MaxMessageBytes, 1, abi.MaxMessageBytes},
		"ReplyBytesPerRun":   {16 << 30, 1, most / 2},
		"MaxImportObjects":   {10_000_000, 1, 1 << 30},
		"HostCallsPerRun":    {10_000_000, 1, most / 2},
		"HostBytesPerRun":    {16 << 30, 1, most / 2},
		"StderrBytes":        {256 << 10, 1, 1 << 30},
		"CacheBytes":         {4 << 30, 1, 1 << 50},
		"CompileMemoryBytes": {512 << 20, 128 << 20, 64 << 30},
		"CompileCPU":         {int64(30 * time.Second), int64(time.Second), day},
		"CompileTimeout":     {int64(time.Minute), int64(time.Millisecond), day},
	}
}

// Every number of Config has a default for zero, and is taken from its least to its
// most and no further.
func TestConfigSettings(t *testing.T) {
	t.Parallel()
	const most = math.MaxInt64
	settings := settings()
	for _, f := range reflect.VisibleFields(reflect.TypeFor[runtime.Config]()) {
		if !f.IsExported() || f.Type.Kind() != reflect.Int && f.Type.Kind() != reflect.Int64 {
			continue
		}
		want, there := settings[f.Name]
		if !there {
			t.Errorf("%s is not in the table", f.Name)
			continue
		}
		given := func(n int64) (int64, error) {
			var c runtime.Config
			reflect.ValueOf(&c).Elem().FieldByIndex(f.Index).SetInt(n)
			c, err := runtime.WithDefaults(c)
			return reflect.ValueOf(c).FieldByIndex(f.Index).Int(), err
		}
		for n, becomes := range map[int64]int64{0: want.byDefault, want.least: want.least, want.most: want.most} {
			if have, err := given(n); err != nil || have != becomes {
				t.Errorf("%s of %d: have %d and error %v, want %d", f.Name, n, have, err, becomes)
			}
		}
		refused := []int64{-1}
		if want.least > 1 {
			refused = append(refused, want.least-1)
		}
		if want.most < most {
			refused = append(refused, want.most+1)
		}
		for _, n := range refused {
			if _, err := given(n); abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), "Config."+f.Name+" is ") {
				t.Errorf("%s of %d: have error %v, want it refused by name", f.Name, n, err)
			}
		}
	}
}

// What a call may compute by default grows with the time that it has, and is never less
// than it is by default; what is set holds.
func TestFuelOfLongCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given runtime.Config
		want  int64
	}{
		{runtime.Config{CallTimeout: time.Second}, 300e9},
		{runtime.Config{CallTimeout: time.Minute}, 300e9},
		{runtime.Config{CallTimeout: 10 * time.Minute}, 3000e9},
		{runtime.Config{CallTimeout: 24 * time.Hour}, 24 * 60 * 300e9},
		{runtime.Config{CallTimeout: 10 * time.Minute, FuelPerCall: 7}, 7},
	} {
		have, err := runtime.WithDefaults(test.given)
		if err != nil || have.FuelPerCall != test.want {
			t.Errorf("%v with %d: have %d and error %v, want %d", test.given.CallTimeout, test.given.FuelPerCall, have.FuelPerCall, err, test.want)
		}
	}
}

// An Interruption that is none is refused.
func TestInterruption(t *testing.T) {
	t.Parallel()
	for _, i := range []runtime.Interruption{runtime.Metered, runtime.CloseOnContext} {
		if _, err := runtime.WithDefaults(runtime.Config{Interruption: i}); err != nil {
			t.Error(err)
		}
	}
	_, err := runtime.WithDefaults(runtime.Config{Interruption: runtime.CloseOnContext + 1})
	if e := wantError(t, err, abi.HostFailure); !strings.Contains(e.Error(), "Config.Interruption is 2") {
		t.Errorf("have %v", e)
	}
}

// Whoever passes a limit of Config is told its name, its value and the cure.
func TestLimitsAreNamed(t *testing.T) {
	t.Parallel()
	const most = 150 * time.Millisecond
	// Others are told when a module is compiled, or kept.
	tested := map[string]bool{"CompileMemoryBytes": true, "CompileCPU": true, "CompileTimeout": true, "CacheBytes": true}
	named := func(name string, err error, words ...string) {
		t.Helper()
		tested[name] = true
		for _, w := range append(words, "Config."+name, "raise") {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: have %v, want it to say %q", name, err, w)
			}
		}
	}
	// timed is a limit of time: its figures stand in the error, and not in its text.
	timed := func(name string, err error) {
		t.Helper()
		named(name, err, "150ms")
		for e := abi.AsError(err); e != nil; e = abi.AsError(e.Err) {
			if e.Limit == name && e.Allowed == int64(most) && e.Used >= e.Allowed && !strings.Contains(err.Error(), strconv.FormatInt(e.Used, 10)) {
				return
			}
		}
		t.Errorf("%s: have %#v", name, err)
	}
	_, err := newRuntime(t, runtime.Config{StartTimeout: most}).Load(t.Context(), module(t, "spins_in_start"), &fakeHosts{}, contract.Promise{})
	timed("StartTimeout", err)
	s := openImport(t, load(t, newRuntime(t, runtime.Config{CallTimeout: most}), "../hostile/spins", &fakeHosts{}), nil)
	_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	timed("CallTimeout", wantError(t, err, abi.DeadlineExceeded))
	s = openImport(t, load(t, newRuntime(t, runtime.Config{CloseTimeout: most}), "../hostile/spins_in_close", &fakeHosts{}), nil)
	_, err = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	timed("CloseTimeout", wantError(t, err, abi.DeadlineExceeded))
	for name, config := range map[string]runtime.Config{"MaxReplyBytes": {MaxReplyBytes: 1}, "ReplyBytesPerRun": {ReplyBytesPerRun: 1}} {
		_, err := load(t, newRuntime(t, config), "answers_well", &fakeHosts{}).GetCapabilities(t.Context(), nil)
		named(name, wantError(t, err, abi.LimitExceeded))
	}

	for name, refused := range map[string]struct {
		config runtime.Config
		change func(*wasmtest.Module)
	}{
		"MaxModuleBytes":   {runtime.Config{MaxModuleBytes: 100}, func(*wasmtest.Module) {}},
		"MemoryLimitBytes": {runtime.Config{MemoryLimitBytes: 1 << 16}, func(m *wasmtest.Module) { m.Memories[0] = []byte{0, 2} }},
		"MaxTableElements": {runtime.Config{MaxTableElements: 6}, func(m *wasmtest.Module) { m.Tables = [][]byte{{0x70, 0, 7}} }},
	} {
		_, err := newRuntime(t, refused.config).Load(t.Context(), with(refused.change)(), &fakeHosts{}, contract.Promise{})
		named(name, wantError(t, err, abi.InvalidModule))
	}

	// page is how the page of a connector ends.
	page := func(guest string, config runtime.Config) error {
		t.Helper()
		_, err := openImport(t, load(t, newRuntime(t, config), guest, &fakeHosts{}), nil).GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		return err
	}
	named("CallDepth", wantError(t, page("../hostile/recurses", runtime.Config{CallDepth: 100}), abi.LimitExceeded), "CallDepth is 100")
	named("FuelPerCall", wantError(t, page("../hostile/spins", runtime.Config{FuelPerCall: 1e6}), abi.LimitExceeded), "FuelPerCall is 1000000")
	named("FuelPerRun", wantError(t, page("../hostile/spins", runtime.Config{FuelPerRun: 1e6}), abi.LimitExceeded), "FuelPerRun is 1000000")
	named("SleepPerCall", wantError(t, page("../hostile/sleeps", runtime.Config{SleepPerCall: time.Minute}), abi.LimitExceeded), "1m0s")
	named("SleepPerRun", wantError(t, page("../hostile/sleeps", runtime.Config{SleepPerCall: 2 * time.Hour, SleepPerRun: time.Minute}), abi.LimitExceeded), "1m0s")
	if tellsGrowth {
		named("MemoryLimitBytes", wantError(t, page("../hostile/grows_memory", runtime.Config{MemoryLimitBytes: 1 << 20}), abi.LimitExceeded), "MemoryLimitBytes is 1048576")
	}
	err = page("../hostile/grows_memory", runtime.Config{MemoryBudget: runtime.NewMemoryBudget(8 << 20)})
	named("MemoryBudget", wantError(t, err, abi.LimitExceeded), "MemoryBudget is 8388608")

	s = openImport(t, load(t, newRuntime(t, runtime.Config{StopGrace: most}), "spins_when_told", &fakeHosts{}), nil)
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	_, err = s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{CustomData: "!"})
	timed("StopGrace", wantError(t, err, abi.DeadlineExceeded))

	row := hostileRow{name: "names_objects_for_ever"}
	c, err := newRuntime(t, runtime.Config{MaxImportObjects: 1}).Load(t.Context(), row.bytes(t), &fakeHosts{}, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	session, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = session.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
	named("MaxImportObjects", wantError(t, err, abi.LimitExceeded), "MaxImportObjects is 1", "Promise.MaxImportObjects")

	crashes := messageModule("clock", "{}", wasmtest.Join(calls(2), calls(2), []byte{0x00}, wellAnswer)...)
	for name, config := range map[string]runtime.Config{"HostCallsPerRun": {HostCallsPerRun: 1}, "HostBytesPerRun": {HostBytesPerRun: 3}} {
		c, err := newRuntime(t, config).Load(t.Context(), crashes, &fakeHosts{}, contract.Promise{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = openImport(t, runtime.Raw(c), nil).GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
		named(name, wantError(t, err, abi.LimitExceeded))
	}

	// What only the log tells.
	var log bytes.Buffer
	_, err = load(t, newRuntime(t, runtime.Config{StderrBytes: 1, Logger: zerolog.New(&log).Level(zerolog.DebugLevel)}), "writes_signs", &fakeHosts{}).GetSchema(t.Context(), nil)
	wantError(t, err, abi.Trap)
	named("StderrBytes", errors.New(log.String()))

	for _, f := range reflect.VisibleFields(reflect.TypeFor[runtime.Config]()) {
		limits := f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64 || f.Type == reflect.TypeFor[*runtime.MemoryBudget]()
		if f.IsExported() && limits && !tested[f.Name] {
			t.Errorf("what is told of %s is not tested", f.Name)
		}
	}
}

// What a module begins with, and what it answers, is taken at the limit and refused
// one past it.
func TestLimitsOfModules(t *testing.T) {
	t.Parallel()
	plain := connectorModule().Bytes()
	large := with(func(m *wasmtest.Module) {
		m.Memories[0] = []byte{0, 2}
		m.Tables = [][]byte{{0x70, 0, 7}}
	})()
	reply := len(wellReply)
	for name, test := range map[string]struct {
		module   []byte
		at, past runtime.Config
		want     outcome
	}{
		"bytes":    {plain, runtime.Config{MaxModuleBytes: len(plain)}, runtime.Config{MaxModuleBytes: len(plain) - 1}, refusedBy(runtime.RuleTooLarge)},
		"memory":   {large, runtime.Config{MemoryLimitBytes: 2 << 16}, runtime.Config{MemoryLimitBytes: 2<<16 - 1}, refusedBy(runtime.RuleMemoryLimit)},
		"elements": {large, runtime.Config{MaxTableElements: 7}, runtime.Config{MaxTableElements: 6}, refusedBy(runtime.RuleTableLimit)},
		"reply":    {plain, runtime.Config{MaxReplyBytes: reply}, runtime.Config{MaxReplyBytes: reply - 1}, outcome{code: abi.LimitExceeded, name: "MaxReplyBytes"}},
	} {
		asked := func(config runtime.Config) outcome {
			c, err := newRuntime(t, config).Load(t.Context(), test.module, &fakeHosts{}, contract.Promise{})
			if err == nil {
				_, err = runtime.Raw(c).GetCapabilities(t.Context(), nil)
			}
			return outcomeOf(err)
		}
		if have := asked(test.at); have != (outcome{}) {
			t.Errorf("%s: have %v at the limit", name, have)
		}
		if have := asked(test.past); have != test.want {
			t.Errorf("%s: have %v one past it, want %v", name, have, test.want)
		}
	}
}

// A line counts for 64 bytes at least, so that the log of many short ones is bounded too; a
// line that comes in parts is one.
func TestLinesOfOutput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2000)
	for _, test := range []struct {
		limit  int
		writes []string
		left   int
		lines  int
	}{
		{640, []string{strings.Repeat("a\n", 1000)}, 0, 10},
		{641, []string{strings.Repeat("a\n", 10)}, 1, 10},
		{640, []string{strings.Repeat("\n", 1000)}, 0, 0},
		{1000, []string{"a", "b", "c\n", "d"}, 1000 - 64 - 1, 1},
		{3000, []string{long, "\n"}, 3000 - 2001, 1},
		{1000, []string{long[:63] + "\n" + long[:64] + "\n"}, 1000 - 64 - 65, 2},
		{10, []string{"a\nb\n"}, 0, 1},
		{3, []string{"abc\n"}, 0, 1},
	} {
		var log bytes.Buffer
		left := runtime.WriteOutput(test.limit, zerolog.New(&log).Level(zerolog.DebugLevel), test.writes...)
		if lines := strings.Count(log.String(), `"guest output"`); left != test.left || lines != test.lines {
			t.Errorf("%.20q of %d: have %d left and %d lines, want %d and %d", test.writes, test.limit, left, lines, test.left, test.lines)
		}
	}
}

// What a guest prints is logged up to the limit, and no byte more.
func TestLimitOfOutput(t *testing.T) {
	t.Parallel()
	const line, least = 13, 64 // of 14 bytes that the guest writes, with its end; and what they count for
	for _, test := range []struct {
		limit, used int
		whole       bool
	}{{least + 1, least, true}, {least, least, true}, {least - 1, least - 1, true}, {line, line, true}, {line - 1, line - 1, false}} {
		var log bytes.Buffer
		var u usages
		rt := newRuntime(t, runtime.Config{StderrBytes: test.limit, OnRelease: u.add, Logger: zerolog.New(&log).Level(zerolog.DebugLevel)})
		_, err := load(t, rt, "writes_signs", &fakeHosts{}).GetSchema(t.Context(), nil)
		wantError(t, err, abi.Trap)
		if have := of(u.last(), "StderrBytes"); have.Used != int64(test.used) {
			t.Errorf("a limit of %d: have %v", test.limit, have)
		}
		if have := strings.Contains(log.String(), ` c"`); have != test.whole {
			t.Errorf("a limit of %d: the line is whole: %v, want %v: %s", test.limit, have, test.whole, &log)
		}
	}
}
