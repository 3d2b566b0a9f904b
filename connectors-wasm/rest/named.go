package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// named reads the objects that a FullObject import names, side by side. Those that
// are gone are left out.
func (r *importRun) named(ctx context.Context, step *abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	page.CustomData = step.CustomData
	if err := r.begin(ctx); err != nil {
		return page, err
	}
	q := r.recipe.Read
	p := newPlan(r.engine, q.Detail, r.schema, nil)
	d := newDecoder(r.engine, p.raw(), p.fields)
	calls := make([]call, len(step.FullObjectEntries))
	for i := range calls {
		w := &work{engine: r.engine, entry: &step.FullObjectEntries[i]}
		w.takeAnchor(step.FullObjectEntries[i].Anchor)
		if calls[i], err = r.objectCall(q, p.fields, w.scope("")); err != nil {
			return page, asRead(err)
		}
	}
	err = r.sendAll(ctx, calls, 8, func(i int, a *abi.HTTPAnswer) error {
		objects, err := r.objects(q, p.fields, &calls[i], a)
		if err != nil || len(objects) == 0 {
			return asRead(err)
		}
		e, gone, err := r.whole(ctx, q, p, d, &objects[0])
		if err == nil && !gone {
			page.Entries = append(page.Entries, e)
		}
		return asRead(err)
	})
	return page, err
}

// raw has no column go straight into an attribute.
func (p *plan) raw() *plan {
	for i := range p.direct {
		p.direct[i] = -1
	}
	return p
}

// whole makes the entry of an object that was read alone, and reads its detail.
func (e *engine) whole(ctx context.Context, q *recipe.Read, p *plan, d *decoder, object *found) (entry abi.CSEntryChange, gone bool, err error) {
	detail := d.nothing
	if q.Detail != nil {
		c, err := e.detailCall(p, scope{engine: e, row: object, code: abi.UnexpectedData})
		if err != nil {
			return entry, false, err
		}
		answers, err := e.send(ctx, []call{c}, 1)
		if err != nil {
			return entry, false, err
		}
		if detail, err = e.detailOf(p, &c, &answers[0]); err != nil || detail == nil {
			return entry, detail == nil, err
		}
	}
	entry, err = d.entry(object, detail)
	return entry, false, err
}
