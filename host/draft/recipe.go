package draft

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/internal/yamltext"
)

// Recipe writes the draft as a recipe called name. What the page could not tell
// stands in it as a comment. path is what was asked for, below the target's base
// URL, and query what stands in it besides paging.
func (d Draft) Recipe(name, path string, query url.Values) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Drafted from one answer. Read it, and delete what you do not need.\nrecipe: 1\nname: %s\n", name)
	if d.Login != "" {
		fmt.Fprintf(&b, "targets:\n  %s: {login: [%s]}\n", name, yamltext.Scalar(d.Login))
	} else {
		fmt.Fprintf(&b, "target: %s\n", name)
	}
	fmt.Fprintf(&b, "object: user\n%s\nattributes:\n", d.anchorLine())
	d.attributes(&b)
	for _, path := range d.Secrets {
		fmt.Fprintf(&b, "  # %s looks like a secret and is left out; the configuration can drop or seal it.\n", yamltext.Comment(path))
	}
	fmt.Fprintf(&b, "\nimport:\n  request:\n    path: %s\n", yamltext.Scalar(path))
	d.query(&b, query)
	fmt.Fprintf(&b, "  rows: %s\n", yamltext.Scalar(d.Rows))
	d.paging(&b)
	d.afterImport(&b, path)
	return b.String()
}

// afterImport is what no list tells, said for this one as most applications have it.
func (d Draft) afterImport(b *strings.Builder, path string) {
	b.WriteString("\n# One user by its anchor, and how users are changed: what only the application's\n# documentation tells. For example:\n#\n")
	list := strings.ReplaceAll(path, "{", "{{")
	bare, suffix := strings.TrimSuffix(list, "/"), ""
	if strings.HasSuffix(bare, ".json") {
		bare, suffix = strings.TrimSuffix(bare, ".json"), ".json"
	}
	one := yamltext.Comment(strconv.Quote(bare + "/{anchor}" + suffix))
	list = yamltext.Comment(strconv.Quote(list))
	anchor := "id"
	if len(d.Anchors) > 0 {
		anchor = d.Anchors[0]
	}
	if d.anchorIsKey() {
		// One object alone does not tell the name that it has in the map.
		fmt.Fprintf(b, "# read: {request: %s, rows: %s, whole: true}    # finds it in the list\n", list, yamltext.Scalar(d.Rows))
	} else {
		fmt.Fprintf(b, "# read: {request: %s}\n", one)
	}
	fmt.Fprintf(b, "# create:\n#   - request: {method: POST, path: %s, json: {\"...\": attributes}}\n#     capture: {%s: PATH}    # where the answer has the anchor; or {header: Location}\n", list, anchor)
	fmt.Fprintf(b, "# update:\n#   - request: {method: PATCH, path: %s, safety: idempotent, json: {\"...\": changed}}\n", one)
	fmt.Fprintf(b, "# delete:\n#   - request: {method: DELETE, path: %s}\n", one)
}

// anchorIsKey says that the rows are the values of a map, and the anchor their names in
// it.
func (d Draft) anchorIsKey() bool {
	return len(d.Anchors) > 0 && slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == d.Anchors[0] && f.Path == "@key" })
}

func (d Draft) anchorLine() string {
	switch len(d.Anchors) {
	case 0:
		return "# No field has another value in every row: name the one that identifies a user for good.\nanchor: " + noAnchor
	case 1:
		return "anchor: " + d.Anchors[0]
	}
	return "anchor: " + d.Anchors[0] + "    # or " + strings.Join(d.Anchors[1:min(len(d.Anchors), 4)], ", ")
}

// noAnchor is the attribute that is drafted for the anchor where no field is one.
const noAnchor = "id"

// maxAttributes is the most that a recipe may have, maxComments the most lines that
// tell what of the rows is in no attribute.
const (
	maxAttributes = 200
	maxComments   = 50
)

// attributes writes an attribute for each field, as far as recipes can have them.
func (d Draft) attributes(b *strings.Builder) {
	anchor := noAnchor
	if len(d.Anchors) > 0 {
		anchor = d.Anchors[0]
	} else {
		fmt.Fprintf(b, "  %s: {access: read}    # stands for the one that identifies a user\n", noAnchor)
	}
	room, comments := maxAttributes-1, 0
	for _, f := range d.Fields {
		line := d.attribute(f)
		leave := func(why string) { line = "# " + yamltext.Comment(f.Path) + " is left out: it " + why + "." }
		switch {
		case f.Name == anchor && len(d.Anchors) > 0:
		case f.Path == anchor:
			continue // written above
		case strings.EqualFold(f.Name, anchor):
			leave("differs from the anchor in case alone, and has not another value in every row")
		case len(f.Path) >= abi.MaxWantPath: // a backslash may come before it
			leave("has a path that is too long")
		case f.Type == "object" || f.Type == "null":
			line = "# " + line // nothing to tell what would be in it
		case room == 0:
			leave(fmt.Sprintf("would be more than the %d attributes that a recipe can have", maxAttributes))
		default:
			room--
		}
		if line[0] == '#' {
			comments++
		}
		if line[0] != '#' || comments <= maxComments {
			b.WriteString("  " + line + "\n")
		}
	}
	if comments > maxComments {
		fmt.Fprintf(b, "  # So are %d more.\n", comments-maxComments)
	}
}

