package abi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// TestLimits has every limit of the decoders met at the limit and one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	text := func(n int) string { return strings.Repeat("x", n) }
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	tests := []struct {
		limit   string
		allowed int
		message func() abi.Message
		build   func(n int) string
	}{
		{"MaxMessageBytes", abi.MaxMessageBytes, func() abi.Message { return &abi.Empty{} },
			func(n int) string { return `{"x":"` + text(n-8) + `"}` }},
		{"MaxEntryBytes", abi.MaxEntryBytes, func() abi.Message { return &abi.CSEntryChange{} },
			func(n int) string { return `{"x":"` + text(n-8) + `"}` }},
		{"MaxValueBytes", abi.MaxValueBytes, func() abi.Message { return &abi.CSEntryChange{} },
			func(n int) string { return `{"attributes":{"mail":"` + text(n) + `"}}` }},
		{"MaxValues", abi.MaxValues, func() abi.Message { return &abi.GetImportEntriesResults{} },
			func(n int) string {
				part := n/5 - 1 // and the attribute
				four := strings.Repeat(`{"attributes":{"tags":`+list(part, "1")+`}},`, 4)
				return `{"entries":[` + four + `{"attributes":{"tags":` + list(n-4*part-5, "1") + `}}]}`
			}},
		{"MaxListValues", abi.MaxListValues, func() abi.Message { return &abi.CSEntryChange{} },
			func(n int) string { return `{"attributes":{"tags":` + list(n, "1") + `}}` }},
		{"MaxPageEntries", abi.MaxPageEntries, func() abi.Message { return &abi.GetImportEntriesResults{} },
			func(n int) string { return `{"entries":` + list(n, "{}") + `}` }},
		{"MaxCustomData", abi.MaxCustomData, func() abi.Message { return &abi.CustomDataMessage{} },
			func(n int) string { return `{"custom_data":"` + text(n) + `"}` }},
		{"MaxNameBytes", abi.MaxNameBytes, func() abi.Message { return &abi.CSEntryChange{} },
			func(n int) string { return `{"attributes":{"` + text(n) + `":"v"}}` }},
		{"MaxAnchorBytes", abi.MaxAnchorBytes, func() abi.Message { return &abi.CSEntryChange{} },
			func(n int) string { return `{"anchor":{"id":"` + text(n) + `"}}` }},
		{"MaxAnchorAttributes", abi.MaxAnchorAttributes, func() abi.Message { return &abi.CSEntryChangeResult{} },
			func(n int) string {
				var members []string
				for i := range n {
					members = append(members, fmt.Sprintf(`"a%d":"1"`, i))
				}
				return `{"id":"1","anchor":{` + strings.Join(members, ",") + `}}`
			}},
		{"MaxSchemaAttributes", abi.MaxSchemaAttributes, func() abi.Message { return &abi.Schema{} },
			func(n int) string {
				return `{"types":[{"name":"u","attributes":` + list(n, `{"name":"a","type":"String"}`) + `}]}`
			}},
		{"MaxSchemaNames", abi.MaxSchemaNames, func() abi.Message { return &abi.Schema{} },
			func(n int) string {
				four := strings.Repeat(`{"name":"u","attributes":`+list(n/5, `{"name":"a","type":"String"}`)+`},`, 4)
				return `{"types":[` + four + `{"name":"u","possible_dn_components":["a"],"attributes":` + list(n-4*(n/5)-1, `{"name":"a","type":"String"}`) + `}]}`
			}},
		{"MaxSchemaNameBytes", abi.MaxSchemaNameBytes, func() abi.Message { return &abi.Schema{} },
			func(n int) string {
				of := func(bytes int, kind, form string) string {
					return `{"name":"u","` + kind + `":` + list(bytes/256, fmt.Sprintf(form, text(256))) + `}`
				}
				attribute := `{"type":"String","name":"%s"}`
				return `{"types":[` + of(n/2, "attributes", attribute) + "," + of(n/4, "attributes", attribute) + "," + of(n/8, "possible_dn_components", `"%s"`) + "," +
					of(n/8-256, "possible_dn_components", `"%s"`) + `,{"name":"v","attributes":[` + fmt.Sprintf(attribute, text(256+n%2)) + `]}]}`
			}},
		{"MaxPartitionBytes", abi.MaxPartitionBytes, func() abi.Message { return &abi.PartitionsMessage{} },
			func(n int) string {
				many := list(n/1024-1, `{"id":"`+text(100)+`","dn":"`+text(800)+`","name":"`+text(124)+`"}`)
				return `{"partitions":[` + many[1:len(many)-1] + `,{"id":"i","dn":"` + text(1023+n%2) + `"}]}`
			}},
		{"MaxChoices", abi.MaxChoices, func() abi.Message { return &abi.DefinitionsMessage{} },
			func(n int) string {
				full := strings.Repeat(`{"type":"DropDown","choices":`+list(abi.MaxParameters, `"c"`)+`},`, n/abi.MaxParameters-1)
				rest := n - abi.MaxParameters*(n/abi.MaxParameters-1) - 1
				return `{"definitions":[` + full + `{"type":"DropDown","choices":["c"]},{"type":"DropDown","choices":` + list(rest, `"c"`) + `}]}`
			}},
		{"MaxObjectTypes", abi.MaxObjectTypes, func() abi.Message { return &abi.Schema{} },
			func(n int) string { return `{"types":` + list(n, `{"name":"u"}`) + `}` }},
		{"MaxParameters", abi.MaxParameters, func() abi.Message { return &abi.ParametersMessage{} },
			func(n int) string { return `{"parameters":` + list(n, `{"name":"p"}`) + `}` }},
		{"MaxPartitions", abi.MaxPartitions, func() abi.Message { return &abi.PartitionsMessage{} },
			func(n int) string { return `{"partitions":` + list(n, `{"id":"1"}`) + `}` }},
		{"MaxStateBytes", abi.MaxStateBytes, func() abi.Message { return &abi.StateMessage{} },
			func(n int) string { return `{"value":"` + wire.EncodeBase64(text(n)) + `"}` }},
		{"MaxStateKey", abi.MaxStateKey, func() abi.Message { return &abi.StateMessage{} },
			func(n int) string { return `{"key":"` + text(n) + `"}` }},
		{"MaxRandomBytes", abi.MaxRandomBytes, func() abi.Message { return &abi.RandomRequest{} },
			func(n int) string { return fmt.Sprintf(`{"bytes":%d}`, n) }},
		{"MaxBatchRequests", abi.MaxBatchRequests, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				return `{"requests":` + list(n, `{"target":"t","method":"GET","path":"/"}`) + `}`
			}},
		{"MaxFields", abi.MaxFields, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				request := func(headers, query int) string {
					return `{"target":"t","method":"GET","path":"/","headers":` + list(headers, `["",""]`) + `,"query":` + list(query, `["",""]`) + `}`
				}
				many := list(n/(2*abi.MaxParameters)-1, request(abi.MaxParameters, abi.MaxParameters))
				return `{"requests":` + many + `,"ahead":[` + request(abi.MaxParameters, 1) + "," + request(0, n%(2*abi.MaxParameters)+abi.MaxParameters-1) + `]}`
			}},
		{"MaxAhead", abi.MaxAhead, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				return `{"requests":[],"ahead":` + list(n, `{"target":"t","method":"GET","path":"/"}`) + `}`
			}},
		{"MaxWantPaths", abi.MaxWantPaths, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				return `{"requests":[{"target":"t","method":"GET","path":"/","want":{"rows":["a"],"values":["b"],"fields":` + list(n-2, `"f"`) + `}}]}`
			}},
		{"MaxWantPath", abi.MaxWantPath, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				return `{"requests":[{"target":"t","method":"GET","path":"/","want":{"rows":["` + text(n) + `"]}}]}`
			}},
		{"MaxWantBody", abi.MaxWantBody, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				return fmt.Sprintf(`{"requests":[{"target":"t","method":"GET","path":"/","want":{"body":%d}}]}`, n)
			}},
		{"MaxHTTPBody", abi.MaxHTTPBody, func() abi.Message { return &abi.HTTPRequests{} },
			func(n int) string {
				return `{"requests":[{"target":"t","method":"GET","path":"/","body":"` + text(n) + `"}]}`
			}},
	}
	types := abi.NewTypeIndex(sampleSchema)
	for _, tt := range tests {
		t.Run(tt.limit, func(t *testing.T) {
			t.Parallel()
			if err := abi.Decode(tt.build(tt.allowed), tt.message(), types); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			err := abi.Decode(tt.build(tt.allowed+1), tt.message(), types)
			e := abi.AsError(err)
			if e == nil || e.Code != abi.LimitExceeded || e.Limit != tt.limit || e.Allowed != int64(tt.allowed) || e.Used != int64(tt.allowed+1) {
				t.Errorf("one past it: %v", err)
			}
		})
	}
}

