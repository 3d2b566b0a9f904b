package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// account is a user of an application in memory.
type account struct {
	ID, Login, Mail, State string
	Roles                  []string
	Password               string
}

// accounts is an application for the recipe lifecycle. The answer to its request number
// at becomes what fault makes of it.
type accounts struct {
	users map[string]*account
	next  int
	asked int
	at    int
	fault string
}

// faults are what may become of a request, and whether it is carried out.
var faults = map[string]struct {
	done   bool
	answer abi.HTTPAnswer
}{
	"lost before": {false, lost()}, "lost behind": {true, lost()}, "500 before": {false, status(500, "")}, "500 behind": {true, status(500, "")},
	"504 behind": {true, status(504, "")}, "404": {false, status(404, "")}, "404 of a proxy": {false, status(404, "<html>")}, "409": {false, status(409, "{}")}, "403": {false, status(403, "")}, "429": {false, status(429, "")},
	"a page": {false, ok("<html>")}, "an error in a 200": {false, ok(`{"error":"nope"}`)}, "no success in a 200": {false, ok(`{"success":false}`)},
	"nothing behind": {true, status(204, "")}, "null behind": {true, status(201, "null")}, "no id behind": {true, status(201, `{"id":null}`)}, "412": {false, status(412, "{}")},
	"accepted": {true, status(202, "")},
}

func (a *accounts) serve(r *abi.HTTPRequest) abi.HTTPAnswer {
	a.asked++
	if f, there := faults[a.fault]; there && a.asked == a.at {
		if f.done {
			a.carryOut(r)
		}
		return f.answer
	}
	return a.carryOut(r)
}

func (a *accounts) carryOut(r *abi.HTTPRequest) abi.HTTPAnswer {
	parts := strings.Split(strings.TrimPrefix(r.Path, "/users"), "/")
	if len(parts) < 2 {
		if r.Method == "GET" {
			return a.search(r.Query[0].Value)
		}
		var u account
		if err := json.Unmarshal([]byte(r.Body), &u); err != nil {
			return status(400, "{}")
		}
		for _, other := range a.users {
			if other.Login == u.Login {
				return status(409, "{}")
			}
		}
		a.next++
		u.ID, u.State = fmt.Sprint(a.next), "active"
		a.users[u.ID] = &u
		return status(201, u.json())
	}
	u := a.users[parts[1]]
	if u == nil {
		return status(404, "{}")
	}
	switch place := strings.Join(append([]string{r.Method}, parts[2:]...), " "); {
	case place == "GET":
		return ok(u.json())
	case place == "PUT":
		changed := struct{ Login, Mail *string }{&u.Login, &u.Mail}
		if err := json.Unmarshal([]byte(r.Body), &changed); err != nil {
			return status(400, "{}")
		}
	case place == "DELETE":
		delete(a.users, u.ID)
	case place == "POST block":
		u.State = "blocked"
	case place == "PUT password":
		var p struct{ Password string }
		_ = json.Unmarshal([]byte(r.Body), &p)
		u.Password = p.Password
	case strings.HasPrefix(place, "PUT roles "):
		u.Roles = append(u.Roles, parts[3])
	case strings.HasPrefix(place, "DELETE roles "):
		u.Roles = slices.DeleteFunc(u.Roles, func(role string) bool { return role == parts[3] })
	}
	return status(204, "")
}

func (a *accounts) search(login string) abi.HTTPAnswer {
	rows := []string{}
	for _, u := range a.users {
		if u.Login == login {
			rows = append(rows, u.json())
		}
	}
	return ok("[" + strings.Join(rows, ",") + "]")
}

func (u *account) json() string {
	text, _ := json.Marshal(map[string]any{"id": u.ID, "login": u.Login, "mail": u.Mail, "state": u.State, "roles": u.Roles})
	return string(text)
}

func (a *accounts) all() (all []string) {
	for _, id := range slices.Sorted(maps.Keys(a.users)) {
		all = append(all, fmt.Sprintf("%+v", *a.users[id]))
	}
	return all
}

// TestFaults: whatever becomes of each request of an entry, what is told as done was done,
// nothing twice, and to nobody else.
func TestFaults(t *testing.T) {
	t.Parallel()
	const ann, bob = "{ID:1 Login:ann Mail:ann@x State:active Roles:[] Password:ann's}", "{ID:2 Login:bob Mail:bob@x State:active Roles:[x] Password:}"
	for name, test := range map[string]struct {
		entry abi.CSEntryChange
		want  []string // the accounts when it is done; none: it never is
	}{
		"create":                  {add(set("login", "zoe"), set("mail", "z@x"), setBool("active", false), set("roles", "a", "b")), []string{ann, bob, "{ID:3 Login:zoe Mail:z@x State:blocked Roles:[a b] Password:}"}},
		"create of a name":        {add(set("login", "zoe")), []string{ann, bob, "{ID:3 Login:zoe Mail: State:active Roles:[] Password:}"}},
		"of a name that is taken": {add(set("login", "ann"), set("mail", "other@x")), nil},
		"update":                  {update("2", set("mail", "new@x"), setBool("active", false), set("roles", "y")), []string{ann, "{ID:2 Login:bob Mail:new@x State:blocked Roles:[y] Password:}"}},
		"delete":                  {oneEntry(abi.ObjectDelete, "2"), []string{ann}},
		"password":                {update("2", set(abi.ExportPassword, "N")), []string{ann, "{ID:2 Login:bob Mail:bob@x State:active Roles:[x] Password:N}"}},
	} {
		for fault := range faults {
			for at, asked := 1, 1; at <= asked; at++ {
				app := &accounts{next: 2, at: at, fault: fault, users: map[string]*account{"1": {"1", "ann", "ann@x", "active", nil, "ann's"}, "2": {"2", "bob", "bob@x", "active", []string{"x"}, ""}}}
				done, anchor := app.follow(t, test.entry)
				asked = app.asked
				have := app.all()
				if done && !slices.Equal(have, test.want) || have[0] != ann || len(have) > 3 || anchor != "" && anchor != "3" {
					t.Errorf("%s, %s at %d: done is %v, the anchor %q, and there are\n%s", name, fault, at, done, anchor, strings.Join(have, "\n"))
				}
			}
		}
	}
}

// follow carries out an entry, or sets the password that it has, and returns whether it is
// told as done, and with which anchor.
func (a *accounts) follow(t *testing.T, entry abi.CSEntryChange) (done bool, anchor string) {
	c, host := connect(parse(t, lifecycle), &target{answer: a.serve})
	if p := entry.Attribute(abi.ExportPassword); p != nil {
		session, err := c.OpenPasswordConnection(t.Context(), abi.OpenPasswordConnectionRunStep{})
		if err == nil {
			err = session.SetPassword(t.Context(), abi.SetPasswordRunStep{Entry: abi.CSEntry{Anchor: entry.Anchor}, NewPassword: p.Values[0].Text()})
		}
		return err == nil, ""
	}
	_, _ = exported(t, c, entry)
	_, results := host.Reported()
	if len(results) != 1 {
		t.Fatalf("have the results %+v", results)
	}
	if len(results[0].Anchor) > 0 {
		anchor = results[0].Anchor[0].Value.Text()
	}
	return results[0].Code == abi.ExportSuccess, anchor
}
