package snapshot_test

import (
	"path"
	"slices"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// BenchmarkLease measures how long a connector takes from nothing to its first answer,
// how long to its end then, and how much memory is its own between the two: mapped
// copy-on-write, copied, and started by hand each time. The three take turns; the medians
// of their times give the ratios. The connectors are the one for REST and a larger one.
func BenchmarkLease(b *testing.B) {
	for _, pkg := range []string{restPackage, "github.com/ecmabox/ecmabox/runtime/testdata/largeguest"} {
		b.Run(path.Base(pkg), func(b *testing.B) { benchmarkLease(b, connector(b, pkg)) })
	}
}

func benchmarkLease(b *testing.B, module []byte) {
	w := newWorld(b)
	p := w.prepare(b, module)
	image := p.snapshot(b)
	copied := image.Copied()
	variants := []struct {
		name  string
		lease func() *lease
	}{
		{"mapped", func() *lease { return must(p.tryLease(image, ways[0]))(b) }},
		{"copied", func() *lease { return must(p.tryLease(copied, ways[2]))(b) }},
		{"started", func() *lease {
			return must(p.start(must(p.plan.NewMemory(w.budget, limit))(b)))(b)
		}},
	}
	times, ends := make([][]time.Duration, len(variants)), make([][]time.Duration, len(variants))
	for b.Loop() {
		for i, v := range variants {
			began := time.Now()
			l := v.lease()
			firstAnswer(b, l)
			answered := time.Now()
			l.end()
			times[i], ends[i] = append(times[i], answered.Sub(began)), append(ends[i], time.Since(answered))
		}
	}
	mapped := median(times[0])
	b.ReportMetric(mapped/1e6, "ms-mapped")
	b.ReportMetric(median(ends[0])/1e6, "ms-end")
	b.ReportMetric(median(times[1])/mapped, "x-copied")
	b.ReportMetric(median(times[2])/mapped, "x-started")
	for _, v := range variants {
		const many = 50
		var open [many]*lease
		before := privateKiB(b)
		for i := range open {
			open[i] = v.lease()
			firstAnswer(b, open[i])
		}
		b.ReportMetric(float64(privateKiB(b)-before)/many, "KiB-"+v.name)
		for _, l := range open {
			l.end()
		}
	}
}

// BenchmarkCapture measures what is done once for a module: prepare it, and take
// its image.
func BenchmarkCapture(b *testing.B) {
	module := connector(b, restPackage)
	p := newWorld(b).prepare(b, module)
	l := p.started(b)
	b.Run("prepare", func(b *testing.B) {
		for b.Loop() {
			must(snapshot.Prepare(module))(b)
		}
	})
	b.Run("capture", func(b *testing.B) {
		for b.Loop() {
			must(p.plan.Capture(l.memory, l.Module, goesOn))(b).Close()
		}
	})
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}
