package recipe

import "strings"

// maxWanted is abi.MaxWantPaths: what may be asked of one answer.
const maxWanted = 256

// inAnswer are the paths that are wanted of one answer: of its rows, and around them.
type inAnswer struct {
	rows           int
	fields, values []string
}

func (w *inAnswer) field(path string) {
	if path != "" {
		w.fields = add(w.fields, path)
	}
}

func (w *inAnswer) value(path string) {
	if path != "" {
		w.values = add(w.values, path)
	}
}

// list adds what a list goes on and is counted by.
func (w *inAnswer) list(l *List) {
	w.field(l.Paging.Field)
	for _, path := range []string{l.Total, l.Paging.From, l.Paging.More()} {
		w.value(path)
	}
}

func (w *inAnswer) rules(rules []ErrorRule) {
	for i := range rules {
		w.value(rules[i].Value)
		w.value(rules[i].Message)
	}
}

// wanted refuses requests that would ask more of one answer than a host takes: every
// run would fail with it.
func (c *checker) wanted() {
	r := c.r
	for i := range r.Import {
		c.wantedOfList(&r.Import[i], nil)
	}
	if r.Delta != nil {
		for i := range r.Delta.Lists {
			c.wantedOfList(&r.Delta.Lists[i], nil)
		}
	}
	for i := range r.Lookups {
		l := &r.Lookups[i]
		c.wantedOfList(&l.List, []string{l.Key, l.Value})
	}
	for _, o := range []*Operation{r.Create, r.Update, r.Delete, r.SetPassword, r.ChangePassword} {
		for i := 0; o != nil && i < len(o.Steps); i++ {
			s := &o.Steps[i]
			var w inAnswer
			for _, capture := range s.Capture {
				w.value(capture.Value)
			}
			w.rules(s.OnError)
			c.few(s.At, &w)
		}
	}
	if r.Read != nil {
		c.wantedOfRead(r.Read)
	}
	if r.Find != nil {
		c.wantedOfRead(&r.Find.Read)
	}
}

// wantedOfList counts for a list of objects, or for a lookup, of which only is read.
func (c *checker) wantedOfList(l *List, only []string) {
	w := inAnswer{rows: len(l.Rows)}
	if only != nil {
		for _, path := range only {
			w.field(path)
		}
	} else {
		c.wantedAttributes(&w, l.Detail, l.Anchor)
		if d := c.r.Delta; d != nil {
			w.field(d.MarkField)
			for i := range d.Deleted {
				w.field(d.Deleted[i].Path)
			}
		}
	}
	for _, matches := range [][]RowMatch{l.Only, l.Skip} {
		for i := range matches {
			w.field(matches[i].Path)
		}
	}
	w.list(l)
	for i := range l.Incomplete {
		w.value(l.Incomplete[i].Path)
	}
	w.rules(l.OnError)
	c.few(l.At, &w)
}

// wantedOfRead counts for the answer that holds one object.
func (c *checker) wantedOfRead(q *Read) {
	w := inAnswer{rows: len(q.Rows)}
	c.wantedAttributes(&w, q.Detail, "")
	w.list(q.List())
	w.rules(q.OnError)
	c.few(q.At, &w)
}

// wantedAttributes adds what attributes are read from, and tells of a detail that has
// too much of it.
func (c *checker) wantedAttributes(w *inAnswer, detail *Detail, anchor string) {
	var apart inAnswer
	for i := range c.r.Attributes {
		a := &c.r.Attributes[i]
		switch {
		case anchor != "" && a.Name == c.r.Anchor:
			w.field(anchor)
		case a.Detail && detail != nil:
			apart.value(a.Read)
		default:
			w.field(a.Read)
		}
		for j := range a.Template {
			ref := a.Template[j].Ref
			switch {
			case len(ref) < 2:
			case ref[0] == "detail" && detail != nil:
				apart.value(strings.Join(ref[1:], "."))
			case ref[0] == "row", ref[0] == "detail":
				w.field(strings.Join(ref[1:], "."))
			}
		}
	}
	if detail != nil {
		apart.value(detail.Anchor)
		c.few(detail.At, &apart)
	}
}

func (c *checker) few(at string, w *inAnswer) {
	w.rules(c.r.Errors)
	if n := w.rows + len(w.fields) + len(w.values); n > maxWanted {
		c.wrong(at, "wants "+number(n)+" paths of one answer", "the most is "+number(maxWanted)+", those of errors included: have fewer attributes or fewer rules")
	}
}
