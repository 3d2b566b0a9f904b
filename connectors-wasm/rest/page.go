package rest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// open gets the next page and moves to its rows. A page that is none, by a rule of
// the recipe, ends the list.
func (p *pager) open(ctx context.Context) error {
	if len(p.queue) == 0 {
		if err := p.fetch(ctx); err != nil {
			return err
		}
	}
	p.now, p.queue = p.queue[0], p.queue[1:]
	if p.pages++; p.pages == 1 {
		p.path = p.now.call.http.Path
	}
	p.inPage, p.from = 0, -1
	if p.pages > maxPages {
		return p.unexpected("there are more than " + itoa(maxPages) + " pages")
	}
	if p.date == "" {
		p.date = p.now.answer.Header("Date")
	}
	if a := &p.now.answer; a.Error != nil || a.Status < 200 || a.Status > 299 {
		return p.failed(ctx)
	}
	r := wire.NewReader(p.now.answer.Wanted)
	p.told = found{paths: p.values}
	for r.Object(); r.NextKey(); {
		switch r.Key() {
		case "values":
			p.told.raws = readRaws(r, len(p.values))
		case "rows":
			if err := p.judge(); err != nil {
				return err
			}
			r.Array()
			p.r, p.from = r, r.Offset()
			if p.again() {
				p.r, p.queue = nil, nil
				return p.finish()
			}
			p.ahead(ctx)
			return nil
		default:
			r.Skip()
		}
	}
	return p.unexpected("the host handed over no rows")
}

// judge looks at what stands around the rows, before any of them is taken.
func (p *pager) judge() error {
	c := &p.now.call
	r := p.engine.rule(c, &p.now.answer, &p.told)
	if p.fine = r != nil && r.Then == "ok"; r != nil && !p.fine {
		return ruleError(r, c, &p.now.answer, &p.told)
	}
	if !p.fine && undecided(p.now.answer.Status) {
		return p.unexpected("was answered with " + itoa(p.now.answer.Status) + ", which says neither that the list is there nor that it is whole; if it is, write a rule {status: " +
			itoa(p.now.answer.Status) + ", then: ok}")
	}
	if anyMatch(p.list.Incomplete, &p.told) {
		return p.unexpected("the target says that the list was cut short")
	}
	if err := p.part(); err != nil {
		return err
	}
	return p.count(&p.told)
}

// undecided says whether a status of success leaves open if what was asked for is there,
// and whole: it was accepted, is to be asked for anew, or has a status for each part.
func undecided(status int) bool {
	return status == 202 || status == 205 || status > 206 && status < 300
}

// part refuses a part of a list for which the recipe has no paging: by its status, its
// Content-Range or a Link to the next one.
func (p *pager) part() error {
	a := &p.now.answer
	first, last, all := contentRange(a.Header("Content-Range"))
	p.ranged = max(p.ranged, all)
	if p.list.Paging.Kind != recipe.NoPaging {
		return nil
	}
	if a.Status == 206 && (first != 0 || all < 0 || last+1 != all) {
		return p.lack(p.unexpected("was answered with 206, a part of the list; say how it goes on (paging)"))
	}
	if next, _ := nextLink(a.Headers); next != "" {
		return p.lack(p.unexpected("the header Link names a next page; write paging: {link: true}, or how else the list goes on"))
	}
	return nil
}

// contentRange reads such as "users 0-24/100"; -1 is what it does not say. Bytes are
// no rows.
func contentRange(text string) (first, last, all int) {
	unit, numbers, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok || strings.EqualFold(unit, "bytes") {
		return -1, -1, -1
	}
	number := func(text string) int {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
			return n
		}
		return -1
	}
	part, whole, _ := strings.Cut(numbers, "/")
	from, to, _ := strings.Cut(part, "-")
	return number(from), number(to), number(whole)
}

// failed judges an answer without rows.
func (p *pager) failed(ctx context.Context) error {
	if a := &p.now.answer; a.Status == 204 && (a.Error == nil || a.Error.Code == abi.UnexpectedData) {
		return p.noContent()
	}
	f, err := p.engine.judge(&p.now.call, &p.now.answer)
	if e := p.now.answer.Error; e != nil && e.Code == abi.UnexpectedData && p.now.answer.Status/100 == 2 && len(p.values) > 0 {
		err = p.insteadOfRows(ctx, err)
	}
	switch {
	case err == nil:
		return abi.NewError(abi.UnexpectedData, what(&p.now.call)+" was answered with "+itoa(p.now.answer.Status)+
			", which a rule takes for ok; but there are no rows, and ok ends no list")
	case abi.CodeOf(err) == abi.ObjectNotFound && p.endsWithGone(), !f.ruled && p.endsBehindAll():
		return p.finish()
	}
	e := abi.AsError(err)
	switch {
	case e.Code == abi.EntryExport:
		e.Code = abi.UnexpectedData
	case p.pages > 1:
	case e.Rule == want.RuleRows && !slices.Equal(p.head.Rows, p.want.Rows):
		e.Message += firstNeedsRows
	case e.Code == abi.ObjectNotFound && f.ruled:
		e.Message += firstIsGone
	}
	return err
}

// firstNeedsRows is said of a first page without its rows, which may be missing behind it.
const firstNeedsRows = "; the ? in rows is for the pages behind the first: that there is nobody at all is believed of an empty list alone, or of a total of 0"

// firstIsGone is said of a first page that a rule takes for the end of the list.
const firstIsGone = "; a rule with gone ends a list behind its first page: that there is nobody at all is believed of an empty list alone, or of a total of 0"

