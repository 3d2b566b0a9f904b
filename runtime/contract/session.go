package contract

import (
	"context"
	"sync/atomic"

	"github.com/ecmabox/ecmabox/abi"
)

// lane returns the place of a kind of session in Connector.open.
func lane(role abi.Role) int { return int(role - abi.RoleImport) }

// begin takes the one place for a session of this kind, waiting for it as long as
// ctx lasts: whoever provisions users from many sides need not queue them himself.
func (c *Connector) begin(ctx context.Context, op string, role abi.Role) error {
	if take(ctx, c.open[lane(role)]) {
		return nil
	}
	return violation(op, ruleSessionOpen, place{}, "another %s session stayed open until the caller gave up; close it first", role)
}

// end gives the place back.
func (c *Connector) end(role abi.Role) { <-c.open[lane(role)] }

// openUnder opens a session in the place that was taken for it, and gives that back if
// there is none, be it for a panic from which the caller recovers.
func openUnder[S any](c *Connector, role abi.Role, open func() (S, error)) (session S, err error) {
	var is bool
	defer func() {
		if !is {
			c.end(role)
		}
	}()
	session, err = open()
	is = err == nil
	return session, err
}

// turn is taken by the one call that a session carries out. Another one meanwhile is refused:
// a host function that asked the session it works for would wait for itself.
type turn struct{ taken atomic.Bool }

func (t *turn) take(op string) error {
	if t.taken.CompareAndSwap(false, true) {
		return nil
	}
	return violation(op, ruleSessionBusy, place{}, "a call of this session is under way: wait until it has returned, and ask the session nothing from a host function that works for it")
}

func (t *turn) give() { t.taken.Store(false) }

func closedError(op string) error {
	return violation(op, ruleSessionClosed, place{}, "the session is closed")
}
