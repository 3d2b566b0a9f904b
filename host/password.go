package host

import (
	"context"
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// newItem takes the password out of a change, where it goes in a pass of its own.
// An Update of nothing else is then about the password alone. A Replace is sent in
// any case: it says that the object has no other attributes.
func newItem(change Change, a *contract.Agreement) *item {
	i := &item{Outcome: Outcome{Change: change}, entry: change.Entry}
	at := slices.IndexFunc(change.Entry.Attributes, func(c abi.AttributeChange) bool { return c.Name == abi.ExportPassword })
	modification := change.Entry.Modification
	switch {
	case at < 0, modification == abi.ObjectDelete, modification != abi.ObjectAdd && !a.Capabilities.SupportPassword:
		return i
	}
	if values := change.Entry.Attributes[at].Values; len(values) == 1 {
		i.HasPassword, i.password = true, values[0].Text()
	}
	i.entry.Attributes = slices.Delete(slices.Clone(change.Entry.Attributes), at, at+1)
	if modification == abi.ObjectUpdate && len(i.entry.Attributes) == 0 && change.Entry.NewDN == "" {
		i.entry.Modification = abi.ObjectNone
	}
	return i
}

// onlyPassword reports whether a change is about nothing but the password.
func (i *item) onlyPassword() bool { return i.entry.Modification == abi.ObjectNone }

// due are those of items whose password is to be set.
func (e *exportRun) due(items []*item) []*item {
	var due []*item
	for _, i := range items {
		if e.isDue(i) {
			due = append(due, i)
		}
	}
	return due
}

// isDue reports whether the password of an item is to be set. In a dry run nothing
// was done, and the passwords are shown all the same.
func (e *exportRun) isDue(i *item) bool {
	return i.reached && !i.reported && i.HasPassword && i.Password == NotSent && (i.State == Done || e.dry())
}

// passwords sets what is due through the password role. runErr is how the run went
// before.
func (e *exportRun) passwords(ctx context.Context, due []*item, runErr error) error {
	if len(due) == 0 || e.passwordsOver {
		return nil
	}
	// Until all went well, nothing more is tried later.
	e.passwordsOver = true
	session, err := e.openPasswords(ctx)
	if err != nil {
		return e.noPasswords(due, err, runErr)
	}
	for _, i := range due {
		if ctx.Err() != nil {
			return errors.Join(interrupted(ctx, "SetPassword"), session.ClosePasswordConnection(context.WithoutCancel(ctx)))
		}
		err := e.setPassword(ctx, session, i)
		if reportErr := e.final(i); reportErr != nil {
			return errors.Join(reportErr, session.ClosePasswordConnection(context.WithoutCancel(ctx)))
		}
		if !endsPasswords(err) {
			continue
		}
		_ = session.ClosePasswordConnection(context.WithoutCancel(ctx))
		if !e.dry() || ctx.Err() != nil {
			return err
		}
		if session, err = e.openPasswords(ctx); err != nil {
			return err
		}
	}
	e.passwordsOver = false
	return session.ClosePasswordConnection(context.WithoutCancel(ctx))
}

// setPassword sets one password and notes what became of it.
func (e *exportRun) setPassword(ctx context.Context, session abi.PasswordSession, i *item) error {
	const op = "SetPassword"
	err := session.SetPassword(ctx, abi.SetPasswordRunStep{Entry: i.csEntry(e.settled.agreement), NewPassword: i.password})
	if err == nil && ctx.Err() != nil {
		// As in send: it may have stopped before it was done.
		err = interrupted(ctx, op)
	}
	i.Password = passwordState(err)
	i.PasswordError = asError(op, err)
	return err
}

func (e *exportRun) openPasswords(ctx context.Context) (abi.PasswordSession, error) {
	return e.c.connector.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Parameters: e.settled.parameters})
}

// noPasswords is when the password role cannot be opened: the same failure is not
// told twice.
func (e *exportRun) noPasswords(due []*item, err, runErr error) error {
	for _, i := range due {
		i.PasswordError = asError("OpenPasswordConnection", err)
	}
	if runErr != nil {
		return nil
	}
	return err
}

