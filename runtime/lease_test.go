package runtime_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// Nothing of what one connector said or was told stands in a buffer that the next one
// gets: neither a request, nor an answer of the host, nor one that could not travel, of
// which the guest gets none.
func TestWritersAreWiped(t *testing.T) {
	t.Parallel()
	const secret = "correct horse"
	for name, header := range map[string]string{"an answer": secret, "an answer that is not UTF-8": secret + "\xff"} {
		rt := newRuntime(t, runtime.Config{})
		count := runtime.WatchWriters(rt)
		hosts := &fakeHosts{onHTTP: func(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
			return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{{Status: 200, Headers: []abi.Field{{Name: "Cookie", Value: header}}, Body: strings.Repeat(secret, 100)}}}, nil
		}}
		s := openImport(t, load(t, rt, "changes_what_it_said", hosts), abi.ConfigParameters{{Name: "Password", Value: secret, Encrypted: true}})
		if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{CustomData: secret}); err != nil {
			t.Error(err)
		}
		if writers, written := count(); writers < 2 || written > 0 {
			t.Errorf("%s: %d bytes are left in %d writers", name, written, writers)
		}
	}
}

// A buffer that was large is not kept, however little it was used for last.
func TestLargeWritersAreLeft(t *testing.T) {
	t.Parallel()
	var w wire.Writer
	w.String(strings.Repeat("x", 2<<20))
	w.Reset()
	if rt := newRuntime(t, runtime.Config{}); runtime.KeepsWriter(rt, &w) {
		t.Errorf("%d bytes are kept", cap(w.Bytes()))
	}
}

// A growth that was refused in one call is not why a later one crashes.
func TestRefusalIsOfItsCall(t *testing.T) {
	t.Parallel()
	module := with(func(m *wasmtest.Module) {
		grow := wasmtest.Join(wasmtest.I32(65_535), []byte{0x40, 0, 0x1a}, wellAnswer)
		addFunction(m, typePage, nil, grow...)
		addFunction(m, typePage, nil, 0x00)
		setPage(m, firstFunction)
		m.Exports[len(m.Exports)-1] = wasmtest.Export("CloseImportConnection", 0, firstFunction+1)
	})()
	s := openImport(t, loadMade(t, newRuntime(t, runtime.Config{}), module), nil)
	if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
		t.Fatal(err)
	}
	_, err := s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
	wantError(t, err, abi.Trap)
}

// The signal of a caller that gave up may come when its call is over: it stops neither
// the instance nor the call of another caller.
func TestLateSignal(t *testing.T) {
	t.Parallel()
	hosts := &fakeHosts{}
	s := openImport(t, load(t, newRuntime(t, runtime.Config{}), "calls_host", hosts), nil)
	runtime.StopLate(s)
	hosts.onClock = func(ctx context.Context) (time.Time, error) {
		runtime.StopLate(s)
		return noon, ctx.Err()
	}
	if page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil || len(page.Entries) != 1 {
		t.Errorf("have %+v and error %v", page, err)
	}
}

// An instance that was stopped before it started, since its connector is closed, does
// not start: nobody would end it.
func TestStartAfterStop(t *testing.T) {
	t.Parallel()
	rt, hosts := newRuntime(t, runtime.Config{}), &fakeHosts{}
	c, err := rt.Load(t.Context(), module(t, "answers_well"), hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	before := len(hosts.all())
	wantError(t, runtime.StartLate(t.Context(), c), abi.Closed)
	if n := len(hosts.all()); n != before {
		t.Errorf("it has %d leases of the host", n-before)
	}
	if used := runtime.MemoryUsed(rt); used != 0 {
		t.Errorf("%d bytes of memory are left", used)
	}
	neighbour(t, runtime.Raw(c)) // the lane is free
}

// A guest that owes fuel goes on if it may be granted all that it owes, and gets nothing
// if it may not: what it did not pay for must not run.
func TestGrant(t *testing.T) {
	t.Parallel()
	const owed = 1_000_000
	for _, test := range []struct {
		name      string
		owed, may int64
		goesOn    bool
		has       int64
	}{
		{"less than it owes", owed, owed - 1, false, -owed},
		{"what it owes", owed, owed, true, 0},
		{"a part of a slice more", owed, owed + 5, true, 5},
		{"a slice more", owed, owed + 2*runtime.FuelSlice, true, runtime.FuelSlice},
		{"nothing", 0, 0, false, 0},
		{"one", 0, 1, true, 1},
	} {
		if goesOn, has := runtime.GrantFuel(test.owed, test.may); goesOn != test.goesOn || has != test.has {
			t.Errorf("%s: it goes on: %t, and has %d; want %t and %d", test.name, goesOn, has, test.goesOn, test.has)
		}
	}
}

// What a guest has of a full slice beyond a small one is taken back, and was not used. One
// that had a small slice keeps what it has: a turn of a loop may take more than that.
func TestShrink(t *testing.T) {
	t.Parallel()
	small := runtime.SmallFuelSlice
	for _, test := range []struct {
		name             string
		slice, left, has int64
	}{
		{"all of a full one", runtime.FuelSlice, runtime.FuelSlice, small},
		{"a little more than a small one", runtime.FuelSlice, small + 1, small},
		{"a small one", runtime.FuelSlice, small, small},
		{"debts", runtime.FuelSlice, -3, -3},
		{"what it had before a small one, too", small, 3 * small, 3 * small},
	} {
		if has, before, after := runtime.ShrinkFuel(test.slice, test.left); has != test.has || after != before {
			t.Errorf("%s: it has %d and used %d, want %d and %d", test.name, has, after, test.has, before)
		}
	}
}
