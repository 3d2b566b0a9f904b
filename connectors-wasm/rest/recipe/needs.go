package recipe

import (
	"strconv"
	"strings"
	"time"
)

// Need is what one target must be granted for a recipe, in the words of a grant.
type Need struct {
	Target string
	// Methods are all methods, Paths the patterns of paths, each with its methods
	// before it, such as "GET,PUT /users/*": a segment with a reference in it is *.
	Methods, Paths []string
	// RequestHeaders are those that requests set besides Accept and Content-Type,
	// ResponseHeaders all that are read, whether hosts let them through by
	// themselves or not.
	RequestHeaders, ResponseHeaders []string
	// ListHeaders are those of ResponseHeaders that say where the next page of a list
	// is, or how many rows there are: a list would seem to end without them.
	ListHeaders []string
	// Followed are the patterns of the lists whose next page is where a URL of the
	// application's leads, which may be below them, each with its method, such as
	// "GET /users".
	Followed []string
	// Readings are parts of answers that must reach the connector as they are.
	Readings []Reading
	// Slots are where secrets stand.
	Slots []Slot
	// Timeout is the longest that a request may take, 0 if none says.
	Timeout time.Duration
	// Drop and Seal are those of the recipe's target.
	Drop, Seal []string
}

// Slot is a place where a secret stands, as a grant has it: exactly one of Header,
// Query, Pointer and Form is set.
type Slot struct {
	Header, Query, Pointer, Form string
	// Paths are as in Need.
	Paths []string
	// Accepts are the names of what stands there, such as new_password.
	Accepts []string
	// Generate says that the host makes a password there.
	Generate bool
	// Encoding is the form in which the secret stands there, as in Piece, Prefix what
	// the host puts before it in a Header.
	Encoding, Prefix string
}

// The names of secrets, as grants have them.
const (
	ExportPassword  = "export_password"
	NewPassword     = "new_password"
	OldPassword     = "old_password"
	parameterPrefix = "parameter:"
	attributePrefix = "attribute:"
	answerPrefix    = "answer:"
)

// SealName returns the name of the secret that is sealed at a pointer: its last key
// that is no asterisk.
func SealName(pointer string) string {
	keys := pointerKeys(pointer)
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] != "*" && keys[i] != "**" {
			return keys[i]
		}
	}
	return "secret"
}

// Needs returns what each target must be granted, in the order in which requests go
// to them.
func Needs(r *Recipe) []Need {
	n := &needs{r: r}
	if r.Test != nil {
		n.request(&r.Test.Request, inReading)
		n.ruleReadings(&r.Test.Request, r.Test.OnError)
	}
	var marks []string
	if r.Delta != nil {
		marks = append(marks, r.Delta.MarkField)
	}
	for i := range r.Import {
		n.objects(&r.Import[i], marks...)
	}
	if r.Delta != nil {
		for i := range r.Delta.Deleted {
			marks = append(marks, r.Delta.Deleted[i].Path)
		}
		for i := range r.Delta.Lists {
			n.objects(&r.Delta.Lists[i], marks...)
		}
		if r.Delta.MarkDate && len(r.Import) > 0 {
			n.responseHeader(&r.Import[0].Request, "Date")
		}
	}
	if r.Read != nil {
		n.one(r.Read, nil)
	}
	if r.Find != nil {
		n.one(&r.Find.Read, r.Find.By)
	}
	for i := range r.Lookups {
		l := &r.Lookups[i]
		n.list(&l.List)
		n.listReadings(&l.List, l.Key, l.Value)
	}
	n.operation(r.Create, inCreate)
	n.operation(r.Update, inUpdate)
	n.operation(r.Delete, inDelete)
	n.operation(r.SetPassword, inSetPassword)
	n.operation(r.ChangePassword, inChangePassword)
	for i := range n.all {
		n.finish(&n.all[i])
	}
	return n.all
}

// inReading is no operation: objects are read.
const inReading opKind = 255

// needs collects what is needed.
type needs struct {
	r   *Recipe
	all []Need
}

// of returns the need of the target that a request goes to.
func (n *needs) of(r *Request) *Need {
	for i := range n.all {
		if n.all[i].Target == r.Target {
			return &n.all[i]
		}
	}
	n.all = append(n.all, Need{Target: r.Target})
	return &n.all[len(n.all)-1]
}

// finish adds what the recipe says of the target itself.
func (n *needs) finish(need *Need) {
	for i := range n.r.Targets {
		if t := &n.r.Targets[i]; t.Name == need.Target {
			for _, h := range t.Headers {
				need.ResponseHeaders = addHeader(need.ResponseHeaders, h)
			}
			need.Drop, need.Seal = t.Drop, t.Seal
		}
	}
}

func (n *needs) list(l *List) {
	n.request(&l.Request, inReading)
	if l.Paging.Kind == Link || l.Paging.Kind == NextURL {
		need := n.of(&l.Request)
		for _, pattern := range n.patterns(l.Request.Path) {
			need.Followed = add(need.Followed, l.Request.Method+" "+pattern)
		}
	}
	if l.Paging.Kind == Link {
		n.listHeader(&l.Request, "Link")
	}
	if l.Paging.FromHeader != "" {
		n.listHeader(&l.Request, l.Paging.FromHeader)
	}
	if l.TotalHeader != "" {
		n.listHeader(&l.Request, l.TotalHeader)
	}
	if l.Detail != nil {
		n.request(&l.Detail.Request, inReading)
		n.ruleReadings(&l.Detail.Request, nil)
	}
}

