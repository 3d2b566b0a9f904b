package runtime_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// While a session of one connector holds up the end of a runtime, all of them refuse
// sessions and calls; a session that is open goes on.
func TestCloseRefusesAtOnce(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	var all []abi.Connector
	var open []abi.ImportSession
	for range 4 {
		c := load(t, rt, "answers_well", &fakeHosts{})
		all, open = append(all, c), append(open, openImport(t, c, nil))
	}
	closed := make(chan error)
	go func() { closed <- rt.Close(context.Background()) }()
	for !runtime.Closed(rt) {
		goruntime.Gosched()
	}
	for _, c := range all {
		_, err := c.GetSchema(t.Context(), nil)
		wantError(t, err, abi.Closed)
		_, err = c.OpenExportConnection(t.Context(), abi.OpenExportConnectionRunStep{Schema: wellSchema})
		wantError(t, err, abi.Closed)
	}
	for _, s := range open {
		if page, err := s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{}); err != nil || len(page.Entries) != 1 {
			t.Errorf("an open session answers %+v and %v", page, err)
		}
		stillCloses(t, s)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// A runtime that may not wait stops what runs in all lanes of all connectors side by side:
// each call here waits until all have been told. None of them holds up another.
func TestCloseStopsSideBySide(t *testing.T) {
	t.Parallel()
	const connectors = 3
	rt := newRuntime(t, runtime.Config{CallTimeout: time.Hour, StopGrace: time.Hour})
	var entered, told, ended sync.WaitGroup
	entered.Add(2 * connectors)
	told.Add(2 * connectors)
	all := make(chan struct{})
	go func() { told.Wait(); close(all) }()
	for range connectors {
		hosts := &fakeHosts{}
		c := load(t, rt, "calls_host", hosts)
		s := openImport(t, c, nil)
		hosts.onClock = func(ctx context.Context) (time.Time, error) {
			entered.Done()
			<-ctx.Done()
			told.Done()
			select {
			case <-all:
			case <-time.After(20 * time.Second):
				t.Error("a stop waits for another one to end")
			}
			return noon, ctx.Err()
		}
		for _, call := range []func() error{
			func() error {
				_, err := s.GetImportEntries(context.Background(), abi.GetImportEntriesRunStep{})
				return err
			},
			func() error { _, err := c.GetSchema(context.Background(), nil); return err },
		} {
			ended.Go(func() {
				if err := call(); abi.CodeOf(err) != abi.Cancelled {
					t.Errorf("have error %v, want %v", err, abi.Cancelled)
				}
			})
		}
	}
	entered.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, rt.Close(ctx), abi.Cancelled)
	ended.Wait()
}

// badEnds are hosts whose leases end with an error that names them.
type badEnds struct {
	fakeHosts
	name string
}

type badEnd struct {
	abi.HostLease
	name string
}

func (h *badEnds) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	if request.Lane == abi.LaneConfiguration {
		return l, err
	}
	return badEnd{l, fmt.Sprintf("end of %s.%d", h.name, request.Lane)}, err
}

func (l badEnd) Close(ctx context.Context, commit bool) error {
	return errors.Join(l.HostLease.Close(ctx, commit), errors.New(l.name))
}

// What goes wrong as a runtime is closed is told in the order of its connectors and of their
// lanes.
func TestCloseTellsInOrder(t *testing.T) {
	t.Parallel()
	rt := newRuntime(t, runtime.Config{})
	var want []string
	for _, name := range []string{"c", "a", "d", "b"} {
		c := load(t, rt, "answers_well", &badEnds{name: name})
		openPassword(t, c, nil)
		openExport(t, c)
		openImport(t, c, nil)
		for lane := abi.LaneImport; lane <= abi.LanePassword; lane++ {
			want = append(want, fmt.Sprintf("end of %s.%d", name, lane))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := rt.Close(ctx)
	var have []string
	for _, part := range strings.SplitAfter(err.Error(), "end of ")[1:] {
		have = append(have, "end of "+part[:3])
	}
	if !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}
