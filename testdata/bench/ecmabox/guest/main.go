// Command guest is the connector that is measured. What an import run does follows
// from the object type that was selected. An export hands a value back.
package main

import (
	"context"
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/testdata/bench/entries"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

type connector struct {
	guest.NoParameters
	host abi.Host
	page []abi.CSEntryChange
}

func (c *connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{SupportImport: true, SupportExport: true, ExportType: abi.ExportAttributeUpdate}, nil
}

func (c *connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	return entries.Schema(), nil
}

func (c *connector) OpenImportConnection(_ context.Context, step abi.OpenImportConnectionRunStep) (string, error) {
	if step.Schema.Types[0].Name == entries.Pages {
		c.page = entries.Changes(workload.Page(0))
	}
	return "0", nil
}

func (c *connector) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	n, err := strconv.Atoi(step.CustomData)
	if err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	if c.page == nil {
		return c.users(ctx, n)
	}
	entries.Renumber(c.page, n)
	return abi.GetImportEntriesResults{Entries: c.page, MoreToImport: true, CustomData: strconv.Itoa(n + len(c.page))}, nil
}

func (c *connector) CloseImportConnection(context.Context, abi.CloseImportConnectionRunStep) (string, error) {
	return "", nil
}

func (c *connector) OpenExportConnection(context.Context, abi.OpenExportConnectionRunStep) error {
	return nil
}

// PutExportEntries answers each entry with the value it brought.
func (c *connector) PutExportEntries(_ context.Context, all []abi.CSEntryChange) (results []abi.CSEntryChangeResult, err error) {
	for _, e := range all {
		results = append(results, abi.CSEntryChangeResult{
			Identifier: e.Identifier, Code: abi.ExportErrorCustomContinueRun, Detail: e.Attributes[0].Values[0].Text(),
		})
	}
	return results, nil
}

func (c *connector) CloseExportConnection(context.Context, abi.CloseExportConnectionRunStep) error {
	return nil
}

// users reads page n of the directory.
func (c *connector) users(ctx context.Context, n int) (results abi.GetImportEntriesResults, err error) {
	answer, err := guest.Do(ctx, c.host, abi.HTTPRequest{
		Target: "directory", Method: "GET", Path: "/users", Query: []abi.Field{{Name: "page", Value: strconv.Itoa(n)}}, Safety: abi.Safe,
	})
	if err != nil {
		return results, err
	}
	if answer.Status != 200 {
		return results, abi.NewError(abi.ServerDown, "the directory answered "+strconv.Itoa(answer.Status))
	}
	results.CustomData = strconv.Itoa(n + 1)
	r := wire.NewReader(answer.Body)
	for r.Object(); r.NextKey(); {
		switch r.Key() {
		case "users":
			for r.Array(); r.NextItem(); {
				results.Entries = append(results.Entries, user(r))
			}
		case "more":
			results.MoreToImport = r.Bool()
		default:
			r.Skip()
		}
	}
	return results, r.End()
}

// user reads one user.
func user(r *wire.Reader) (e abi.CSEntryChange) {
	e.Attributes = make([]abi.AttributeChange, 0, len(workload.Names))
	for r.Object(); r.NextKey(); {
		switch key := r.Key(); key {
		case "id":
			e.Anchor = []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(r.String())}}
		case "memberOf":
			var values []abi.Value
			for r.Array(); r.NextItem(); {
				values = append(values, abi.StringValue(r.String()))
			}
			e.Attributes = append(e.Attributes, abi.AddAll(key, values...))
		default:
			e.Attributes = append(e.Attributes, abi.Add(key, abi.StringValue(r.String())))
		}
	}
	return e
}

var served = &connector{host: guest.Host()}

func init() {
	guest.Serve(served)
	importer.Serve(served)
	exporter.Serve(served)
}

func main() {}
