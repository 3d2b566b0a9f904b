package host

import (
	"context"
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Export sends changes, which ReadChanges has checked, and
// reports each outcome as soon as it is final, in any order but each once, also
// beside an error. An entry that failed is an outcome, not an error.
//
// A password goes in a second pass, after its object was created or changed:
// through the password role, else in an update of its own. Entries that a
// connector wants again, as an Add or when other objects are there, go once more,
// in a pass of their own. Changes of one object keep their order: two of them are
// never in one batch, and a change is finished, its password and its second try
// included, before a later one of its object is sent.
func (c *Connector) Export(ctx context.Context, changes []Change, report func(Outcome) error) (*ExportSummary, error) {
	s, err := c.settle(ctx)
	if err != nil {
		return &ExportSummary{}, err
	}
	e := &exportRun{c: c, settled: s, report: report, waiting: make(map[string][]*item)}
	for _, change := range changes {
		e.items = append(e.items, newItem(change, s.agreement))
	}
	err = e.run(ctx)
	for _, item := range e.items {
		if !item.reported {
			err = errors.Join(err, e.final(item))
		}
	}
	return &e.summary, err
}

// exportRun is one run.
type exportRun struct {
	c       *Connector
	settled *settled
	report  func(Outcome) error
	items   []*item
	summary ExportSummary
	// session is opened when the first batch is sent.
	session *contract.ExportSession
	// stopped says that the connector ended the run with an entry, and
	// passwordsOver that no more passwords can be set.
	stopped, passwordsOver bool
	// waiting are the items that more is to happen to, by the names of their
	// objects.
	waiting map[string][]*item
	// size measures entries.
	size wire.Writer
}

// item is one change on its way.
type item struct {
	Outcome
	// entry is what is sent: the change without its password.
	entry    abi.CSEntryChange
	password string
	// reached says that its turn came, and again that the connector wants the
	// entry once more.
	reached, again bool
	reported       bool
}

func (e *exportRun) dry() bool { return e.c.options.DryRun != nil }

func (e *exportRun) run(ctx context.Context) error {
	err := e.inOrder(ctx)
	err = errors.Join(err, e.close(ctx, err))
	if err == nil || ctx.Err() != nil || !e.settled.agreement.Capabilities.SupportPassword {
		return err
	}
	// After a failure what was done is followed up all the same.
	return errors.Join(err, e.passwords(ctx, e.due(e.items), err))
}

// inOrder sends everything, and before a change whatever an earlier one of its
// object still waits for.
func (e *exportRun) inOrder(ctx context.Context) error {
	for rest := e.items; len(rest) > 0; {
		n := e.batch(rest, false)
		batch := rest[:n]
		send := slices.DeleteFunc(slices.Clone(batch), (*item).onlyPassword)
		if err := e.finishItems(ctx, e.earlier(send)); err != nil {
			return err
		}
		for _, i := range batch {
			i.reach()
		}
		if err := e.pass(ctx, send); err != nil {
			return err
		}
		e.wait(batch)
		rest = rest[n:]
	}
	return e.finishItems(ctx, e.items)
}

// reach notes that the turn of an item has come.
func (i *item) reach() {
	i.reached = true
	if i.onlyPassword() {
		i.State = Done
	}
}

// finishItems sends once more what the connector wants again, and sets passwords.
func (e *exportRun) finishItems(ctx context.Context, items []*item) error {
	var again []*item
	for _, i := range items {
		if i.again {
			again = append(again, i)
		}
	}
	for len(again) > 0 {
		n := e.batch(again, false)
		if err := e.pass(ctx, again[:n]); err != nil {
			return err
		}
		again = again[n:]
	}
	due := e.due(items)
	if len(due) == 0 {
		return nil
	}
	if !e.settled.agreement.Capabilities.SupportPassword {
		return e.passwordUpdates(ctx, due)
	}
	// A connector need not serve two sessions at once.
	if err := e.close(ctx, nil); err != nil {
		return err
	}
	return e.passwords(ctx, due, nil)
}

func (e *exportRun) open(ctx context.Context) error {
	opened, err := e.c.connector.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: e.settled.parameters})
	if err == nil {
		e.session = opened.(*contract.ExportSession)
	}
	return err
}

