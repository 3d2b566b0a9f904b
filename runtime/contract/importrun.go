package contract

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// MaxEntryErrors is how many entry errors one import may have. One more ends the
// run, as it does in ECMA's engine.
const MaxEntryErrors = 5_000

// DefaultMaxImportObjects is how many objects one full import may name unless the promise
// says otherwise: an import without end must not take all memory, in which each of
// its objects has 40 bytes, and 80 with a DN (see BenchmarkSeenMemory).
const DefaultMaxImportObjects = 10_000_000

// ImportStats are the counts of one import, after its last checked page. Sent is
// always the sum of Delivered, Duplicates, ForeignTypes and ForeignPartitions.
type ImportStats struct {
	// Pages counts all pages, EmptyPages those without an entry.
	Pages, EmptyPages int64
	// Sent counts the entries of the connector, Delivered those handed on.
	Sent, Delivered int64
	// Duplicates, ForeignTypes and ForeignPartitions count the entries dropped:
	// identical ones, those of another object type, those of another partition.
	Duplicates, ForeignTypes, ForeignPartitions int64
	// Attributes counts the attributes dropped, not selected or not to be
	// imported.
	Attributes int64
	// EntryErrors counts the objects that could not be read, among those
	// delivered; Unidentified those of them without an anchor.
	EntryErrors, Unidentified int64
	// Complete says that a full import came to its end and named every object:
	// what is absent from it is gone. It is set by ImportSession.
	Complete bool
}

// ImportRun checks the pages of one import. It is pure: it calls nobody. Not safe
// for concurrent use.
type ImportRun struct {
	agreement  *Agreement
	importType abi.OperationType
	stats      ImportStats
	notes      notes
	// inTime, if there is one, is asked for every few entries whether to go on.
	inTime func() error
	// seen is nil in a delta import: there the same object may change twice.
	seen *seen

	attributes []abi.SchemaAttribute
	index      map[string]int
	anchor     abi.SchemaAttribute
	// mark holds, per attribute, the last entry that had it, by its number.
	mark  []int64
	entry int64

	style     abi.DistinguishedNameStyle
	partition []byte
	dn        []byte
}

// NewImportRun returns the checks of one import under an agreement.
func NewImportRun(a *Agreement, importType abi.OperationType) *ImportRun {
	r := &ImportRun{agreement: a, importType: importType, style: a.Capabilities.DistinguishedNameStyle, index: make(map[string]int)}
	if importType != abi.Delta {
		r.seen = newSeen(a.MaxImportObjects)
	}
	for i, attribute := range a.ImportSchema.Types[0].Attributes {
		r.attributes = append(r.attributes, attribute)
		r.index[attribute.Name] = i
		if attribute.Anchor {
			r.anchor = attribute
		}
	}
	r.mark = make([]int64, len(r.attributes))
	if r.style == abi.DNLdap && a.Partition != abi.DefaultPartition {
		r.partition, _ = normalizeDN(nil, a.Partition.DN)
	}
	return r
}

// Stats returns the counts so far.
func (r *ImportRun) Stats() ImportStats { return r.stats }

// Findings returns what was dropped, set right or worth knowing so far.
func (r *ImportRun) Findings() []Finding { return r.notes.findings() }

// Page checks one page of at most limit entries and returns what is left of it:
// a page of its own, whose entries have their modification and object type filled
// in. The page handed in is not changed. On an error the run is over and the
// counts are those of the pages before.
func (r *ImportRun) Page(limit int, page abi.GetImportEntriesResults) (abi.GetImportEntriesResults, error) {
	if err := checkWatermark("GetImportEntries", page.CustomData); err != nil {
		return abi.GetImportEntriesResults{}, err
	}
	if len(page.Entries) > limit {
		return abi.GetImportEntriesResults{}, violation("GetImportEntries", rulePageTooLarge, place{},
			"the page has %d entries; at most %d were asked for", len(page.Entries), limit)
	}
	defer r.seen.tell()
	before := r.stats
	kept := make([]abi.CSEntryChange, 0, len(page.Entries))
	for i := range page.Entries {
		if i%entriesAtATime == 0 && r.inTime != nil {
			if err := r.inTime(); err != nil {
				r.stats = before
				return abi.GetImportEntriesResults{}, err
			}
		}
		r.entry++
		kept = append(kept, page.Entries[i])
		keep, err := r.check(&kept[len(kept)-1])
		if err != nil {
			r.stats = before
			return abi.GetImportEntriesResults{}, err
		}
		if !keep {
			kept = kept[:len(kept)-1]
		}
	}
	r.stats.Pages++
	if len(page.Entries) == 0 {
		r.stats.EmptyPages++
	}
	r.stats.Sent += int64(len(page.Entries))
	r.stats.Delivered += int64(len(kept))
	page.Entries = kept
	return page, nil
}

// entriesAtATime is how many entries are checked between two looks at the time: each may
// have a DN of 4 KiB, or hundreds of thousands of values.
const entriesAtATime = 16

