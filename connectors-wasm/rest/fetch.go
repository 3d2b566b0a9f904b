package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// ahead names the requests of the next page, as far as they are known, so that the
// host can get it while this one is worked on. What it names and nobody asks for
// costs the target a request that changes nothing. Details are asked for in
// between, and would have the host forget it.
func (p *pager) ahead(ctx context.Context) {
	if len(p.queue) > 0 || p.list.Detail != nil || p.now.call.http.Safety != abi.Safe {
		return
	}
	if path := p.list.Paging.More(); path != "" {
		if p.told.at(path) == "null" {
			return // whether it is there is looked at behind the rows
		}
		if more, err := p.more(ctx); err != nil || !more {
			return
		}
	}
	state, next := p.now.state, p.next
	switch p.list.Paging.Kind {
	case recipe.Pages:
		state.number++
	case recipe.Offset:
		if state.size <= 0 {
			return
		}
		state.offset += state.size
	case recipe.Cursor:
		if state.cursor, _ = p.nextWord(&p.told); state.cursor == "" {
			return
		}
	case recipe.Link, recipe.NextURL:
		word, _ := p.nextWord(&p.told)
		place, err := below(word, p.now.call.http.Path, p.path)
		if err != nil || word == "" {
			return // whoever asks for it says so
		}
		p.next = &place
	default:
		return
	}
	pages, err := p.calls(state)
	p.next = next
	if err != nil {
		return
	}
	var requests abi.HTTPRequests
	for i := range pages {
		requests.Ahead = append(requests.Ahead, pages[i].call.http)
	}
	// A host need not do anything with it.
	_, _ = p.engine.host.HTTP(ctx, requests)
}

// fetch asks for the next page, or for a few side by side. The first is asked for
// alone: there may be no others.
func (p *pager) fetch(ctx context.Context) error {
	pages, err := p.calls(p.state)
	if err != nil {
		return err
	}
	calls := make([]call, len(pages))
	for i := range pages {
		calls[i] = pages[i].call
	}
	answers, err := p.engine.send(ctx, calls, len(calls))
	for i := range answers {
		pages[i].answer = answers[i]
		// What did not fit into this call is asked for by the next one.
		if e := answers[i].Error; i > 0 && e != nil && e.Code == abi.LimitExceeded {
			pages = pages[:i]
			break
		}
	}
	p.queue = pages
	return err
}

// calls makes the requests for the pages from state on.
func (p *pager) calls(state pageState) ([]page, error) {
	n, kind := 1, p.list.Paging.Kind
	if p.pages > 0 && (kind == recipe.Pages || kind == recipe.Offset && state.size > 0) {
		n = max(p.list.Paging.AtOnce, 1)
	}
	pages := make([]page, n)
	for i := range pages {
		pages[i].state = state
		pages[i].state.number += i
		pages[i].state.offset += i * state.size
		c, err := p.request(&pages[i].state)
		if err != nil {
			return nil, err
		}
		if c.list = !p.search; kind != recipe.NoPaging {
			c.page = p.pages + 1 + i
		}
		pages[i].call = c
	}
	return pages, nil
}

// request makes the request for one page.
func (p *pager) request(state *pageState) (call, error) {
	s := p.scope
	s.page = state
	c, err := p.engine.build(&p.list.Request, &s)
	if err != nil {
		return c, err
	}
	paging := &p.list.Paging
	add := func(name, value string) {
		if name != "" && value != "" {
			c.http.Query = append(c.http.Query, abi.Field{Name: name, Value: value})
			c.made = append(c.made, Made{"query." + name, p.list.At + ".paging"})
		}
	}
	if p.next != nil {
		c.http.Path, c.http.Query = p.next.path, p.next.query
		if !paging.AnyHost {
			c.http.Origin = p.next.origin
		}
	} else {
		switch paging.Kind {
		case recipe.Pages:
			add(paging.Param, itoa(state.number))
		case recipe.Offset:
			add(paging.Param, itoa(state.offset))
		case recipe.Cursor:
			add(paging.Param, state.cursor)
		case recipe.LastKey:
			add(paging.Param, state.last)
		}
		if state.size > 0 {
			add(paging.SizeParam, itoa(state.size))
		}
	}
	c.rules, c.values, c.http.Want = p.list.OnError, p.values, &p.want
	if p.pages == 0 {
		c.http.Want = &p.head
	}
	return c, nil
}
