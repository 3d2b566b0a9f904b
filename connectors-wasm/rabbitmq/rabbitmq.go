// Package rabbitmq is a connector for a RabbitMQ broker's users: names, the anchors, tags and
// passwords. It sees no password and no hash, only placeholders; see rabbitmq.yaml.
package rabbitmq

import (
	"context"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// Connector is the connector; one serves one run.
type Connector struct {
	guest.Stateless
	host abi.Host
	list *wire.Reader // what is left of the list of users in an import
}

// New returns a connector that reaches its broker through host.
func New(host abi.Host) *Connector { return &Connector{host: host} }

// GetCapabilities says Secure: a host sends passwords over TLS or granted networks only.
func (c *Connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{ConcurrentOperation: true, SupportImport: true, SupportExport: true, SupportPassword: true,
		ExportType: abi.ExportAttributeUpdate, ConnectionSecurityLevel: abi.Secure}, nil
}

// GetConfigParameters asks for what the grant logs in with.
func (c *Connector) GetConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) (asked []abi.ConfigParameterDefinition, _ error) {
	if step.Page == abi.PageConnectivity {
		asked = append(asked, abi.ConfigParameterDefinition{Name: "Password", Type: abi.ParameterEncryptedString, Text: "of an administrator"})
	}
	return asked, nil
}

// ValidateConfigParameters logs in. Only what another account would cure fails it; the rest are errors.
func (c *Connector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (result abi.ParameterValidationResult, _ error) {
	if step.Page != abi.PageConnectivity {
		return result, nil
	}
	me, err := c.read(ctx, "/api/whoami")
	if err == nil && !slices.Contains(me.tags, abi.StringValue("administrator")) {
		err = abi.NewError(abi.AccessDenied, me.name+" lacks the tag administrator")
	}
	switch abi.CodeOf(err) {
	case abi.BadServerCredentials:
		result.ErrorParameter = "Password"
		fallthrough
	case abi.AccessDenied:
		result.Code, result.ErrorMessage, err = abi.ValidationFailure, err.Error(), nil
	}
	return result, err
}

// GetSchema returns the one object type.
func (c *Connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Locked: true, Attributes: []abi.SchemaAttribute{
		{Name: "name", Type: abi.String, Anchor: true}, {Name: "tags", Type: abi.String, MultiValued: true}}}}}, nil
}

// GetImportEntries takes page after page from one list, which shows one moment. If
// it breaks off, the run fails: nobody may take it for a broker with fewer users.
func (c *Connector) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	if c.list == nil {
		// Without the columns every user's password hash would be in the answer.
		answer, err := c.ask(ctx, "GET", "/api/users", "", abi.Field{Name: "columns", Value: "name,tags"})
		if err != nil {
			return page, err
		}
		c.list = wire.NewReader(answer.Body)
		c.list.Array()
	}
	for len(page.Entries) < max(step.MaxEntries, 1) {
		if !c.list.NextItem() {
			return page, unexpected("/api/users", c.list.End())
		}
		u := readUser(c.list)
		anchor, tags := abi.AnchorAttribute{Name: "name", Value: abi.StringValue(u.name)}, abi.AddAll("tags", u.tags...)
		page.Entries = append(page.Entries, abi.CSEntryChange{Anchor: []abi.AnchorAttribute{anchor}, Attributes: []abi.AttributeChange{tags}})
	}
	page.MoreToImport = true
	return page, nil
}

// PutExportEntries carries out the entries one by one.
func (c *Connector) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	return guest.ExportEach(ctx, c.host, entries, c.put)
}

// put looks before it writes: a PUT creates and overwrites alike.
func (c *Connector) put(ctx context.Context, e *abi.CSEntryChange) ([]abi.AnchorAttribute, error) {
	path := "/api/users/" + guest.PathSegment(e.AnchorText("name"))
	if e.Modification == abi.ObjectDelete {
		_, err := c.ask(ctx, "DELETE", path, "")
		return nil, err
	}
	u, err := c.read(ctx, path)
	switch {
	case e.Modification == abi.ObjectAdd && err == nil:
		return nil, abi.NewError(abi.ObjectAlreadyExists, "there is such a user")
	case e.Modification == abi.ObjectAdd && abi.CodeOf(err) == abi.ObjectNotFound:
		u.login = "password_hash" // The empty one: nobody can log in until SetPassword.
	case err != nil:
		return nil, err
	}
	if password := e.Attribute(abi.ExportPassword); password != nil && len(password.Values) == 1 {
		u.login, u.secret, u.algorithm = "password", password.Values[0].Text(), ""
	}
	u.tags = guest.Apply(u.tags, e.Attribute("tags"))
	return nil, c.write(ctx, path, u)
}

// SetPassword writes the user back with another password; none expires or locks.
func (c *Connector) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	password := []abi.AttributeChange{abi.Add(abi.ExportPassword, abi.StringValue(step.NewPassword))}
	_, err := c.put(ctx, &abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: step.Entry.Anchor, Attributes: password})
	return err
}

// user is a user as the API has him. login is the key of his secret.
type user struct {
	name, login, secret, algorithm string
	tags                           []abi.Value
}

// readUser reads a user, or leaves the mistake in r.
func readUser(r *wire.Reader) (u user) {
	for r.Object(); r.NextKey(); {
		switch r.Key() {
		case "name":
			u.name = r.String()
		case "password_hash":
			u.login, u.secret = "password_hash", r.String()
		case "hashing_algorithm":
			u.algorithm = r.String()
		case "tags":
			for r.Array(); r.NextItem(); {
				u.tags = append(u.tags, abi.StringValue(r.String()))
			}
		default:
			r.Skip()
		}
	}
	if u.name == "" {
		r.Fail("a user without a name")
	}
	return u
}

func (c *Connector) read(ctx context.Context, path string) (u user, _ error) {
	answer, err := c.ask(ctx, "GET", path, "")
	if r := wire.NewReader(answer.Body); err == nil {
		u, err = readUser(r), unexpected(path, r.End())
	}
	return u, err
}

// unexpected says whose answer could not be read.
func unexpected(path string, err error) error {
	if err != nil {
		err = abi.NewError(abi.UnexpectedData, "GET "+path+": "+err.Error())
	}
	return err
}

// write replaces the user: without his hash or its algorithm he could not log in any more.
func (c *Connector) write(ctx context.Context, path string, u user) error {
	if u.login == "" {
		return abi.NewError(abi.UnexpectedData, "a user came without password_hash: the grant must seal it, not drop it")
	}
	var w wire.Writer
	w.Object()
	w.Key(u.login)
	w.String(u.secret)
	if u.algorithm != "" {
		w.Key("hashing_algorithm")
		w.String(u.algorithm)
	}
	w.Key("tags")
	w.Array()
	for _, tag := range u.tags {
		w.String(tag.Text())
	}
	w.EndArray()
	w.EndObject()
	_, err := c.ask(ctx, "PUT", path, string(w.Bytes()))
	return err
}

// ask asks the broker. It says 401 also to who is logged in and no administrator.
func (c *Connector) ask(ctx context.Context, method, path, body string, query ...abi.Field) (abi.HTTPAnswer, error) {
	answer, err := guest.Ask(ctx, c.host, abi.HTTPRequest{Target: "rabbitmq", Method: method, Path: path, Query: query, Body: body})
	if answer.Status == 401 && strings.Contains(answer.Body, `"not_authorised"`) {
		return answer, abi.NewError(abi.AccessDenied, "the account lacks the tag administrator")
	}
	return answer, err
}
