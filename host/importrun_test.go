package host_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
)

func discard([]abi.CSEntryChange) error { return nil }

func TestImportFull(t *testing.T) {
	t.Parallel()
	d := newDirectory("a", "b", "c")
	var names []string
	summary, err := openWith(t, d, host.Options{}, "").Import(t.Context(), host.ImportRequest{}, func(page []abi.CSEntryChange) error {
		for i := range page {
			names = append(names, page[i].AnchorText(""))
		}
		return nil
	})
	if err != nil || strings.Join(names, "") != "abc" || summary.Entries != 3 || !summary.Stats.Complete || summary.Type != abi.Full {
		t.Fatalf("%v, %+v, %v", names, summary, err)
	}
	if w := summary.Watermark; w == nil || w.CustomData != "at 3" || w.Connector != "x" || w.ObjectType != "user" || w.Partition != "default" {
		t.Errorf("watermark %+v", w)
	}
	wantCalls(t, d, `open Full from ""`, "close Normal")
}

func TestImportKeepsNoWatermark(t *testing.T) {
	t.Parallel()
	down := abi.NewError(abi.ServerDown, "down")
	failing := errors.New("full disk")
	tests := []struct {
		name   string
		change func(*directory)
		limit  int64
		each   func([]abi.CSEntryChange) error
		want   error
		reason string
	}{
		{"the second page fails", func(d *directory) {
			d.page = func(n int) (abi.GetImportEntriesResults, error) {
				if n == 2 {
					return abi.GetImportEntriesResults{}, down
				}
				return abi.GetImportEntriesResults{Entries: entries("a"), MoreToImport: true, CustomData: "x"}, nil
			}
		}, 0, discard, abi.ServerDown, "close Unknown"},
		{"the close fails", func(d *directory) { d.close = func(abi.CloseReason) error { return down } }, 0, discard, abi.ServerDown, "close Normal"},
		{"an object cannot be read", func(d *directory) {
			d.page = func(int) (abi.GetImportEntriesResults, error) {
				bad := entries("a")
				bad[0].Error = &abi.EntryError{Code: abi.ImportErrorCustomContinueRun}
				return abi.GetImportEntriesResults{Entries: bad, CustomData: "x"}, nil
			}
		}, 0, discard, nil, "close Normal"},
		{"the caller fails", nil, 0, func([]abi.CSEntryChange) error { return failing }, failing, "close TerminatedByUser"},
		{"the limit is reached", nil, 1, discard, nil, "close TerminatedByUser"},
		{"the limit is reached at a page's end", nil, 2, discard, nil, "close TerminatedByUser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory("a", "b", "c")
			if tt.change != nil {
				tt.change(d)
			}
			summary, err := openWith(t, d, host.Options{}, "").Import(t.Context(), host.ImportRequest{Limit: tt.limit}, tt.each)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if summary.Watermark != nil {
				t.Errorf("watermark %+v", summary.Watermark)
			}
			if tt.limit > 0 && summary.Entries != tt.limit {
				t.Errorf("%d entries, want %d", summary.Entries, tt.limit)
			}
			wantCalls(t, d, `open Full from ""`, tt.reason)
		})
	}
}