// TestManyKeys has an object with one key too many refused wherever it stands, but
// for what a target answered.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	object := func(n int) string {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf(`"k%d":0`, i))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	for where, text := range map[string]func(n int) string{
		"the message":     func(n int) string { return object(n) },
		"what is skipped": func(n int) string { return `{"x":[` + object(n) + `]}` },
		"attributes":      func(n int) string { return `{"attributes":` + object(n) + `}` },
		"a value":         func(n int) string { return `{"attributes":{"mail":[` + object(n) + `]}}` },
	} {
		if err := abi.Decode(text(abi.MaxObjectKeys), &abi.CSEntryChange{}, nil); err != nil {
			t.Errorf("%s, at the limit: %v", where, err)
		}
		if err := abi.Decode(text(abi.MaxObjectKeys+1), &abi.CSEntryChange{}, nil); !errors.Is(err, abi.InvalidMessage) {
			t.Errorf("%s, one past it: %v", where, err)
		}
	}
	var answers abi.HTTPAnswers
	if err := abi.Decode(`{"answers":[{"wanted":`+object(abi.MaxObjectKeys+1)+`}]}`, &answers, nil); err != nil {
		t.Errorf("what a target answered: %v", err)
	}
	if err := abi.Decode(`{"answers":[{"wanted":{}}],"x":`+object(abi.MaxObjectKeys+1)+`}`, &answers, nil); !errors.Is(err, abi.InvalidMessage) {
		t.Errorf("behind what a target answered: %v", err)
	}
}

