package want_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

func compile(t testing.TB, w abi.Want) *want.Plan {
	t.Helper()
	plan, err := want.Compile(w)
	if err != nil {
		t.Fatalf("%+v: %v", w, err)
	}
	return plan
}

func read(t testing.TB, body string, w abi.Want) string {
	t.Helper()
	have, err := compile(t, w).Read(context.Background(), body, abi.MaxHTTPBody)
	if err != nil {
		t.Fatalf("%.200s: %v", body, err)
	}
	return have
}

// wantError fails unless err is an *abi.Error with this code and rule or limit.
func wantError(t testing.TB, err error, code abi.Code, ruleOrLimit string, words ...string) *abi.Error {
	t.Helper()
	e := abi.AsError(err)
	if e == nil || e.Code != code || e.Rule+e.Limit != ruleOrLimit {
		t.Fatalf("have %v, want %s %s", err, code, ruleOrLimit)
	}
	for _, word := range words {
		if !strings.Contains(e.Message, word) {
			t.Errorf("%q is not in %q", word, e.Message)
		}
	}
	return e
}

const sample = ` { "name" : "x" , "list" : [ 1 , 2.50 , "\u00e4\/" ] , "a.b" : 1 , "" : 0 , "#" : "hash" , "@odata.next" : "u" , "q?" : true,
	"0" : "zero" , "sp ace" : 3 , "deep" : { "er" : { "est" : [ [ 1 , 2 ] , [ 3 ] , 4 ] } } , "nothing" : null ,
	"mails" : [ { "t" : "home" , "v" : "h@x" } , { "t" : "work" , "v" : "w@x" , "p" : true } , { "t" : "work" , "v" : "w2@x" } , { "t" : "none" } , "text" , null ] ,
	"nums" : [ { "n" : 1 , "k" : "one" } , { "n" : 1.0 , "k" : "uno" } , { "n" : "1" , "k" : "text" } , { "n" : { } , "k" : "object" } , { "k" : "none" } , { "n" : null , "k" : "null" } ] ,
	"map" : { "k1" : { "v" : 1 } , "k\"2" : { "v" : 2 } , "k3" : { } , "k4" : 4 } , "empty" : [ ] , "none" : { } } `

