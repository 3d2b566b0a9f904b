//go:build !wasip1

package recipes_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/internal/lookalike"
	"github.com/ecmabox/ecmabox/internal/lookalike/zabbix"
)

const (
	zabbixAdd    = `{"change":"Add","attributes":{"username":"new","role":"User role","groups":["Internal"]}}`
	zabbixUpdate = `{"change":"Update","anchor":{"userid":"5"},"attributes":{"name":{"replace":"changed"}}}`
	zabbixDelete = `{"change":"Delete","anchor":{"userid":"6"}}`
)

// Sessions end at any request, with status 200: each is carried out with a new one.
func TestZabbixSessionEnds(t *testing.T) {
	t.Parallel()
	server, s := newZabbix(t, zabbix.Options{})
	for _, method := range []string{"user.get", "usergroup.get", "user.create", "user.update", "user.delete"} {
		server.Inject(lookalike.Fault{Match: calls(method), Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			server.Expire()
			next.ServeHTTP(w, r)
		}})
	}
	if all := s.full(t); len(all) != 32 {
		t.Errorf("imported %d users, want 32", len(all))
	}
	s.must(t, zabbixAdd, zabbixUpdate, zabbixDelete)
	if n := len(server.Users()); n != 32 || called(server, "user.login") != 6 {
		t.Errorf("there are %d users, and it logged in %d times", n, called(server, "user.login"))
	}
	// One that ends as soon as it begins is nothing to try for ever.
	server.Inject(lookalike.Fault{Match: calls("user.get"), Times: lookalike.Always, Do: zabbix.Terminated()})
	if all, _, err := s.imported(t, nil); abi.CodeOf(err) != abi.BadServerCredentials || len(all) > 0 {
		t.Errorf("have %d users and %v, want BadServerCredentials", len(all), err)
	}
	if n := called(server, "user.login"); n > 10 {
		t.Errorf("it logged in %d times", n)
	}
}

// An import that is not whole fails, and hands over nobody.
func TestZabbixImportTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   lookalike.Action
		want abi.Code
	}{
		"HTML in a 200":     {zabbix.Waiting(), abi.UnexpectedData},
		"error in a 200":    {lookalike.Answer(200, nil, `{"jsonrpc":"2.0","error":{"code":-32500,"message":"Application error.","data":"No permissions."},"id":1}`), abi.UnexpectedData},
		"result of nothing": {lookalike.Answer(200, nil, `{"jsonrpc":"2.0","id":1}`), abi.UnexpectedData},
		"shortened":         {lookalike.Shorten(-20), abi.UnexpectedData},
		"cut":               {lookalike.Cut(200), abi.DroppedConnection},
		"503":               {lookalike.Answer(503, http.Header{"Retry-After": {"60"}}, "<html>"), abi.ServerDown},
		"429":               {lookalike.Answer(429, nil, "<html>"), abi.ServerDown},
		"redirect to login": {lookalike.Redirect(http.StatusFound, "/index.php"), abi.UnexpectedData},
		"empty":             {lookalike.Answer(200, nil, ""), abi.UnexpectedData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := newZabbix(t, zabbix.Options{})
			server.Inject(lookalike.Fault{Match: calls("user.get"), Times: lookalike.Always, Do: c.do})
			all, mark, err := s.imported(t, nil)
			if abi.CodeOf(err) != c.want || len(all) > 0 || mark != nil {
				t.Errorf("have %d users and %v, want %v", len(all), err, c.want)
			}
			server.Heal()
			if all := s.full(t); len(all) != 32 {
				t.Errorf("afterwards: imported %d users", len(all))
			}
		})
	}
}

// What passes by is waited for.
func TestZabbixBusy(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]lookalike.Action{"503": zabbix.Overtaxed(time.Second), "429": lookalike.Answer(429, http.Header{"Retry-After": {"1"}}, ""),
		"cut": lookalike.Cut(100)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := newZabbix(t, zabbix.Options{})
			for _, method := range []string{"user.get", "user.update"} {
				server.Inject(lookalike.Fault{Match: calls(method), Do: do})
			}
			before := s.full(t)
			s.must(t, zabbixUpdate)
			same(t, "in the end", differences(before, s.full(t)), "changed 5: username=user3 name=changed surname=3 role=User role groups=Internal active=true")
		})
	}
}

// No answer that is none counts as success, whatever its status.
func TestZabbixExportTrouble(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]lookalike.Action{
		"HTML in a 200": zabbix.Waiting(), "empty": lookalike.Answer(200, nil, ""), "redirect to login": lookalike.Redirect(http.StatusFound, "/index.php"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for method, line := range map[string]string{"user.create": zabbixAdd, "user.update": zabbixUpdate, "user.delete": zabbixDelete} {
				server, s := newZabbix(t, zabbix.Options{})
				server.Inject(lookalike.Fault{Match: calls(method), Times: lookalike.Always, Do: do})
				outcomes, err := s.export(t, line)
				if outcomes[0].State == host.Done {
					t.Errorf("%s: have %+v and %v", method, outcomes[0], err)
				}
			}
		})
	}
}

// A user whose making got no answer is found, and not made twice.
func TestZabbixLostAnswer(t *testing.T) {
	t.Parallel()
	server, s := newZabbix(t, zabbix.Options{})
	server.Inject(lookalike.Fault{Match: calls("user.create"), Do: lookalike.LoseAnswer()})
	if id := s.must(t, zabbixAdd)[0]; id != zabbixUser(t, server, "new").ID {
		t.Errorf("the connector says %q", id)
	}
	if n := called(server, "user.create"); n != 1 || len(server.Users()) != 33 {
		t.Errorf("%d requests made %d users", n, len(server.Users()))
	}
	s.refused(t, abi.ExportErrorConnectedDirectoryExistingObject, zabbixAdd)

	server.Inject(lookalike.Fault{Match: calls("user.update"), Do: lookalike.LoseAnswer()})
	s.must(t, zabbixUpdate)
	if u := zabbixUser(t, server, "user3"); u.Name != "changed" || called(server, "user.update") != 2 {
		t.Errorf("have %+v after %d requests", u, called(server, "user.update"))
	}
	server.Inject(lookalike.Fault{Match: calls("user.delete"), Do: lookalike.LoseAnswer()})
	s.must(t, zabbixDelete)
	if n := called(server, "user.delete"); n != 2 || len(server.Users()) != 32 {
		t.Errorf("there are %d users after %d requests", len(server.Users()), n)
	}
}