// TestTextIsCut has the texts of errors and logs cut between two characters.
func TestTextIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", abi.MaxErrorText)
	var have abi.Error
	if err := abi.Decode(`{"code":"ServerDown","message":"x`+long+`"}`, &have, nil); err != nil {
		t.Fatal(err)
	}
	if want := "x" + strings.Repeat("é", abi.MaxErrorText/2-1); have.Message != want {
		t.Errorf("cut to %d bytes, want %d", len(have.Message), len(want))
	}
	var log abi.LogEntry
	if err := abi.Decode(`{"level":"info","message":"`+strings.Repeat("y", abi.MaxLogMessage+1)+`"}`, &log, nil); err != nil {
		t.Fatal(err)
	}
	if len(log.Message) != abi.MaxLogMessage {
		t.Errorf("a log message of %d bytes", len(log.Message))
	}
}

// TestRefused has wrong messages refused, and the place named.
func TestRefused(t *testing.T) {
	t.Parallel()
	page := func() abi.Message { return &abi.GetImportEntriesResults{} }
	tests := []struct {
		name    string
		message func() abi.Message
		text    string
		path    string
	}{
		{"not an object", page, `[]`, ""},
		{"cut off", page, `{"entries":[{"anchor":{"id":"u`, "entries[0].anchor.id"},
		{"trailing data", page, `{"entries":[]} x`, ""},
		{"no entries", page, `{"more_to_import":true}`, ""},
		{"entries twice", page, `{"entries":[],"entries":[]}`, "entries"},
		{"attribute twice", page, `{"entries":[{},{"attributes":{"mail":"a","mail":"b"}}]}`, "entries[1].attributes.mail"},
		{"wrong change", page, `{"entries":[{"change":"None"}]}`, "entries[0].change"},
		{"unknown change", page, `{"entries":[{"change":"add"}]}`, "entries[0].change"},
		{"attributes no object", page, `{"entries":[{"attributes":[]}]}`, "entries[0].attributes"},
		{"empty attribute name", page, `{"entries":[{"attributes":{"":"x"}}]}`, "entries[0].attributes"},
		{"change without kind", page, `{"entries":[{"attributes":{"mail":{}}}]}`, "entries[0].attributes.mail"},
		{"replace beside add", page, `{"entries":[{"attributes":{"mail":{"replace":"x","add":["y"]}}}]}`, "entries[0].attributes.mail"},
		{"error without code", page, `{"entries":[{"error":{"name":"x"}}]}`, "entries[0].error"},
		{"negative size", func() abi.Message { return &abi.Capabilities{} }, `{"import_max_page_size":-1}`, "import_max_page_size"},
		{"size with a fraction", func() abi.Message { return &abi.Capabilities{} }, `{"import_max_page_size":1.5}`, "import_max_page_size"},
		{"unknown DN style", func() abi.Message { return &abi.Capabilities{} }, `{"distinguished_name_style":"LDAP"}`, "distinguished_name_style"},
		{"attribute without type", func() abi.Message { return &abi.Schema{} }, `{"types":[{"name":"u","attributes":[{"name":"a"}]}]}`, "types[0].attributes[0]"},
		{"attribute of type Undefined", func() abi.Message { return &abi.Schema{} }, `{"types":[{"name":"u","attributes":[{"name":"a","type":"Undefined"}]}]}`, "types[0].attributes[0].type"},
		{"result without id", func() abi.Message { return &abi.PutExportEntriesResults{} }, `{"results":[{"code":"Success"}]}`, "results[0]"},
		{"bad base64", func() abi.Message { return &abi.StateMessage{} }, `{"value":"AP8"}`, "value"},
		{"odd pair", func() abi.Message { return &abi.HTTPRequests{} }, `{"requests":[{"headers":[["a"]]}]}`, "requests[0].headers[0]"},
		{"no target", func() abi.Message { return &abi.HTTPRequests{} }, `{"requests":[{"method":"GET","path":"/"}]}`, "requests[0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := abi.Decode(tt.text, tt.message(), abi.NewTypeIndex(sampleSchema))
			var syntax *wire.SyntaxError
			if !errors.Is(err, abi.InvalidMessage) || !errors.As(err, &syntax) {
				t.Fatalf("have %v", err)
			}
			if syntax.Path != tt.path {
				t.Errorf("place %q, want %q (%v)", syntax.Path, tt.path, err)
			}
		})
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	var w wire.Writer
	abi.EncodeReply(&w, &abi.CustomDataMessage{CustomData: "w"}, nil)
	var m abi.CustomDataMessage
	if err := abi.DecodeReply(string(w.Bytes()), &m, nil); err != nil || m.CustomData != "w" {
		t.Errorf("%s: %v, %+v", w.Bytes(), err, m)
	}
	w.Reset()
	abi.EncodeReply(&w, nil, fmt.Errorf("wrapped: %w", &sampleFailure))
	e := abi.AsError(abi.DecodeReply(string(w.Bytes()), &m, nil))
	want := sampleFailure
	want.Side = abi.SideGuest
	if e == nil || *e != want {
		t.Errorf("%s:\nhave %+v\nwant %+v", w.Bytes(), e, want)
	}
	for _, text := range []string{`{}`, ``, `null`, `{"result":{},"error":{"code":"ServerDown"}}`, `{"error":{}}`, `{"error":{"code":"Nonsense"}}`,
		`{"error":{"code":"Trap"}}`, `{"error":{"code":"Denied"}}`} {
		if err := abi.DecodeReply(text, &m, nil); !errors.Is(err, abi.InvalidMessage) {
			t.Errorf("reply %s: %v", text, err)
		}
	}
	if err := abi.DecodeHostReply(`{"error":{"code":"Denied","rule":"HTTP-PATH"}}`, &m); !errors.Is(err, abi.Denied) {
		t.Errorf("a host's denial: %v", err)
	}
}

