package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

type exportFlags struct {
	runFlags
	dryRun *string
}

func exportCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export -c FILE [CHANGES]",
		Short: "Export: send changes, and print what became of each",
		Long: "Export: read changes, one JSON object a line in the form of the ABI's export entries, from\nthe file CHANGES or the standard input, check all of them, send them, and print what\n" +
			"became of each. Nothing is sent when one of them has a mistake.\n\nWith --dry-run nothing is sent: the requests that would be sent are printed, with\nsecrets sealed. With --dry-run=reads requests that only read are sent all the same, for\nconnectors that look before they write.",
		Args: cobra.MaximumNArgs(1),
	}
	f := exportFlags{runFlags: addRunFlags(cmd), dryRun: cmd.Flags().String("dry-run", "", "send nothing and print the requests; reads: send those that only read")}
	cmd.Flags().Lookup("dry-run").NoOptDefVal = "all"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch *f.dryRun {
		case "", "all", "reads":
		default:
			return usageError{fmt.Errorf("--dry-run=%.20q: write --dry-run or --dry-run=reads", *f.dryRun)}
		}
		c, err := loadConfig(*f.file)
		if err != nil {
			return err
		}
		changes, closeChanges, err := openChanges(e, args)
		if err != nil {
			return err
		}
		defer closeChanges()
		return f.start(cmd.Context(), e, c, changes)
	}
	return cmd
}

func openChanges(e *environment, args []string) (io.Reader, func(), error) {
	if len(args) == 0 || args[0] == "-" {
		return e.stdin, func() {}, nil
	}
	file, err := os.Open(args[0])
	if err != nil {
		return nil, nil, usageError{err}
	}
	// It was only read.
	return file, func() { _ = file.Close() }, nil
}

func (f exportFlags) start(ctx context.Context, e *environment, c *config.Config, changes io.Reader) error {
	p := newProgress(e)
	defer p.end()
	e = p.share(e)
	o := host.Options{Progress: p.guest}
	var requests *requestPrinter
	if *f.dryRun != "" {
		requests = &requestPrinter{out: e.stdout, asJSON: f.json(e.stdout)}
		o.DryRun, o.DryRunReads = requests.print, *f.dryRun == "reads"
	}
	return f.with(ctx, e, c, o, func(connector *host.Connector) error {
		list, err := connector.ReadChanges(ctx, changes)
		if err != nil {
			return err
		}
		if requests != nil {
			return f.dry(ctx, e, connector, list, requests)
		}
		return f.run(ctx, e, connector, list, p)
	})
}

// run sends the changes and prints the outcomes.
func (f exportFlags) run(ctx context.Context, e *environment, c *host.Connector, list []host.Change, p *progress) error {
	asJSON := f.json(e.stdout)
	t := newTable(e.stdout)
	if !asJSON {
		t.row("LINE", "CHANGE", "ANCHOR", "OUTCOME", "CODE", "DETAIL")
	}
	end := &exportEnd{total: len(list)}
	var broken error
	summary, err := c.Export(ctx, list, func(o host.Outcome) error {
		defer p.add(1) // below what is printed of it
		end.add(o)
		switch {
		case broken != nil:
			// It was said once.
			end.lose(o)
			return nil
		case asJSON:
			if broken = printJSON(e.stdout, outcomeJSON(o)); broken != nil {
				end.lose(o)
			}
		default:
			printOutcome(t, o)
		}
		return broken
	})
	p.end()
	err = errors.Join(err, t.flush(), printFindings(e, summary.Findings))
	fmt.Fprintf(e.stderr, "export: %d done, %d failed, %d unknown, %d not sent, %s not set\n",
		summary.Done, summary.Failed, summary.Unknown, summary.NotSent, count(int(summary.PasswordsNotSet), "password"))
	for _, text := range end.unprinted {
		fmt.Fprintln(e.stderr, "not printed: "+visible(text))
	}
	return end.failure(err, summary)
}

// dry shows what would be sent, and what would be denied. What became of the
// changes tells nothing else then, unless reads were really sent and the target
// refused or failed them.
func (f exportFlags) dry(ctx context.Context, e *environment, c *host.Connector, list []host.Change, requests *requestPrinter) error {
	denials := 0
	var failed error
	_, err := c.Export(ctx, list, func(o host.Outcome) error {
		if text := denialOf(o); text != "" {
			denials++
			requests.denied(o.Change.Line, text)
		} else if *f.dryRun == "reads" && failed == nil {
			failed = readFailure(o)
		}
		if waitsForAnchor(o) {
			fmt.Fprintf(e.stderr, "note: line %d: the password follows once the target has made the anchor\n", o.Change.Line)
		}
		return nil
	})
	n, printErr := requests.done()
	fmt.Fprintf(e.stderr, "dry run: %s for %s; nothing of them was sent\n", count(n, "request"), count(len(list), "change"))
	if n == 0 && denials == 0 && len(list) > 0 && *f.dryRun == "all" {
		fmt.Fprintln(e.stderr, "hint: a connector that looks before it writes shows more with --dry-run=reads")
	}
	if denials > 0 {
		printErr = errors.Join(printErr, deniedError{fmt.Sprintf("%s would be denied, as printed with the rule and its cure", count(denials, "change"))})
	}
	return errors.Join(err, printErr, failed)
}

