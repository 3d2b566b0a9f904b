package host

import (
	"context"
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// newItem takes the password out of a change, where it goes in a pass of its own.
func newItem(change Change, a *contract.Agreement) *item {
	i := &item{Outcome: Outcome{Change: change}, entry: change.Entry}
	at := slices.IndexFunc(change.Entry.Attributes, func(c abi.AttributeChange) bool { return c.Name == abi.ExportPassword })
	if at < 0 || change.Entry.Modification != abi.ObjectAdd && !a.Capabilities.SupportPassword {
		return i
	}
	if values := change.Entry.Attributes[at].Values; len(values) == 1 {
		i.HasPassword, i.password = true, values[0].Text()
	}
	i.entry.Attributes = slices.Delete(slices.Clone(change.Entry.Attributes), at, at+1)
	if change.Entry.Modification != abi.ObjectAdd && len(i.entry.Attributes) == 0 && change.Entry.NewDN == "" {
		i.State = Done
		i.entry.Modification = abi.ObjectNone
	}
	return i
}

// onlyPassword reports whether a change is about nothing but the password.
func (i *item) onlyPassword() bool { return i.entry.Modification == abi.ObjectNone }

// due are the items whose password is to be set. In a dry run nothing was done,
// and the passwords are shown all the same.
func (e *exportRun) due() []*item {
	var due []*item
	for _, i := range e.items {
		if i.HasPassword && !i.reported && (i.State == Done || e.dry()) {
			due = append(due, i)
		}
	}
	return due
}

// passwords sets what is due through the password role. runErr is how the passes
// before ended: after a failure only what was done is followed up, and after an
// interruption nothing.
func (e *exportRun) passwords(ctx context.Context, runErr error) error {
	due := e.due()
	if len(due) == 0 || ctx.Err() != nil || !e.settled.agreement.Capabilities.SupportPassword {
		return nil
	}
	session, err := e.openPasswords(ctx)
	if err != nil {
		return e.noPasswords(due, err, runErr)
	}
	for _, i := range due {
		err := session.SetPassword(ctx, abi.SetPasswordRunStep{Entry: i.csEntry(e.settled.agreement), NewPassword: i.password})
		i.Password = passwordState(err)
		i.PasswordError = asError("SetPassword", err)
		if err := e.final(i); err != nil {
			return errors.Join(err, session.ClosePasswordConnection(context.WithoutCancel(ctx)))
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
	return session.ClosePasswordConnection(context.WithoutCancel(ctx))
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
	switch {
	case err == nil:
		return Done
	case notEntered(err):
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

// passwordUpdates sends the passwords as updates, for connectors without the
// password role.
func (e *exportRun) passwordUpdates(ctx context.Context) error {
	due := e.due()
	for len(due) > 0 && ctx.Err() == nil {
		n := e.batch(due)
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

// passwordUpdate is the update that carries an item's password.
func passwordUpdate(i *item, a *contract.Agreement) abi.CSEntryChange {
	e := i.entry
	e.Identifier += "/password"
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
