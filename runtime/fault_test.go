package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// quick are limits that make hostile modules fail soon.
var quick = runtime.Config{
	CallTimeout: 400 * time.Millisecond, StartTimeout: time.Second, StopGrace: 50 * time.Millisecond,
	CloseTimeout: 400 * time.Millisecond, MemoryLimitBytes: 32 << 20,
}

// Modules that pass Inspect and are refused by Load.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, quick)
	well := load(t, rt, "answers_well", &fakeHosts{})
	for _, test := range []struct {
		module, rule string
		cause        abi.Code
	}{
		{"large_memory", runtime.RuleMemoryLimit, 0},
		{"large_table", runtime.RuleTableLimit, 0},
		{"prefixed_export", runtime.RuleExportName, 0},
		{"invalid_code", runtime.RuleInvalid, 0},
		{"traps_in_initialize", runtime.RuleStart, abi.Trap},
		{"spins_in_initialize", runtime.RuleStart, abi.DeadlineExceeded},
		{"spins_in_start", runtime.RuleStart, abi.DeadlineExceeded},
		{"spins_in_marker", runtime.RuleStart, abi.DeadlineExceeded},
		{"host_call_in_initialize", runtime.RuleStartHostCall, 0},
		{"unknown_features", runtime.RuleFeatures, 0},
	} {
		t.Run(test.module, func(t *testing.T) {
			hosts := &fakeHosts{}
			c, err := rt.Load(t.Context(), module(t, test.module), hosts, contract.Promise{})
			if c != nil {
				t.Error("have a connector beside the error")
			}
			e := wantError(t, err, abi.InvalidModule)
			if e.Rule != test.rule {
				t.Errorf("have rule %s, want %s: %v", e.Rule, test.rule, err)
			}
			if cause := abi.CodeOf(errors.Unwrap(e)); cause != test.cause {
				t.Errorf("have cause %v, want %v", cause, test.cause)
			}
			for _, l := range hosts.all() {
				if closed, committed := l.state(); closed != 1 || committed {
					t.Errorf("the lease was closed %d times, committed %t", closed, committed)
				}
			}
			neighbour(t, well)
		})
	}
}

// A host that gives no lease, or a caller who gave up, is no fault of the module.
func TestLoadFailsForTheHost(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, quick)
	_, err := rt.Load(t.Context(), module(t, "answers_well"), &fakeHosts{refuse: errors.New("no seat")}, contract.Promise{})
	if e := wantError(t, err, abi.HostFailure); e.Side != abi.SideHost {
		t.Errorf("have side %v", e.Side)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = rt.Load(ctx, module(t, "spins_in_initialize"), &fakeHosts{}, contract.Promise{})
	wantError(t, err, abi.Cancelled)
}

// Every configuration call fails the same way, each kind of failure as its own,
// and the neighbour on the same engine stays right.
func TestCallFailures(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	well := load(t, rt, "answers_well", &fakeHosts{})
	for _, test := range []struct {
		module string
		code   abi.Code
		says   string
	}{
		{"traps", abi.Trap, "unreachable"},
		{"exits", abi.Trap, "exited with code 3"},
		{"exits_with_zero", abi.Trap, "exited with code 0"},
		{"reply_out_of_memory", abi.BadPointer, "the reply lies at 65535, 2 bytes long"},
		{"reply_wraps", abi.BadPointer, "the reply"},
		{"reply_too_long", abi.LimitExceeded, "MaxReplyBytes is 16777216, this is 16777217"},
		{"reply_nothing", abi.InvalidMessage, "no reply"},
		{"reply_empty", abi.InvalidMessage, "no reply"},
		{"reply_no_json", abi.InvalidMessage, "at byte 0"},
		{"reply_cut", abi.InvalidMessage, "ends early"},
		{"reply_both", abi.InvalidMessage, "either a result or an error"},
		{"reply_neither", abi.InvalidMessage, "either a result or an error"},
		{"reply_host_code", abi.InvalidMessage, "cannot raise Cancelled"},
		{"buffer_nowhere", abi.Trap, "no memory for the request"},
		{"buffer_out_of_memory", abi.BadPointer, "the input buffer"},
		{"buffer_wraps", abi.BadPointer, "the input buffer"},
		{"buffer_traps", abi.Trap, "unreachable"},
	} {
		t.Run(test.module, func(t *testing.T) {
			hosts := &fakeHosts{}
			c := load(t, rt, test.module, hosts)
			for op, err := range configurationCalls(t.Context(), c) {
				e := wantError(t, err, test.code)
				if e.Side != abi.SideGuest || e.Op != op {
					t.Errorf("%s: have side %v and op %s", op, e.Side, e.Op)
				}
				if !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: the error %q does not say %q", op, err, test.says)
				}
			}
			for _, l := range hosts.all() {
				if closed, committed := l.state(); closed != 1 || committed {
					t.Errorf("the lease was closed %d times, committed %t", closed, committed)
				}
			}
			neighbour(t, well)
		})
	}
}

