package draft

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// maxValues is up to how many different values of a field are kept.
const maxValues = 8

// maxSample is where a sample is cut, in bytes.
const maxSample = 40

// column is a field while rows are read.
type column struct {
	Field
	kinds map[kind]bool
	seen  map[string]bool
	whole bool // all numbers are whole
}

// fields reads the members of all rows. Secrets are kept apart. Of the rows of a map
// the name is a field, too.
func fields(rows *node) (all []Field, secrets []string) {
	var columns []*column
	index := make(map[string]*column)
	visit := func(path string, n *node) {
		c := index[path]
		if c == nil {
			c = &column{Field: Field{Path: path}, kinds: make(map[kind]bool), seen: make(map[string]bool), whole: true}
			index[path] = c
			columns = append(columns, c)
		}
		c.add(n)
	}
	for i, row := range rows.items {
		if rows.kind == kindObject {
			visit("@key", &node{kind: kindString, text: rows.keys[i]})
		}
		row.walk("", 0, visit)
	}
	taken := map[string]bool{"password": true, "export_password": true} // no attributes
	for _, c := range columns {
		if isSecret(c.Path) {
			secrets = append(secrets, c.Path)
			continue
		}
		c.Type, c.Distinct = c.typeOf(), len(c.seen)
		if c.Distinct > maxValues {
			c.Values = nil
		}
		c.Name = name(c.Path, taken)
		all = append(all, c.Field)
	}
	return all, secrets
}

// walk visits the values of a row: objects are gone into, two levels deep.
func (n *node) walk(path string, depth int, visit func(path string, n *node)) {
	if n.kind == kindObject && len(n.keys) > 0 && depth < 3 {
		for i, key := range n.keys {
			if key == "" {
				continue // no path leads there
			}
			n.items[i].walk(join(path, key), depth+1, visit)
		}
		return
	}
	if path == "" {
		path = "."
	}
	visit(path, n)
}

func (c *column) add(n *node) {
	switch {
	case n.kind == kindNull:
		return
	case n.kind == kindNumber:
		if _, err := strconv.ParseInt(n.text, 10, 64); err != nil {
			c.whole = false
		}
	}
	c.kinds[n.kind] = true
	if n.text == "" {
		return
	}
	c.Filled++
	if c.seen[n.text] {
		return
	}
	c.seen[n.text] = true
	if len(c.Values) <= maxValues {
		c.Values = append(c.Values, n.text)
	}
	if c.Sample == "" {
		c.Sample = strings.ToValidUTF8(n.text[:min(len(n.text), maxSample)], "")
	}
}

func (c *column) typeOf() string {
	switch {
	case len(c.kinds) == 0:
		return "null"
	case len(c.kinds) > 1:
		return "mixed"
	case c.kinds[kindBool]:
		return "boolean"
	case c.kinds[kindNumber] && c.whole:
		return "integer"
	case c.kinds[kindList]:
		return "list"
	case c.kinds[kindObject]:
		return "object"
	}
	return "string"
}

// secretWords are what the names of secrets end in.
var secretWords = []string{"password", "passwd", "pwd", "passphrase", "secret", "token", "hash", "salt", "apikey", "api_key", "private_key", "privatekey", "credential", "credentials", "otp", "pin"}

// isSecret goes by the end of the name: password_hash is a secret, and
// password_changed_at is none.
func isSecret(path string) bool {
	lower := strings.ToLower(path)
	for _, word := range secretWords {
		rest, ends := strings.CutSuffix(lower, word)
		// A short word is the end of many others: topping ends in pin.
		if ends && (len(word) > 4 || rest == "" || strings.HasSuffix(rest, "_") || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "-") || path[len(rest)] != lower[len(rest)]) {
			return true
		}
	}
	return false
}

// secretParameters are names that secrets have in queries and that fields have without
// being any.
var secretParameters = []string{"key", "auth", "sig", "signature", "sid", "session"}

// isSecretParameter says whether a parameter of a query looks like a secret.
func isSecretParameter(name string) bool {
	return isSecret(name) || slices.Contains(secretParameters, strings.ToLower(name))
}

// Shown is an address as it may be shown: without the values of parameters that look
// like secrets, and without a password.
func Shown(u *url.URL) string {
	shown := *u
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err != nil || isSecretParameter(plain) {
			parts[i] = name + "=SECRET"
		}
	}
	shown.RawQuery = strings.Join(parts, "&")
	return shown.Redacted()
}

// maxName leaves room for a number within the 128 bytes of an attribute's name.
const maxName = 100

// name makes an attribute's name of a path: letters, digits and underscores, and
// not one that is taken already, in whatever case.
func name(path string, taken map[string]bool) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		case r == '.' || r == '-' || r == ' ':
			return '_'
		}
		return -1
	}, path)
	if path == "." {
		clean = "name" // the row itself
	}
	if clean = strings.Trim(clean[:min(len(clean), maxName)], "_"); clean == "" {
		clean = "value"
	}
	unique := clean
	for n := 2; taken[strings.ToLower(unique)]; n++ {
		unique = clean + "_" + strconv.Itoa(n)
	}
	taken[strings.ToLower(unique)] = true
	return unique
}

// identifiers are names that anchors often have, likeliest first.
var identifiers = []string{"id", "uuid", "guid", "sys_id", "_id", "userid", "user_id", "uid", "objectid", "key", "login", "username", "user_name", "name", "email", "mail"}

// anchors returns the fields that every row has, each with another value, but for
// a mark of its version: that changes with the object.
func anchors(all []Field, rows int) []string {
	var found []Field
	for _, f := range all {
		if f.Filled == rows && f.Distinct == rows && (f.Type == "string" || f.Type == "integer") && len(f.Path) < abi.MaxWantPath && !strings.HasSuffix(strings.ToLower(f.Name), "etag") {
			found = append(found, f)
		}
	}
	rank := func(f Field) int {
		if i := slices.Index(identifiers, strings.ToLower(f.Name)); i >= 0 {
			return i
		}
		if lower := strings.ToLower(f.Name); strings.HasSuffix(lower, "id") {
			return len(identifiers)
		}
		return len(identifiers) + 1
	}
	slices.SortStableFunc(found, func(a, b Field) int { return cmp.Compare(rank(a), rank(b)) })
	// Two or more rows are needed to tell one that is different in each.
	var names []string
	for _, f := range found {
		if rows > 1 || rank(f) < len(identifiers) {
			names = append(names, f.Name)
		}
	}
	return names
}

// statusNames are names of fields that tell whether a user may log in.
var statusNames = []string{"active", "enabled", "is_active", "isactive", "disabled", "locked", "blocked", "suspended", "state", "status"}

func status(all []Field) string {
	for _, want := range statusNames {
		for _, f := range all {
			if strings.EqualFold(f.Name, want) {
				return f.Name
			}
		}
	}
	return ""
}
