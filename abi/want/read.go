package want

import (
	"context"
	"errors"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// maxDepth is how deep a thing that is handed over may be nested, so that the
// message it travels in is within wire.MaxDepth: four levels around the JSON of
// what was wanted, and four in it.
const maxDepth = wire.MaxDepth - 8

// mark is the byte order mark, which some targets write and JSON does not have.
const mark = "\ufeff"

// Read reads body, which must be one whole JSON document by the rules of package
// wire; a byte order mark before it is skipped. It returns the JSON that
// abi.HTTPAnswer.Wanted is, of at most the given number of bytes.
//
// The error is an *abi.Error: UnexpectedData by RuleJSON or RuleRows, or
// LimitExceeded of want_work or want_bytes. Its message has names and kinds from
// the document, and no values. Or it is the error of ctx, which is looked at after
// every 64 KiB or so that were read: then nothing is handed over.
func (p *Plan) Read(ctx context.Context, body string, most int) (string, error) {
	return p.reading(ctx, body, most).read(body)
}

// reading begins to read.
func (p *Plan) reading(ctx context.Context, body string, most int) *reading {
	d := &reading{plan: p, watch: ctx.Err, most: most, mayWork: WorkFactor*int64(len(body)) + WorkFree, wantRows: len(p.rows) > 0}
	d.fields.init(&p.fields)
	d.values.init(&p.values)
	return d
}

func (d *reading) read(body string) (string, error) {
	text := strings.TrimPrefix(body, mark)
	d.document(text)
	var rows []byte
	if d.wantRows {
		d.out = make([]byte, 0, min(len(text)/2, d.most)+64)
		d.put(`"rows":[`)
		d.rows(text)
		d.put("]}")
		rows, d.out, d.before = d.out, nil, len(d.out)
	}
	d.put("{")
	if len(d.plan.finds) > 0 {
		d.handValues()
		d.comma(rows != nil)
	}
	if rows == nil {
		d.put("}")
	}
	if d.err != nil {
		return "", moved(d.err, len(body)-len(text))
	}
	return string(d.out) + string(rows), nil
}

// moved makes the error that leaves the package.
func moved(err error, by int) error {
	syntax := (*wire.SyntaxError)(nil)
	if !errors.As(err, &syntax) {
		return err
	}
	at := *syntax
	at.Offset += by
	return unexpected(RuleJSON, "the answer is not one whole JSON document: "+at.Error())
}

func unexpected(rule, message string) *abi.Error {
	return &abi.Error{Code: abi.UnexpectedData, Side: abi.SideTarget, Rule: rule, Message: message}
}

// reading is the reading of one document. The first error sticks.
type reading struct {
	plan    *Plan
	out     []byte
	before  int // the bytes of the rows, while the values are put before them
	most    int
	work    int64
	mayWork int64
	err     error
	// watch is asked whether to go on when read, what was read without a Reader of
	// package wire since the last time, has passed stride; stopped is what it answered.
	watch   func() error
	passed  int
	stopped error
	// wantRows: rows are handed over.
	wantRows bool
	fields   finds
	values   finds
	free     []*source
	keys     wire.Writer
}

// source is a Reader and what it reads.
type source struct {
	wire.Reader
	text string
}

// finds is what the paths of a tree have found.
type finds struct {
	tree *tree
	slot []find
	// done says of each filter that the first element was found already.
	done []bool
	// held counts the bytes in lists, which are not handed over yet.
	held int
}

// find is what one path has found.
type find struct {
	// one is the text of what stands there, or "".
	one string
	// open: there is a list; many holds its elements, a comma behind each.
	open bool
	many []byte
}

func (f *finds) init(t *tree) {
	f.tree, f.slot, f.done = t, make([]find, len(t.lists)), make([]bool, t.filters)
}

// clear forgets what was found.
func (f *finds) clear() {
	for i := range f.slot {
		s := &f.slot[i]
		s.one, s.open, s.many = "", false, s.many[:0]
	}
}

// source returns a Reader over a part of the document, and charges it.
func (d *reading) source(text string) *source {
	if work := d.work + int64(len(text)); work <= d.mayWork {
		d.work = work
		d.pass(len(text) + sourceWork)
	} else {
		d.fail(exceeded("want_work", work, d.mayWork, "what is wanted takes too much reading; ask for less, or with fewer filters"))
		text = ""
	}
	var s *source
	if n := len(d.free); n > 0 {
		s, d.free = d.free[n-1], d.free[:n-1]
	} else {
		s = &source{}
		s.Watch(d.look)
	}
	s.Reread(text)
	s.text = text
	return s
}

func (d *reading) done(s *source) { d.free = append(d.free, s) }

// sourceWork is what it takes to begin to read a part, as so many bytes.
const sourceWork = 64

// stride is how many bytes are read between two looks at the watch.
const stride = 64 << 10

// look asks the watch.
func (d *reading) look() error {
	d.passed = 0
	if d.stopped == nil {
		if d.stopped = d.watch(); d.stopped != nil {
			d.err = d.stopped // whatever failed before for want of it
		}
	}
	return d.stopped
}

// pass counts what was read without a Reader, and reports whether to go on.
func (d *reading) pass(n int) bool {
	if d.passed += n; d.passed >= stride {
		_ = d.look() // the error is in d
	}
	return d.stopped == nil
}

func (d *reading) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// document reads all of it, checks it, and finds the values. This pass is free.
func (d *reading) document(text string) {
	s := &source{*wire.NewReader(text), text}
	s.Watch(d.look)
	d.value(s, &d.values, &d.values.tree.root)
	if err := s.End(); err != nil && d.err == nil {
		d.fail(err)
	}
}

// value reads the next value, and hands what n leads to over to f.
func (d *reading) value(s *source, f *finds, n *node) {
	kind, start := s.Peek(), s.Offset()
	switch {
	case kind == wire.KindObject && (n.names != nil || n.members != nil):
		d.object(s, f, n)
	case kind == wire.KindArray && (n.indexes != nil || n.each != nil || n.filters != nil):
		d.list(s, f, n)
	default:
		s.Skip()
	}
	if n.wanted && d.err == nil && s.Err() == nil {
		d.find(f, n.slot, s.text[start:s.Offset()])
	}
}

func (d *reading) object(s *source, f *finds, n *node) {
	f.open(n.members)
	for s.Object(); d.err == nil && s.NextKey(); {
		d.part(s, f, n.names[s.Key()], n.members)
	}
}

func (d *reading) list(s *source, f *finds, n *node) {
	f.open(n.each)
	for i := range n.filters {
		f.done[n.filters[i].number] = false
		if n.filters[i].cond.all {
			f.open(n.filters[i].then)
		}
	}
	s.Array()
	for i := 0; d.err == nil && s.NextItem(); i++ {
		s.Peek()
		start := s.Offset()
		d.part(s, f, n.indexes[i], n.each)
		if len(n.filters) > 0 && s.Err() == nil {
			d.filter(s.text[start:s.Offset()], f, n.filters)
		}
	}
}

// part reads the next value for two nodes at most.
func (d *reading) part(s *source, f *finds, a, b *node) {
	switch {
	case a == nil && b == nil:
		s.Skip()
		return
	case a == nil:
		a, b = b, nil
	}
	s.Peek()
	start := s.Offset()
	d.value(s, f, a)
	if b != nil && s.Err() == nil {
		d.again(s.text[start:s.Offset()], f, b)
	}
}

// again reads what has been read before, for another node.
func (d *reading) again(text string, f *finds, n *node) {
	s := d.source(text)
	d.value(s, f, n)
	d.done(s)
}

// filter hands an element to the filters that it passes.
func (d *reading) filter(text string, f *finds, filters []filter) {
	for i := range filters {
		w := &filters[i]
		if d.err == nil && !f.done[w.number] && d.holds(w.cond, text) {
			f.done[w.number] = !w.cond.all
			d.again(text, f, w.then)
		}
	}
}

// open begins the lists of the paths that find one in the step that leads to n.
func (f *finds) open(n *node) {
	if n == nil {
		return
	}
	for _, slot := range n.opens {
		f.slot[slot].open = true
	}
}

// find notes what a path has found.
func (d *reading) find(f *finds, slot int, text string) {
	at := &f.slot[slot]
	if !f.tree.lists[slot] {
		at.one = text
		return
	}
	before := len(at.many)
	at.many = append(d.compact(at.many, text), ',')
	f.held += len(at.many) - before
	d.fits()
}

// put appends text to what is handed over.
func (d *reading) put(text string) {
	d.out = append(d.out, text...)
	d.fits()
}

// key appends the name of a member.
func (d *reading) key(name string) {
	d.keys.Reset()
	d.keys.String(name)
	d.put(string(d.keys.Bytes()))
}

func (d *reading) comma(more bool) {
	if more {
		d.out = append(d.out, ',')
	}
}

func (d *reading) fits() {
	if n := d.before + len(d.out) + d.fields.held + d.values.held; n > d.most {
		d.fail(exceeded("want_bytes", int64(n), int64(d.most), "what is wanted is longer than an answer of this target may be"))
	}
}

func (d *reading) handValues() {
	d.put(`"values":[`)
	d.values.held = 0
	for i, slot := range d.plan.finds {
		d.comma(i > 0)
		d.hand(&d.values, slot)
	}
	d.put("]")
}

// hand appends what a path has found.
func (d *reading) hand(f *finds, slot int) {
	if d.err != nil {
		return
	}
	at := &f.slot[slot]
	switch {
	case at.open:
		d.out = append(d.out, '[')
		d.out = append(d.out, at.many[:max(len(at.many)-1, 0)]...)
		d.out = append(d.out, ']')
	case at.one != "":
		d.out = d.compact(d.out, at.one)
	default:
		d.out = append(d.out, "null"...)
	}
	d.fits()
}

// compact appends a value without the white space in it.
func (d *reading) compact(b []byte, text string) []byte {
	if text[0] != '{' && text[0] != '[' {
		return append(b, text...)
	}
	start, depth, due := 0, 0, stride
	for i := 0; i < len(text); i++ {
		if i >= due {
			if !d.pass(stride) {
				return b
			}
			due = i + stride
		}
		switch text[i] {
		case '"':
			i = d.closing(text, i)
		case '{', '[':
			if depth++; depth > maxDepth {
				d.fail(unexpected(RuleJSON, "what is wanted is nested too deep to be handed over; name parts of it"))
			}
		case '}', ']':
			depth--
		case ' ', '\t', '\n', '\r':
			b = append(b, text[start:i]...)
			start = i + 1
		}
	}
	return append(b, text[start:]...)
}

// closing returns where the string that begins at i ends, or the end of the text if it
// is not to go on.
func (d *reading) closing(text string, i int) int {
	due := i + stride
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
		if i >= due {
			if !d.pass(stride) {
				return len(text)
			}
			due = i + stride
		}
	}
	return i
}
