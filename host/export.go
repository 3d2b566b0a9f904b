package host

import (
	"context"
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Export sends changes, which ReadChanges has checked, and
// reports each outcome as soon as it is final, in any order but each once, also
// beside an error. An entry that failed is an outcome, not an error.
//
// A password goes in a second pass, after its object was created or changed:
// through the password role, else in an update of its own. Entries that a
// connector wants again, as an Add or when other objects are there, go once more,
// in a pass of their own. Two changes of one object are never in one batch.
func (c *Connector) Export(ctx context.Context, changes []Change, report func(Outcome) error) (*ExportSummary, error) {
	s, err := c.settle(ctx)
	if err != nil {
		return &ExportSummary{}, err
	}
	e := &exportRun{c: c, settled: s, report: report}
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
	session *contract.ExportSession
}

// item is one change on its way.
type item struct {
	Outcome
	// entry is what is sent: the change without its password.
	entry    abi.CSEntryChange
	password string
	// again says that the connector wants the entry once more.
	again    bool
	reported bool
}

func (e *exportRun) dry() bool { return e.c.options.DryRun != nil }

func (e *exportRun) run(ctx context.Context) error {
	entries := slices.DeleteFunc(slices.Clone(e.items), (*item).onlyPassword)
	if len(entries) == 0 {
		return e.passwords(ctx, nil)
	}
	if err := e.open(ctx); err != nil {
		return err
	}
	err := e.passes(ctx, entries)
	return errors.Join(err, e.close(ctx, err), e.passwords(ctx, err))
}

// passes sends everything, and then once more what the connector wants again.
func (e *exportRun) passes(ctx context.Context, entries []*item) error {
	if err := e.pass(ctx, entries); err != nil {
		return err
	}
	var again []*item
	for _, i := range e.items {
		if i.again {
			again = append(again, i)
		}
	}
	if err := e.pass(ctx, again); err != nil {
		return err
	}
	if e.settled.agreement.Capabilities.SupportPassword {
		return nil
	}
	return e.passwordUpdates(ctx)
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

// pass sends items batch by batch.
func (e *exportRun) pass(ctx context.Context, items []*item) error {
	for len(items) > 0 {
		if err := ctx.Err(); err != nil {
			return &abi.Error{Code: abi.Cancelled, Op: "PutExportEntries", Side: abi.SideCaller, Message: "the export was stopped", Err: err}
		}
		n := e.batch(items)
		if err := e.send(ctx, items[:n], false); err != nil {
			return err
		}
		for _, i := range items[:n] {
			if err := e.finish(i); err != nil {
				return err
			}
		}
		items = items[n:]
	}
	return nil
}

// batch returns how many of items go together: up to the batch size, no object
// twice. A dry run sends them one by one, so that the failure of one, which cannot
// be avoided, keeps no other from being shown.
func (e *exportRun) batch(items []*item) int {
	if e.dry() {
		return 1
	}
	seen := make(map[string]bool)
	for n, i := range items {
		key := i.object(e.settled.agreement)
		if n == e.settled.agreement.ExportBatchSize || seen[key] && key != "" {
			return n
		}
		seen[key] = true
	}
	return len(items)
}

// object names the object of an item; empty for one that has no name yet.
func (i *item) object(a *contract.Agreement) string {
	if anchor := i.anchor(a); len(anchor) > 0 {
		return "anchor " + anchor[0].Value.Text()
	}
	if i.entry.DN != "" {
		return "dn " + i.entry.DN
	}
	return ""
}

// send sends one batch and notes what became of it. The error is one that ends the
// run.
func (e *exportRun) send(ctx context.Context, items []*item, password bool) error {
	entries := make([]abi.CSEntryChange, len(items))
	for n, i := range items {
		entries[n] = i.entry
		if password {
			entries[n] = passwordUpdate(i, e.settled.agreement)
		}
	}
	answer, err := e.session.PutExportEntries(ctx, entries)
	results := make(map[string]abi.CSEntryChangeResult, len(answer.Results))
	for _, r := range answer.Results {
		results[r.Identifier] = r
	}
	unsent := err != nil && notEntered(err)
	for n, i := range items {
		result, known := results[entries[n].Identifier]
		state := stateOf(result, known, err, unsent)
		if state == Unknown && len(items) == 1 && abi.CodeOf(err) == abi.EntryExport {
			// The error is about the one entry there was.
			state, result = Failed, resultOf(entries[n].Identifier, err)
		}
		i.note(state, result, err, password)
	}
	return e.goOn(ctx, err)
}

// goOn turns an error into nil when the run goes on after it. In a dry run every
// error is of the dry run's own making, and a session that it ended is opened
// anew.
func (e *exportRun) goOn(ctx context.Context, err error) error {
	switch {
	case err == nil || abi.CodeOf(err) == abi.EntryExport:
		return nil
	case e.dry() && ctx.Err() == nil:
		// What the connector says at the close of a dry run tells nothing.
		_ = e.close(ctx, err)
		return e.open(ctx)
	}
	return err
}

// finish reports an item that nothing more will happen to.
func (e *exportRun) finish(i *item) error {
	if i.again || i.HasPassword && i.Password == NotSent && (i.State == Done || e.dry()) {
		return nil
	}
	return e.final(i)
}

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
