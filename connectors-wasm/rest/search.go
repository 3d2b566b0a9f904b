package rest

import (
	"context"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// maxSearchPages is how many pages a search may have: one that finds more has not looked
// for anybody.
const maxSearchPages = 100

// inquiry is a request that reads an object, or finds some, and how its answer is read.
type inquiry struct {
	*engine
	q      *recipe.Read
	fields []string
	call   call
	// pager reads the rows; nil where the answer holds one object.
	pager *pager
}

// inquire makes the request that reads an object, or finds some: fields of them.
func (e *engine) inquire(q *recipe.Read, fields []string, s *scope) (*inquiry, error) {
	i := &inquiry{engine: e, q: q, fields: fields}
	if len(q.Rows) == 0 {
		c, err := e.objectCall(q, fields, s)
		i.call = c
		return i, err
	}
	i.pager = newPager(e, q.List(), fields[:len(fields):len(fields)], *s)
	i.pager.search, i.pager.head = true, i.pager.want
	pages, err := i.pager.calls(i.pager.state)
	if err != nil {
		return nil, err
	}
	i.call, i.pager.queue = pages[0].call, pages
	return i, nil
}

// objects judges the answer: none, one or more objects. Where none of them is the one
// that was asked for, unknown is the error to return, unless it is nil: then these are
// known to be all, and there is no such object.
func (i *inquiry) objects(ctx context.Context, a *abi.HTTPAnswer) (all []found, unknown, err error) {
	f, err := i.judge(&i.call, a)
	switch {
	case gone(i.q.Gone, &f, a, err):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	case i.pager == nil && i.saysNobody(a, i.q.Object):
		return nil, nil, nil
	case i.pager == nil:
		if err := whole(&i.call, a, strings.Contains(strings.Join(i.fields, ""), "#")); err != nil {
			return nil, nil, err
		}
		object, err := i.objectOf(&i.call, &f, i.fields, false)
		if err != nil {
			return nil, nil, err
		}
		return []found{*object}, nil, nil
	}
	i.pager.queue[0].answer = *a
	if all, err = i.pager.rows(ctx, i.fields); err != nil {
		if e := abi.AsError(err); e.Code == abi.ObjectNotFound {
			e.Code = abi.UnexpectedData // a further page is missing, and nobody is gone
		}
		return nil, nil, err
	}
	return all, i.unknown(len(all)), nil
}

// rows reads the rows of all pages.
func (p *pager) rows(ctx context.Context, fields []string) (all []found, err error) {
	for !p.done {
		if p.pages == maxSearchPages && p.r == nil {
			return nil, p.unexpected("a search that finds more than " + itoa(maxSearchPages) + " pages did not narrow")
		}
		r, err := p.row(ctx)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		row := found{paths: p.want.Fields, raws: readRaws(r, len(p.want.Fields))}
		if err := p.broken(); err != nil {
			return nil, err
		}
		p.keep(&row, hash(strings.Join(row.raws, ",")))
		all = append(all, found{paths: fields, raws: row.raws[:len(fields)]})
	}
	return all, nil
}

// unknown is an error unless the rows that came are known to be all that there are. No
// rows, and no word of others, are all.
func (i *inquiry) unknown(came int) error {
	p := i.pager
	switch {
	case p.lacks != nil:
		e := abi.AsError(p.lacks)
		e.Message += ", of which none is the one that was asked for: the search did not narrow"
		return e
	case came == 0 || i.q.Whole || p.ranged >= 0 || p.total >= 0 || i.q.Paging.Kind != recipe.NoPaging:
		return nil
	}
	return p.unexpected("of the rows that came (" + itoa(came) + ") none is the one that was asked for: the search did not narrow, or they are not all; if it may bring others, write at " + i.q.At +
		" how one knows that they are all: total, paging, or whole: true")
}
