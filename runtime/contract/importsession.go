package contract

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// An import that sends empty pages with more to import is ended when both limits
// are passed: so many of them in a row, for so long.
const (
	// MaxEmptyPages is how many pages without an entry, or with nothing but entries
	// that came before, may follow one another.
	MaxEmptyPages = 600
	// NoProgressTime is how long empty pages may follow one another.
	NoProgressTime = 5 * time.Minute
	// EmptyPageWait is how far apart calls are kept after an empty page: the call
	// that follows one waits for the rest of it, unless its context ends. A
	// connector that waits itself is not kept waiting.
	EmptyPageWait = 100 * time.Millisecond
)

// ImportSession is an import under contract: what Connector.OpenImportConnection
// returns. Not safe for concurrent use.
//
// After an error, and after the last page, it only closes.
type ImportSession struct {
	connector *Connector
	inner     abi.ImportSession
	run       *ImportRun
	turn      turn
	// stored is the watermark the run began with, chain the one answered last.
	stored, chain string
	pageSize      int
	// more says that pages are left; failed that the run ended in an error.
	more, failed, closed bool
	// emptyPages came in a row, the first at emptySince, the last at emptyLast.
	emptyPages            int
	emptySince, emptyLast time.Time
}

var _ abi.ImportSession = (*ImportSession)(nil)

// ObjectMemory is an abi.ImportSession that pays for what is remembered of its import:
// of each object of a full import, so that none comes twice.
type ObjectMemory interface {
	// RememberObjects is told how many objects are remembered, and asked for the memory
	// that they may take, in bytes, before it becomes more. Its error ends the import and
	// is returned as it is.
	RememberObjects(objects int, bytes int64) error
}

// CallTime is an abi.ImportSession whose calls have a time limit, within which a page is
// held to the contract, too.
type CallTime interface {
	// InTime returns an error once the time of the last call is over. It ends the import
	// and is returned as it is.
	InTime() error
}

// OpenImportConnection starts an import and returns an *ImportSession. Schema and
// Partition may be left zero: the agreement's are filled in. PageSize 0 means the
// promise's; the connector's maximum holds in any case.
func (c *Connector) OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (abi.ImportSession, error) {
	const op = "OpenImportConnection"
	a, err := c.settle(ctx, opening{op, abi.RoleImport, step.Parameters, step.Schema, step.Partition})
	if err != nil {
		return nil, err
	}
	if err := checkOpenImport(a, step); err != nil {
		return nil, err
	}
	if err := c.begin(ctx, op, abi.RoleImport); err != nil {
		return nil, err
	}
	step.Schema, step.Partition = a.ImportSchema, a.Partition
	step.PageSize = sessionSize(step.PageSize, a.ImportPageSize, a.Capabilities.ImportMaxPageSize)
	inner, err := openUnder(c, abi.RoleImport, func() (abi.ImportSession, error) { return c.inner.OpenImportConnection(ctx, step) })
	if err != nil {
		return nil, c.typed(op, err)
	}
	s := &ImportSession{
		connector: c, inner: inner, run: NewImportRun(a, step.ImportType), more: true,
		stored: step.CustomData, chain: inner.CustomData(), pageSize: step.PageSize,
	}
	if memory, pays := inner.(ObjectMemory); pays && s.run.seen != nil {
		s.run.seen.remember = memory.RememberObjects
	}
	if timed, is := inner.(CallTime); is {
		s.run.inTime = timed.InTime
	}
	if err := checkWatermark(op, s.chain); err != nil {
		s.failed = true
		_, closeErr := s.close(ctx, abi.CloseImportConnectionRunStep{Reason: abi.CloseOpenConnectionFailure})
		return nil, errors.Join(err, closeErr)
	}
	return s, nil
}

