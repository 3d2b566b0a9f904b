package runtime_test

import (
	"context"
	goruntime "runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// BenchmarkCollectionWhileSpinning collects the host's garbage while a guest spins:
// to begin and to end, the collector waits until the guest lets it. One run tells how
// long the world stood at most, and a whole collection beside one with nobody in the
// way, when guests are metered and when the engine alone stops them. The grace is the
// default: below it guests are looked at more often. The longest pause of a guest that
// waits for its memory is the one before it is known to be slow.
func BenchmarkCollectionWhileSpinning(b *testing.B) {
	collect := func(b *testing.B) float64 {
		before := pauses()
		for b.Loop() {
			goruntime.GC()
		}
		b.ReportMetric(1000*longestPause(before, pauses()), "longest-pause-ms")
		return perOp(b)
	}
	var idle float64
	b.Run("idle", func(b *testing.B) { idle = collect(b) })
	for name, how := range map[string]runtime.Interruption{"metered": runtime.Metered, "close on context": runtime.CloseOnContext} {
		b.Run(name, func(b *testing.B) {
			ctx, stop := context.WithCancel(context.Background())
			spins := make(chan struct{})
			hosts := &fakeHosts{}
			hosts.onClock = func(context.Context) (time.Time, error) { close(spins); return noon, nil }
			rt := newRuntime(b, runtime.Config{Interruption: how, CallTimeout: time.Hour, FuelPerCall: runtime.UnlimitedFuel, FuelPerRun: runtime.UnlimitedFuel})
			c := load(b, rt, "spins_when_told", hosts)
			over := make(chan error, 1)
			go func() {
				_, err := c.GetCapabilities(ctx, abi.ConfigParameters{{Name: "!"}})
				over <- err
			}()
			<-spins
			b.ReportMetric(collect(b)/idle, "x-idle")
			stop()
			if err := <-over; abi.CodeOf(err) != abi.Cancelled {
				b.Error(err)
			}
		})
	}
	b.Run("metered, waiting for memory", func(b *testing.B) {
		rt := newRuntime(b, runtime.Config{CallTimeout: time.Hour, FuelPerCall: runtime.UnlimitedFuel, FuelPerRun: runtime.UnlimitedFuel})
		c := load(b, rt, "../hostile/chases_pointers", &fakeHosts{})
		s, err := c.OpenImportConnection(b.Context(), abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 100})
		if err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		over := make(chan error, 1)
		go func() {
			_, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
			over <- err
		}()
		<-time.After(300 * time.Millisecond) // it fills its memory first
		b.ReportMetric(collect(b)/idle, "x-idle")
		stop()
		if err := <-over; abi.CodeOf(err) != abi.Cancelled {
			b.Error(err)
		}
	})
}

// pauses are how long the world stood for collections, from the wish to stop it.
func pauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64Histogram()
}

// longestPause is the upper end of the last bucket that grew, in seconds.
func longestPause(before, after *metrics.Float64Histogram) float64 {
	for i := len(after.Counts) - 1; i >= 0; i-- {
		if after.Counts[i] > before.Counts[i] {
			return after.Buckets[i+1]
		}
	}
	return 0
}
