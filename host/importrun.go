package host

import (
	"context"
	"errors"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// ImportRequest says which import to run. The zero value is a full import of
// everything.
type ImportRequest struct {
	// Delta asks for what changed since Watermark.
	Delta bool
	// Watermark is what an import before returned; nil makes a delta import a
	// full one.
	Watermark *Watermark
	// Limit ends the run after so many entries; 0: at its end. A run that was
	// ended early keeps no watermark.
	Limit int64
}

// ImportSummary is what became of an import.
type ImportSummary struct {
	// Type is what was run in the end.
	Type abi.OperationType
	// FullInstead says why a full import was run where a delta was asked for;
	// empty otherwise. Entries that are absent from it are gone.
	FullInstead string
	// Entries counts what was handed over.
	Entries int64
	// Stats and Findings are the contract's.
	Stats    contract.ImportStats
	Findings []contract.Finding
	// Watermark is where the next delta begins. It is nil unless the run read
	// everything and ended cleanly: then keep the old one.
	Watermark *Watermark
}

// Import runs an import and hands over each page. When each fails, or ctx ends,
// the run is closed as terminated by the user. The summary holds what is known
// also beside an error.
//
// A delta import for which the connector asks for a full one instead, before any
// entry came, becomes a full one, once.
func (c *Connector) Import(ctx context.Context, r ImportRequest, each func([]abi.CSEntryChange) error) (*ImportSummary, error) {
	s, err := c.settle(ctx)
	if err != nil {
		return &ImportSummary{}, err
	}
	run := &importRun{c: c, settled: s, request: r, each: each}
	run.mark = Watermark{Connector: c.config.Connector, ObjectType: s.agreement.ObjectType, Partition: s.agreement.Partition.Name}
	if !r.Delta {
		return run.do(ctx, abi.Full, "")
	}
	if r.Watermark == nil || r.Watermark.CustomData == "" {
		run.summary.FullInstead = "no watermark was kept"
		return run.do(ctx, abi.Full, "")
	}
	if err := r.Watermark.belongs(&run.mark); err != nil {
		return &run.summary, err
	}
	summary, err := run.do(ctx, abi.Delta, r.Watermark.CustomData)
	if abi.CodeOf(err) != abi.WarningNoWatermark || summary.Entries > 0 {
		return summary, err
	}
	run.summary = ImportSummary{FullInstead: "the connector asks for it: " + quoted(err.Error())}
	return run.do(ctx, abi.Full, "")
}

// importRun is one run.
type importRun struct {
	c       *Connector
	settled *settled
	request ImportRequest
	each    func([]abi.CSEntryChange) error
	mark    Watermark
	summary ImportSummary
}

// errLimit ends a run that has handed over as much as was asked for.
var errLimit = errors.New("the limit is reached")

func (r *importRun) do(ctx context.Context, operation abi.OperationType, customData string) (*ImportSummary, error) {
	r.summary.Type = operation
	opened, err := r.c.connector.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{
		Parameters: r.settled.parameters, ImportType: operation, CustomData: customData,
	})
	if err != nil {
		return &r.summary, err
	}
	session := opened.(*contract.ImportSession)
	runErr := r.pages(ctx, session)
	if runErr == nil {
		// A connector that was told to stop may return as if it had read all.
		runErr = ctx.Err()
	}
	reason := abi.CloseNormal
	switch {
	case runErr == nil:
	case ctx.Err() != nil, r.stoppedByCaller(runErr):
		reason = abi.CloseTerminatedByUser
	default:
		reason = abi.CloseUnknown
	}
	// The runtime bounds the close by itself: the end of ctx does not stop it.
	closed, closeErr := session.CloseImportConnection(context.WithoutCancel(ctx), abi.CloseImportConnectionRunStep{Reason: reason})
	r.summary.Stats, r.summary.Findings = session.Stats(), session.Findings()
	if errors.Is(runErr, errLimit) {
		runErr = nil
	}
	if err := errors.Join(runErr, closeErr); err != nil {
		return &r.summary, err
	}
	if reason == abi.CloseNormal && r.summary.Stats.EntryErrors == 0 && closed.CustomData != "" {
		mark := r.mark
		mark.CustomData, mark.Kept = closed.CustomData, time.Now().UTC().Truncate(time.Second)
		r.summary.Watermark = &mark
	}
	return &r.summary, nil
}

// callerError is an error of the caller's own function.
type callerError struct{ error }

func (e callerError) Unwrap() error { return e.error }

func (r *importRun) stoppedByCaller(err error) bool {
	var mine callerError
	return errors.Is(err, errLimit) || errors.As(err, &mine)
}

// pages reads to the end and hands over what comes.
func (r *importRun) pages(ctx context.Context, session *contract.ImportSession) error {
	for {
		page, err := session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if err != nil {
			return err
		}
		entries := page.Entries
		limited := r.request.Limit > 0 && r.summary.Entries+int64(len(entries)) >= r.request.Limit
		if limited {
			entries = entries[:r.request.Limit-r.summary.Entries]
		}
		if len(entries) > 0 {
			if err := r.each(entries); err != nil {
				return callerError{err}
			}
		}
		r.summary.Entries += int64(len(entries))
		switch {
		case limited && (page.MoreToImport || len(entries) < len(page.Entries)):
			return errLimit
		case !page.MoreToImport:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}
