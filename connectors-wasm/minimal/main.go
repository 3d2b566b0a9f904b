// Command minimal is the least a connector can be: it reads the users of an
// application and writes nothing. Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o minimal.wasm ./connectors-wasm/minimal
package main

import (
	"context"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
)

type connector struct {
	guest.NoParameters
	host abi.Host
}

func (c *connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{SupportImport: true}, nil
}

func (c *connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "login", Anchor: true}, {Name: "name"},
	}}}}, nil
}

func (c *connector) OpenImportConnection(context.Context, abi.OpenImportConnectionRunStep) (string, error) {
	return "", nil
}

// GetImportEntries reads a list of lines, login and name with a comma between.
func (c *connector) GetImportEntries(ctx context.Context, _ abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	answer, err := guest.Do(ctx, c.host, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/users.csv", Safety: abi.Safe})
	if err != nil || answer.Status != 200 {
		return page, abi.NewError(abi.ServerDown, "the list of users cannot be read")
	}
	for line := range strings.Lines(answer.Body) {
		login, name, _ := strings.Cut(strings.TrimSpace(line), ",")
		page.Entries = append(page.Entries, abi.CSEntryChange{
			Anchor:     []abi.AnchorAttribute{{Name: "login", Value: abi.StringValue(login)}},
			Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue(name))},
		})
	}
	return page, nil
}

func (c *connector) CloseImportConnection(context.Context, abi.CloseImportConnectionRunStep) (string, error) {
	return "", nil
}

var served = &connector{host: guest.Host()}

func init() { guest.Serve(served); importer.Serve(served) }

func main() {}