// TestWrongTypes has values that do not fit their attribute come through as
// Undefined with what was sent, for the contract to name.
func TestWrongTypes(t *testing.T) {
	t.Parallel()
	tests := []struct{ attribute, sent, text string }{
		{"age", `5`, "5"}, {"age", `"5.0"`, "5.0"}, {"age", `"+5"`, "+5"}, {"age", `"05"`, "05"}, {"age", `"-0"`, "-0"},
		{"age", `"9223372036854775808"`, "9223372036854775808"}, {"age", `""`, ""}, {"age", `"-"`, "-"}, {"age", `true`, "true"},
		{"active", `"true"`, "true"}, {"active", `1`, "1"},
		{"photo", `"AP8"`, "AP8"}, {"photo", `"AP9="`, "AP9="}, {"photo", `"A P8="`, "A P8="},
		{"mail", `false`, "false"}, {"mail", `7`, "7"}, {"mail", `[["a"]]`, `["a"]`}, {"tags", `[null]`, "null"}, {"tags", `[{"a":1}]`, `{"a":1}`},
	}
	types := abi.NewTypeIndex(sampleSchema)
	for _, tt := range tests {
		var e abi.CSEntryChange
		if err := abi.Decode(`{"attributes":{"`+tt.attribute+`":`+tt.sent+`}}`, &e, types); err != nil {
			t.Errorf("%s: %v", tt.sent, err)
			continue
		}
		v := e.Attributes[0].Values[0]
		if v.Type() != abi.Undefined || v.Text() != tt.text {
			t.Errorf("%s as %s: have %s %q, want %q", tt.sent, tt.attribute, v.Type(), v.Text(), tt.text)
		}
	}
	var e abi.CSEntryChange
	if err := abi.Decode(`{"attributes":{"other":["x"],"mail":"y"}}`, &e, types); err != nil || len(e.Attributes) != 2 || e.Attributes[0].Values != nil {
		t.Errorf("an attribute that is not in the schema: %v, %+v", err, e.Attributes)
	}
	e = abi.CSEntryChange{}
	if err := abi.Decode(`{"attributes":{"other":["x"],"flag":true}}`, &e, nil); err != nil || !e.Attributes[1].Values[0].Bool() ||
		e.Attributes[0].Values[0].Text() != "x" {
		t.Errorf("without types: %v, %+v", err, e.Attributes)
	}
}

