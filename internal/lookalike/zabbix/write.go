package zabbix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// edit is what a write says of a user; a nil member is left alone. IDs may be strings
// or numbers.
type edit struct {
	UserID                        any `json:"userid"`
	Username, Name, Surname, Lang *string
	RoleID                        any     `json:"roleid"`
	Password                      *string `json:"passwd"`
	Groups                        *[]struct {
		ID any `json:"usrgrpid"`
	} `json:"usrgrps"`
	Timezone, Theme, Refresh, URL       *string
	AutoLogin, AutoLogout, Rows, Medias any
	CurrentPassword                     *string `json:"current_passwd"`
}

// edits reads one user or a list of them. Unknown members are mistakes.
func edits(params json.RawMessage) ([]edit, *fault) {
	if text := bytes.TrimSpace(params); len(text) > 0 && text[0] == '{' {
		params = slices.Concat([]byte("["), text, []byte("]"))
	}
	var all []edit
	decoder := json.NewDecoder(bytes.NewReader(params))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&all); err != nil {
		if _, name, is := strings.Cut(err.Error(), "unknown field "); is {
			return nil, invalid(`Invalid parameter "/1": unexpected parameter %s.`, name)
		}
		return nil, invalid(`Invalid parameter "/": an array is expected.`)
	}
	if len(all) == 0 {
		return nil, invalid(`Invalid parameter "/": cannot be empty.`)
	}
	return all, nil
}

func (s *Server) create(params json.RawMessage) (any, *fault) {
	all, wrong := edits(params)
	if wrong != nil {
		return nil, wrong
	}
	return s.write(all, func(at string, e *edit) (*User, *fault) {
		missing := ""
		switch {
		case e.Username == nil:
			missing = "username"
		case e.RoleID == nil:
			missing = "roleid"
		case e.Groups == nil:
			missing = "usrgrps"
		case e.Password == nil:
			return nil, invalid(`Incorrect value for field "%s/passwd": cannot be empty.`, at)
		}
		if missing != "" {
			return nil, invalid(`Invalid parameter "%s": the parameter %q is missing.`, at, missing)
		}
		s.lastID++
		u := &User{ID: strconv.Itoa(s.lastID), Lang: "default"}
		s.users = append(s.users, u)
		return u, nil
	})
}

func (s *Server) update(params json.RawMessage) (any, *fault) {
	all, wrong := edits(params)
	if wrong != nil {
		return nil, wrong
	}
	return s.write(all, func(at string, e *edit) (*User, *fault) {
		if e.UserID == nil {
			return nil, invalid(`Invalid parameter "%s": the parameter "userid" is missing.`, at)
		}
		for i, u := range s.users {
			if u.ID == fmt.Sprint(e.UserID) {
				after := *u
				s.users[i] = &after
				return &after, nil
			}
		}
		return nil, failed(gone)
	})
}

// write applies all edits, or none.
func (s *Server) write(all []edit, subject func(at string, e *edit) (*User, *fault)) (any, *fault) {
	before, lastID := slices.Clone(s.users), s.lastID
	ids := []string{}
	for i := range all {
		at := fmt.Sprintf("/%d", i+1)
		u, wrong := subject(at, &all[i])
		if wrong == nil {
			wrong = s.apply(at, &all[i], u)
		}
		if wrong != nil {
			s.users, s.lastID = before, lastID
			return nil, wrong
		}
		ids = append(ids, u.ID)
	}
	return map[string]any{"userids": ids}, nil
}

// apply changes the user.
func (s *Server) apply(at string, e *edit, u *User) *fault {
	for field, value := range map[*string]*string{&u.Name: e.Name, &u.Surname: e.Surname, &u.Lang: e.Lang} {
		if value != nil {
			*field = *value
		}
	}
	if e.Username != nil {
		if *e.Username == "" {
			return invalid(`Invalid parameter "%s/username": cannot be empty.`, at)
		}
		if other := s.named(*e.Username); other != nil && other.ID != u.ID {
			return invalid("User with username %q already exists.", *e.Username)
		}
		u.Username = *e.Username
	}
	if e.RoleID != nil {
		u.RoleID = fmt.Sprint(e.RoleID)
		if !slices.ContainsFunc(roles, func(g group) bool { return g.id == u.RoleID }) {
			return invalid("User role with ID %q is not available.", u.RoleID)
		}
	}
	if wrong := s.join(at, e, u); wrong != nil {
		return wrong
	}
	return s.password(at, e, u)
}

// join replaces the user's groups.
func (s *Server) join(at string, e *edit, u *User) *fault {
	if e.Groups == nil {
		return nil
	}
	if len(*e.Groups) == 0 {
		return invalid(`Invalid parameter "%s/usrgrps": cannot be empty.`, at)
	}
	u.Groups = nil
	for _, one := range *e.Groups {
		id := fmt.Sprint(one.ID)
		if !slices.ContainsFunc(groups, func(g group) bool { return g.id == id }) {
			return invalid("User group with ID %q is not available.", id)
		}
		u.Groups = append(u.Groups, id)
	}
	if u.ID == "1" && u.disabled() {
		return invalid("User cannot add himself to a disabled group or a group with disabled GUI access.")
	}
	return nil
}

// password sets a password that is given, if it keeps the rules.
func (s *Server) password(at string, e *edit, u *User) *fault {
	if e.Password == nil {
		return nil
	}
	refuse := func(why string) *fault {
		return invalid(`Incorrect value for field "%s/passwd": %s.`, at, why)
	}
	lower := strings.ToLower(*e.Password)
	holds := func(name string) bool { return len(name) > 3 && strings.Contains(lower, strings.ToLower(name)) }
	switch {
	case *e.Password == "":
		return refuse("cannot be empty")
	case len([]rune(*e.Password)) < s.options.MinPassword:
		return refuse(fmt.Sprintf("must be at least %d characters long", s.options.MinPassword))
	case holds(u.Username), holds(u.Name), holds(u.Surname):
		return refuse("must not contain user's name, surname or username")
	case slices.Contains([]string{"password", "12345678", "zabbix"}, lower):
		return refuse("must not be one of common or well-known passwords")
	}
	u.password = *e.Password
	return nil
}

// remove takes a bare list of IDs, and deletes all of them or none.
func (s *Server) remove(params json.RawMessage) (any, *fault) {
	var list []any
	if err := json.Unmarshal(params, &list); err != nil {
		return nil, invalid(`Invalid parameter "/": an array is expected.`)
	}
	ids := texts(list)
	for _, id := range ids {
		switch {
		case s.find(id) == nil:
			return nil, failed(gone)
		case id == "1":
			return nil, invalid("User is not allowed to delete himself.")
		case id == "2":
			return nil, invalid(`Cannot delete Zabbix internal user "guest", try disabling that user.`)
		}
	}
	s.users = slices.DeleteFunc(s.users, func(u *User) bool { return slices.Contains(ids, u.ID) })
	return map[string]any{"userids": ids}, nil
}