// checkWatermark bounds a watermark that a connector answered.
func checkWatermark(op, customData string) error {
	if len(customData) <= abi.MaxCustomData {
		return nil
	}
	return violation(op, ruleWatermarkTooLong, place{}, "the watermark has %d bytes; at most %d are allowed", len(customData), abi.MaxCustomData)
}

// check checks one entry, sets right what may be, and reports whether it is
// handed on.
func (r *ImportRun) check(e *abi.CSEntryChange) (keep bool, err error) {
	if e.Error != nil && e.Error.Code == abi.ImportErrorCustomStopRun {
		return false, stopRun("GetImportEntries", e.Error.Name, e.Error.Detail, e.DN)
	}
	if r.foreignType(e) {
		return false, nil
	}
	if err := r.distinguishedName(e); err != nil {
		return false, err
	}
	if r.foreignPartition(e) {
		return false, nil
	}
	if err := r.modification(e); err != nil {
		return false, err
	}
	if err := r.anchorOf(e); err != nil {
		return false, err
	}
	if err := r.attributesOf(e); err != nil {
		return false, err
	}
	if keep, err = r.first(e); keep {
		err = r.entryError(e)
	}
	return keep, err
}

func (r *ImportRun) fail(code string, e *abi.CSEntryChange, format string, args ...any) error {
	return r.failAttribute(code, e, "", format, args...)
}

// failAttribute names the entry by its number in the run and, if it has one, its
// DN or anchor.
func (r *ImportRun) failAttribute(code string, e *abi.CSEntryChange, attribute, format string, args ...any) error {
	text := "entry %d"
	all := []any{r.entry}
	if e.DN == "" && len(e.Anchor) > 0 {
		text += " (anchor %s)"
		all = append(all, quoted(e.Anchor[0].Value.Text()))
	}
	return violation("GetImportEntries", code, place{DN: e.DN, ObjectType: r.agreement.ObjectType, Attribute: attribute}, text+": "+format, append(all, args...)...)
}

// stopRun is how a connector ends a run on its own word.
func stopRun(op, name, detail, dn string) error {
	err := violation(op, ruleStopRun, place{DN: dn}, "the connector ends the run").(*abi.Error)
	err.Name, err.Detail = strings.Clone(name), strings.Clone(detail) // not the page that they are parts of
	return err
}

func (r *ImportRun) foreignType(e *abi.CSEntryChange) bool {
	promised := r.agreement.ObjectType
	if e.ObjectType == "" {
		e.ObjectType = promised
	}
	if e.ObjectType == promised {
		return false
	}
	r.stats.ForeignTypes++
	if r.notes.hit(ruleObjectTypeForeign) {
		r.notes.explain("an object of type %s was dropped; %s was promised", quoted(e.ObjectType), quoted(promised))
	}
	return true
}

// first reports whether an object of a full import is new, and fails if it came
// before and was another then.
func (r *ImportRun) first(e *abi.CSEntryChange) (bool, error) {
	if r.seen == nil || r.unidentified(e) {
		return true, nil
	}
	if err := r.seen.grow(); err != nil {
		return false, err
	}
	switch r.seen.object(r.key(e), r.seen.content(e, r.dn)) {
	case identical:
		r.stats.Duplicates++
		if r.notes.hit(ruleDuplicateIdentical) {
			r.notes.explain("entry %d came before, unchanged", r.entry)
		}
		return false, nil
	case different:
		return false, r.fail(ruleDuplicateDiffers, e, "an object with this anchor came before, and was another: it changed while the list was read, and moved to where it was read again, or two objects have one anchor; "+
			"import again, and if that fails as well, have the list read in an order that does not change, such as by the anchor, or see that no two share one")
	case tooMany:
		return false, &abi.Error{Code: abi.LimitExceeded, Op: "GetImportEntries", Side: abi.SideGuest, Limit: "MaxImportObjects",
			Used: int64(r.seen.most) + 1, Allowed: int64(r.seen.most),
			Message: "the full import names too many objects: let it name fewer, or raise Config.MaxImportObjects, or Promise.MaxImportObjects where that is less"}
	}
	if len(r.dn) > 0 && !r.agreement.Capabilities.IsDNAsAnchor && !r.seen.name(r.dn) {
		return false, r.fail(ruleDNDuplicate, e, "another object has this DN")
	}
	return true, nil
}

// forget lets go of what is remembered, when no page follows.
func (r *ImportRun) forget() { r.seen = nil }

// key hashes what identifies the object of an entry.
func (r *ImportRun) key(e *abi.CSEntryChange) uint64 {
	if r.agreement.Capabilities.IsDNAsAnchor {
		return r.seen.bytes(r.dn)
	}
	return r.seen.value(e.Anchor[0].Value)
}

// unidentified reports whether an entry names its object not at all.
func (r *ImportRun) unidentified(e *abi.CSEntryChange) bool {
	if r.agreement.Capabilities.IsDNAsAnchor {
		return e.DN == ""
	}
	return len(e.Anchor) == 0
}
