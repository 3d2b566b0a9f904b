package rest

import (
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// naming are the paths at which the answer that tells the anchor of a new object has what
// the object is called: that is compared with what was sent. None without such an answer.
func (r *exportRun) naming(w *work, s *recipe.Step) (paths []string) {
	root, ok := r.root(w, s)
	if !ok {
		return nil
	}
	paths = append(paths, inside(root, r.engine.anchor.Read))
	for _, a := range w.names(s) {
		paths = append(paths, inside(root, a.Read))
	}
	return paths
}

// inAnswers says whether an answer that is an object may have an attribute where the recipe
// reads it: not in a detail, and not as the name or number of a row.
func inAnswers(a *recipe.Attribute) bool {
	return a.Read != "" && !a.Detail && a.Read[0] != '@'
}

// root is where the answer of a step that captures the anchor of a new object has the
// object; false if nothing tells it.
func (r *exportRun) root(w *work, s *recipe.Step) (string, bool) {
	i := slices.IndexFunc(s.Capture, func(k recipe.Capture) bool { return k.Name == r.recipe.Anchor })
	at := r.engine.anchor
	if i < 0 || !w.creates() || !inAnswers(at) {
		return "", false
	}
	switch k := &s.Capture[i]; {
	case k.Value == at.Read:
		return "", true
	case k.Header == "":
		return strings.CutSuffix(k.Value, "."+at.Read)
	case r.recipe.Read != nil && len(r.recipe.Read.Rows) == 0:
		return r.recipe.Read.Object, true
	}
	return "", true
}

// names are the attributes that a step sends and that tell one object from another: those
// by which find looks, or without it every text.
func (w *work) names(s *recipe.Step) (all []*recipe.Attribute) {
	for i := range w.recipe.Attributes {
		a := &w.recipe.Attributes[i]
		if want, _ := w.values(a.Name); len(want) == 0 || !inAnswers(a) || a.Name == w.recipe.Anchor || !s.Request.Sends(a) {
			continue
		}
		if slices.ContainsFunc(a.Convert, func(c recipe.Conversion) bool { return c.Kind == recipe.LookupTable }) {
			continue // its table may not be there yet
		}
		if q := w.recipe.Find; q != nil && slices.Contains(q.By, a.Name) || q == nil && a.Type == recipe.String && !a.Multi {
			all = append(all, a)
		}
	}
	return all
}

// isSent is an error if the object with which a create was answered is called otherwise
// than was sent: an application that answers so has not made it, and to take it over would
// hand out a password to somebody else. Without find one text that is the same will do.
// What they leave out says nothing.
func (r *exportRun) isSent(w *work, s *recipe.Step, c *call, f *found, anchor scalar) error {
	root, ok := r.root(w, s)
	if told, there := parseSingle(f.at(inside(root, r.engine.anchor.Read))); !ok || !there || told.text != anchor.text {
		return nil
	}
	var others []string
	for _, a := range w.names(s) {
		want, _ := w.values(a.Name)
		have := w.told(a, f.at(inside(root, a.Read)))
		switch {
		case len(have) == 0:
		case !alike(w.reread(a, want), have):
			others = append(others, a.Name)
		case r.recipe.Find == nil:
			return nil
		}
	}
	if len(others) == 0 {
		return nil
	}
	return abi.NewError(abi.EntryExport, what(c)+" was answered with the object "+cut(anchor.text)+", which has another "+strings.Join(others, ", ")+
		" than was sent: it may be somebody else's, and is not taken over; if the application gives new objects other values, name in by: of find what it takes as it is")
}

// told are the texts of an attribute in an answer, in order; none where they are no values.
func (w *work) told(a *recipe.Attribute, raw string) (texts []string) {
	v, wrong := w.read(a.Convert, parseValue(raw))
	if wrong != "" {
		return nil
	}
	for _, s := range v.items {
		if s.kind == wire.KindObject || s.kind == wire.KindArray {
			return nil
		}
		if s.text != "" {
			texts = append(texts, s.text)
		}
	}
	slices.Sort(texts)
	return texts
}

// alike compares texts, in any order, by what applications do not change in them.
func alike(a, b []string) bool {
	bareAll := func(all []string) []string {
		out := make([]string, len(all))
		for i := range all {
			out[i] = bare(all[i])
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(bareAll(a), bareAll(b))
}

// bare is a text without what applications change in one: case, blanks around it and how
// many are between its words, zeros before a whole number, and signs written for HTML.
func bare(text string) string {
	text = strings.ToLower(strings.ToUpper(strings.Join(strings.Fields(fromHTML.Replace(text)), " ")))
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return strings.TrimLeft(text[:len(text)-1], "0") + text[len(text)-1:]
	}
	return text
}

// fromHTML reads the signs that are not written as they are in HTML.
var fromHTML = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`, "&#034;", `"`,
	"&apos;", "'", "&#39;", "'", "&#039;", "'", "&#x27;", "'")
