package scim_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
)

// difference is a case in which others do not do as we do, and why we do so.
type difference struct {
	user   string
	filter string // or
	ops    string
	want   string   // what we make of it, as JSON
	peers  []string // who differs
	why    string
}

const plainUser = `{"userName":"ab","active":true,"emails":[{"value":"X@a","type":"work","primary":true},{"value":"h"}]}`

var filterDifferences = []difference{
	{plainUser, `userName eq "AB"`, "", "true", both, "userName is not caseExact (RFC 7643 section 4.1.1); they compare with case"},
	{plainUser, `userName gt "AA"`, "", "true", nil, "…which shows in an order only where the case decides"},
	{plainUser, `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ab"`, "", "true", both, "a name may stand behind its URN (RFC 7644 section 3.10)"},
	{plainUser, `title co "def"`, "", "false", []string{"scimmy"}, "an absent value is not the text undefined"},
	{plainUser, `name.familyName ne "x"`, "", "true", both, "a value that is absent is not the one named, also within an absent attribute"},
	{plainUser, `emails[value eq "h" and type eq "work"]`, "", "false", []string{"scim2-parse-filter"}, "both terms must hold of one value; theirs may hold of two"},
	{plainUser, `not (emails.value eq "h")`, "", "false", []string{"scimmy"}, "not negates the filter, not each value"},
	{plainUser, `emails[not (type eq "work")]`, "", "true", []string{"scim2-parse-filter"}, "not within brackets is of one value"},
	{plainUser, `active eq "True"`, "", "true", []string{"scim2-parse-filter"}, "Entra quotes booleans"},
	{plainUser, `emails[primary eq "True"]`, "", "true", []string{"scim2-parse-filter"}, "Entra quotes booleans"},
	{`{"userName":"b\"c"}`, `userName eq "b\"c"`, "", "true", []string{"scimmy"}, "a quote in a value is escaped as in JSON"},
	{plainUser, `not (not (title pr))`, "", "false", []string{"scimmy"}, "not may be nested (the ABNF)"},
	{plainUser, `((title pr) or (active pr))`, "", "true", []string{"scimmy"}, "parentheses may be nested (the ABNF)"},
	{plainUser, `(userName pr or title pr) and (title pr and active pr)`, "", "false", []string{"scimmy"}, "groups joined by and: all terms count"},
	{plainUser, `emails[type eq "work"].value eq "x@a"`, "", "true", both, "Entra puts a sub-attribute behind the brackets"},
	{plainUser, `userName eq ab`, "", "true", []string{"scim2-parse-filter"}, "Microsoft's samples leave the quotes out"},
	{plainUser, `title eq ""`, "", "true", both, "an empty string is unassigned, and so is an absent value (RFC 7643 section 2.5)"},
	{plainUser, `title eq null`, "", "true", []string{"scim2-parse-filter"}, "null is unassigned"},
	{plainUser, `PLACEHOLDER ne "x"`, "", "false", []string{"scimmy"}, "an attribute that no schema declares matches nothing, whatever the operator"},
	{plainUser, `emails eq "h"`, "", "true", both, "a complex attribute stands for its value"},
	{`{"userName":"ab","password":"p"}`, `password eq "p"`, "", "false", both, "what is never returned is not told by a filter either"},
}

var both = []string{"scim2-parse-filter", "scimmy"}

