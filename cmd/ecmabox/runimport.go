package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

type importFlags struct {
	runFlags
	delta      *bool
	watermark  *string
	attributes *[]string
	limit      *int64
}

func importCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import -c FILE",
		Short: "Import: print every object, or with --delta what changed",
		Long: "Import: print every object, or with --delta what changed since the watermark. As JSON it\nis one entry a line, in the form of the ABI. The watermark file is replaced only after\n" +
			"the run was read to its end and closed cleanly, with every entry printed.",
		Args: cobra.NoArgs,
	}
	f := importFlags{
		runFlags: addRunFlags(cmd), delta: cmd.Flags().Bool("delta", false, "import what changed since the watermark"),
		watermark:  cmd.Flags().String("watermark", "", "file that keeps where the next delta begins; needed with --delta"),
		attributes: cmd.Flags().StringSlice("attributes", nil, "attributes to import, instead of those of the configuration"),
		limit:      cmd.Flags().Int64("limit", 0, "stop after so many entries; no watermark is kept then"),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		request, err := f.request()
		if err == nil {
			err = f.imports(&request, f.attributes)
		}
		if err != nil {
			return err
		}
		*f.limit = request.Limit
		c, err := loadConfig(*f.file)
		if err != nil {
			return err
		}
		if len(*f.attributes) > 0 {
			c.Promise.Attributes = *f.attributes
		}
		p := newProgress(e)
		e := p.share(e)
		return f.with(cmd.Context(), e, c, host.Options{Progress: p.guest}, func(connector *host.Connector) error {
			defer p.end()
			if err := f.spare(cmd.Context(), connector, c.Connector, &request); err != nil {
				return err
			}
			return f.run(cmd.Context(), e, connector, request, p)
		})
	}
	return cmd
}

// request checks the flags and reads the watermark.
func (f importFlags) request() (host.ImportRequest, error) {
	r := host.ImportRequest{Delta: *f.delta, Limit: *f.limit}
	if *f.watermark != "" {
		if err := tryPlace(*f.watermark); err != nil {
			return r, usageError{fmt.Errorf("--watermark: %w", err)}
		}
	}
	switch {
	case r.Delta && *f.watermark == "":
		return r, usageError{errors.New("--delta needs --watermark FILE")}
	case r.Limit < 0:
		return r, usageError{errors.New("--limit is negative")}
	case *f.watermark == "":
		return r, nil
	}
	var err error
	if r.Watermark, err = host.ReadWatermark(*f.watermark); errors.Is(err, fs.ErrNotExist) {
		// The run says that it is a full one then.
		return r, nil
	}
	if err != nil {
		err = usageError{err}
	}
	return r, err
}