// endsPasswords reports whether an error is about more than one password.
func endsPasswords(err error) bool {
	switch abi.CodeOf(err) {
	case 0, abi.PasswordIllFormed, abi.PasswordPolicyViolation, abi.PasswordExtension, abi.ObjectNotFound, abi.ObjectTypeNotSupported,
		abi.NoSuchObject, abi.EntryExport, abi.OldPasswordIncorrect, abi.ContractViolation, abi.InvalidDN:
		return false
	}
	return true
}

// passwordState is what an error says of a password.
func passwordState(err error) State {
	e := abi.AsError(err)
	switch {
	case err == nil:
		return Done
	case e != nil && e.Name == abi.OutcomeUnknown.String():
		// As in stateOf: the host's word, handed on.
		return Unknown
	case e != nil && e.Name == abi.NotSent.String(), notEntered(err):
		return NotSent
	case endsPasswords(err) && abi.CodeOf(err) != abi.AccessDenied && abi.CodeOf(err) != abi.BadServerCredentials:
		return Unknown
	}
	return Failed
}

func asError(op string, err error) *abi.Error {
	if err == nil {
		return nil
	}
	if e := abi.AsError(err); e != nil {
		return e
	}
	return &abi.Error{Code: abi.HostFailure, Op: op, Side: abi.SideHost, Err: err}
}

// passwordError is what a result or an error of an update with a password says.
func passwordError(result abi.CSEntryChangeResult, err error) *abi.Error {
	if err != nil {
		return asError("PutExportEntries", err)
	}
	return &abi.Error{Code: abi.EntryExport, Op: "PutExportEntries", Side: abi.SideGuest, Message: result.Code.String(), Name: result.Name, Detail: result.Detail}
}

// passwordUpdates sends passwords as updates, for connectors without the password
// role.
func (e *exportRun) passwordUpdates(ctx context.Context, due []*item) error {
	for len(due) > 0 {
		if ctx.Err() != nil {
			return interrupted(ctx, "PutExportEntries")
		}
		n := e.batch(due, true)
		err := e.send(ctx, due[:n], true)
		for _, i := range due[:n] {
			err = errors.Join(err, e.final(i))
		}
		if err != nil {
			return err
		}
		due = due[n:]
	}
	return nil
}

// passwordSuffix makes the identifier of a password's update of the entry's.
const passwordSuffix = "/password"

// passwordUpdate is the update that carries an item's password.
func passwordUpdate(i *item, a *contract.Agreement) abi.CSEntryChange {
	e := i.entry
	e.Identifier += passwordSuffix
	e.Anchor = i.anchor(a)
	e.NewDN = ""
	value := []abi.Value{abi.StringValue(i.password)}
	if a.Capabilities.ExportType == abi.ExportObjectReplace {
		e.Modification = abi.ObjectReplace
		e.Attributes = append(slices.Clone(e.Attributes), abi.AttributeChange{Name: abi.ExportPassword, Modification: abi.AttributeAdd, Values: value})
		return e
	}
	e.Modification = abi.ObjectUpdate
	e.Attributes = []abi.AttributeChange{{Name: abi.ExportPassword, Modification: abi.AttributeReplace, Values: value}}
	return e
}

// csEntry is the object whose password is set.
func (i *item) csEntry(a *contract.Agreement) abi.CSEntry {
	dn := i.entry.DN
	if i.entry.NewDN != "" {
		dn = i.entry.NewDN
	}
	return abi.CSEntry{ObjectType: i.entry.ObjectType, DN: dn, Anchor: i.anchor(a)}
}

// anchor is the object's anchor: the one the target made, else the entry's own.
func (i *item) anchor(a *contract.Agreement) []abi.AnchorAttribute {
	if len(i.Result.Anchor) > 0 {
		return i.Result.Anchor
	}
	if len(i.entry.Anchor) > 0 {
		return i.entry.Anchor
	}
	if c := i.entry.Attribute(a.Anchor); c != nil && len(c.Values) == 1 {
		return []abi.AnchorAttribute{{Name: a.Anchor, Value: c.Values[0]}}
	}
	return nil
}
