//go:build !wasip1

package recipes_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/gitlab"
)

const gitlabToken = "glpat-0123456789abcdef"

func onGitLab(t *testing.T, users int) (*stack, *gitlab.Server) {
	t.Helper()
	server := gitlab.New(gitlab.Options{Token: gitlabToken})
	server.Add(users)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return open(t, app{recipe: "gitlab.yaml", url: listener.URL + "/api/v4", secrets: map[string]string{"TOKEN": gitlabToken},
		credentials: []hostfuncs.Credential{{Kind: hostfuncs.APIKey, Secret: "TOKEN", Header: "PRIVATE-TOKEN"}}}), server
}

func TestGitLab(t *testing.T) {
	t.Parallel()
	s, server := onGitLab(t, 250)
	before := s.full(t)
	if want := "username=user1 name=User 1 email=user1@example.com admin=false external=false active=true state=active"; len(before) != 251 || before["2"] != want {
		t.Fatalf("imported %d users, the second of them %q, want 251 and %q", len(before), before["2"], want)
	}
	made := s.must(t, `{"attributes":{"username":"zoe","name":"Zoë","email":"zoe@example.com","active":false,"note":"x","export_password":"a good password"}}`,
		`{"attributes":{"username":"ada","name":"Ada","email":"ada@example.com","admin":true}}`)
	same(t, "created", made, "252", "253")
	if have := server.Password(252); have != "a good password" {
		t.Errorf("have the password %q", have)
	}
	after := s.full(t)
	same(t, "after the creates", differences(before, after),
		"new 252: username=zoe name=Zoë email=zoe@example.com admin=false external=false note=x active=false state=blocked",
		"new 253: username=ada name=Ada email=ada@example.com admin=true external=false active=true state=active")

	before = after
	s.must(t, `{"change":"Update","anchor":{"id":"252"},"attributes":{"active":{"replace":true},"name":{"replace":"Zoe"},"email":{"replace":"z@example.com"},"note":null}}`,
		`{"change":"Update","anchor":{"id":"253"},"attributes":{"admin":{"replace":false}}}`,
		`{"change":"Update","anchor":{"id":"2"},"attributes":{"active":{"replace":false}}}`,
		`{"change":"Delete","anchor":{"id":"3"}}`, `{"change":"Delete","anchor":{"id":"999"}}`)
	after = s.full(t)
	same(t, "after the updates", differences(before, after),
		"changed 252: username=zoe name=Zoe email=z@example.com admin=false external=false active=true state=active",
		"changed 253: username=ada name=Ada email=ada@example.com admin=false external=false active=true state=active",
		"changed 2: username=user1 name=User 1 email=user1@example.com admin=false external=false active=false state=blocked",
		"gone 3")
	s.must(t, `{"change":"Update","anchor":{"id":"2"},"attributes":{"active":{"replace":true}}}`)
	same(t, "after the user is let in again", differences(after, s.full(t)),
		"changed 2: username=user1 name=User 1 email=user1@example.com admin=false external=false active=true state=active")
}

// Who is banned is let in again; whom LDAP blocks, or nobody has approved of yet, is not.
func TestGitLabStates(t *testing.T) {
	t.Parallel()
	s, server := onGitLab(t, 3)
	server.SetState(2, "banned")
	server.SetState(3, "ldap_blocked")
	server.SetState(4, "blocked_pending_approval")
	const active = `{"change":"Update","anchor":{"id":"%d"},"attributes":{"active":{"replace":true},"name":{"replace":"x"}}}`
	s.must(t, fmt.Sprintf(active, 2))
	for id, state := range map[int]string{3: "ldap_blocked", 4: "blocked_pending_approval"} {
		if have := s.refused(t, abi.ExportErrorConnectedDirectoryError, fmt.Sprintf(active, id)); !strings.Contains(have, state) {
			t.Errorf("have %q, want it to say %s", have, state)
		}
		s.must(t, fmt.Sprintf(`{"change":"Update","anchor":{"id":"%d"},"attributes":{"active":{"replace":false}}}`, id))
	}
	var states []string
	for _, u := range server.Users()[1:] {
		states = append(states, u.State+" "+u.Name)
	}
	same(t, "the states", states, "active x", "ldap_blocked User 2", "blocked_pending_approval User 3")
}

func TestGitLabRefusals(t *testing.T) {
	t.Parallel()
	s, _ := onGitLab(t, 2)
	for line, want := range map[string]struct {
		code abi.ExportError
		word string
	}{
		`{"attributes":{"username":"USER1","name":"n","email":"n@example.com"}}`:                {abi.ExportErrorConnectedDirectoryExistingObject, "has already been taken"},
		`{"attributes":{"username":"a b","name":"n","email":"n@example.com"}}`:                  {abi.ExportErrorConnectedDirectoryError, "can contain only"},
		`{"change":"Update","anchor":{"id":"99"},"attributes":{"name":{"replace":"x"}}}`:        {abi.ExportErrorConnectedDirectoryMissingObject, ""},
		`{"change":"Update","anchor":{"id":"1"},"attributes":{"active":{"replace":false}}}`:     {abi.ExportErrorPermissionIssue, "cannot be blocked"},
		`{"change":"Update","anchor":{"id":"2"},"attributes":{"username":{"replace":"User2"}}}`: {abi.ExportErrorConnectedDirectoryExistingObject, "Username"},
	} {
		if have := s.refused(t, want.code, line); !strings.Contains(have, want.word) {
			t.Errorf("%s: have %q, want %q", line, have, want.word)
		}
	}
}

// The answer to a create is lost: the user is found, and not made twice.
func TestGitLabLosesAnAnswer(t *testing.T) {
	t.Parallel()
	s, server := onGitLab(t, 2)
	server.Inject(lookalike.Fault{Match: lookalike.On("POST", "/api/v4/users"), Do: lookalike.LoseAnswer()})
	same(t, "created", s.must(t, `{"attributes":{"username":"zoe","name":"Zoë","email":"zoe@example.com","active":false}}`), "4")
	if n := server.Count(lookalike.On("POST", "/api/v4/users")); n != 2 || len(server.Users()) != 4 || server.Users()[3].State != "blocked" {
		t.Errorf("asked %d times, want the create and the block; there are %+v", n, server.Users())
	}
}

func TestGitLabIsBusy(t *testing.T) {
	t.Parallel()
	s, server := onGitLab(t, 250)
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/api/v4/users"), Skip: 1, Do: gitlab.Throttled(time.Now(), time.Second)})
	if have := s.full(t); len(have) != 251 {
		t.Errorf("imported %d users, want 251", len(have))
	}
	server.Inject(lookalike.Fault{Match: lookalike.On("GET", "/api/v4/users"), Skip: 1, Times: lookalike.Always, Do: gitlab.Throttled(time.Now(), time.Hour)})
	_, _, err := s.imported(t, nil)
	if e := abi.AsError(err); e == nil || e.Code != abi.ServerDown || e.RetryAfter < 59*time.Minute {
		t.Errorf("have %#v, want ServerDown and an hour", err)
	}
}
