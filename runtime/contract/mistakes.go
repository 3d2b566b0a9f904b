package contract

import (
	"errors"
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
)

// maxMistakes is how many mistakes an error joins.
const maxMistakes = 10

// mistakes collects what is wrong with one thing: maxMistakes of them, and of the rest
// how many there are, for a connector may make one with every byte or two of a
// message. The zero value is ready.
type mistakes struct {
	errs []error
	// more counts those that are not kept, of which next is the first.
	more int
	next *abi.Error
}

// fail adds a broken rule.
func (m *mistakes) fail(op, code string, about place, format string, args ...any) {
	if len(m.errs) < maxMistakes {
		m.errs = append(m.errs, violation(op, code, about, format, args...))
		return
	}
	if m.next == nil {
		m.next = violation(op, code, place{}, "").(*abi.Error)
	}
	m.more++
}

// add adds the error of a broken rule, if there is one.
func (m *mistakes) add(err error) {
	switch e := abi.AsError(err); {
	case err == nil:
	case len(m.errs) < maxMistakes:
		m.errs = append(m.errs, err)
	default:
		m.fail(e.Op, e.Rule, place{}, "")
	}
}

// err joins the mistakes. Where there are too many, the last error says how many more
// there are, under the rule of the first of them.
func (m *mistakes) err() error {
	if m.next == nil {
		return errors.Join(m.errs...)
	}
	m.next.Message = fmt.Sprintf("further mistakes, of this rule or of others: %d", m.more)
	return errors.Join(append(m.errs[:maxMistakes:maxMistakes], m.next)...)
}
