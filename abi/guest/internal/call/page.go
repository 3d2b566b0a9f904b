package call

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// Source is where pages come from: GetImportEntries of a connector.
type Source func(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error)

// Pages hands out a connector's entries in pages that fit: what a connector
// returns over the limits waits for the next page.
type Pages struct {
	waiting []abi.CSEntryChange
	// after is what the connector said besides the waiting entries: it holds once
	// all of them are out.
	after abi.GetImportEntriesResults
	asked bool
}

// replyOverhead is room for what surrounds the entries in a reply, the watermark
// apart.
const replyOverhead = 256

// Next writes the reply with the next page to w.
func (p *Pages) Next(ctx context.Context, w *wire.Writer, step abi.GetImportEntriesRunStep, source Source) error {
	if len(p.waiting) == 0 && (!p.asked || p.after.MoreToImport) {
		results, err := source(ctx, step)
		if err != nil {
			return err
		}
		p.asked, p.waiting, p.after = true, results.Entries, results
		p.after.Entries = nil
	}
	w.Object()
	w.Key("result")
	w.Object()
	w.Key("entries")
	w.Array()
	if err := p.write(w, step); err != nil {
		return err
	}
	w.EndArray()
	customData, more := p.after.CustomData, p.after.MoreToImport
	if len(p.waiting) > 0 {
		customData, more = step.CustomData, true
	}
	if customData != "" {
		w.Key("custom_data")
		w.String(customData)
	}
	if more {
		w.Key("more_to_import")
		w.Bool(true)
	}
	w.EndObject()
	w.EndObject()
	return nil
}

// write writes as many of the waiting entries as fit, at least one.
func (p *Pages) write(w *wire.Writer, step abi.GetImportEntriesRunStep) error {
	entries, bytes := step.MaxEntries, step.MaxBytes
	if entries <= 0 {
		entries = abi.DefaultPageEntries
	}
	if bytes <= 0 || bytes > abi.MaxPageBytes {
		bytes = abi.MaxPageBytes
	}
	bytes -= replyOverhead + len(step.CustomData) + len(p.after.CustomData)
	count := 0
	for count < len(p.waiting) && count < entries {
		before := w.Len()
		if err := writeEntry(w, &p.waiting[count], count > 0); err != nil {
			return err
		}
		if w.Len() > bytes && count > 0 {
			w.Truncate(before, true)
			break
		}
		count++
	}
	p.waiting = p.waiting[count:]
	return nil
}

// writeEntry writes one entry, or its anchor with an import error when the entry
// cannot travel: it counts as present all the same, so nobody takes it for
// deleted.
func writeEntry(w *wire.Writer, e *abi.CSEntryChange, comma bool) error {
	before := w.Len()
	abi.Encode(w, e)
	size := w.Len() - before
	if comma {
		size--
	}
	name := ""
	switch {
	case w.Err() != nil:
		name = "not-utf-8"
	case size > abi.MaxEntryBytes:
		name = "entry-too-large"
	case size > abi.MaxValueBytes && hasLargeValue(e):
		name = "value-too-large"
	default:
		return nil
	}
	w.Truncate(before, comma)
	abi.Encode(w, &abi.CSEntryChange{
		Modification: e.Modification, ObjectType: e.ObjectType, DN: e.DN, Anchor: e.Anchor,
		Error: &abi.EntryError{Code: abi.ImportErrorInvalidAttributeValue, Name: name},
	})
	if w.Err() != nil {
		return abi.NewError(abi.UnexpectedData, "an entry has an anchor that cannot travel: "+name)
	}
	return nil
}

// hasLargeValue looks for a value over the limit.
func hasLargeValue(e *abi.CSEntryChange) bool {
	for i := range e.Attributes {
		for _, values := range [][]abi.Value{e.Attributes[i].Values, e.Attributes[i].Deletes} {
			for j := range values {
				if values[j].Size() > abi.MaxValueBytes {
					return true
				}
			}
		}
	}
	return false
}
