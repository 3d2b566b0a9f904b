package rest

import (
	"context"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// defaultGone are the statuses that say that there is no such object.
var defaultGone = []recipe.StatusRange{{From: 404, To: 404}, {From: 410, To: 410}}

func isGone(gone []recipe.StatusRange, a *abi.HTTPAnswer) bool {
	if len(gone) == 0 {
		gone = defaultGone
	}
	return a.Error == nil && inRange(gone, a.Status)
}

// maxBatch is how many requests go into one call of the host.
const maxBatch = 256

// sendAll carries out any number of requests and hands each answer to take. What
// the host put off, for all answers together grew too large, is asked again.
func (e *engine) sendAll(ctx context.Context, calls []call, atOnce int, take func(i int, a *abi.HTTPAnswer) error) error {
	for at := 0; at < len(calls); {
		batch := calls[at:min(at+maxBatch, len(calls))]
		answers, err := e.send(ctx, batch, atOnce)
		if err != nil {
			return err
		}
		for i := range answers {
			if err := answers[i].Error; err != nil && err.Code == abi.LimitExceeded && i > 0 {
				break
			}
			if err := take(at, &answers[i]); err != nil {
				return err
			}
			at++
		}
	}
	return nil
}

// detailCall makes the request for the detail of a row.
func (e *engine) detailCall(p *plan, s scope) (call, error) {
	c, err := e.build(&p.detail.Request, &s)
	if err != nil {
		return c, err
	}
	c.values = make([]string, 0, len(p.details)+1)
	c.values = append(c.values, p.detail.Object)
	if p.detail.Object == "" {
		c.values[0] = "."
	}
	for _, path := range p.details {
		c.values = append(c.values, inside(p.detail.Object, path))
	}
	e.addRules(&c)
	if p.whose != "" && len(c.values) < abi.MaxWantPaths {
		c.values = addPath(c.values, p.whose)
	}
	c.http.Want = &abi.Want{Values: c.values, Body: e.ruleBody(nil)}
	return c, nil
}

// detailOf judges the answer to a detailCall; nil without an error says that the
// object is gone, ruled that a rule of the recipe says so.
func (e *engine) detailOf(p *plan, c *call, a *abi.HTTPAnswer) (detail *found, ruled bool, err error) {
	f, err := e.judge(c, a)
	switch {
	case gone(p.detail.Gone, &f, a, err):
		return nil, f.ruled, nil
	case err != nil:
		return nil, false, err
	}
	if err = whole(c, a, p.hasLists()); err != nil {
		return nil, false, err
	}
	if detail, err = e.objectOf(c, &f, p.details, true); err == nil {
		detail.whose = f.at(p.whose)
	}
	return detail, false, err
}

// hasLists says whether lists are read from details.
func (p *plan) hasLists() bool {
	for i := range p.attributes {
		if a := &p.attributes[i]; a.inDetail && (a.Multi || strings.Contains(a.Read, "#")) {
			return true
		}
	}
	return false
}

// whole refuses an answer that is not all of an object, by its status, or, if lists are
// read from it, by a Link to a next page or a Content-Range.
func whole(c *call, a *abi.HTTPAnswer, lists bool) error {
	wrong := func(text string) error { return abi.NewError(abi.UnexpectedData, what(c)+": "+text) }
	if undecided(a.Status) || a.Status == 206 {
		return wrong("was answered with " + itoa(a.Status) + ", which does not say that all of the object is there")
	}
	if !lists {
		return nil
	}
	const cure = "; ask for more at once, as by a parameter of the request, or read what the list of users has"
	if next, _ := nextLink(a.Headers); next != "" {
		return wrong("the header Link names a next page, and an object has one alone" + cure)
	}
	if first, last, all := contentRange(a.Header("Content-Range")); first > 0 || all > last+1 {
		return wrong("it has a part alone, by its Content-Range" + cure)
	}
	return nil
}

// isOf is an error unless a detail is that of the entry's object. Where the recipe does
// not say where the anchor is, there may be none, or something that is no anchor.
func (p *plan) isOf(c *call, detail *found, entry *abi.CSEntryChange) error {
	have, ok := parseSingle(detail.whose)
	ok = ok && have.kind != wire.KindObject && have.text != ""
	switch {
	case ok && have.text == entry.Anchor[0].Value.Text(), !ok && p.detail.Anchor == "":
		return nil
	case !ok:
		return abi.NewError(abi.UnexpectedData, what(c)+": the object has no anchor at "+p.detail.Anchor)
	}
	return abi.NewError(abi.UnexpectedData, what(c)+": asked for the detail of "+cut(entry.Anchor[0].Value.Text())+", the application answered with that of "+
		cut(have.text)+"; if what it has there is no anchor of these objects, write where that is in the detail, as anchor: PATH, or anchor: none")
}

// gone says whether an answer that was judged says that there is no such object: by a
// rule, or without one by its status.
func gone(statuses []recipe.StatusRange, f *found, a *abi.HTTPAnswer, err error) bool {
	if f.ruled {
		return abi.CodeOf(err) == abi.ObjectNotFound
	}
	return !f.quiet && isGone(statuses, a) && saysGone(a)
}

// objectOf takes the object out of what was found in an answer: the thing at the first
// path, and the values at the others. An answer that has none of them, nor any other
// attribute, holds something else, such as an error. inDetail says that it is a detail.
func (e *engine) objectOf(c *call, f *found, paths []string, inDetail bool) (*found, error) {
	if len(f.raws) <= len(paths) || wire.NewReader(f.raws[0]).Peek() != wire.KindObject {
		return nil, abi.NewError(abi.UnexpectedData, what(c)+": there is no object at "+c.values[0])
	}
	object := &found{paths: paths, raws: f.raws[1 : 1+len(paths)]}
	if !object.any() && !e.knows(f.raws[0], paths, inDetail) {
		return nil, abi.NewError(abi.UnexpectedData, what(c)+": the object at "+c.values[0]+" has nothing of what is read from it ("+
			cut(strings.Join(paths, ", "))+"); if that is right, read one more value that every object has, such as its id")
	}
	return object, nil
}

// any says whether a part was found. What is read as a whole tells nothing.
func (f *found) any() bool {
	for i, path := range f.paths {
		if path != "." && f.raws[i] != "null" {
			return true
		}
	}
	return false
}

// knows says whether an object has a member, be it null, with which one of the paths
// begins, or that of an attribute that is not selected. So does one of which no part
// is read.
func (e *engine) knows(object string, paths []string, inDetail bool) bool {
	for i := range e.recipe.Attributes {
		if a := &e.recipe.Attributes[i]; a.Detail || !inDetail {
			paths = addPath(paths, a.Read)
		}
	}
	parts := 0
	for _, path := range paths {
		if path != "." {
			parts++
		}
	}
	r := wire.NewReader(object)
	for r.Object(); r.NextKey(); r.Skip() {
		if slices.ContainsFunc(paths, func(path string) bool { return firstName(path) == r.Key() }) {
			return true
		}
	}
	return parts == 0
}

// firstName is the name with which a path begins.
func firstName(path string) string {
	name, _ := cutName(path)
	return name
}

// cutName cuts the name with which a path begins off it.
func cutName(path string) (name, rest string) {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '.' {
			return b.String(), path[i+1:]
		}
		if path[i] == '\\' && i+1 < len(path) {
			i++
		}
		b.WriteByte(path[i])
	}
	return b.String(), ""
}

