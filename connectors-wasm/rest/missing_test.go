package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// What one step of a delete does not find says nothing of the object.
func TestDeletesOfManySteps(t *testing.T) {
	t.Parallel()
	const read = `,"read":{"request":"/users/{anchor}"}`
	const sessions = `{"request":"DELETE /users/{anchor}/sessions"},{"request":"DELETE /users/{anchor}"}`
	const roles = `{"each":{"removed":"roles"},"request":"DELETE /users/{anchor}/roles/{each.value}"},{"request":"DELETE /users/{anchor}"}`
	const move = `{"request":"POST /users/{anchor}/move"},{"request":"DELETE /users/{anchor}"}`
	const each = `{"request":"DELETE /users/{anchor}"},{"each":{"removed":"roles"},"request":"POST /users/{anchor}/roles/{each.value}/leave"}`
	const there = `{"id":"7","roles":["a","b"]}`
	for name, test := range map[string]struct {
		steps string
		found map[string]string // what is found; all else is not there
		asked []string
		word  string // of the error, if there is one
	}{
		"its sessions":          {sessions, map[string]string{"DELETE /users/7": ""}, []string{"DELETE /users/7/sessions", "DELETE /users/7"}, ""},
		"all of it":             {sessions, nil, []string{"DELETE /users/7/sessions", "DELETE /users/7"}, ""},
		"the first of two":      {`{"request":"DELETE /users/{anchor}"},{"request":"DELETE /mail/{anchor}"}`, map[string]string{"DELETE /mail/7": ""}, []string{"DELETE /users/7", "DELETE /mail/7"}, ""},
		"its roles":             {roles + `]` + read + `,"x":[`, map[string]string{"GET /users/7": there, "DELETE /users/7": ""}, []string{"GET /users/7", "DELETE /users/7/roles/a", "DELETE /users/7/roles/b", "DELETE /users/7"}, ""},
		"no DELETE, not last":   {move, map[string]string{"DELETE /users/7": ""}, []string{"POST /users/7/move"}, "POST /users/7/move was answered with 404"},
		"read says it is there": {move + `]` + read + `,"x":[`, map[string]string{"GET /users/7": there}, []string{"POST /users/7/move", "GET /users/7"}, "POST /users/7/move was answered with 404"},
		"read says it is gone":  {move + `]` + read + `,"x":[`, nil, []string{"POST /users/7/move", "GET /users/7"}, ""},
		"no DELETE, the last":   {`{"request":"DELETE /mail/{anchor}"},{"request":"POST /users/{anchor}/remove"}`, nil, []string{"DELETE /mail/7", "POST /users/7/remove"}, ""},
		"no DELETE, others left": {`{"request":"POST /users/{anchor}/remove"},{"when":{"has":"old.name"},"request":"DELETE /users/{anchor}"}]` + read + `,"x":[`,
			map[string]string{"GET /users/7": there}, []string{"GET /users/7", "POST /users/7/remove"}, ""},
		"no DELETE, many": {each + `]` + read + `,"x":[`, map[string]string{"GET /users/7": there, "DELETE /users/7": ""},
			[]string{"GET /users/7", "DELETE /users/7", "POST /users/7/roles/a/leave", "GET /users/7"}, "step 2 of 2 (POST /users/7/roles/a/leave) failed after step 1 succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if body, there := test.found[r.Method+" "+r.Path]; there {
					return ok(body)
				}
				return status(404, `{"error":"not found"}`)
			}}
			text := strings.Replace(`{"attributes":{"id":{"access":"read"},"name":{},"roles":{"multi":true,"write":"none"}},"delete":[`+test.steps+`]}`, `,"x":[]`, "", 1)
			c, _ := connect(parse(t, text), app)
			results, err := exported(t, c, oneEntry(abi.ObjectDelete, "7"))
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, app.asked, test.asked)
			if failed := results[0].Code != abi.ExportSuccess; failed != (test.word != "") || !strings.Contains(results[0].Detail, test.word) {
				t.Errorf("have %+v, want %q", results[0], test.word)
			}
			if results[0].Code == abi.ExportErrorConnectedDirectoryMissingObject {
				t.Error("the object is said to be gone")
			}
		})
	}
}

// A value that is gone is not the object.
func TestValueThatIsGone(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {ok(`{"id":"7","roles":["a"]}`)}, "DELETE /users/7/roles/a": {status(404, "")}})
	c, _ := connect(parse(t, `{"attributes":{"id":{"access":"read"},"roles":{"multi":true,"write":"none"}},"read":{"request":"/users/{anchor}"},
		"update":[{"each":{"removed":"roles"},"request":"DELETE /users/{anchor}/roles/{each.value}"}]}`), app)
	results, err := exported(t, c, update("7", set("roles")))
	if err != nil || results[0].Code != abi.ExportErrorConnectedDirectoryError || !strings.Contains(results[0].Detail, "DELETE /users/7/roles/a was answered with 404") {
		t.Errorf("have %+v and %v", results, err)
	}
}
