// Package okta imitates the users API of Okta, version 1. It follows these sections
// of Okta's public documentation: Users API (list, create, get, update and replace),
// User lifecycle, Pagination, Filter, Rate limits, Error codes, and OAuth for Okta
// with a service application.
//
//	GET    /api/v1/users                 a bare array; limit, after, filter, search, q
//	POST   /api/v1/users?activate=       200 and the user
//	GET    /api/v1/users/ID              or his login, or what stands before its @
//	POST   /api/v1/users/ID              changes what is given
//	PUT    /api/v1/users/ID              replaces the profile: what is left out goes
//	DELETE /api/v1/users/ID              204; deactivates first, deletes when repeated
//	POST   /api/v1/users/ID/lifecycle/…  activate, deactivate, suspend, unsuspend
//	POST   /oauth2/v1/token              client credentials with a signed assertion
//
// Left out: groups, factors, apps, proofs of possession (DPoP), the expiry of
// access tokens by time (Server.Expire ends them), user types, profile schemas
// (any property is taken), sortBy, recovery questions, locked and expired states,
// and the delay of searches behind writes.
package okta

import (
	"crypto/rsa"
	"fmt"
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
	// Token is the API token; without it nobody gets in with one.
	Token string
	// ClientID and ClientKey are those of a service application that signs its own
	// assertions at /oauth2/v1/token; nil: there is none.
	ClientID  string
	ClientKey *rsa.PublicKey
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// RateLimit is how many requests a minute of the clock takes; 0 means as many as
	// come. The next one is answered with 429.
	RateLimit int
}

// User is a user as the API shows him.
type User struct {
	ID     string `json:"id"`
	Status string `json:"status"` // STAGED, PROVISIONED, ACTIVE, SUSPENDED, DEPROVISIONED
	// The times are in UTC with milliseconds; nil: never.
	Created         string            `json:"created"`
	Activated       *string           `json:"activated"`
	StatusChanged   *string           `json:"statusChanged"`
	LastLogin       *string           `json:"lastLogin"`
	LastUpdated     string            `json:"lastUpdated"`
	PasswordChanged *string           `json:"passwordChanged"`
	Type            map[string]string `json:"type"`
	Profile         map[string]any    `json:"profile"`
	Credentials     map[string]any    `json:"credentials"`
	Links           map[string]any    `json:"_links,omitempty"`

	password string
}

// Server is the application. It is an http.Handler, safe for concurrent use.
type Server struct {
	lookalike.Front
	tokens  lookalike.Tokens
	options Options
	routes  *http.ServeMux

	mu     sync.Mutex
	made   int
	users  []*User // by ID
	byID   map[string]*User
	logins map[string]*User // in lower case

	minute int64
	spent  int
	errors int
}

// New returns a server without users.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, byID: make(map[string]*User), logins: make(map[string]*User)}
	s.routes = http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /api/v1/users": s.list, "POST /api/v1/users": s.create,
		"GET /api/v1/users/{id}": s.user(s.read), "DELETE /api/v1/users/{id}": s.user(s.remove),
		"POST /api/v1/users/{id}": s.user(s.change), "PUT /api/v1/users/{id}": s.user(s.change),
		"POST /api/v1/users/{id}/lifecycle/{action}": s.user(s.lifecycle),
		"/": func(w http.ResponseWriter, r *http.Request) {
			s.fail(w, http.StatusNotFound, "E0000022", "The endpoint does not support the provided HTTP method")
		},
	} {
		s.routes.HandleFunc(pattern, handler)
	}
	return s
}

