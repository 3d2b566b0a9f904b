package scim

import (
	"context"
	"sync"
)

// locks let one change of a resource be made after the other. A store compares
// versions in any case; but of many changes at once only one would be made and
// all others tried again, until some of them had failed too often.
type locks struct {
	mu   sync.Mutex
	held map[lockKey]*lock // those that somebody holds or waits for
}

type lockKey struct {
	typ *ResourceType
	id  string
}

type lock struct {
	free  chan struct{} // holds a token while nobody holds the lock
	users int
}

// acquire waits for a resource until the context ends, and returns what gives
// the lock back.
func (l *locks) acquire(ctx context.Context, t *ResourceType, id string) (release func(), err error) {
	key := lockKey{t, id}
	k := l.use(key)
	select {
	case <-k.free:
		return func() {
			k.free <- struct{}{}
			l.leave(key, k)
		}, nil
	case <-ctx.Done():
		l.leave(key, k)
		return nil, ctx.Err()
	}
}

func (l *locks) use(key lockKey) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.held[key]
	if k == nil {
		k = &lock{free: make(chan struct{}, 1)}
		k.free <- struct{}{}
		if l.held == nil {
			l.held = map[lockKey]*lock{}
		}
		l.held[key] = k
	}
	k.users++
	return k
}

func (l *locks) leave(key lockKey, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.held, key)
	}
}
