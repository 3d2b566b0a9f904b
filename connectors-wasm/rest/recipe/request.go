package recipe

import (
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// maxTimeout is the longest a request may take, as with grants.
const maxTimeout = 10 * time.Minute

var safeties = []string{Neither: "neither", Idempotent: "idempotent", Safe: "safe"}

// request reads a request, or its short form, such as GET /users.
func (v value) request() Request {
	r := Request{Method: "GET", At: v.path}
	if v.n.kind == wire.KindString {
		v.shortRequest(&r)
		r.Safety = safetyOf(r.Method)
		return r
	}
	ok := v.object("request",
		field{"method", false, func(v value) { r.Method = v.method(v.text()) }},
		field{"path", true, func(v value) { r.Path = v.requestPath(v.text()) }},
		field{"query", false, func(v value) { r.Query = v.fields(nil) }},
		field{"headers", false, func(v value) { r.Headers = v.headers() }},
		field{"json", false, func(v value) { r.JSON = v.body() }},
		field{"form", false, func(v value) {
			r.Form = v.fields(func(v value) {
				m := v.spread()
				r.FormSpread = &m
			})
		}},
		field{"body", false, func(v value) { r.Body = v.template() }},
		field{"target", false, func(v value) { r.Target = v.targetName() }},
		field{"safety", false, func(v value) { r.Safety, r.SafetySet = Safety(v.word(safeties)), true }},
		field{"timeout", false, func(v value) { r.Timeout = v.duration(maxTimeout) }},
	)
	if !ok {
		return r
	}
	if !r.SafetySet {
		r.Safety = safetyOf(r.Method)
	}
	var bodies []string
	for _, key := range []string{"json", "form", "body"} {
		if v.has(key) {
			bodies = append(bodies, key)
		}
	}
	switch {
	case len(bodies) > 1:
		v.wrong("has "+strings.Join(bodies, " and "), "keep one of them")
	case len(bodies) == 1 && !v.has("method"):
		v.wrong("has "+bodies[0]+" and no method, so that it is a GET", "add method: POST, or whatever the application wants")
	}
	return r
}

// safetyOf returns what the standard says of a method.
func safetyOf(method string) Safety {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return Safe
	case "PUT", "DELETE":
		return Idempotent
	}
	return Neither
}

func (v value) shortRequest(r *Request) {
	method, path, found := strings.Cut(v.text(), " ")
	if !found {
		method, path = "GET", method
	}
	r.Method = v.method(method)
	r.Path = v.requestPath(strings.TrimLeft(path, " "))
}