// Recursion ends at CallDepth, and without metering at the engine's stack: long
// before the host's memory does.
func TestRecursion(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	well := load(t, rt, "answers_well", &fakeHosts{})
	_, err := load(t, rt, "recurses", &fakeHosts{}).GetSchema(t.Context(), nil)
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "CallDepth" || e.Allowed != runtime.DefaultCallDepth || e.Used <= e.Allowed {
		t.Errorf("have %+v", e)
	}
	neighbour(t, well)
	if !stopsUnmetered {
		_, err := runtime.New(t.Context(), runtime.Config{Interruption: runtime.CloseOnContext})
		wantError(t, err, abi.HostFailure)
		return
	}
	unmetered := newRuntime(t, runtime.Config{Interruption: runtime.CloseOnContext})
	_, err = load(t, unmetered, "recurses", &fakeHosts{}).GetSchema(t.Context(), nil)
	if wantError(t, err, abi.Trap); !strings.Contains(err.Error(), "stack overflow") {
		t.Errorf("the error %q does not say why", err)
	}
}

// configurationCalls makes each of the configuration calls and tells their
// errors.
func configurationCalls(ctx context.Context, c abi.Connector) map[string]error {
	_, capabilities := c.GetCapabilities(ctx, nil)
	_, parameters := c.GetConfigParameters(ctx, abi.ConfigParametersRunStep{})
	_, validate := c.ValidateConfigParameters(ctx, abi.ConfigParametersRunStep{})
	_, schema := c.GetSchema(ctx, nil)
	return map[string]error{"GetCapabilities": capabilities, "GetConfigParameters": parameters,
		"ValidateConfigParameters": validate, "GetSchema": schema}
}

// The connector's own error is passed on as it was said, and retires nothing.
func TestOwnError(t *testing.T) {
	t.Parallel()
	c := load(t, newRuntime(t, quick), "reply_own_error", &fakeHosts{})
	for op, err := range configurationCalls(t.Context(), c) {
		e := wantError(t, err, abi.ServerDown)
		if e.Side != abi.SideGuest || e.Op != op || e.Name != "maintenance" || !e.Retryable || e.RetryAfter != 1500*time.Millisecond {
			t.Errorf("%s: have %+v", op, e)
		}
	}
}

