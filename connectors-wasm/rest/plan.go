package rest

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// attrPlan is how one attribute is read.
type attrPlan struct {
	*recipe.Attribute
	typ abi.AttributeType
	// anchor says that it is the anchor.
	anchor bool
	// column is where its value is among the fields of the row, or of the detail; -1
	// for one that a template makes.
	column int
	// inDetail says which of the two.
	inDetail bool
}

// plan is how rows become entries. It is made once for each list.
type plan struct {
	attributes []attrPlan
	// fields are the paths read from each row, direct which attribute takes the value
	// as it is, or -1: then it is kept as JSON.
	fields []string
	direct []int
	// detail is nil where rows are all there is; details are its paths.
	detail  *recipe.Detail
	details []string
	// whose is the path in the detail of the anchor that it must have, empty where none is
	// compared.
	whose string
	// keyed is the path of the anchor in a row, where a list has one of its own.
	keyed string
}

// newPlan makes the plan for the attributes that are selected, all if schema is nil.
// keyed is the list's own path of the anchor, or empty. kept are paths whose values are
// wanted besides.
func newPlan(e *engine, detail *recipe.Detail, keyed string, schema *abi.SchemaType, kept []string) *plan {
	p := &plan{detail: detail, keyed: keyed}
	for i := range e.recipe.Attributes {
		a := &e.recipe.Attributes[i]
		selected := schema == nil || schema.Attribute(a.Name) != nil || a == e.anchor
		if selected && (a.Read != "" || len(a.Template) > 0) {
			p.add(e, a)
		}
	}
	if detail != nil {
		kept = requestRefs(kept, &detail.Request, "row")
	}
	for _, path := range kept {
		p.fields = addPath(p.fields, path)
	}
	p.settle(kept)
	p.whose = whose(e.anchor, detail)
	return p
}

// whose is the path of the anchor in a detail: the recipe's word, or where the attribute
// is read, unless that is a thing of rows alone.
func whose(anchor *recipe.Attribute, detail *recipe.Detail) string {
	switch {
	case detail == nil || detail.Foreign:
		return ""
	case detail.Anchor != "":
		return inside(detail.Object, detail.Anchor)
	case anchor.Read == "" || anchor.Read == "." || anchor.Read[0] == '@':
		return ""
	}
	return inside(detail.Object, anchor.Read)
}

// add plans one attribute.
func (p *plan) add(e *engine, a *recipe.Attribute) {
	one := attrPlan{Attribute: a, typ: types[a.Type], anchor: a == e.anchor, column: -1}
	switch {
	case one.anchor && p.keyed != "":
		p.fields = addPath(p.fields, p.keyed)
		one.column = indexOf(p.fields, p.keyed)
	case len(a.Template) > 0:
		for _, path := range templateRefs(nil, a.Template, "row") {
			p.fields = addPath(p.fields, path)
		}
		for _, path := range templateRefs(nil, a.Template, "detail") {
			if p.detail != nil {
				p.details = addPath(p.details, path)
			} else {
				p.fields = addPath(p.fields, path)
			}
		}
	case a.Detail && p.detail != nil:
		p.details = addPath(p.details, a.Read)
		one.column, one.inDetail = indexOf(p.details, a.Read), true
	default:
		p.fields = addPath(p.fields, a.Read)
		one.column = indexOf(p.fields, a.Read)
	}
	p.attributes = append(p.attributes, one)
}

// settle finds the columns that go straight into an attribute.
func (p *plan) settle(kept []string) {
	p.direct = make([]int, len(p.fields))
	uses := make([]int, len(p.fields))
	for i := range p.direct {
		p.direct[i] = -1
	}
	for i := range p.attributes {
		a := &p.attributes[i]
		switch {
		case len(a.Template) > 0:
			kept = templateRefs(templateRefs(kept, a.Template, "row"), a.Template, "detail")
		case !a.inDetail:
			uses[a.column]++
			if len(a.Convert) == 0 {
				p.direct[a.column] = i
			}
		}
	}
	for i, path := range p.fields {
		if p.detail != nil || uses[i] != 1 || indexOf(kept, path) >= 0 {
			p.direct[i] = -1
		}
	}
}

func indexOf(words []string, w string) int {
	for i := range words {
		if words[i] == w {
			return i
		}
	}
	return -1
}

// inside puts a path behind that of an object.
func inside(object, path string) string {
	switch {
	case object == "" || object == ".":
		return path
	case path == ".":
		return object
	}
	return object + "." + path
}

// templateRefs adds the paths behind references of one kind.
func templateRefs(paths []string, t recipe.Template, kind string) []string {
	for i := range t {
		if len(t[i].Ref) > 1 && t[i].Ref[0] == kind {
			paths = addPath(paths, strings.Join(t[i].Ref[1:], "."))
		}
	}
	return paths
}

// eachTemplate hands over every template of a request.
func eachTemplate(q *recipe.Request, visit func(recipe.Template)) {
	visit(q.Path)
	visit(q.Body)
	for _, fields := range [][]recipe.TemplateField{q.Query, q.Headers, q.Form} {
		for i := range fields {
			visit(fields[i].Value)
		}
	}
	if q.JSON != nil {
		eachBody(q.JSON, func(b *recipe.Body) { visit(b.Template) })
	}
}

// eachBody hands over a body and all its parts.
func eachBody(b *recipe.Body, visit func(*recipe.Body)) {
	visit(b)
	for i := range b.Items {
		eachBody(&b.Items[i], visit)
	}
	for i := range b.Members {
		eachBody(&b.Members[i].Value, visit)
	}
}

func requestRefs(paths []string, q *recipe.Request, kind string) []string {
	eachTemplate(q, func(t recipe.Template) { paths = templateRefs(paths, t, kind) })
	return paths
}

// needs is what references need besides answers.
type needs struct {
	lookups []string
	now     bool
}

func (n *needs) template(t recipe.Template) {
	for i := range t {
		n.now = n.now || len(t[i].Ref) > 0 && t[i].Ref[0] == "now"
		for _, p := range t[i].Pipes {
			if p.Name == "lookup" {
				n.lookups = addPath(n.lookups, p.Args[0])
			}
		}
	}
}

func (n *needs) attribute(a *recipe.Attribute) {
	n.template(a.Template)
	for i := range a.Convert {
		if a.Convert[i].Kind == recipe.LookupTable {
			n.lookups = addPath(n.lookups, a.Convert[i].Text)
		}
	}
}

func (n *needs) lists(lists []recipe.List) {
	for i := range lists {
		eachTemplate(&lists[i].Request, n.template)
		if lists[i].Detail != nil {
			eachTemplate(&lists[i].Detail.Request, n.template)
		}
	}
}

func (n *needs) operation(op *recipe.Operation) {
	if op != nil {
		for i := range op.Steps {
			eachTemplate(&op.Steps[i].Request, n.template)
		}
	}
}
