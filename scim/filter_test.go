package scim_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/scim"
)

func coreType(t testing.TB, name string) *scim.ResourceType {
	t.Helper()
	for _, c := range scim.CoreTypes() {
		if c.Name() == name {
			return c
		}
	}
	t.Fatalf("no core type %s", name)
	return nil
}

// oddType has the attribute names and types that directories have.
func oddType(t testing.TB) *scim.ResourceType {
	t.Helper()
	d := scim.UserDefinition()
	d.Extensions = append(d.Extensions, scim.Extension{Schema: scim.Schema{URN: oddURN, Attributes: []scim.Attribute{
		{Name: "-dn-"}, {Name: "_distinguishedName"}, {Name: "export_password", Mutability: scim.WriteOnly},
		{Name: "a"}, {Name: "a.b"}, {Name: "a.b[c]"}, {Name: "with space"}, {Name: "eq"}, {Name: "not"},
		{Name: "list", MultiValued: true}, {Name: "exactList", MultiValued: true, CaseExact: true},
		{Name: "number", Type: scim.TypeInteger}, {Name: "amount", Type: scim.TypeDecimal},
		{Name: "when", Type: scim.TypeDateTime}, {Name: "flag", Type: scim.TypeBoolean},
		{Name: "blob", Type: scim.TypeBinary}, {Name: "link", Type: scim.TypeReference},
		{Name: "once", Mutability: scim.Immutable}, {Name: "given", Mutability: scim.ReadOnly},
		{Name: "onRequest", Returned: scim.ReturnedRequest}, {Name: "always", Returned: scim.ReturnedAlways},
		{Name: "whens", Type: scim.TypeDateTime, MultiValued: true}, {Name: "numbers", Type: scim.TypeInteger, MultiValued: true},
		{Name: "box", Type: scim.TypeComplex, SubAttributes: []scim.Attribute{
			{Name: "in.side"}, {Name: "fixed", Mutability: scim.Immutable}, {Name: "must", Required: true}, {Name: "many", MultiValued: true}}},
	}}})
	odd, err := scim.NewResourceType(d)
	if err != nil {
		t.Fatal(err)
	}
	return odd
}

const oddURN = "urn:ietf:params:scim:schemas:extension:Odd.Host:2.0:User"

