package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/recipe"
)

// The operations that can be explained.
var explainable = []string{"import", "create", "update", "delete", "setPassword", "changePassword"}

// explainFlags are the flags of recipe explain.
type explainFlags struct {
	entry, current string
	parameters     map[string]string
}

func explainCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain FILE OPERATION",
		Short: "Show the exact requests of an operation, and which line of the recipe made each part",
		Long: "Show the requests that a recipe would send, and which line of it made each part of them.\nNothing is sent: the recipe is followed here, and every request is answered as it hopes.\nA word such as «password» stands for every secret, and «roles: Admin» for what a lookup has.\n\nOPERATION is " +
			strings.Join(explainable, ", ") + ".\n--entry is the change, as in a file of changes: {\"anchor\":{…},\"attributes\":{…}}.\n--current is the object as the application has it, for operations that read before they write.\nOf an import each request is shown once: tables that are looked up, the first page of each\nlist, and the detail of a row, in which row.id stands for what the row has there.",
		Args: cobra.ExactArgs(2),
	}
	f := formatFlags(cmd)
	var x explainFlags
	cmd.Flags().StringVar(&x.entry, "entry", "{}", "the entry, as JSON")
	cmd.Flags().StringVar(&x.current, "current", "", "the object as the application has it, as its JSON")
	cmd.Flags().StringToStringVar(&x.parameters, "parameter", nil, "value of a parameter, NAME=VALUE; may be given again")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		file, err := loadRecipe(args[0])
		if err != nil {
			return err
		}
		if !slices.Contains(explainable, args[1]) {
			return usageError{fmt.Errorf("there is no operation %q: write one of %s", args[1], strings.Join(explainable, ", "))}
		}
		told, err := x.explain(cmd.Context(), file, args[1])
		if err != nil {
			return err
		}
		return told.print(e, f)
	}
	return cmd
}

// explanation is what an operation would do.
type explanation struct {
	file     *recipe.File
	requests []rest.Request
	// left are the steps that are not taken, as places in the recipe.
	left []string
	// failed is why the operation ended, if it did not end well.
	failed error
}

// Request implements rest.Observer.
func (x *explanation) Request(r rest.Request) { x.requests = append(x.requests, r) }

// StandIn implements rest.StandIn: no table is read, so that a word stands for what is in
// it. The word for a key leads back to it.
func (x *explanation) StandIn(lookup, text string) string {
	word := "«" + lookup + ": "
	if key, ok := strings.CutPrefix(text, word); ok {
		return strings.TrimSuffix(key, "»")
	}
	return word + text + "»"
}

// once leaves out what was asked for again: the pages of a list behind the first.
func (x *explanation) once() {
	var all []rest.Request
	for _, r := range x.requests {
		if !slices.ContainsFunc(all, func(have rest.Request) bool { return have.At == r.At }) {
			all = append(all, r)
		}
	}
	x.requests = all
}

func (x *explainFlags) explain(ctx context.Context, file *recipe.File, operation string) (*explanation, error) {
	told := &explanation{file: file}
	host := &hopefulHost{recipe: file.Recipe, current: x.current, sent: func() []rest.Request { return told.requests }}
	c := rest.Follow(host, file.Recipe, told)
	var parameters abi.ConfigParameters
	for name, value := range x.parameters {
		parameters = append(parameters, abi.ConfigParameter{Name: name, Value: value})
	}
	parameters = hideSecrets(file.Recipe, parameters)
	schema, err := c.GetSchema(ctx, parameters)
	if err != nil {
		return nil, err
	}
	var entry abi.CSEntryChange
	if err := abi.Decode(x.entry, &entry, abi.NewTypeIndex(schema)); err != nil {
		return nil, usageError{fmt.Errorf("--entry: %w", err)}
	}
	if entry.ObjectType == "" {
		entry.ObjectType = file.Recipe.Object
	}
	if err := judgeEntry(file.Recipe, operation, &entry); err != nil {
		return nil, usageError{fmt.Errorf("--entry: %w", err)}
	}
	entry.Identifier = "1"
	host.anchor = entry.AnchorText("")
	if told.failed = follow(ctx, c, operation, parameters, schema, entry); operation == "import" {
		told.once()
	}
	told.left = leftOut(file.Recipe, operation, told.requests)
	return told, nil
}

