package servicenow

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Record is one row: all values are text, and what is empty is "".
type Record map[string]string

func (r Record) clone() Record { return maps.Clone(r) }

// kind is what a field holds.
type kind int

const (
	text kind = iota
	boolean
	date
	reference
	password
)

// field is a column of a table.
type field struct {
	kind kind
	to   string // the table that a reference points to
}

// table is a table with its rows.
type table struct {
	name string
	// display is the field that stands for a row where others refer to it.
	display string
	// unique is a field whose values are not given twice; "" is none.
	unique    string
	fields    map[string]field
	rows      []Record // as they were made
	byID      map[string]Record
	taken     map[string]string // sys_id by value of unique, in lower case
	passwords map[string]string // by sys_id
	made      int

	// The last answer's order is kept until something changes.
	ordered  []Record
	orderOf  string
	orderAge int
	age      int
}

// stamp is how dates are written.
const stamp = time.DateTime

// newTables returns the tables, empty.
func newTables() map[string]*table {
	tables := make(map[string]*table)
	add := func(name, display, unique, words string, others map[string]field) {
		fields := map[string]field{"sys_created_on": {kind: date}, "sys_updated_on": {kind: date}}
		for word := range strings.FieldsSeq("sys_id sys_created_by sys_updated_by sys_mod_count " + words) {
			fields[word] = field{}
		}
		maps.Copy(fields, others)
		tables[name] = &table{
			name: name, display: display, unique: unique, fields: fields,
			byID: make(map[string]Record), taken: make(map[string]string), passwords: make(map[string]string),
		}
	}
	add("sys_user", "name", "user_name", "user_name first_name last_name name email title employee_number phone mobile_phone", map[string]field{
		"active": {kind: boolean}, "locked_out": {kind: boolean}, "web_service_access_only": {kind: boolean}, "user_password": {kind: password},
		"manager": {reference, "sys_user"}, "department": {reference, "cmn_department"}, "last_login_time": {kind: date},
	})
	add("sys_user_group", "name", "", "name description email", map[string]field{"active": {kind: boolean}, "manager": {reference, "sys_user"}})
	add("sys_user_grmember", "sys_id", "", "", map[string]field{"user": {reference, "sys_user"}, "group": {reference, "sys_user_group"}})
	add("cmn_department", "name", "", "name id description", nil)
	add("sys_audit_delete", "documentkey", "", "tablename documentkey display_value", nil)
	return tables
}

// insert makes a row with what every row has, and returns it.
func (s *Server) insert(t *table, given Record) Record {
	t.made++
	row := make(Record)
	for name, f := range t.fields {
		row[name] = ""
		if f.kind == boolean {
			row[name] = "false"
		}
	}
	maps.Copy(row, given)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", t.name, t.made))
	now := s.options.Now().UTC().Format(stamp)
	row["sys_id"] = fmt.Sprintf("%x", sum[:16])
	row["sys_created_on"], row["sys_updated_on"], row["sys_mod_count"] = now, now, "0"
	row["sys_created_by"], row["sys_updated_by"] = s.options.Username, s.options.Username
	t.derive(row)
	t.rows = append(t.rows, row)
	t.byID[row["sys_id"]] = row
	t.note(row)
	return row
}

// derive computes the name of a user.
func (t *table) derive(row Record) {
	if t.name == "sys_user" {
		row["name"] = strings.TrimSpace(row["first_name"] + " " + row["last_name"])
	}
}

// note keeps what is derived from rows.
func (t *table) note(row Record) {
	t.age++
	if key := strings.ToLower(row[t.unique]); key != "" {
		t.taken[key] = row["sys_id"]
	}
}

// update changes a row; one that stays as it was keeps its date, too.
func (s *Server) update(t *table, row, given Record) {
	changed := row.clone()
	maps.Copy(changed, given)
	t.derive(changed)
	if maps.Equal(changed, row) {
		return
	}
	delete(t.taken, strings.ToLower(row[t.unique]))
	maps.Copy(row, changed)
	var count int
	_, _ = fmt.Sscan(row["sys_mod_count"], &count) // It is a number that insert or update wrote.
	row["sys_mod_count"] = fmt.Sprint(count + 1)
	row["sys_updated_on"], row["sys_updated_by"] = s.options.Now().UTC().Format(stamp), s.options.Username
	t.note(row)
}

// delete takes a row out and notes that in sys_audit_delete.
func (s *Server) delete(t *table, row Record) {
	id := row["sys_id"]
	t.rows = slices.DeleteFunc(t.rows, func(other Record) bool { return other["sys_id"] == id })
	delete(t.byID, id)
	delete(t.passwords, id)
	delete(t.taken, strings.ToLower(row[t.unique]))
	t.age++
	s.insert(s.tables["sys_audit_delete"], Record{"tablename": t.name, "documentkey": id, "display_value": row[t.display]})
}

// shown is how a row stands in answers: all values, or what parameters ask for.
func (s *Server) shown(t *table, row Record, p parameters) map[string]any {
	all := make(map[string]any)
	names := p.fields
	if names == nil {
		names = slices.Collect(maps.Keys(t.fields))
	}
	for _, name := range names {
		if f, value, ok := s.walk(t, row, name); ok {
			all[name] = s.value(f, value, p)
		}
	}
	return all
}

// walk finds a field, through references: manager.user_name. Who has no manager has
// "" there.
func (s *Server) walk(t *table, row Record, name string) (field, string, bool) {
	first, rest, far := strings.Cut(name, ".")
	f, ok := t.fields[first]
	if !ok || !far {
		return f, row[first], ok
	}
	to := s.tables[f.to]
	if to == nil {
		return f, "", false
	}
	return s.walk(to, to.byID[row[first]], rest)
}

// value is one value as the parameters ask for it.
func (s *Server) value(f field, value string, p parameters) any {
	display := value
	switch to := s.tables[f.to]; {
	case f.kind == reference:
		display = to.byID[value][to.display]
	case f.kind == password && value != "":
		display = "********"
	case f.kind == date:
		if at, err := time.Parse(stamp, value); err == nil {
			display = at.In(s.options.Zone).Format(stamp)
		}
	}
	link := f.kind == reference && value != "" && !p.noLinks
	switch {
	case p.display == "all" || link:
		pair := make(map[string]string)
		if p.display != "true" {
			pair["value"] = value
		}
		if p.display != "false" {
			pair["display_value"] = display
		}
		if link {
			pair["link"] = p.base + "/api/now/table/" + f.to + "/" + value
		}
		return pair
	case p.display == "true":
		return display
	default:
		return value
	}
}

// internal turns a display value into the value that is stored; a name that stands
// for no row becomes "".
func (s *Server) internal(f field, display string) string {
	switch {
	case f.kind == reference:
		to := s.tables[f.to]
		if to.byID[display] != nil {
			return display
		}
		i := slices.IndexFunc(to.rows, func(row Record) bool { return row[to.display] == display })
		if i < 0 {
			return ""
		}
		return to.rows[i]["sys_id"]
	case f.kind == date:
		if at, err := time.ParseInLocation(stamp, display, s.options.Zone); err == nil {
			return at.UTC().Format(stamp)
		}
	}
	return display
}