// TestPaths reads each kind of step.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, want string }{
		{"name", `"x"`},
		{"missing", `null`},
		{"nothing", `null`},
		{"name.x", `null`},
		{"nothing.x", `null`},
		{"list", `[1,2.50,"\u00e4\/"]`},
		{"list.0", `1`},
		{"list.2", `"\u00e4\/"`},
		{"list.3", `null`},
		{"list.00", `null`},
		{"list.-1", `null`},
		{"list.99999999999999999999", `null`},
		{"list.name", `null`},
		{"0", `"zero"`},
		{`\0`, `"zero"`},
		{`a\.b`, `1`},
		{`a.b`, `null`},
		{`\#`, `"hash"`},
		{`\@odata\.next`, `"u"`},
		{`q\?`, `true`},
		{`sp ace`, `3`},
		{"deep.er", `{"est":[[1,2],[3],4]}`},
		{"deep.er.est.0.1", `2`},
		{"deep.er.est.#", `[[1,2],[3],4]`},
		{"deep.er.est.#.#", `[1,2,3]`},
		{"deep.er.est.#.0", `[1,3]`},
		{"mails.#.v", `["h@x","w@x","w2@x"]`},
		{"mails.#.missing", `[]`},
		{"missing.#", `null`},
		{"missing.#.v", `null`},
		{"name.#", `null`},
		{"map.#", `null`},
		{"empty.#", `[]`},
		{"empty.#.v.#.w", `[]`},
		{"none.*", `[]`},
		{"map.*", `[{"v":1},{"v":2},{},4]`},
		{"map.*.v", `[1,2]`},
		{"list.*", `null`},
		{`mails.#(t=="work").v`, `"w@x"`},
		{`mails.#(t=="work")#.v`, `["w@x","w2@x"]`},
		{`mails.#(t!="work")#.v`, `["h@x"]`},
		{`mails.#(t!="work")#`, `[{"t":"home","v":"h@x"},{"t":"none"},"text",null]`},
		{`mails.#(t=="nobody").v`, `null`},
		{`mails.#(t=="nobody")#.v`, `[]`},
		{`missing.#(t=="nobody")#.v`, `null`},
		{`mails.#(p==true).v`, `"w@x"`},
		{`mails.#(p!=true)#.t`, `["home","work","none"]`},
		{`mails.#(p==null)#.t`, `["home","work","none"]`},
		{`mails.#(v!=null)#.t`, `["home","work","work"]`},
		{`nums.#(n==1)#.k`, `["one","uno"]`},
		{`nums.#(n==10e-1)#.k`, `["one","uno"]`},
		{`nums.#(n=="1")#.k`, `["text"]`},
		{`nums.#(n!=1)#.k`, `["text","object","none","null"]`},
		{`nums.#(n==null)#.k`, `["none","null"]`},
		{`deep.er.est.#(0==3).0`, `3`},
		{`deep.er.est.#(0==3)`, `[3]`},
		{`deep.er.est.#(1==2)#.#(x==null)#`, `[1,2]`},
		{`nums.#(k=="o\u006ee").n`, `1`},
		{`map.k"2.v`, `2`},
		{`\list.\0`, `1`},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			if have := read(t, sample, abi.Want{Values: []string{c.path}}); have != `{"values":[`+c.want+`]}` {
				t.Errorf("have %s, want %s", have, c.want)
			}
			// The same from a row.
			if have := read(t, `{"r":[1,`+sample+`]}`, abi.Want{Rows: []string{"r"}, Fields: []string{c.path}}); !strings.HasSuffix(have, `],[`+c.want+`]]}`) {
				t.Errorf("from a row: have %s, want %s", have, c.want)
			}
			// The same with all that stands beside it in one pass.
			all := []string{c.path, "list", "mails", "map.*", "map.k1", "deep.er.est.#.0", "deep.er.est.0", "nums.0", "nums.#.n", c.path, "."}
			if have := read(t, sample, abi.Want{Values: all}); !strings.HasPrefix(have, `{"values":[`+c.want+`,`) || !strings.Contains(have, `"object","none","null"],`+c.want+`,{"name"`) && strings.Count(have, c.want) < 2 {
				t.Errorf("among others: have %s, want %s", have, c.want)
			}
		})
	}
	if have := read(t, sample, abi.Want{Values: []string{"."}}); have != `{"values":[`+stripped(t, sample)+`]}` {
		t.Errorf("have %s", have)
	}
}

// stripped returns JSON without white space.
func stripped(t testing.TB, text string) string {
	t.Helper()
	var b strings.Builder
	in := false
	for i := range len(text) {
		if in = in != (text[i] == '"' && (i == 0 || text[i-1] != '\\')); in || !strings.ContainsRune(" \n\t\r", rune(text[i])) {
			b.WriteByte(text[i])
		}
	}
	if !json.Valid([]byte(b.String())) {
		t.Fatal("the test strips wrongly")
	}
	return b.String()
}

