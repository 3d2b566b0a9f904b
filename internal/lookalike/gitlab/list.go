package gitlab

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// The sizes of pages, and the number of rows above which GitLab does not count.
const (
	defaultPage = 20
	maxPage     = 100
	maxCount    = 10_000
)

// list answers a page: by number, or after a user with pagination=keyset.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	size, err := positive(query.Get("per_page"), defaultPage)
	page, pageErr := positive(query.Get("page"), 1)
	switch {
	case err != nil:
		mistake(w, http.StatusBadRequest, "per_page is invalid")
		return
	case pageErr != nil:
		mistake(w, http.StatusBadRequest, "page is invalid")
		return
	}
	size = min(size, maxPage)
	if by := query.Get("order_by"); by != "" && by != "id" {
		mistake(w, http.StatusBadRequest, "order_by does not have a valid value")
		return
	}
	users := s.filtered(query)
	if query.Get("pagination") == "keyset" {
		s.keyset(w, r, users, size)
		return
	}
	total := len(users)
	pageHeaders(w, r, page, size, total)
	start := min((page-1)*size, total)
	end := min(start+size, total)
	if query.Get("sort") != "asc" { // The newest come first unless asked otherwise.
		lookalike.JSON(w, http.StatusOK, backwards(users[total-end:total-start]))
		return
	}
	lookalike.JSON(w, http.StatusOK, users[start:end])
}

// backwards returns the users, the last first.
func backwards(users []*User) []*User {
	users = slices.Clone(users)
	slices.Reverse(users)
	return users
}

// filtered returns the users by ID that the query asks for.
func (s *Server) filtered(query url.Values) []*User {
	users := s.users
	keep := func(wanted bool, which func(*User) bool) {
		if wanted {
			users = slices.DeleteFunc(slices.Clone(users), func(u *User) bool { return !which(u) })
		}
	}
	keep(query.Has("username"), func(u *User) bool { return key(u.Username) == key(query.Get("username")) })
	keep(truth(query.Get("active")), func(u *User) bool { return u.State == "active" })
	keep(truth(query.Get("blocked")), func(u *User) bool { return u.State == "blocked" })
	keep(truth(query.Get("admins")), func(u *User) bool { return u.IsAdmin })
	keep(query.Has("created_after"), func(u *User) bool { return u.CreatedAt > query.Get("created_after") })
	text := key(query.Get("search"))
	keep(text != "", func(u *User) bool {
		return strings.Contains(key(u.Username), text) || strings.Contains(key(u.Name), text) || key(u.Email) == text
	})
	return users
}

// pageHeaders sets the headers of a numbered page. Above maxCount rows GitLab
// leaves out what it would have to count.
func pageHeaders(w http.ResponseWriter, r *http.Request, page, size, total int) {
	last := max((total+size-1)/size, 1)
	header, counted := w.Header(), total <= maxCount
	number := func(name string, n int, there bool) {
		text := ""
		if there {
			text = strconv.Itoa(n)
		}
		header.Set(name, text)
	}
	number("X-Page", page, true)
	number("X-Per-Page", size, true)
	number("X-Prev-Page", page-1, page > 1)
	number("X-Next-Page", page+1, page < last)
	var links []string
	link := func(relation string, n int, there bool) {
		if there {
			links = append(links, linkTo(r, relation, "page", strconv.Itoa(n), "per_page", strconv.Itoa(size)))
		}
	}
	link("prev", page-1, page > 1)
	link("next", page+1, page < last)
	link("first", 1, true)
	link("last", last, counted)
	if counted {
		number("X-Total", total, true)
		number("X-Total-Pages", last, true)
	}
	header.Set("Link", strings.Join(links, ", "))
}

// keyset answers the users after or before one. The link to the next page carries a
// cursor; id_after, which older versions had in their links, is understood too.
func (s *Server) keyset(w http.ResponseWriter, r *http.Request, all []*User, size int) {
	query := r.URL.Query()
	descending := query.Get("sort") != "asc"
	from := query.Get("id_after")
	if descending {
		from = query.Get("id_before")
	}
	if cursor := query.Get("cursor"); cursor != "" {
		var at struct {
			ID string `json:"id"`
		}
		text, err := base64.URLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(text, &at) != nil {
			mistake(w, http.StatusBadRequest, "cursor is invalid")
			return
		}
		from = at.ID
	}
	users := after(all, from, descending, size+1)
	if len(users) > size {
		users = users[:size]
		cursor := base64.URLEncoding.EncodeToString([]byte(`{"id":"` + strconv.Itoa(users[size-1].ID) + `","_kd":"n"}`))
		w.Header().Set("Link", linkTo(r, "next", "cursor", cursor, "id_after", "", "id_before", "", "page", ""))
	}
	w.Header().Set("X-Per-Page", strconv.Itoa(size))
	lookalike.JSON(w, http.StatusOK, users)
}

// after returns up to n users behind the one with the ID, in either direction.
func after(users []*User, from string, descending bool, n int) []*User {
	id, err := strconv.Atoi(from)
	compare := func(u *User, id int) int { return u.ID - id }
	if descending {
		end := len(users)
		if err == nil {
			end, _ = slices.BinarySearchFunc(users, id, compare)
		}
		return backwards(users[max(end-n, 0):end])
	}
	start := 0
	if err == nil {
		start, _ = slices.BinarySearchFunc(users, id+1, compare)
	}
	return users[start:min(start+n, len(users))]
}

// linkTo is an entry of the Link header: the request with other values of the
// parameters; those with "" are left out.
func linkTo(r *http.Request, relation string, pairs ...string) string {
	query := r.URL.Query()
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			query.Del(pairs[i])
		}
	}
	return "<" + lookalike.Base(r) + r.URL.Path + "?" + query.Encode() + `>; rel="` + relation + `"`
}

// positive reads a number from 1 on.
func positive(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<30 {
		return 0, strconv.ErrRange
	}
	return n, nil
}
