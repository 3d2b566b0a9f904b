package redmine

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// The sizes of pages.
const (
	defaultPage = 25
	maxPage     = 100
)

// list answers a page; one that begins behind the end is empty.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit := min(number(query.Get("limit"), defaultPage), maxPage)
	offset, err := strconv.Atoi(query.Get("offset"))
	if err != nil || offset < 0 {
		offset = (number(query.Get("page"), 1) - 1) * limit
	}
	page, total := []any{}, 0
	for _, u := range s.users {
		if !s.matches(u, query) {
			continue
		}
		if total >= offset && len(page) < limit {
			page = append(page, s.row(u))
		}
		total++
	}
	lookalike.JSON(w, http.StatusOK, map[string]any{"users": page, "total_count": total, "offset": offset, "limit": limit})
}

// number reads a number of at least 1; anything else is otherwise.
func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// matches says whether the filters of the query choose the user.
func (s *Server) matches(u *User, query map[string][]string) bool {
	first := func(name string) string { return strings.Join(query[name][:min(len(query[name]), 1)], "") }
	status, given := first("status"), len(query["status"]) > 0
	switch {
	case !given, status == "" && s.options.Star:
		if u.Status != Active {
			return false
		}
	case status == "", status == "*" && s.options.Star:
	case status != strconv.Itoa(u.Status):
		return false
	}
	if name := fold(first("name")); name != "" && !slices.ContainsFunc([]string{u.Login, u.Firstname, u.Lastname, u.Mail}, func(text string) bool { return strings.Contains(fold(text), name) }) {
		return false
	}
	group := first("group_id")
	return group == "" || slices.ContainsFunc(u.Groups, func(id int) bool { return strconv.Itoa(id) == group })
}

// row is what lists say of a user.
func (s *Server) row(u *User) map[string]any {
	m := map[string]any{
		"id": u.ID, "login": u.Login, "admin": u.Admin, "firstname": u.Firstname, "lastname": u.Lastname, "mail": u.Mail,
		"created_on": stamp(u.CreatedOn), "updated_on": stamp(u.UpdatedOn), "last_login_on": nil, "passwd_changed_on": stamp(u.PasswordSet),
		"twofa_scheme": nil,
	}
	if len(s.options.Fields) > 0 {
		fields := []any{}
		for _, f := range s.options.Fields {
			fields = append(fields, map[string]any{"id": f.ID, "name": f.Name, "value": u.Fields[f.ID]})
		}
		m["custom_fields"] = fields
	}
	return m
}

// stamp writes a time to the second; none is null.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// read answers one user, with what the query includes.
func (s *Server) read(w http.ResponseWriter, r *http.Request, status int, u *User) {
	m := s.row(u)
	m["api_key"], m["status"] = u.key, u.Status
	for what := range strings.SplitSeq(r.URL.Query().Get("include"), ",") {
		switch strings.TrimSpace(what) {
		case "groups":
			groups := []any{}
			for _, id := range u.Groups {
				groups = append(groups, s.group(id))
			}
			m["groups"] = groups
		case "memberships":
			m["memberships"] = []any{}
		}
	}
	lookalike.JSON(w, status, map[string]any{"user": m})
}

// firstGroup is the ID of the first group: groups and users share their numbers.
const firstGroup = 1001

func (s *Server) group(id int) map[string]any {
	return map[string]any{"id": id, "name": s.options.Groups[id-firstGroup]}
}

func (s *Server) groups(w http.ResponseWriter, _ *http.Request) {
	all := []any{}
	for i := range s.options.Groups {
		all = append(all, s.group(firstGroup+i))
	}
	lookalike.JSON(w, http.StatusOK, map[string]any{"groups": all})
}

func (s *Server) fields(w http.ResponseWriter, _ *http.Request) {
	all := []any{}
	for _, f := range s.options.Fields {
		all = append(all, map[string]any{"id": f.ID, "name": f.Name, "customized_type": "user", "field_format": "string", "is_required": f.Required, "multiple": false})
	}
	lookalike.JSON(w, http.StatusOK, map[string]any{"custom_fields": all})
}