// objects is list for one of objects, with other fields that are compared.
func (n *needs) objects(l *List, fields ...string) {
	n.list(l)
	n.listReadings(l, append(n.anchorFields(l.Anchor), fields...)...)
}

// one notes what reads one object, with the attributes that are compared.
func (n *needs) one(q *Read, by []string) {
	var fields []string
	for _, name := range by {
		if a := n.r.Attribute(name); a != nil && !a.Detail {
			fields = append(fields, a.Read)
		}
	}
	if len(q.Rows) > 0 {
		n.objects(q.List(), fields...)
		return
	}
	n.list(q.List())
	n.ruleReadings(&q.Request, q.OnError)
	all := pathKeys(q.Object)
	n.readings(&q.Request, all[len(all)-1], false, append(n.anchorFields(""), fields...)...)
}

func (n *needs) operation(o *Operation, kind opKind) {
	if o == nil {
		return
	}
	for i := range o.Steps {
		s := &o.Steps[i]
		n.request(&s.Request, kind)
		n.ruleReadings(&s.Request, s.OnError)
		for _, c := range s.Capture {
			if c.Header != "" {
				n.responseHeader(&s.Request, c.Header)
			}
			// A placeholder can be kept and sent again, but is no anchor.
			n.readings(&s.Request, nil, c.Name != n.r.Anchor, c.Value)
		}
	}
}

func (n *needs) listHeader(r *Request, name string) {
	need := n.of(r)
	need.ListHeaders = addHeader(need.ListHeaders, name)
	n.responseHeader(r, name)
}

func (n *needs) responseHeader(r *Request, name string) {
	need := n.of(r)
	need.ResponseHeaders = addHeader(need.ResponseHeaders, name)
}

// addHeader adds the name of a header that is not there in any case.
func addHeader(names []string, name string) []string {
	for _, have := range names {
		if strings.EqualFold(have, name) {
			return names
		}
	}
	return append(names, name)
}

func add(words []string, word string) []string {
	if has(words, word) {
		return words
	}
	return append(words, word)
}

// request notes a request and the secrets in it.
func (n *needs) request(r *Request, kind opKind) {
	need := n.of(r)
	need.Methods = add(need.Methods, r.Method)
	need.Timeout = max(need.Timeout, r.Timeout)
	patterns := n.patterns(r.Path)
	for _, pattern := range patterns {
		need.Paths = addPath(need.Paths, r.Method, pattern)
	}
	for _, f := range r.Headers {
		if !strings.EqualFold(f.Name, "Accept") && !strings.EqualFold(f.Name, "Content-Type") {
			need.RequestHeaders = addHeader(need.RequestHeaders, f.Name)
		}
	}
	s := slots{n: n, need: need, kind: kind}
	for _, pattern := range patterns {
		s.paths = add(s.paths, r.Method+" "+pattern)
	}
	for _, f := range r.Headers {
		s.template(f.Value, Slot{Header: f.Name, Prefix: f.Prefix})
	}
	for _, f := range r.Query {
		s.template(f.Value, Slot{Query: f.Name})
	}
	for _, f := range r.Form {
		s.template(f.Value, Slot{Form: f.Name})
	}
	if r.FormSpread != nil {
		s.spread(r.FormSpread, func(names []string) Slot { return Slot{Form: FormKey(names)} })
	}
	if r.JSON != nil {
		s.body(r.JSON, "")
	}
}

// maxPatterns is how many patterns one path may become.
const maxPatterns = 16

// patterns returns the patterns of a path: one for each value of a parameter in it
// that is one of a few.
func (n *needs) patterns(path Template) []string {
	for i := range path {
		if len(path[i].Ref) != 2 || path[i].Ref[0] != "param" || len(path[i].Pipes) > 0 {
			continue
		}
		var all []string
		for _, choice := range n.choices(path[i].Ref[1]) {
			chosen := append(append(append(Template(nil), path[:i]...), Piece{Text: choice}), path[i+1:]...)
			all = append(all, n.patterns(chosen)...)
		}
		if len(all) > 0 && len(all) <= maxPatterns {
			return all
		}
	}
	return []string{PathPattern(path)}
}

// choices are the values of a parameter that is one of a few, none if one of them
// would not stand in a path as it is.
func (n *needs) choices(parameter string) []string {
	for i := range n.r.Parameters {
		p := &n.r.Parameters[i]
		if p.Name != parameter || p.Type != Choice {
			continue
		}
		for _, choice := range p.Choices {
			if choice == "" || !made(choice, nameSigns) {
				return nil
			}
		}
		return p.Choices
	}
	return nil
}

// PathPattern returns the pattern of a grant that a path's requests match: every
// segment with a reference in it is *, and so is one that no pattern can spell.
func PathPattern(path Template) string {
	parts := strings.Split(segments(path), "/")
	for i, part := range parts {
		if strings.IndexByte(part, 0) >= 0 {
			parts[i] = "*"
			continue
		}
		if parts[i] = unescape(part); parts[i] == "**" || strings.IndexByte(parts[i], '/') >= 0 {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// unescape undoes percent-encoding: patterns are matched with what it means.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// addPath adds a method to the pattern's line, or a line.
func addPath(paths []string, method, pattern string) []string {
	for i, line := range paths {
		methods, have, _ := strings.Cut(line, " ")
		if have != pattern {
			continue
		}
		if !has(strings.Split(methods, ","), method) {
			paths[i] = methods + "," + method + " " + pattern
		}
		return paths
	}
	return append(paths, method+" "+pattern)
}
