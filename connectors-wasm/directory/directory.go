// Package directory is the connector for the demo's sample application, the user
// directory in internal/userdirectory. Unlike RabbitMQ it has an API made for
// provisioning: it gives ids, pages, tells what changed and changes single fields.
package directory

import (
	"context"
	"slices"
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// Connector is the connector; one serves one run.
type Connector struct {
	guest.Stateless
	host abi.Host
	// since is the version a delta import starts from; after is the last id read.
	since, after string
}

// New returns a connector that reaches its directory through host.
func New(host abi.Host) *Connector { return &Connector{host: host} }

// GetCapabilities says what the directory can do.
func (c *Connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{
		ConcurrentOperation: true, SupportImport: true, DeltaImport: true, SupportExport: true, SupportPassword: true,
		ExportType: abi.ExportAttributeReplace, ConnectionSecurityLevel: abi.Secure,
	}, nil
}

// GetConfigParameters asks for the token, which the grant puts into requests, and
// for a path to try: the demo shows with it what becomes of one that is not
// granted.
func (c *Connector) GetConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	if step.Page != abi.PageConnectivity {
		return nil, nil
	}
	return []abi.ConfigParameterDefinition{
		{Name: "Token", Type: abi.ParameterEncryptedString, Text: "the directory's token"},
		{Name: "Try", Type: abi.ParameterString, Text: "a path to try as well", Validation: "^(/.*)?$"},
	}, nil
}

// ValidateConfigParameters reads a user, and what else it is told to.
func (c *Connector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (result abi.ParameterValidationResult, _ error) {
	if step.Page != abi.PageConnectivity {
		return result, nil
	}
	_, err := c.ask(ctx, abi.HTTPRequest{Method: "GET", Path: "/users", Query: []abi.Field{{Name: "limit", Value: "1"}}})
	if err != nil {
		return abi.ParameterValidationResult{Code: abi.ValidationFailure, ErrorParameter: "Token", ErrorMessage: err.Error()}, nil
	}
	if path := step.Parameters.Get("Try"); path != "" {
		_, err = c.ask(ctx, abi.HTTPRequest{Method: "GET", Path: path})
	}
	if err != nil {
		result = abi.ParameterValidationResult{Code: abi.ValidationFailure, ErrorParameter: "Try", ErrorMessage: err.Error()}
	}
	return result, nil
}

// GetSchema returns the one object type.
func (c *Connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Locked: true, Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true, Operation: abi.ImportOnly},
		{Name: "login"}, {Name: "name"}, {Name: "mail"},
		{Name: "enabled", Type: abi.Boolean},
		{Name: "roles", MultiValued: true},
	}}}}, nil
}

// OpenImportConnection notes what a delta import starts from.
func (c *Connector) OpenImportConnection(_ context.Context, step abi.OpenImportConnectionRunStep) (string, error) {
	if step.ImportType != abi.Delta {
		return "", nil
	}
	if step.CustomData == "" {
		return "", abi.NewError(abi.WarningNoWatermark, "there is no version to start from")
	}
	c.since = step.CustomData
	return "", nil
}

// GetImportEntries reads a page. The watermark is the version of the first one:
// what changes while the rest is read comes again in the next delta.
func (c *Connector) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	query := []abi.Field{{Name: "limit", Value: strconv.Itoa(max(min(step.MaxEntries, 1000), 1))}}
	if c.after != "" {
		query = append(query, abi.Field{Name: "after", Value: c.after})
	}
	if c.since != "" {
		query = append(query, abi.Field{Name: "changed_since", Value: c.since})
	}
	answer, err := c.ask(ctx, abi.HTTPRequest{Method: "GET", Path: "/users", Query: query})
	if err != nil {
		return page, err
	}
	page.Entries, c.after, page.CustomData, err = readPage(answer.Body, c.since != "")
	if step.CustomData != "" {
		page.CustomData = step.CustomData
	}
	page.MoreToImport = c.after != ""
	return page, err
}

// CloseImportConnection keeps the version.
func (c *Connector) CloseImportConnection(_ context.Context, step abi.CloseImportConnectionRunStep) (string, error) {
	return step.CustomData, nil
}

// PutExportEntries carries out the entries one by one.
func (c *Connector) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	return guest.ExportEach(ctx, c.host, entries, c.put)
}

