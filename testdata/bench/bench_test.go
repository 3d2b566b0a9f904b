package main

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
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

// BenchmarkRoundTrip sends a KiB and gets it back.
func BenchmarkRoundTrip(b *testing.B) {
	start(b, func(b *testing.B, p peer.Peer) {
		for b.Loop() {
			if _, err := p.Echo(b.Context(), payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPage gets a page of 1,000 entries, encoded by the connector and decoded
// by the host.
func BenchmarkPage(b *testing.B) {
	start(b, func(b *testing.B, p peer.Peer) {
		for b.Loop() {
			page, err := p.Page(b.Context())
			if err != nil || page.Entries != workload.PageEntries {
				b.Fatal(page.Entries, err)
			}
		}
		b.ReportMetric(float64(workload.PageEntries*b.N)/b.Elapsed().Seconds(), "entries/s")
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
		for b.Loop() {
			if n, err := importer.Import(b.Context(), server.URL); err != nil || n != workload.Users {
				b.Fatal(n, err)
			}
		}
		b.ReportMetric(float64(workload.Users*b.N)/b.Elapsed().Seconds(), "users/s")
	})
}
