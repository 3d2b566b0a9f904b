package runtime_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// importClock makes a connector import clock_time_get, which is function 0 then.
func importClock(m *wasmtest.Module) {
	for _, e := range m.Exports {
		if kind, index := &e[len(e)-2], &e[len(e)-1]; *kind == 0 {
			*index++
		}
	}
	m.Types = append(m.Types, wasmtest.Func("\x7f\x7e\x7f", "\x7f"))
	m.Imports = [][]byte{wasmtest.Import(abi.WASIModule, "clock_time_get", uint32(len(m.Types)-1))}
}

// clockReader makes a connector that reads the monotonic clock, twice when it starts and
// twice in a page, and traps when it goes back.
func clockReader() []byte {
	m := connectorModule()
	importClock(m)
	last, now := []byte{0x41, 0, 0x29, 3, 0}, []byte{0x41, 8, 0x29, 3, 0}
	const read = firstFunction + 1
	addFunction(m, typeNothing, nil, wasmtest.Join([]byte{0x41, 1, 0x42, 0, 0x41, 8, 0x10, 0, 0x1a}, // clock_time_get(monotonic, 0, 8)
		now, last, []byte{0x54, 0x04, 0x40, 0x00, 0x0b}, // if now < last, unreachable
		[]byte{0x41, 0}, now, []byte{0x37, 3, 0})...)
	addFunction(m, typeNothing, nil, 0x10, read, 0x10, read)
	addFunction(m, typePage, nil, wasmtest.Join([]byte{0x10, read, 0x10, read}, wellAnswer)...)
	m.Exports = append(m.Exports, wasmtest.Export(abi.ExportInitialize, 0, read+1))
	setPage(m, read+2)
	return m.Bytes()
}

// The guest's monotonic clock does not go back: neither with the host's, nor from what it
// read before its image was taken, however long ago that was.
func TestMonotonicClock(t *testing.T) {
	t.Parallel()
	var reads atomic.Int64
	hosts := &fakeHosts{onClock: func(context.Context) (time.Time, error) {
		switch n := reads.Add(1); n {
		case 1:
			return noon, nil
		case 2:
			return noon.Add(time.Hour), nil
		default:
			return noon.Add(-time.Duration(n) * time.Hour), nil
		}
	}}
	c, err := newRuntime(t, runtime.Config{}).Load(t.Context(), clockReader(), hosts, contract.Promise{})
	if err != nil {
		t.Fatal(err)
	}
	s := openImport(t, runtime.Raw(c), nil)
	if _, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil {
		t.Error(err)
	}
	if n := reads.Load(); n < 4 {
		t.Errorf("the clock was read %d times, want 4", n)
	}
}

// A guest whose time was up while the host worked for it is left there: it does not ask
// the host again before it looks at its fuel.
func TestTimeUpInHostCall(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	hosts := &fakeHosts{onClock: func(ctx context.Context) (time.Time, error) {
		calls.Add(1)
		<-ctx.Done()
		return noon, nil
	}}
	c := load(t, newRuntime(t, runtime.Config{CallTimeout: 20 * time.Millisecond}), "calls_host_until_cancelled", hosts)
	_, err := c.GetSchema(t.Context(), nil)
	wantError(t, err, abi.DeadlineExceeded)
	if n := calls.Load(); n > 1 {
		t.Errorf("the host was asked %d times", n)
	}
}
