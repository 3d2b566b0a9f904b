package connector

import (
	"context"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// OpenExportConnection tells the log what it was given.
func (c *Connector) OpenExportConnection(ctx context.Context, step abi.OpenExportConnectionRunStep) error {
	return c.host.Log(ctx, abi.LogEntry{Level: abi.LogInfo, Message: "open export",
		Fields: []abi.Field{{Name: "batch_size", Value: strconv.Itoa(step.BatchSize)}}})
}

// PutExportEntries sends one request for each entry and reports each as done.
func (c *Connector) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) (results []abi.CSEntryChangeResult, err error) {
	for i := range entries {
		result, err := c.put(ctx, &entries[i])
		if err == nil {
			err = c.host.ExportResult(ctx, result)
		}
		if err != nil {
			return nil, err
		}
		if result.Code != abi.ExportSuccess || len(result.Anchor) > 0 {
			results = append(results, result)
		}
	}
	return results, nil
}

// put carries out one change.
func (c *Connector) put(ctx context.Context, e *abi.CSEntryChange) (abi.CSEntryChangeResult, error) {
	request := abi.HTTPRequest{Target: "hr", Method: "PATCH", Path: "/people/" + e.AnchorText("id"), IdempotencyKey: e.Identifier}
	switch e.Modification {
	case abi.ObjectAdd:
		request.Method, request.Path = "POST", "/people"
	case abi.ObjectReplace:
		request.Method, request.Safety = "PUT", abi.Idempotent
	case abi.ObjectDelete:
		request.Method, request.Safety = "DELETE", abi.Idempotent
	}
	if e.Modification != abi.ObjectDelete {
		request.Body = body(e)
	}
	result := abi.CSEntryChangeResult{Identifier: e.Identifier}
	answers, err := c.host.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{request}})
	switch {
	case abi.CodeOf(err) == abi.Denied:
		denied := abi.AsError(err)
		result.Code, result.Name, result.Detail = abi.ExportErrorPermissionIssue, denied.Rule, denied.Message
		return result, nil
	case err != nil:
		return result, err
	case len(answers.Answers) != 1:
		return result, abi.NewError(abi.UnexpectedData, "one answer was expected")
	}
	outcome(&result, &answers.Answers[0])
	return result, nil
}

// outcome makes a result of the target's answer.
func outcome(result *abi.CSEntryChangeResult, answer *abi.HTTPAnswer) {
	if e := answer.Error; e != nil {
		result.Code, result.Name, result.Detail = abi.ExportErrorCustomContinueRun, e.Code.String(), e.Message
		result.Retryable, result.RetryAfterMillis = e.Retryable, e.RetryAfter.Milliseconds()
		return
	}
	switch answer.Status {
	case 200, 204:
	case 201:
		if id, ok := strings.CutPrefix(answer.Header("Location"), "/people/"); ok {
			result.Anchor = anchor(id)
		}
	case 404:
		result.Code, result.Name = abi.ExportErrorConnectedDirectoryMissingObject, "gone"
	case 409:
		result.Code, result.Name, result.Detail = abi.ExportErrorConnectedDirectoryExistingObject, "exists", answer.Body
	case 429:
		seconds, _ := strconv.Atoi(answer.Header("Retry-After"))
		result.Code, result.Name = abi.ExportErrorConnectedDirectoryError, "busy"
		result.Retryable, result.RetryAfterMillis = true, int64(seconds)*1000
	default:
		result.Code, result.Name, result.Detail = abi.ExportErrorConnectedDirectoryError, strconv.Itoa(answer.Status), answer.Body
	}
}

// body writes what an entry says in another shape, so that both sides show that
// they understood it: Integers are JSON numbers here.
func body(e *abi.CSEntryChange) string {
	var w wire.Writer
	w.Object()
	for _, field := range []abi.Field{{Name: "type", Value: e.ObjectType}, {Name: "dn", Value: e.DN}, {Name: "new_dn", Value: e.NewDN}} {
		if field.Value != "" {
			w.Key(field.Name)
			w.String(field.Value)
		}
	}
	w.Key("changes")
	w.Array()
	for i := range e.Attributes {
		change := &e.Attributes[i]
		w.Object()
		w.Key(change.Modification.String())
		w.String(change.Name)
		if change.Modification != abi.AttributeDelete {
			w.Key("values")
			writeValues(&w, change.Values)
		}
		if len(change.Deletes) > 0 {
			w.Key("deletes")
			writeValues(&w, change.Deletes)
		}
		w.EndObject()
	}
	w.EndArray()
	w.EndObject()
	return string(w.Bytes())
}

