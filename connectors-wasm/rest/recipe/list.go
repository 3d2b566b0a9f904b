package recipe

import (
	"time"

	"github.com/ecmabox/ecmabox/abi/wire"
)

const (
	// MaxAtOnce is how many requests may be under way at once, defaultAtOnce how
	// many details are.
	MaxAtOnce     = 16
	defaultAtOnce = 8
	// maxPageSize bounds the rows asked for at once.
	maxPageSize = 100_000
	maxOverlap  = 31 * 24 * time.Hour
)

// goneStatuses say that there is no such object, unless the recipe says otherwise.
var goneStatuses = []StatusRange{{404, 404}, {410, 410}}

// lists reads one list, or a list of them.
func (v value) lists() []List {
	var all []List
	v.eachOrOne(func(v value) {
		l := List{At: v.path}
		v.object("list", v.listFields(&l)...)
		all = append(all, l)
	})
	return all
}

// listFields are the keys of everything that reads many rows.
func (v value) listFields(l *List) []field {
	return []field{
		{"request", true, func(v value) { l.Request = v.request() }},
		{"rows", true, func(v value) { l.Rows = v.rowsPaths() }},
		{"anchor", false, func(v value) { l.Anchor = v.fieldPath() }},
		{"only", false, func(v value) { l.Only = v.matches(fieldPath) }},
		{"skip", false, func(v value) { l.Skip = v.matches(fieldPath) }},
		{"paging", false, func(v value) { l.Paging = v.paging() }},
		{"total", false, func(v value) { l.Total, l.TotalHeader = v.pathOrHeader("total") }},
		{"incomplete", false, func(v value) { l.Incomplete = v.matches(valuePath) }},
		{"detail", false, func(v value) { l.Detail = v.detail() }},
		{"onError", false, func(v value) { l.OnError = v.errorRules() }},
	}
}

// matches reads paths and the text of what stands there.
func (v value) matches(kind pathKind) []RowMatch {
	var all []RowMatch
	v.entries(func(path string, v value) {
		if m := pathMistake(kind, path); m != "" {
			v.wrong("the path "+shown(path)+" cannot be read: "+m, pathCure)
		}
		v.eachOrOne(func(v value) { all = append(all, RowMatch{path, v.loose()}) })
	})
	return all
}

func (v value) detail() *Detail {
	d := &Detail{Object: ".", AtOnce: defaultAtOnce, Gone: goneStatuses, At: v.path}
	v.object("detail",
		field{"request", true, func(v value) { d.Request = v.request() }},
		field{"object", false, func(v value) { d.Object = v.valuePath() }},
		field{"anchor", false, func(v value) { d.Anchor, d.Foreign = v.detailAnchor() }},
		field{"atOnce", false, func(v value) { d.AtOnce = v.integer(1, MaxAtOnce) }},
		field{"gone", false, func(v value) { d.Gone = v.statuses() }},
	)
	return d
}

// detailAnchor reads where the object of a detail has its anchor.
func (v value) detailAnchor() (path string, foreign bool) {
	if v.n.text == none {
		return "", true
	}
	return v.valuePath(), false
}

// pagings are the keys that say how a list is handed out.
var pagings = []struct {
	key  string
	kind PagingKind
}{{"pages", Pages}, {"offset", Offset}, {"cursor", Cursor}, {"link", Link}, {"next", NextURL}, {"lastKey", LastKey}}

func (v value) paging() Paging {
	var p Paging
	n := 0
	is := func(kind PagingKind, read func(value)) func(value) {
		return func(v value) {
			p.Kind = kind
			n++
			read(v)
		}
	}
	param := func(v value) { p.Param = v.param() }
	ok := v.object("paging",
		field{"pages", false, is(Pages, param)},
		field{"offset", false, is(Offset, param)},
		field{"cursor", false, is(Cursor, param)},
		field{"link", false, is(Link, func(v value) { v.yes() })},
		field{"next", false, is(NextURL, func(v value) { p.From = v.valuePath() })},
		field{"lastKey", false, is(LastKey, param)},
		field{"anyHost", false, func(v value) { p.AnyHost = v.flag() }},
		field{"size", false, func(v value) { p.SizeParam = v.text() }},
		field{"by", false, func(v value) { p.Size = v.integer(1, maxPageSize) }},
		field{"first", false, func(v value) { p.First = v.integer(0, maxPageSize) }},
		field{"from", false, func(v value) { p.From = v.valuePath() }},
		field{"fromHeader", false, func(v value) { p.FromHeader = v.headerName() }},
		field{"field", false, func(v value) { p.Field = v.fieldPath() }},
		field{"atOnce", false, func(v value) { p.AtOnce = v.integer(1, MaxAtOnce) }},
		field{"short", false, func(v value) { p.Short = v.flag() }},
		field{"while", false, func(v value) { p.While = v.valuePath() }},
		field{"until", false, func(v value) { p.Until = v.valuePath() }},
	)
	switch {
	case !ok:
	case n != 1:
		v.wrong("names "+number(n)+" ways of paging", "write exactly one of pages, offset, cursor, link, next and lastKey")
	default:
		v.agreePaging(&p)
	}
	return p
}

// param reads the name of a query parameter; true means that the request names it
// itself.
func (v value) param() string {
	if v.n.kind == wire.KindBool && v.n.text == "true" {
		return ""
	}
	if v.n.kind != wire.KindString {
		v.wrong("is "+v.n.is(), "write the name of the query parameter, or true if the request itself holds {page.…}")
		return ""
	}
	return v.text()
}

