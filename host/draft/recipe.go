package draft

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

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
	for _, f := range d.Fields {
		d.attribute(&b, f)
	}
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
	fmt.Fprintf(b, "# read: {request: %s}\n", one)
	fmt.Fprintf(b, "# create:\n#   - request: {method: POST, path: %s, json: {\"...\": attributes}}\n#     capture: {%s: PATH}    # where the answer has the anchor; or {header: Location}\n", list, anchor)
	fmt.Fprintf(b, "# update:\n#   - request: {method: PATCH, path: %s, safety: idempotent, json: {\"...\": changed}}\n", one)
	fmt.Fprintf(b, "# delete:\n#   - request: {method: DELETE, path: %s}\n", one)
}

func (d Draft) anchorLine() string {
	switch len(d.Anchors) {
	case 0:
		return "# No field has another value in every row: name the one that identifies a user for good.\nanchor: id"
	case 1:
		return "anchor: " + d.Anchors[0]
	}
	return "anchor: " + d.Anchors[0] + "    # or " + strings.Join(d.Anchors[1:min(len(d.Anchors), 4)], ", ")
}

func (d Draft) attribute(b *strings.Builder, f Field) {
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
	if f.Path != f.Name {
		keys = append(keys, "read: "+yamltext.Scalar(f.Path))
	}
	prefix := "  "
	if f.Type == "object" || f.Type == "null" {
		prefix = "  # " // nothing to tell what would be in it
	}
	fmt.Fprintf(b, "%s%s: {%s}%s\n", prefix, yamltext.Scalar(f.Name), strings.Join(keys, ", "), d.remark(f))
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
		keys = append(keys, "pages: "+yamltext.Scalar(p.Param), "first: 1")
	case "offset":
		keys = append(keys, "offset: "+yamltext.Scalar(p.Param), "first: 0")
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
		keys = append(keys, "size: "+yamltext.Scalar(p.SizeParam))
		if p.Size > 0 {
			keys = append(keys, "by: "+strconv.Itoa(p.Size))
		}
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
}
