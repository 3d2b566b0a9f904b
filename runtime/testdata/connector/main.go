// Command connector is a connector in Go with every role, for the runtime's
// tests: it does what it is told by the parameter do, by the name of an object,
// or by the watermark.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/guest/password"
)

type connector struct {
	guest.NoParameters
	host     abi.Host
	do       string
	imported int
	garbage  [][]byte
}

func (c *connector) GetCapabilities(_ context.Context, p abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{SupportImport: true, SupportExport: true, SupportPassword: true, SupportPartitions: true,
		ExportType: abi.ExportAttributeUpdate}, nil
}

func (c *connector) GetSchema(ctx context.Context, p abi.ConfigParameters) (abi.Schema, error) {
	if err := c.obey(ctx, p.Get("do")); err != nil {
		return abi.Schema{}, err
	}
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true}, {Name: "mail"}, {Name: "token", Sensitive: true, Operation: abi.ExportOnly},
	}}}}, nil
}

// obey fails in the way it is told to.
func (c *connector) obey(ctx context.Context, order string) error {
	switch order {
	case "panic":
		var nowhere *connector
		nowhere.do = "x"
	case "exit":
		fmt.Fprintln(os.Stderr, "going home")
		os.Exit(7)
	case "deadlock":
		select {}
	case "spin":
		for n := 0; ; n++ {
			c.imported ^= n
		}
	case "allocate":
		for {
			c.garbage = append(c.garbage, make([]byte, 1<<20))
		}
	case "sleep":
		<-time.After(20 * time.Millisecond)
	case "error":
		return &abi.Error{Code: abi.BadServerCredentials, Name: "locked", Message: "the account is locked"}
	case "goroutines":
		return c.goroutines(ctx)
	case "environment":
		return fmt.Errorf("args %q, environment %q", os.Args, os.Environ())
	}
	return nil
}

// goroutines makes a hundred host calls, side by side as far as a guest can, and
// wants for each its own answer.
func (c *connector) goroutines(ctx context.Context) error {
	errs := make([]error, 100)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			want := strings.Repeat(strconv.Itoa(i)+",", 200*i)
			answer, err := guest.Do(ctx, c.host, abi.HTTPRequest{Target: "echo", Method: "POST", Path: "/", Body: want})
			if err == nil && answer.Body != want {
				err = fmt.Errorf("request %d got another's answer of %d bytes", i, len(answer.Body))
			}
			errs[i] = err
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *connector) OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (string, error) {
	c.do = step.Parameters.Get("do")
	c.imported, _ = strconv.Atoi(step.CustomData)
	return strconv.Itoa(c.imported), nil
}

// GetImportEntries returns pages without end, unless told how many users there
// are, and leaves garbage behind.
func (c *connector) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	if c.do == "ask" {
		if _, err := guest.Do(ctx, c.host, abi.HTTPRequest{Target: "echo", Method: "GET", Path: "/"}); err != nil {
			return abi.GetImportEntriesResults{}, err
		}
	}
	if err := c.obey(ctx, c.do); err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	total, err := strconv.Atoi(strings.TrimPrefix(c.do, "users:"))
	if err != nil {
		total = 1 << 30
	}
	page := abi.GetImportEntriesResults{}
	for len(page.Entries) < step.MaxEntries && c.imported < total {
		c.imported++
		id := strconv.Itoa(c.imported)
		page.Entries = append(page.Entries, abi.CSEntryChange{
			Modification: abi.ObjectAdd, ObjectType: "user", Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}},
			Attributes: []abi.AttributeChange{abi.Add("mail", abi.StringValue(id+"@example.org"))}})
	}
	page.CustomData, page.MoreToImport = strconv.Itoa(c.imported), c.imported < total
	return page, nil
}

func (c *connector) CloseImportConnection(_ context.Context, step abi.CloseImportConnectionRunStep) (string, error) {
	return step.Reason.String() + " " + strconv.Itoa(c.imported), nil
}

func (c *connector) OpenExportConnection(context.Context, abi.OpenExportConnectionRunStep) error {
	return nil
}

// PutExportEntries fails each entry with what it was sent, so that a test sees
// it; one whose mail is an order obeys it after it has reported those before.
func (c *connector) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	var results []abi.CSEntryChangeResult
	for i := range entries {
		var seen []string
		for _, a := range entries[i].Attributes {
			for _, v := range a.Values {
				seen = append(seen, a.Name+"="+v.Text())
				if err := c.obey(ctx, v.Text()); err != nil {
					return results, err
				}
			}
		}
		result := abi.CSEntryChangeResult{Identifier: entries[i].Identifier, Code: abi.ExportErrorCustomContinueRun,
			Name: "seen", Detail: strings.Join(seen, " ")}
		if err := c.host.ExportResult(ctx, result); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func (c *connector) CloseExportConnection(context.Context, abi.CloseExportConnectionRunStep) error {
	return nil
}

func (c *connector) OpenPasswordConnection(context.Context, abi.OpenPasswordConnectionRunStep) error {
	return nil
}

// SetPassword fails with what it was sent.
func (c *connector) SetPassword(_ context.Context, step abi.SetPasswordRunStep) error {
	return abi.NewError(abi.PasswordPolicyViolation, step.NewPassword)
}

// ChangePassword fails with what it was sent.
func (c *connector) ChangePassword(_ context.Context, step abi.ChangePasswordRunStep) error {
	return abi.NewError(abi.OldPasswordIncorrect, step.OldPassword+" "+step.NewPassword)
}

func (c *connector) ClosePasswordConnection(context.Context) error { return nil }

var served = &connector{host: guest.Host()}

func init() {
	guest.Serve(served)
	importer.Serve(served)
	exporter.Serve(served)
	password.Serve(served)
}

func main() {}