// agreePaging settles defaults, and tells keys that the way of paging does not
// know or lacks.
func (v value) agreePaging(p *Paging) {
	if p.Kind == Pages && !v.has("first") {
		p.First = 1
	}
	if p.AtOnce == 0 {
		p.AtOnce = 1
	}
	counted := p.Kind == Pages || p.Kind == Offset
	for _, k := range []struct {
		key  string
		fits bool
		of   string
	}{
		{"first", counted, "pages and offset"},
		{"atOnce", counted, "pages and offset"},
		{"short", counted || p.Kind == LastKey, "pages, offset and lastKey"},
		{"from", p.Kind == Cursor, "cursor"},
		{"fromHeader", p.Kind == Cursor, "cursor"},
		{"field", p.Kind == LastKey, "lastKey"},
		{"anyHost", p.Kind == Link || p.Kind == NextURL, "link and next"},
	} {
		if v.has(k.key) && !k.fits {
			at, _ := v.at(k.key)
			at.wrong("belongs to "+k.of, "remove it")
		}
	}
	switch {
	case p.Kind == Cursor && v.has("from") == v.has("fromHeader"):
		v.wrong("must say where the next cursor is", "write from: PATH or fromHeader: NAME, one of the two")
	case p.Kind == LastKey && !v.has("field"):
		v.wrong("must say which value of the last row is sent", "add field: PATH")
	case p.While != "" && p.Until != "":
		v.wrong("has while and until", "keep the one that is sure")
	case p.Short && p.More() != "":
		v.wrong("has short and while or until", "keep that: the application says itself which page is the last")
	case p.SizeParam != "" && p.Size == 0:
		v.wrong("sends a size and does not say which", "add by: 100, or what the application allows")
	case p.Short && p.Size == 0:
		v.wrong("cannot tell a short page", "add by: how many rows a whole page has")
	case p.Kind == Offset && p.AtOnce > 1 && p.Size == 0:
		v.wrong("asks for pages side by side and does not know where they begin", "add by: how many rows a page has")
	}
}

func (v value) delta() *Delta {
	d := &Delta{At: v.path}
	v.object("delta",
		field{"lists", true, func(v value) { d.Lists = v.lists() }},
		field{"mark", true, func(v value) { v.mark(d) }},
		field{"format", false, func(v value) { d.Format = v.dateFormat() }},
		field{"overlap", false, func(v value) { d.Overlap = v.duration(maxOverlap) }},
		field{"deleted", false, func(v value) { d.Deleted = v.matches(fieldPath) }},
	)
	return d
}

func (v value) mark(d *Delta) {
	ok := v.object("mark",
		field{"field", false, func(v value) { d.MarkField = v.fieldPath() }},
		field{"date", false, func(v value) { d.MarkDate = v.yes() }},
	)
	if ok && v.has("field") == v.has("date") {
		v.wrong("must say where the mark comes from", "write field: PATH, or date: true for the application's clock")
	}
}

// readFields are the keys of everything that reads one object.
func (v value) readFields(r *Read) []field {
	r.Gone, r.At = goneStatuses, v.path
	return []field{
		{"request", true, func(v value) { r.Request = v.request() }},
		{"object", false, func(v value) { r.Object = v.valuePath() }},
		{"rows", false, func(v value) { r.Rows = v.rowsPaths() }},
		{"paging", false, func(v value) { r.Paging = v.paging() }},
		{"total", false, func(v value) { r.Total, r.TotalHeader = v.pathOrHeader("total") }},
		{"whole", false, func(v value) { r.Whole = v.yes() }},
		{"detail", false, func(v value) { r.Detail = v.detail() }},
		{"gone", false, func(v value) { r.Gone = v.statuses() }},
		{"onError", false, func(v value) { r.OnError = v.errorRules() }},
	}
}

// settle settles where the object is.
func (v value) settle(r *Read) {
	if v.has("object") && v.has("rows") {
		v.wrong("has object and rows", "keep one of the two: rows where the answer is a list")
	}
	for _, key := range []string{"paging", "total", "whole"} {
		if v.has(key) && !v.has("rows") {
			at, _ := v.at(key)
			at.wrong("belongs to rows", "remove it, or say where the rows are")
		}
	}
	if v.has("whole") && v.has("paging") {
		v.wrong("has whole and paging", "keep one of the two: whole says that there is one page")
	}
	if r.Object == "" && len(r.Rows) == 0 {
		r.Object = "."
	}
}

func (v value) read() *Read {
	r := &Read{}
	v.object("read", v.readFields(r)...)
	v.settle(r)
	return r
}

func (v value) find() *Find {
	f := &Find{}
	v.object("find", append(v.readFields(&f.Read), field{"by", true, func(v value) { f.By = v.texts() }})...)
	v.settle(&f.Read)
	return f
}

func (v value) lookup(name string) Lookup {
	l := Lookup{Name: name, At: v.path}
	l.List.At = v.path
	v.checkName(name)
	v.object("lookup", append(v.listFields(&l.List),
		field{"key", true, func(v value) { l.Key = v.fieldPath() }},
		field{"value", true, func(v value) { l.Value = v.fieldPath() }},
	)...)
	return l
}
