package recipe

import "time"

// List is one list of objects.
type List struct {
	Request Request
	// Rows are the paths of lists.
	Rows []string
	// Anchor is the path of the anchor's value in a row of this list; empty: where the
	// attribute is read.
	Anchor string
	// Only keeps the rows for which every value is the one given.
	Only []RowMatch
	// Skip leaves out the rows for which one value is the one given.
	Skip   []RowMatch
	Paging Paging
	// Total is the path of the number of all rows, TotalHeader the header that it is
	// in instead; a run that gets fewer fails.
	Total, TotalHeader string
	// Incomplete are signs that a list was cut short: the import fails.
	Incomplete []RowMatch
	Detail     *Detail
	OnError    []ErrorRule
	At         string
}

// RowMatch is a path and the text of the value there. Several with one path are
// alternatives: one of them is enough.
type RowMatch struct{ Path, Value string }

// Detail reads each row's object by a request of its own.
type Detail struct {
	Request Request
	// Object is the path of the object in the answer.
	Object string
	// Anchor is the path in the object of the anchor that it must have; empty: where the
	// attribute is read, if there is something. Foreign says that it has none, or
	// another thing's.
	Anchor  string
	Foreign bool
	// AtOnce is how many requests are under way at once: 1 to 16, 8 unless it says.
	AtOnce int
	// Gone are the statuses that say that the object went since it was listed; 404
	// and 410 unless it says.
	Gone []StatusRange
	At   string
}

// PagingKind is how a target hands out a long list.
type PagingKind uint8

// The kinds of paging.
const (
	// NoPaging: one answer has all.
	NoPaging PagingKind = 0
	// Pages are numbered, from First.
	Pages PagingKind = 1
	// Offset counts rows, from First.
	Offset PagingKind = 2
	// Cursor is a word from the answer, sent in Param.
	Cursor PagingKind = 3
	// Link follows rel="next" of the Link header.
	Link PagingKind = 4
	// NextURL follows the URL in the body at From.
	NextURL PagingKind = 5
	// LastKey sends the Field of the last row.
	LastKey PagingKind = 6
)

// Paging is how a target hands out a long list.
type Paging struct {
	Kind PagingKind
	// Param is the query parameter of the page number, offset, cursor or key;
	// empty: the request names it itself, as page.number, page.offset, page.cursor
	// or page.last.
	Param string
	// SizeParam is the query parameter of the page size, Size the size asked for:
	// the smaller of it and the run's.
	SizeParam string
	Size      int
	First     int
	// AnyHost follows a Link or NextURL that leads to another host by its path and
	// query at the target; else the host compares where it leads.
	AnyHost bool
	// From is the path of the next cursor or URL; FromHeader the header it is in.
	From, FromHeader string
	// Field is the path in a row for LastKey.
	Field string
	// AtOnce is how many pages are asked for side by side, for Pages and Offset: 1
	// unless it says, at most 16.
	AtOnce int
	// Short says that a page with fewer rows than asked for is the last; else only
	// an empty one is.
	Short bool
	// While is the path of what says that there is another page, Until that of what
	// says that there is none; at most one of the two is not "".
	While, Until string
}

// More is the path of what says whether there is another page, "" for none.
func (p *Paging) More() string {
	if p.Until != "" {
		return p.Until
	}
	return p.While
}

// Delta is how to ask for what changed.
type Delta struct {
	// Lists are read instead of Import's; delta.since is the mark to read from.
	Lists []List
	// Mark is how the next mark is found: the greatest Field of the rows, or the
	// target's clock in the Date header of the first answer of the run.
	MarkField string
	MarkDate  bool
	// Format is how the mark is sent, as in Date conversions; empty: as it came.
	Format string
	// Overlap is taken off the mark.
	Overlap time.Duration
	// Deleted tells rows that say that an object is gone.
	Deleted []RowMatch
	At      string
}

// Read finds one object by its anchor.
type Read struct {
	Request Request
	// Object is the path of the object; Rows instead, where the answer is a list, such
	// as that of a search.
	Object string
	Rows   []string
	// Paging, Total and TotalHeader, of Rows, are as in a List. Whole says that one
	// answer has all that the search finds: one of them must be there for an object to
	// be gone that is not among the rows.
	Paging             Paging
	Total, TotalHeader string
	Whole              bool
	// Detail is read behind it; nil: the object is row and detail alike.
	Detail *Detail
	// Gone are the statuses that say that there is no such object; 404 and 410
	// unless it says.
	Gone    []StatusRange
	OnError []ErrorRule
	At      string
}

// List is the list that the answer is where it has Rows.
func (r *Read) List() *List {
	return &List{Request: r.Request, Rows: r.Rows, Paging: r.Paging, Total: r.Total, TotalHeader: r.TotalHeader,
		Detail: r.Detail, OnError: r.OnError, At: r.At}
}

// Find finds one object by other attributes.
type Find struct {
	Read
	// By are the attributes that must be the same in what was found.
	By []string
}

// Lookup is a table of keys and names.
type Lookup struct {
	Name string
	List List
	// Key is the path of what objects hold, Value of what is shown for it.
	Key, Value string
	At         string
}
