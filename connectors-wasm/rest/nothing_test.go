package rest_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestStepThatFindsNothing: that something is missing is not that the object is: whoever
// hears that may make it a second time.
func TestStepThatFindsNothing(t *testing.T) {
	t.Parallel()
	const missing, entry = abi.ExportErrorConnectedDirectoryMissingObject, abi.ExportErrorConnectedDirectoryError
	const read = `"read":{"request":"/users/{anchor}"},`
	const one = `"update":[{"request":{"method":"PATCH","path":"/users/{anchor}/profile","json":{"...":"changed"}}}]`
	const two = `"update":[{"request":{"method":"PATCH","path":"/users/{anchor}","json":{"...":"changed"}}},{"request":"POST /users/{anchor}/notify"}]`
	const created = `"create":[{"request":{"method":"POST","path":"/users","json":{"...":"attributes"}},"capture":{"id":"id"}},{"request":"POST /users/{anchor}/notify"}]`
	change, zoe := update("7", set("name", "zoe")), add(set("name", "zoe"))
	gone, there := status(404, ""), ok(`{"id":"7","name":"ann"}`)
	for name, test := range map[string]struct {
		recipe string
		entry  abi.CSEntryChange
		read   abi.HTTPAnswer
		code   abi.ExportError
	}{
		"the object":                       {read + one, change, gone, missing},
		"a part of it":                     {read + one, change, there, entry},
		"nobody can say":                   {read + one, change, status(500, ""), entry},
		"without read":                     {one, change, gone, missing},
		"without read, behind another":     {two, change, gone, entry},
		"behind another, the object":       {read + two, change, gone, missing},
		"a part of it, behind another":     {read + two, change, there, entry},
		"a new object's place":             {strings.ReplaceAll(created, `/users"`, `/people"`), zoe, gone, entry},
		"of a new object, behind the rest": {read + created, zoe, gone, entry},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {test.read}, "PATCH /users/7": {ok("")}, "PATCH /users/7/profile": {gone}, "POST /users/7/notify": {gone},
				"POST /users": {status(201, `{"id":"7"}`)}, "POST /people": {gone}})
			c, host := connect(parse(t, `{`+test.recipe+`}`), app)
			_, _ = exported(t, c, test.entry)
			if _, results := host.Reported(); len(results) != 1 || results[0].Code != test.code {
				t.Errorf("have %+v, want %v", results, test.code)
			}
		})
	}
}
