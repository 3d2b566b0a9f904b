package rest_test

import (
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// What read brings is used only if it is the object that was asked for.
func TestAnotherObjectIsRead(t *testing.T) {
	t.Parallel()
	const one, rows = `"read":{"request":"/users/{anchor}"}`, `"read":{"request":"/users/{anchor}","rows":"users"}`
	const whole = `"read":{"request":"/users/{anchor}","rows":"users","whole":true}`
	const number = `,"attributes":{"id":{"access":"read","type":"integer"},"name":{}}`
	const made = `,"attributes":{"id":{"access":"read","template":"{row.realm}-{row.nr}"},"name":{}}`
	const chosen = `,"attributes":{"id":{"access":"create"},"name":{}}`
	const id = `,"attributes":{"id":{"access":"read"},"name":{}}`
	const other = "the application answered with 70, which is another one"
	for name, test := range map[string]struct {
		recipe, id, answer string
		asked              string // what is deleted, if somebody is
		word               string // of the error that ends the run, if one does
	}{
		"the same":                {one, "7", `{"id":"7","name":"a"}`, "DELETE /u/a", ""},
		"another":                 {one, "7", `{"id":"70","name":"b"}`, "", other},
		"a number":                {one + number, "7", `{"id":7,"name":"a"}`, "DELETE /u/a", ""},
		"a number as text":        {one + number, "7", `{"id":"7","name":"a"}`, "DELETE /u/a", ""},
		"another in its case":     {one, "ada", `{"id":"ADA","name":"a"}`, "DELETE /u/a", ""},
		"rows in its case":        {rows + chosen, "ada", `{"users":[{"id":"ADA","name":"a"}]}`, "DELETE /u/a", ""},
		"rows of both cases":      {rows + chosen, "ada", `{"users":[{"id":"ADA","name":"b"},{"id":"ada","name":"a"}]}`, "DELETE /u/a", ""},
		"rows of an id's case":    {rows + id, "ada", `{"users":[{"id":"ADA","name":"b"}]}`, "", "the search did not narrow"},
		"rows with it":            {rows, "7", `{"users":[{"id":"70","name":"b"},{"id":7,"name":"a"}]}`, "DELETE /u/a", ""},
		"rows of another":         {rows, "7", `{"users":[{"id":"70","name":"b"}]}`, "", "the search did not narrow"},
		"all rows of another":     {whole, "7", `{"users":[{"id":"70","name":"b"}]}`, "", ""},
		"rows with it twice":      {rows, "7", `{"users":[{"id":"7","name":"b"},{"id":7,"name":"a"}]}`, "", "more than one object"},
		"made of two":             {rows + made, "x-7", `{"users":[{"realm":"y","nr":7,"name":"b"},{"realm":"x","nr":7,"name":"a"}]}`, "DELETE /u/a", ""},
		"the anchor is not there": {rows, "7", `{"users":[{"name":"b"}]}`, "", "has no id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := ""
			app := &target{answer: func(r *abi.HTTPRequest) abi.HTTPAnswer {
				if r.Method == "DELETE" {
					asked = r.Method + " " + r.Path
					return status(204, "")
				}
				return ok(test.answer)
			}}
			r := parse(t, `{`+test.recipe+`,"delete":[{"request":"DELETE /u/{old.name}"}]}`)
			c, _ := connect(r, app)
			results, err := exported(t, c, oneEntry(abi.ObjectDelete, test.id))
			if err != nil && test.word == other {
				t.Errorf("have %v, which ends the run", err)
			}
			if err == nil && test.word != "" {
				err = abi.NewError(abi.UnexpectedData, results[0].Detail)
			}
			if test.word != "" {
				wantError(t, err, abi.UnexpectedData, test.word)
			} else if err != nil || results[0].Code != abi.ExportSuccess {
				t.Errorf("have %+v and %v", results, err)
			}
			if asked != test.asked {
				t.Errorf("have %q, want %q", asked, test.asked)
			}
		})
	}
}

// Nor does a password go to another one.
func TestPasswordOfAnotherObject(t *testing.T) {
	t.Parallel()
	app := table(t, map[string][]abi.HTTPAnswer{"GET /users?q=7": {ok(`{"users":[{"id":"70","name":"agent7"}]}`)}})
	c, _ := connect(parse(t, `{"read":{"request":{"path":"/users","query":{"q":"{anchor}"}},"rows":"users","whole":true},
		"setPassword":[{"request":{"method":"PUT","path":"/users/{old.name}","json":{"password":"{password}"}}}]}`), app)
	session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: anchor("7")}, NewPassword: "N"}), abi.ObjectNotFound)
	wantLines(t, app.asked, []string{"GET /users?q=7"})
}

// Nor does one that was named stand in an import.
func TestAnotherObjectIsNamed(t *testing.T) {
	t.Parallel()
	for rows, want := range map[string]abi.Code{"": abi.UnexpectedData, `,"rows":"."`: 0} {
		body := `{"id":"70"}`
		if rows != "" {
			body = "[" + body + `,{"id":"7"}]`
		}
		app := table(t, map[string][]abi.HTTPAnswer{"GET /users/7": {ok(body)}})
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"read":{"request":"/users/{anchor}"`+rows+`}}`), app)
		have, err := named(t, c, abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: anchor("7")})
		if abi.CodeOf(err) != want {
			t.Errorf("%q: have %v", rows, err)
		}
		if want == 0 {
			wantLines(t, have, []string{"7"})
		}
	}
}
