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
	guest.Stateless
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

// GetImportEntries reads a list of lines, login and name with a comma between.
func (c *connector) GetImportEntries(ctx context.Context, _ abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	answer, err := guest.Ask(ctx, c.host, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/users.csv"})
	if err != nil {
		return page, err // as it is: a denial is not a server that is down
	}
	for line := range strings.Lines(answer.Body) {
		login, name, found := strings.Cut(strings.TrimSpace(line), ",")
		if !found {
			return page, abi.NewError(abi.UnexpectedData, "GET /users.csv: a line has no comma")
		}
		page.Entries = append(page.Entries, abi.CSEntryChange{
			Anchor:     []abi.AnchorAttribute{{Name: "login", Value: abi.StringValue(login)}},
			Attributes: []abi.AttributeChange{abi.Add("name", abi.StringValue(name))},
		})
	}
	return page, nil
}

var served = &connector{host: guest.Host()}

func init() { guest.Serve(served); importer.Serve(served) }

func main() {}
