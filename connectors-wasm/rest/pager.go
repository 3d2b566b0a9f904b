package rest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// maxPages is how many pages one list may have: a target that always names another
// one must not be followed for ever.
const maxPages = 100_000

// maxEmptyPages is how many pages in a row may have no rows: a target that names
// another one behind each must not be followed for so long.
const maxEmptyPages = 1_000

// pager reads one list, row by row and page by page.
type pager struct {
	engine *engine
	list   *recipe.List
	scope  scope
	want   abi.Want
	// head is what is wanted of the first page.
	head abi.Want
	// search says that an object is looked for: what is missing of the list is noted in
	// lacks, for it matters only if that is not among the rows that came.
	search bool
	lacks  error
	// optional says that the rows may be left out, without a total to compare.
	optional bool
	// wary says that a page without rows is looked at for an error, unless a rule says ok.
	wary bool
	// values are the paths of Total, Incomplete, the next page and the error rules, the
	// first known of them, and of what tells of errors.
	values []string
	known  int

	state pageState
	path  string // that of the first request
	next  *place // where the next page is, if the target said
	queue []page
	// pages counts the pages read, seen the rows, inPage those of this page.
	pages, seen, inPage int
	total               int
	// distinct are the rows that came, as hashes of what tells them apart, where a total
	// is compared; else nil.
	distinct map[uint64]struct{}
	// ranged is the number of all rows by Content-Range, -1 where there is none.
	ranged int
	done   bool
	// cursors and firsts are those met before, as hashes.
	cursors, firsts map[uint64]bool

	now  page
	told found        // what stands around the rows of this page
	fine bool         // a rule says ok of this page
	r    *wire.Reader // nil between pages
	from int          // where the first row of the page begins
	// lastKey is the key of the last row, for LastKey, lastRow that row's identity, and
	// rises 1 or -1 once it is known that numbers rise or fall; unsorted is the error of a
	// key that does not go on so.
	lastKey  string
	lastRow  uint64
	rises    int
	unsorted error
	// date is the first answer's.
	date string
	// empty counts the pages without rows that came in a row.
	empty int
	// only says of each value of Only whether a row of this page has its path, judged
	// that there was a row to which Only applies.
	only   []bool
	judged bool
}

// page is a request and its answer.
type page struct {
	call   call
	answer abi.HTTPAnswer
	state  pageState
}

func newPager(e *engine, l *recipe.List, fields []string, s scope) *pager {
	p := &pager{engine: e, list: l, scope: s, total: -1, ranged: -1, cursors: make(map[uint64]bool), firsts: make(map[uint64]bool)}
	for _, m := range l.Only {
		fields = addPath(fields, m.Path)
	}
	for _, m := range l.Skip {
		fields = addPath(fields, m.Path)
	}
	fields = addPath(fields, l.Paging.Field)
	if l.Total != "" || l.TotalHeader != "" {
		p.distinct = make(map[uint64]struct{})
	}
	values := addPath(addPath(addPath(nil, l.Total), l.Paging.From), l.Paging.More())
	for _, m := range l.Incomplete {
		values = addPath(values, m.Path)
	}
	p.optional = mayLack(l.Rows) && l.Total == "" && l.TotalHeader == ""
	p.wary = !slices.Equal(l.Rows, []string{"."})
	p.values = rulePaths(rulePaths(values, l.OnError), e.recipe.Errors)
	p.known = len(p.values)
	room := abi.MaxWantPaths - len(l.Rows) - len(fields) - len(p.values)
	if p.distinct != nil && len(l.Only)+len(l.Skip) > 0 && room > 0 {
		fields = addPath(fields, ".") // tells rows without a key apart, which may be left out
	}
	if p.wary {
		told := insteadPaths
		if p.optional {
			told = append(told[:len(told):len(told)], textPaths[:]...)
		}
		for i := 0; i < len(told) && i < room; i++ {
			p.values = addPath(p.values, told[i])
		}
	}
	p.want = abi.Want{Rows: l.Rows, Fields: fields, Values: p.values, Body: e.ruleBody(l.OnError)}
	if p.optional {
		p.want.Body = max(p.want.Body, maxWithoutRows)
	}
	p.only = make([]bool, len(l.Only))
	p.firstWant()
	p.state = pageState{number: l.Paging.First, offset: l.Paging.First, size: l.Paging.Size}
	return p
}

// mayLack says whether rows may be missing by the recipe's word.
func mayLack(rows []string) bool {
	return slices.ContainsFunc(rows, func(path string) bool {
		return strings.HasSuffix(path, "?") && !strings.HasSuffix(path, `\?`)
	})
}

// firstWant has the first page be a list in any case: what lacks it may be anything.
// A total tells better, and in a delta no change is no news.
func (p *pager) firstWant() {
	p.head = p.want
	if p.optional && len(p.list.Rows) == 1 && p.scope.since == "" {
		p.head.Rows = []string{strings.TrimSuffix(p.list.Rows[0], "?")}
	}
}

