package runtime_test

import (
	"path"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// BenchmarkInstanceParts tells what a configuration call of BenchmarkFreshInstance is
// made of: to start the instance, its first answer, the same answer again, which says
// what the guest's own code takes when everything is warm, and its end. For each part
// it tells the median of its time, the page faults and, of the answers, the fuel; of the
// start and the first answer together the median, too, and how much memory an instance has
// for itself then. .ci/sandbox-bars holds these two against the bars.
func BenchmarkInstanceParts(b *testing.B) {
	for _, pkg := range []string{"connectors-wasm/rest/module", "runtime/testdata/largeguest"} {
		b.Run(path.Base(pkg), func(b *testing.B) { benchmarkParts(b, pkg) })
	}
}

func benchmarkParts(b *testing.B, pkg string) {
	module, err := wasmbuild.Build(b.Context(), "github.com/ecmabox/ecmabox/"+pkg)
	if err != nil {
		b.Fatal(err)
	}
	c, err := newRuntime(b, cachedConfig(b)).Load(b.Context(), module, &fakeHosts{}, contract.Promise{})
	if err != nil {
		b.Fatal(err)
	}
	step := abi.ConfigParametersRunStep{Page: abi.PageConnectivity, PageNumber: 1}
	var instance runtime.Instance
	answer := func() (err error) { return instance.Ask(b.Context(), step) }
	parts := []struct {
		name string
		do   func() error
		// of all leases
		times  []time.Duration
		faults int64
		fuel   int64
	}{
		{name: "start", do: func() (err error) { instance, err = runtime.StartInstance(b.Context(), c); return err }},
		{name: "first", do: answer},
		{name: "again", do: answer},
		{name: "end", do: func() error { return instance.End(b.Context()) }},
	}
	for b.Loop() {
		for i := range parts {
			p := &parts[i]
			faults, fuel, began := pageFaults(b), instance.Fuel(), time.Now()
			if err := p.do(); err != nil {
				b.Fatal(err)
			}
			p.times = append(p.times, time.Since(began))
			p.faults += pageFaults(b) - faults
			p.fuel += instance.Fuel() - fuel
		}
	}
	answered := make([]time.Duration, b.N)
	for i := range answered {
		answered[i] = parts[0].times[i] + parts[1].times[i]
	}
	slices.Sort(answered)
	b.ReportMetric(float64(answered[b.N/2].Nanoseconds())/1e6, "ms-answered")
	b.ReportMetric(ownKiB(b, c, step), "KiB-own")
	for _, p := range parts {
		slices.Sort(p.times)
		b.ReportMetric(float64(p.times[len(p.times)/2].Nanoseconds())/1e3, "µs-"+p.name)
		b.ReportMetric(float64(p.faults)/float64(b.N), "faults-"+p.name)
	}
	b.ReportMetric(float64(parts[1].fuel)/float64(b.N), "fuel-first")
	b.ReportMetric(float64(parts[2].fuel)/float64(b.N), "fuel-again")
}

// ownKiB is how much memory an instance has for itself when it has answered: that which 50
// of them, all there at once, have written and share with nobody.
func ownKiB(b *testing.B, c *runtime.Connector, step abi.ConfigParametersRunStep) float64 {
	const many = 50
	runtime.WidenLane(c, many)
	before := privateBytes(b)
	var open [many]runtime.Instance
	for i := range open {
		var err error
		if open[i], err = runtime.StartInstance(b.Context(), c); err != nil {
			b.Fatal(err)
		}
		if err := open[i].Ask(b.Context(), step); err != nil {
			b.Fatal(err)
		}
	}
	own := privateBytes(b) - before
	for _, instance := range open {
		if err := instance.End(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return float64(own) / many / 1024
}

// privateBytes is the memory that this process has for itself and has written.
func privateBytes(b *testing.B) int64 {
	debug.FreeOSMemory()
	return bytesBehind(b, "/proc/self/smaps_rollup", "Private_Dirty:")
}

// pageFaults counts those of this process that needed no disk.
func pageFaults(b *testing.B) int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Minflt
}
