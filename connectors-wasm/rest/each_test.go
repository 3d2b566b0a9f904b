package rest_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestEachValueOnce: a value that stands twice among those of a change is told once.
func TestEachValueOnce(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {ok(`{"id":7,"login":"zoe","roles":["x","x"]}`)}, "PUT /users/7/roles/a": {ok("")}, "DELETE /users/7/roles/x": {ok("")}})
	c, _ := connect(parse(t, lifecycle), app)
	if results, err := exported(t, c, update("7", set("roles", "a", "a"))); err != nil || results[0].Code != abi.ExportSuccess {
		t.Errorf("have %+v and %v", results, err)
	}
	wantLines(t, app.asked, []string{"GET /users/7", "PUT /users/7/roles/a", "DELETE /users/7/roles/x"})
	app = table(t, map[string][]abi.HTTPAnswer{"POST /users": {created("7")}, "PUT /users/7/roles/a": {ok("")}})
	c, _ = connect(parse(t, lifecycle), app)
	if results, err := exported(t, c, add(set("login", "zoe"), set("mail", "m"), set("roles", "a", "a"))); err != nil || results[0].Code != abi.ExportSuccess {
		t.Errorf("have %+v and %v", results, err)
	}
	wantLines(t, app.asked, []string{"POST /users", "PUT /users/7/roles/a"})
}
