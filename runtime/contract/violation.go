package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// place says what a violation is about, for the fields of abi.Error that ECMA's
// exceptions have too. Values of attributes are never told.
type place struct {
	DN, ObjectType, Attribute, Parameter string
}

// maxQuoted is where text of a connector is cut in a message, in bytes.
const maxQuoted = 200

// maxChoices is how many choices a message lists, and maxChoicesBytes after how many
// bytes it lists no more.
const (
	maxChoices      = 20
	maxChoicesBytes = 1_000
)

// violation returns the error of a broken rule of effect Refuse.
func violation(op, code string, about place, format string, args ...any) error {
	r := rule(code)
	return &abi.Error{
		Code: r.Error, Op: op, Side: r.Side, Rule: r.Code, Message: fmt.Sprintf(format, args...),
		DN: cut(about.DN), ObjectType: cut(about.ObjectType), Attribute: cut(about.Attribute), Parameter: cut(about.Parameter),
	}
}

// blame gives all violations in err to another side: the caller handed in what
// is a connector's to say.
func blame(err error, side abi.Side) error {
	switch e := err.(type) {
	case *abi.Error:
		e.Side = side
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			blame(part, side)
		}
	}
	return err
}

// typed makes an *abi.Error of whatever a connector returned, as ECMA's engine
// does of a foreign exception. A nil error stays nil.
func (n *notes) typed(op string, err error) error {
	if err == nil || abi.CodeOf(err) != 0 {
		return err
	}
	code := abi.ExtensibleExtension
	switch {
	case errors.Is(err, context.Canceled):
		code = abi.Cancelled
	case errors.Is(err, context.DeadlineExceeded):
		code = abi.DeadlineExceeded
	default:
		n.add(ruleErrorUntyped, "%s failed without a code", op)
	}
	return &abi.Error{Code: code, Op: op, Side: abi.SideGuest, Retryable: code.Transient(), Err: err}
}

// quoted returns a connector's text for a message.
func quoted(text string) string { return fmt.Sprintf("%q", cut(text)) }

func cut(text string) string {
	if len(text) <= maxQuoted {
		return strings.Clone(text) // an error may be kept for long, and must not keep a page
	}
	return strings.ToValidUTF8(text[:maxQuoted], "") + "…"
}

// choices lists names to choose from, the first of many.
func choices(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i == maxChoices || b.Len() > maxChoicesBytes {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(name))
	}
	return b.String()
}
