package abi

import (
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// Side says who failed. The zero value is SideUnknown.
type Side uint8

// The sides.
const (
	SideUnknown Side = iota
	// SideGuest: the connector said so, or crashed.
	SideGuest
	// SideHost: the host.
	SideHost
	// SideContract: the connector or its caller broke a rule of the contract.
	SideContract
	// SideTarget: the application.
	SideTarget
	// SideCaller: whoever called the connector asked for something impossible.
	SideCaller
)

// String returns the side's name in lower case.
func (s Side) String() string {
	return [...]string{"unknown side", "guest", "host", "contract", "target", "caller"}[min(int(s), 5)]
}

// Error is a failure with a code. Text that comes from a connector is its own
// words: it is cut at MaxErrorText, and whoever prints it, other than by Error, must
// quote it.
//
// errors.Is(err, abi.ServerDown) compares the code; errors.As gets the rest.
type Error struct {
	// Code is never zero.
	Code Code
	// Op is the call that failed, by its ABI name, such as GetImportEntries.
	Op string
	// Side says who failed.
	Side Side
	// Name is the connector's own word for the error, Message one sentence for
	// an operator, Detail anything longer. Each may be empty.
	Name, Message, Detail string
	// DN, ObjectType, Attribute and Parameter name what the error is about, as
	// ECMA's exceptions do.
	DN, ObjectType, Attribute, Parameter string
	// Retryable says that the same call may succeed later; RetryAfter, if not
	// zero, when. Milliseconds on the wire.
	Retryable  bool
	RetryAfter time.Duration
	// Rule is the rule that denied (Code Denied), or the ECMA-… code of the
	// contract (Code ContractViolation).
	Rule string
	// Limit, Used and Allowed belong to Code LimitExceeded, and to DeadlineExceeded and
	// Cancelled where a limit of time of the host's was passed: in nanoseconds, and in
	// words in Message, which is what Error returns of it. Used is 0 where it is not told.
	Limit         string
	Used, Allowed int64
	// Err is the cause, if the host has one. It does not travel.
	Err error
}

// NewError returns an Error with a code and a sentence.
func NewError(code Code, message string) *Error {
	return &Error{Code: code, Message: message, Retryable: code.Transient()}
}

// Error returns the operation, the code, the rule or limit, and the words, in one line:
// what could move a terminal's cursor, end a line or turn text around is escaped, as Go
// does.
func (e *Error) Error() string {
	b := make([]byte, 0, 128)
	if e.Op != "" {
		b = append(append(b, e.Op...), ": "...)
	}
	b = append(b, e.Code.String()...)
	for _, part := range []string{e.Rule, e.Name, e.limitText(), e.place(), e.Message, e.Detail} {
		if part != "" {
			b = appendVisible(append(b, ": "...), part)
		}
	}
	if e.Err != nil {
		b = append(append(b, ": "...), e.Err.Error()...)
	}
	return string(b)
}

// appendVisible appends text with what is not to be seen escaped.
func appendVisible(b []byte, text string) []byte {
	for _, r := range text {
		if strconv.IsGraphic(r) {
			b = utf8.AppendRune(b, r)
		} else {
			quoted := strconv.QuoteRune(r)
			b = append(b, quoted[1:len(quoted)-1]...)
		}
	}
	return b
}

func (e *Error) limitText() string {
	if e.Limit == "" || e.Code == DeadlineExceeded || e.Code == Cancelled {
		return ""
	}
	if e.Used == 0 {
		return e.Limit + " is " + decimal(e.Allowed)
	}
	return e.Limit + " is " + decimal(e.Allowed) + ", this is " + decimal(e.Used)
}

func (e *Error) place() string {
	s := ""
	for _, p := range [][2]string{{"object type ", e.ObjectType}, {"attribute ", e.Attribute}, {"parameter ", e.Parameter}, {"DN ", e.DN}} {
		if p[1] != "" {
			if s != "" {
				s += ", "
			}
			s += p[0] + strconv.Quote(p[1])
		}
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error's Code.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}

// CodeOf returns the code of the first *Error or Code in err's chain, and 0 when
// there is none.
func CodeOf(err error) Code {
	if e := AsError(err); e != nil {
		return e.Code
	}
	var c Code
	if errors.As(err, &c) {
		return c
	}
	return 0
}

// AsError returns the first *Error in err's chain, or nil.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
