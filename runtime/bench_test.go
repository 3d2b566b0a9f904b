package runtime_test

import (
	"bytes"
	"context"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// BenchmarkRoundTrip1KiB sends a kibibyte into a guest and back: as a native
// function, through the engine alone, through the engine with the interruption
// that a hostile guest needs, and through a session, which adds the codec, the
// lock, two-stage stops and error mapping. One run tells the ratios.
func BenchmarkRoundTrip1KiB(b *testing.B) {
	text := strings.Repeat("x", 1024)
	var engine, deadline, session float64
	b.Run("native", func(b *testing.B) {
		in, out := []byte(text), make([]byte, 0, 1100)
		for b.Loop() {
			out = nativeEcho(out[:0], in)
		}
	})
	b.Run("engine", func(b *testing.B) { engine = benchEngine(b, text, false) })
	b.Run("engine with deadline", func(b *testing.B) { deadline = benchEngine(b, text, true) })
	b.Run("session", func(b *testing.B) {
		rt := newRuntime(b, runtime.Config{})
		session = benchSession(b, load(b, rt, "echoes", &fakeHosts{}), text)
		b.ReportMetric(session/engine, "x-engine")
		b.ReportMetric(session/deadline, "x-deadline")
	})
}

// nativeEcho does what the fixture echoes does.
//
//go:noinline
func nativeEcho(out, in []byte) []byte {
	out = append(append(out, `{"result":`...), in...)
	return append(out, '}')
}

func perOp(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }

// benchEngine calls the fixture without any of ours, output copied to the host.
func benchEngine(b *testing.B, text string, deadline bool) float64 {
	ctx := context.Background()
	if deadline {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Hour)
		defer cancel()
	}
	engine := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCloseOnContextDone(deadline))
	defer engine.Close(ctx)
	m, err := engine.Instantiate(ctx, module(b, "echoes"))
	if err != nil {
		b.Fatal(err)
	}
	call, request := m.ExportedFunction("GetImportEntries"), []byte(text)
	place, err := m.ExportedFunction("ecma_buffer").Call(ctx, uint64(len(request)))
	if err != nil {
		b.Fatal(err)
	}
	var reply []byte
	for b.Loop() {
		reply = engineEcho(b, ctx, m.Memory(), call, uint32(place[0]), request)
	}
	if len(reply) != len(text)+11 {
		b.Fatalf("have %d bytes", len(reply))
	}
	return perOp(b)
}

func engineEcho(b *testing.B, ctx context.Context, memory api.Memory, call api.Function, place uint32, request []byte) []byte {
	memory.Write(place, request)
	stack := [1]uint64{uint64(len(request))}
	if err := call.CallWithStack(ctx, stack[:]); err != nil {
		b.Fatal(err)
	}
	pointer, length := abi.UnpackPointer(stack[0])
	view, ok := memory.Read(pointer, length)
	if !ok {
		b.Fatal("the reply lies outside the memory")
	}
	return bytes.Clone(view)
}

func benchSession(b *testing.B, c abi.Connector, text string) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	s, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		reply, err := runtime.RoundTrip(ctx, s, text)
		if err != nil || len(reply) != len(text) {
			b.Fatal(len(reply), err)
		}
	}
	return perOp(b)
}

// BenchmarkLease is a fresh instance with one call: the small fixture, so that
// what is measured is ours.
func BenchmarkLease(b *testing.B) {
	c := load(b, newRuntime(b, runtime.Config{}), "answers_well", &fakeHosts{})
	for b.Loop() {
		if _, err := c.GetSchema(context.Background(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFreshInstance is a configuration call: an instance of its own, from nothing
// to its answer and to its end, of the connector for REST and of a larger one.
func BenchmarkFreshInstance(b *testing.B) {
	ctx := context.Background()
	for _, pkg := range []string{"connectors-wasm/rest/module", "runtime/testdata/largeguest"} {
		b.Run(path.Base(pkg), func(b *testing.B) {
			module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/"+pkg)
			if err != nil {
				b.Fatal(err)
			}
			c, err := newRuntime(b, cachedConfig(b)).Load(ctx, module, &fakeHosts{}, contract.Promise{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := c.GetConfigParameters(ctx, abi.ConfigParametersRunStep{Page: abi.PageConnectivity, PageNumber: 1}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(module))/1e6, "MB")
		})
	}
}

// BenchmarkLoad loads a connector in Go that has been loaded before: read, fetch from
// the cache, start once.
func BenchmarkLoad(b *testing.B) {
	ctx := context.Background()
	m, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/connectors-wasm/rest/module")
	if err != nil {
		b.Fatal(err)
	}
	rt, err := runtime.New(ctx, cachedConfig(b))
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close(ctx)
	for b.Loop() {
		c, err := rt.Load(ctx, m, &fakeHosts{}, contract.Promise{})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(m))/1e6, "MB")
}
