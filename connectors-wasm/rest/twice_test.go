package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// A target that tells the same anchor of two new objects has not made two.
func TestOneAnchorTwice(t *testing.T) {
	t.Parallel()
	const word = "the new object is 7, which another entry of this run has made"
	const capture = `"create":[{"request":"POST /users","capture":{"id":"id"}},{"request":"POST /users/{anchor}/mail"}]`
	const again = `"create":[{"request":"POST /users","capture":{"id":"id"}},{"request":"POST /users/{anchor}/mail","capture":{"id":"id"}}]`
	const find = `"create":[{"request":"POST /none"}],"find":{"request":"/found","by":["name"]}`
	other := add(set("name", "x"))
	for name, test := range map[string]struct {
		recipe  string
		entries []abi.CSEntryChange
		words   []string // of the errors of the entries, empty: done
		mails   int
	}{
		"captured":           {capture, []abi.CSEntryChange{add(set("name", "x")), other}, []string{"", word}, 1},
		"captured by one":    {again, []abi.CSEntryChange{add(set("name", "x"))}, []string{""}, 1},
		"deleted in between": {capture, []abi.CSEntryChange{add(set("name", "x")), oneEntry(abi.ObjectDelete, "7"), other}, []string{"", "", ""}, 2},
		"not deleted":        {capture, []abi.CSEntryChange{add(set("name", "x")), oneEntry(abi.ObjectDelete, "8"), other}, []string{"", "answered with 409", word}, 1},
		"found":              {find, []abi.CSEntryChange{add(set("name", "x")), other}, []string{"", word}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mails := 0
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				switch r.Path {
				case "/users/7/mail":
					mails++
				case "/users/8":
					return status(409, "")
				}
				return ok(`{"id":"7","name":"x"}`)
			}}
			c, _ := connect(parse(t, `{`+test.recipe+`,"delete":[{"request":"DELETE /users/{anchor}"}]}`), app)
			results, err := exported(t, c, test.entries...)
			if err != nil || len(results) != len(test.words) {
				t.Fatalf("have %+v and %v", results, err)
			}
			for i, word := range test.words {
				if failed := results[i].Code != abi.ExportSuccess; failed != (word != "") || !strings.Contains(results[i].Detail, word) {
					t.Errorf("%d: have %+v, want %q", i, results[i], word)
				}
				if word != "" && len(results[i].Anchor) > 0 {
					t.Errorf("%d: have the anchor %v", i, results[i].Anchor)
				}
			}
			if mails != test.mails {
				t.Errorf("sent %d mails, want %d", mails, test.mails)
			}
		})
	}
}