// readFailure returns why a change got no further than a read of a dry run, if that is
// for the target to cure; nil if it is not, or the change came to its first write.
func readFailure(o host.Outcome) error {
	for _, code := range []abi.Code{abi.BadServerCredentials, abi.AccessDenied, abi.ServerDown, abi.FailedConnection, abi.DroppedConnection, abi.NotSent} {
		// What a dry run keeps back is not sent either, but never to be tried again.
		if o.Result.Name == code.String() && (code != abi.NotSent || o.Result.Retryable) {
			return fmt.Errorf("line %d: %w", o.Change.Line, &abi.Error{Code: code, Side: abi.SideGuest, Message: o.Result.Detail})
		}
	}
	return nil
}

// denialOf returns the host's words on why it denied a request of a change; empty
// if it denied none.
func denialOf(o host.Outcome) string {
	if deniedRule(o.Result.Detail) != "" {
		return o.Result.Detail
	}
	if o.PasswordError != nil && deniedRule(o.PasswordError.Error()) != "" {
		return o.PasswordError.Error()
	}
	return ""
}

// waitsForAnchor reports whether a dry run could not show the request for a
// password, because the object has no name before the target makes one.
func waitsForAnchor(o host.Outcome) bool {
	entry := &o.Change.Entry
	return o.HasPassword && entry.Modification == abi.ObjectAdd && len(anchorOf(o)) == 0 && o.PasswordError != nil
}

// outcome is an outcome in JSON.
type outcome struct {
	Line             int               `json:"line"`
	ID               string            `json:"id"`
	State            string            `json:"state"`
	Anchor           map[string]string `json:"anchor,omitempty"`
	Code             string            `json:"code,omitempty"`
	Name             string            `json:"name,omitempty"`
	Detail           string            `json:"detail,omitempty"`
	Retryable        bool              `json:"retryable,omitempty"`
	RetryAfterMillis int64             `json:"retryAfterMillis,omitempty"`
	Sends            int               `json:"sends"`
	Password         string            `json:"password,omitempty"`
	PasswordError    string            `json:"passwordError,omitempty"`
}

func outcomeJSON(o host.Outcome) outcome {
	out := outcome{
		Line: o.Change.Line, ID: o.Change.Entry.Identifier, State: o.State.String(), Name: o.Result.Name, Detail: o.Result.Detail,
		Retryable: o.Result.Retryable, RetryAfterMillis: o.Result.RetryAfterMillis, Sends: o.Sends,
	}
	if o.Result.Code != abi.ExportSuccess {
		out.Code = o.Result.Code.String()
	}
	for _, a := range anchorOf(o) {
		if out.Anchor == nil {
			out.Anchor = make(map[string]string)
		}
		out.Anchor[a.Name] = a.Value.Text()
	}
	if o.HasPassword {
		out.Password = o.Password.String()
	}
	if o.PasswordError != nil {
		out.PasswordError = o.PasswordError.Error()
	}
	return out
}

// anchorOf is the object's anchor: a new one, else that of the change.
func anchorOf(o host.Outcome) []abi.AnchorAttribute {
	if len(o.Result.Anchor) > 0 {
		return o.Result.Anchor
	}
	return o.Change.Entry.Anchor
}

func printOutcome(t *table, o host.Outcome) {
	j := outcomeJSON(o)
	anchor := ""
	for _, a := range anchorOf(o) {
		anchor = a.Value.Text()
	}
	state, detail := j.State, j.Detail
	if !strings.HasPrefix(detail, j.Name) {
		detail = j.Name + " " + detail
	}
	if o.HasPassword {
		state += ", password " + j.Password
		detail += " " + j.PasswordError
	}
	t.row(fmt.Sprint(j.Line), o.Change.Entry.Modification.String(), cut(anchor, maxCell), state, j.Code, cut(detail, 120))
}

// requestPrinter prints the requests of a dry run. It is safe for concurrent use:
// a batch is sent side by side.
type requestPrinter struct {
	mu     sync.Mutex
	out    io.Writer
	asJSON bool
	n      int
	err    error
}

func (p *requestPrinter) print(r hostfuncs.DryRunRequest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	var err error
	if p.asJSON {
		headers := [][2]string{}
		for _, h := range r.Headers {
			headers = append(headers, [2]string{h.Name, h.Value})
		}
		err = printJSON(p.out, map[string]any{"target": r.Target, "method": r.Method, "url": r.URL, "headers": headers, "body": r.Body})
	} else {
		err = p.text(r)
	}
	p.err = errors.Join(p.err, err)
}

func (p *requestPrinter) text(r hostfuncs.DryRunRequest) error {
	text := fmt.Sprintf("%s %s    (target %s)\n", visible(r.Method), visible(r.URL), visible(r.Target))
	for _, h := range r.Headers {
		text += "  " + visible(h.Name) + ": " + visible(h.Value) + "\n"
	}
	if r.Body != "" {
		text += "  " + visible(r.Body) + "\n"
	}
	_, err := io.WriteString(p.out, text)
	return err
}

// denied prints that a change would be denied, below the requests it made before.
func (p *requestPrinter) denied(line int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rule, cure := deniedRule(text), denialHint(text)
	var err error
	if p.asJSON {
		err = printJSON(p.out, map[string]any{"denied": true, "line": line, "rule": rule, "detail": text, "cure": cure})
	} else {
		_, err = fmt.Fprintf(p.out, "denied: line %d: %s\n  %s\n", line, visible(text), visible(cure))
	}
	p.err = errors.Join(p.err, err)
}

func (p *requestPrinter) done() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n, p.err
}