// judgeEntry refuses what an export would refuse, and puts words in the place of
// secrets: nothing shows one.
func judgeEntry(r *language.Recipe, operation string, entry *abi.CSEntryChange) error {
	var all []error
	for i := range entry.Attributes {
		change := &entry.Attributes[i]
		a := r.Attribute(change.Name)
		switch {
		case change.Name == abi.ExportPassword && operation == "create":
			way := "update"
			if r.SetPassword != nil {
				way = "setPassword"
			}
			all = append(all, errors.New("a create carries no "+abi.ExportPassword+": it follows in a second pass; explain "+way))
		case change.Name == abi.ExportPassword:
			hide(change)
		case a == nil:
			all = append(all, fmt.Errorf("there is no attribute %q: the recipe has %s", change.Name, strings.Join(attributeNames(r), ", ")))
		case a.Access == language.ReadOnly && (operation == "create" || operation == "update"):
			all = append(all, fmt.Errorf("attribute %q is only read: the application sets it", change.Name))
		case change.Modification == abi.AttributeUpdate:
			all = append(all, fmt.Errorf("attribute %q: the connector takes no added and deleted values: write all values, as {\"replace\": […]}", change.Name))
		case a.Sensitive:
			hide(change)
		}
	}
	return errors.Join(all...)
}

// hideSecrets puts words in the place of secret parameters, those too that nobody gave:
// nothing shows one, and the request has what it would have.
func hideSecrets(r *language.Recipe, given abi.ConfigParameters) abi.ConfigParameters {
	for i := range r.Parameters {
		name := r.Parameters[i].Name
		if r.Parameters[i].Type != language.Secret {
			continue
		}
		given = slices.DeleteFunc(given, func(p abi.ConfigParameter) bool { return p.Name == name })
		given = append(given, abi.ConfigParameter{Name: name, Value: "«" + name + "»"})
	}
	return given
}

func hide(change *abi.AttributeChange) {
	for i := range change.Values {
		change.Values[i] = abi.StringValue("«" + change.Name + "»")
	}
}

func attributeNames(r *language.Recipe) (names []string) {
	for i := range r.Attributes {
		names = append(names, r.Attributes[i].Name)
	}
	return names
}

// follow carries the operation out.
func follow(ctx context.Context, c *rest.Connector, operation string, parameters abi.ConfigParameters, schema abi.Schema, entry abi.CSEntryChange) error {
	switch operation {
	case "import":
		_, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Parameters: parameters, Schema: schema, PageSize: 100})
		page := abi.GetImportEntriesResults{MoreToImport: true}
		for page.MoreToImport && err == nil {
			page, err = c.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		}
		return err
	case "setPassword", "changePassword":
		if err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Parameters: parameters, Schema: schema}); err != nil {
			return err
		}
		object := abi.CSEntry{ObjectType: entry.ObjectType, Anchor: entry.Anchor, DN: entry.DN, Attributes: entry.Attributes}
		if operation == "setPassword" {
			return c.SetPassword(ctx, abi.SetPasswordRunStep{Entry: object, NewPassword: "«new_password»"})
		}
		return c.ChangePassword(ctx, abi.ChangePasswordRunStep{Entry: object, OldPassword: "«old_password»", NewPassword: "«new_password»"})
	}
	entry.Modification = map[string]abi.ObjectModificationType{"create": abi.ObjectAdd, "update": abi.ObjectUpdate, "delete": abi.ObjectDelete}[operation]
	if entry.Modification == abi.ObjectUpdate {
		for i := range entry.Attributes {
			if a := &entry.Attributes[i]; a.Modification == abi.AttributeAdd {
				a.Modification = abi.AttributeReplace
			}
		}
	}
	if err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: parameters, Schema: schema, BatchSize: 1}); err != nil {
		return err
	}
	results, err := c.PutExportEntries(ctx, []abi.CSEntryChange{entry})
	for _, r := range results {
		if err == nil && r.Code != abi.ExportSuccess {
			err = fmt.Errorf("%s: %s", r.Code, r.Detail)
		}
	}
	return err
}

// leftOut returns the steps of an operation that sent nothing.
func leftOut(r *language.Recipe, operation string, sent []rest.Request) (left []string) {
	o := map[string]*language.Operation{"create": r.Create, "update": r.Update, "delete": r.Delete,
		"setPassword": r.SetPassword, "changePassword": r.ChangePassword}[operation]
	if o == nil {
		return nil
	}
	for i := range o.Steps {
		at := o.Steps[i].Request.At
		if !slices.ContainsFunc(sent, func(r rest.Request) bool { return r.At == at }) {
			left = append(left, o.Steps[i].At)
		}
	}
	return left
}