// TestRows reads rows from wherever they are.
func TestRows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body         string
		rows, fields []string
		want         string
	}{
		"the document":          {`[{"a":1},{"a":2}]`, []string{"."}, []string{"a"}, `[[1],[2]]`},
		"scalars":               {`{"u":["x","y",null]}`, []string{"u"}, []string{".", "@index"}, `[["x",0],["y",1],[null,2]]`},
		"no fields":             {`[1,2]`, []string{"."}, nil, `[[],[]]`},
		"none":                  {`{"u":[]}`, []string{"u"}, []string{"."}, `[]`},
		"wrapped":               {`{"u":[{"user":{"a":1}}]}`, []string{"u"}, []string{"user.a", "user", "a"}, `[[1,{"a":1},null]]`},
		"# at the end":          {`{"u":[1,2]}`, []string{"u.#"}, []string{"."}, `[[1],[2]]`},
		"# in the middle":       {`{"g":[{"m":[1,2]},{"m":[]},{"m":[3]}]}`, []string{"g.#.m"}, []string{".", "@index"}, `[[1,0],[2,1],[3,0]]`},
		"members":               {`{"u":{"k":{"a":1},"l\u0022":{"a":2}}}`, []string{"u.*"}, []string{"@key", "a", "@index"}, `[["k",1,0],["l\"",2,1]]`},
		"members of document":   {`{"k":1}`, []string{"*"}, []string{"@key"}, `[["k"]]`},
		"lists of members":      {`{"u":{"k":{"l":[1]},"m":{"l":[2,3]}}}`, []string{"u.*.l"}, []string{".", "@key"}, `[[1,null],[2,null],[3,null]]`},
		"no members":            {`{"u":{}}`, []string{"u.*"}, []string{"@key"}, `[]`},
		"the first":             {`[{"t":1},{"t":2,"l":[7]},{"t":2,"l":[8]}]`, []string{"#(t==2).l"}, []string{"."}, `[[7]]`},
		"all of a filter":       {`[{"t":1},{"t":2,"l":[7]},{"t":2,"l":[8]}]`, []string{"#(t==2)#.l"}, []string{"."}, `[[7],[8]]`},
		"filtered rows":         {`[{"t":1},{"t":2,"l":[7]},{"t":2,"l":[8]}]`, []string{"#(t==2)#"}, []string{"l.0", "@index"}, `[[7,1],[8,2]]`},
		"filtered to nothing":   {`[{"t":1}]`, []string{"#(t==2)#"}, []string{"l.0"}, `[]`},
		"an index":              {`[0,[5]]`, []string{"1"}, []string{"."}, `[[5]]`},
		"union, in order":       {`{"b":[2],"a":[1]}`, []string{"a", "b", "a"}, []string{"."}, `[[1],[2],[1]]`},
		"union with optional":   {`{"a":[1]}`, []string{"b?", "a"}, []string{"."}, `[[1]]`},
		"optional, missing":     {`{}`, []string{"a?"}, []string{"."}, `[]`},
		"optional, deeper":      {`{}`, []string{"a.b.#.c?"}, []string{"."}, `[]`},
		"optional, null":        {`{"a":{"b":null}}`, []string{"a.b.c?"}, []string{"."}, `[]`},
		"optional, document":    {`null`, []string{".?"}, []string{"."}, `[]`},
		"optional, no element":  {`[{"t":1}]`, []string{"#(t==2).l?"}, []string{"."}, `[]`},
		"optional, some":        {`[{"m":[1]},{},{"m":null},{"m":[2]}]`, []string{"#.m?"}, []string{"."}, `[[1],[2]]`},
		"a name ending in ?":    {`{"a?":[1]}`, []string{`a\?`}, []string{"."}, `[[1]]`},
		"the same, optional":    {`{}`, []string{`a\??`}, []string{"."}, `[]`},
		"a backslash and ?":     {`{}`, []string{`a\\?`}, []string{"."}, `[]`},
		"a byte order mark":     {"\ufeff[1]", []string{"."}, []string{"."}, `[[1]]`},
		"the same field twice":  {`[{"a":[1]}]`, []string{"."}, []string{"a.#", "a.#", "a", "a"}, `[[[1],[1],[1],[1]]]`},
		"nothing left over":     {`[{"a":1,"b":[1]},{},{"b":[]}]`, []string{"."}, []string{"a", "b.#"}, `[[1,[1]],[null,null],[null,[]]]`},
		"escaped names":         {`[{"\u0061":1}]`, []string{"."}, []string{"a"}, `[[1]]`},
		"a filter in each list": {`[{"l":[{"x":1,"y":1},{"x":1,"y":2}]},{"l":[{"x":1,"y":3}]}]`, []string{"."}, []string{"l.#(x==1).y"}, `[[1],[3]]`},
		"a filter below a #":    {`[[[{"x":1,"y":1},{"x":1,"y":2}],[{"x":1,"y":3}]]]`, []string{"."}, []string{"#.#(x==1).y"}, `[[[1,3]]]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if have := read(t, c.body, abi.Want{Rows: c.rows, Fields: c.fields}); have != `{"rows":`+c.want+`}` {
				t.Errorf("have %s, want %s", have, c.want)
			}
		})
	}
}

// TestRowsThatAreNotThere is an error each, and says what is there instead.
func TestRowsThatAreNotThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, path, words string }{
		{`{"error":"Secret-Value","code":7}`, "users", `its step "users" finds nothing in an object with the members "error", "code"`},
		{`{"data":{"users":null}}`, "data.users", "at its end stands null"},
		{`{"data":null}`, "data.users", `its step "users" finds nothing in null`},
		{`{"users":{}}`, "users", "at its end stands an object without members"},
		{`{"users":"x"}`, "users", "at its end stands a string"},
		{`{"users":7}`, "users", "at its end stands a number"},
		{`{"users":false}`, "users", "at its end stands true or false"},
		{`{"users":[]}`, ".", `at its end stands an object with the members "users"`},
		{`[[1],2]`, "#.#", `its step "#" finds nothing in a number`},
		{`[1,2]`, "x", `its step "x" finds nothing in a list of 2`},
		{`[1,2]`, "2", `its step "2" finds nothing in a list of 2`},
		{`[1,2]`, "*", `its step "*" finds nothing in a list of 2`},
		{`{"a":1}`, "#", `its step "#" finds nothing in an object`},
		{`{"a":1}`, "#(x==1)#", "finds nothing in an object"},
		{`[{"x":2}]`, "#(x==1).l", `its step "#(x==1)" finds nothing in a list of 1`},
		{`[{"x":1}]`, "#(x==1).l", `its step "l" finds nothing in an object with the members "x"`},
		{`[{"x":1}]`, "#(x==1)", `at its end stands an object`},
		{`[{"m":[1]},{}]`, "#.m", `its step "m" finds nothing in an object without members`},
		{`{"g":{"a":[1],"b":2}}`, "g.*.l", `its step "l" finds nothing in a list of 1`},
		{`{"users":"x"}`, "users?", "at its end stands a string"},
		{`"maintenance"`, "users?", `its step "users" finds nothing in a string`},
		{`[]`, "users?", `its step "users" finds nothing in a list of 0`},
		{`{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0}`, "users", `"7", "8" and more`},
		{`{"` + strings.Repeat("x", 100) + `":0}`, "users", `members "` + strings.Repeat("x", 64) + `"`},
	} {
		t.Run(c.path+" in "+c.body, func(t *testing.T) {
			t.Parallel()
			have, err := compile(t, abi.Want{Rows: []string{c.path}, Fields: []string{"."}}).Read(context.Background(), c.body, 1000)
			e := wantError(t, err, abi.UnexpectedData, want.RuleRows, c.words)
			if have != "" || e.Side != abi.SideTarget || strings.Contains(e.Message, "Secret-Value") {
				t.Errorf("have %s, %v", have, err)
			}
		})
	}
}

// TestGrammar refuses what is no path and says where.
func TestGrammar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, words string }{
		{``, "at byte 0: the path is empty"},
		{`..`, "at byte 0: a name is missing"},
		{`a.`, "at byte 2: a name is missing"},
		{`.a`, "at byte 0: a name is missing"},
		{`a..b`, "at byte 2: a name is missing"},
		{`a\`, "at byte 2"},
		{"a\xff", "not UTF-8"},
		{` a`, "a blank"},
		{`a `, "a blank"},
		{`a.b .c`, "at byte 4: a blank"},
		{`#a`, "at byte 0: # is a step alone"},
		{`*a`, "* is a step alone"},
		{`##`, "# is a step alone"},
		{`@key.a`, "@key"},
		{`a.@key`, "at byte 2"},
		{`@odata`, "@index"},
		{`#()`, "has == or !="},
		{`#(a)`, "has == or !="},
		{`#(a=1)`, "has == or !="},
		{`#(a==)`, "number, true, false or null is expected"},
		{`#(a==x)`, "number, true, false or null is expected"},
		{`#(a==nul)`, "no JSON"},
		{`#(a==01)`, "no JSON"},
		{`#(a=="x)`, "no JSON"},
		{`#(a=={})`, "number, true, false or null is expected"},
		{`#(a==1`, "ends in )"},
		{`#(a==1 )`, "ends in )"},
		{`#(a== 1)`, "at byte 5: no blank"},
		{`#(a ==1)`, "a blank"},
		{`#(a==1)##`, "a point is expected"},
		{`#(a==1)b`, "a point is expected"},
		{`#(#==1)`, "names and indexes only"},
		{`#(a.*==1)`, "names and indexes only"},
		{`#(a.#(b==1)==1)`, "names and indexes only"},
		{`#(@key==1)`, "names and indexes only"},
		{`#(a.==1)`, "a name is missing"},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			for place, w := range map[string]abi.Want{
				"want.rows[0]": {Rows: []string{c.path}}, "want.fields[1]": {Rows: []string{"."}, Fields: []string{"@key", c.path}}, "want.values[0]": {Values: []string{c.path}},
			} {
				plan, err := want.Compile(w)
				if plan != nil {
					t.Error("it was taken")
				}
				wantError(t, err, abi.Denied, want.RulePaths, c.words, place)
			}
		})
	}
	for _, taken := range []string{`a#b`, `a*`, `a@b`, `a(b)`, `a=b`, `a?b`, `a\ `, `\ a`, "\u00e4", `a!b`, `a"b`, `#(a\==="x")`, `#(a\=\=b=="x")`, `#(a.0.b!=-1.5e3)#.x`, `#(a==")#")#`} {
		compile(t, abi.Want{Values: []string{taken}})
	}
	_, err := want.Compile(abi.Want{Fields: []string{"a"}})
	wantError(t, err, abi.Denied, want.RulePaths, "name the rows")
	_, err = want.Compile(abi.Want{Rows: []string{"#x"}, Values: []string{"a..b", "a?"}})
	wantError(t, err, abi.Denied, want.RulePaths, "want.rows[0]", "want.values[0]", "want.values[1]", "ends in a question mark")
	_, err = want.Compile(abi.Want{Rows: []string{"a??"}})
	wantError(t, err, abi.Denied, want.RulePaths)
	_, err = want.Compile(abi.Want{Rows: []string{"?"}})
	wantError(t, err, abi.Denied, want.RulePaths)
	_, err = want.Compile(abi.Want{Rows: []string{"@key"}, Values: []string{"@index"}})
	wantError(t, err, abi.Denied, want.RulePaths, "want.rows[0]", "want.values[0]")
}