func checkOpenImport(a *Agreement, step abi.OpenImportConnectionRunStep) error {
	const op = "OpenImportConnection"
	c := a.Capabilities
	switch {
	case step.ImportType > abi.Delta:
		return violation(op, ruleImportType, place{}, "there is no import type %s", step.ImportType)
	case step.PageSize < 0:
		return violation(op, ruleRequestLimits, place{}, "page size %d", step.PageSize)
	case step.ImportType == abi.Delta && !c.DeltaImport:
		return violation(op, ruleRoleNotOffered, place{}, "the capabilities have DeltaImport off")
	case step.ImportType == abi.FullObject && !c.SupportFullObject:
		return violation(op, ruleRoleNotOffered, place{}, "the capabilities have SupportFullObject off")
	case step.ImportType == abi.Delta && step.CustomData == "":
		return violation(op, ruleWatermarkNone, place{}, "a delta import needs the watermark of an import before it; run a full import")
	}
	return blame(checkWatermark(op, step.CustomData), abi.SideCaller)
}

// sessionSize returns the entries per page of a session: those asked for when it
// is opened, else the agreement's, never above the connector's maximum.
func sessionSize(asked, agreed, greatest int) int {
	if asked == 0 {
		return agreed
	}
	return pageSize(asked, 0, greatest)
}

// CustomData is the watermark that OpenImportConnection answered.
func (s *ImportSession) CustomData() string { return s.chain }

// Stats returns the counts so far; after the close they are final.
func (s *ImportSession) Stats() ImportStats { return s.run.Stats() }

// Findings returns what was dropped, set right or worth knowing so far.
func (s *ImportSession) Findings() []Finding { return s.run.Findings() }

// GetImportEntries returns the next page, checked. CustomData may be left empty:
// it is what the call before answered. MaxEntries is lowered to the session's
// page size, MaxBytes to abi.MaxPageBytes.
func (s *ImportSession) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	if err := s.turn.take("GetImportEntries"); err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	defer s.turn.give()
	if err := s.request(&step); err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	page, err := s.page(ctx, step)
	if err != nil {
		s.failed = true
		s.run.forget()
		return abi.GetImportEntriesResults{}, err
	}
	// A copy: the watermark is a part of the page, and would keep all of it.
	s.chain, s.more = strings.Clone(page.CustomData), page.MoreToImport
	return page, nil
}

func (s *ImportSession) page(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	if err := s.pace(ctx); err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	page, err := s.inner.GetImportEntries(ctx, step)
	if err != nil {
		return page, s.run.notes.typed("GetImportEntries", err)
	}
	sent, before := int64(len(page.Entries)), s.run.stats.Duplicates
	if page, err = s.run.Page(step.MaxEntries, page); err != nil {
		return page, err
	}
	// What came before is no progress: a connector may send one page for ever.
	nothingNew := sent == s.run.stats.Duplicates-before
	return page, s.progress(nothingNew && page.MoreToImport)
}

// request checks a call and fills in what it leaves open.
func (s *ImportSession) request(step *abi.GetImportEntriesRunStep) error {
	const op = "GetImportEntries"
	fullObject := s.run.importType == abi.FullObject
	switch {
	case s.closed:
		return closedError(op)
	case s.failed || !s.more:
		return violation(op, ruleSessionEnded, place{}, "the run is over; close it")
	case step.MaxEntries < 0 || step.MaxBytes < 0:
		return violation(op, ruleRequestLimits, place{}, "%d entries and %d bytes", step.MaxEntries, step.MaxBytes)
	case len(step.FullObjectEntries) > 0 && !fullObject:
		return violation(op, ruleFullObjectEntries, place{}, "objects are named in a %s import", s.run.importType)
	case len(step.FullObjectEntries) == 0 && fullObject && s.run.stats.Pages == 0:
		return violation(op, ruleFullObjectEntries, place{}, "a FullObject import names no object")
	}
	if err := s.chainOn(op, &step.CustomData); err != nil {
		return err
	}
	step.MaxEntries = lowered(step.MaxEntries, s.pageSize)
	step.MaxBytes = lowered(step.MaxBytes, abi.MaxPageBytes)
	return nil
}

func lowered(n, greatest int) int {
	if n == 0 {
		return greatest
	}
	return min(n, greatest)
}

// chainOn holds the caller to the chain of watermarks.
func (s *ImportSession) chainOn(op string, customData *string) error {
	if *customData == "" {
		*customData = s.chain
	}
	if *customData != s.chain {
		return violation(op, ruleWatermarkChain, place{}, "the watermark handed in is not the one answered last; leave it empty or hand on that one")
	}
	return nil
}

