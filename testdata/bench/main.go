// Command bench measures ecmabox beside other ways to call a plug-in, and prints
// the tables of docs/benchmarks.md:
//
//	cd testdata/bench && go run .
//
// Each peer runs in a process of its own, and the rounds go through all of them in
// turn, so that a slow minute of the machine hits everybody. What counts are the
// ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ours is the peer that the ratios are taken against.
const ours = "ecmabox"

// table is one benchmark.
type table struct {
	name, title string
}

var tables = []table{
	{"RoundTrip", "Round trip of 1 KiB"},
	{"Page", "Page of 1,000 entries × 10 attributes, from the connector's structs to the host's"},
	{"Import", "Import of 100,000 users from an HTTP server in the process"},
}

func main() {
	rounds := flag.Int("rounds", 5, "how often everything is measured; the median counts")
	each := flag.Duration("time", time.Second, "how long one measurement takes at least")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *each, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything and prints the tables; progress goes to stderr.
func run(ctx context.Context, rounds int, each time.Duration, stdout, stderr io.Writer) (err error) {
	if rounds < 1 || each <= 0 {
		return errors.New("-rounds and -time must be positive")
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program := filepath.Join(dir, "bench.test")
	if said, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, said)
	}
	names, err := peerNames(ctx, program)
	if err != nil {
		return err
	}
	results := make(map[string][]sample)
	for round := range rounds {
		for _, t := range tables {
			for _, peer := range names {
				fmt.Fprintf(stderr, "round %d of %d: %s, %s\n", round+1, rounds, t.name, peer)
				one, err := measure(ctx, program, t.name, peer, each)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", t.name, peer, err)
				}
				if one.clock > 0 {
					results[t.name+"/"+peer] = append(results[t.name+"/"+peer], one)
				}
			}
		}
	}
	report(stdout, names, results, rounds)
	return nil
}

// peerNames asks the tests for the peers, in their order.
func peerNames(ctx context.Context, program string) ([]string, error) {
	cmd := exec.CommandContext(ctx, program, "-test.run", "^TestNames$", "-test.v")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("list the peers: %w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if names, ok := strings.CutPrefix(strings.TrimSpace(line), "peers:"); ok {
			return strings.Fields(names), nil
		}
	}
	return nil, fmt.Errorf("list the peers: none found in\n%s", out)
}

// sample is what one operation took, in nanoseconds.
type sample struct {
	clock, processor float64
}

// measure runs one benchmark of one peer; the sample is zero if the peer does not
// offer it.
func measure(ctx context.Context, program, benchmark, peer string, each time.Duration) (one sample, err error) {
	cmd := exec.CommandContext(ctx, program, "-test.run", "^$", "-test.bench", "^Benchmark"+benchmark+"$/^"+peer+"$", "-test.benchtime", each.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		return one, fmt.Errorf("%w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 6 || !strings.HasPrefix(fields[0], "Benchmark"+benchmark+"/"+peer) || fields[3] != "ns/op" || fields[5] != "cpu-ns/op" {
			continue
		}
		var errs [2]error
		one.clock, errs[0] = strconv.ParseFloat(fields[2], 64)
		one.processor, errs[1] = strconv.ParseFloat(fields[4], 64)
		return one, errors.Join(errs[:]...)
	}
	return one, nil
}

// report writes the tables as Markdown.
func report(w io.Writer, names []string, results map[string][]sample, rounds int) {
	fmt.Fprintf(w, "%s, %s/%s, %d cores, %s; medians, rounds: %d.\n",
		time.Now().UTC().Format("2 January 2006"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), rounds)
	for _, t := range tables {
		fmt.Fprintf(w, "\n### %s\n\n| peer | time | × %s | processor time | × %s |\n| --- | ---: | ---: | ---: | ---: |\n", t.title, ours, ours)
		base := middle(results[t.name+"/"+ours])
		for _, peer := range names {
			if one := middle(results[t.name+"/"+peer]); one.clock > 0 {
				fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", peer,
					duration(one.clock), ratio(one.clock, base.clock), duration(one.processor), ratio(one.processor, base.processor))
			}
		}
	}
}

// middle takes the median of each kind of time.
func middle(all []sample) sample {
	var clock, processor []float64
	for _, one := range all {
		clock, processor = append(clock, one.clock), append(processor, one.processor)
	}
	return sample{median(clock), median(processor)}
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.1f ms", ns/1e6)
	}
	return fmt.Sprintf("%.2f s", ns/1e9)
}

func ratio(ns, base float64) string {
	if base == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3g", ns/base)
}