func (v value) method(s string) string {
	if s != "" && (!made(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") || len(s) > 32) {
		v.wrong("the method is "+shown(s), "write methods in capitals, such as POST")
	}
	return s
}

// requestPath reads the template of a path.
func (v value) requestPath(s string) Template {
	if s == "" {
		return nil
	}
	t := v.templateOf(s)
	if t == nil {
		return nil
	}
	first := t[0].Text
	if t[0].Ref != nil || first == "" || first[0] != '/' {
		v.wrong("the path does not begin with a slash", "write what stands behind the target's base URL, such as /users/{anchor}")
		return t
	}
	for _, piece := range t {
		for i := range len(piece.Text) {
			switch c := piece.Text[i]; {
			case c == '?':
				v.wrong("the path holds a query", "move it into query: {NAME: VALUE}")
				return t
			case c == '#' || c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
				v.wrong("the path holds "+quoted(piece.Text[i:i+1])+", which no path may", "write it in percent-encoding")
				return t
			}
		}
	}
	all := strings.Split(segments(t), "/")[1:]
	for i, segment := range all {
		switch {
		case segment == "." || segment == "..":
			v.wrong("the path holds the segment "+segment, "write the path without it")
		case segment == "" && i < len(all)-1:
			v.wrong("the path holds two slashes in a row", "write one of them")
		}
	}
	return t
}

// segments writes a path with \x00 for each reference.
func segments(t Template) string {
	var b strings.Builder
	for _, piece := range t {
		if piece.Ref != nil {
			b.WriteByte(0)
		}
		b.WriteString(piece.Text)
	}
	return b.String()
}

// fields reads names with templates; a list repeats its name. spreads, if not nil,
// reads what "..." stands for.
func (v value) fields(spreads func(value)) []TemplateField {
	var all []TemplateField
	v.entries(func(name string, v value) {
		if name == spread && spreads != nil {
			spreads(v)
			return
		}
		if name == spread {
			v.wrong("spreads attributes where only json: and form: can", "write each attribute out: NAME: \"{attr.NAME}\"")
			return
		}
		if name == "" {
			v.wrong("has no name", "give it one")
		}
		v.eachOrOne(func(v value) { all = append(all, TemplateField{Name: name, Value: v.looseTemplate(), At: v.path}) })
	})
	return all
}

// notHeaders are headers that recipes do not set, and who does.
var notHeaders = []struct{ name, cure string }{
	{"Authorization", "the operator's configuration logs in; name the kind in targets: {NAME: {login: [basic]}}"},
	{"Cookie", "the operator's configuration logs in; name the kind in targets: {NAME: {login: [session]}}"},
	{"Host", "the host sets it"}, {"Content-Length", "the host sets it"}, {"Connection", "the host sets it"},
	{"Transfer-Encoding", "the host sets it"}, {"Accept-Encoding", "the host sets it"},
	{"Idempotency-Key", "the operator's configuration names the header; the key is sent by itself"},
}

func (v value) headers() []TemplateField {
	all := v.fields(nil)
	for _, f := range all {
		at := value{v.p, v.n, f.At, ""}
		if !isToken(f.Name) {
			at.wrong("is no name of a header", "write letters, digits and hyphens")
		}
		for _, not := range notHeaders {
			if strings.EqualFold(f.Name, not.name) {
				at.wrong(not.name+" is no header that a recipe sets", not.cure)
			}
		}
	}
	return all
}

func (v value) headerName() string {
	s := v.text()
	if s != "" && !isToken(s) {
		v.wrong("is "+shown(s)+", no name of a header", "write letters, digits and hyphens")
	}
	return s
}

func (v value) headerNames() []string { return v.list(value.headerName) }

// isToken says whether s is a token of RFC 9110.
func isToken(s string) bool {
	return s != "" && len(s) <= 256 && made(s, nameSigns+"!#$%&'*+.^`|~")
}

// spread is the key that puts many members into an object.
const spread = "..."

// spreads are what can be spread.
var spreads = []string{"attributes", "changed", "current"}

// body reads a JSON body, or a part of one.
func (v value) body() *Body {
	b := &Body{At: v.path}
	switch v.n.kind {
	case wire.KindObject:
		b.Kind = BodyObject
		for i, key := range v.n.keys {
			member := value{v.p, v.n.items[i], Key(v.path, key), ""}
			if key == spread {
				b.Members = append(b.Members, member.spread())
				continue
			}
			b.Members = append(b.Members, Member{Name: key, Value: *member.body()})
		}
	case wire.KindArray:
		b.Kind = BodyList
		for i, item := range v.n.items {
			b.Items = append(b.Items, *value{v.p, item, Index(v.path, i), ""}.body())
		}
	case wire.KindString:
		b.Kind = BodyText
		b.Template = v.templateOf(v.n.text)
	default:
		b.Kind, b.Raw = BodyRaw, v.n.text
	}
	return b
}

// spread reads attributes, a list of such words, or {of: …, omit: […]}.
func (v value) spread() Member {
	m := Member{Value: Body{At: v.path}}
	words := func(v value) {
		v.eachOrOne(func(v value) {
			before := len(v.p.problems)
			i := v.word(spreads)
			if len(v.p.problems) == before {
				m.Spread = append(m.Spread, spreads[i])
			}
		})
	}
	if v.n.kind != wire.KindObject {
		words(v)
		return m
	}
	v.object("spread",
		field{"of", true, words},
		field{"omit", false, func(v value) { m.Omit = v.texts() }},
	)
	return m
}
