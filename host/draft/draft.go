// Package draft looks at one answer of an application and drafts a recipe for it:
// where the rows are, what they hold, what could be the anchor, and how the next
// page is asked for. It is a beginning for an author, who knows what the answer
// does not say.
package draft

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// Page is one answer.
type Page struct {
	// URL is what was asked for.
	URL *url.URL
	// Header and Body are of the answer.
	Header http.Header
	Body   string
}

// Draft is what a page tells.
type Draft struct {
	// Rows is the path of the list that was taken for the rows, Count how many it
	// holds. Others are the other lists of its kind, longest first. Where there is no
	// list of objects it is a map of objects, whose members are the rows, or else a
	// list of texts or numbers.
	Rows   string
	Count  int
	Others []string
	// Fields are the members of the rows, in the order in which they came.
	Fields []Field
	// Anchors are the fields that could identify an object, likeliest first.
	Anchors []string
	// Paging is how the next page is asked for, as far as the page tells.
	Paging Paging
	// Status is the field that seems to tell whether a user may log in, or empty.
	Status string
	// Secrets are fields whose names look like secrets. They are left out of the
	// recipe, and their values are shown nowhere.
	Secrets []string
	// Login is the kind of credentials with which the page was asked for, as a recipe
	// names it; whoever asked says so. Empty leaves it out.
	Login string
}

// Field is a member of the rows.
type Field struct {
	// Path is where it is in a row, Name what it is called in the recipe.
	Path, Name string
	// Type is string, integer, boolean or list; mixed if rows disagree, object if
	// it is one, null if no row has it.
	Type string
	// Filled is in how many rows it is neither missing, null nor empty; Distinct
	// how many different values there are.
	Filled, Distinct int
	// Sample is one value, cut.
	Sample string
	// Values are all different values if there are few, in the order they came.
	Values []string
}

// Paging is how the next page is asked for.
type Paging struct {
	// Kind is link, next, cursor, page, offset, or empty: nothing tells.
	Kind string
	// Why says what it was told by.
	Why string
	// Param and SizeParam are query parameters, From is a path in the answer, Total
	// the path of the number of all rows, TotalHeader the header that it is in if no
	// place of the answer has it.
	Param, SizeParam, From, Total, TotalHeader string
	// Place is the query parameter that chose this page, of a Link or next URL: the draft
	// leaves it out, for the list begins with its first page.
	Place string
	// While is the path of what says whether there is more, of a page, offset or cursor.
	While string
	// First is the number of the first page or row, of a page or offset.
	First int
	// Size is how many rows were asked for, 0 without SizeParam.
	Size int
	// Check is what the page does not tell for certain, a sentence each.
	Check []string
}

// ErrNoRows says that an answer has nothing that could be rows to draft from.
var ErrNoRows = errors.New("no list of objects, no map of objects and no list of texts")

// Look drafts from a page. The error is ErrNoRows, or says what is wrong with the
// JSON and where.
func Look(p Page) (Draft, error) {
	root, err := parse(p.Body)
	if err != nil {
		return Draft{}, err
	}
	var lists []list
	for _, look := range []func(n *node) bool{isObjects, isMap, isTexts} {
		if lists = root.lists("", 0, look); len(lists) > 0 {
			break
		}
	}
	// An object with a list of words in it, such as its tags, is no list of users.
	lists = slices.DeleteFunc(lists, func(l list) bool { return isTexts(l.node) && l.path != "." && !slices.Contains(listed, l.name()) })
	if len(lists) == 0 {
		return Draft{}, noRows(root)
	}
	slices.SortStableFunc(lists, func(a, b list) int { return cmp.Compare(b.score(), a.score()) })
	d := Draft{Rows: lists[0].path, Count: len(lists[0].node.items)}
	for _, l := range lists[1:] {
		d.Others = append(d.Others, l.path)
	}
	d.Fields, d.Secrets = fields(lists[0].node)
	d.Anchors = anchors(d.Fields, d.Count)
	d.Status = status(d.Fields)
	d.Paging = paging(p, root, d.Count)
	return d, nil
}

