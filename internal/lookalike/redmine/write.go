package redmine

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// edit is what a body may say of a user; a nil member is left alone.
type edit struct {
	Login, Firstname, Lastname, Mail *string
	Admin                            *bool
	Status                           *int
	Password                         *string
	Confirmation                     *string `json:"password_confirmation"`
	Generate                         bool    `json:"generate_password"`
	MustChange                       *bool   `json:"must_change_passwd"`
	Groups                           *[]int  `json:"group_ids"`
	Fields                           []struct {
		ID    int
		Value any
	} `json:"custom_fields"`
}

// body reads the member "user"; what is no JSON is 400.
func body(w http.ResponseWriter, r *http.Request) (e edit, ok bool) {
	var whole struct{ User edit }
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return e, true
	}
	if err := json.NewDecoder(r.Body).Decode(&whole); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return e, false
	}
	return whole.User, true
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	e, ok := body(w, r)
	if !ok {
		return
	}
	u := &User{Status: Active, Fields: make(map[int]string)}
	if errors := s.apply(&e, u, true); len(errors) > 0 {
		lookalike.JSON(w, http.StatusUnprocessableEntity, map[string]any{"errors": errors})
		return
	}
	s.add(u)
	if e.Generate {
		u.password = fmt.Sprintf("generated-%d", u.ID)
	}
	w.Header().Set("Location", fmt.Sprintf("%s/users/%d", lookalike.Base(r), u.ID))
	s.read(w, r, http.StatusCreated, u)
}

// one serves the paths below /users/.
func (s *Server) one(w http.ResponseWriter, r *http.Request) {
	text, is := strings.CutSuffix(r.PathValue("id"), ".json")
	id, err := strconv.Atoi(text)
	u := s.byID[id]
	switch {
	case !is || err != nil || u == nil:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		s.read(w, r, http.StatusOK, u)
	case r.Method == http.MethodPut:
		s.change(w, r, u)
	case r.Method == http.MethodDelete:
		s.users = slices.DeleteFunc(s.users, func(other *User) bool { return other == u })
		delete(s.byID, id)
		s.release(u)
		s.done(w)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// done answers that a change is made.
func (s *Server) done(w http.ResponseWriter) {
	if s.options.OldPut {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) change(w http.ResponseWriter, r *http.Request, u *User) {
	e, ok := body(w, r)
	if !ok {
		return
	}
	after := *u
	after.Fields, after.Groups = maps.Clone(u.Fields), slices.Clone(u.Groups)
	if after.Fields == nil {
		after.Fields = make(map[int]string)
	}
	if errors := s.apply(&e, &after, false); len(errors) > 0 {
		lookalike.JSON(w, http.StatusUnprocessableEntity, map[string]any{"errors": errors})
		return
	}
	if e.Generate {
		after.password = fmt.Sprintf("generated-%d", u.ID)
	}
	after.UpdatedOn = s.options.Now().UTC()
	s.release(u)
	*u = after
	s.claim(u)
	s.done(w)
}

var (
	loginForm = regexp.MustCompile(`^[A-Za-z0-9_\-@.]*$`)
	mailForm  = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

// apply changes the user and says all that is wrong with him then.
func (s *Server) apply(e *edit, u *User, fresh bool) (errors []string) {
	set(&u.Login, e.Login)
	set(&u.Firstname, e.Firstname)
	set(&u.Lastname, e.Lastname)
	set(&u.Mail, e.Mail)
	set(&u.Admin, e.Admin)
	set(&u.Status, e.Status)
	set(&u.MustChangePassword, e.MustChange)
	if e.Groups != nil && !fresh {
		u.Groups = slices.DeleteFunc(slices.Clone(*e.Groups), func(id int) bool { return id < firstGroup || id >= firstGroup+len(s.options.Groups) })
	}
	for _, field := range e.Fields {
		if slices.ContainsFunc(s.options.Fields, func(f Field) bool { return f.ID == field.ID }) {
			u.Fields[field.ID] = ""
			if field.Value != nil {
				u.Fields[field.ID] = fmt.Sprint(field.Value)
			}
		}
	}
	errors = append(s.mistakes(u), s.password(e, u, fresh)...)
	for _, f := range s.options.Fields {
		if f.Required && u.Fields[f.ID] == "" {
			errors = append(errors, f.Name+" cannot be blank")
		}
	}
	return errors
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// mistakes says what is wrong with names and address.
func (s *Server) mistakes(u *User) (errors []string) {
	complain := func(wrong bool, text string) {
		if wrong {
			errors = append(errors, text)
		}
	}
	taken := func(key string) bool { id, is := s.taken[key]; return is && id != u.ID }
	complain(u.Login == "", "Login cannot be blank")
	complain(u.Login != "" && taken("login "+fold(u.Login)), "Login has already been taken")
	complain(!loginForm.MatchString(u.Login), "Login is invalid")
	complain(len([]rune(u.Login)) > 60, "Login is too long (maximum is 60 characters)")
	complain(u.Firstname == "", "First name cannot be blank")
	complain(len([]rune(u.Firstname)) > 30, "First name is too long (maximum is 30 characters)")
	complain(u.Lastname == "", "Last name cannot be blank")
	complain(u.Mail == "", "Email cannot be blank")
	complain(u.Mail != "" && !mailForm.MatchString(u.Mail), "Email is invalid")
	complain(u.Mail != "" && taken("mail "+fold(u.Mail)), "Email has already been taken")
	return errors
}

// minPassword is how many characters a password has at least.
const minPassword = 8

// password sets a password that is given, and says what is wrong with it. A new user
// who gets none cannot be made.
func (s *Server) password(e *edit, u *User, fresh bool) []string {
	switch {
	case e.Generate:
	case e.Password == nil || *e.Password == "":
		if fresh {
			return []string{fmt.Sprintf("Password is too short (minimum is %d characters)", minPassword)}
		}
		return nil
	case len([]rune(*e.Password)) < minPassword:
		return []string{fmt.Sprintf("Password is too short (minimum is %d characters)", minPassword)}
	case e.Confirmation != nil && *e.Confirmation != *e.Password:
		return []string{"Password doesn't match confirmation"}
	default:
		u.password = *e.Password
	}
	u.PasswordSet = s.options.Now().UTC()
	return nil
}
