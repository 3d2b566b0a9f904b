package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// table is a lookup that was read.
type table struct {
	names map[string]string
	keys  map[string]scalar
	// twice are the second keys of names that more than one has.
	twice map[string]scalar
	// stand, if not nil, is the word for what is not there.
	stand func(text string) string
	// pager reads the rest; nil once that is all.
	pager *pager
}

func (t *table) name(key scalar) (string, bool) {
	if t == nil {
		return "", false
	}
	name, ok := t.names[key.text]
	if !ok && t.stand != nil {
		return t.stand(key.text), true
	}
	return name, ok
}

func (t *table) key(name string) (scalar, bool) {
	if t == nil {
		return scalar{}, false
	}
	key, ok := t.keys[name]
	if !ok && t.stand != nil {
		return textScalar(t.stand(name)), true
	}
	return key, ok
}

// readLookup reads a table once: as many of its pages as are left, which it counts. It
// says whether that is all.
func (e *engine) readLookup(ctx context.Context, name string, pages *int) (ready bool, err error) {
	l := e.recipe.Lookup(name)
	if l == nil {
		e.lookups[name] = &table{}
		return true, nil
	}
	defer func() {
		if err != nil {
			delete(e.lookups, name) // what was read of it is not all
		}
	}()
	t := e.lookups[name]
	if t == nil {
		t = &table{names: make(map[string]string), keys: make(map[string]scalar), twice: make(map[string]scalar)}
		if e.stand != nil {
			t.stand = func(text string) string { return e.stand.StandIn(name, text) }
		}
		t.pager = newPager(e, &l.List, []string{l.Key, l.Value}, scope{engine: e, code: abi.UnexpectedData})
		e.lookups[name] = t
	}
	for p := t.pager; p != nil && !p.done; {
		if *pages == 0 {
			return false, nil
		}
		row, err := p.raws(ctx)
		if err != nil {
			return false, err
		}
		if row == nil {
			*pages--
			continue
		}
		key, there := parseSingle(row[0])
		if !there || key.text == "" {
			return false, p.unexpected("row " + itoa(p.inPage) + " has no key of the lookup " + name + " at " + l.Key)
		}
		name := rawText(row[1])
		if other, there := t.names[key.text]; there && other != name {
			return false, p.unexpected("the lookup " + l.Name + " has two names for the key " + cut(key.text) + ", " + cut(other) + " and " + cut(name))
		}
		t.add(key, name)
	}
	t.pager = nil
	return true, nil
}

// add notes a key and its name, be it empty.
func (t *table) add(key scalar, name string) {
	t.names[key.text] = name
	if name == "" {
		return
	}
	first, there := t.keys[name]
	_, twice := t.twice[name]
	switch {
	case !there:
		t.keys[name] = key
	case first != key && !twice:
		t.twice[name] = key
	}
}

// table returns a lookup, nil if it was not read so far: then it is noted as missed.
func (c *converter) table(name string) *table {
	t := c.lookups[name]
	if t == nil {
		c.missed = name
	}
	return t
}

// withLookups does what converts values, and reads the lookups that it turns out to
// need: then it is done anew. It must send nothing.
func (e *engine) withLookups(ctx context.Context, do func() error) error {
	for {
		e.missed = ""
		err := do()
		name := e.missed
		if name == "" {
			return err
		}
		if err := e.lookup(ctx, name); err != nil {
			return err
		}
	}
}

// lookup reads a lookup that an entry needs. That it cannot be read is the error of each
// such entry, and of no other; it is not asked for again until failed is cleared.
func (e *engine) lookup(ctx context.Context, name string) error {
	if err := e.failed[name]; err != nil {
		return err
	}
	pages := allPages
	_, err := e.readLookup(ctx, name, &pages)
	if abi.AsError(err) == nil || ctx.Err() != nil {
		return err
	}
	wrong := *abi.AsError(err)
	wrong.Code, wrong.Name, wrong.Message = abi.EntryExport, "", "the lookup "+name+" cannot be read: "+wrong.Message
	if e.failed == nil {
		e.failed = make(map[string]error)
	}
	e.failed[name] = &wrong
	return &wrong
}

// lookUp finds what the steps of w that are taken look up of what is known before the
// first of them: a name that is not there, or a lookup that cannot be read, is to be known
// before anything is sent.
func (r *exportRun) lookUp(ctx context.Context, w *work) error {
	if len(r.recipe.Lookups) == 0 {
		return nil
	}
	return r.withLookups(ctx, func() error {
		for i := range w.op.Steps {
			s := &w.op.Steps[i]
			if !w.holds(s.When) {
				continue
			}
			values := []*scalar{nil}
			if s.Each != nil {
				values = nil
				each := ours(w.eachValue(s.Each), true)
				for j := range each.items {
					values = append(values, &each.items[j])
				}
			}
			for _, value := range values {
				if err := w.looksUp(&s.Request, value); err != nil {
					return placed(err, s.Request.At)
				}
			}
		}
		return nil
	})
}

// looksUp looks up what a request needs, as lookUp does.
func (w *work) looksUp(q *recipe.Request, each *scalar) (err error) {
	sc := w.scope("")
	sc.each = each
	eachTemplate(q, func(t recipe.Template) {
		for i := range t {
			if err == nil && t[i].Ref != nil && looksUp(t[i].Pipes) {
				_, err = sc.piece(&t[i])
			}
		}
	})
	for i := range w.recipe.Attributes {
		if a := &w.recipe.Attributes[i]; err == nil && len(a.Write) > 0 && q.Sends(a) {
			_, _, err = w.written(i, true)
		}
	}
	return err
}

func looksUp(pipes []recipe.Pipe) bool {
	for i := range pipes {
		if pipes[i].Name == "lookup" {
			return true
		}
	}
	return false
}
