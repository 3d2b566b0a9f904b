package rest

import (
	"context"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// named reads the objects that a FullObject import names, side by side: by their
// anchor, or else by the attributes by which the recipe finds objects. Those that are
// gone are left out.
func (r *importRun) named(ctx context.Context, step *abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	page.CustomData = step.CustomData
	if _, err := r.begin(ctx, allPages); err != nil {
		return page, err
	}
	wanted := make([]work, len(step.FullObjectEntries))
	inquiries := make([]*inquiry, len(wanted))
	calls := make([]call, len(wanted))
	p := newPlan(r.engine, r.recipe.Read.Detail, "", r.schema, nil).raw()
	for i := range wanted {
		w := &wanted[i]
		*w = work{engine: r.engine, entry: &step.FullObjectEntries[i]}
		q := r.recipe.Read
		if w.takeAnchor(w.entry.Anchor); w.anchor == nil && r.recipe.Find != nil {
			q = &r.recipe.Find.Read
		}
		if inquiries[i], err = r.inquire(q, p.fields, w.scope("")); err != nil {
			return page, asRead(err)
		}
		calls[i] = inquiries[i].call
	}
	d, by := newDecoder(r.engine, p, p.fields), r.foundBy()
	err = r.sendAll(ctx, calls, 8, func(i int, a *abi.HTTPAnswer) error {
		objects, unknown, err := inquiries[i].objects(ctx, a)
		if err != nil {
			return asRead(err)
		}
		q, before := inquiries[i].q, len(page.Entries)
		if len(q.Rows) > 0 {
			objects = wanted[i].own(d, objects)
		}
		for j := range objects {
			e, gone, err := r.whole(ctx, r.recipe.Read, p, d, &wanted[i], &objects[j])
			if err != nil {
				return asRead(err)
			}
			if !gone {
				if err := wanted[i].isAsked(q, &e); err != nil {
					return asRead(err)
				}
			}
			if !gone && (wanted[i].anchor != nil || wanted[i].isSame(&e, by, slices.Equal)) {
				page.Entries = append(page.Entries, e)
			}
		}
		if len(page.Entries) == before {
			return unknown
		}
		return nil
	})
	return page, err
}

// foundBy are the attributes by which objects are found, as far as they are selected.
func (r *importRun) foundBy() (by []string) {
	if r.recipe.Find == nil {
		return nil
	}
	for _, name := range r.recipe.Find.By {
		if r.schema == nil || r.schema.Attribute(name) != nil {
			by = append(by, name)
		}
	}
	return by
}

// raw has no column go straight into an attribute.
func (p *plan) raw() *plan {
	for i := range p.direct {
		p.direct[i] = -1
	}
	return p
}

// whole makes the entry of an object that was read alone for w, and reads its detail.
func (e *engine) whole(ctx context.Context, q *recipe.Read, p *plan, d *decoder, w *work, object *found) (entry abi.CSEntryChange, gone bool, err error) {
	if q.Detail == nil {
		err = e.withLookups(ctx, func() error { return d.entry(&entry, object, d.nothing) })
		return entry, false, err
	}
	var c call
	err = e.withLookups(ctx, func() (err error) {
		c, err = e.detailCall(p, scope{engine: e, work: w, row: object, code: abi.UnexpectedData})
		return err
	})
	if err != nil {
		return entry, false, err
	}
	answers, err := e.send(ctx, []call{c}, 1)
	if err != nil {
		return entry, false, err
	}
	detail, _, err := e.detailOf(p, &c, &answers[0])
	if err != nil || detail == nil {
		return entry, detail == nil, err
	}
	if err = e.withLookups(ctx, func() error { return d.entry(&entry, object, detail) }); err == nil {
		err = p.isOf(&c, detail, &entry)
	}
	return entry, false, err
}
