package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// broker is the part of RabbitMQ's management API that the connector for it uses.
type broker struct {
	*httptest.Server
	password string

	mu    sync.Mutex
	users map[string]brokerUser
	// writes are the requests so far that were no GET.
	writes []string
	// failAfter answers 500 to every write after so many; negative: to none.
	failAfter int
	// failStatus is the answer instead of 500.
	failStatus int
	// lost hangs up after every write, which is carried out, without an answer.
	lost bool
	// held, if not nil, is closed when somebody asks for the list of users, who
	// then waits until he goes away.
	held chan struct{}
}

type brokerUser struct {
	Name      string   `json:"name"`
	Hash      string   `json:"password_hash"`
	Algorithm string   `json:"hashing_algorithm"`
	Tags      []string `json:"tags"`
	Password  string   `json:"password,omitempty"`
}

func startBroker(password string) *broker {
	b := &broker{password: password, failAfter: -1, users: map[string]brokerUser{
		"admin": {Name: "admin", Hash: "aGFzaA==", Algorithm: "sha256", Tags: []string{"administrator"}},
		"guest": {Name: "guest", Hash: "Z3Vlc3Q=", Algorithm: "sha256", Tags: []string{}},
	}}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	return b
}

func (b *broker) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if user, password, ok := r.BasicAuth(); !ok || user != "admin" || password != b.password {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"not_authorized","reason":"Login failed"}`)
		return
	}
	if r.Method != http.MethodGet {
		if b.lost {
			defer panic(http.ErrAbortHandler)
		}
		if b.failAfter == 0 {
			w.WriteHeader(cmp.Or(b.failStatus, http.StatusInternalServerError))
			return
		}
		b.failAfter--
		b.writes = append(b.writes, r.Method+" "+r.URL.Path)
	}
	name, one := strings.CutPrefix(r.URL.Path, "/api/users/")
	switch {
	case r.URL.Path == "/api/whoami":
		b.answer(w, brokerUser{Name: "admin", Tags: []string{"administrator"}})
	case r.URL.Path == "/api/users" && b.held != nil:
		close(b.held)
		b.held = nil
		b.mu.Unlock()
		<-r.Context().Done()
		b.mu.Lock()
	case r.URL.Path == "/api/users":
		var all []brokerUser
		for _, name := range slices.Sorted(maps.Keys(b.users)) {
			all = append(all, brokerUser{Name: name, Tags: b.users[name].Tags})
		}
		b.answer(w, all)
	case one:
		b.one(w, r, name)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (b *broker) one(w http.ResponseWriter, r *http.Request, name string) {
	user, there := b.users[name]
	switch r.Method {
	case http.MethodPut:
		var u brokerUser
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		u.Name = name
		if u.Password != "" {
			u.Hash = "bmV3"
		}
		b.users[name] = u
		w.WriteHeader(http.StatusNoContent)
	case http.MethodDelete:
		if !there {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		delete(b.users, name)
		w.WriteHeader(http.StatusNoContent)
	default:
		if !there {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":"Object Not Found"}`)
			return
		}
		user.Password = ""
		b.answer(w, user)
	}
}

func (b *broker) answer(w http.ResponseWriter, v any) {
	// A client that goes away is the test's doing.
	_ = json.NewEncoder(w).Encode(v)
}

// brokerCommand looks at the broker or changes it: broker users FILE, broker
// writes FILE, broker password NAME VALUE, broker add N, broker fail N, broker down N, broker
// stop, broker hold, broker await and broker lose.
func brokerCommand(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.Value("broker").(*broker)
	switch args[0] {
	case "stop":
		b.Close()
		return
	case "await":
		<-ts.Value("held").(chan struct{})
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch args[0] {
	case "users", "writes":
		text := strings.Join(b.writes, "\n")
		if args[0] == "users" {
			text = ""
			for _, name := range slices.Sorted(maps.Keys(b.users)) {
				text += fmt.Sprintf("%s %v %s\n", name, b.users[name].Tags, b.users[name].Hash)
			}
		}
		if want := ts.ReadFile(args[1]); strings.TrimSpace(text) != strings.TrimSpace(want) {
			ts.Fatalf("the broker has\n%s\nwant\n%s", text, want)
		}
	case "password":
		if b.users[args[1]].Password != args[2] {
			ts.Fatalf("%s has another password", args[1])
		}
	case "lose":
		b.lost = true
	case "hold":
		b.held = ts.Value("held").(chan struct{})
	case "fail", "down":
		b.failStatus = 0
		if args[0] == "down" {
			b.failStatus = http.StatusServiceUnavailable
		}
		_, err := fmt.Sscan(args[1], &b.failAfter)
		ts.Check(err)
	case "add":
		n := 0
		_, err := fmt.Sscan(args[1], &n)
		ts.Check(err)
		for i := range n {
			name := fmt.Sprintf("u%05d", i)
			b.users[name] = brokerUser{Name: name, Tags: []string{}}
		}
	default:
		ts.Fatalf("no such thing")
	}
}

// asExit is errors.As for an exit code.
func asExit(err error, to *interface{ ExitCode() int }) bool { return errors.As(err, to) }
