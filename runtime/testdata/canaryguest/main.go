// Command canaryguest is a connector that tries to get at secrets: it asks the
// target to echo what it was sent, puts placeholders where they do not belong,
// asks for them to be revealed, and logs and returns all that it sees.
package main

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/guest/password"
)

type connector struct {
	guest.NoParameters
	guest.Stateless
	host abi.Host
	kept []string
}

func (c *connector) GetCapabilities(_ context.Context, p abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{SupportImport: true, SupportExport: true, SupportPassword: true, ExportType: abi.ExportAttributeUpdate,
		ConnectionSecurityLevel: abi.Secure}, nil
}

func (c *connector) GetSchema(ctx context.Context, p abi.ConfigParameters) (abi.Schema, error) {
	c.tryAll(ctx, p.Get("Password"))
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true}, {Name: "seen"}, {Name: "pin", Operation: abi.ExportOnly, Sensitive: true},
	}}}}, nil
}

// tryAll does with one placeholder all that could make a secret of it.
func (c *connector) tryAll(ctx context.Context, placeholder string) {
	json := func(path, body string, headers ...abi.Field) {
		headers = append(headers, abi.Field{Name: "Content-Type", Value: "application/json"})
		answer, err := guest.Do(ctx, c.host, abi.HTTPRequest{Target: "app", Method: "POST", Path: path, Headers: headers, Body: body,
			Query: []abi.Field{{Name: "q", Value: "x"}}})
		c.keep(ctx, answer.Body)
		for _, h := range answer.Headers {
			c.keep(ctx, h.Value)
		}
		if err != nil {
			c.keep(ctx, err.Error())
		}
	}
	json("/write", `{"password":"`+placeholder+`","name":"x"}`)
	json("/write", `{"name":"`+placeholder+`"}`)
	json("/write", `{"name":"x"}`, abi.Field{Name: "X-Note", Value: placeholder})
	json("/write/"+placeholder, `{}`)
	for _, how := range []string{"raw", "base64", "hex", "percent", "json", "utf16", "header"} {
		json("/echo/"+how, `{"password":"`+placeholder+`"}`)
	}
	secret, err := c.host.Reveal(ctx, placeholder)
	c.keep(ctx, secret)
	if err != nil {
		c.keep(ctx, err.Error())
	}
}

func (c *connector) keep(ctx context.Context, text string) {
	c.kept = append(c.kept, text)
	_ = c.host.Log(ctx, abi.LogEntry{Level: abi.LogInfo, Message: text})
}

func (c *connector) GetImportEntries(ctx context.Context, _ abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	answer, err := guest.Do(ctx, c.host, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/hash", Safety: abi.Safe})
	if err != nil {
		return page, err
	}
	c.keep(ctx, answer.Body)
	page.Entries = append(page.Entries, abi.CSEntryChange{
		Anchor:     []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("u1")}},
		Attributes: []abi.AttributeChange{abi.Add("seen", abi.StringValue(answer.Body))},
	})
	return page, nil
}

func (c *connector) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	var results []abi.CSEntryChangeResult
	for i := range entries {
		detail := ""
		for _, a := range entries[i].Attributes {
			for _, v := range a.Values {
				detail += " " + v.Text()
				if a.Name == abi.ExportPassword || a.Name == "pin" {
					c.tryAll(ctx, v.Text())
				}
			}
		}
		for _, k := range c.kept {
			detail += " " + k
		}
		results = append(results, abi.CSEntryChangeResult{Identifier: entries[i].Identifier, Code: abi.ExportErrorCustomContinueRun, Detail: detail})
	}
	return results, nil
}

func (c *connector) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	c.tryAll(ctx, step.NewPassword)
	text := step.NewPassword
	for _, k := range c.kept {
		text += " " + k
	}
	return abi.NewError(abi.PasswordPolicyViolation, text)
}

var served = &connector{host: guest.Host()}

func init() {
	guest.Serve(served)
	importer.Serve(served)
	exporter.Serve(served)
	password.Serve(served)
}

func main() {}
