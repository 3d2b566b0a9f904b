package contract_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// target is a random population: what a connector has to send, in pages, with
// foreign objects, repeated objects and unselected attributes between.
type target struct {
	pages   []abi.GetImportEntriesResults
	want    []string // the anchors to be delivered, in order
	counted contract.ImportStats
}

func drawTarget(t *rapid.T) target {
	var out target
	known := map[string]abi.CSEntryChange{}
	var order []string
	pages := rapid.IntRange(1, 5).Draw(t, "pages")
	for p := range pages {
		page := abi.GetImportEntriesResults{MoreToImport: p < pages-1, CustomData: fmt.Sprint("w", p)}
		for range rapid.IntRange(0, 6).Draw(t, "entries") {
			page.Entries = append(page.Entries, out.draw(t, known, &order))
		}
		out.counted.Pages++
		if len(page.Entries) == 0 {
			out.counted.EmptyPages++
		}
		out.counted.Sent += int64(len(page.Entries))
		out.pages = append(out.pages, page)
	}
	out.counted.Delivered = int64(len(out.want))
	return out
}

func (out *target) draw(t *rapid.T, known map[string]abi.CSEntryChange, order *[]string) abi.CSEntryChange {
	id := fmt.Sprint("o", len(*order))
	switch rapid.SampledFrom([]string{"new", "new", "again", "foreign type", "foreign partition", "unselected", "broken"}).Draw(t, "kind") {
	case "again":
		if len(*order) > 0 {
			out.counted.Duplicates++
			e := known[rapid.SampledFrom(*order).Draw(t, "which")]
			e.Attributes = slices.Clone(e.Attributes)
			slices.Reverse(e.Attributes)
			return e
		}
	case "foreign type":
		out.counted.ForeignTypes++
		return abi.CSEntryChange{ObjectType: "group", Anchor: made(id)}
	case "foreign partition":
		out.counted.ForeignPartitions++
		return with(person(id), dn("uid="+id+",dc=west,dc=example"))
	case "unselected":
		out.counted.Attributes++
		return out.add(known, order, with(person(id, text("age", "?"), text("name", id)), dn("uid="+id+","+east.DN)))
	case "broken":
		out.counted.EntryErrors++
		return out.add(known, order, with(person(id), dn("uid="+id+","+east.DN), failed(abi.ImportErrorReadError)))
	}
	return out.add(known, order, with(person(id, text("name", rapid.String().Draw(t, "name")), text("made", "m")), dn("uid="+id+","+east.DN)))
}

func (out *target) add(known map[string]abi.CSEntryChange, order *[]string, e abi.CSEntryChange) abi.CSEntryChange {
	id := e.AnchorText("id")
	known[id] = with(e)
	if len(e.Attributes) > 0 && e.Attributes[0].Name == "age" {
		known[id] = with(e, func(e *abi.CSEntryChange) { e.Attributes = e.Attributes[1:] })
	}
	*order = append(*order, id)
	out.want = append(out.want, id)
	return e
}

// TestImportLosesAndInventsNothing: whatever comes in whatever pages, each object
// of the promise is delivered once, in order, and everything else is counted.
func TestImportLosesAndInventsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		sent := drawTarget(r)
		var err error
		// In a bubble the waits after empty pages take no time.
		synctest.Test(t, func(t *testing.T) { err = sent.isImportedWhole(t.Context()) })
		if err != nil {
			r.Fatal(err)
		}
	})
}

// isImportedWhole imports the target and tells what went wrong.
func (out *target) isImportedWhole(ctx context.Context) error {
	f := newFake(ldap())
	f.pages, f.closed = out.pages, "new"
	opened, err := enforce(f, contract.Promise{Attributes: []string{"name", "made"}}).OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{CustomData: "old"})
	if err != nil {
		return err
	}
	s := opened.(*contract.ImportSession)
	have, err := anchorsOf(ctx, s)
	if err != nil {
		return err
	}
	results, err := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	if last := out.pages[len(out.pages)-1].CustomData; err != nil || f.importClose.CustomData != last {
		return fmt.Errorf("error %v, the connector is closed with %q, want %q", err, f.importClose.CustomData, last)
	}
	if !slices.Equal(have, out.want) {
		return fmt.Errorf("delivered %v, want %v", have, out.want)
	}
	stats, want := s.Stats(), out.counted
	want.Complete = true
	if stats != want || stats.Sent != stats.Delivered+stats.Duplicates+stats.ForeignTypes+stats.ForeignPartitions {
		return fmt.Errorf("stats %+v, want %+v", stats, want)
	}
	if kept := results.CustomData == "new"; kept != (stats.EntryErrors == 0) {
		return fmt.Errorf("watermark %q after %d entry errors", results.CustomData, stats.EntryErrors)
	}
	return nil
}

// anchorsOf reads an import to its end and returns the anchors that came.
func anchorsOf(ctx context.Context, s *contract.ImportSession) ([]string, error) {
	var have []string
	for {
		page, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if err != nil {
			return nil, err
		}
		for i := range page.Entries {
			have = append(have, page.Entries[i].AnchorText("id"))
			for _, a := range page.Entries[i].Attributes {
				if a.Name != "name" && a.Name != "made" {
					return nil, fmt.Errorf("attribute %s was delivered", a.Name)
				}
			}
		}
		if !page.MoreToImport {
			return have, nil
		}
	}
}

// TestExportResultsStayWithTheirEntries: whatever a connector answers, each result
// handed on names an entry of the batch, none twice, and after a normal return
// without a violation every created object has an anchor or an error.
func TestExportResultsStayWithTheirEntries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		run := contract.NewExportRun(agreed(contract.Promise{}, quiet()))
		n := rapid.IntRange(1, 5).Draw(t, "entries")
		var entries []abi.CSEntryChange
		for i := range n {
			e := with(person(fmt.Sprint("o", i)), func(e *abi.CSEntryChange) { e.Identifier = fmt.Sprint(i) })
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				e.Anchor = nil
			case 1:
				e.Modification = abi.ObjectUpdate
			}
			entries = append(entries, e)
		}
		if err := run.Entries(n, entries); err != nil {
			t.Fatal(err)
		}
		var answer abi.PutExportEntriesResults
		for range rapid.IntRange(0, 6).Draw(t, "results") {
			r := abi.CSEntryChangeResult{
				Identifier: fmt.Sprint(rapid.IntRange(0, n).Draw(t, "identifier")),
				Code:       abi.ExportError(rapid.IntRange(0, 30).Draw(t, "code")),
			}
			if rapid.Bool().Draw(t, "anchor") {
				r.Anchor = made(rapid.SampledFrom([]string{"", "o0", "new"}).Draw(t, "made"))
			}
			answer.Results = append(answer.Results, r)
		}
		results, err := run.Results(entries, answer, true)
		have := map[string]abi.CSEntryChangeResult{}
		for _, r := range results.Results {
			if _, twice := have[r.Identifier]; twice || r.Identifier >= fmt.Sprint(n) || r.Code > abi.ExportErrorCustomContinueRun {
				t.Fatalf("result %+v was handed on", r)
			}
			have[r.Identifier] = r
		}
		for _, e := range entries {
			r := have[e.Identifier]
			if err == nil && e.Modification == abi.ObjectAdd && len(e.Anchor) == 0 && len(r.Anchor) == 0 && r.Code == abi.ExportSuccess {
				t.Fatalf("the object of entry %s was created and cannot be tracked", e.Identifier)
			}
		}
	})
}