// noContent judges a 204. It is a success without a list, and not the end of one by
// itself: so do targets answer that have not understood what they were asked.
func (p *pager) noContent() error {
	if p.endsWithGone() {
		return p.finish()
	}
	text := "was answered with 204, no content, and there is no list"
	if p.pages > 1 {
		text += "; if that is how it says that there are no more rows, write onError: [{status: 204, then: gone}] for the list"
	}
	return p.unexpected(text)
}

// endsWithGone says whether a rule of the list may take a page that is not there
// for the end: behind the first page, and only where the recipe says gone.
func (p *pager) endsWithGone() bool {
	if p.pages < 2 {
		return false
	}
	for i := range p.list.OnError {
		if p.list.OnError[i].Then == "gone" && matches(&p.list.OnError[i], &p.now.answer, &found{}) {
			return true
		}
	}
	return false
}

// endsBehindAll says whether there is no such page because all rows came: the target's
// number of them was reached, and it knows no page behind that. A list that grew has one.
func (p *pager) endsBehindAll() bool {
	a, kind := &p.now.answer, p.list.Paging.Kind
	return (kind == recipe.Pages || kind == recipe.Offset) && p.total > 0 && len(p.distinct) == p.total &&
		a.Error == nil && (a.Status == 400 || a.Status == 404) && saysGone(a)
}

// insteadOfRows asks once more, for what the target says in the place of the rows:
// it may be an error document that a rule knows.
func (p *pager) insteadOfRows(ctx context.Context, missing error) error {
	if p.now.call.http.Safety != abi.Safe {
		return missing
	}
	c := p.now.call
	c.http.Want = &abi.Want{Values: p.values, Body: p.want.Body}
	answers, err := p.engine.send(ctx, []call{c}, 1)
	if err != nil {
		return err
	}
	if _, err := p.engine.judge(&c, &answers[0]); err != nil {
		return err
	}
	return missing
}

// advance settles where the next page is, or that there is none.
func (p *pager) advance(ctx context.Context) error {
	paging := &p.list.Paging
	ended := p.inPage == 0 || paging.Short && p.inPage < p.state.size
	if paging.More() != "" {
		more, err := p.more(ctx)
		if err != nil {
			return err
		}
		if ended = !more; ended {
			return p.finish()
		}
	}
	switch paging.Kind {
	case recipe.Pages:
		p.state.number = p.now.state.number + 1
	case recipe.Offset:
		p.state.offset = p.now.state.offset + p.inPage
		if p.inPage != p.state.size && !ended {
			p.queue = nil // they began elsewhere
		}
	case recipe.Cursor, recipe.Link, recipe.NextURL:
		word, err := p.nextWord(&p.told)
		if err != nil {
			return p.unexpected(abi.AsError(err).Message)
		}
		return p.follow(word)
	case recipe.LastKey:
		if !ended {
			p.state.last = p.lastKey
			return p.follow(p.lastKey)
		}
	default:
		ended = true
	}
	if ended {
		return p.finish()
	}
	return nil
}

// more says whether there is another page by the target's own word. Null is a word, as
// false is, if it stands there.
func (p *pager) more(ctx context.Context) (bool, error) {
	path, until := p.list.Paging.More(), p.list.Paging.Until != ""
	raw := p.told.at(path)
	switch raw {
	case "", "null":
		if there, err := p.null(ctx, path); err != nil || there {
			return until, err
		}
		return false, p.unexpected("there is no " + path + ", which says whether the list goes on")
	case `"false"`, `"0"`:
		return until, nil
	}
	return present(raw) != until, nil
}

// null asks for the page once more, to see whether it has null at a path where nothing
// was found.
func (p *pager) null(ctx context.Context, path string) (bool, error) {
	if p.now.call.http.Safety != abi.Safe {
		return false, nil
	}
	c := p.now.call
	c.values = []string{"."}
	c.http.Want = &abi.Want{Values: c.values}
	answers, err := p.engine.send(ctx, []call{c}, 1)
	if err != nil {
		return false, err
	}
	f, err := p.engine.judge(&c, &answers[0])
	return isNull(f.at("."), path), err
}

// nextWord is what the target says of the next page: a cursor or a URL.
func (p *pager) nextWord(f *found) (string, error) {
	paging := &p.list.Paging
	switch {
	case paging.Kind == recipe.Link:
		return nextLink(p.now.answer.Headers)
	case paging.FromHeader != "":
		return strings.TrimSpace(p.now.answer.Header(paging.FromHeader)), nil
	}
	if word := rawText(f.at(paging.From)); word != "false" {
		return word, nil
	}
	return "", nil
}

// follow goes on with a cursor, URL or key, once.
func (p *pager) follow(word string) error {
	if word == "" && p.list.Paging.Kind == recipe.LastKey {
		return p.unexpected("the last row has no " + p.list.Paging.Field + ", by which the next page is asked for")
	}
	switch {
	case word == "" && p.list.Paging.More() != "":
		return p.unexpected("the list goes on by " + p.list.Paging.More() + ", and there is no next cursor")
	case word == "":
		return p.finish()
	}
	if h := hash(word); p.cursors[h] {
		return p.unexpected("the target names a page that was read before")
	} else {
		p.cursors[h] = true
	}
	switch p.list.Paging.Kind {
	case recipe.Cursor:
		p.state.cursor = strings.Clone(word)
	case recipe.Link, recipe.NextURL:
		next, err := below(word, p.now.call.http.Path, p.path)
		if err != nil {
			return p.unexpected(abi.AsError(err).Message)
		}
		p.next = &next
	}
	return nil
}
