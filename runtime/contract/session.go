package contract

import "github.com/ecmabox/ecmabox/abi"

// lane returns the place of a kind of session in Connector.open.
func lane(role abi.Role) int { return int(role - abi.RoleImport) }

// begin takes the one place for a session of this kind.
func (c *Connector) begin(op string, role abi.Role) error {
	if c.open[lane(role)].CompareAndSwap(false, true) {
		return nil
	}
	return violation(op, ruleSessionOpen, place{}, "another %s session is open; close it first", role)
}

// end gives the place back.
func (c *Connector) end(role abi.Role) { c.open[lane(role)].Store(false) }

func closedError(op string) error {
	return violation(op, ruleSessionClosed, place{}, "the session is closed")
}