// isNull says whether a document has a member at a path of names, and null in it. What
// the host reads at a path does not tell that from a member that is missing.
func isNull(document, path string) bool {
	r := wire.NewReader(document)
	for name := ""; path != ""; {
		name, path = cutName(path)
		if r.Peek() != wire.KindObject {
			return false
		}
		r.Object()
		there := false
		for !there && r.NextKey() {
			if there = r.Key() == name; !there {
				r.Skip()
			}
		}
		if !there {
			return false
		}
	}
	return r.Peek() == wire.KindNull
}

// atOnce is how many details are asked for side by side.
func atOnce(d *recipe.Detail) int {
	if d.AtOnce > 0 {
		return d.AtOnce
	}
	return 8
}

// objectCall makes the request that reads an object.
func (e *engine) objectCall(q *recipe.Read, fields []string, s *scope) (call, error) {
	c, err := e.build(&q.Request, s)
	if err != nil {
		return c, err
	}
	c.rules = q.OnError
	c.values = append(c.values, inside(q.Object, "."))
	for _, path := range fields {
		c.values = append(c.values, inside(q.Object, path))
	}
	e.addRules(&c)
	c.http.Want = &abi.Want{Values: c.values, Body: max(e.ruleBody(c.rules), maxNobody)}
	return c, nil
}

// maxNobody is how long an answer may be that says that there is nobody: null in the
// place of the object.
const maxNobody = 4 << 10

// saysNobody says whether an answer that was found to have no object at a path has null
// there, and no word of an error.
func (e *engine) saysNobody(a *abi.HTTPAnswer, path string) bool {
	if a.Status != 200 || path == "" || path == "." || !isNull(trimmed(a.Body), path) {
		return false
	}
	c := call{values: slices.Concat(insteadPaths, textPaths[:])}
	f, err := e.readAnswer(&c, &abi.HTTPAnswer{Body: a.Body})
	if err != nil || len(f.raws) == 0 {
		return false // it is longer than maxNobody
	}
	return f.errorBesideRows() == "" && (f.saysWell() || f.wordsInstead() == "")
}
