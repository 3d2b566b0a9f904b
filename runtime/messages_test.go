package runtime_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// What messageModule has in its memory, from messageAt on.
const messageAt = 1 << 16

// messageModule is a connector whose page runs code, which may call one function of the
// host, number 0, and take, number 1. It has a message in its memory.
func messageModule(function, message string, code ...byte) []byte {
	return askingModule(wasmtest.Func("\x7f\x7f\x7f\x7f", "\x7e"), abi.HostModule, function, message, code...)
}

// askingModule is messageModule for a function of any module of the host, of its type.
func askingModule(typ []byte, module, function, message string, code ...byte) []byte {
	m := connectorModule()
	m.Types = append(m.Types, typ, wasmtest.Func("\x7f\x7f\x7f", "\x7e"))
	m.Imports = [][]byte{wasmtest.Import(module, function, 4), wasmtest.Import(abi.HostModule, "take", 5)}
	m.Memories = [][]byte{append([]byte{0}, wasmtest.U32(64)...)}
	m.Data = append(m.Data, wasmtest.Join([]byte{0}, wasmtest.I32(messageAt), []byte{0x0b}, wasmtest.Sized(message)))
	m.Exports = [][]byte{wasmtest.Export(abi.ExportMemory, 2, 0), wasmtest.Export(abi.ExportMarker, 0, 2), wasmtest.Export(abi.ExportBuffer, 0, 3)}
	for _, name := range []string{"GetCapabilities", "GetConfigParameters", "ValidateConfigParameters", "GetSchema", "OpenImportConnection", "CloseImportConnection"} {
		m.Exports = append(m.Exports, wasmtest.Export(name, 0, 4))
	}
	m.Exports = append(m.Exports, wasmtest.Export("GetImportEntries", 0, 5))
	addFunction(m, typePage, nil, code...)
	return m.Bytes()
}

// asks is code that calls the host with a message of n bytes, and leaves what it says of
// its answer.
func asks(n int) []byte {
	return wasmtest.Join(wasmtest.I32(messageAt), wasmtest.I32(int64(n)), wasmtest.I32(0), wasmtest.I32(0), []byte{0x10, 0})
}

// calls is code that calls the host and takes no answer, takes code that does.
func calls(n int) []byte { return append(asks(n), 0x1a) }

func takes(n int) []byte {
	return wasmtest.Join(asks(n), wasmtest.I64(32), []byte{0x88, 0xa7}, wasmtest.I32(2*messageAt), wasmtest.I32(2*messageAt), []byte{0x10, 1, 0x1a})
}

// What is made of a message that is read, and answers that wait, come out of the budget
// until the call returns: at the limit and one past it.
func TestMessagesAreCounted(t *testing.T) {
	t.Parallel()
	const long = 1 << 20
	request := `{"requests":[],"x":"` + strings.Repeat("x", long) + `"}`
	reply := `{"result":{"entries":[{"anchor":{"id":"1"},"attributes":{"mail":[` + strings.Repeat(`"m",`, 10_000) + `"m"]}}],"x":"` + strings.Repeat("x", long) + `"}}`
	random := `{"bytes":65536}`
	answer := int64(len(`{"result":{"value":""}}`) + 65536/3*4 + 4)
	tests := map[string]struct {
		module []byte
		// atLeast is what the message must count, atMost what it may.
		atLeast, atMost int64
		// ends says that a guest is ended that is refused it.
		ends bool
	}{
		"request":                {messageModule("http", request, append(calls(len(request)), wellAnswer...)...), 2*long - 64<<10, 2*long + 1<<10, false},
		"reply":                  {messageModule("http", reply, wasmtest.I64(messageAt<<32|int64(len(reply)))...), 2*long + 10_000*32, 2*long + 3<<19, true},
		"answers":                {messageModule("random", random, wasmtest.Join(calls(len(random)), calls(len(random)), calls(len(random)), wellAnswer)...), 3 * answer, 3 * answer, true},
		"answers that are taken": {messageModule("random", random, wasmtest.Join(takes(len(random)), takes(len(random)), calls(len(random)), wellAnswer)...), answer, answer, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// read returns what the session took of the budget, at the most and after its page.
			read := func(bytes int64) (most, after int64, asked int, err error) {
				var u usages
				budget := runtime.NewMemoryBudget(bytes)
				hosts := &fakeHosts{onHTTP: func(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
					asked++
					return abi.HTTPAnswers{}, nil
				}}
				c, err := newRuntime(t, runtime.Config{MemoryBudget: budget, OnRelease: u.add}).Load(t.Context(), tt.module, hosts, contract.Promise{})
				if err != nil {
					t.Fatal(err)
				}
				s := openImport(t, runtime.Raw(c), nil)
				before := budget.Used()
				_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
				if after = budget.Used(); err == nil && after != before {
					t.Errorf("%d bytes are taken after the page, %d were before it", after, before)
				}
				// The error of a session that failed says so again.
				_, _ = s.CloseImportConnection(t.Context(), abi.CloseImportConnectionRunStep{})
				if used := budget.Used(); used != 0 {
					t.Errorf("%d bytes are not given back", used)
				}
				return of(u.last(), "MemoryBudget").Used, after, asked, err
			}
			most, after, asked, err := read(1 << 30)
			if err != nil {
				t.Fatal(err)
			}
			if counted := most - after; counted < tt.atLeast || counted > tt.atMost {
				t.Errorf("%d bytes are counted, want %d to %d", counted, tt.atLeast, tt.atMost)
			}
			if have, _, again, err := read(most); err != nil || have != most || again != asked {
				t.Errorf("at the limit: %v; %d bytes of %d", err, have, most)
			}
			_, after, again, err := read(most - 1)
			switch {
			case !tt.ends && (err != nil || again != asked-1 || after == 0):
				t.Errorf("one past it: %v; the host was asked %d times", err, again)
			case tt.ends:
				if e := wantError(t, err, abi.LimitExceeded); e.Limit != "MemoryBudget" || e.Used != most || e.Allowed != most-1 || e.Side != abi.SideHost || !e.Retryable || e.Op != "GetImportEntries" || after != 0 {
					t.Errorf("one past it: %+v; %d bytes are taken", e, after)
				}
			}
		})
	}
}