// ServeHTTP serves the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Front.Serve(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		admitted, may := s.admitted(r)
		switch login := r.Method == http.MethodPost && r.URL.Path == "/oauth2/v1/token"; {
		case !admitted && !login:
			s.fail(w, http.StatusUnauthorized, "E0000011", "Invalid token provided")
		case s.overspent(w):
			s.fail(w, http.StatusTooManyRequests, "E0000047", tooMany)
		case login:
			s.grant(w, r)
		case !may:
			w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="/oauth2/v1/authorize", realm="/oauth2/v1", error="insufficient_scope"`)
			s.fail(w, http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		default:
			s.routes.ServeHTTP(w, r)
		}
	}))
}

const tooMany = "API call exceeded rate limit due to too many requests."

// defaultRate stands in the headers when there is no limit.
const defaultRate = 600

// overspent counts the request and sets the headers that every answer has.
func (s *Server) overspent(w http.ResponseWriter) bool {
	now := s.options.Now().Unix()
	if minute := now / 60; minute != s.minute {
		s.minute, s.spent = minute, 0
	}
	s.spent++
	limit := s.options.RateLimit
	if limit == 0 {
		limit = max(defaultRate, s.spent)
	}
	rateHeaders(w.Header(), limit, max(limit-s.spent, 0), (s.minute+1)*60)
	return s.spent > limit
}

func rateHeaders(header http.Header, limit, remaining int, reset int64) {
	header.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	header.Set("X-Rate-Limit-Remaining", strconv.Itoa(remaining))
	header.Set("X-Rate-Limit-Reset", strconv.FormatInt(reset, 10))
}

// Throttled answers as Okta does above its rate limit: 429, and the only word about
// when to come again is the epoch second in X-Rate-Limit-Reset.
func Throttled(reset time.Time) lookalike.Action {
	header := make(http.Header)
	rateHeaders(header, defaultRate, 0, reset.Unix())
	return lookalike.Answer(http.StatusTooManyRequests, header,
		`{"errorCode":"E0000047","errorSummary":"`+tooMany+`","errorLink":"E0000047","errorId":"oaeThrottled","errorCauses":[]}`)
}

// Users returns all users by ID, in the order in which they were made, with those
// that are deprovisioned.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, len(s.users))
	for i, u := range s.users {
		all[i] = *u
		all[i].Profile = make(map[string]any, len(u.Profile))
		for name, value := range u.Profile {
			all[i].Profile[name] = value
		}
	}
	return all
}

// Password returns the password of a user: "" when there is no such user, or he has
// none.
func (s *Server) Password(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.byID[id]; u != nil {
		return u.password
	}
	return ""
}

// Add makes n active users: user1@example.com and so on, where the numbers go on
// after those of earlier calls. All have the password "Start-1234".
func (s *Server) Add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		login := fmt.Sprintf("user%d@example.com", s.made+1)
		u := &User{password: "Start-1234", Profile: map[string]any{
			"firstName": "User", "lastName": strconv.Itoa(s.made + 1), "email": login, "login": login, "mobilePhone": nil, "secondEmail": nil,
		}}
		s.add(u, true)
	}
}

// Expire ends all access tokens of /oauth2/v1/token; the API token stays.
func (s *Server) Expire() { s.tokens.Expire() }

// add gives the user what new users have.
func (s *Server) add(u *User, activate bool) {
	s.made++
	now := s.now()
	u.ID = fmt.Sprintf("00u%013dpMox", s.made)
	u.Created, u.Status, u.Type = now, "STAGED", map[string]string{"id": "oty1a2b3c4d5e6f7g8h9"}
	if u.password != "" {
		u.PasswordChanged = &now
	}
	if activate {
		u.activate(now)
	}
	s.users = append(s.users, u)
	s.byID[u.ID] = u
	s.logins[u.login()] = u
	u.touch(now)
}

// activate makes the user active, or provisioned as long as he has no password.
func (u *User) activate(now string) {
	u.Activated = &now
	if u.password != "" {
		u.move("ACTIVE", now)
	} else {
		u.move("PROVISIONED", now)
	}
}

func (u *User) move(status, now string) {
	u.Status, u.StatusChanged = status, &now
	u.touch(now)
}

// touch notes a change and brings up to date what the API derives.
func (u *User) touch(now string) {
	u.LastUpdated = now
	u.Credentials = map[string]any{"provider": map[string]string{"type": "OKTA", "name": "OKTA"}}
	if u.password != "" {
		u.Credentials["password"] = struct{}{}
	}
}

// login is what logins compare by.
func (u *User) login() string { return strings.ToLower(fmt.Sprint(u.Profile["login"])) }

// now is the time as the API writes it.
func (s *Server) now() string { return s.options.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

// user finds the user that the path names: by ID, login or the login's first part if
// that is his alone.
func (s *Server) user(next func(http.ResponseWriter, *http.Request, *User)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		u := s.byID[id]
		if u == nil {
			u = s.logins[strings.ToLower(id)]
		}
		if u == nil && !strings.Contains(id, "@") {
			short := strings.ToLower(id) + "@"
			is := func(u *User) bool { return strings.HasPrefix(u.login(), short) }
			if i := slices.IndexFunc(s.users, is); i >= 0 && !slices.ContainsFunc(s.users[i+1:], is) {
				u = s.users[i]
			}
		}
		if u == nil {
			s.notFound(w, id)
			return
		}
		next(w, r, u)
	}
}

// fail answers an error.
func (s *Server) fail(w http.ResponseWriter, status int, code, summary string, causes ...string) {
	s.errors++
	list := []map[string]string{}
	for _, cause := range causes {
		list = append(list, map[string]string{"errorSummary": cause})
	}
	lookalike.JSON(w, status, map[string]any{
		"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": fmt.Sprintf("oae%017d", s.errors), "errorCauses": list,
	})
}

// invalid answers a mistake about one property.
func (s *Server) invalid(w http.ResponseWriter, property, cause string) {
	s.fail(w, http.StatusBadRequest, "E0000001", "Api validation failed: "+property, property+": "+cause)
}

func (s *Server) notFound(w http.ResponseWriter, id string) {
	s.fail(w, http.StatusNotFound, "E0000007", "Not found: Resource not found: "+id+" (User)")
}

func (s *Server) forbidden(w http.ResponseWriter) {
	s.fail(w, http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
}

// shown is the user as answers have him.
func shown(r *http.Request, u *User) User {
	copied := *u
	copied.Links = map[string]any{"self": map[string]string{"href": lookalike.Base(r) + "/api/v1/users/" + u.ID}}
	return copied
}