// TestAnswer makes the answers that connectors get.
func TestAnswer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", abi.MaxErrorText)
	rows := abi.Want{Rows: []string{"u"}, Fields: []string{"."}, Values: []string{"n"}}
	values := abi.Want{Values: []string{"n"}}
	for name, c := range map[string]struct {
		want   abi.Want
		status int
		body   string
		wanted string
		kept   string
		rule   string
	}{
		"rows":             {rows, 200, `{"u":[1],"n":2}`, `{"values":[2],"rows":[[1]]}`, "", ""},
		"values":           {values, 299, `{"n":2}`, `{"values":[2]}`, "", ""},
		"nothing asked":    {abi.Want{}, 200, `{"n":2}`, `{}`, "", ""},
		"no JSON":          {values, 200, `<html>`, "", "", want.RuleJSON},
		"no rows":          {rows, 200, `{"error":1}`, "", "", want.RuleRows},
		"empty with rows":  {rows, 204, "", "", "", want.RuleJSON},
		"empty":            {values, 204, "", "", "", ""},
		"blank":            {values, 200, " ", "", "", want.RuleJSON},
		"failure":          {rows, 404, `{"n":2,"u":[1]}`, `{"values":[2]}`, `{"n":2,"u":[1]}`, ""},
		"failure, no JSON": {rows, 500, `<html>`, "", `<html>`, ""},
		"failure, long":    {rows, 500, `{"n":2,"x":"` + long + `"}`, `{"values":[2]}`, (`{"n":2,"x":"` + long)[:abi.MaxErrorText], ""},
		"failure, cut":     {rows, 500, "x" + long, "", ("x" + long)[:abi.MaxErrorText-1], ""},
		"redirect":         {rows, 302, "", "", "", ""},
		"failure, rows":    {abi.Want{Rows: []string{"u"}}, 400, `{"u":[1]}`, "", `{"u":[1]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have, err := compile(t, c.want).Answer(context.Background(), abi.HTTPAnswer{Status: c.status, Body: c.body, Tries: 2}, 1<<20)
			if c.rule != "" {
				wantError(t, err, abi.UnexpectedData, c.rule)
			} else if err != nil {
				t.Error(err)
			}
			if have.Status != c.status || have.Tries != 2 || have.Wanted != c.wanted || have.Body != c.kept {
				t.Errorf("have %+v", have)
			}
		})
	}
}