// attribute is the line of a field.
func (d Draft) attribute(f Field) string {
	var keys []string
	switch f.Type {
	case "integer", "boolean":
		keys = append(keys, "type: "+f.Type)
	case "list":
		keys = append(keys, "multi: true")
	}
	if len(d.Anchors) > 0 && f.Name == d.Anchors[0] {
		keys = append(keys, "access: read")
	}
	switch {
	case f.Path == "none", strings.HasPrefix(f.Path, "detail."):
		keys = append(keys, "read: "+strconv.Quote(`\`+f.Path)) // a word of recipes, unless the path begins otherwise
	case f.Path != f.Name:
		keys = append(keys, "read: "+yamltext.Scalar(f.Path))
	}
	return yamltext.Scalar(f.Name) + ": {" + strings.Join(keys, ", ") + "}" + d.remark(f)
}

func (d Draft) remark(f Field) string {
	var notes []string
	if f.Type == "mixed" {
		notes = append(notes, "rows have values of several types")
	}
	if f.Name == d.Status {
		text := "may tell whether a user can log in"
		if len(f.Values) > 0 {
			text += ": " + strings.Join(f.Values, ", ")
		}
		notes = append(notes, text)
	}
	if f.Filled == 0 && f.Type != "list" {
		notes = append(notes, "no row has a value")
	}
	if len(notes) == 0 {
		return ""
	}
	return "    # " + yamltext.Comment(strings.Join(notes, "; "))
}

// query writes the query that stays the same on every page.
func (d Draft) query(b *strings.Builder, query url.Values) {
	var keep, secret []string
	for name := range query {
		switch {
		case isSecretParameter(name):
			secret = append(secret, name)
		case name == d.Paging.Place:
			fmt.Fprintf(b, "    # %s is left out: the list begins with its first page\n", yamltext.Comment(name))
		case name != d.Paging.Param && name != d.Paging.SizeParam:
			keep = append(keep, name)
		}
	}
	slices.Sort(secret)
	for _, name := range secret {
		fmt.Fprintf(b, "    # %s looks like a secret and is left out; the configuration logs in: credentials: [{apiKey: {query: %s, value: …}}]\n", yamltext.Comment(name), yamltext.Comment(name))
	}
	if len(keep) == 0 {
		return
	}
	slices.Sort(keep)
	b.WriteString("    query:\n")
	for _, name := range keep {
		fmt.Fprintf(b, "      %s: %s\n", yamltext.Scalar(name), strconv.Quote(strings.ReplaceAll(query.Get(name), "{", "{{")))
	}
}

func (d Draft) paging(b *strings.Builder) {
	p := d.Paging
	var keys []string
	switch p.Kind {
	case "link":
		keys = append(keys, "link: true")
	case "next":
		keys = append(keys, "next: "+yamltext.Scalar(p.From))
	case "cursor":
		keys = append(keys, "cursor: "+yamltext.Scalar(p.Param), "from: "+yamltext.Scalar(p.From))
	case "page":
		keys = append(keys, "pages: "+yamltext.Scalar(p.Param), "first: "+strconv.Itoa(p.First))
	case "offset":
		keys = append(keys, "offset: "+yamltext.Scalar(p.Param), "first: "+strconv.Itoa(p.First))
	default:
		fmt.Fprintf(b, "  # Nothing tells how the next page is asked for: without a line such as\n  # paging: {pages: page, size: per_page, by: 100}\n  # this answer counts as all there is.\n")
		if p.Why != "" {
			fmt.Fprintf(b, "  # But %s.\n", yamltext.Comment(p.Why))
		}
	}
	if p.While != "" {
		keys = append(keys, "while: "+yamltext.Scalar(p.While))
	}
	if p.SizeParam != "" && p.Kind != "" {
		keys = append(keys, "size: "+yamltext.Scalar(p.SizeParam), "by: "+strconv.Itoa(p.Size))
	}
	if len(keys) > 0 {
		fmt.Fprintf(b, "  paging: {%s}    # %s\n", strings.Join(keys, ", "), yamltext.Comment(p.Why))
	}
	switch {
	case p.Total != "":
		fmt.Fprintf(b, "  total: %s\n", yamltext.Scalar(p.Total))
	case p.TotalHeader != "":
		fmt.Fprintf(b, "  total: {header: %s}\n", p.TotalHeader)
	}
	for _, text := range p.Check {
		fmt.Fprintf(b, "  # Check: %s.\n", yamltext.Comment(text))
	}
}
