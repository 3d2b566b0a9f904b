package guest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// Partial is the name of an error about an entry of which a part was carried out:
// it is neither as it was nor as it was to be.
const Partial = "partial"

// ExportEach is PutExportEntries for a connector that carries out one entry at a
// time with put, which returns the anchor if the target made one. Each outcome is
// reported at once, so that it is known even if a later entry ends the run.
//
// An error of put that is about the entry becomes its result, and the next one
// follows: ObjectNotFound, ObjectAlreadyExists, AccessDenied, EntryExport,
// InvalidDN, MissingParentObject, PasswordPolicyViolation, PasswordIllFormed, and
// the host's Denied and LimitExceeded. Any other is the result too and ends the
// run: the entries behind it were not tried, which is reported as NotSent.
//
// An error with the name Partial brings the anchor all the same; its result has
// that name, unless the outcome of the rest is unknown.
func ExportEach(ctx context.Context, host abi.Host, entries []abi.CSEntryChange,
	put func(ctx context.Context, entry *abi.CSEntryChange) ([]abi.AnchorAttribute, error)) ([]abi.CSEntryChangeResult, error) {
	results := make([]abi.CSEntryChangeResult, 0, len(entries))
	for i := range entries {
		anchor, failed := put(ctx, &entries[i])
		result, goOn := outcome(failed)
		result.Identifier = entries[i].Identifier
		if failed == nil || isPartial(failed) {
			result.Anchor = anchor
		}
		if err := host.ExportResult(ctx, result); err != nil && goOn {
			return results, err
		}
		if !goOn {
			untried(ctx, host, entries[i+1:])
			return results, failed
		}
		results = append(results, result)
	}
	return results, nil
}

// untried reports the entries behind the one that ended the run: without a word
// about them nobody could tell whether they were carried out.
func untried(ctx context.Context, host abi.Host, entries []abi.CSEntryChange) {
	for i := range entries {
		result := abi.CSEntryChangeResult{Identifier: entries[i].Identifier, Code: abi.ExportErrorConnectedDirectoryError,
			Name: abi.NotSent.String(), Detail: "not tried: an entry before it ended the run", Retryable: true}
		if host.ExportResult(ctx, result) != nil {
			return
		}
	}
}

// outcome says as which result an error counts, and whether the run goes on.
func outcome(err error) (result abi.CSEntryChangeResult, goOn bool) {
	if err == nil {
		return result, true
	}
	result.Code, goOn = exportCodes[abi.CodeOf(err)]
	if !goOn {
		result.Code = abi.ExportErrorConnectedDirectoryError
	}
	result.Detail = err.Error()
	if e := abi.AsError(err); e != nil {
		result.Name, result.Retryable, result.RetryAfterMillis = e.Code.String(), e.Retryable, e.RetryAfter.Milliseconds()
		if e.Name == Partial && e.Code != abi.OutcomeUnknown {
			result.Name = Partial
		}
	}
	return result, goOn
}

func isPartial(err error) bool {
	e := abi.AsError(err)
	return e != nil && e.Name == Partial
}

// exportCodes are the errors that are about one entry.
var exportCodes = map[abi.Code]abi.ExportError{
	abi.ObjectNotFound:          abi.ExportErrorConnectedDirectoryMissingObject,
	abi.ObjectAlreadyExists:     abi.ExportErrorConnectedDirectoryExistingObject,
	abi.AccessDenied:            abi.ExportErrorPermissionIssue,
	abi.EntryExport:             abi.ExportErrorConnectedDirectoryError,
	abi.InvalidDN:               abi.ExportErrorInvalidDN,
	abi.MissingParentObject:     abi.ExportErrorNonExistingParent,
	abi.PasswordPolicyViolation: abi.ExportErrorPasswordPolicyViolation,
	abi.PasswordIllFormed:       abi.ExportErrorPasswordPolicyViolation,
	abi.Denied:                  abi.ExportErrorPermissionIssue,
	abi.LimitExceeded:           abi.ExportErrorConnectedDirectoryError,
}
