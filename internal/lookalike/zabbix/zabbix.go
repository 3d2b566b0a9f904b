// Package zabbix imitates the part of Zabbix's API that manages users, as a super
// administrator sees it. It follows the public documentation of the Zabbix API: user,
// usergroup, role, apiinfo, and the appendix on get methods.
//
// Everything is a POST of JSON-RPC 2.0 to /api_jsonrpc.php, answered with status 200
// whether it went well or not. All numbers are strings. There are no pages: limit
// cuts, and nothing goes on from there. A user is disabled by being in a group that
// is ("users_status":"1").
//
// Left out: batches of requests, objects other than those, media, permissions,
// provisioning, autologout, blocking after wrong passwords, and search but for parts
// of strings.
package zabbix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// Options are what a Server is made of.
type Options struct {
	// Password is that of the super administrator "Admin"; required, else he
	// cannot log in.
	Password string
	// Token is an API token of his, which never expires; "" means none.
	Token string
	// BodyAuth takes tokens from the member "auth" of the request alone, as before
	// Zabbix 6.4. Without it they come in the header Authorization alone, as since
	// 7.2; the versions between take both.
	BodyAuth bool
	// MinPassword is how many characters a password has; 0 means 8.
	MinPassword int
}

// User is a user as the server has him.
type User struct {
	ID, Username, Name, Surname, Lang, RoleID string
	// Groups are the IDs of his groups.
	Groups []string
	// Disabled says whether one of them is.
	Disabled bool

	password string
}

// Server is the application. It is an http.Handler, safe for concurrent use.
type Server struct {
	lookalike.Front
	options Options
	tokens  lookalike.Tokens

	mu     sync.Mutex
	lastID int
	users  []*User // by ID
}

// group is a user group.
type group struct{ id, name, status string }

// The groups and roles that a new Zabbix has. Changes of groups are left out.
var (
	groups = []group{{"7", "Zabbix administrators", "0"}, {"8", "Guests", "0"}, {"9", "Disabled", "1"}, {"11", "Enabled debug mode", "0"}, {"12", "No access to the frontend", "0"}, {"13", "Internal", "0"}}
	roles  = []group{{"1", "User role", "1"}, {"2", "Admin role", "2"}, {"3", "Super admin role", "3"}, {"4", "Guest role", "1"}}
)

// New returns a server with the users "Admin", with ID 1, and "guest", with 2, who
// is disabled.
func New(options Options) *Server {
	options.MinPassword = cmp.Or(options.MinPassword, 8)
	s := &Server{options: options}
	s.users = []*User{
		{ID: "1", Username: "Admin", Name: "Zabbix", Surname: "Administrator", Lang: "default", RoleID: "3", Groups: []string{"7", "13"}, password: options.Password},
		{ID: "2", Username: "guest", Lang: "default", RoleID: "4", Groups: []string{"8", "9"}},
	}
	s.lastID = 2
	return s
}

// Users returns all users by ID.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, len(s.users))
	for i, u := range s.users {
		all[i] = *u
		all[i].Groups, all[i].Disabled = slices.Clone(u.Groups), u.disabled()
	}
	return all
}

// Password returns the password of a user: "" when there is no such user, or he has
// none.
func (s *Server) Password(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.find(id); u != nil {
		return u.password
	}
	return ""
}

// Add makes n users: user1 and so on, where the numbers go on after those of earlier
// calls, in the group "Internal". Every tenth is disabled.
func (s *Server) Add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.lastID++
		i := s.lastID - 2
		u := &User{ID: strconv.Itoa(s.lastID), Username: fmt.Sprintf("user%d", i), Name: "User", Surname: strconv.Itoa(i), Lang: "default", RoleID: "1", Groups: []string{"13"}}
		if i%10 == 0 {
			u.Groups = []string{"13", "9"}
		}
		s.users = append(s.users, u)
	}
}

// Expire ends all sessions; the API token stays.
func (s *Server) Expire() { s.tokens.Expire() }

