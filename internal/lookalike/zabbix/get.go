package zabbix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// query are the parameters of a get method.
type query struct {
	Output       any
	SelectGroups any            `json:"selectUsrgrps"`
	SelectRole   any            `json:"selectRole"`
	Access       bool           `json:"getAccess"`
	UserIDs      any            `json:"userids"`
	GroupIDs     any            `json:"usrgrpids"`
	RoleIDs      any            `json:"roleids"`
	Filter       map[string]any `json:"filter"`
	Search       map[string]any `json:"search"`
	Limit        any            `json:"limit"`
	SortField    any            `json:"sortfield"`
	SortOrder    any            `json:"sortorder"`
	Count        bool           `json:"countOutput"`
	PreserveKeys bool           `json:"preservekeys"`
}

type row = map[string]any

// texts makes one value or a list of them a list of strings; none is nil.
func texts(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		all := []string{}
		for _, one := range v {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return []string{fmt.Sprint(v)}
}

// answer filters, orders, cuts and trims rows.
func (q *query) answer(rows []row, id string) (any, *fault) {
	rows = slices.DeleteFunc(rows, func(r row) bool { return !q.chooses(r) })
	if q.Count {
		return fmt.Sprint(len(rows)), nil
	}
	if by := texts(q.SortField); len(by) > 0 {
		down := slices.Contains(texts(q.SortOrder), "DESC")
		slices.SortStableFunc(rows, func(a, b row) int {
			n := compare(fmt.Sprint(a[by[0]]), fmt.Sprint(b[by[0]]))
			if down {
				return -n
			}
			return n
		})
	}
	if limit := texts(q.Limit); len(limit) > 0 {
		n, err := strconv.Atoi(limit[0])
		if err != nil || n < 1 {
			return nil, invalid(`Invalid parameter "/limit": value must be one of 1-2147483647.`)
		}
		rows = rows[:min(n, len(rows))]
	}
	byID, list := row{}, []row{}
	for _, r := range rows {
		key := fmt.Sprint(r[id])
		r = trim(r, q.Output)
		byID[key] = r
		list = append(list, r)
	}
	if q.PreserveKeys {
		return byID, nil
	}
	return list, nil
}

// compare orders IDs by number and the rest by letters.
func compare(a, b string) int {
	n, err := strconv.Atoi(a)
	m, otherErr := strconv.Atoi(b)
	if err == nil && otherErr == nil {
		return n - m
	}
	return strings.Compare(a, b)
}

// chooses says whether the row equals what the filter wants and holds what the
// search does.
func (q *query) chooses(r row) bool {
	for name, want := range q.Filter {
		if want != nil && !slices.Contains(texts(want), fmt.Sprint(r[name])) {
			return false
		}
	}
	for name, want := range q.Search {
		if !slices.ContainsFunc(texts(want), func(part string) bool {
			return strings.Contains(strings.ToLower(fmt.Sprint(r[name])), strings.ToLower(part))
		}) {
			return false
		}
	}
	return true
}

// asked is a text that a parameter other than output asks for.
type asked string

// trim leaves what output names, all by default, and what was asked for beside it.
func trim(r row, output any) row {
	if output == nil || output == "extend" {
		return r
	}
	names := texts(output)
	trimmed := row{}
	for name, value := range r {
		_, plain := value.(string)
		if slices.Contains(names, name) || !plain {
			trimmed[name] = value
		}
	}
	return trimmed
}

func read(params json.RawMessage) (q query, wrong *fault) {
	if err := json.Unmarshal(params, &q); err != nil {
		return q, invalid(`Invalid parameter "/": an array is expected.`)
	}
	return q, nil
}

// get answers users.
func (s *Server) get(params json.RawMessage) (any, *fault) {
	q, wrong := read(params)
	if wrong != nil {
		return nil, wrong
	}
	ids, groupIDs := texts(q.UserIDs), texts(q.GroupIDs)
	rows := []row{}
	for _, u := range s.users {
		if ids != nil && !slices.Contains(ids, u.ID) || groupIDs != nil && !slices.ContainsFunc(u.Groups, func(id string) bool { return slices.Contains(groupIDs, id) }) {
			continue
		}
		rows = append(rows, q.user(u))
	}
	return q.answer(rows, "userid")
}

// user is what the query wants of a user.
func (q *query) user(u *User) row {
	r := row{
		"userid": u.ID, "username": u.Username, "name": u.Name, "surname": u.Surname, "url": "", "autologin": "0", "autologout": "0", "lang": u.Lang,
		"refresh": "30s", "theme": "default", "attempt_failed": "0", "attempt_ip": "", "attempt_clock": "0", "rows_per_page": "50", "timezone": "default",
		"roleid": u.RoleID, "userdirectoryid": "0", "ts_provisioned": "0",
	}
	if q.Access {
		r["debug_mode"], r["gui_access"], r["users_status"] = asked("0"), asked("0"), asked("0")
		if u.disabled() {
			r["users_status"] = asked("1")
		}
	}
	if q.SelectGroups != nil {
		list := []row{}
		for _, g := range groups {
			if slices.Contains(u.Groups, g.id) {
				list = append(list, trim(g.row(), q.SelectGroups))
			}
		}
		r["usrgrps"] = list
	}
	if q.SelectRole != nil {
		for _, role := range roles {
			if role.id == u.RoleID {
				r["role"] = trim(row{"roleid": role.id, "name": role.name, "type": role.status, "readonly": "0"}, q.SelectRole)
			}
		}
	}
	return r
}

func (g group) row() row {
	return row{"usrgrpid": g.id, "name": g.name, "gui_access": "0", "users_status": g.status, "debug_mode": "0", "userdirectoryid": "0"}
}

func (s *Server) getGroups(params json.RawMessage) (any, *fault) {
	q, wrong := read(params)
	if wrong != nil {
		return nil, wrong
	}
	rows, ids := []row{}, texts(q.GroupIDs)
	for _, g := range groups {
		if ids == nil || slices.Contains(ids, g.id) {
			rows = append(rows, g.row())
		}
	}
	return q.answer(rows, "usrgrpid")
}

func (s *Server) getRoles(params json.RawMessage) (any, *fault) {
	q, wrong := read(params)
	if wrong != nil {
		return nil, wrong
	}
	rows, ids := []row{}, texts(q.RoleIDs)
	for _, role := range roles {
		if ids == nil || slices.Contains(ids, role.id) {
			rows = append(rows, row{"roleid": role.id, "name": role.name, "type": role.status, "readonly": "0"})
		}
	}
	return q.answer(rows, "roleid")
}