// told are calls on a module that fails when it is told to, by an exclamation
// mark in the request or a tilde in the one before; want is what the failing call
// returns.
func told(t *testing.T, c abi.Connector, want abi.Code) {
	now, next := abi.ConfigParameters{{Name: "!"}}, abi.ConfigParameters{{Name: "~"}}
	ctx := context.Background()
	entry := abi.CSEntryChange{Identifier: "!", Modification: abi.ObjectAdd}
	for op, call := range map[string]func(t *testing.T) error{
		"GetCapabilities": func(t *testing.T) error { _, err := c.GetCapabilities(ctx, now); return err },
		"GetSchema":       func(t *testing.T) error { _, err := c.GetSchema(ctx, now); return err },
		"OpenImportConnection": func(t *testing.T) error {
			_, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Parameters: now})
			return err
		},
		"GetImportEntries": func(t *testing.T) error {
			s := openImport(t, c, nil)
			_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{CustomData: "!"})
			_, after := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
			wantClosed(t, after, want)
			end, after := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
			wantClosed(t, after, want)
			if end.CustomData != "" {
				t.Errorf("have watermark %q after a failure", end.CustomData)
			}
			return err
		},
		"CloseImportConnection": func(t *testing.T) error {
			_, err := openImport(t, c, nil).CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{CustomData: "!"})
			return err
		},
		"OpenExportConnection": func(t *testing.T) error {
			_, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: now})
			return err
		},
		"PutExportEntries": func(t *testing.T) error {
			s, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.PutExportEntries(ctx, []abi.CSEntryChange{entry})
			wantClosed(t, s.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}), want)
			return err
		},
		"CloseExportConnection": func(t *testing.T) error {
			s, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: next})
			if err != nil {
				t.Fatal(err)
			}
			return s.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{})
		},
		"OpenPasswordConnection": func(t *testing.T) error {
			_, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Parameters: now})
			return err
		},
		"SetPassword": func(t *testing.T) error {
			s := openPassword(t, c, nil)
			err := s.SetPassword(ctx, abi.SetPasswordRunStep{Entry: abi.CSEntry{DN: "!"}})
			wantClosed(t, s.ClosePasswordConnection(ctx), want)
			return err
		},
		"ChangePassword": func(t *testing.T) error {
			s := openPassword(t, c, nil)
			err := s.ChangePassword(ctx, abi.ChangePasswordRunStep{Entry: abi.CSEntry{DN: "!"}})
			wantClosed(t, s.ClosePasswordConnection(ctx), want)
			return err
		},
		"ClosePasswordConnection": func(t *testing.T) error { return openPassword(t, c, next).ClosePasswordConnection(ctx) },
	} {
		t.Run(op, func(t *testing.T) {
			t.Parallel() // as far as the lanes let it
			e := wantError(t, call(t), want)
			if e.Op != op {
				t.Errorf("have op %s", e.Op)
			}
		})
	}
}

func openImport(t *testing.T, c abi.Connector, p abi.ConfigParameters) abi.ImportSession {
	t.Helper()
	s, err := c.OpenImportConnection(t.Context(), abi.OpenImportConnectionRunStep{Parameters: p, Schema: testSchema, PageSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openPassword(t *testing.T, c abi.Connector, p abi.ConfigParameters) abi.PasswordSession {
	t.Helper()
	s, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{Parameters: p, Schema: testSchema})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantClosed checks a call on a retired instance: closed, with the reason.
func wantClosed(t *testing.T, err error, reason abi.Code) {
	t.Helper()
	if e := wantError(t, err, abi.Closed); abi.CodeOf(errors.Unwrap(e)) != reason {
		t.Errorf("have %v, want the reason %v in it", err, reason)
	}
}

// A retired instance is gone at once: nobody waits for its session to be closed.
func TestRetiredFreesItsLane(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	c := load(t, newRuntime(t, runtime.Config{}), "traps_when_told", hosts)
	s := openImport(t, c, nil)
	_, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{CustomData: "!"})
	wantError(t, err, abi.Trap)
	if closed, committed := hosts.last().state(); closed != 1 || committed {
		t.Errorf("the lease was closed %d times, committed %t", closed, committed)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{}); err != nil {
		t.Error("the lane is taken:", err)
	}
}

// Every engine tells of a trap what it was in the specification's words, wherever the guest
// was: in its start section, its start function or a call.
func TestTrapReason(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	for want, code := range map[string][]byte{
		"wasm error: unreachable, in ":                 {0x00},
		"wasm error: integer divide by zero, in ":      {0x41, 1, 0x41, 0, 0x6d, 0x1a},
		"wasm error: out of bounds memory access, in ": {0x41, 0x7f, 0x28, 2, 0, 0x1a},
	} {
		inSection := with(func(m *wasmtest.Module) {
			addFunction(m, typeNothing, nil, code...)
			m.Start = wasmtest.U32(firstFunction)
		})
		inFunction := with(func(m *wasmtest.Module) {
			addFunction(m, typeNothing, nil, code...)
			m.Exports = append(m.Exports, wasmtest.Export(abi.ExportInitialize, 0, firstFunction))
		})
		page := func() error {
			_, err := openImport(t, loadMade(t, rt, withPage(code...)()), nil).GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
			return err
		}
		start := func(module func() []byte) func() error {
			return func() error {
				_, err := rt.Load(t.Context(), module(), &fakeHosts{}, contract.Promise{})
				return errors.Unwrap(wantError(t, err, abi.InvalidModule))
			}
		}
		for where, fails := range map[string]func() error{"start section": start(inSection), "start function": start(inFunction), "call": page} {
			if e := wantError(t, fails(), abi.Trap); !strings.Contains(e.Message, want) {
				t.Errorf("%s: have %q, want %q in it", where, e.Message, want)
			}
		}
	}
}

func TestTrapInEachCall(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, quick)
	well := load(t, rt, "answers_well", &fakeHosts{})
	t.Run("calls", func(t *testing.T) { told(t, load(t, rt, "traps_when_told", &fakeHosts{}), abi.Trap) })
	neighbour(t, well)
}

func TestSpinInEachCall(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, quick)
	well := load(t, rt, "answers_well", &fakeHosts{})
	t.Run("calls", func(t *testing.T) { told(t, load(t, rt, "spins_when_told", &fakeHosts{}), abi.DeadlineExceeded) })
	neighbour(t, well)
}

