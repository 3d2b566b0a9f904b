package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/ecmabox/ecmabox/scim"
)

// table holds the resources of one type.
type table struct {
	byID    map[string]*entry
	ordered []*entry // by seq
	indexes map[scim.Path]index
	unique  []scim.Path
	seq     int
}

// entry is the place of one resource; the resource in it is never changed, but
// replaced.
type entry struct {
	seq      int
	changes  int
	resource *scim.Resource
}

// index finds entries by the key of one of their values.
type index map[string][]*entry

func newTable(t *scim.ResourceType, paths []string) *table {
	x := &table{byID: map[string]*entry{}, indexes: map[scim.Path]index{}, unique: t.UniquePaths()}
	for _, p := range x.unique {
		x.indexes[p] = index{}
	}
	for _, s := range append([]string{"id", "externalId"}, paths...) {
		if p, err := t.ParsePath(s); err == nil {
			x.indexes[p] = index{}
		}
	}
	return x
}

func (t *table) nextSeq() int {
	t.seq++
	return t.seq
}

func (t *table) entry(id string) *entry {
	if t == nil {
		return nil
	}
	return t.byID[id]
}

func (e *entry) check(ifVersion string) error {
	switch {
	case e == nil:
		return scim.ErrNotFound
	case ifVersion != "" && ifVersion != e.resource.Meta.Version:
		return scim.ErrVersion
	}
	return nil
}

// checkUnique refuses a resource if another than own has one of its unique values.
func (t *table) checkUnique(r *scim.Resource, own *entry) error {
	for _, p := range t.unique {
		for v := range p.Values(r) {
			taken := func(e *entry) bool { return e != own }
			if slices.ContainsFunc(t.indexes[p][p.Key(v)], taken) {
				return scim.ErrUniqueness
			}
		}
	}
	return nil
}

func (t *table) insert(e *entry) {
	t.byID[e.resource.ID] = e
	t.ordered = append(t.ordered, e)
	t.index(e)
}

func (t *table) replace(e *entry, next *scim.Resource) {
	t.unindex(e)
	e.resource = next
	e.changes++
	t.index(e)
}

func (t *table) remove(e *entry) {
	t.unindex(e)
	delete(t.byID, e.resource.ID)
	i, _ := slices.BinarySearchFunc(t.ordered, e, bySeq)
	t.ordered = slices.Delete(t.ordered, i, i+1)
}

func (t *table) index(e *entry) {
	for p, x := range t.indexes {
		for v := range p.Values(e.resource) {
			k := p.Key(v)
			if n := len(x[k]); n == 0 || x[k][n-1] != e { // not twice for two equal values
				x[k] = append(x[k], e)
			}
		}
	}
}

func (t *table) unindex(e *entry) {
	for p, x := range t.indexes {
		for v := range p.Values(e.resource) {
			k := p.Key(v)
			rest := slices.DeleteFunc(x[k], func(o *entry) bool { return o == e })
			if len(rest) == 0 {
				delete(x, k)
			} else {
				x[k] = rest
			}
		}
	}
}

func bySeq(a, b *entry) int { return cmp.Compare(a.seq, b.seq) }

func (t *table) list(ctx context.Context, q scim.Query) (scim.Page, error) {
	matching, err := t.matching(ctx, q.Filter)
	if err != nil {
		return scim.Page{}, err
	}
	if q.SortBy.Known() {
		matching = slices.Clone(matching)
		slices.SortStableFunc(matching, func(a, b *entry) int {
			order := q.SortBy.Compare(a.resource, b.resource)
			if q.Descending {
				return -order
			}
			return order
		})
	}
	page := scim.Page{Total: len(matching)}
	first := min(q.StartIndex-1, len(matching))
	last := first + min(q.Count, len(matching)-first)
	for _, e := range matching[first:last] {
		page.Resources = append(page.Resources, e.resource)
	}
	return page, nil
}

// matching returns the entries that satisfy a filter, by seq. The slice may be
// the table's own.
func (t *table) matching(ctx context.Context, f scim.Filter) ([]*entry, error) {
	if f == nil {
		return t.ordered, nil
	}
	candidates, indexed := t.candidates(f)
	var found []*entry
	for i, e := range candidates {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if f.Match(e.resource) {
			found = append(found, e)
		}
	}
	if indexed {
		slices.SortFunc(found, bySeq)
	}
	return found, nil
}

// candidates returns a superset of the entries that match: the fewest that an
// index finds, or all.
func (t *table) candidates(f scim.Filter) (entries []*entry, indexed bool) {
	for _, c := range scim.Equalities(f) {
		x, ok := t.indexes[c.Path]
		if !ok {
			continue
		}
		if hits := x[c.Path.Key(c.Value)]; !indexed || len(hits) < len(entries) {
			entries, indexed = hits, true
		}
	}
	if !indexed {
		return t.ordered, false
	}
	return entries, true
}