// row moves to the next row, an array that the caller reads; nil is the end of a
// page, and of the list once done is set.
func (p *pager) row(ctx context.Context) (*wire.Reader, error) {
	if p.r == nil {
		if p.done {
			return nil, nil
		}
		if err := p.open(ctx); err != nil || p.r == nil {
			return nil, err
		}
	}
	if err := p.first(); err != nil {
		return nil, err
	}
	if p.r.NextItem() {
		p.inPage++
		p.seen++
		return p.r, nil
	}
	return nil, p.end(ctx)
}

// raws reads the next row that is not left out, one raw value for each field; nil is
// the end of a page, and of the list once done is set.
func (p *pager) raws(ctx context.Context) ([]string, error) {
	row := found{paths: p.want.Fields}
	for {
		r, err := p.row(ctx)
		if err != nil || r == nil {
			return nil, err
		}
		row.raws = readRaws(r, len(row.paths))
		if err := p.broken(); err != nil {
			return nil, err
		}
		p.keep(&row, hash(keyOr(row.raws[0], &row)))
		if !p.leftOut(&row) {
			return row.raws, nil
		}
	}
}

// met counts a row that came, once. Several lists in one answer may have the same one,
// and the target's number counts it in each: then every row counts.
func (p *pager) met(row uint64) {
	if len(p.list.Rows) > 1 {
		row = uint64(p.seen)
	}
	if p.distinct != nil {
		p.distinct[row] = struct{}{}
	}
}

// keyOr is what tells a row from others: its key, or all of it where there is none.
func keyOr(key string, row *found) string {
	if rawText(key) == "" {
		return row.at(".")
	}
	return key
}

// compares says whether keep needs the identity of rows.
func (p *pager) compares() bool { return p.distinct != nil || p.list.Paging.Kind == recipe.LastKey }

// keep notes what paging and the target's number need of a row; identity is a hash of
// what tells it from others.
func (p *pager) keep(row *found, identity uint64) {
	p.met(identity)
	if p.list.Paging.Kind == recipe.LastKey {
		p.sorted(row.at(p.list.Paging.Field), identity)
	}
}

// sorted notes the key of a row, and whether the rows behind it can be asked for by it:
// of several with one key those behind the page's end are skipped. A target may begin a
// page with the row by which it was asked for. Only numbers tell what their order is.
func (p *pager) sorted(raw string, row uint64) {
	before, key, again := p.lastKey, rawText(raw), p.lastRow == row
	p.lastKey, p.lastRow = key, row
	if before == "" || key == "" || again || p.unsorted != nil || len(p.list.Rows) > 1 {
		return
	}
	if key == before {
		p.unsorted = p.unexpected("two rows have one " + p.list.Paging.Field + ", " + cut(key) +
			", by which the next page is asked for, and others may be skipped; page by what is different in every row, such as the id")
		return
	}
	number, err := strconv.ParseInt(raw, 10, 64)
	last, wrong := strconv.ParseInt(before, 10, 64)
	if err != nil || wrong != nil {
		return
	}
	way := 1
	if number < last {
		way = -1
	}
	if p.rises == -way {
		p.unsorted = p.unexpected("the rows are not sorted by " + p.list.Paging.Field + ", by which the next page is asked for: " +
			cut(before) + " is followed by " + cut(key) + "; sort by it, as by a parameter of the request, or page in another way")
	}
	p.rises = way
}

// leftOut says whether a row is none of the recipe's objects.
func (p *pager) leftOut(row *found) bool {
	p.judged = true
	for i := range p.only {
		if !p.only[i] {
			path := p.list.Only[i].Path
			raw := row.at(path)
			p.only[i] = raw != "" && raw != "null" || oneOf(p.list.Only, path, "")
		}
	}
	return leftOut(p.list, row)
}

// kept refuses a page none of whose rows that were judged has what tells which of them
// to keep: then the path is wrong, or the answer is another one, and all would be left
// out. To have nothing there is what is wanted where only says so.
func (p *pager) kept() error {
	for i, has := range p.only {
		if !has && p.judged {
			return p.unexpected("no row of this page has " + p.list.Only[i].Path + ", by which only keeps rows")
		}
		p.only[i] = false
	}
	p.judged = false
	return nil
}

// leftOut says whether a row is none of the recipe's objects.
func leftOut(l *recipe.List, row *found) bool {
	for i := range l.Only {
		if !oneOf(l.Only, l.Only[i].Path, rawText(row.at(l.Only[i].Path))) {
			return true
		}
	}
	return anyMatch(l.Skip, row)
}

// oneOf says whether text is one of the values given for a path.
func oneOf(matches []recipe.RowMatch, path, text string) bool {
	for i := range matches {
		if matches[i].Path == path && matches[i].Value == text {
			return true
		}
	}
	return false
}

func anyMatch(matches []recipe.RowMatch, f *found) bool {
	for i := range matches {
		if rawText(f.at(matches[i].Path)) == matches[i].Value {
			return true
		}
	}
	return false
}

