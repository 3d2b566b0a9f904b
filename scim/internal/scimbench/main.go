// Command scimbench measures two SCIM services, this one and one made with
// scimmy, one after the other in rounds of the same run: filter by an indexed
// attribute, create, PATCH, and a list of 100, over TLS on kept connections. It
// starts both, prints what it measured, and fails if a ratio is below -least.
//
// Usage: scimbench [flags] scimserve-binary server.mjs
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// options are the flags.
type options struct {
	users, connections, rounds int
	round                      time.Duration
	least                      float64
	pin                        bool
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scimbench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	var o options
	flags := flag.NewFlagSet("scimbench", flag.ContinueOnError)
	flags.IntVar(&o.users, "users", 2000, "users in each service before measuring")
	flags.IntVar(&o.connections, "connections", 16, "kept connections to each service")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds of each operation on each service")
	flags.DurationVar(&o.round, "round", 2*time.Second, "length of a round")
	flags.Float64Var(&o.least, "least", 5, "least ratio to accept")
	flags.BoolVar(&o.pin, "pin", true, "keep the services on one core, with taskset")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return errors.New("want the paths of scimserve and server.mjs")
	}
	ours, theirs, stop, err := startBoth(flags.Arg(0), flags.Arg(1), o)
	if err != nil {
		return err
	}
	defer stop()
	return compare(stdout, ours, theirs, o)
}

// result is what was measured of one operation on one service.
type result struct {
	rates []float64       // requests per second, by round
	cpu   []time.Duration // of the service, per request, by round
}

func compare(w io.Writer, ours, theirs *service, o options) error {
	fmt.Fprintf(w, "%-8s %12s %12s %7s %14s %14s %7s\n", "", "ours/s", "scimmy/s", "ratio", "ours CPU", "scimmy CPU", "ratio")
	var errs []error
	for _, op := range operations {
		var a, b result
		for range o.rounds {
			if err := errors.Join(ours.measure(op, o.round, &a), theirs.measure(op, o.round, &b)); err != nil {
				return fmt.Errorf("%s: %w", op.name, err)
			}
		}
		rateA, rateB, cpuA, cpuB := median(a.rates), median(b.rates), median(a.cpu), median(b.cpu)
		ratio := rateA / rateB
		fmt.Fprintf(w, "%-8s %12.0f %12.0f %6.1fx %14v %14v %6.1fx\n", op.name, rateA, rateB, ratio, cpuA, cpuB, float64(cpuB)/float64(cpuA))
		if ratio < o.least {
			errs = append(errs, fmt.Errorf("%s: %.1f times scimmy, want %.1f", op.name, ratio, o.least))
		}
	}
	return errors.Join(errs...)
}

func median[T float64 | time.Duration](list []T) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}
