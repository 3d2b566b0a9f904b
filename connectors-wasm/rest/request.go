package rest

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// builder makes one request out of a recipe's.
type builder struct {
	*scope
	watched bool
	made    []Made
	// inForm says that a form is made, which has no null.
	inForm bool
	// left is the first new value that is left out, for there is none.
	left []string
}

// note keeps which part of the recipe made a part of the request.
func (b *builder) note(place, at string) {
	if b.watched {
		b.made = append(b.made, Made{Place: place, At: at})
	}
}

// build makes a request.
func (e *engine) build(q *recipe.Request, s *scope) (call, error) {
	b := &builder{scope: s, watched: e.watch != nil}
	c := call{at: q.At, http: abi.HTTPRequest{Target: q.Target, Method: q.Method, Timeout: q.Timeout}}
	if c.http.Target == "" {
		c.http.Target = e.recipe.Target
	}
	if c.http.Method == "" {
		c.http.Method = "GET"
	}
	if c.http.Safety = safetyOf(q, c.http.Method); c.http.Safety != abi.Safe {
		c.http.IdempotencyKey = s.key
	}
	err := b.fill(q, &c.http)
	if err == nil && b.left != nil && !s.work.creates() && !refersTo(q, "anchor", "old", "current", "capture", "attributes") {
		err = s.fail(b.left, "is not there, and nothing else says which object the request is about; write {anchor} or {old.…} for that, or take the step only when: {changed: …}")
	}
	if err != nil {
		return call{}, placed(err, q.At)
	}
	c.made = b.made
	return c, nil
}

func safetyOf(q *recipe.Request, method string) abi.Safety {
	if q.SafetySet {
		return [...]abi.Safety{recipe.Neither: abi.Neither, recipe.Idempotent: abi.Idempotent, recipe.Safe: abi.Safe}[q.Safety]
	}
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return abi.Safe
	case "PUT", "DELETE":
		return abi.Idempotent
	}
	return abi.Neither
}

// placed says where in the recipe a request could not be made.
func placed(err error, at string) error {
	e := abi.AsError(err)
	if e == nil || at == "" {
		return err
	}
	e.Message = at + ": " + e.Message
	return e
}

func (b *builder) fill(q *recipe.Request, r *abi.HTTPRequest) (err error) {
	b.note("method", q.At)
	b.note("path", q.At)
	if r.Path, err = b.must(q.Path, "the path", b.segment); err == nil {
		err = checkPath(r.Path)
	}
	if err != nil {
		return err
	}
	if r.Query, err = b.fields("query.", q.Query); err != nil {
		return err
	}
	for i := range q.Headers {
		h := &q.Headers[i]
		text, err := b.must(h.Value, "the header "+h.Name, nil)
		if err != nil {
			return err
		}
		b.note("header."+h.Name, h.At)
		r.Headers = append(r.Headers, abi.Field{Name: h.Name, Value: text})
	}
	contentType := ""
	if r.Body, contentType, err = b.body(q); err == nil && r.Body != "" && !hasHeader(r.Headers, "Content-Type") {
		r.Headers = append(r.Headers, abi.Field{Name: "Content-Type", Value: contentType})
	}
	return err
}

// segment encodes what a reference found for a path. Nothing at all would make the
// path of one object that of all objects.
func (b *builder) segment(text string) string {
	switch text {
	case "", ".", "..":
		return "\x00"
	}
	return guest.PathSegment(text)
}

func checkPath(path string) error {
	if strings.IndexByte(path, 0) >= 0 {
		return abi.NewError(abi.EntryExport, "a value that is empty, a point or two points cannot stand in a path")
	}
	return nil
}

// fields are query parameters, or those of a form. Those whose value is missing are
// left out, if that may be, but what the change takes away is empty text.
func (b *builder) fields(place string, all []recipe.TemplateField) (fields []abi.Field, err error) {
	for i := range all {
		text, there, err := b.text(all[i].Value, nil)
		if err != nil {
			return nil, err
		}
		if there = there || b.cleared(all[i].Value); there {
			b.note(place+all[i].Name, all[i].At)
			fields = append(fields, abi.Field{Name: all[i].Name, Value: text})
		} else if err := b.leaveOut(all[i].Value); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// leaveOut is an error if a template that finds nothing cannot be left out: without what
// says which object a request is about it would be about others, or all.
func (b *builder) leaveOut(t recipe.Template) error {
	ref := b.missing(t)
	if b.work == nil || ref == nil {
		return nil
	}
	switch ref[0] {
	case "anchor", "old", "current", "capture":
		name := strings.Join(ref, ".")
		return b.fail(ref, "is not there, and without it the request could be about other objects; where it may be missing, write what stands for it, {"+name+` | default ""}, or take the step only when: {has: [`+name+"]}")
	case "attr":
		if b.left == nil {
			b.left = ref
		}
	}
	return nil
}

func (b *builder) body(q *recipe.Request) (body, contentType string, err error) {
	switch {
	case q.JSON != nil:
		body, _, err = b.json(q.JSON, "body")
		return body, "application/json", err
	case len(q.Form) > 0 || q.FormSpread != nil:
		fields, err := b.form(q)
		return encodeForm(fields), "application/x-www-form-urlencoded", err
	case len(q.Body) > 0:
		b.note("body", q.At)
		body, err = b.must(q.Body, "the body", nil)
		return body, "text/plain; charset=utf-8", err
	}
	return "", "", nil
}

func hasHeader(headers []abi.Field, name string) bool {
	for i := range headers {
		if strings.EqualFold(headers[i].Name, name) {
			return true
		}
	}
	return false
}

// encodeForm writes application/x-www-form-urlencoded.
func encodeForm(fields []abi.Field) string {
	var b strings.Builder
	for i := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(guest.PathSegment(fields[i].Name))
		b.WriteByte('=')
		b.WriteString(guest.PathSegment(fields[i].Value))
	}
	return b.String()
}