// noRows says what there is instead.
func noRows(root *node) error {
	switch {
	case root.kind == kindList && len(root.items) == 0:
		return errors.Join(ErrNoRows, errors.New("the list is empty: ask for a page with some users in it"))
	case root.kind == kindObject:
		return errors.Join(ErrNoRows, errors.New("the answer is an object with "+strings.Join(root.keys, ", ")+": ask for a list of users"))
	}
	return errors.Join(ErrNoRows, errors.New("the answer is "+root.kind.String()))
}

// list is what could be the rows, and where they are.
type list struct {
	path string
	node *node
}

// usual are names that rows have in the answers of many applications.
var usual = []string{"users", "user", "data", "result", "results", "items", "resources", "value", "values", "records", "entries", "members", "people", "accounts", "rows", "list"}

// listed are names that lists of texts have whose texts name users.
var listed = append([]string{"names", "usernames", "user_names", "userids", "user_ids", "logins", "ids", "uids", "emails", "mails", "keys"}, usual...)

// name is what the list is called, in lower case.
func (l list) name() string {
	path := strings.TrimSuffix(l.path, ".*")
	return strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
}

// score is higher for what is likelier to be the users.
func (l list) score() int {
	score := min(len(l.node.items), 50)
	if i := slices.Index(usual, l.name()); i >= 0 {
		score += 200 - 5*i
	}
	return score - 20*strings.Count(strings.TrimSuffix(l.path, ".*"), ".")
}

// complaints are members that hold what went wrong.
var complaints = []string{"error", "errors", "warnings"}

// maxDepth is how deep lists and fields are looked for.
const maxDepth = 4

func isObjects(n *node) bool {
	return n.kind == kindList && len(n.items) > 0 && n.items[0].kind == kindObject
}

func isTexts(n *node) bool {
	return n.kind == kindList && len(n.items) > 0 && (n.items[0].kind == kindString || n.items[0].kind == kindNumber)
}

// isMap says whether the members of an object seem to be of one kind: each is an
// object, and has a member that the first has, too.
func isMap(n *node) bool {
	if n.kind != kindObject || len(n.items) < 2 {
		return false
	}
	for i, item := range n.items {
		alike := func(key string) bool { return slices.Contains(n.items[0].keys, key) }
		if item.kind != kindObject || n.keys[i] == "" || !slices.ContainsFunc(item.keys, alike) {
			return false
		}
	}
	return true
}

// lists returns what in n could be rows, as good says.
func (n *node) lists(path string, depth int, good func(*node) bool) (found []list) {
	switch {
	case depth > maxDepth, len(path) > abi.MaxWantPath-len(".*"):
	case good(n):
		switch {
		case n.kind == kindObject && path == "":
			path = "*"
		case n.kind == kindObject:
			path += ".*"
		case path == "":
			path = "."
		}
		return []list{{path, n}}
	case n.kind == kindObject:
		for i, key := range n.keys {
			if key == "" {
				continue // no path leads there
			}
			if slices.Contains(complaints, strings.ToLower(key)) {
				continue
			}
			found = append(found, n.items[i].lists(join(path, key), depth+1, good)...)
		}
	}
	return found
}

// join puts a member's name behind a path, in the grammar of a request's want.
func join(path, name string) string {
	quoted := quoter.Replace(name)
	if strings.HasPrefix(quoted, " ") {
		quoted = `\` + quoted
	}
	if len(name) > 1 && strings.HasSuffix(quoted, " ") {
		quoted = quoted[:len(quoted)-1] + `\ `
	}
	if path == "" {
		return quoted
	}
	return path + "." + quoted
}

var quoter = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `#`, `\#`, `*`, `\*`, `(`, `\(`, `)`, `\)`, `?`, `\?`, `@`, `\@`)
