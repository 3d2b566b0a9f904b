package okta

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// The sizes of pages. A larger limit is taken for the largest.
const (
	maxPage  = 200
	findPage = 10
)

// list answers users by ID, behind the one that after names. Without search or
// filter those that are deprovisioned are not among them. There are two Link
// headers, and the first is not that of the next page.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	size, ok := limit(query.Get("limit"), query.Has("q"))
	if !ok {
		s.fail(w, http.StatusBadRequest, "E0000001", "Api validation failed: limit", "limit: The limit must be greater than 0")
		return
	}
	keep := func(u *User) bool { return u.Status != "DEPROVISIONED" }
	expression, search := query.Get("filter"), query.Has("search")
	if search {
		expression = query.Get("search")
	}
	switch {
	case search && query.Has("filter"):
		s.fail(w, http.StatusBadRequest, "E0000033", "Bad request. Can't specify a search query and filter in the same request.")
		return
	case query.Has("q"):
		keep = found(query.Get("q"))
	case expression != "":
		wanted, err := parseFilter(expression, search)
		if err != nil {
			s.fail(w, http.StatusBadRequest, "E0000031", "Invalid search criteria.")
			return
		}
		keep = wanted
	}
	start, exact := slices.BinarySearchFunc(s.users, query.Get("after"), func(u *User, id string) int { return strings.Compare(u.ID, id) })
	if exact {
		start++
	}
	page := []User{}
	for _, u := range s.users[start:] {
		if !keep(u) {
			continue
		}
		if len(page) == size {
			if !query.Has("q") { // What q finds has no second page.
				s.links(w, r, page[size-1].ID)
			}
			break
		}
		page = append(page, shown(r, u))
	}
	if w.Header().Get("Link") == "" {
		s.links(w, r, "")
	}
	lookalike.JSON(w, http.StatusOK, page)
}

// links sets the Link headers; after is the cursor of the next page, if there is one.
func (s *Server) links(w http.ResponseWriter, r *http.Request, after string) {
	link := func(relation, query string) {
		w.Header().Add("Link", "<"+lookalike.Base(r)+r.URL.Path+query+`>; rel="`+relation+`"`)
	}
	self := ""
	if r.URL.RawQuery != "" {
		self = "?" + r.URL.RawQuery
	}
	link("self", self)
	if after != "" {
		query := r.URL.Query()
		query.Set("after", after)
		link("next", "?"+query.Encode())
	}
}

func limit(text string, find bool) (int, bool) {
	switch n, err := strconv.Atoi(text); {
	case text == "" && find:
		return findPage, true
	case text == "":
		return maxPage, true
	case err != nil || n < 1:
		return 0, false
	default:
		return min(n, maxPage), true
	}
}

// found is what q finds: users whose names or address begin with the text.
func found(text string) func(*User) bool {
	text = strings.ToLower(text)
	return func(u *User) bool {
		return u.Status != "DEPROVISIONED" && slices.ContainsFunc([]string{"firstName", "lastName", "email"}, func(name string) bool {
			value, _ := u.Profile[name].(string)
			return strings.HasPrefix(strings.ToLower(value), text)
		})
	}
}
