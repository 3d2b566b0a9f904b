package scim_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"github.com/ecmabox/ecmabox/scim"
	"pgregory.net/rapid"
)

// The tests here compare filters and PATCH with scimmy, scim2-parse-filter and
// scim-patch. Over generated cases of what all understand the same, nothing may
// differ; what is known to differ is listed case by case, with its reason, and
// each case must differ as the list says. SCIM_PEERS names the folder in which
// .ci/scim-short.sh has installed the others.

// peers is the process that answers for the others.
type peers struct {
	t   *testing.T
	in  *json.Encoder
	out *bufio.Scanner
}

func startPeers(t *testing.T) *peers {
	t.Helper()
	dir := os.Getenv("SCIM_PEERS")
	if dir == "" {
		t.Skip("SCIM_PEERS is not set: .ci/scim-short.sh installs the other implementations and runs this")
	}
	cmd := exec.Command("node", filepath.Join(dir, "peers.mjs"))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewScanner(stdout)
	out.Buffer(nil, 1<<20)
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &peers{t: t, in: json.NewEncoder(stdin), out: out}
}

// ask returns what each of the others makes of a case.
func (p *peers) ask(question map[string]any) map[string]any {
	p.t.Helper()
	if err := p.in.Encode(question); err != nil {
		p.t.Fatal(err)
	}
	if !p.out.Scan() {
		p.t.Fatalf("no answer: %v", p.out.Err())
	}
	var answer map[string]any
	if err := json.Unmarshal(p.out.Bytes(), &answer); err != nil {
		p.t.Fatal(err)
	}
	return answer
}

// generatedCases is how many cases each comparison takes.
const generatedCases = 3000

// plainWords differ in more than case and need no escapes.
var plainWords = []string{"a", "b", "ab", "ba", "abc", "work", "home"}

// drawPlainPerson has every single value, so that none is absent.
func drawPlainPerson() *rapid.Generator[person] {
	return rapid.Custom(func(t *rapid.T) person {
		word := rapid.SampledFrom(plainWords)
		yes := rapid.Bool().Draw(t, "active")
		p := person{UserName: word.Draw(t, "userName"), Title: word.Draw(t, "title"), Active: &yes,
			Name: &name{FamilyName: word.Draw(t, "familyName"), GivenName: word.Draw(t, "givenName")}}
		values := rapid.SliceOfNDistinct(word, 1, 3, rapid.ID).Draw(t, "emails")
		for i, v := range values {
			p.Emails = append(p.Emails, email{Value: v, Type: []string{"work", "home", "other"}[i]})
		}
		return p
	})
}

func drawPlainFilter() *rapid.Generator[meaning[person]] {
	single := append([]field[person]{personFields[0]}, personFields[2:5]...) // without URN, single-valued
	inside := grammar[email]{fields: emailFields[:2], words: plainWords, plain: true}
	g := grammar[person]{fields: single, words: plainWords, plain: true, within: drawValuePath(inside.comparison())}
	return g.filter(2)
}

func TestFiltersAgree(t *testing.T) {
	p := startPeers(t)
	typ := coreType(t, "User")
	matches, explained := 0, 0
	for seed := range generatedCases {
		user, m := drawPlainPerson().Example(seed), drawPlainFilter().Example(seed)
		ours := matchBody(t, typ, m.text, user.json())
		for peer, theirs := range p.ask(map[string]any{"filter": m.text, "user": json.RawMessage(user.json())}) {
			switch {
			case theirs == ours:
			case peer == "scimmy" && groupJoined.MatchString(m.text):
				explained++
			default:
				t.Errorf("%s\non %s: %s says %v, we say %v", m.text, user.json(), peer, theirs, ours)
			}
		}
		if ours == true {
			matches++
		}
	}
	if explained > generatedCases/20 {
		t.Errorf("scimmy reads %d groups differently: more than the reason explains", explained)
	}
	t.Logf("%d filters, %d of them match, %d groups that scimmy reads differently", generatedCases, matches, explained)
}

// groupJoined finds a group in parentheses joined to something else by "and":
// scimmy loses some of its terms. scim2-parse-filter must still agree with us.
var groupJoined = regexp.MustCompile(`\) and |and (not ?)?\(`)

