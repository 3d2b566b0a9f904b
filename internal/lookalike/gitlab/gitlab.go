// Package gitlab imitates the users API of GitLab, version 4, as an administrator
// sees it. It follows these sections of GitLab's public documentation: Users API,
// User moderation API, REST API (authentication, pagination, status codes) and
// OAuth 2.0 identity provider API (password and refresh grant).
//
//	GET    /api/v4/users               a bare array; pages, or keyset by id
//	POST   /api/v4/users               201
//	GET    /api/v4/users/ID
//	PUT    /api/v4/users/ID            changes what is given; the state cannot be
//	DELETE /api/v4/users/ID            204, in the background with Options.LazyDelete
//	POST   /api/v4/users/ID/block      201 and a bare true, false or null; so are
//	                                   unblock, activate, deactivate, ban and unban
//	GET    /api/v4/user                the administrator himself
//	POST   /oauth/token                an access token for two hours
//
// Left out: everything but users, identities, custom attributes, two factors,
// approval, bans, avatars, users without administrator's rights, ordering by
// anything but id, and the expiry of tokens by time (Server.Expire ends them).
package gitlab

import (
	"cmp"
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
	// Token is the administrator's personal access token; required, else nobody
	// gets in.
	Token string
	// Password is that of the administrator "root", for /oauth/token.
	Password string
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// LazyDelete leaves deleted users in place until Sweep, as GitLab's background
	// jobs do.
	LazyDelete bool
}

// User is a user as the API shows him to administrators.
type User struct {
	ID             int     `json:"id"`
	Username       string  `json:"username"`
	PublicEmail    *string `json:"public_email"`
	Name           string  `json:"name"`
	State          string  `json:"state"` // active, blocked, deactivated, banned, ldap_blocked, blocked_pending_approval
	Locked         bool    `json:"locked"`
	AvatarURL      *string `json:"avatar_url"`
	WebURL         string  `json:"web_url"`
	CreatedAt      string  `json:"created_at"`
	Bio            string  `json:"bio"`
	Location       string  `json:"location"`
	Organization   string  `json:"organization"`
	JobTitle       string  `json:"job_title"`
	ConfirmedAt    *string `json:"confirmed_at"`
	LastActivityOn *string `json:"last_activity_on"`
	Email          string  `json:"email"`
	ProjectsLimit  int     `json:"projects_limit"`
	Identities     []any   `json:"identities"`
	CanCreateGroup bool    `json:"can_create_group"`
	TwoFactor      bool    `json:"two_factor_enabled"`
	External       bool    `json:"external"`
	PrivateProfile bool    `json:"private_profile"`
	IsAdmin        bool    `json:"is_admin"`
	Note           *string `json:"note"`

	// UnconfirmedEmail is the address that waits for the user's confirmation; the
	// API does not show it.
	UnconfirmedEmail string `json:"-"`

	password string
	doomed   bool
}

// Server is the application. It is an http.Handler, safe for concurrent use.
type Server struct {
	lookalike.Front
	tokens  lookalike.Tokens
	options Options
	routes  *http.ServeMux

	mu     sync.Mutex
	lastID int
	users  []*User // by ID
	byID   map[int]*User
	taken  map[string]*User // by lower-case address and username
}

// New returns a server whose only user is the administrator "root" with ID 1.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, byID: make(map[int]*User), taken: make(map[string]*User)}
	s.add(&User{Username: "root", Name: "Administrator", Email: "admin@example.com", IsAdmin: true, password: options.Password})
	s.routes = http.NewServeMux()
	s.routes.HandleFunc("POST /oauth/token", s.grant)
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /api/v4/user":  func(w http.ResponseWriter, _ *http.Request) { lookalike.JSON(w, http.StatusOK, s.byID[1]) },
		"GET /api/v4/users": s.list, "POST /api/v4/users": s.create,
		"GET /api/v4/users/{id}": s.user(s.read), "PUT /api/v4/users/{id}": s.user(s.change), "DELETE /api/v4/users/{id}": s.user(s.remove),
		"POST /api/v4/users/{id}/{action}": s.user(s.moderate),
	} {
		s.routes.HandleFunc(pattern, s.admin(handler))
	}
	s.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { unknownPath(w) })
	return s
}

// ServeHTTP serves the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Front.Serve(w, r, s.routes)
}

