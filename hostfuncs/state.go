package hostfuncs

import (
	"bytes"
	"context"
	"maps"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
)

// MaxStateKeys is how many keys the state of one connector may have: in memory each takes
// some hundred bytes besides its text, be it empty. A state that was kept with more stays
// good, and gets no new key until it has less.
const MaxStateKeys = 10_000

// keeper commits the state of leases, one at a time.
type keeper struct {
	mu    sync.Mutex
	store StateStore
}

// overlay is a lease's own view: what was kept when it first asked, and its own
// changes. Other leases see them after a commit.
type overlay struct {
	kept    map[string][]byte // nil until first asked
	changes map[string][]byte // nil value: deleted
	used    int               // bytes of keys and values, as this lease sees them
	keys    int               // how many there are, as it sees them
}

// view loads what is kept, once.
func (k *keeper) view(ctx context.Context, o *overlay) error {
	if o.kept != nil {
		return nil
	}
	kept, err := k.store.Load(ctx)
	if err != nil {
		return &abi.Error{Code: abi.HostFailure, Side: abi.SideHost, Message: "the state cannot be loaded", Err: err}
	}
	if kept == nil {
		kept = map[string][]byte{}
	}
	o.kept, o.changes = kept, map[string][]byte{}
	o.used, o.keys = sizeOf(kept), len(kept)
	return nil
}

// commit merges a lease's changes into what is kept by now. Of two leases that
// changed the same key, the later commit stands.
func (k *keeper) commit(ctx context.Context, o *overlay) error {
	if len(o.changes) == 0 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	merged := &overlay{}
	if err := k.view(ctx, merged); err != nil {
		return err
	}
	merged.changes = o.changes
	all := merged.all()
	if used := sizeOf(all); used > abi.MaxStateBytes {
		return withOp("close", exceeded("state_bytes", int64(used), abi.MaxStateBytes, "together with what another lease kept, the state is too large"))
	}
	if len(all) > max(MaxStateKeys, merged.keys) {
		return withOp("close", exceeded("state_keys", int64(len(all)), MaxStateKeys, "together with what another lease kept, the state has too many keys"))
	}
	if err := k.store.Save(ctx, all); err != nil {
		return &abi.Error{Code: abi.HostFailure, Op: "close", Side: abi.SideHost, Message: "the state cannot be saved", Err: err}
	}
	return nil
}

func (o *overlay) get(key string) ([]byte, bool) {
	if value, changed := o.changes[key]; changed {
		return value, value != nil
	}
	value, ok := o.kept[key]
	return value, ok
}

func (o *overlay) all() map[string][]byte {
	all := maps.Clone(o.kept)
	for key, value := range o.changes {
		if value == nil {
			delete(all, key)
			continue
		}
		all[key] = value
	}
	return all
}

func (o *overlay) put(key string, value []byte) {
	o.remove(key)
	o.used += len(key) + len(value)
	o.keys++
	o.changes[strings.Clone(key)] = append([]byte{}, value...)
}

func (o *overlay) remove(key string) {
	if value, ok := o.get(key); ok {
		o.used -= len(key) + len(value)
		o.keys--
	}
	delete(o.changes, key)
	if _, kept := o.kept[key]; kept {
		o.changes[strings.Clone(key)] = nil
	}
}

func sizeOf(state map[string][]byte) int {
	n := 0
	for key, value := range state {
		n += len(key) + len(value)
	}
	return n
}

// StateGet returns what this lease sees under key.
func (l *lease) StateGet(ctx context.Context, key string) ([]byte, error) {
	if err := l.stateCall(ctx, "state_get", key); err != nil {
		return nil, err
	}
	value, ok := l.state.get(key)
	if !ok {
		return nil, &abi.Error{Code: abi.NotFound, Op: "state_get", Side: abi.SideHost, Message: "there is no state under this key"}
	}
	return bytes.Clone(value), nil
}

// StatePut changes what this lease sees under key; Close may keep it.
func (l *lease) StatePut(ctx context.Context, key string, value []byte) error {
	if err := l.stateCall(ctx, "state_put", key); err != nil {
		return err
	}
	// The connector's own bytes are no secrets of ours, but state outlives the
	// lease, and placeholders do not.
	if marks.In(key) || marks.In(string(value)) {
		err := denied(RuleSecretSlot, "a placeholder is good in its lease only and cannot be kept")
		l.log.denial("state_put", "", "", err)
		return withOp("state_put", err)
	}
	old := 0
	if before, ok := l.state.get(key); ok {
		old = len(key) + len(before)
	} else if l.state.keys >= MaxStateKeys {
		return withOp("state_put", exceeded("state_keys", int64(l.state.keys)+1, MaxStateKeys, "the state would have too many keys: put more under one"))
	}
	if used := l.state.used - old + len(key) + len(value); used > abi.MaxStateBytes {
		return withOp("state_put", exceeded("state_bytes", int64(used), abi.MaxStateBytes, "the state would be too large"))
	}
	l.state.put(key, value)
	return nil
}

// StateDelete forgets key in this lease; Close may forget it for good.
func (l *lease) StateDelete(ctx context.Context, key string) error {
	if err := l.stateCall(ctx, "state_delete", key); err != nil {
		return err
	}
	l.state.remove(key)
	return nil
}

// stateCall checks a key and loads the state.
func (l *lease) stateCall(ctx context.Context, op, key string) error {
	if err := l.open(ctx, op); err != nil {
		return err
	}
	if len(key) > abi.MaxStateKey {
		return withOp(op, exceeded("state_key", int64(len(key)), abi.MaxStateKey, "a key of the state is too long"))
	}
	if key == "" || !utf8.ValidString(key) {
		return &abi.Error{Code: abi.InvalidMessage, Op: op, Side: abi.SideGuest, Message: "a key of the state is UTF-8 and not empty"}
	}
	if err := l.host.state.view(ctx, &l.state); err != nil {
		return err
	}
	return nil
}

// memoryState keeps state for the life of a Host.
type memoryState struct {
	mu   sync.Mutex
	kept map[string][]byte
}

// Load returns a copy.
func (m *memoryState) Load(context.Context) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.kept), nil
}

// Save keeps a copy.
func (m *memoryState) Save(_ context.Context, state map[string][]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = maps.Clone(state)
	return nil
}