// tryPlace finds out before a run whether its watermark can be kept.
func tryPlace(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".watermark-*")
	if err != nil {
		// Not the name of the file of the trial.
		if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("%s cannot be kept: %w", path, err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// spare refuses a full import that would put its watermark in the place of another
// connector's. The host does so for a delta.
func (f importFlags) spare(ctx context.Context, c *host.Connector, name string, request *host.ImportRequest) error {
	if request.Delta || request.Watermark == nil {
		return nil
	}
	a, err := c.Agreement(ctx)
	if err != nil {
		return err
	}
	w := request.Watermark
	if w.Connector == name && w.ObjectType == a.ObjectType && w.Partition == a.Partition.Name {
		request.Watermark = nil
		return nil
	}
	return fmt.Errorf("%w: %s belongs to connector %q, object type %q, partition %q; use a file of its own for each, or delete it",
		host.ErrForeignWatermark, *f.watermark, w.Connector, w.ObjectType, w.Partition)
}

func (f importFlags) run(ctx context.Context, e *environment, c *host.Connector, request host.ImportRequest, p *progress) error {
	out := buffered(e.stdout)
	printer, err := f.printer(ctx, e, c, out)
	if err != nil {
		return err
	}
	summary, err := c.Import(ctx, request, func(page []abi.CSEntryChange) error {
		if err := printer.page(page); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		p.add(len(page))
		return nil
	})
	p.end()
	cut := err == nil && summary.Watermark == nil && *f.limit > 0 && summary.Entries == *f.limit
	if cut {
		// It was asked to end early: that is no news.
		summary.Findings = slices.DeleteFunc(summary.Findings, func(f contract.Finding) bool { return f.Rule == "ECMA-WATERMARK-NOT-KEPT" })
	}
	err = errors.Join(err, out.Flush(), printFindings(e, summary.Findings))
	if err == nil && summary.Watermark != nil && *f.watermark != "" {
		err = summary.Watermark.Write(*f.watermark)
	}
	if summary.Watermark != nil {
		f.tape.watermark = summary.Watermark.CustomData
	}
	f.tell(e, summary, cut, err)
	if err == nil && summary.Stats.EntryErrors > 0 {
		return entriesError{text: fmt.Sprintf("%d objects could not be read", summary.Stats.EntryErrors)}
	}
	return err
}

// tell sums up a run on the error output: one that failed, or was cut, must not
// look like one that went through.
func (f importFlags) tell(e *environment, s *host.ImportSummary, cut bool, err error) {
	if s.FullInstead != "" {
		fmt.Fprintln(e.stderr, "note: a full import was run instead of a delta: "+visible(s.FullInstead))
	}
	kept := "no watermark was kept"
	switch {
	case *f.watermark == "":
		kept = "no watermark was asked for"
	case s.Watermark != nil:
		kept = "the watermark is in " + *f.watermark
	}
	name := strings.ToLower(s.Type.String()) + " import"
	switch {
	case err != nil && s.Entries == 0:
	case err != nil:
		fmt.Fprintf(e.stderr, "%s: failed after %d entries; no watermark was kept\n", name, s.Entries)
	case cut:
		fmt.Fprintf(e.stderr, "%s: ended by --limit after %d entries; no watermark was kept\n", name, s.Entries)
	default:
		fmt.Fprintf(e.stderr, "%s: %d entries; %s\n", name, s.Entries, visible(kept))
	}
}

// entryPrinter prints pages of entries.
type entryPrinter struct {
	out        io.Writer
	asJSON     bool
	attributes []string
	headed     bool
	widths     []int // of the columns so far, so that all pages line up
}

func (f importFlags) printer(ctx context.Context, e *environment, c *host.Connector, out *bufio.Writer) (*entryPrinter, error) {
	a, err := c.Agreement(ctx)
	if err != nil {
		return nil, err
	}
	p := &entryPrinter{out: out, asJSON: f.json(e.stdout)}
	for _, attribute := range a.ImportSchema.Types[0].Attributes {
		if !attribute.Anchor {
			p.attributes = append(p.attributes, attribute.Name)
		}
	}
	return p, nil
}

func (p *entryPrinter) page(page []abi.CSEntryChange) error {
	if p.asJSON {
		return p.lines(page)
	}
	return p.table(page)
}

func (p *entryPrinter) lines(page []abi.CSEntryChange) error {
	var w wire.Writer
	for i := range page {
		w.Reset()
		abi.Encode(&w, &page[i])
		if err := w.Err(); err != nil {
			return err
		}
		if _, err := p.out.Write(append(w.Bytes(), '\n')); err != nil {
			return err
		}
	}
	return nil
}

// The widths of a table of entries, which comes in pages.
const (
	maxCell    = 40
	maxColumns = 8
)

func (p *entryPrinter) table(page []abi.CSEntryChange) error {
	columns := p.attributes[:min(len(p.attributes), maxColumns)]
	var rows [][]string
	if !p.headed {
		rows = append(rows, append([]string{"CHANGE", "ANCHOR"}, columns...))
		p.headed = true
	}
	for i := range page {
		e := &page[i]
		name := e.AnchorText("")
		if name == "" {
			name = e.DN
		}
		row := []string{e.Modification.String(), cut(name, maxCell)}
		for _, column := range columns {
			row = append(row, cut(cellOf(e.Attribute(column)), maxCell))
		}
		if e.Error != nil {
			row = append(row, "error: "+cut(e.Error.Code.String()+" "+e.Error.Detail, maxCell))
		}
		rows = append(rows, row)
	}
	return p.rows(rows)
}

// minColumn keeps later pages from moving the columns of short first values.
const minColumn = 12

// rows writes rows in columns that never get narrower from page to page.
func (p *entryPrinter) rows(rows [][]string) error {
	for _, row := range rows {
		for i, cell := range row {
			row[i] = visible(cell)
			if i == len(p.widths) {
				p.widths = append(p.widths, minColumn)
			}
			p.widths[i] = max(p.widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&b, "%-*s  ", p.widths[i], cell)
		}
		if _, err := io.WriteString(p.out, strings.TrimRight(b.String(), " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// cellOf shows a change: values, those taken away with a minus.
func cellOf(c *abi.AttributeChange) string {
	if c == nil {
		return ""
	}
	var parts []string
	for _, v := range c.Values {
		parts = append(parts, v.Text())
	}
	for _, v := range c.Deletes {
		parts = append(parts, "-"+v.Text())
	}
	if c.Modification == abi.AttributeDelete {
		parts = append(parts, "(cleared)")
	}
	return strings.Join(parts, ", ")
}
