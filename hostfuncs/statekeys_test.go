package hostfuncs_test

import (
	"context"
	"maps"
	"strconv"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// fixedState is a StateStore that keeps what it is given last.
type fixedState map[string][]byte

func (s fixedState) Load(context.Context) (map[string][]byte, error) { return maps.Clone(s), nil }

func (s fixedState) Save(_ context.Context, state map[string][]byte) error {
	clear(s)
	maps.Copy(s, state)
	return nil
}

// wantLimit fails unless an error is of a limit.
func wantLimit(t *testing.T, err error, limit string) {
	t.Helper()
	if e := abi.AsError(err); e == nil || e.Code != abi.LimitExceeded || e.Limit != limit {
		t.Errorf("have %v, want LimitExceeded %s", err, limit)
	}
}

// The state has so many keys and not one more, of one lease or of several.
func TestMaxStateKeys(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHost(t, hostfuncs.Policy{State: fixedState{}}, nil)
	begin := func() abi.HostLease { return open(t, h, abi.LeaseRequest{Lane: abi.LaneImport, Instance: "test"}) }
	put := func(l abi.HostLease, key string) {
		t.Helper()
		if err := l.StatePut(ctx, key, nil); err != nil {
			t.Fatal(err)
		}
	}
	l, other := begin(), begin()
	for i := range hostfuncs.MaxStateKeys {
		put(l, strconv.Itoa(i))
	}
	wantLimit(t, l.StatePut(ctx, "one more", nil), "state_keys")
	put(l, "0") // is there
	if err := l.StateDelete(ctx, "0"); err != nil {
		t.Fatal(err)
	}
	put(l, "another")
	wantLimit(t, l.StatePut(ctx, "0", nil), "state_keys")
	put(other, "of the other")
	if err := l.Close(ctx, true); err != nil {
		t.Fatal(err)
	}
	wantLimit(t, other.Close(ctx, true), "state_keys")
}

// A state that was kept with more keys is good as it is.
func TestStateKeptWithMoreKeys(t *testing.T) {
	t.Parallel()
	ctx, kept := t.Context(), fixedState{}
	for i := range hostfuncs.MaxStateKeys + 2 {
		kept[strconv.Itoa(i)] = nil
	}
	l := open(t, newHost(t, hostfuncs.Policy{State: kept}, nil), abi.LeaseRequest{Lane: abi.LaneImport, Instance: "test"})
	wantLimit(t, l.StatePut(ctx, "one more", nil), "state_keys")
	if err := l.StatePut(ctx, "1", []byte("changed")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(ctx, true); err != nil || string(kept["1"]) != "changed" {
		t.Errorf("have %q, %v", kept["1"], err)
	}
}
