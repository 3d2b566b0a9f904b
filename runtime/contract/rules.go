package contract

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// Effect is what happens when a rule is broken.
type Effect uint8

// The effects. Refuse, the zero value, is the only one that fails a call.
const (
	// Refuse fails the call with an *abi.Error that names the rule.
	Refuse Effect = iota
	// Drop takes the offending thing out and counts it.
	Drop
	// Correct sets the offending thing right and counts it.
	Correct
	// Warn is counted, and an operator should know.
	Warn
	// Note is counted: the connector asks for something that is accepted and not
	// used.
	Note
)

// String returns the effect in lower case.
func (e Effect) String() string {
	return [...]string{"refuse", "drop and count", "correct and count", "warn", "note"}[min(int(e), 4)]
}

// Rule is one rule of the contract.
type Rule struct {
	// Code is stable: ECMA-<WORDS>.
	Code string
	// Side is who can break it: abi.SideGuest or abi.SideCaller.
	Side abi.Side
	// Effect is what happens then.
	Effect Effect
	// Error is the code of the error of a Refuse; 0 for the other effects.
	Error abi.Code
	// Summary is the rule in one sentence.
	Summary string
	// Source is where the rule comes from.
	Source string
}

// Rules returns every rule, by topic. The slice is the caller's.
func Rules() []Rule { return slices.Clone(rules) }

// rule returns the rule with this code.
func rule(code string) Rule {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == code })
	return rules[i]
}