// close closes the session, telling the connector how the run went.
func (e *exportRun) close(ctx context.Context, runErr error) error {
	if e.session == nil {
		return nil
	}
	reason := abi.CloseNormal
	switch {
	case ctx.Err() != nil:
		reason = abi.CloseTerminatedByUser
	case runErr != nil:
		reason = abi.CloseUnknown
	}
	err := e.session.CloseExportConnection(context.WithoutCancel(ctx), abi.CloseExportConnectionRunStep{Reason: reason})
	e.summary.Findings = merge(e.summary.Findings, e.session.Findings())
	e.session = nil
	return err
}

// pass sends one batch of items and reports those that nothing more will happen to.
func (e *exportRun) pass(ctx context.Context, items []*item) error {
	if len(items) == 0 {
		return nil
	}
	if ctx.Err() != nil {
		return interrupted(ctx, "PutExportEntries")
	}
	if err := e.send(ctx, items, false); err != nil {
		return err
	}
	for _, i := range items {
		if e.unfinished(i) {
			continue
		}
		if err := e.final(i); err != nil {
			return err
		}
	}
	return nil
}

// interrupted is the end of a run whose context ended.
func interrupted(ctx context.Context, op string) error {
	return &abi.Error{Code: abi.Cancelled, Op: op, Side: abi.SideCaller, Message: "the export was stopped", Err: ctx.Err()}
}

// send sends one batch and notes what became of it. The error is one that ends the
// run.
func (e *exportRun) send(ctx context.Context, items []*item, password bool) error {
	if e.stopped {
		return &abi.Error{Code: abi.Closed, Op: "PutExportEntries", Side: abi.SideGuest, Message: "the connector ended the run with an entry"}
	}
	if e.session == nil {
		if err := e.open(ctx); err != nil {
			return err
		}
	}
	entries := make([]abi.CSEntryChange, len(items))
	for n, i := range items {
		entries[n] = e.outgoing(i, password)
	}
	answer, err := e.session.PutExportEntries(ctx, entries)
	results := make(map[string]abi.CSEntryChangeResult, len(answer.Results))
	for _, r := range answer.Results {
		results[r.Identifier] = r
		e.stopped = e.stopped || r.Code == abi.ExportErrorCustomStopRun
	}
	if err == nil && ctx.Err() != nil && len(results) < len(entries) {
		// A connector that was told to stop may return as if it had done all.
		err = interrupted(ctx, "PutExportEntries")
	}
	unsent := err != nil && notEntered(err)
	var failure abi.CSEntryChangeResult // one for all: a batch is large
	if err != nil {
		failure = resultOf("", err)
	}
	for n, i := range items {
		result, known := results[entries[n].Identifier]
		state := stateOf(result, known, err, unsent)
		alone := state == Unknown && len(items) == 1 && abi.CodeOf(err) == abi.EntryExport
		if alone {
			state = Failed // the error is about the one entry there was
		}
		if alone || state == Unknown && result.Detail == "" && err != nil {
			result = failure
			result.Identifier = entries[n].Identifier
		}
		i.note(state, result, err, password)
	}
	return e.goOn(ctx, err)
}

// outgoing is what is sent of an item.
func (e *exportRun) outgoing(i *item, password bool) abi.CSEntryChange {
	if password {
		return passwordUpdate(i, e.settled.agreement)
	}
	return i.entry
}

// goOn turns an error into nil when the run goes on after it. In a dry run every
// error is of the dry run's own making; the next batch opens a session anew.
func (e *exportRun) goOn(ctx context.Context, err error) error {
	switch {
	case e.dry() && e.stopped, e.dry() && err != nil && ctx.Err() == nil && abi.CodeOf(err) != abi.EntryExport:
		e.stopped = false
		// What the connector says at the close of a dry run tells nothing.
		_ = e.close(ctx, err)
		return nil
	case err == nil || abi.CodeOf(err) == abi.EntryExport:
		return nil
	}
	return err
}

// unfinished reports whether more is to happen to an item: the connector wants it
// again, or its password is due.
func (e *exportRun) unfinished(i *item) bool { return !i.reported && (i.again || e.isDue(i)) }

// final reports an item, once, and counts it.
func (e *exportRun) final(i *item) error {
	i.reported = true
	if i.onlyPassword() {
		i.State = i.Password
		if i.PasswordError != nil {
			i.Result = resultOf(i.entry.Identifier, i.PasswordError)
		}
	}
	switch i.State {
	case Done:
		e.summary.Done++
	case Failed:
		e.summary.Failed++
	case Unknown:
		e.summary.Unknown++
	case NotSent:
		e.summary.NotSent++
	}
	if i.HasPassword && i.Password != Done {
		e.summary.PasswordsNotSet++
	}
	return e.report(i.Outcome)
}