func writeValues(w *wire.Writer, values []abi.Value) {
	w.Array()
	for _, v := range values {
		switch v.Type() {
		case abi.Integer:
			w.Int(v.Int())
		case abi.Boolean:
			w.Bool(v.Bool())
		case abi.Binary:
			w.Int(int64(len(v.Bytes())))
		default:
			w.String(v.Text())
		}
	}
	w.EndArray()
}

// CloseExportConnection names the code when even the log fails.
func (c *Connector) CloseExportConnection(ctx context.Context, step abi.CloseExportConnectionRunStep) error {
	err := c.host.Log(ctx, abi.LogEntry{Level: abi.LogError, Message: "close export",
		Fields: []abi.Field{{Name: "reason", Value: step.Reason.String()}}})
	if err != nil {
		return abi.NewError(abi.EndConnection, "the log answered "+abi.CodeOf(err).String())
	}
	return nil
}

// OpenPasswordConnection tries SOAP, which hosts need not offer.
func (c *Connector) OpenPasswordConnection(ctx context.Context, _ abi.OpenPasswordConnectionRunStep) error {
	answer, err := c.host.SOAP(ctx, abi.SOAPRequest{Target: "hr-soap", Operation: "Login", Body: `{"user":"zoë"}`, Safety: abi.Safe})
	switch {
	case abi.CodeOf(err) == abi.NotOffered:
		return nil
	case err != nil:
		return err
	case answer.Error != nil:
		return answer.Error
	}
	return c.host.Log(ctx, abi.LogEntry{Message: "logged in", Fields: []abi.Field{{Name: "as", Value: answer.Body}}})
}

// SetPassword looks at the password if it may, and passes it on unseen otherwise.
func (c *Connector) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	secret, err := c.host.Reveal(ctx, step.NewPassword)
	switch {
	case abi.CodeOf(err) == abi.Denied:
	case err != nil:
		return err
	case len(secret) < 8:
		return &abi.Error{Code: abi.PasswordPolicyViolation, Name: "too-short",
			Message: "the password has " + strconv.Itoa(len(secret)) + " bytes, 8 are needed",
			DN:      step.Entry.DN, ObjectType: step.Entry.ObjectType, Attribute: abi.ExportPassword}
	}
	return c.password(ctx, &step.Entry, "", step.NewPassword, step.Options.String())
}

// ChangePassword passes both passwords on.
func (c *Connector) ChangePassword(ctx context.Context, step abi.ChangePasswordRunStep) error {
	return c.password(ctx, &step.Entry, step.OldPassword, step.NewPassword, "")
}

func (c *Connector) password(ctx context.Context, e *abi.CSEntry, old, new, options string) error {
	id, name := "", ""
	if len(e.Anchor) > 0 {
		id = e.Anchor[0].Value.Text()
	}
	if len(e.Attributes) > 0 && len(e.Attributes[0].Values) > 0 {
		name = e.Attributes[0].Values[0].Text()
	}
	var w wire.Writer
	w.Object()
	for _, field := range []abi.Field{{Name: "rdn", Value: e.RDN}, {Name: "name", Value: name},
		{Name: "old", Value: old}, {Name: "new", Value: new}, {Name: "options", Value: options}} {
		if field.Value != "" {
			w.Key(field.Name)
			w.String(field.Value)
		}
	}
	w.EndObject()
	answer, err := guest.Do(ctx, c.host, abi.HTTPRequest{Target: "hr", Method: "POST", Path: "/people/" + id + "/password", Body: string(w.Bytes())})
	switch {
	case err != nil:
		return err
	case answer.Status == 403:
		return abi.NewError(abi.OldPasswordIncorrect, answer.Body)
	case answer.Status != 204:
		return abi.NewError(abi.PasswordIllFormed, answer.Body)
	}
	return nil
}

// ClosePasswordConnection has nothing to do.
func (c *Connector) ClosePasswordConnection(context.Context) error { return nil }
