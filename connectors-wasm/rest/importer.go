package rest

import (
	"context"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// importRun is one import.
type importRun struct {
	*engine
	schema *abi.SchemaType
	lists  []recipe.List
	delta  bool
	size   int
	mark   marker
	ready  bool
	// list is the next list; pager, plan and decoder are those of the one in hand.
	list    int
	pager   *pager
	plan    *plan
	decoder *decoder
	// entries is the memory of the last page.
	entries []abi.CSEntryChange
	done    int64
	// asked counts the details asked for, gone those whose object is gone; in a delta
	// both leave out what a rule calls gone. left counts every object that is gone.
	asked, gone, left int
}

// newImport begins an import.
func newImport(e *engine, step *abi.OpenImportConnectionRunStep) (*importRun, error) {
	r := &importRun{engine: e, lists: e.recipe.Import, size: step.PageSize, delta: step.ImportType == abi.Delta}
	r.schema = step.Schema.Type(e.recipe.Object)
	switch {
	case step.ImportType == abi.FullObject && e.recipe.Read == nil:
		return nil, lacks("read")
	case step.ImportType == abi.FullObject:
		r.lists = nil
		return r, nil
	case r.delta && e.recipe.Delta == nil:
		return nil, lacks("delta")
	case len(e.recipe.Import) == 0:
		return nil, lacks("import")
	}
	if d := e.recipe.Delta; d != nil {
		r.mark.delta = d
		if r.delta {
			r.lists = d.Lists
			return r, r.mark.load(step.CustomData)
		}
	}
	return r, nil
}

func lacks(key string) error {
	return abi.NewError(abi.EntryPointNotImplemented, "the recipe has no "+key)
}

// maxIdlePages is how many pages of the target's one call reads that bring no entry:
// empty ones, those of which all is left out, and those of lookups. Then it hands over
// an empty page, for the time of a call is bounded.
const maxIdlePages = 8

// next returns the next entries: those of one page of the target's at most.
func (r *importRun) next(ctx context.Context, step *abi.GetImportEntriesRunStep) (page abi.GetImportEntriesResults, err error) {
	page.CustomData = step.CustomData
	if ready, err := r.begin(ctx, maxIdlePages); err != nil || !ready {
		page.MoreToImport = err == nil
		return page, err
	}
	if r.decoder != nil {
		r.decoder.reset()
	}
	most := step.MaxEntries
	if most <= 0 {
		most = abi.DefaultPageEntries
	}
	for idle := 0; len(page.Entries) == 0; idle++ {
		if idle == maxIdlePages {
			page.MoreToImport = true
			return page, nil
		}
		if r.pager == nil || r.pager.done {
			if r.list == len(r.lists) {
				return page, r.complete(ctx, &page)
			}
			r.open()
		}
		if page.Entries, err = r.some(ctx, most); err != nil {
			return page, err
		}
	}
	page.MoreToImport = !r.pager.done || r.list < len(r.lists)
	if !page.MoreToImport {
		if err := r.complete(ctx, &page); err != nil {
			return page, err
		}
	}
	r.done += int64(len(page.Entries))
	// Nobody needs the progress so much that a run should fail for it.
	_ = r.host.Progress(ctx, abi.Progress{Done: r.done, What: r.recipe.Object})
	return page, nil
}

// complete ends the import.
func (r *importRun) complete(ctx context.Context, page *abi.GetImportEntriesResults) error {
	if r.gone == r.asked && (r.gone > 1 || r.gone == 1 && !r.delta) {
		return r.allGone()
	}
	if r.left > 0 {
		what := "left out"
		if r.delta {
			what = "deleted"
		}
		// Nobody needs the line so much that a run should fail for it.
		_ = r.host.Log(ctx, abi.LogEntry{Level: abi.LogWarn, Message: "objects that were listed, and are gone by their details: " + itoa(r.left) + ", which are " + what})
	}
	if page.CustomData = r.mark.watermark(page.CustomData); page.CustomData == "" && r.mark.delta != nil {
		_ = r.host.Log(ctx, abi.LogEntry{Level: abi.LogWarn, Message: "there is no mark for the next delta import, which will be a full one: " + r.mark.lack()})
	}
	return nil
}

// begin reads what the run needs, once: as many pages of it as prepare is given. It
// says whether that is all.
func (r *importRun) begin(ctx context.Context, pages int) (ready bool, err error) {
	if r.ready {
		return true, nil
	}
	var n needs
	n.lists(r.lists)
	if q := r.recipe.Read; q != nil {
		eachTemplate(&q.Request, n.template)
	}
	for i := range r.recipe.Attributes {
		if a := &r.recipe.Attributes[i]; r.schema == nil || r.schema.Attribute(a.Name) != nil {
			n.attribute(a)
		}
	}
	r.ready, err = r.prepare(ctx, n, pages)
	return r.ready, err
}

// open begins the next list.
func (r *importRun) open() {
	l := &r.lists[r.list]
	r.list++
	kept := []string(nil)
	if d := r.recipe.Delta; d != nil {
		kept = addPath(kept, d.MarkField)
		for i := range d.Deleted {
			kept = addPath(kept, d.Deleted[i].Path)
		}
	}
	for _, matches := range [][]recipe.RowMatch{l.Only, l.Skip} {
		for i := range matches {
			kept = addPath(kept, matches[i].Path)
		}
	}
	kept = addPath(kept, l.Paging.Field)
	r.plan = newPlan(r.engine, l.Detail, l.Anchor, r.schema, kept)
	r.pager = newPager(r.engine, l, r.plan.fields, scope{engine: r.engine, since: r.mark.since, code: abi.UnexpectedData})
	sends := l.Paging.SizeParam != "" || indexOf(requestRefs(nil, &l.Request, "page"), "size") >= 0
	if r.size > 0 && r.pager.state.size > r.size && sends {
		r.pager.state.size = r.size
	}
	r.decoder = newDecoder(r.engine, r.plan, r.pager.want.Fields)
}

// some returns entries up to the end of the page, most at most.
func (r *importRun) some(ctx context.Context, most int) (entries []abi.CSEntryChange, err error) {
	var waiting []found
	entries = r.entries[:0]
	if r.plan.detail != nil {
		most = min(most, maxBatch) // a call must not take too long
	}
	for len(entries)+len(waiting) < most {
		row, err := r.pager.row(ctx)
		if err != nil {
			return nil, err
		}
		r.mark.see(r.pager.date)
		if row == nil {
			break
		}
		r.decoder.read(row)
		if err := r.pager.broken(); err != nil {
			return nil, err
		}
		if err := r.take(&entries, &waiting); err != nil {
			return nil, err
		}
	}
	if len(waiting) > 0 {
		entries, err = r.detailed(ctx, entries, waiting)
	}
	r.entries = entries
	return entries, err
}

// take makes an entry of the row that was decoded last, or keeps it for its detail.
func (r *importRun) take(entries *[]abi.CSEntryChange, waiting *[]found) error {
	d := r.decoder
	identity := uint64(0)
	if r.pager.compares() {
		identity = d.identity()
	}
	r.pager.keep(&d.row, identity)
	r.mark.row(&d.row, r.list, r.pager.pages)
	deleted := r.delta && anyMatch(r.recipe.Delta.Deleted, &d.row)
	if !deleted && r.pager.leftOut(&d.row) {
		return r.leave(entries)
	}
	if r.plan.detail != nil && !deleted {
		*waiting = append(*waiting, found{paths: d.row.paths, raws: append([]string(nil), d.row.raws...)})
		return nil
	}
	*entries = append(*entries, abi.CSEntryChange{})
	e := &(*entries)[len(*entries)-1]
	if err := d.entry(e, &d.row, d.nothing); err != nil {
		return r.inRow(err)
	}
	r.change(e, deleted)
	return nil
}

// leave leaves out the row that was decoded last. In a delta it may have been one of
// the objects before, and is none now: it is deleted, save where several lists are read,
// of which another may have it. A row without an anchor never was one.
func (r *importRun) leave(entries *[]abi.CSEntryChange) error {
	if !r.delta || len(r.lists) > 1 {
		return nil
	}
	var e abi.CSEntryChange
	if r.decoder.entry(&e, &r.decoder.row, r.decoder.nothing) == nil {
		r.change(&e, true)
		*entries = append(*entries, e)
	}
	return nil
}

// change makes an entry what the kind of the import wants: a delta hands over whole
// objects, and those that are gone.
func (r *importRun) change(e *abi.CSEntryChange, deleted bool) {
	switch {
	case deleted:
		e.Modification, e.Attributes, e.Error = abi.ObjectDelete, nil, nil
	case r.delta:
		e.Modification = abi.ObjectReplace
	}
}

// inRow says in which row of which page something is wrong.
func (r *importRun) inRow(err error) error {
	e := abi.AsError(err)
	e.Message = what(&r.pager.now.call) + ", row " + itoa(r.pager.inPage) + ": " + e.Message
	return e
}

// detailed asks for the details of rows. An object that went since it was listed is
// left out; a delta says so.
func (r *importRun) detailed(ctx context.Context, entries []abi.CSEntryChange, rows []found) ([]abi.CSEntryChange, error) {
	calls := make([]call, len(rows))
	for i := range rows {
		c, err := r.detailCall(r.plan, scope{engine: r.engine, row: &rows[i], since: r.mark.since, code: abi.UnexpectedData})
		if err != nil {
			return nil, err
		}
		calls[i] = c
	}
	err := r.sendAll(ctx, calls, atOnce(r.plan.detail), func(i int, a *abi.HTTPAnswer) error {
		detail, ruled, err := r.detailOf(r.plan, &calls[i], a)
		if err != nil {
			return asRead(err)
		}
		gone := detail == nil
		r.count(gone, ruled)
		switch {
		case gone && !r.delta:
			return nil
		case gone:
			detail = r.decoder.nothing
		}
		var e abi.CSEntryChange
		if err := r.decoder.entry(&e, &rows[i], detail); err != nil {
			e := abi.AsError(err)
			e.Message = what(&calls[i]) + ": " + e.Message
			return e
		}
		if !gone {
			if err := r.plan.isOf(&calls[i], detail, &e); err != nil {
				return err
			}
		}
		if gone && !ruled {
			if err := r.confirm(ctx, &calls[i], &e); err != nil {
				return err
			}
		}
		r.change(&e, gone)
		entries = append(entries, e)
		return nil
	})
	if err == nil && r.gone > fewGone && r.gone > r.asked/10 {
		err = r.allGone()
	}
	return entries, err
}

// count counts a detail that came.
func (r *importRun) count(gone, ruled bool) {
	if gone {
		r.left++
	}
	if gone && ruled && r.delta {
		return
	}
	if r.asked++; gone {
		r.gone++
	}
}

// fewGone is how many objects may always have gone between the list and their detail;
// more must be at most a tenth of those asked for.
const fewGone = 3

func (r *importRun) allGone() error {
	return abi.NewError(abi.UnexpectedData, "of "+itoa(r.asked)+" details "+itoa(r.gone)+
		" say that their object is gone, though it was listed just now: rather the account may not read them, or their path is wrong")
}

// confirm asks for an object of a delta by itself whose detail is gone: what an account
// may no longer see looks the same. The recipe's read must say that it is gone, too, and
// ask for something else: the same would be answered the same.
func (r *importRun) confirm(ctx context.Context, detail *call, e *abi.CSEntryChange) error {
	q := r.recipe.Read
	if q == nil {
		return abi.NewError(abi.UnexpectedData, what(detail)+" says that the object is gone, and nothing confirms it; "+
			"give the recipe a read, say how the list tells it (deleted), or write a rule with then: gone")
	}
	w := work{engine: r.engine, entry: &abi.CSEntryChange{Anchor: e.Anchor}}
	w.takeAnchor(e.Anchor)
	p := newPlan(r.engine, q.Detail, "", &abi.SchemaType{}, nil).raw()
	i, err := r.inquire(q, p.fields, w.scope(""))
	if err != nil {
		return asRead(err)
	}
	if asksTheSame(q, &i.call.http, &detail.http) {
		return abi.NewError(abi.UnexpectedData, what(detail)+" says that the object is gone, and read, which would have to confirm it, asks the same; "+
			"give read another request, such as a search by the id, say how the list tells it (deleted), or write a rule with then: gone")
	}
	answers, err := r.send(ctx, []call{i.call}, 1)
	if err != nil {
		return err
	}
	objects, unknown, err := i.objects(ctx, &answers[0])
	if err != nil {
		return asRead(err)
	}
	if len(q.Rows) > 0 {
		objects = w.own(newDecoder(r.engine, p, p.fields), objects)
	}
	if len(objects) > 0 {
		return abi.NewError(abi.UnexpectedData, what(detail)+" says that the object is gone, and "+what(&i.call)+" that it is there")
	}
	return unknown
}

// asksTheSame says whether read asks for what a detail was asked for. A path with the
// object in it is the object, whatever the query.
func asksTheSame(q *recipe.Read, read, detail *abi.HTTPRequest) bool {
	if read.Target != detail.Target || read.Path != detail.Path {
		return false
	}
	if _, fixed := q.Request.Path.Literal(); !fixed {
		return true
	}
	return read.Body == detail.Body && slices.Equal(read.Query, detail.Query)
}

// asRead takes the word export out of an error about reading.
func asRead(err error) error {
	if e := abi.AsError(err); e != nil && e.Code == abi.EntryExport {
		e.Code = abi.UnexpectedData
	}
	return err
}
