package abi_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// benchPage is the page that every figure speaks of: 1,000 entries of ten
// attributes, eleven values.
func benchPage() (abi.Schema, abi.GetImportEntriesResults) {
	schema := abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true}, {Name: "userName"}, {Name: "givenName"}, {Name: "familyName"}, {Name: "mail"}, {Name: "department"},
		{Name: "title"}, {Name: "employeeNumber", Type: abi.Integer}, {Name: "active", Type: abi.Boolean},
		{Name: "groups", MultiValued: true}, {Name: "manager", Type: abi.Reference},
	}}}}
	var page abi.GetImportEntriesResults
	for i := range 1000 {
		page.Entries = append(page.Entries, abi.CSEntryChange{
			Modification: abi.ObjectAdd,
			Anchor:       []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(fmt.Sprintf("u-%06d", i))}},
			Attributes: []abi.AttributeChange{
				abi.Add("userName", abi.StringValue(fmt.Sprintf("first.last%06d@example.com", i))),
				abi.Add("givenName", abi.StringValue("Zoë")),
				abi.Add("familyName", abi.StringValue(fmt.Sprintf("Müller-%d", i))),
				abi.Add("mail", abi.StringValue(fmt.Sprintf("first.last%06d@mail.example.com", i))),
				abi.Add("department", abi.StringValue("Research and Development")),
				abi.Add("title", abi.StringValue("Senior \"Staff\" Engineer")),
				abi.Add("employeeNumber", abi.IntegerValue(int64(100000+i))),
				abi.Add("active", abi.BooleanValue(i%7 != 0)),
				abi.AddAll("groups", abi.StringValue("all-staff"), abi.StringValue("building-7")),
				abi.Add("manager", abi.ReferenceValue(fmt.Sprintf("CN=u-%06d,OBJECT=user", i/10))),
			},
		})
	}
	return schema, page
}

// BenchmarkPage writes and reads the page natively; json-any is the same text
// read by encoding/json into maps, for the ratio in the same run.
func BenchmarkPage(b *testing.B) {
	schema, page := benchPage()
	types := abi.NewTypeIndex(schema)
	var w wire.Writer
	abi.Encode(&w, &page)
	text := string(w.Bytes())
	b.Logf("%d bytes", len(text))
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			w.Reset()
			abi.Encode(&w, &page)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var m abi.GetImportEntriesResults
			if err := abi.Decode(text, &m, types); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json-any", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var m any
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				b.Fatal(err)
			}
		}
	})
}
