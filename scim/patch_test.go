package scim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
)

// patched applies the operations of a PATCH to a body and returns the
// attributes as JSON.
func patched(t *testing.T, typ *scim.ResourceType, body, patch string) (string, error) {
	t.Helper()
	before, err := typ.DecodeResource(body)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	was := scim.AppendValue(scim.Complex(fields(before)...))
	ops, err := typ.ParsePatch([]byte(patch))
	if err != nil {
		return "", err
	}
	after, err := typ.ApplyPatch(&scim.Resource{Attributes: before}, ops)
	if is := scim.AppendValue(scim.Complex(fields(before)...)); is != was {
		t.Errorf("%s changed its input %s to %s", patch, was, is)
	}
	return scim.AppendValue(scim.Complex(fields(after)...)), err
}

func fields(o scim.Object) (list []scim.Field) {
	for name, v := range o.All() {
		list = append(list, scim.Field{Name: name, Value: v})
	}
	return list
}

const oddBody = `{"userName":"u","name":{"givenName":"g","familyName":"f"},
	"emails":[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m","$ref":"r"}},
	"` + oddURN + `":{"list":["x","y"],"a":"1","numbers":[1,2],"once":"o","box":{"fixed":"f","must":"m","many":["1"]}}}`

const managerOf = scim.EnterpriseUserURN + "/manager"

