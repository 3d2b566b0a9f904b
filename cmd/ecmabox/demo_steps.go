package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// demoDenied is a path of the application that the connector is not granted.
const demoDenied = "/admin/backup"

// provisioning are the steps once the connector is loaded.
func (d *demo) provisioning() []demoStep {
	return []demoStep{
		{"validate", d.validate},
		{"import", d.importFull},
		{"create", d.create},
		{"password", d.setPassword},
		{"change", d.change},
		{"disable", d.disable},
		{"delete", d.remove},
		{"delta", d.importDelta},
		{"denied", d.denied},
		{"compare", d.compare},
		{"secrets", d.secrets},
	}
}

func (d *demo) validate(ctx context.Context) (demoEvent, error) {
	result, err := d.connector.ValidateConfigParameters(ctx, abi.ConfigParametersRunStep{
		Page: abi.PageConnectivity, PageNumber: 1, Parameters: d.parameters()})
	if err == nil && result.Code != abi.ValidationSuccess {
		err = errors.New(result.ErrorMessage)
	}
	return demoEvent{Text: "The connector logged in. The host put the token into its request; the connector holds a placeholder."}, err
}

func (d *demo) importFull(ctx context.Context) (event demoEvent, err error) {
	event.Users, d.watermark, err = d.read(ctx, abi.Full, "")
	for _, u := range event.Users {
		if u.Login == "grace" {
			d.grace = u.ID
		}
	}
	event.Text = fmt.Sprintf("Imported %d users through the sandbox.", len(event.Users))
	return event, err
}

// read runs an import and returns the users and the watermark.
func (d *demo) read(ctx context.Context, kind abi.OperationType, watermark string) (users []demoUser, after string, err error) {
	session, err := d.connector.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{
		Parameters: d.parameters(), ImportType: kind, CustomData: watermark, PageSize: 3})
	if err != nil {
		return nil, "", err
	}
	reason := abi.CloseUnknown
	defer func() {
		closed, closeErr := session.CloseImportConnection(context.WithoutCancel(ctx), abi.CloseImportConnectionRunStep{Reason: reason, CustomData: after})
		after, err = closed.CustomData, errors.Join(err, closeErr)
	}()
	after = session.CustomData()
	for more := true; more; {
		page, err := session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{CustomData: after})
		if err != nil {
			return users, after, err
		}
		for i := range page.Entries {
			users = append(users, userOf(&page.Entries[i]))
		}
		after, more = page.CustomData, page.MoreToImport
	}
	reason = abi.CloseNormal
	return users, after, nil
}

// userOf reads the attributes of an entry.
func userOf(e *abi.CSEntryChange) demoUser {
	u := demoUser{Change: e.Modification.String(), ID: e.AnchorText("id")}
	if e.Modification == abi.ObjectUnconfigured {
		u.Change = abi.ObjectAdd.String()
	}
	for _, a := range e.Attributes {
		for _, v := range a.Values {
			switch a.Name {
			case "login":
				u.Login = v.Text()
			case "name":
				u.Name = v.Text()
			case "mail":
				u.Mail = v.Text()
			case "enabled":
				u.Enabled = v.Bool()
			case "roles":
				u.Roles = append(u.Roles, v.Text())
			}
		}
	}
	return u
}

// put exports one change and returns the anchor that the application gave.
func (d *demo) put(ctx context.Context, e abi.CSEntryChange) (anchor string, err error) {
	session, err := d.connector.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: d.parameters(), BatchSize: 1})
	if err != nil {
		return "", err
	}
	e.Identifier, e.ObjectType = "demo-"+e.Modification.String(), "user"
	results, err := session.PutExportEntries(ctx, []abi.CSEntryChange{e})
	for _, r := range results.Results {
		if r.Code != abi.ExportSuccess {
			err = errors.Join(err, fmt.Errorf("%s: %s", r.Code, visible(r.Detail)))
		}
		if len(r.Anchor) == 1 {
			anchor = r.Anchor[0].Value.Text()
		}
	}
	reason := abi.CloseNormal
	if err != nil {
		reason = abi.CloseUnknown
	}
	return anchor, errors.Join(err, session.CloseExportConnection(context.WithoutCancel(ctx), abi.CloseExportConnectionRunStep{Reason: reason}))
}

func (d *demo) create(ctx context.Context) (demoEvent, error) {
	anchor, err := d.put(ctx, abi.CSEntryChange{Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{
		abi.Add("login", abi.StringValue("mary")), abi.Add("name", abi.StringValue("Mary Jackson")),
		abi.Add("enabled", abi.BooleanValue(true)), abi.AddAll("roles", abi.StringValue("reader")),
	}})
	if err == nil && anchor == "" {
		err = errors.New("the connector did not tell the anchor of the user it made")
	}
	d.mary = anchor
	return demoEvent{Text: "Created mary. The application gave her the id " + visible(anchor) + ", which is her anchor now."}, err
}

