package gitlab

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// minPassword is the length that GitLab demands.
const minPassword = 8

// usernames is what GitLab takes as a username.
var usernames = regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.-]*$`)

// parameters reads what the query and the body give, JSON or form, as text. A body
// that is not what it says gives nothing.
func parameters(r *http.Request) map[string]string {
	given := make(map[string]string)
	for name, values := range r.URL.Query() {
		given[name] = values[0]
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" {
		if r.ParseMultipartForm(lookalike.MaxBody) == nil || r.PostForm != nil {
			for name, values := range r.PostForm {
				given[name] = values[0]
			}
		}
		return given
	}
	var body map[string]any
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	if decoder.Decode(&body) == nil {
		for name, value := range body {
			given[name] = ""
			if value != nil {
				given[name] = fmt.Sprint(value)
			}
		}
	}
	return given
}

func truth(text string) bool {
	return slices.Contains([]string{"true", "1", "t", "on", "yes"}, strings.ToLower(text))
}

// read answers the user.
func (s *Server) read(w http.ResponseWriter, _ *http.Request, u *User) {
	lookalike.JSON(w, http.StatusOK, u)
}

// create makes a user.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	given := parameters(r)
	var missing []string
	if given["password"] == "" && given["reset_password"] == "" && given["force_random_password"] == "" {
		missing = append(missing, "password, reset_password, force_random_password are missing, at least one parameter must be provided")
	}
	for _, name := range []string{"email", "name", "username"} {
		if _, ok := given[name]; !ok {
			missing = append(missing, name+" is missing")
		}
	}
	if missing != nil {
		mistake(w, http.StatusBadRequest, strings.Join(missing, ", "))
		return
	}
	if s.refused(w, nil, given) {
		return
	}
	u := &User{}
	u.assign(given)
	if truth(given["reset_password"]) || truth(given["force_random_password"]) {
		u.password = ""
	}
	s.add(u)
	if !truth(given["skip_confirmation"]) {
		u.ConfirmedAt = nil
	}
	lookalike.JSON(w, http.StatusCreated, u)
}

// change changes what is given. A new address waits for confirmation, unless
// skip_reconfirmation is given.
func (s *Server) change(w http.ResponseWriter, r *http.Request, u *User) {
	given := parameters(r)
	if s.refused(w, u, given) {
		return
	}
	old := *u
	u.assign(given)
	if email, ok := given["email"]; ok && email != old.Email && !truth(given["skip_reconfirmation"]) {
		u.UnconfirmedEmail, u.Email = email, old.Email
	}
	u.WebURL = webURL(u.Username)
	delete(s.taken, key(old.Email))
	delete(s.taken, key(old.Username))
	s.taken[key(u.Email)], s.taken[key(u.Username)] = u, u
	lookalike.JSON(w, http.StatusOK, u)
}

// refused answers conflicts and mistakes in what is given for the user; nil is a
// new one.
func (s *Server) refused(w http.ResponseWriter, u *User, given map[string]string) bool {
	for _, name := range []string{"email", "username"} {
		if other := s.taken[key(given[name])]; other != nil && other != u {
			message(w, http.StatusConflict, strings.ToUpper(name[:1])+name[1:]+" has already been taken")
			return true
		}
	}
	mistakes := make(map[string][]string)
	for name, value := range given {
		switch {
		case (name == "name" || name == "email" || name == "username") && value == "":
			mistakes[name] = append(mistakes[name], "can't be blank")
		case name == "email":
			if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
				mistakes[name] = append(mistakes[name], "is invalid")
			}
		case name == "username" && (!usernames.MatchString(value) || strings.HasSuffix(value, ".") || strings.HasSuffix(value, ".git") || strings.HasSuffix(value, ".atom")):
			mistakes[name] = append(mistakes[name], "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', '.git' or '.atom'.")
		case name == "password" && value != "" && len(value) < minPassword:
			mistakes[name] = append(mistakes[name], fmt.Sprintf("is too short (minimum is %d characters)", minPassword))
		}
	}
	if len(mistakes) > 0 {
		message(w, http.StatusBadRequest, mistakes)
	}
	return len(mistakes) > 0
}

// assign takes over what is given, and nothing else. The administrator's flag is
// written as admin and read as is_admin.
func (u *User) assign(given map[string]string) {
	for name, to := range map[string]*string{
		"name": &u.Name, "username": &u.Username, "email": &u.Email, "bio": &u.Bio, "location": &u.Location, "organization": &u.Organization, "job_title": &u.JobTitle,
	} {
		if value, ok := given[name]; ok {
			*to = value
		}
	}
	for name, to := range map[string]*bool{
		"admin": &u.IsAdmin, "external": &u.External, "can_create_group": &u.CanCreateGroup, "private_profile": &u.PrivateProfile,
	} {
		if value, ok := given[name]; ok {
			*to = truth(value)
		}
	}
	if note, ok := given["note"]; ok {
		u.Note = &note
	}
	if limit, err := strconv.Atoi(given["projects_limit"]); err == nil {
		u.ProjectsLimit = limit
	}
	if given["password"] != "" {
		u.password = given["password"]
	}
}

// remove deletes the user, at once or later.
func (s *Server) remove(w http.ResponseWriter, r *http.Request, u *User) {
	if !s.options.LazyDelete {
		s.drop(u)
	} else {
		u.doomed = true
		if truth(parameters(r)["hard_delete"]) {
			u.State = "blocked"
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// moderate blocks, unblocks, activates, deactivates, bans or lifts a ban. What is already so is
// answered with 201 as well, but with null or false in place of true.
func (s *Server) moderate(w http.ResponseWriter, r *http.Request, u *User) {
	var refusal string
	var next string
	var done any = true
	switch action := r.PathValue("action"); {
	case action == "block" && u.ID == 1:
		refusal = "403 Forbidden - The API initiating user cannot be blocked by the API"
	case action == "block" && u.State == "blocked", action == "deactivate" && u.State == "deactivated":
		done = json.RawMessage("null")
	case action == "block":
		next = "blocked"
	case action == "unblock" && u.State == "deactivated":
		refusal = "403 Forbidden - Deactivated users cannot be unblocked by the API"
	case action == "unblock" && u.State == "active":
		done = false
	case action == "unblock":
		next = "active"
	case action == "activate" && u.State == "blocked":
		refusal = "Error occurred. A blocked user must be unblocked to be activated"
	case action == "activate":
		next = "active"
	case action == "deactivate" && u.State == "blocked":
		refusal = "Error occurred. A blocked user cannot be deactivated"
	case action == "deactivate" && u.LastActivityOn != nil:
		refusal = "The user you are trying to deactivate has been active in the past 90 days and cannot be deactivated"
	case action == "deactivate":
		next = "deactivated"
	case action == "ban" && u.State != "active":
		refusal = "You cannot ban " + u.State + " users."
	case action == "ban":
		next = "banned"
	case action == "unban" && u.State != "banned":
		refusal = "You cannot unban " + u.State + " users."
	case action == "unban":
		next = "active"
	default:
		unknownPath(w)
		return
	}
	if refusal != "" {
		message(w, http.StatusForbidden, refusal)
		return
	}
	if next != "" {
		u.State = next
	}
	lookalike.JSON(w, http.StatusCreated, done)
}
