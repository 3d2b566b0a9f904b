// Package entries turns the workload into the ABI's types and back. Guests import
// it too.
package entries

import (
	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// The object types of the schema, all with the same attributes. Which one is
// selected says what an import run of the measured connector does.
const (
	// Pages runs give pages of the workload without end.
	Pages = "pages"
	// Users runs read the directory.
	Users = "users"
)

// Schema is the schema of the entries.
func Schema() abi.Schema {
	attributes := []abi.SchemaAttribute{{Name: "id", Anchor: true}}
	for _, name := range workload.Names {
		attributes = append(attributes, abi.SchemaAttribute{Name: name, MultiValued: name == "memberOf"})
	}
	return abi.Schema{Types: []abi.SchemaType{{Name: Pages, Attributes: attributes}, {Name: Users, Attributes: attributes}}}
}

// Changes turns entries into those of the ABI.
func Changes(all []workload.Entry) []abi.CSEntryChange {
	changes := make([]abi.CSEntryChange, len(all))
	for i, e := range all {
		changes[i].Anchor = []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(e.Anchor)}}
		changes[i].Attributes = make([]abi.AttributeChange, 0, len(e.Attributes))
		for _, a := range e.Attributes {
			change := abi.Add(a.Name, abi.StringValue(a.Values[0]))
			if a.Name == "memberOf" {
				change = abi.AddAll(a.Name, abi.StringValue(a.Values[0]), abi.StringValue(a.Values[1]))
			}
			changes[i].Attributes = append(changes[i].Attributes, change)
		}
	}
	return changes
}

// Renumber gives the entries of a page new anchors, counted from first.
func Renumber(page []abi.CSEntryChange, first int) {
	for i := range page {
		page[i].Anchor[0].Value = abi.StringValue(workload.Anchor(first + i))
	}
}

// Entry is Changes the other way round, for one entry.
func Entry(e abi.CSEntryChange) workload.Entry {
	entry := workload.Entry{Anchor: e.AnchorText("id")}
	for _, a := range e.Attributes {
		values := make([]string, len(a.Values))
		for i, v := range a.Values {
			values[i] = v.Text()
		}
		entry.Attributes = append(entry.Attributes, workload.Attribute{Name: a.Name, Values: values})
	}
	return entry
}