// find returns the user with the ID, or nil. It searches from the end, where those
// are who were made last.
func (s *Server) find(id string) *User {
	for _, u := range slices.Backward(s.users) {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (s *Server) named(username string) *User {
	i := slices.IndexFunc(s.users, func(u *User) bool { return u.Username == username })
	if i < 0 {
		return nil
	}
	return s.users[i]
}

func (u *User) disabled() bool { return slices.Contains(u.Groups, "9") }

// call is a JSON-RPC request.
type call struct {
	Version string          `json:"jsonrpc"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Auth    *string         `json:"auth"`
	ID      json.RawMessage `json:"id"`
}

// fault is the error of an answer.
type fault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

func invalid(format string, args ...any) *fault {
	return &fault{-32602, "Invalid params.", fmt.Sprintf(format, args...)}
}

func failed(text string) *fault { return &fault{-32500, "Application error.", text} }

const gone = "No permissions to referred object or it does not exist!"

// Terminated answers as if the session had just ended, with status 200.
func Terminated() lookalike.Action {
	return lookalike.Answer(http.StatusOK, nil,
		`{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Session terminated, re-login, please."},"id":1}`)
}

// Waiting answers as a Zabbix whose database is away: with a page for people.
func Waiting() lookalike.Action {
	return lookalike.Answer(http.StatusOK, http.Header{"Content-Type": {"text/html; charset=UTF-8"}},
		`<!DOCTYPE html><html><head><title>Database error</title></head><body>Connection refused</body></html>`)
}

// Overtaxed answers 503 as the web server before Zabbix does, with Retry-After.
func Overtaxed(wait time.Duration) lookalike.Action {
	return lookalike.Answer(http.StatusServiceUnavailable, http.Header{"Content-Type": {"text/html"}, "Retry-After": {strconv.Itoa(int(wait.Seconds()))}}, "<html>503</html>")
}

// ServeHTTP serves the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Front.Serve(w, r, http.HandlerFunc(s.serve))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.URL.Path != "/api_jsonrpc.php":
		w.WriteHeader(http.StatusNotFound)
		return
	case !slices.Contains([]string{"application/json", "application/json-rpc", "application/jsonrequest"}, kind):
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	var c call
	answer := map[string]any{"jsonrpc": "2.0", "id": nil}
	var result any
	var wrong *fault
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		wrong = &fault{-32700, "Parse error", "Invalid JSON. An error occurred on the server while parsing the JSON text."}
	} else if c.Version != "2.0" || c.Method == "" {
		wrong = &fault{-32600, "Invalid request.", `Invalid parameter "/": the parameter "method" is missing.`}
	} else {
		answer["id"] = c.ID
		s.mu.Lock()
		result, wrong = s.do(r, &c)
		s.mu.Unlock()
	}
	if answer["result"] = result; wrong != nil {
		delete(answer, "result")
		answer["error"] = wrong
	}
	lookalike.JSON(w, http.StatusOK, answer)
}

// do checks who calls and does what he wants.
func (s *Server) do(r *http.Request, c *call) (any, *fault) {
	token, header := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if s.options.BodyAuth {
		token, header = "", false
		if c.Auth != nil {
			token = *c.Auth
		}
	} else if c.Auth != nil {
		return nil, &fault{-32600, "Invalid request.", `Invalid parameter "/": unexpected parameter "auth".`}
	}
	open := c.Method == "apiinfo.version" || c.Method == "user.login"
	_, known := s.tokens.Owner(token)
	switch {
	case open && header:
		return nil, invalid("The %q method must be called without authorization header.", c.Method)
	case open && token != "":
		return nil, invalid("The %q method must be called without the \"auth\" parameter.", c.Method)
	case !open && token == "":
		return nil, invalid("Not authorized.")
	case !open && !known && token != s.options.Token:
		return nil, invalid("Session terminated, re-login, please.")
	}
	if c.Method == "user.logout" {
		return s.tokens.Revoke(token), nil
	}
	do := map[string]func(json.RawMessage) (any, *fault){
		"apiinfo.version": s.version, "user.login": s.login, "user.get": s.get, "user.create": s.create, "user.update": s.update, "user.delete": s.remove,
		"usergroup.get": s.getGroups, "role.get": s.getRoles,
	}[c.Method]
	if do == nil {
		return nil, &fault{-32601, "Method not found.", fmt.Sprintf("Incorrect method %q.", c.Method)}
	}
	return do(c.Params)
}

func (s *Server) version(json.RawMessage) (any, *fault) {
	if s.options.BodyAuth {
		return "6.0.20", nil
	}
	return "7.2.0", nil
}

func (s *Server) login(params json.RawMessage) (any, *fault) {
	var given struct{ Username, Password string }
	if err := json.Unmarshal(params, &given); err != nil || given.Username == "" {
		return nil, invalid(`Invalid parameter "/": the parameter "username" is missing.`)
	}
	u := s.named(given.Username)
	switch {
	case u == nil || u.password == "" || u.password != given.Password:
		return nil, failed("Incorrect user name or password or account is temporarily blocked.")
	case u.disabled():
		return nil, failed("No permissions for system access.")
	}
	return s.tokens.Issue("zabbix-session-", u.ID), nil
}
