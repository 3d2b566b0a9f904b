package scim

import "context"

// Backend keeps resources. The Handler calls it from many goroutines at once.
//
// The Handler checks syntax, types, mutability and required attributes; a
// Backend keeps what needs the store: it gives ids, versions and times, holds
// the values at ResourceType.UniquePaths unique, and compares versions. It does
// each of these in one step with the change itself.
//
// A store may keep attributes as JSON: see Object.MarshalJSON and
// ResourceType.ReadAttributes.
//
// Errors are those of this package, wrapped or not, or an *Error; anything else
// becomes 500 with a neutral sentence. A panic is left to net/http, which ends
// the connection.
type Backend interface {
	// Get returns a resource, or ErrNotFound. It may leave out attributes that
	// the selection does not include. Before a change the Handler asks with
	// SelectAll, for Update.Resource is made of what Get returns: what is missing
	// there is lost.
	Get(ctx context.Context, t *ResourceType, id string, sel Selection) (*Resource, error)

	// List returns the part of the matching resources that the query asks for
	// and how many match altogether. Without a sort the order is any that stays
	// the same while resources come and go.
	List(ctx context.Context, t *ResourceType, q Query) (Page, error)

	// Create stores a new resource. Its ID and Meta are empty; the Backend
	// returns the resource with both. ErrUniqueness if a unique value is taken.
	Create(ctx context.Context, t *ResourceType, r *Resource) (*Resource, error)

	// Update puts a resource in the place of the one with its ID and returns it
	// as stored. ErrNotFound, ErrUniqueness, or ErrVersion if the stored version
	// is not Update.IfVersion.
	Update(ctx context.Context, t *ResourceType, u Update) (*Resource, error)

	// Delete removes a resource. ErrNotFound, or ErrVersion as for Update.
	Delete(ctx context.Context, t *ResourceType, id, ifVersion string) error
}

// Update is a change of a resource.
type Update struct {
	// Resource is the whole resource as it shall be, with its ID. Its Meta is
	// that of the resource that was read.
	Resource *Resource
	// IfVersion is the version that the change is based on. Empty means that the
	// store has no versions and the change is made in any case.
	IfVersion string
	// Patch is the PATCH that led to Resource, nil for a PUT: for stores that
	// write single attributes, and for values that are never kept, such as
	// passwords.
	Patch []PatchOp
}

// Query asks for a part of the resources of a type.
type Query struct {
	// Filter is nil for all resources.
	Filter Filter
	// SortBy orders the result if it is Known (RFC 7644 section 3.4.2.3):
	// by Path.Compare, resources without a value last, or first if Descending.
	SortBy     Path
	Descending bool
	// StartIndex is the position of the first resource wanted, from 1.
	StartIndex int
	// Count is the greatest number of resources wanted. Zero asks for the total
	// alone. It is never more than Config.MaxPageSize.
	Count int
	// Selection says which attributes will be part of the answer.
	Selection Selection
}

// Page is a part of the matching resources.
type Page struct {
	// Total is how many resources match altogether.
	Total     int
	Resources []*Resource
}

// Compare orders two resources by their first or primary value at the path, as
// sortBy does (RFC 7644 section 3.4.2.3); a resource without a value comes last.
func (p Path) Compare(r, s *Resource) int {
	v, w := p.sortValue(r), p.sortValue(s)
	switch {
	case v.IsAbsent() && w.IsAbsent():
		return 0
	case v.IsAbsent():
		return 1
	case w.IsAbsent():
		return -1
	}
	order, _ := compareValues(p.leaf(), v, w)
	return order
}

func (p Path) sortValue(r *Resource) Value {
	var chosen Value
	for _, item := range p.attributeValue(r).Items() {
		v := item
		if p.sub != nil {
			v = item.Object().Get(p.sub.Name)
		}
		if chosen.IsAbsent() || item.Object().Get("primary").Bool() && !v.IsAbsent() {
			chosen = v
		}
	}
	return chosen
}