type explainedJSON struct {
	Requests []explainedRequestJSON `json:"requests"`
	LeftOut  []string               `json:"leftOut,omitempty"`
	Failed   string                 `json:"failed,omitempty"`
}

type explainedRequestJSON struct {
	Target  string      `json:"target"`
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Query   [][2]string `json:"query,omitempty"`
	Headers [][2]string `json:"headers,omitempty"`
	Body    string      `json:"body,omitempty"`
	Safety  string      `json:"safety"`
	At      string      `json:"at"`
	Made    []madeJSON  `json:"made"`
}

type madeJSON struct {
	Place string `json:"place"`
	At    string `json:"at"`
	Path  string `json:"path"`
}

func pairs(fields []abi.Field) (out [][2]string) {
	for _, f := range fields {
		out = append(out, [2]string{f.Name, f.Value})
	}
	return out
}

func (x *explanation) print(e *environment, f *format) error {
	if f.json(e.stdout) {
		out := explainedJSON{Requests: []explainedRequestJSON{}}
		for _, r := range x.requests {
			h := &r.HTTP
			shown := explainedRequestJSON{Target: h.Target, Method: h.Method, Path: h.Path, Query: pairs(h.Query), Headers: pairs(h.Headers),
				Body: h.Body, Safety: h.Safety.String(), At: x.file.At(r.At), Made: []madeJSON{}}
			for _, m := range r.Made {
				shown.Made = append(shown.Made, madeJSON{m.Place, x.file.At(source(m)), source(m)})
			}
			out.Requests = append(out.Requests, shown)
		}
		for _, at := range x.left {
			out.LeftOut = append(out.LeftOut, x.file.At(at))
		}
		if x.failed != nil {
			out.Failed = x.failed.Error()
		}
		return errors.Join(printJSON(e.stdout, out), x.failure())
	}
	for i := range x.requests {
		if err := x.printRequest(e.stdout, i); err != nil {
			return err
		}
	}
	why := "its condition does not hold, or there is nothing to repeat it for"
	if x.failed != nil {
		why = "its condition does not hold, or the operation failed before it"
	}
	for _, at := range x.left {
		if _, err := fmt.Fprintf(e.stdout, "left out: %s  %s: %s\n", x.file.At(at), at, why); err != nil {
			return err
		}
	}
	return x.failure()
}

// failure is what the operation ended with: the entry's fault, or the recipe's.
func (x *explanation) failure() error {
	if x.failed == nil {
		return nil
	}
	// Not wrapped: it is no outcome at a target, and gets no hint as one.
	return usageError{fmt.Errorf("the operation fails: %v", x.failed)}
}

func (x *explanation) printRequest(out io.Writer, i int) error {
	r := &x.requests[i]
	h := &r.HTTP
	var b strings.Builder
	fmt.Fprintf(&b, "%d  %s %s    %s\n", i+1, h.Method, h.Path+queryText(h.Query), x.file.At(r.At))
	for _, field := range h.Headers {
		fmt.Fprintf(&b, "   %s: %s\n", field.Name, field.Value)
	}
	if h.Body != "" {
		fmt.Fprintf(&b, "   %s\n", indented(h.Body))
	}
	width := 0
	for _, m := range r.Made {
		width = max(width, len(m.Place))
	}
	for _, m := range r.Made {
		fmt.Fprintf(&b, "     %-*s  %s  %s\n", width, m.Place, x.file.At(source(m)), source(m))
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(out, visible(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// source is the key of the recipe that made a part of a request.
func source(m rest.Made) string {
	if m.Place == "method" || m.Place == "path" {
		return language.Key(m.At, m.Place)
	}
	return m.At
}

func queryText(fields []abi.Field) string {
	if len(fields) == 0 {
		return ""
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + "=" + f.Value
	}
	return "?" + strings.Join(parts, "&")
}

// indented lays out a body in JSON; any other stays as it is.
func indented(body string) string {
	var v json.RawMessage
	if json.Unmarshal([]byte(body), &v) != nil {
		return body
	}
	text, err := json.MarshalIndent(v, "   ", "  ")
	if err != nil {
		return body
	}
	return string(text)
}
