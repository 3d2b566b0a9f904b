package okta

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// body is what requests give.
type body struct {
	Profile     map[string]any `json:"profile"`
	Credentials struct {
		Password struct {
			Value *string `json:"value"`
		} `json:"password"`
	} `json:"credentials"`
}

// required are the properties that no profile lacks.
var required = []string{"firstName", "lastName", "email", "login"}

// standard are the properties that every profile shows, if only as null.
var standard = []string{"firstName", "lastName", "mobilePhone", "secondEmail", "login", "email"}

func (s *Server) decode(w http.ResponseWriter, r *http.Request) (b body, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		s.fail(w, http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
		return b, false
	}
	return b, true
}

// read answers the user.
func (s *Server) read(w http.ResponseWriter, r *http.Request, u *User) {
	lookalike.JSON(w, http.StatusOK, shown(r, u))
}

// create makes a user: staged, or active at once unless activate=false.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	given, ok := s.decode(w, r)
	if !ok {
		return
	}
	u := &User{Profile: whole(given.Profile)}
	if s.refused(w, u, u.Profile, given.Credentials.Password.Value) {
		return
	}
	if value := given.Credentials.Password.Value; value != nil {
		u.password = *value
	}
	s.add(u, r.URL.Query().Get("activate") != "false")
	lookalike.JSON(w, http.StatusOK, shown(r, u))
}

// change changes what is given with POST; with PUT the profile becomes what is
// given.
func (s *Server) change(w http.ResponseWriter, r *http.Request, u *User) {
	given, ok := s.decode(w, r)
	if !ok {
		return
	}
	password := given.Credentials.Password.Value
	if u.Status == "DEPROVISIONED" || password != nil && (u.Status == "PROVISIONED" || u.Status == "SUSPENDED") {
		s.forbidden(w)
		return
	}
	profile := maps.Clone(u.Profile)
	if r.Method == http.MethodPost {
		maps.Copy(profile, given.Profile)
	} else if given.Profile != nil {
		profile = whole(given.Profile)
	}
	if s.refused(w, u, profile, password) {
		return
	}
	now := s.now()
	delete(s.logins, u.login())
	u.Profile = profile
	s.logins[u.login()] = u
	if password != nil {
		u.password, u.PasswordChanged = *password, &now
	}
	u.touch(now)
	lookalike.JSON(w, http.StatusOK, shown(r, u))
}

// whole returns the profile with every standard property.
func whole(profile map[string]any) map[string]any {
	all := make(map[string]any)
	for _, name := range standard {
		all[name] = nil
	}
	maps.Copy(all, profile)
	return all
}

// refused answers mistakes in what the user is to become.
func (s *Server) refused(w http.ResponseWriter, u *User, profile map[string]any, password *string) bool {
	for _, name := range required {
		if text, _ := profile[name].(string); text == "" {
			s.invalid(w, name, "The field cannot be left blank")
			return true
		}
	}
	login, email := profile["login"].(string), profile["email"].(string)
	other := s.logins[strings.ToLower(login)]
	switch {
	case !isAddress(login):
		s.invalid(w, "login", "Username must be in the form of an email address")
	case !isAddress(email):
		s.invalid(w, "email", "Does not match required pattern")
	case other != nil && other != u:
		s.invalid(w, "login", "An object with this field already exists in the current organization")
	case password != nil && !strong(*password, login):
		s.invalid(w, "password", "Password requirements were not met. Password requirements: at least 8 characters, a lowercase letter, an uppercase letter, a number, no parts of your username.")
	default:
		return false
	}
	return true
}

func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

// strong says whether the default password policy takes the password.
func strong(password, login string) bool {
	name, _, _ := strings.Cut(strings.ToLower(login), "@")
	return len(password) >= 8 && strings.ContainsFunc(password, unicode.IsLower) && strings.ContainsFunc(password, unicode.IsUpper) &&
		strings.ContainsFunc(password, unicode.IsDigit) && !strings.Contains(strings.ToLower(password), name)
}

// remove deactivates the user, or deletes him if that is done already.
func (s *Server) remove(w http.ResponseWriter, _ *http.Request, u *User) {
	if u.Status == "DEPROVISIONED" {
		s.users = slices.DeleteFunc(s.users, func(other *User) bool { return other == u })
		delete(s.byID, u.ID)
		delete(s.logins, u.login())
	} else {
		s.deactivate(u)
	}
	w.WriteHeader(http.StatusNoContent)
}

// deactivate takes the password away as well.
func (s *Server) deactivate(u *User) {
	u.password, u.PasswordChanged = "", nil
	u.move("DEPROVISIONED", s.now())
}

// lifecycle moves the user from one status to another. Who is deprovisioned cannot
// be deactivated: Okta does not find him then.
func (s *Server) lifecycle(w http.ResponseWriter, r *http.Request, u *User) {
	var answer any = struct{}{}
	switch action := r.PathValue("action"); {
	case action == "activate" && (u.Status == "STAGED" || u.Status == "DEPROVISIONED"):
		u.activate(s.now())
		if r.URL.Query().Get("sendEmail") == "false" {
			answer = map[string]string{"activationUrl": lookalike.Base(r) + "/welcome/token-" + u.ID, "activationToken": "token-" + u.ID}
		}
	case action == "activate":
		s.fail(w, http.StatusForbidden, "E0000016", "Activation failed because the user is already active")
		return
	case action == "deactivate" && u.Status == "DEPROVISIONED":
		s.notFound(w, u.ID)
		return
	case action == "deactivate":
		s.deactivate(u)
	case action == "suspend" && u.Status == "ACTIVE":
		u.move("SUSPENDED", s.now())
	case action == "suspend":
		s.fail(w, http.StatusBadRequest, "E0000001", "Api validation failed: suspend", "Cannot suspend a user that is not active")
		return
	case action == "unsuspend" && u.Status == "SUSPENDED":
		u.move("ACTIVE", s.now())
	case action == "unsuspend":
		s.fail(w, http.StatusBadRequest, "E0000001", "Api validation failed: unsuspend", "Cannot unsuspend a user that is not suspended")
		return
	default:
		s.fail(w, http.StatusNotFound, "E0000008", "The requested path was not found")
		return
	}
	lookalike.JSON(w, http.StatusOK, answer)
}
