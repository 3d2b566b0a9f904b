// Package workload is what every peer does: the entries of a page, and the
// directory of users that an import reads. Guests import it too, so it needs
// nothing but strconv.
package workload

import "strconv"

// PageEntries is how many entries a page holds, each of ten attributes with eleven
// values.
const PageEntries = 1000

// Users is how many users the directory of an import holds.
const Users = 100_000

// Attribute is a name and its values.
type Attribute struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Entry is one object.
type Entry struct {
	Anchor     string      `json:"anchor"`
	Attributes []Attribute `json:"attributes"`
}

// Names are the attributes of an entry, the anchor left out. The last one has two
// values.
var Names = [...]string{
	"displayName", "givenName", "familyName", "mail", "department",
	"title", "employeeNumber", "telephoneNumber", "active", "memberOf",
}

// Anchor is the anchor of the n-th entry.
func Anchor(n int) string { return "user-" + strconv.Itoa(1_000_000+n) }

// Value is the value of the n-th entry's attribute. Some values need escaping in
// JSON, as they do in life.
func Value(n int, name string) string {
	number := strconv.Itoa(1_000_000 + n)
	switch name {
	case "displayName":
		return "Łucja \"Lu\" Österreich-" + number
	case "givenName":
		return "Łucja"
	case "familyName":
		return "Österreich-" + number
	case "mail":
		return "lucja.oesterreich." + number + "@example.com"
	case "department":
		return "Research & Development"
	case "title":
		return "Principal Engineer, Level 7"
	case "employeeNumber":
		return number
	case "telephoneNumber":
		return "+49 30 555 " + number
	case "active":
		return "true"
	default:
		return "cn=staff,ou=groups,dc=example,dc=com"
	}
}

// Group is the second value of memberOf.
const Group = "cn=engineering,ou=groups,dc=example,dc=com"

// Page returns a page of entries, counted from first.
func Page(first int) []Entry {
	page := make([]Entry, PageEntries)
	for i := range page {
		page[i] = Entry{Anchor(first + i), make([]Attribute, len(Names))}
		for j, name := range Names {
			page[i].Attributes[j] = Attribute{name, []string{Value(first+i, name)}}
		}
		last := &page[i].Attributes[len(Names)-1]
		last.Values = append(last.Values, Group)
	}
	return page
}

// Renumber gives the entries of a page new anchors, so that no page repeats
// another. The rest stays, so that what is measured is passing the page on.
func Renumber(page []Entry, first int) {
	for i := range page {
		page[i].Anchor = Anchor(first + i)
	}
}