// pace keeps the call after an empty page at a distance from it.
func (s *ImportSession) pace(ctx context.Context) error {
	if s.emptyPages == 0 {
		return nil
	}
	rest := time.Until(s.emptyLast.Add(EmptyPageWait))
	if rest <= 0 {
		return nil
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return s.run.notes.typed("GetImportEntries", ctx.Err())
	}
}

// progress counts pages without anything new and ends a run of nothing else.
func (s *ImportSession) progress(empty bool) error {
	if !empty {
		s.emptyPages = 0
		return nil
	}
	s.emptyLast = time.Now()
	if s.emptyPages == 0 {
		s.emptySince = s.emptyLast
	}
	s.emptyPages++
	if since := s.emptyLast.Sub(s.emptySince); s.emptyPages > MaxEmptyPages && since > NoProgressTime {
		return violation("GetImportEntries", ruleNoProgress, place{}, "%d pages without anything new came in a row, over %s; at most %d and %s are allowed",
			s.emptyPages, since.Round(time.Second), MaxEmptyPages, NoProgressTime)
	}
	return nil
}

// CloseImportConnection ends the run. The connector is told Normal only if the
// run was read to its end without a failure. The watermark returned is the new
// one only then, if besides no object failed and the close itself went well; else
// it is the one the run began with, also beside an error.
func (s *ImportSession) CloseImportConnection(ctx context.Context, step abi.CloseImportConnectionRunStep) (abi.CloseImportConnectionResults, error) {
	const op = "CloseImportConnection"
	if err := s.turn.take(op); err != nil {
		return abi.CloseImportConnectionResults{CustomData: s.stored}, err
	}
	defer s.turn.give()
	if s.closed {
		return abi.CloseImportConnectionResults{CustomData: s.stored}, closedError(op)
	}
	broken := s.chainOn(op, &step.CustomData)
	if broken != nil {
		// Closed all the same: a session that stays open helps nobody.
		s.failed, step.CustomData = true, s.chain
	}
	results, err := s.close(ctx, step)
	if broken != nil {
		err = errors.Join(broken, err)
	}
	return results, err
}

func (s *ImportSession) close(ctx context.Context, step abi.CloseImportConnectionRunStep) (abi.CloseImportConnectionResults, error) {
	const op = "CloseImportConnection"
	s.closed = true
	s.run.forget()
	defer s.connector.end(abi.RoleImport)
	step.Reason = endReason(&s.run.notes, step.Reason, s.failed, s.more)
	results, err := s.inner.CloseImportConnection(ctx, step)
	if err != nil {
		err = s.run.notes.typed(op, err)
	} else {
		err = checkWatermark(op, results.CustomData)
	}
	ended := err == nil && step.Reason == abi.CloseNormal
	stats := &s.run.stats
	stats.Complete = ended && s.run.importType == abi.Full && stats.Unidentified == 0
	if why := s.spoilt(ended); why != "" {
		if results.CustomData != s.stored {
			s.run.notes.add(ruleWatermarkNotKept, "%s", why)
		}
		results.CustomData = s.stored
	}
	return results, err
}

// spoilt says why the old watermark stays, or nothing.
func (s *ImportSession) spoilt(ended bool) string {
	switch {
	case !ended:
		return "the run did not end well; the old watermark stays"
	case s.run.stats.EntryErrors > 0:
		return "objects could not be read; the old watermark stays, so that they come again"
	case s.run.importType == abi.FullObject:
		return "an import of named objects moves no watermark"
	}
	return ""
}

// endReason returns the reason a connector is told: a run that failed or was cut
// short did not end normally, whatever the caller says.
func endReason(n *notes, reason abi.CloseReason, failed, more bool) abi.CloseReason {
	switch {
	case reason != abi.CloseNormal:
		return reason
	case failed:
		n.add(ruleCloseReason, "a run that failed is closed as Normal; the connector is told Unknown")
		return abi.CloseUnknown
	case more:
		n.add(ruleCloseReason, "a run with pages left is closed as Normal; the connector is told TerminatedByUser")
		return abi.CloseTerminatedByUser
	}
	return reason
}