// matchBody answers as a peer does.
func matchBody(t *testing.T, typ *scim.ResourceType, filter, body string) any {
	t.Helper()
	o, err := typ.DecodeResource(body)
	if err != nil {
		t.Fatal(err)
	}
	f, err := typ.ParseFilter(filter)
	if err != nil {
		return "error"
	}
	return f.Match(&scim.Resource{Attributes: o})
}

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value,omitempty"`
}

// drawPlainOperation changes a plain person in a way that all understand.
func drawPlainOperation() *rapid.Generator[operation] {
	return rapid.Custom(func(t *rapid.T) operation {
		word := rapid.SampledFrom(plainWords).Draw(t, "word")
		op := rapid.SampledFrom([]string{"add", "replace", "Add", "Replace"}).Draw(t, "op")
		mail := func(value, kind string) any { return map[string]any{"value": value, "type": kind} }
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			return operation{op, rapid.SampledFrom([]string{"title", "nickName", "displayName", "name.givenName", "name.middleName"}).Draw(t, "path"), word}
		case 1:
			return operation{op, "active", rapid.Bool().Draw(t, "active")}
		case 2:
			return operation{op, `emails[type eq "work"].value`, word}
		case 3:
			return operation{"replace", "emails", []any{mail(word, "work"), mail("x"+word, "home")}}
		case 4:
			fresh := fmt.Sprint(word, rapid.IntRange(0, 1<<20).Draw(t, "fresh"))
			return operation{"add", "emails", []any{mail(fresh, "other")}}
		case 5:
			return operation{"add", "name", map[string]any{"givenName": word, "formatted": word}}
		case 6:
			return operation{op, "", map[string]any{"title": word, "nickName": word}}
		case 7:
			return operation{Op: "remove", Path: rapid.SampledFrom([]string{"title", "nickName", "name.givenName"}).Draw(t, "path")}
		}
		return operation{Op: "remove", Path: `emails[type eq "home"]`}
	})
}

func TestPatchesAgree(t *testing.T) {
	p := startPeers(t)
	typ := coreType(t, "User")
	// none twice: scimmy would add the same value twice
	operations := rapid.SliceOfNDistinct(drawPlainOperation(), 1, 3, func(o operation) string { return string(mustJSON(o)) })
	changed := 0
	for seed := range generatedCases {
		user, ops := drawPlainPerson().Example(seed), operations.Example(seed)
		ours := patchBodyOf(t, typ, user.json(), ops)
		for peer, theirs := range p.ask(map[string]any{"operations": ops, "user": json.RawMessage(user.json())}) {
			if theirs = tidy(theirs); !reflect.DeepEqual(theirs, ours) {
				t.Errorf("%s\non %s:\n%s makes %s\nwe make %s", mustJSON(ops), user.json(), peer, mustJSON(theirs), mustJSON(ours))
			}
		}
		if string(mustJSON(ours)) != string(mustJSON(tidy(parsed(user.json())))) {
			changed++
		}
	}
	t.Logf("%d patches, %d of them change something", generatedCases, changed)
}

func patchBodyOf(t *testing.T, typ *scim.ResourceType, body string, ops []operation) any {
	t.Helper()
	have, err := patched(t, typ, body, string(mustJSON(map[string]any{"Operations": ops})))
	if err != nil {
		return "error"
	}
	return tidy(parsed(have))
}

func parsed(s string) any {
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		panic(fmt.Sprintf("%s: %v", s, err))
	}
	return v
}

// tidy leaves out what means nothing: empty values, schemas and meta.
func tidy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		tidied := map[string]any{}
		for k, inner := range v {
			if inner = tidy(inner); inner != nil && k != "schemas" && k != "meta" {
				tidied[k] = inner
			}
		}
		if len(tidied) == 0 {
			return nil
		}
		return tidied
	case []any:
		var tidied []any
		for _, inner := range v {
			if inner = tidy(inner); inner != nil {
				tidied = append(tidied, inner)
			}
		}
		if len(tidied) == 0 {
			return nil
		}
		return tidied
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}
