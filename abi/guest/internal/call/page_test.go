package call_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

func entry(id, value string) abi.CSEntryChange {
	return abi.CSEntryChange{
		Modification: abi.ObjectAdd,
		Anchor:       []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}},
		Attributes:   []abi.AttributeChange{abi.Add("v", abi.StringValue(value))},
	}
}

// next plays the host: it reads the page as the host does.
func next(pages *call.Pages, step abi.GetImportEntriesRunStep, source call.Source) (abi.GetImportEntriesResults, int, error) {
	var w wire.Writer
	var results abi.GetImportEntriesResults
	if err := pages.Next(context.Background(), &w, step, source); err != nil {
		return results, 0, err
	}
	if w.Err() != nil {
		return results, 0, w.Err()
	}
	return results, w.Len(), abi.DecodeReply(string(w.Bytes()), &results, nil)
}

// TestPagesLoseNothing has whatever a connector returns arrive once, in order, in
// pages within the limits, with the watermark only after the last entry it
// covers.
func TestPagesLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		batches := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 5).Draw(t, "batches")
		step := abi.GetImportEntriesRunStep{
			MaxEntries: rapid.IntRange(1, 12).Draw(t, "max entries"),
			MaxBytes:   rapid.IntRange(600, 4000).Draw(t, "max bytes"),
		}
		var want, have []string
		asked := 0
		source := func(context.Context, abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
			r := abi.GetImportEntriesResults{CustomData: fmt.Sprint("after ", asked), MoreToImport: asked+1 < len(batches)}
			for i := range batches[asked] {
				id := fmt.Sprintf("%d-%d", asked, i)
				want = append(want, id)
				r.Entries = append(r.Entries, entry(id, strings.Repeat("x", i*7)))
			}
			asked++
			return r, nil
		}
		var pages call.Pages
		for more := true; more; {
			before := step.CustomData
			results, size, err := next(&pages, step, source)
			if err != nil {
				t.Fatal(err)
			}
			if len(results.Entries) > step.MaxEntries || size > step.MaxBytes && len(results.Entries) > 1 {
				t.Fatalf("a page of %d entries and %d bytes, allowed are %d and %d", len(results.Entries), size, step.MaxEntries, step.MaxBytes)
			}
			for _, e := range results.Entries {
				have = append(have, e.AnchorText("id"))
			}
			if len(have) < len(want) && results.CustomData != before {
				t.Fatalf("the watermark moved to %q with entries waiting", results.CustomData)
			}
			step.CustomData, more = results.CustomData, results.MoreToImport
		}
		if fmt.Sprint(have) != fmt.Sprint(want) || asked != len(batches) {
			t.Fatalf("have %v\nwant %v", have, want)
		}
		if step.CustomData != fmt.Sprint("after ", len(batches)-1) {
			t.Fatalf("the watermark is %q", step.CustomData)
		}
	})
}

// TestEntriesThatCannotTravel are sent as their anchor with an error, at the
// limit and one past it.
func TestEntriesThatCannotTravel(t *testing.T) {
	t.Parallel()
	large := func(n int) string { return strings.Repeat("x", n) }
	two := func(n int) abi.CSEntryChange {
		e := entry("e", large(abi.MaxValueBytes))
		e.Attributes = append(e.Attributes, abi.Add("w", abi.StringValue(large(n))))
		return e
	}
	var w wire.Writer
	abi.Encode(&w, &abi.CSEntryChange{})
	probe := two(0)
	w.Reset()
	abi.Encode(&w, &probe)
	room := abi.MaxEntryBytes - w.Len()
	tests := []struct {
		name  string
		entry abi.CSEntryChange
		want  string
	}{
		{"value at the limit", entry("a", large(abi.MaxValueBytes)), ""},
		{"value one past it", entry("a", large(abi.MaxValueBytes+1)), "value-too-large"},
		{"entry at the limit", two(room), ""},
		{"entry one past it", two(room + 1), "entry-too-large"},
		{"not UTF-8", entry("a", "\xff"), "not-utf-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := func(context.Context, abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
				return abi.GetImportEntriesResults{Entries: []abi.CSEntryChange{entry("before", "x"), tt.entry, entry("after", "y")}}, nil
			}
			var pages call.Pages
			results, _, err := next(&pages, abi.GetImportEntriesRunStep{}, source)
			if err != nil || len(results.Entries) != 3 {
				t.Fatalf("%d entries, %v", len(results.Entries), err)
			}
			have := results.Entries[1]
			if have.AnchorText("id") != tt.entry.AnchorText("id") || results.Entries[2].AnchorText("id") != "after" {
				t.Errorf("anchors %q and %q", have.AnchorText("id"), results.Entries[2].AnchorText("id"))
			}
			name := ""
			if have.Error != nil {
				name = have.Error.Name
			}
			if name != tt.want {
				t.Errorf("error %q, want %q", name, tt.want)
			}
		})
	}
	broken := entry("\xff", "x")
	_, _, err := next(&call.Pages{}, abi.GetImportEntriesRunStep{}, func(context.Context, abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
		return abi.GetImportEntriesResults{Entries: []abi.CSEntryChange{broken}}, nil
	})
	if !errors.Is(err, abi.UnexpectedData) {
		t.Errorf("an anchor that cannot travel: %v", err)
	}
}

// TestPageFailure has a failing source fail the call, and the next call try
// again.
func TestPageFailure(t *testing.T) {
	t.Parallel()
	var pages call.Pages
	fails := true
	source := func(context.Context, abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
		if fails {
			return abi.GetImportEntriesResults{}, abi.ServerDown
		}
		return abi.GetImportEntriesResults{Entries: []abi.CSEntryChange{entry("a", "x")}}, nil
	}
	if _, _, err := next(&pages, abi.GetImportEntriesRunStep{}, source); !errors.Is(err, abi.ServerDown) {
		t.Fatalf("have %v", err)
	}
	fails = false
	if results, _, err := next(&pages, abi.GetImportEntriesRunStep{}, source); err != nil || len(results.Entries) != 1 {
		t.Fatalf("have %v, %v", results, err)
	}
}