// Throttled answers as GitLab does above its rate limit: 429 with plain text.
func Throttled(now time.Time, wait time.Duration) lookalike.Action {
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	return lookalike.Answer(http.StatusTooManyRequests, http.Header{
		"Content-Type": {"text/plain"}, "Retry-After": {seconds}, "Ratelimit-Limit": {"60"}, "Ratelimit-Observed": {"61"},
		"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {strconv.FormatInt(now.Add(wait).Unix(), 10)},
	}, "Retry later\n")
}

// Users returns all users by ID, the administrator first.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, len(s.users))
	for i, u := range s.users {
		all[i] = *u
	}
	return all
}

// Password returns the password of a user: "" when there is no such user, or his
// password is random or still to be set.
func (s *Server) Password(id int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.byID[id]; u != nil {
		return u.password
	}
	return ""
}

// Add makes n active users: user1 with user1@example.com, and so on, where the
// numbers go on after those of earlier calls.
func (s *Server) Add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		i := s.lastID
		s.add(&User{Username: fmt.Sprintf("user%d", i), Name: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("user%d@example.com", i)})
	}
}

// Visit notes that the user was active today: GitLab does not deactivate him then.
func (s *Server) Visit(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.byID[id]; u != nil {
		today := s.options.Now().UTC().Format(time.DateOnly)
		u.LastActivityOn = &today
	}
}

// SetState has a user be in a state that no request leads to, such as ldap_blocked.
func (s *Server) SetState(id int, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.byID[id]; u != nil {
		u.State = state
	}
}

// Sweep does the deletions that LazyDelete put off.
func (s *Server) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range slices.Clone(s.users) {
		if u.doomed {
			s.drop(u)
		}
	}
}

// Expire ends all access tokens of /oauth/token; personal ones stay.
func (s *Server) Expire() { s.tokens.Expire() }

// add gives the user what new users have.
func (s *Server) add(u *User) {
	s.lastID++
	u.ID = s.lastID
	now := s.options.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	u.State, u.CreatedAt, u.Identities, u.CanCreateGroup = "active", now, []any{}, true
	u.ConfirmedAt, u.ProjectsLimit = &now, cmp.Or(u.ProjectsLimit, 100_000)
	u.WebURL = webURL(u.Username)
	s.users = append(s.users, u)
	s.byID[u.ID] = u
	s.taken[key(u.Email)], s.taken[key(u.Username)] = u, u
}

// drop forgets the user.
func (s *Server) drop(u *User) {
	s.users = slices.DeleteFunc(s.users, func(other *User) bool { return other == u })
	delete(s.byID, u.ID)
	delete(s.taken, key(u.Email))
	delete(s.taken, key(u.Username))
}

func webURL(username string) string { return "https://gitlab.example.com/" + username }

// key is how addresses and usernames compare.
func key(name string) string { return strings.ToLower(name) }

// admin lets the administrator pass.
func (s *Server) admin(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Private-Token")
		bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if token == "" && ok {
			token = bearer
		}
		if _, ok := s.tokens.Owner(token); !ok && (token == "" || token != s.options.Token) {
			message(w, http.StatusUnauthorized, "401 Unauthorized")
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		next(w, r)
	}
}

// user finds the user that the path names.
func (s *Server) user(next func(http.ResponseWriter, *http.Request, *User)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		switch u := s.byID[id]; {
		case err != nil:
			unknownPath(w)
		case u == nil:
			message(w, http.StatusNotFound, "404 User Not Found")
		default:
			next(w, r, u)
		}
	}
}

// message answers an error as most of GitLab's are; what is a string, or lists of
// mistakes by attribute.
func message(w http.ResponseWriter, status int, what any) {
	lookalike.JSON(w, status, map[string]any{"message": what})
}

// mistake answers an error about parameters or paths.
func mistake(w http.ResponseWriter, status int, text string) {
	lookalike.JSON(w, status, map[string]any{"error": text})
}

func unknownPath(w http.ResponseWriter) { mistake(w, http.StatusNotFound, "404 Not Found") }

// grant gives an access token for the administrator's password or a refresh token.
func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	given := parameters(r)
	refresh := "refresh-" + given["refresh_token"]
	ok := given["grant_type"] == "password" && given["username"] == "root" && given["password"] == s.options.Password && s.options.Password != "" ||
		given["grant_type"] == "refresh_token" && s.tokens.Revoke(refresh)
	if !ok {
		lookalike.JSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "The provided authorization grant is invalid, expired or revoked."})
		return
	}
	access := s.tokens.Issue("gitlab-access-", "root")
	next := strings.TrimPrefix(s.tokens.Issue("refresh-gitlab-", "root"), "refresh-")
	lookalike.JSON(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 7200, "refresh_token": next, "scope": "api", "created_at": s.options.Now().Unix(),
	})
}
