package contract

import (
	"context"
	"errors"

	"github.com/ecmabox/ecmabox/abi"
)

// ExportSession is an export under contract: what Connector.OpenExportConnection
// returns. Not safe for concurrent use.
type ExportSession struct {
	connector *Connector
	inner     abi.ExportSession
	run       *ExportRun
	turn      turn
	batchSize int
	// failed says that a call ended in an error that ends the run.
	failed, closed bool
}

var _ abi.ExportSession = (*ExportSession)(nil)

// OpenExportConnection starts an export and returns an *ExportSession. Schema and
// Partition may be left zero: the agreement's are filled in. BatchSize 0 means
// the promise's; the connector's maximum holds in any case.
func (c *Connector) OpenExportConnection(ctx context.Context, step abi.OpenExportConnectionRunStep) (abi.ExportSession, error) {
	const op = "OpenExportConnection"
	a, err := c.settle(ctx, opening{op, abi.RoleExport, step.Parameters, step.Schema, step.Partition})
	if err != nil {
		return nil, err
	}
	if step.BatchSize < 0 {
		return nil, violation(op, ruleRequestLimits, place{}, "batch size %d", step.BatchSize)
	}
	if err := c.begin(ctx, op, abi.RoleExport); err != nil {
		return nil, err
	}
	step.Schema, step.Partition = a.ExportSchema, a.Partition
	step.BatchSize = sessionSize(step.BatchSize, a.ExportBatchSize, a.Capabilities.ExportMaxPageSize)
	inner, err := openUnder(c, abi.RoleExport, func() (abi.ExportSession, error) { return c.inner.OpenExportConnection(ctx, step) })
	if err != nil {
		return nil, c.typed(op, err)
	}
	return &ExportSession{connector: c, inner: inner, run: NewExportRun(a), batchSize: step.BatchSize}, nil
}

// Stats returns the counts so far.
func (s *ExportSession) Stats() ExportStats { return s.run.Stats() }

// Findings returns what was set right or worth knowing so far.
func (s *ExportSession) Findings() []Finding { return s.run.Findings() }

// PutExportEntries sends a batch and checks the results. A batch with a mistake
// is refused before the connector sees any of it, and so is an attempt to go on
// after the run ended. Once the connector was called, the results are those that
// are known, also beside an error; without one, an entry without a result
// succeeded.
func (s *ExportSession) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
	const op = "PutExportEntries"
	if err := s.turn.take(op); err != nil {
		return abi.PutExportEntriesResults{}, err
	}
	defer s.turn.give()
	switch {
	case s.closed:
		return abi.PutExportEntriesResults{}, closedError(op)
	case s.failed || s.run.stopped:
		return abi.PutExportEntriesResults{}, violation(op, ruleSessionEnded, place{}, "the run is over; close it")
	}
	if err := s.run.Entries(s.batchSize, entries); err != nil || len(entries) == 0 {
		return abi.PutExportEntriesResults{}, err
	}
	answer, err := s.inner.PutExportEntries(ctx, entries)
	err = s.run.notes.typed(op, err)
	results, broken := s.run.Results(entries, answer, err == nil)
	s.failed = broken != nil || err != nil && abi.CodeOf(err) != abi.EntryExport
	if broken == nil {
		return results, err
	}
	return results, errors.Join(err, broken)
}

// CloseExportConnection ends the run. The connector is told Normal only if no
// call failed.
func (s *ExportSession) CloseExportConnection(ctx context.Context, step abi.CloseExportConnectionRunStep) error {
	const op = "CloseExportConnection"
	if err := s.turn.take(op); err != nil {
		return err
	}
	defer s.turn.give()
	if s.closed {
		return closedError(op)
	}
	s.closed = true
	defer s.connector.end(abi.RoleExport)
	step.Reason = endReason(&s.run.notes, step.Reason, s.failed, false)
	return s.run.notes.typed(op, s.inner.CloseExportConnection(ctx, step))
}
