package runtime

import (
	"cmp"
	"context"
	"errors"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// importSession is one import run on one instance.
type importSession struct {
	lease      *lease
	secrets    sensitive
	pageSize   int
	customData string
	// remembered is what of the budget of all memory is for its objects.
	remembered int64
}

var (
	_ abi.ImportSession     = (*importSession)(nil)
	_ contract.ObjectMemory = (*importSession)(nil)
	_ contract.CallTime     = (*importSession)(nil)
)

// OpenImportConnection implements abi.Connector.
func (c *rawConnector) OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (abi.ImportSession, error) {
	const op = "OpenImportConnection"
	if !c.report.HasRole(abi.RoleImport) {
		return nil, absentRole(op, abi.RoleImport)
	}
	l, err := c.acquire(ctx, abi.LaneImport, op)
	if err != nil {
		return nil, err
	}
	s := &importSession{lease: l, secrets: sensitiveAttributes(step.Schema), pageSize: step.PageSize}
	l.types = abi.NewTypeIndex(step.Schema)
	if step.Parameters, err = l.sealParameters(op, step.Parameters); err == nil {
		var reply abi.CustomDataMessage
		err = l.call(ctx, op, &step, &reply)
		s.customData = reply.CustomData
	}
	if err != nil {
		return nil, l.abandon(ctx, err, "CloseImportConnection", &abi.CloseImportConnectionRunStep{Reason: abi.CloseOpenConnectionFailure})
	}
	return s, nil
}

// CustomData implements abi.ImportSession.
func (s *importSession) CustomData() string { return s.customData }

// GetImportEntries implements abi.ImportSession. A page of more than MaxBytes is
// accepted if it has one entry alone, which a small MaxBytes could not hold.
func (s *importSession) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	const op = "GetImportEntries"
	step.MaxEntries = cmp.Or(step.MaxEntries, s.pageSize, abi.DefaultPageEntries)
	step.MaxBytes = cmp.Or(step.MaxBytes, abi.MaxPageBytes)
	wanted := make([]abi.CSEntryChange, len(step.FullObjectEntries))
	for i, e := range step.FullObjectEntries {
		var err error
		if wanted[i], err = s.lease.sealEntry(op, s.secrets, e); err != nil {
			return abi.GetImportEntriesResults{}, err
		}
	}
	step.FullObjectEntries = wanted
	var page abi.GetImportEntriesResults
	call := guestCall{op: op, request: &step, reply: &page, page: true, limit: s.lease.connector.runtime.config.CallTimeout}
	call.judge = func(length int) *abi.Error {
		if length <= step.MaxBytes || len(page.Entries) == 1 {
			return nil
		}
		return &abi.Error{Code: abi.LimitExceeded, Op: op, Side: abi.SideGuest, Limit: "MaxBytes", Used: int64(length), Allowed: int64(step.MaxBytes),
			Message: "the page is longer than was asked for: let the connector heed MaxBytes, or ask for more"}
	}
	if err := s.lease.do(ctx, call); err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	return page, nil
}

// RememberObjects implements contract.ObjectMemory: what the contract remembers of the
// objects comes out of the budget of all memory, until the instance is over.
func (s *importSession) RememberObjects(objects int, bytes int64) error {
	const op = "GetImportEntries"
	l := s.lease
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.ended(op); err != nil {
		return err
	}
	l.used.objects = int64(objects)
	if refusal := l.frames.take(bytes - s.remembered); refusal != nil {
		return l.orDrop(func() error { return l.retire(memoryLimit(op, refusal)) })
	}
	s.remembered = bytes
	return nil
}

// InTime implements contract.CallTime: a page that cannot be held to the contract while
// its call may last is too late. If that is over because somebody gave up on the call, it is
// as with one that a stop cut short: the instance is well and can be closed.
func (s *importSession) InTime() error {
	const op = "GetImportEntries"
	l := s.lease
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.ended(op); err != nil {
		return err
	}
	switch over, cut := l.stop.outOfTime(); {
	case !over:
		return nil
	case cut != nil:
		return stopped(op, cut, "while the page was checked")
	}
	e := l.time.limits(stopped(op, context.DeadlineExceeded, "the page came in time, and took too long to check: "+l.time.passed()))
	e.Side = l.slowSide()
	return l.orDrop(func() error { return l.retire(e) })
}

// CloseImportConnection implements abi.ImportSession. It heeds its own time
// limit and not the end of ctx. State is kept when a run that ended as it should
// was closed without an error.
func (s *importSession) CloseImportConnection(ctx context.Context, step abi.CloseImportConnectionRunStep) (abi.CloseImportConnectionResults, error) {
	var reply abi.CustomDataMessage
	if err := s.lease.finish(ctx, "CloseImportConnection", &step, &reply, step.Reason == abi.CloseNormal); err != nil {
		return abi.CloseImportConnectionResults{}, err
	}
	return abi.CloseImportConnectionResults(reply), nil
}

// finish is the Close… call of a session and the end of its lease. normal says
// that the run ended as it should: only then is state kept, which may tell that
// something was done.
func (l *lease) finish(ctx context.Context, op string, request, reply abi.Message, normal bool) error {
	err := l.callClose(ctx, op, request, reply)
	return errors.Join(err, withOp(l.release(ctx, normal && err == nil), op))
}

// abandon ends a lease whose Open… failed. A connector that said so itself, or
// was stopped and returned, is closed as ECMA wants, whatever comes of it.
func (l *lease) abandon(ctx context.Context, failure error, op string, request abi.Message) error {
	if abi.CodeOf(failure).FromGuest() || l.interrupted != nil {
		l.callClose(ctx, op, request, &abi.Empty{})
	}
	l.release(ctx, false)
	return failure
}
