package host

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// State is how far the export of an entry came.
type State uint8

// The states.
const (
	// NotSent: the connector never saw the entry, or said that its request did not
	// reach the target.
	NotSent State = iota
	// Done: it was carried out.
	Done
	// Failed: the connector said that it was not.
	Failed
	// Unknown: the connector failed while it had the entry, or said that the
	// answer was lost. The entry may have been carried out: look, or import, before
	// sending it again.
	Unknown
)

// String returns the word for it.
func (s State) String() string {
	return [...]string{"not-sent", "done", "failed", "unknown"}[min(int(s), 3)]
}

// Outcome is what became of one change.
type Outcome struct {
	// Change is the change, with its line.
	Change Change
	State  State
	// Result is the connector's word on the entry: anchor, code, name, detail.
	Result abi.CSEntryChangeResult
	// HasPassword says that the change carried a password, and Password how far
	// that came; PasswordError why.
	HasPassword   bool
	Password      State
	PasswordError *abi.Error
	// Sends counts how often the connector got the entry.
	Sends int
}

// ExportSummary is what became of an export.
type ExportSummary struct {
	// The counts of entries by state, and of passwords that were not set.
	Done, Failed, Unknown, NotSent, PasswordsNotSet int64
	Findings                                        []contract.Finding
}

// stateOf is what an answer says of one entry.
func stateOf(result abi.CSEntryChangeResult, known bool, err error, unsent bool) State {
	switch {
	case known && result.Code == abi.ExportSuccess:
		return Done
	case known && result.Name == abi.OutcomeUnknown.String():
		// So a connector hands on that the answer to its request was lost: no
		// export error of ECMA says it.
		return Unknown
	case known && result.Name == abi.NotSent.String():
		return NotSent
	case known:
		return Failed
	case err == nil:
		return Done
	case unsent:
		return NotSent
	}
	return Unknown
}

// notEntered reports whether an error came before the connector saw anything: a
// mistake of the caller's, a message that could not be sent, or a run that was
// over.
func notEntered(err error) bool {
	e := abi.AsError(err)
	if e == nil {
		return false
	}
	switch e.Code {
	case abi.ContractViolation, abi.LimitExceeded, abi.InvalidMessage:
		return e.Side == abi.SideCaller
	}
	return e.Code == abi.Closed
}

// note keeps what became of an item, or of its password.
func (i *item) note(state State, result abi.CSEntryChangeResult, err error, password bool) {
	if password {
		i.Password = state
		if state != Done {
			i.PasswordError = passwordError(result, err)
		}
		return
	}
	i.Sends++
	i.Result = result
	i.State = state
	if state != Failed || i.Sends > 1 {
		i.again = false
		return
	}
	switch result.Code {
	case abi.ExportActionConvertUpdateToAdd:
		i.again = i.entry.Modification == abi.ObjectUpdate || i.entry.Modification == abi.ObjectReplace
		if i.again {
			i.entry = asAdd(i.entry)
		}
	case abi.ExportActionRetryReferenceAttribute:
		i.again = true
	}
}

// resultOf is a result that says what an error said, as far as a result may.
func resultOf(identifier string, err error) abi.CSEntryChangeResult {
	r := abi.CSEntryChangeResult{Identifier: identifier, Code: abi.ExportErrorCustomContinueRun, Name: abi.CodeOf(err).String(), Detail: cut(err.Error(), abi.MaxErrorText)}
	if e := abi.AsError(err); e != nil {
		r.Retryable, r.RetryAfterMillis = e.Retryable, e.RetryAfter.Milliseconds()
	}
	return r
}

// asAdd makes an Add of an Update or Replace: all that it would set.
func asAdd(e abi.CSEntryChange) abi.CSEntryChange {
	var attributes []abi.AttributeChange
	for _, a := range e.Attributes {
		if a.Modification == abi.AttributeDelete || len(a.Values) == 0 {
			continue
		}
		a.Modification, a.Deletes = abi.AttributeAdd, nil
		attributes = append(attributes, a)
	}
	e.Modification, e.Attributes, e.NewDN = abi.ObjectAdd, attributes, ""
	return e
}

// merge adds findings of a further session to those of the sessions before.
func merge(all, more []contract.Finding) []contract.Finding {
	for _, f := range more {
		at := slices.IndexFunc(all, func(have contract.Finding) bool { return have.Rule == f.Rule })
		if at < 0 {
			all = append(all, f)
		} else {
			all[at].Count += f.Count
		}
	}
	return all
}