func TestPatch(t *testing.T) {
	typ := oddType(t)
	for _, c := range []struct{ name, ops, path, want string }{
		{"add single", `"op":"add","path":"title","value":"t"`, "title", `"t"`},
		{"add again", `"op":"add","path":"userName","value":"v"`, "userName", `"v"`},
		{"add merges complex", `"op":"add","path":"name","value":{"givenName":"x"}`, "name", `{"givenName":"x","familyName":"f"}`},
		{"replace merges complex", `"op":"replace","path":"name","value":{"givenName":"x"}`, "name", `{"givenName":"x","familyName":"f"}`},
		{"replace clears parts", `"op":"replace","path":"name","value":{"givenName":"","middleName":null,"familyName":"x"}`, "name", `{"familyName":"x"}`},
		{"replace clears one part", `"op":"replace","value":{"name":[{"givenName":null}]}`, "name", `{"familyName":"f"}`},
		{"replace clears all parts", `"op":"replace","path":"name","value":{"givenName":null,"familyName":""}`, "name", `null`},
		{"replace with parts that are unknown", `"op":"replace","path":"name","value":{"unknown":"x"}`, "name", `{"givenName":"g","familyName":"f"}`},
		{"replace with no parts", `"op":"replace","path":"name","value":{}`, "name", `{"givenName":"g","familyName":"f"}`},
		{"add with cleared parts", `"op":"add","path":"name","value":{"givenName":"","familyName":"x"}`, "name", `{"givenName":"g","familyName":"x"}`},
		{"manager with a readOnly part", `"op":"replace","path":"manager","value":{"displayName":"x"}`, managerOf, `{"value":"m","$ref":"r"}`},
		{"manager without a reference", `"op":"replace","path":"manager","value":{"$ref":null,"value":"n"}`, managerOf, `{"value":"n"}`},
		{"manager with an empty value", `"op":"replace","path":"manager","value":{"$ref":null,"value":""}`, managerOf, `null`},
		{"manager with an empty value in a list", `"op":"replace","path":"manager","value":[{"value":null}]`, managerOf, `null`},
		{"manager as JSON in a string", `"op":"replace","path":"manager","value":"{\"value\":\"n\",\"$ref\":\"\"}"`, managerOf, `{"value":"n"}`},
		{"manager, empty", `"op":"replace","path":"manager","value":""`, managerOf, `null`},
		{"replace sub", `"op":"replace","path":"name.middleName","value":"m"`, "name", `{"givenName":"g","familyName":"f","middleName":"m"}`},
		{"remove sub", `"op":"remove","path":"name.givenName"`, "name", `{"familyName":"f"}`},
		{"remove complex", `"op":"remove","path":"name"`, "name", `null`},
		{"add to list", `"op":"add","path":"emails","value":[{"type":"other","value":"o"}]`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"},{"type":"other","value":"o"}]`},
		{"add one object to list", `"op":"add","path":"emails","value":{"value":"o"}`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"},{"value":"o"}]`},
		{"add what is there", `"op":"add","path":"emails","value":[{"type":"WORK","value":"W"}]`, "emails", `[{"type":"WORK","value":"W","primary":true},{"type":"home","value":"h"}]`},
		{"add with another type", `"op":"add","path":"emails","value":[{"type":"other","value":"w"}]`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"},{"type":"other","value":"w"}]`},
		{"a new primary is the only one", `"op":"add","path":"emails","value":[{"value":"o","primary":true}]`, "emails", `[{"type":"work","value":"w","primary":false},{"type":"home","value":"h"},{"value":"o","primary":true}]`},
		{"primary of one selected", `"op":"replace","path":"emails[type eq \"home\"].primary","value":"True"`, "emails", `[{"type":"work","value":"w","primary":false},{"type":"home","value":"h","primary":true}]`},
		{"several become equal", `"op":"replace","path":"emails[type ew \"\"]","value":{"value":"n"}`, "emails", `[{"value":"n"}]`},
		{"several become equal, one primary", `"op":"replace","path":"emails[type pr].type","value":"x"`, "emails", `[{"type":"x","value":"w","primary":true},{"type":"x","value":"h"}]`},
		{"one becomes equal to another", `"op":"replace","path":"emails[type eq \"home\"]","value":{"type":"work","value":"W","primary":true}`, "emails", `[{"type":"work","value":"W","primary":true}]`},
		{"the primary becomes equal to another", `"op":"replace","path":"emails[type eq \"work\"]","value":{"type":"home","value":"h","primary":true}`, "emails", `[{"type":"home","value":"h","primary":true}]`},
		{"simple ones become equal", `"op":"replace","path":"` + oddURN + `:list[value pr]","value":"z"`, oddURN + "/list", `["z"]`},
		{"replace list", `"op":"replace","path":"emails","value":[{"value":"n"}]`, "emails", `[{"value":"n"}]`},
		{"replace selected", `"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"n"}`, "emails", `[{"type":"work","value":"n"},{"type":"home","value":"h"}]`},
		{"replace selected by nothing known", `"op":"replace","path":"emails[type eq \"work\"]","value":{"unknown":"n"}`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"}]`},
		{"simple list, replace selected by an empty value", `"op":"replace","path":"list[value eq \"x\"]","value":{"value":""}`, oddURN + "/list", `["y"]`},
		{"binary in the other alphabet", `"op":"add","path":"blob","value":"-_8="`, oddURN + "/blob", `"-_8="`},
		{"replace selected by an empty value", `"op":"replace","path":"emails[type eq \"work\"]","value":{"value":""}`, "emails", `[{"type":"home","value":"h"}]`},
		{"add to selected", `"op":"add","path":"emails[type eq \"work\"]","value":{"display":"d"}`, "emails", `[{"type":"work","value":"w","primary":true,"display":"d"},{"type":"home","value":"h"}]`},
		{"replace sub of all", `"op":"replace","path":"emails.display","value":"d"`, "emails", `[{"type":"work","value":"w","primary":true,"display":"d"},{"type":"home","value":"h","display":"d"}]`},
		{"sub of none", `"op":"add","path":"phoneNumbers.value","value":"1"`, "phoneNumbers", `[{"value":"1"}]`},
		{"remove selected", `"op":"remove","path":"emails[value eq \"W\"]"`, "emails", `[{"type":"home","value":"h"}]`},
		{"remove sub of selected", `"op":"remove","path":"emails[type eq \"work\"].primary"`, "emails", `[{"type":"work","value":"w"},{"type":"home","value":"h"}]`},
		{"remove value of selected", `"op":"remove","path":"emails[type eq \"work\"].value"`, "emails", `[{"type":"home","value":"h"}]`},
		{"remove selected, none there", `"op":"remove","path":"emails[type eq \"x\"]"`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"}]`},
		{"remove by value", `"op":"remove","path":"emails","value":[{"value":"h"}]`, "emails", `[{"type":"work","value":"w","primary":true}]`},
		{"remove by value and other type", `"op":"remove","path":"emails","value":[{"value":"h","type":"work"}]`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h"}]`},
		{"remove all", `"op":"remove","path":"emails"`, "emails", `null`},
		{"remove all with null", `"op":"remove","path":"emails","value":null`, "emails", `null`},
		{"make by two terms", `"op":"add","path":"emails[type eq \"other\" and primary eq true].value","value":"o"`, "emails", `[{"type":"work","value":"w","primary":false},{"type":"home","value":"h"},{"type":"other","primary":true,"value":"o"}]`},
		{"core by its URN", `"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName","value":"x"`, "name", `{"givenName":"x","familyName":"f"}`},
		{"no path, nested", `"op":"add","value":{"title":"t","name":{"givenName":"x"}}`, "name", `{"givenName":"x","familyName":"f"}`},
		{"no path, selection as key", `"op":"add","value":{"emails[type eq \"work\"].value":"n"}`, "emails", `[{"type":"work","value":"n","primary":true},{"type":"home","value":"h"}]`},
		{"no path, JSON in a string", `"op":"replace","value":"{\"title\":\"t\"}"`, "title", `"t"`},
		{"no path, unknown and readOnly", `"op":"replace","value":{"unknown":1,"id":"2","meta":{},"groups":[{"value":"g"}],"title":"t"}`, "groups", `null`},
		{"empty path", `"op":"replace","path":"","value":{"title":"t"}`, "title", `"t"`},
		{"core schema as path", `"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User","value":{"title":"t"}`, "title", `"t"`},
		{"core schema as path, an extension in it", `"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User","value":{"` + scim.EnterpriseUserURN + `:manager":"n"}`, managerOf, `{"value":"n","$ref":"r"}`},
		{"add nothing", `"op":"add","path":"title","value":null`, "title", `null`},
		{"simple list", `"op":"add","path":"list","value":["Y","z"]`, oddURN + "/list", `["x","y","z"]`},
		{"simple list, one", `"op":"add","path":"list","value":"z"`, oddURN + "/list", `["x","y","z"]`},
		{"simple list, remove one", `"op":"remove","path":"list","value":["X"]`, oddURN + "/list", `["y"]`},
		{"simple list, selected", `"op":"remove","path":"list[value eq \"x\"]"`, oddURN + "/list", `["y"]`},
		{"simple list, replace selected", `"op":"replace","path":"` + oddURN + `:list[value sw \"x\"]","value":"n"`, oddURN + "/list", `["n","y"]`},
		{"numbers as text", `"op":"add","path":"numbers","value":["2","3"]`, oddURN + "/numbers", `[1,2,3]`},
		{"dotted name", `"op":"replace","path":"` + oddURN + `:a.b[c]","value":"v"`, oddURN + "/a.b[c]", `"v"`},
		{"dashed name", `"op":"replace","path":"` + oddURN + `:-dn-","value":"v"`, oddURN + "/-dn-", `"v"`},
		{"dotted name as key", `"op":"replace","value":{"` + oddURN + `:a.b":"v"}`, oddURN + "/a.b", `"v"`},
		{"dotted name in its object", `"op":"replace","value":{"` + oddURN + `":{"a.b":"v"}}`, oddURN + "/a.b", `"v"`},
		{"dotted sub", `"op":"replace","path":"box.in.side","value":"v"`, oddURN + "/box", `{"fixed":"f","must":"m","many":["1"],"in.side":"v"}`},
		{"list in complex", `"op":"add","path":"box.many","value":["1","2"]`, oddURN + "/box/many", `["1","2"]`},
		{"list in complex, remove one", `"op":"remove","path":"box.many","value":["1"]`, oddURN + "/box/many", `null`},
		{"extension removed", `"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", `null`},
		{"extension cleared", `"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":null}`, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", `null`},
		{"writeOnly", `"op":"add","path":"export_password","value":"p"`, oddURN + "/export_password", `"p"`},
		{"immutable the same", `"op":"replace","path":"once","value":"o"`, oddURN + "/once", `"o"`},
		{"displayName for display", `"op":"add","path":"emails","value":{"value":"h","displayName":"d"}`, "emails", `[{"type":"work","value":"w","primary":true},{"type":"home","value":"h","display":"d"}]`},
		{"wrapped value", `"op":"replace","path":"title","value":{"value":"t"}`, "title", `"t"`},
		{"list of one", `"op":"replace","path":"title","value":["t"]`, "title", `"t"`},
	} {
		have, err := patched(t, typ, oddBody, patchBody(c.ops))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := pick(t, typ, have, c.path); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.name, c.path, got, c.want)
		}
	}
}

// pick returns a part of a body as JSON; the names in path are divided by slashes.
func pick(t *testing.T, typ *scim.ResourceType, body, path string) string {
	t.Helper()
	o, err := typ.DecodeResource(body)
	if err != nil {
		t.Fatal(err)
	}
	v := scim.Complex(fields(o)...)
	for _, name := range strings.Split(path, "/") {
		v = v.Object().Get(name)
	}
	return scim.AppendValue(v)
}

func TestPatchRefused(t *testing.T) {
	typ := oddType(t)
	for _, c := range []struct {
		op  string
		typ scim.ErrorType
	}{
		{`"op":"remove"`, scim.ErrorTypeNoTarget},
		{`"op":"remove","value":{"title":"x"}`, scim.ErrorTypeNoTarget},
		{`"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:User"`, scim.ErrorTypeNoTarget},
		{`"op":"replace","path":"emails[type sw \"x\"].value","value":"v"`, scim.ErrorTypeNoTarget},
		{`"op":"replace","path":"emails[type eq \"x\" or type eq \"y\"].value","value":"v"`, scim.ErrorTypeNoTarget},
		{`"op":"add","path":"unknown","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"name.unknown","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"urn:x:y:z","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"title x","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"emails[type eq \"work\"].unknown","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"emails[type eq \"work\"]value","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"name[givenName eq \"g\"]","value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","path":"emails.type[value eq \"g\"]","value":1`, scim.ErrorTypeInvalidFilter},
		{`"op":"add","path":"emails[type eq]","value":1`, scim.ErrorTypeInvalidFilter},
		{`"op":"add","path":7,"value":1`, scim.ErrorTypeInvalidPath},
		{`"op":"add","value":"x"`, scim.ErrorTypeInvalidValue},
		{`"op":"add","value":["x"]`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"active","value":"x"`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"title","value":{"x":1}`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"title","value":["a","b"]`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"title","value":true`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"name","value":"x"`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"number","value":1.5`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"number","value":9223372036854775808`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"when","value":"2020-01-01"`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"blob","value":"***"`, scim.ErrorTypeInvalidValue},
		{`"op":"replace","path":"emails","value":[{"value":"1","primary":true},{"value":"2","primary":true}]`, scim.ErrorTypeInvalidValue},
		{`"op":"add","path":"box","value":{"must":null}`, ""},
		{`"op":"remove","path":"box.must"`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"box","value":{"must":""}`, scim.ErrorTypeMutability},
		{`"op":"add","path":"emails[primary eq \"x\"].value","value":"v"`, scim.ErrorTypeNoTarget},
		{`"op":"remove","path":"userName"`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"userName","value":""`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"id","value":"x"`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"meta.version","value":"x"`, scim.ErrorTypeMutability},
		{`"op":"add","path":"groups","value":[{"value":"x"}]`, scim.ErrorTypeMutability},
		{`"op":"add","path":"given","value":"x"`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"manager.displayName","value":"x"`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"once","value":"x"`, scim.ErrorTypeMutability},
		{`"op":"remove","path":"once"`, scim.ErrorTypeMutability},
		{`"op":"replace","path":"box.fixed","value":"x"`, scim.ErrorTypeMutability},
		{`"op":"x","path":"title"`, scim.ErrorTypeInvalidSyntax},
		{`"path":"title"`, scim.ErrorTypeInvalidSyntax},
	} {
		have, err := patched(t, typ, oddBody, patchBody(c.op))
		if c.typ == "" && err == nil {
			continue
		}
		var e *scim.Error
		if !errors.As(err, &e) || e.Status != 400 || e.Type != c.typ {
			t.Errorf("%s: %s, %v; want %s", c.op, have, err, c.typ)
		}
	}
}

func TestPatchBodyRefused(t *testing.T) {
	typ := coreType(t, "User")
	for _, body := range []string{``, `[]`, `"x"`, `{}`, `{"Operations":[]}`, `{"Operations":{}}`, `{"Operations":["x"]}`, `{"Operations":[null]}`,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"Operations":[{"op":"remove","path":"title"}]}`, `{"schemas":"x","Operations":[{"op":"remove","path":"title"}]}`} {
		_, err := typ.ParsePatch([]byte(body))
		var e *scim.Error
		if !errors.As(err, &e) || e.Type != scim.ErrorTypeInvalidSyntax {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := typ.ParsePatch([]byte(`{"schemas":[],"Operations":[{"op":"remove","path":"title"}]}`)); err != nil {
		t.Errorf("empty schemas, as a resource may have: %v", err)
	}
	if _, err := typ.ParsePatch([]byte(`{"operations":[{"OP":"remove","Path":"title"}]}`)); err != nil {
		t.Errorf("keys in another case and no schemas: %v", err)
	}
}

func TestImmutableMember(t *testing.T) {
	typ := coreType(t, "Group")
	body := `{"displayName":"g","members":[{"value":"1","display":"one"}]}`
	_, err := patched(t, typ, body, patchBody(`"op":"replace","path":"members[value eq \"1\"].value","value":"2"`))
	var e *scim.Error
	if !errors.As(err, &e) || e.Type != scim.ErrorTypeMutability {
		t.Errorf("an immutable sub-attribute is changed in place: %v", err)
	}
	have, err := patched(t, typ, body, patchBody(`"op":"replace","path":"members[value eq \"1\"].display","value":"uno"`))
	if want := `{"displayName":"g","members":[{"value":"1","display":"uno"}]}`; err != nil || have != want {
		t.Errorf("have %s, %v; want %s", have, err, want)
	}
}

// Whether many values are given or few, they are united alike.
func TestManyAsFew(t *testing.T) {
	typ := coreType(t, "User")
	for _, c := range []struct{ have, given, want string }{
		{`{"value":"a"}`, `{"value":"a","type":"work"},{"value":"a","type":"home"}`, `{"value":"a","type":"work"},{"value":"a","type":"home"}`},
		{``, `{"value":"a"},{"value":"A","type":"work"},{"value":"a","type":"home"},{"value":"a"}`, `{"value":"a","type":"work"},{"value":"a","type":"home"}`},
		{`{"value":"a"}`, `{"value":"a","type":"work"},{"value":"a","type":"work","display":"d"}`, `{"value":"a","type":"work","display":"d"}`},
	} {
		for _, more := range []string{"", `,{"value":"1"},{"value":"2"},{"value":"3"},{"value":"4"},{"value":"5"}`} {
			have, err := patched(t, typ, `{"emails":[`+c.have+`],"userName":"u"}`, patchBody(`"op":"add","path":"emails","value":[`+c.given+more+`]`))
			if want := `"emails":[` + c.want + more + `]`; err != nil || !strings.Contains(have, want) {
				t.Errorf("[%s] and [%s]:\nhave %s, %v\nwant %s", c.have, c.given+more, have, err, want)
			}
		}
	}
}

// Two changes of one resource at once share nothing.
func TestPatchesShareNothing(t *testing.T) {
	typ := coreType(t, "Group")
	stored, err := typ.DecodeResource(`{"displayName":"g","members":[{"value":"0"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	add := func(o scim.Object, id string) scim.Object {
		ops, err := typ.ParsePatch([]byte(patchBody(`"op":"add","path":"members","value":"` + id + `"`)))
		if err != nil {
			t.Fatal(err)
		}
		o, err = typ.ApplyPatch(&scim.Resource{Attributes: o}, ops)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for n := range 9 { // of some sizes, append leaves room behind a list
		a := add(stored, "a")
		add(stored, "b")
		if have := scim.AppendValue(a.Get("members")); !strings.HasSuffix(have, `{"value":"a"}]`) {
			t.Errorf("another change of the same resource made %s of it", have)
		}
		stored = add(stored, fmt.Sprint(n+1))
	}
}

// Dialects of one change have one normal form.
func TestPatchNormalForm(t *testing.T) {
	typ := coreType(t, "User")
	urn := scim.EnterpriseUserURN
	for _, same := range [][]string{
		{`"op":"replace","path":"active","value":false`, `"op":"Replace","path":"Active","value":"False"`, `"op":"replace","value":{"active":"false"}`,
			`"op":"REPLACE","value":{"urn:ietf:params:scim:schemas:core:2.0:User:active":[false]}`, `"op":"replace","path":"active","value":{"value":"False"}`},
		{`"op":"add","path":"` + urn + `:manager","value":{"value":"m"}`, `"op":"Add","path":"manager","value":"m"`, `"op":"add","value":{"` + urn + `":{"manager":[{"value":"m"}]}}`,
			`"op":"add","value":{"` + urn + `:manager":"m"}`, `"op":"add","path":"` + urn + `","value":{"Manager":{"$ref":null,"Value":"m"}}`, `"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0User:manager","value":"m"`},
		{`"op":"remove","path":"title"`, `"op":"replace","path":"title","value":""`, `"op":"replace","path":"title","value":null`, `"op":"replace","value":{"title":[]}`, `"op":"Replace","path":"title"`},
	} {
		var first string
		for _, op := range same {
			ops, err := typ.ParsePatch([]byte(patchBody(op)))
			if err != nil {
				t.Errorf("%s: %v", op, err)
				continue
			}
			have := ""
			for _, o := range ops {
				have += fmt.Sprintln(o.Kind, o.Path, o.Where, scim.AppendValue(o.Value))
			}
			if first == "" {
				first = have
			}
			if have != first {
				t.Errorf("%s is %s, want %s", op, have, first)
			}
		}
	}
}

func TestPatchLimit(t *testing.T) {
	typ := coreType(t, "User")
	ops := func(n int) []byte {
		return []byte(patchBody(strings.TrimSuffix(strings.Repeat(`"op":"add","path":"title","value":"x"},{`, n), "},{")))
	}
	if _, err := typ.ParsePatch(ops(scim.DefaultMaxPatchOperations)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	_, err := typ.ParsePatch(ops(scim.DefaultMaxPatchOperations + 1))
	var e *scim.Error
	if !errors.As(err, &e) || e.Type != scim.ErrorTypeTooMany {
		t.Errorf("one past the limit: %v", err)
	}
}

// A missing type agrees with any, whichever side lacks it, and however many
// values there are.
func TestMissingType(t *testing.T) {
	typ := coreType(t, "Group")
	for _, n := range []int{1, 100} {
		list := func(typed string) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, `,{"value":"%d"%s}`, i, typed)
			}
			return "[" + b.String()[1:] + "]"
		}
		for _, c := range []struct{ have, given string }{{"", `,"type":"User"`}, {`,"type":"User"`, ""}, {`,"type":"User"`, `,"type":"user"`}} {
			body := `{"displayName":"g","members":` + list(c.have) + `}`
			added, err := patched(t, typ, body, patchBody(`"op":"add","path":"members","value":`+list(c.given)))
			if err != nil || strings.Count(added, `"value"`) != n {
				t.Errorf("%d members%s and the same%s: %d, %v", n, c.have, c.given, strings.Count(added, `"value"`), err)
			}
			rest, err := patched(t, typ, body, patchBody(`"op":"remove","path":"members","value":`+list(c.given)))
			if err != nil || strings.Contains(rest, "members") {
				t.Errorf("%d members%s without the same%s: %s, %v", n, c.have, c.given, rest, err)
			}
		}
	}
}

// Large groups take large changes in linear time.
func TestPatchLargeGroup(t *testing.T) {
	typ := coreType(t, "Group")
	members := func(from, to int, typed string) string {
		var b strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, `,{"value":"%d"%s}`, i, typed)
		}
		return "[" + b.String()[1:] + "]"
	}
	const n = 40_000
	body := `{"displayName":"g","members":` + members(0, n, "") + `}`
	have, err := patched(t, typ, body, patchBody(`"op":"add","path":"members","value":`+members(n/2, n+n/2, `,"type":"User"`),
		`"op":"remove","path":"members","value":`+members(0, n, "")))
	if err != nil {
		t.Fatal(err)
	}
	if count := strings.Count(have, `"value"`); count != n/2 {
		t.Errorf("%d members are left, want %d", count, n/2)
	}
}