// put carries out one entry. The identifier keeps a create that is sent twice from
// making two users.
func (c *Connector) put(ctx context.Context, e *abi.CSEntryChange) ([]abi.AnchorAttribute, error) {
	request := abi.HTTPRequest{Method: "PATCH", Path: userPath(e.AnchorText("id")), Body: writeUser(e.Attributes)}
	switch e.Modification {
	case abi.ObjectAdd:
		request.Method, request.Path, request.IdempotencyKey = "POST", "/users", e.Identifier
	case abi.ObjectDelete:
		request.Method, request.Body = "DELETE", ""
	}
	answer, err := c.ask(ctx, request)
	if err != nil || e.Modification != abi.ObjectAdd {
		return nil, err
	}
	r := wire.NewReader(answer.Body)
	made := readUser(r)
	return made.Anchor, r.End()
}

// SetPassword writes the password, and names a refusal for what it is.
func (c *Connector) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	var w wire.Writer
	w.Object()
	w.Key("password")
	w.String(step.NewPassword)
	w.EndObject()
	answer, err := c.ask(ctx, abi.HTTPRequest{Method: "PUT", Path: userPath(step.Entry.AnchorText("id")) + "/password", Body: string(w.Bytes())})
	if answer.Status == 422 {
		return abi.NewError(abi.PasswordPolicyViolation, "the directory does not take the password")
	}
	return err
}

func (c *Connector) ask(ctx context.Context, request abi.HTTPRequest) (abi.HTTPAnswer, error) {
	request.Target = "directory"
	return guest.Ask(ctx, c.host, request)
}

func userPath(id string) string { return "/users/" + guest.PathSegment(id) }

// readPage reads a page of users, of a delta if changes says so.
func readPage(body string, changes bool) (entries []abi.CSEntryChange, next, version string, err error) {
	r := wire.NewReader(body)
	list := false
	for r.Object(); r.NextKey(); {
		switch r.Key() {
		case "users":
			list = true
			for r.Array(); r.NextItem(); {
				e := readUser(r)
				if changes && e.Modification == abi.ObjectAdd {
					e.Modification = abi.ObjectReplace
				}
				entries = append(entries, e)
			}
		case "next":
			next = r.String()
		case "version":
			version = strconv.FormatInt(r.Int(), 10)
		default:
			r.Skip()
		}
	}
	if !list || version == "" {
		r.Fail("a page without users or version")
	}
	return entries, next, version, r.End()
}

// readUser reads a user, or leaves the mistake in r.
func readUser(r *wire.Reader) abi.CSEntryChange {
	e := abi.CSEntryChange{Modification: abi.ObjectAdd}
	for r.Object(); r.NextKey(); {
		switch name := r.Key(); name {
		case "id":
			e.Anchor = []abi.AnchorAttribute{{Name: name, Value: abi.StringValue(r.String())}}
		case "login", "name", "mail":
			if text := r.String(); text != "" {
				e.Attributes = append(e.Attributes, abi.Add(name, abi.StringValue(text)))
			}
		case "enabled":
			e.Attributes = append(e.Attributes, abi.Add(name, abi.BooleanValue(r.Bool())))
		case "roles":
			var roles []abi.Value
			for r.Array(); r.NextItem(); {
				roles = append(roles, abi.StringValue(r.String()))
			}
			e.Attributes = append(e.Attributes, abi.AddAll(name, roles...))
		case "deleted":
			if r.Bool() {
				e.Modification = abi.ObjectDelete
			}
		default:
			r.Skip()
		}
	}
	if e.AnchorText("id") == "" {
		r.Fail("a user without an id")
	}
	if e.Modification == abi.ObjectDelete {
		e.Attributes = nil
	}
	return e
}

// writeUser writes the fields that change. The directory clears a field by its
// empty value.
func writeUser(changes []abi.AttributeChange) string {
	var w wire.Writer
	w.Object()
	for i := range changes {
		change := &changes[i]
		w.Key(change.Name)
		switch values := change.Values; {
		case change.Name == "roles":
			w.Array()
			for _, v := range values {
				w.String(v.Text())
			}
			w.EndArray()
		case change.Name == "enabled":
			w.Bool(slices.ContainsFunc(values, abi.Value.Bool))
		case len(values) == 0:
			w.String("")
		default:
			w.String(values[0].Text())
		}
	}
	w.EndObject()
	return string(w.Bytes())
}