func (d *demo) setPassword(ctx context.Context) (demoEvent, error) {
	session, err := d.connector.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Parameters: d.parameters()})
	if err != nil {
		return demoEvent{}, err
	}
	err = session.SetPassword(ctx, abi.SetPasswordRunStep{
		Entry: abi.CSEntry{ObjectType: "user", Anchor: demoAnchor(d.mary)}, NewPassword: d.password})
	err = errors.Join(err, session.ClosePasswordConnection(context.WithoutCancel(ctx)))
	if err == nil && !d.app.CanLogIn("mary", d.password) {
		err = errors.New("the application does not let mary log in with it")
	}
	return demoEvent{Text: "Set her password, and the application lets her log in with it. The connector passed on a placeholder."}, err
}

func demoAnchor(id string) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}}
}

// update replaces one attribute of mary.
func (d *demo) update(ctx context.Context, change abi.AttributeChange) error {
	change.Modification = abi.AttributeReplace
	_, err := d.put(ctx, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: demoAnchor(d.mary), Attributes: []abi.AttributeChange{change}})
	return err
}

func (d *demo) change(ctx context.Context) (demoEvent, error) {
	err := d.update(ctx, abi.AddAll("roles", abi.StringValue("reader"), abi.StringValue("author")))
	return demoEvent{Text: "Changed her roles to reader and author."}, err
}

func (d *demo) disable(ctx context.Context) (demoEvent, error) {
	err := d.update(ctx, abi.Add("enabled", abi.BooleanValue(false)))
	if err == nil && d.app.CanLogIn("mary", d.password) {
		err = errors.New("the application lets mary log in all the same")
	}
	return demoEvent{Text: "Disabled her: the application no longer lets her log in."}, err
}

func (d *demo) remove(ctx context.Context) (demoEvent, error) {
	_, err := d.put(ctx, abi.CSEntryChange{Modification: abi.ObjectDelete, Anchor: demoAnchor(d.grace)})
	return demoEvent{Text: "Deleted grace."}, err
}

func (d *demo) importDelta(ctx context.Context) (event demoEvent, err error) {
	event.Users, _, err = d.read(ctx, abi.Delta, d.watermark)
	event.Text = fmt.Sprintf("A delta import shows what changed since: %d users.", len(event.Users))
	return event, err
}

// denied has the connector ask for what it was not granted.
func (d *demo) denied(ctx context.Context) (demoEvent, error) {
	before := d.served.Load()
	result, err := d.connector.ValidateConfigParameters(ctx, abi.ConfigParametersRunStep{
		Page: abi.PageConnectivity, PageNumber: 1, Parameters: d.parameters(abi.ConfigParameter{Name: "Try", Value: demoDenied})})
	if err != nil {
		return demoEvent{}, err
	}
	// The first of the two requests is a granted one.
	if d.served.Load()-before != 1 || result.ErrorParameter != "Try" {
		return demoEvent{}, errors.New("a path that is not granted was asked for, and not denied")
	}
	return demoEvent{Text: "The connector asked for " + demoDenied + ", which is not granted. The application heard nothing of it; the connector was told:",
		Detail: result.ErrorMessage, Denied: hostfuncs.RulePath}, nil
}

func (d *demo) secrets(context.Context) (demoEvent, error) {
	crossed, leaks := d.border.counts()
	if leaks > 0 {
		return demoEvent{}, fmt.Errorf("a secret stands in %d of %d messages between the sandbox and its host", leaks, crossed)
	}
	return demoEvent{Text: fmt.Sprintf("The token reached the application %d times. Neither it nor the password stands in one of the %d messages between the sandbox and its host.",
		d.served.Load(), crossed)}, nil
}

// compare imports again and holds the result against the application's own list.
func (d *demo) compare(ctx context.Context) (event demoEvent, err error) {
	if event.Users, _, err = d.read(ctx, abi.Full, ""); err != nil {
		return event, err
	}
	var want []string
	for _, u := range d.own() {
		want = append(want, demoUser{Change: abi.ObjectAdd.String(), ID: u.ID, Login: u.Login, Name: u.Name, Mail: u.Mail, Enabled: u.Enabled, Roles: u.Roles}.String())
	}
	var have []string
	for _, u := range event.Users {
		have = append(have, u.String())
	}
	slices.Sort(want)
	slices.Sort(have)
	equal := slices.Equal(have, want)
	event.Equal = &equal
	if !equal {
		return event, fmt.Errorf("the last import is not the application's own list; imported: %s; its own: %s", strings.Join(have, " | "), strings.Join(want, " | "))
	}
	event.Text = fmt.Sprintf("Imported again: %d users, and they equal the application's own list.", len(event.Users))
	return event, nil
}
