package runtime_test

import (
	"path"
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
// it tells the median of its time, the page faults and, of the answers, the fuel.
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
	for _, p := range parts {
		slices.Sort(p.times)
		b.ReportMetric(float64(p.times[len(p.times)/2].Nanoseconds())/1e3, "µs-"+p.name)
		b.ReportMetric(float64(p.faults)/float64(b.N), "faults-"+p.name)
	}
	b.ReportMetric(float64(parts[1].fuel)/float64(b.N), "fuel-first")
	b.ReportMetric(float64(parts[2].fuel)/float64(b.N), "fuel-again")
}

// pageFaults counts those of this process that needed no disk.
func pageFaults(b *testing.B) int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Minflt
}