// broken returns an error once the answer could not be read any further.
func (p *pager) broken() error {
	if p.r == nil || p.r.Err() == nil {
		return nil
	}
	return abi.NewError(abi.UnexpectedData, what(&p.now.call)+": "+p.r.Err().Error())
}

// first notes the first row of a page and refuses it when another page began with
// the same: then the target does not page as the recipe says.
func (p *pager) first() error {
	if p.inPage != 1 || p.from < 0 || p.list.Paging.Kind == recipe.NoPaging {
		return nil
	}
	h := hash(p.now.answer.Wanted[p.from:p.r.Offset()])
	p.from = -1
	if p.firsts[h] {
		return p.unexpected("page " + itoa(p.pages) + " begins with the same row as an earlier one")
	}
	p.firsts[h] = true
	return nil
}

// again says whether a page, behind those with as many rows as there are, begins as an
// earlier one did: so do targets that hand out their last page for every number behind
// it.
func (p *pager) again() bool {
	if p.total < 0 || len(p.distinct) != p.total || p.list.Paging.Kind == recipe.NoPaging {
		return false
	}
	rows := p.now.answer.Wanted[p.from:]
	r := wire.NewReader(rows)
	r.Skip()
	return r.Err() == nil && p.firsts[hash(rows[:r.Offset()])]
}

func (p *pager) unexpected(message string) error {
	return abi.NewError(abi.UnexpectedData, what(&p.now.call)+": "+message)
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// end leaves a page behind its rows and settles what comes next.
func (p *pager) end(ctx context.Context) error {
	for p.r.NextKey() {
		p.r.Skip()
	}
	if p.r.End() != nil {
		return p.broken()
	}
	p.r = nil
	if p.empty++; p.inPage > 0 {
		p.empty = 0
	}
	if p.empty > maxEmptyPages {
		return p.unexpected("more than " + itoa(maxEmptyPages) + " pages in a row are empty")
	}
	if p.unsorted != nil {
		return p.unsorted
	}
	if err := p.instead(); err != nil {
		return err
	}
	if err := p.kept(); err != nil {
		return err
	}
	return p.advance(ctx)
}

// count compares the rows with the target's own number of them.
func (p *pager) count(f *found) error {
	text, place := rawText(f.at(p.list.Total)), "at "+p.list.Total
	switch {
	case p.list.TotalHeader != "":
		text, place = strings.TrimSpace(p.now.answer.Header(p.list.TotalHeader)), "in the header "+p.list.TotalHeader
	case p.list.Total == "":
		return nil
	}
	if number, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = number // 25.0, as some languages write all numbers
	}
	n, err := strconv.Atoi(text)
	switch {
	case (err != nil || n < 0) && p.total < 0:
		return p.unexpected("there is no number of all rows " + place)
	case err != nil || n < 0:
	case p.total >= 0 && n != p.total:
		return p.moved("there were " + itoa(p.total) + " rows, and now there are " + itoa(n))
	default:
		p.total = n
	}
	return nil
}

// moved is the error of a list that changed while it was read; another import may find
// it at rest.
func (p *pager) moved(message string) error {
	if p.search {
		return p.unexpected(message)
	}
	e := abi.AsError(p.unexpected(message + ": rows that move while a list is read come twice, or not at all; " +
		"run the import again, and ask for a fixed order if there is one, such as query: {sort: id}"))
	e.Retryable = true
	return e
}

// finish ends the list, if all rows came.
func (p *pager) finish() error {
	for i := range p.queue {
		if a := &p.queue[i].answer; a.Error == nil && hasRows(a.Wanted) {
			return p.unexpected("the list ends here, and page " + itoa(p.queue[i].call.page) + ", asked for side by side, has rows; remove atOnce, or short")
		}
	}
	p.done, p.queue = true, nil
	came := len(p.distinct)
	switch {
	case p.total >= 0 && p.total != came && came < p.seen:
		return p.lack(p.moved("there are " + itoa(p.total) + " rows, and " + itoa(p.seen) + " came, of which " + itoa(came) + " are different"))
	case p.total >= 0 && p.total != came:
		return p.lack(p.moved("there are " + itoa(p.total) + " rows, and " + itoa(came) + " came"))
	case p.ranged > p.seen:
		return p.lack(p.unexpected("there are " + itoa(p.ranged) + " rows by Content-Range, and " + itoa(p.seen) + " came"))
	}
	return nil
}

// lack is the error of a list that is not whole.
func (p *pager) lack(err error) error {
	if !p.search {
		return err
	}
	p.lacks = err
	return nil
}

// hasRows says whether there is a row in what was wanted of an answer.
func hasRows(wanted string) bool {
	r := wire.NewReader(wanted)
	for r.Object(); r.NextKey(); r.Skip() {
		if r.Key() == "rows" {
			r.Array()
			return r.NextItem()
		}
	}
	return false
}