func sample(t testing.TB, typ *scim.ResourceType) *scim.Resource {
	t.Helper()
	o, err := typ.DecodeResource(`{"userName":"Bjensen","externalId":"Ext","active":true,"title":"","name":{"familyName":"O'Malley","givenName":"Bärbel"},
		"emails":[{"type":"work","value":"b@work.example","primary":true},{"type":"home","value":"b@home.example"}],
		"photos":[{"value":"https://X.example/P"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","manager":{"value":"M1"}},
		"` + oddURN + `":{"-dn-":"CN=b,OBJECT=User","_distinguishedName":"CN=b","a":"1","a.b":"2","a.b[c]":"3","with space":"4","eq":"5","not":"6",
			"list":["x","Y"],"exactList":["x","Y"],"number":7,"amount":"1.50","when":"2011-05-13T04:42:34Z","flag":"True","blob":"aGVsbG8=","link":"https://L.example",
			"numbers":[1,5,9,9007199254740993],"box":{"in.side":"deep","must":"m"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	return &scim.Resource{ID: "2819c223", Attributes: o, Meta: scim.Meta{
		Created: time.Date(2010, 1, 23, 4, 56, 22, 0, time.UTC), LastModified: time.Date(2011, 5, 13, 4, 42, 34, 0, time.UTC), Version: `W/"1"`}}
}

func TestFilterMatch(t *testing.T) {
	typ := oddType(t)
	r := sample(t, typ)
	odd := oddURN + ":"
	for filter, want := range map[string]bool{
		// RFC 7644 section 3.4.2.2, the examples
		`userName eq "bjensen"`:         true,
		`name.familyName co "O'Malley"`: true,
		`userName sw "B"`:               true,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`: false,
		`title pr`: false,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`:                                                        false,
		`meta.lastModified ge "2011-05-13T04:42:34Z"`:                                                        true,
		`meta.lastModified lt "2011-05-13T04:42:34Z"`:                                                        false,
		`meta.lastModified le "2011-05-13T06:42:34+02:00"`:                                                   true,
		`title pr and userType eq "Employee"`:                                                                false,
		`title pr or userType ne "Intern"`:                                                                   true,
		`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`:                            true,
		`userType eq "Employee" or (emails co "work.example" or emails.value co "example.org")`:              true,
		`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`:          true,
		`emails[type eq "work" and value co "@home.example"]`:                                                false,
		`emails[type eq "work" and value co "@work.example"] or ims[type eq "xmpp" and value co "@foo.com"]`: true,
		// precedence
		`active eq true or active eq true and active eq false`:   true,
		`(active eq true or active eq true) and active eq false`: false,
		`not (active eq true) or active eq true`:                 true,
		// case
		`USERNAME EQ "BJENSEN"`:                    true,
		`userName eq "bjensen" AND active EQ True`: true,
		`externalId eq "ext"`:                      false,
		`externalId eq "Ext"`:                      true,
		`name.givenName eq "BÄRBEL"`:               true,
		`photos.value eq "https://x.example/p"`:    false,
		`photos eq "https://X.example/P"`:          true,
		`id eq "2819C223"`:                         false,
		`id eq 2819c223`:                           true,
		// present, null, empty
		`userName pr`: true, `emails pr`: true, `emails.display pr`: false, `name pr`: true, `roles pr`: false, `meta pr`: true,
		`title eq null`: true, `title ne null`: false, `userName eq null`: false, `userName ne null`: true, `title eq ""`: true, `userName ne ""`: true,
		`title ne "x"`: true, `emails[display eq null]`: true,
		// multi-valued
		`emails.type ne "work"`: true, `emails.value ew "home.example"`: true, `not (emails.type eq "other")`: true,
		`emails[primary eq true].value eq "b@work.example"`: true, `emails[primary eq "false"]`: false, `emails[not (primary eq true)]`: true,
		`emails[type eq "home" or type eq "other"]`: true, `emails[type eq "work"].type eq "home"`: false,
		// types
		`active eq "TRUE"`: true, `active ne false`: true, `active eq "yes"`: false, `active ne "yes"`: true, `active eq 1`: false, `active co "ru"`: true,
		odd + `number eq 7`: true, odd + `number eq "7"`: true, odd + `number gt 6`: true, odd + `number le 6.5`: false, odd + `number ge 6.5`: true, odd + `number eq "x"`: false, odd + `number gt "x"`: false,
		odd + `amount eq 1.5`: true, odd + `amount eq "1.5000"`: true, odd + `amount lt 15e-1`: false, odd + `amount lt 2`: true,
		odd + `when eq "2011-05-13T05:42:34+01:00"`: true, odd + `when gt 2010-01-01T00:00:00Z`: true, odd + `when eq "yesterday"`: false,
		odd + `flag eq true`: true, odd + `blob eq "aGVsbG8="`: true, odd + `blob eq "AGVSBG8="`: false, odd + `link sw "https://l"`: false,
		odd + `list eq "y"`: true, odd + `exactList eq "y"`: false, odd + `numbers gt 8`: true, odd + `numbers[value gt 8]`: true, odd + `list[value eq "X"]`: true,
		// odd names
		odd + `-dn- eq "cn=B,object=user"`: true, odd + `_distinguishedName eq "CN=b"`: true, odd + `a eq 1`: true, odd + `a.b eq 2`: true, odd + `a.b[c] eq 3`: true,
		odd + `with space eq 4`: true, odd + `eq eq 5`: true, odd + `not eq 6`: true, `not eq 6`: true, `-dn- pr`: true, `a.b[c] eq "3"`: true,
		odd + `box.in.side eq "deep"`: true, `box.in.side eq "deep"`: true, strings.ToUpper(odd) + `A.B eq 2`: true,
		// enterprise, with and without the URN
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "sales"`: true, `department eq "sales"`: true,
		`manager eq "M1"`: true, `manager.value eq "m1"`: false, `urn:ietf:params:scim:schemas:extension:enterprise:2.0User:manager.value eq "M1"`: true,
		// unknown
		`unknown eq "x"`: false, `unknown ne "x"`: false, `unknown pr`: false, `not (unknown pr)`: true, `name.unknown eq "x"`: false, `userName.value eq "x"`: false,
		`unknown[type eq "x"]`: false, `unknown[type eq "x"].value eq "y"`: false, `emails[unknown eq "x"]`: false, `urn:x:y:z eq 1`: false, `name eq "x"`: false,
		// what is never told
		`password eq "x"`: false, `password pr`: false, `export_password pr`: false, `not (export_password pr)`: true,
		// spaces
		"  userName\teq   \"bjensen\"  ": true, `not(title pr)`: true, `( userName pr )`: true,
		// integers beyond what a float holds
		odd + `numbers eq 9007199254740993`: true, odd + `numbers eq 9007199254740992`: false,
	} {
		f, err := typ.ParseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if have := f.Match(r); have != want {
			t.Errorf("%s: match is %v, want %v (read as %s)", filter, have, want, f)
		}
		again, err := typ.ParseFilter(f.String())
		if err != nil || again.String() != f.String() || again.Match(r) != want {
			t.Errorf("%s: its normal form %s is read as %v, %v", filter, f, again, err)
		}
	}
}

