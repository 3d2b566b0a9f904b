// Command pageguest is the connector of the page benchmarks: it makes entries of
// ten attributes and eleven values out of nothing, as many as CustomData of the
// says, so that what is measured is the way of a page and nothing else.
package main

import (
	"context"
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
)

type connector struct {
	guest.NoParameters
	total, done int
}

func (c *connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{SupportImport: true}, nil
}

func (c *connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true}, {Name: "userName"}, {Name: "givenName"}, {Name: "familyName"}, {Name: "mail"}, {Name: "department"},
		{Name: "title"}, {Name: "employeeNumber", Type: abi.Integer}, {Name: "active", Type: abi.Boolean},
		{Name: "groups", MultiValued: true}, {Name: "manager", Type: abi.Reference},
	}}}}, nil
}

func (c *connector) OpenImportConnection(_ context.Context, step abi.OpenImportConnectionRunStep) (string, error) {
	c.total, _ = strconv.Atoi(step.Parameters.Get("total"))
	return "", nil
}

func (c *connector) GetImportEntries(_ context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	n := min(step.MaxEntries, c.total-c.done)
	page := abi.GetImportEntriesResults{Entries: make([]abi.CSEntryChange, n)}
	for i := range page.Entries {
		page.Entries[i] = entry(c.done + i)
	}
	c.done += n
	page.MoreToImport = c.done < c.total
	return page, nil
}

func (c *connector) CloseImportConnection(context.Context, abi.CloseImportConnectionRunStep) (string, error) {
	return "", nil
}

func entry(i int) abi.CSEntryChange {
	n := strconv.Itoa(1_000_000 + i)
	return abi.CSEntryChange{
		Modification: abi.ObjectAdd,
		Anchor:       []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("u-" + n)}},
		Attributes: []abi.AttributeChange{
			abi.Add("userName", abi.StringValue("first.last"+n+"@example.com")),
			abi.Add("givenName", abi.StringValue("Zoë")),
			abi.Add("familyName", abi.StringValue("Müller-"+n)),
			abi.Add("mail", abi.StringValue("first.last"+n+"@mail.example.com")),
			abi.Add("department", abi.StringValue("Research and Development")),
			abi.Add("title", abi.StringValue("Senior \"Staff\" Engineer")),
			abi.Add("employeeNumber", abi.IntegerValue(int64(i))),
			abi.Add("active", abi.BooleanValue(i%7 != 0)),
			abi.AddAll("groups", abi.StringValue("all-staff"), abi.StringValue("building-7")),
			abi.Add("manager", abi.ReferenceValue("u-"+n)),
		},
	}
}

var served = &connector{}

func init() { guest.Serve(served); importer.Serve(served) }

func main() {}
