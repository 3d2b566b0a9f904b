// Package redmine imitates the users API of Redmine, as an administrator sees it. It
// follows the public documentation of Redmine's REST API: authentication, users,
// groups, custom fields.
//
//	GET    /users.json           active users alone, unless status says otherwise
//	POST   /users.json           201
//	GET    /users/ID.json        also "current"; include=groups,memberships
//	PUT    /users/ID.json        changes what is given; 204 without a body
//	DELETE /users/ID.json        204
//	GET    /groups.json          all groups
//	GET    /custom_fields.json   all custom fields
//
// Lists say neither the status nor the groups of a user, single answers do, and they
// hold his API key. Unknown members of a body are ignored, as is a body of another
// type than application/json.
//
// Left out: XML, switching users, filters but status, name and group_id, memberships
// (always none), authentication sources, mail notification, two factors.
package redmine

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// The states of a user.
const (
	Active     = 1
	Registered = 2
	Locked     = 3
)

// Options are what a Server is made of.
type Options struct {
	// Key is the administrator's API key; required, else nobody gets in by key.
	Key string
	// Password is that of the administrator "admin", for basic authentication.
	Password string
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// Fields are the custom fields of users.
	Fields []Field
	// Groups are the names of the groups; their IDs are 1001 and so on.
	Groups []string
	// Star makes "status=*" list all users, as Redmine 5.1 does; without it an
	// empty "status=" does.
	Star bool
	// OldPut answers 200 instead of 204 to PUT and DELETE, as before Redmine 4.
	OldPut bool
}

// Field is a custom field of users.
type Field struct {
	ID       int
	Name     string
	Required bool
}

// User is a user as the server has him.
type User struct {
	ID                                int
	Login, Firstname, Lastname, Mail  string
	Admin, MustChangePassword         bool
	Status                            int
	CreatedOn, UpdatedOn, PasswordSet time.Time
	// Fields are the values of his custom fields by ID.
	Fields map[int]string
	// Groups are the IDs of his groups.
	Groups []int

	password, key string
}

// Server is the application. It is an http.Handler, safe for concurrent use.
type Server struct {
	lookalike.Front
	options Options
	routes  *http.ServeMux

	mu     sync.Mutex
	lastID int
	users  []*User // by ID
	byID   map[int]*User
	taken  map[string]int // ID by lower-case login, and by mail
}

// New returns a server whose only user is the administrator "admin" with ID 1.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, routes: http.NewServeMux(), byID: make(map[int]*User), taken: make(map[string]int)}
	s.add(&User{Login: "admin", Firstname: "Redmine", Lastname: "Admin", Mail: "admin@example.net", Admin: true, Status: Active, password: options.Password})
	s.users[0].key = options.Key
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /users.json": s.list, "POST /users.json": s.create, "/users/{id}": s.one,
		"GET /groups.json": s.groups, "GET /custom_fields.json": s.fields,
	} {
		s.routes.HandleFunc(pattern, s.admin(handler))
	}
	return s
}

// ServeHTTP serves the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Front.Serve(w, r, s.routes)
}

// LoginPage answers as a Redmine whose REST API is switched off, or a proxy before
// it: with the page for people to log in, and status 200.
func LoginPage() lookalike.Action {
	return lookalike.Answer(http.StatusOK, http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		`<!DOCTYPE html><html><head><title>Redmine</title></head><body><form action="/login" method="post"></form></body></html>`)
}

// ToLogin sends the client to that page.
func ToLogin() lookalike.Action {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		lookalike.Redirect(http.StatusFound, lookalike.Base(r)+"/login?back_url="+lookalike.Base(r)+"%2Fusers.json")(w, r, next)
	}
}

// Users returns all users by ID, the administrator first.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, len(s.users))
	for i, u := range s.users {
		all[i] = *u
		all[i].Fields, all[i].Groups = maps.Clone(u.Fields), slices.Clone(u.Groups)
	}
	return all
}

// Password returns the password of a user: "" when there is no such user, or he has
// none, and "generated-ID" when the server was asked to make one.
func (s *Server) Password(id int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.byID[id]; u != nil {
		return u.password
	}
	return ""
}

// Add makes n users: user1 with user1@example.com, and so on, where the numbers go
// on after those of earlier calls. Of ten the fourth is registered and the seventh
// locked, the others are active.
func (s *Server) Add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		i := s.lastID
		status := Active
		switch i % 10 {
		case 4:
			status = Registered
		case 7:
			status = Locked
		}
		s.add(&User{Login: fmt.Sprintf("user%d", i), Firstname: "User", Lastname: strconv.Itoa(i), Mail: fmt.Sprintf("user%d@example.com", i), Status: status})
	}
}

// add gives the user what new users have.
func (s *Server) add(u *User) {
	s.lastID++
	u.ID = s.lastID
	u.Status = cmp.Or(u.Status, Active)
	u.key = fmt.Sprintf("redmine-key-%d", u.ID)
	u.CreatedOn = s.options.Now().UTC()
	u.UpdatedOn = u.CreatedOn
	s.users = append(s.users, u)
	s.byID[u.ID] = u
	s.claim(u)
}

func (s *Server) claim(u *User) {
	s.taken["login "+fold(u.Login)], s.taken["mail "+fold(u.Mail)] = u.ID, u.ID
}

func (s *Server) release(u *User) {
	delete(s.taken, "login "+fold(u.Login))
	delete(s.taken, "mail "+fold(u.Mail))
}

// fold is how logins and addresses compare.
func fold(name string) string { return strings.ToLower(name) }

// admin lets active administrators pass, by key or by password.
func (s *Server) admin(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		key := cmp.Or(r.Header.Get("X-Redmine-Api-Key"), r.URL.Query().Get("key"))
		login, password, basic := r.BasicAuth()
		i := slices.IndexFunc(s.users, func(u *User) bool {
			return u.Status == Active && (key != "" && u.key == key || basic && fold(u.Login) == fold(login) && password != "" && u.password == password)
		})
		switch {
		case i < 0:
			w.Header().Set("WWW-Authenticate", `Basic realm="Redmine API"`)
			w.WriteHeader(http.StatusUnauthorized)
		case !s.users[i].Admin:
			w.WriteHeader(http.StatusForbidden)
		default:
			if r.PathValue("id") == "current.json" {
				r.SetPathValue("id", strconv.Itoa(s.users[i].ID)+".json")
			}
			next(w, r)
		}
	}
}
