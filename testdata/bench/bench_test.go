package main

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/testdata/bench/directory"
	"github.com/ecmabox/ecmabox/testdata/bench/ecmabox"
	"github.com/ecmabox/ecmabox/testdata/bench/extism"
	"github.com/ecmabox/ecmabox/testdata/bench/hashicorp"
	"github.com/ecmabox/ecmabox/testdata/bench/knq"
	"github.com/ecmabox/ecmabox/testdata/bench/native"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// peers starts each peer by its name.
var peers = []struct {
	name  string
	start func(ctx context.Context) (peer.Peer, error)
}{
	{"ecmabox", func(ctx context.Context) (peer.Peer, error) { return ecmabox.Start(ctx) }},
	{"native", func(context.Context) (peer.Peer, error) { return native.New(), nil }},
	{"extism", func(ctx context.Context) (peer.Peer, error) { return extism.Start(ctx, 0) }},
	{"extism-timeout", func(ctx context.Context) (peer.Peer, error) { return extism.Start(ctx, time.Minute) }},
	{"knqyf263", func(ctx context.Context) (peer.Peer, error) { return knq.Start(ctx) }},
	{"hashicorp", func(ctx context.Context) (peer.Peer, error) { return hashicorp.Start(ctx) }},
}

// TestNames tells the command the peers' names.
func TestNames(t *testing.T) {
	var names []string
	for _, p := range peers {
		names = append(names, p.name)
	}
	fmt.Println("peers:", strings.Join(names, " "))
}

// start runs f with each peer, as a sub-test or sub-benchmark.
func start[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, f func(T, peer.Peer)) {
	for _, p := range peers {
		t.Run(p.name, func(t T) {
			ctx := context.Background()
			started, err := p.start(ctx)
			if err != nil {
				t.Fatal(err)
			}
			f(t, started)
			if err := started.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// payload is what makes a round trip: a KiB of text.
var payload = bytes.Repeat([]byte("round trip / "), 79)[:1024]

// TestPeers checks that all peers do the same work.
func TestPeers(t *testing.T) {
	const users = 3 * workload.PageEntries
	server, err := directory.Serve(users / workload.PageEntries)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	start(t, func(t *testing.T, p peer.Peer) {
		if back, err := p.Echo(t.Context(), payload); err != nil || !bytes.Equal(back, payload) {
			t.Errorf("echo: have %q and error %v, want what was sent", back, err)
		}
		for _, first := range []int{0, workload.PageEntries} {
			page, err := p.Page(t.Context())
			if err != nil || page.Entries != workload.PageEntries {
				t.Fatalf("page: have %d entries and error %v, want %d", page.Entries, err, workload.PageEntries)
			}
			for i, want := range workload.Page(0) {
				want.Anchor = workload.Anchor(first + i)
				if have := page.At(i); !reflect.DeepEqual(have, want) {
					t.Fatalf("page: entry %d is %+v, want %+v", i, have, want)
				}
			}
		}
		if p, ok := p.(peer.Importer); ok {
			if n, err := p.Import(t.Context(), server.URL); err != nil || n != users {
				t.Errorf("import: have %d users and error %v, want %d", n, err, users)
			}
		}
	})
}

// processor is the processor time of this process and of p's own, if it has one.
// Unlike the clock's it hardly changes when the machine has other work.
func processor(b *testing.B, p peer.Peer) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	total := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	if p, ok := p.(*hashicorp.Peer); ok {
		other, err := p.Processor()
		if err != nil {
			b.Fatal(err)
		}
		total += other
	}
	return total
}

// timed runs f until the benchmark has had enough.
func timed(b *testing.B, p peer.Peer, f func() error) {
	before := processor(b, p)
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processor(b, p)-before)/float64(b.N), "cpu-ns/op")
}

// BenchmarkRoundTrip sends a KiB and gets it back.
func BenchmarkRoundTrip(b *testing.B) {
	start(b, func(b *testing.B, p peer.Peer) {
		timed(b, p, func() error {
			_, err := p.Echo(b.Context(), payload)
			return err
		})
	})
}

// BenchmarkPage gets a page of 1,000 entries, encoded by the connector and decoded
// by the host.
func BenchmarkPage(b *testing.B) {
	start(b, func(b *testing.B, p peer.Peer) {
		timed(b, p, func() error {
			page, err := p.Page(b.Context())
			if err == nil && page.Entries != workload.PageEntries {
				err = fmt.Errorf("have %d entries", page.Entries)
			}
			return err
		})
	})
}

// BenchmarkImport reads a directory of 100,000 users over HTTP.
func BenchmarkImport(b *testing.B) {
	server, err := directory.Serve(workload.Users / workload.PageEntries)
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	start(b, func(b *testing.B, p peer.Peer) {
		importer, ok := p.(peer.Importer)
		if !ok {
			b.Skip("its connectors speak no HTTP here")
		}
		timed(b, p, func() error {
			n, err := importer.Import(b.Context(), server.URL)
			if err == nil && n != workload.Users {
				err = fmt.Errorf("have %d users", n)
			}
			return err
		})
	})
}