func TestImportInterrupted(t *testing.T) {
	t.Parallel()
	d := newDirectory("a", "b", "c")
	ctx, cancel := context.WithCancel(t.Context())
	summary, err := openWith(t, d, host.Options{}, "").Import(ctx, host.ImportRequest{}, func([]abi.CSEntryChange) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || summary.Watermark != nil || summary.Entries != 2 {
		t.Errorf("%+v, %v", summary, err)
	}
	wantCalls(t, d, `open Full from ""`, "close TerminatedByUser")
}

// TestImportInterruptedSilently: a connector that was told to stop says that there
// is no more.
func TestImportInterruptedSilently(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	ctx, cancel := context.WithCancel(t.Context())
	d.page = func(int) (abi.GetImportEntriesResults, error) {
		cancel()
		return abi.GetImportEntriesResults{CustomData: "w", Entries: entries("a")}, nil
	}
	summary, err := openWith(t, d, host.Options{}, "").Import(ctx, host.ImportRequest{}, discard)
	if !errors.Is(err, context.Canceled) || summary.Watermark != nil {
		t.Errorf("%+v, %v", summary, err)
	}
	wantCalls(t, d, `open Full from ""`, "close TerminatedByUser")
}

func TestImportDelta(t *testing.T) {
	t.Parallel()
	noWatermark := abi.NewError(abi.WarningNoWatermark, "too old")
	mark := func(change func(*host.Watermark)) *host.Watermark {
		w := &host.Watermark{Connector: "x", ObjectType: "user", Partition: "default", CustomData: "at 7"}
		if change != nil {
			change(w)
		}
		return w
	}
	tests := []struct {
		name    string
		mark    *host.Watermark
		open    func(abi.OpenImportConnectionRunStep) error
		page    func(n int) (abi.GetImportEntriesResults, error)
		instead bool
		want    string
		calls   []string
	}{
		{"from a watermark", mark(nil), nil, nil, false, "", []string{`open Delta from "at 7"`, "close Normal"}},
		{"without one", nil, nil, nil, true, "", []string{`open Full from ""`, "close Normal"}},
		{"the connector wants a full one", mark(nil), func(s abi.OpenImportConnectionRunStep) error {
			if s.ImportType == abi.Delta {
				return noWatermark
			}
			return nil
		}, nil, true, "", []string{`open Delta from "at 7"`, `open Full from ""`, "close Normal"}},
		{"it wants one and then fails too", mark(nil), func(abi.OpenImportConnectionRunStep) error { return noWatermark }, nil, true,
			"WarningNoWatermark", []string{`open Delta from "at 7"`, `open Full from ""`}},
		{"it wants one after the first page", mark(nil), nil, func(n int) (abi.GetImportEntriesResults, error) {
			if n > 1 {
				return abi.GetImportEntriesResults{}, noWatermark
			}
			return abi.GetImportEntriesResults{Entries: entries("a"), MoreToImport: true}, nil
		}, false, "WarningNoWatermark", []string{`open Delta from "at 7"`, "close Unknown"}},
		{"another connector's watermark", mark(func(w *host.Watermark) { w.Connector = "y" }), nil, nil, false, `connector "y"`, nil},
		{"another type's watermark", mark(func(w *host.Watermark) { w.ObjectType = "group" }), nil, nil, false, `object type "group"`, nil},
		{"another partition's watermark", mark(func(w *host.Watermark) { w.Partition = "p" }), nil, nil, false, `partition "p"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory("a")
			d.open, d.page = tt.open, tt.page
			summary, err := openWith(t, d, host.Options{}, "").Import(t.Context(), host.ImportRequest{Delta: true, Watermark: tt.mark}, discard)
			if (tt.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if (summary.FullInstead != "") != tt.instead {
				t.Errorf("full instead: %q", summary.FullInstead)
			}
			wantCalls(t, d, tt.calls...)
		})
	}
}

func TestWatermarkFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mark.json")
	if _, err := host.ReadWatermark(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	want := host.Watermark{Connector: "x", ObjectType: "user", Partition: "default", CustomData: strings.Repeat("\u0001", abi.MaxCustomData)}
	for range 2 {
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	have, err := host.ReadWatermark(path)
	if err != nil || *have != want {
		t.Fatalf("%v", err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("files left: %v", files)
	}
	for name, text := range map[string]string{"cut": `{"connector":`, "unknown key": `{"connektor":"x"}`, "huge": strings.Repeat(" ", 1<<20)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := host.ReadWatermark(path); err == nil || !strings.Contains(err.Error(), "full import") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := want.Write(filepath.Join(path, "under-a-file")); err == nil {
		t.Error("written below a file")
	}
}

func TestFileState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	s := host.NewFileState(path)
	if state, err := s.Load(t.Context()); err != nil || len(state) != 0 {
		t.Fatalf("%v, %v", state, err)
	}
	if err := s.Save(t.Context(), map[string][]byte{"a": {0, 255}, "b": nil}); err != nil {
		t.Fatal(err)
	}
	state, err := s.Load(t.Context())
	if err != nil || string(state["a"]) != "\x00\xff" || len(state) != 2 {
		t.Fatalf("%v, %v", state, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("damaged: %v", err)
	}
}