// Growth up to the limit is given, and one page past it refused; a guest that
// lives with it has not failed.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{2 << 16, 3<<16 + 1, 40 << 16} {
		s := openImport(t, load(t, newRuntime(t, runtime.Config{MemoryLimitBytes: limit}), "grows_memory_and_copes", &fakeHosts{}), nil)
		if have, want := int64(runtime.MemoryBytes(s)), limit&^0xffff; have != want {
			t.Errorf("have %d bytes under a limit of %d, want %d", have, limit, want)
		}
	}
	config := runtime.Config{MemoryLimitBytes: 3<<16 + 1}
	_, err := load(t, newRuntime(t, config), "grows_memory", &fakeHosts{}).GetSchema(t.Context(), nil)
	if !tellsGrowth {
		wantError(t, err, abi.Trap)
		return
	}
	if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryLimitBytes" || e.Allowed != 3<<16 || e.Used != 17<<16 {
		t.Errorf("have %+v", e)
	}
}

// A table grows to the limit and no further; the module traps if it gets more.
func TestTableLimit(t *testing.T) {
	t.Parallel()
	c := load(t, newRuntime(t, runtime.Config{}), "grows_table", &fakeHosts{})
	if _, err := c.GetSchema(t.Context(), nil); err != nil {
		t.Error(err)
	}
	m := module(t, "grows_table")
	if bounded := runtime.BoundTables(m, 65_536); bytes.Equal(bounded, m) {
		t.Error("a table without a maximum was left alone")
	} else if again := runtime.BoundTables(bounded, 65_536); !bytes.Equal(again, bounded) {
		t.Error("a bounded table was changed again")
	}
}

// Gigabytes on standard error cost neither memory nor log, and the last line is
// in the report of the crash, quoted.
func TestOutputFlood(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Config{StderrBytes: 100_000, Logger: zerolog.New(&log).Level(zerolog.DebugLevel)})
	_, err := load(t, rt, "floods_stderr", &fakeHosts{}).GetSchema(t.Context(), nil)
	e := wantError(t, err, abi.Trap)
	if !strings.Contains(e.Detail, `\nthe last \x1b[31mword"`) || len(e.Detail) > 16<<10 {
		t.Errorf("have detail of %d bytes: %.300s", len(e.Detail), e.Detail)
	}
	if log.Len() > 200_000 {
		t.Errorf("%d bytes were logged", log.Len())
	}
	if strings.Contains(log.String(), "\x1b") {
		t.Error("a control character is in the log")
	}
}

// What a guest writes is cleaned in the log as what it logs is.
func TestOutputSigns(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Config{Logger: zerolog.New(&log).Level(zerolog.DebugLevel)})
	_, err := load(t, rt, "writes_signs", &fakeHosts{}).GetSchema(t.Context(), nil)
	wantError(t, err, abi.Trap)
	if want := `"guest_msg":"a�[31m�b� c"`; !strings.Contains(log.String(), want) {
		t.Errorf("the log has no %s: %s", want, &log)
	}
}