// An entry of very many values is given up where it becomes too long, not when all
// of it lies in memory.
func TestEntryEndsEarly(t *testing.T) {
	t.Parallel()
	var members strings.Builder
	for i := range abi.MaxObjectKeys - 1 {
		fmt.Fprintf(&members, `"%04d":"%s",`, i, strings.Repeat("x", 1100))
	}
	for what, text := range map[string]string{
		"values":     `{"attributes":{"mail":[` + strings.Repeat(`"12345678",`, abi.MaxListValues-1) + `""]}}`,
		"attributes": `{"attributes":{` + members.String() + `"b":""}}`,
	} {
		err := abi.Decode(text, &abi.CSEntryChange{}, nil)
		var e *abi.Error
		if !errors.As(err, &e) || e.Limit != "MaxEntryBytes" || e.Used > abi.MaxEntryBytes+2048 {
			t.Errorf("%s: have error %v, want it at byte %d", what, err, abi.MaxEntryBytes)
		}
	}
}

// Long lists lie apart and keep what they had.
func TestLongLists(t *testing.T) {
	t.Parallel()
	list := func(word string, n int) string {
		return `["` + strings.Repeat(word+`","`, n-1) + word + `"]`
	}
	lengths := []int{1, 3000, 15, 16, 17, 5000, 2048, 2}
	var b strings.Builder
	for i, n := range lengths {
		fmt.Fprintf(&b, `,"a%d":%s`, i, list(fmt.Sprint(i), n))
	}
	var entry abi.CSEntryChange
	if err := abi.Decode(`{"attributes":{`+b.String()[1:]+`}}`, &entry, nil); err != nil {
		t.Fatal(err)
	}
	for i, n := range lengths {
		values := entry.Attributes[i].Values
		if len(values) != n || cap(values) != n {
			t.Errorf("list %d has %d values and room for %d, want %d", i, len(values), cap(values), n)
		}
		for _, v := range values {
			if v.Text() != fmt.Sprint(i) {
				t.Fatalf("list %d holds %q", i, v.Text())
			}
		}
	}
}