func TestFilterNormalForm(t *testing.T) {
	typ := oddType(t)
	for filter, want := range map[string]string{
		`USERNAME EQ bjensen`:                  `userName eq "bjensen"`,
		`a eq 1`:                               oddURN + `:a eq "1"`,
		`number eq "1"`:                        oddURN + `:number eq 1`,
		`active eq "False"`:                    `active eq false`,
		`emails[type eq "work"].value eq x`:    `emails[type eq "work" and value eq "x"]`,
		`emails eq x`:                          `emails.value eq "x"`,
		`title pr and (title pr or title pr)`:  `title pr and (title pr or title pr)`,
		`(title pr and title pr) and title pr`: `(title pr and title pr) and title pr`,
		`not (title pr)`:                       `not (title pr)`,
		`userName eq "a\"b\\c\u00e4"`:          `userName eq "a\"b\\cä"`,
		`title eq ""`:                          `title eq null`,
	} {
		f, err := typ.ParseFilter(filter)
		if err != nil || f.String() != want {
			t.Errorf("%s is %v, %v; want %s", filter, f, err, want)
		}
	}
}

func TestFilterRefused(t *testing.T) {
	typ := oddType(t)
	for _, filter := range []string{
		``, ` `, `userName`, `userName eq`, `eq "x"`, `userName xx "x"`, `userName eq "x`, `userName eq "x" and`, `and userName pr`, `userName pr pr`,
		`(userName pr`, `userName pr)`, `()`, `not userName pr`, `not ()`, `emails[type eq "work"`, `emails[]`, `emails[type eq "work"]]`, `emails[type eq "work"].`,
		`emails[type eq "work"].value`, `emails.type[x eq 1]`, `emails[emails[type eq "x"]]`, `userName eq "\x"`, `userName eq "\ud800"`, `userName eq "a"b`,
		`userName eq a"b`, `active gt true`, `blob lt "x"`, `title gt null`, `title co null`, `userName eq "x" or or userName pr`, "userName eq \"\xff\"", `[type eq "x"]`, `"userName" eq "x"`,
		`userName eq "x" userName eq "y"`, `userName eq ab cd`,
	} {
		f, err := typ.ParseFilter(filter)
		var e *scim.Error
		if !errors.As(err, &e) || e.Status != 400 || e.Type != scim.ErrorTypeInvalidFilter {
			t.Errorf("%s is read as %v, %v", filter, f, err)
		}
	}
}

func TestFilterLimits(t *testing.T) {
	typ := coreType(t, "User")
	long := func(n int) string {
		const frame = `title eq ""`
		return `title eq "` + strings.Repeat("x", n-len(frame)) + `"`
	}
	terms := func(n int) string { return strings.TrimSuffix(strings.Repeat("title pr or ", n), " or ") }
	deep := func(n int) string { return strings.Repeat("(", n) + "title pr" + strings.Repeat(")", n) }
	nots := func(n int) string { return strings.Repeat("not (", n) + "title pr" + strings.Repeat(")", n) }
	for name, c := range map[string]struct{ at, past string }{
		"bytes": {long(scim.MaxFilterBytes), long(scim.MaxFilterBytes + 1)},
		"terms": {terms(scim.MaxFilterTerms), terms(scim.MaxFilterTerms + 1)},
		"depth": {deep(scim.MaxFilterDepth), deep(scim.MaxFilterDepth + 1)},
		"nots":  {nots(scim.MaxFilterDepth), nots(scim.MaxFilterDepth + 1)},
	} {
		if _, err := typ.ParseFilter(c.at); err != nil {
			t.Errorf("%s at the limit: %v", name, err)
		}
		_, err := typ.ParseFilter(c.past)
		var e *scim.Error
		if !errors.As(err, &e) || e.Type != scim.ErrorTypeTooMany {
			t.Errorf("%s one past the limit: %v", name, err)
		}
	}
}

func TestEqualities(t *testing.T) {
	typ := coreType(t, "User")
	for filter, want := range map[string]string{
		`userName eq "A"`: "userName=a",
		`userName eq "A" and externalId eq "B" and title pr`: "userName=a externalId=B",
		`emails[type eq "work" and value eq "X"]`:            "emails.type=work emails.value=x",
		`userName eq "A" or userName eq "B"`:                 "",
		`not (userName eq "A")`:                              "",
		`userName eq null`:                                   "",
		`PLACEHOLDER eq "A"`:                                 "",
		`userName ne "A"`:                                    "",
	} {
		f, err := typ.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, c := range scim.Equalities(f) {
			have = append(have, c.Path.String()+"="+c.Path.Key(c.Value))
		}
		if strings.Join(have, " ") != want {
			t.Errorf("%s: have %v, want %s", filter, have, want)
		}
	}
}

func TestFoldCase(t *testing.T) {
	for _, pair := range [][2]string{{"Straße", "STRAßE"}, {"ÄÖÜ", "äöü"}, {"\u212aelvin", "KELVIN"}, {"Σίσυφος", "ΣΊΣΥΦΟΣ"}, {"ſ", "S"}, {"", ""}, {"a", "b"}, {"ä", "a"}} {
		same := scim.FoldCase(pair[0]) == scim.FoldCase(pair[1])
		if same != strings.EqualFold(pair[0], pair[1]) {
			t.Errorf("%q and %q: folded the same is %v", pair[0], pair[1], same)
		}
	}
}
