package main

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// format is how a command prints its result.
type format struct {
	asJSON, asTable bool
}

// formatFlags adds --json and --table: a table is the default on a terminal, JSON
// elsewhere.
func formatFlags(cmd *cobra.Command) *format {
	f := &format{}
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON (the default unless the output is a terminal)")
	cmd.Flags().BoolVar(&f.asTable, "table", false, "print a table (the default on a terminal)")
	cmd.MarkFlagsMutuallyExclusive("json", "table")
	return f
}

func (f *format) json(stdout io.Writer) bool {
	return f.asJSON || !f.asTable && !isTerminal(stdout)
}

// printJSON prints one value on one line.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// encoded is a message in the form of the ABI.
func encoded(m abi.Message) (json.RawMessage, error) {
	var w wire.Writer
	abi.Encode(&w, m)
	return w.Bytes(), w.Err()
}

// table prints rows below headings, in columns.
type table struct {
	w *tabwriter.Writer
}

func newTable(out io.Writer, headings ...string) *table {
	t := &table{tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)}
	if len(headings) > 0 {
		t.row(headings...)
	}
	return t
}

// nextTable is newTable below another one.
func nextTable(out io.Writer, headings ...string) *table {
	t := newTable(out)
	t.row("")
	t.row(headings...)
	return t
}

func (t *table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = visible(cell)
	}
	// tabwriter keeps the first error for Flush.
	_, _ = io.WriteString(t.w, strings.Join(cells, "\t")+"\n")
}

// more is the row behind a list that was cut.
func (t *table) more(rows int) {
	if rows > 0 {
		t.row("and " + strconv.Itoa(rows) + " more")
	}
}

func (t *table) flush() error { return t.w.Flush() }

// cut shortens a cell.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// buffered collects what is printed until a page or a result is complete.
func buffered(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 64<<10) }