var patchDifferences = []difference{
	{plainUser, "", `[{"op":"ADD","path":"title","value":"t"}]`, `{"title":"t"}`, []string{"scim-patch"}, "op in any case"},
	{plainUser, "", `[{"op":"add","path":"emails","value":[{"value":"h"}]}]`, `{}`, []string{"scimmy"}, "adding what is there changes nothing (RFC 7644 section 3.5.2.1)"},
	{plainUser, "", `[{"op":"add","path":"emails","value":[{"value":"X@A","type":"work","display":"d"}]}]`, `{"emails":[{"value":"X@A","type":"work","primary":true,"display":"d"},{"value":"h"}]}`, bothPatch, "value and type make an e-mail the same one; the rest is merged"},
	{plainUser, "", `[{"op":"replace","path":"emails[type eq \"other\"].value","value":"o"}]`, `{"emails":[{"value":"X@a","type":"work","primary":true},{"value":"h"},{"type":"other","value":"o"}]}`, []string{"scimmy"}, "Entra replaces what is not there"},
	{plainUser, "", `[{"op":"add","path":"emails[type eq \"other\" and primary eq true].value","value":"o"}]`, `{"emails":[{"value":"X@a","type":"work","primary":false},{"value":"h"},{"type":"other","primary":true,"value":"o"}]}`, bothPatch, "each equality describes the new value; only one value is primary"},
	{plainUser, "", `[{"op":"remove","path":"phoneNumbers[type eq \"other\"]"}]`, `{}`, []string{"scim-patch"}, "removing what is not there changes nothing"},
	{`{"userName":"ab","name":{"familyName":"f","givenName":"g"}}`, "", `[{"op":"replace","path":"name","value":{"givenName":"x"}}]`, `{"name":{"familyName":"f","givenName":"x"}}`, []string{"scimmy"}, "replace of a complex value replaces the sub-attributes given (RFC 7644 section 3.5.2.3)"},
	{plainUser, "", `[{"op":"replace","path":"active","value":"False"}]`, `{"active":false}`, bothPatch, "Entra sends booleans as strings"},
	{plainUser, "", `[{"op":"replace","value":{"name.givenName":"g"}}]`, `{"name":{"givenName":"g"}}`, nil, "Entra sends dotted keys, and all take them"},
	{plainUser, "", `[{"op":"replace","path":"TITLE","value":"t"}]`, `{"title":"t"}`, bothPatch, "names in any case"},
	{plainUser, "", `[{"op":"add","path":"unknown","value":"t"}]`, `"error"`, []string{"scim-patch"}, "a path that no schema declares is invalidPath"},
	{plainUser, "", `[{"op":"remove","path":"userName"}]`, `"error"`, []string{"scim-patch"}, "a required attribute cannot be removed (RFC 7644 section 3.5.2.2)"},
	{plainUser, "", `[{"op":"replace","path":"id","value":"t"}]`, `"error"`, bothPatch, "a readOnly attribute named by a path is mutability"},
	{plainUser, "", `[{"op":"replace","path":"title","value":["t"]}]`, `{"title":"t"}`, bothPatch, "a list of one for a single value"},
	{plainUser, "", `[{"op":"add","path":"emails","value":"o"}]`, `{"emails":[{"value":"X@a","type":"work","primary":true},{"value":"h"},{"value":"o"}]}`, bothPatch, "a bare value for a complex one"},
	{plainUser, "", `[{"op":"remove","path":"emails[type eq \"work\"].value"}]`, `{"emails":[{"value":"h"}]}`, bothPatch, "a value without its value goes as a whole"},
	{plainUser, "", `[{"op":"remove","path":"emails","value":[{"value":"H"}]}]`, `{"emails":[{"value":"X@a","type":"work","primary":true}]}`, bothPatch, "values are compared as the attribute says, here without case"},
	{plainUser, "", `[{"op":"replace","path":"title","value":null}]`, `{}`, nil, "null clears"},
	{plainUser, "", `[{"op":"replace","path":"emails.display","value":"d"}]`, `{"emails":[{"value":"X@a","type":"work","primary":true,"display":"d"},{"value":"h","display":"d"}]}`, []string{"scimmy"}, "a sub-attribute without brackets is that of every value"},
}

var bothPatch = []string{"scim-patch", "scimmy"}

func TestFilterDifferences(t *testing.T) {
	p := startPeers(t)
	typ := coreType(t, "User")
	for _, d := range filterDifferences {
		ours := matchBody(t, typ, d.filter, d.user)
		d.check(t, d.filter, ours, parsed(d.want), p.ask(map[string]any{"filter": d.filter, "user": json.RawMessage(d.user)}))
	}
}

func TestPatchDifferences(t *testing.T) {
	p := startPeers(t)
	typ := coreType(t, "User")
	for _, d := range patchDifferences {
		var ops []operation
		if err := json.Unmarshal([]byte(d.ops), &ops); err != nil {
			t.Fatal(err)
		}
		want := parsed(d.want)
		if changes, ok := want.(map[string]any); ok { // the rest stays
			whole := parsed(d.user).(map[string]any)
			for k, v := range changes {
				whole[k] = v
			}
			want = tidy(whole)
		}
		theirs := p.ask(map[string]any{"operations": json.RawMessage(d.ops), "user": json.RawMessage(d.user)})
		for peer := range theirs {
			theirs[peer] = tidy(theirs[peer])
		}
		d.check(t, d.ops, patchBodyOf(t, typ, d.user, ops), want, theirs)
	}
}

// check holds a difference to what the list says: of us, and of who differs.
func (d difference) check(t *testing.T, name string, ours, want any, theirs map[string]any) {
	t.Helper()
	if !reflect.DeepEqual(ours, want) {
		t.Errorf("%s: we make %s, want %s", name, mustJSON(ours), mustJSON(want))
	}
	var differ []string
	for peer, have := range theirs {
		if !reflect.DeepEqual(have, ours) {
			differ = append(differ, peer)
		}
	}
	slices.Sort(differ)
	if !slices.Equal(differ, d.peers) {
		t.Errorf("%s (%s): %v differ, want %v: %s", name, d.why, differ, d.peers, mustJSON(theirs))
	}
}
