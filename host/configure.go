package host

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/internal/spelling"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// settled is a configuration that was walked through as an administrator would,
// page after page.
type settled struct {
	// parameters are those of the configuration and, where it is silent, the
	// connector's defaults.
	parameters abi.ConfigParameters
	agreement  *contract.Agreement
	pages      []Page
}

// Page is one page of the connector's parameters.
type Page struct {
	Page abi.ConfigParameterPage
	// Number counts the Schema pages from 1; it is 1 on all others.
	Number int
	// Definitions are the parameters the page asks for.
	Definitions []abi.ConfigParameterDefinition
}

// walk goes through the pages. Each page sees the values of itself and of the
// pages before it, as ECMA has it.
type walk struct {
	c *Connector
	// validate asks the connector to judge each page, which may reach the target.
	validate bool
	out      settled
	mistakes []config.Mistake
	// named are all parameters that some page defined, and complete says that all
	// pages were asked for with values that are right.
	named    []string
	complete bool
	// definitions and bytes count what all pages defined, and what it takes.
	definitions, bytes int
	// refusals counts the mistakes that are refusals of the target's or of a grant, and
	// refused are the words of the last: the connector's, or none.
	refusals int
	refused  string
}

// choiceBytes is what a choice takes beside its text.
const choiceBytes = 16

// settle walks through the pages once and returns the outcome, also to the next
// caller. All mistakes in parameters are one *config.Error.
func (c *Connector) settle(ctx context.Context) (*settled, error) {
	if c.settled != nil {
		return c.settled, nil
	}
	w := &walk{c: c}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	c.settled = &w.out
	return c.settled, nil
}

// run walks in the order of ECMA's screens: Connectivity, Capabilities, Schema
// pages, schema, Global, Partition, RunStep.
func (w *walk) run(ctx context.Context) error {
	err := w.walkPages(ctx)
	if w.complete {
		w.unknown()
	}
	w.hidden()
	return errors.Join(w.err(), err)
}

func (w *walk) walkPages(ctx context.Context) error {
	// With mistakes in the first pages the connector could not say what it can
	// do, or would say something else.
	if err := w.firstPages(ctx); err != nil || len(w.mistakes) > 0 {
		return err
	}
	first, err := w.c.connector.Agree(ctx, w.out.parameters)
	if abi.CodeOf(err) == abi.ContractViolation {
		if partition, ok := w.partition(ctx); ok {
			// What goes wrong here comes of the mistakes that are told.
			_ = w.lastPages(ctx, partition)
		}
	}
	if err != nil {
		return err
	}
	if err := w.lastPages(ctx, first.Partition); err != nil {
		return err
	}
	w.out.agreement, err = w.c.connector.Agree(ctx, w.out.parameters)
	return err
}

// lastPages walks through the pages that need a partition, or a schema.
func (w *walk) lastPages(ctx context.Context, partition abi.Partition) error {
	if _, err := w.page(ctx, abi.ConfigParametersRunStep{Page: abi.PagePartition, PageNumber: 1, Partition: partition}); err != nil {
		return err
	}
	right := len(w.mistakes) == 0
	_, err := w.page(ctx, abi.ConfigParametersRunStep{Page: abi.PageRunStep, PageNumber: 1})
	w.complete = right && err == nil
	return err
}

// partition returns the partition that the configuration means where there is no
// agreement to say so, for something else is wrong.
func (w *walk) partition(ctx context.Context) (abi.Partition, bool) {
	list, err := w.c.connector.GetPartitions(ctx, w.out.parameters)
	if abi.CodeOf(err) == abi.EntryPointNotImplemented {
		list, err = []abi.Partition{abi.DefaultPartition}, nil
	}
	want := w.c.config.Promise.Partition
	list = slices.DeleteFunc(list, func(p abi.Partition) bool {
		return want != "" && want != p.Name && want != p.DN && !strings.EqualFold(want, p.Identifier)
	})
	if err != nil || len(list) != 1 {
		return abi.Partition{}, false
	}
	return list[0], true
}

// firstPages walks through the pages that ask for nothing but parameters. What a
// recipe asks for stands on the first of them, so the recipe is there before.
func (w *walk) firstPages(ctx context.Context) error {
	if recipe, ok := w.c.given.Lookup(RecipeParameter); ok {
		w.out.parameters = append(w.out.parameters, abi.ConfigParameter{Name: RecipeParameter, Value: recipe})
	}
	for _, page := range []abi.ConfigParameterPage{abi.PageConnectivity, abi.PageCapabilities} {
		if _, err := w.page(ctx, abi.ConfigParametersRunStep{Page: page, PageNumber: 1}); err != nil {
			return err
		}
	}
	for number := 1; ; number++ {
		n, err := w.page(ctx, abi.ConfigParametersRunStep{Page: abi.PageSchema, PageNumber: number})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	_, err := w.page(ctx, abi.ConfigParametersRunStep{Page: abi.PageGlobal, PageNumber: 1})
	return err
}

// err is the mistakes, if any.
func (w *walk) err() error {
	if len(w.mistakes) == 0 {
		return nil
	}
	err := &config.Error{File: w.c.config.File, Mistakes: w.mistakes}
	if w.refusals == len(w.mistakes) {
		return &RefusedError{Err: err, Words: w.refused}
	}
	return err
}

// RefusedError says that a configuration holds as far as it can be read, but that the
// target refused the account in it, or a grant the connector's request.
type RefusedError struct {
	// Err is what is told: the parameter that the connector blames.
	Err *config.Error
	// Words are the connector's; empty where Err says all.
	Words string
}

// Error returns Err's words.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *RefusedError) Unwrap() error { return e.Err }

// page asks for one page, takes over its values and returns how many parameters it
// defines.
func (w *walk) page(ctx context.Context, step abi.ConfigParametersRunStep) (int, error) {
	step.Parameters = w.out.parameters
	definitions, err := w.c.connector.GetConfigParameters(ctx, step)
	if abi.CodeOf(err) == abi.EntryPointNotImplemented {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if err := w.within(definitions); err != nil {
		return 0, err
	}
	for i := range definitions {
		w.take(&definitions[i])
	}
	if len(definitions) > 0 {
		w.out.pages = append(w.out.pages, Page{Page: step.Page, Number: step.PageNumber, Definitions: definitions})
	}
	if !w.validate || len(w.mistakes) > 0 {
		return len(definitions), nil
	}
	step.Parameters = w.out.parameters
	return len(definitions), w.judge(ctx, step)
}

// within counts the definitions of one more page: all pages together are kept, and may
// be as many and take as much as those of one.
func (w *walk) within(definitions []abi.ConfigParameterDefinition) error {
	w.definitions += len(definitions)
	for i := range definitions {
		d := &definitions[i]
		w.bytes += len(d.Name) + len(d.Text) + len(d.Validation) + len(d.DefaultValue)
		for _, c := range d.Choices {
			w.bytes += len(c) + choiceBytes
		}
	}
	over := func(limit string, used, allowed int) error {
		return &abi.Error{Code: abi.LimitExceeded, Op: "GetConfigParameters", Side: abi.SideGuest, Limit: limit, Used: int64(used), Allowed: int64(allowed),
			Message: "this holds for the parameters of all pages together"}
	}
	switch {
	case w.definitions > abi.MaxParameters:
		return over("MaxParameters", w.definitions, abi.MaxParameters)
	case w.bytes > abi.MaxMessageBytes:
		return over("MaxMessageBytes", w.bytes, abi.MaxMessageBytes)
	}
	return nil
}

// judge asks the connector what it makes of a page.
func (w *walk) judge(ctx context.Context, step abi.ConfigParametersRunStep) error {
	result, err := w.c.connector.ValidateConfigParameters(ctx, step)
	if abi.CodeOf(err) == abi.EntryPointNotImplemented {
		return nil
	}
	if err == nil && result.Code != abi.ValidationSuccess {
		cure := ""
		// A result has no code for it; connectors begin with the error they met.
		switch code, _, _ := strings.Cut(result.ErrorMessage, ":"); code {
		case abi.BadServerCredentials.String():
			w.refusals, w.refused, cure = 1, result.ErrorMessage, "check the user and the secret that the target's credentials name"
		case abi.AccessDenied.String():
			w.refusals, w.refused = 1, result.ErrorMessage
		}
		w.wrong(result.ErrorParameter, fmt.Sprintf("the connector says of its %s page: %s", step.Page, quoted(result.ErrorMessage)), cure)
	}
	return err
}

// take takes over the value of one parameter: the configuration's, else the
// default.
func (w *walk) take(d *abi.ConfigParameterDefinition) {
	if d.Name == "" {
		return
	}
	if !slices.Contains(w.named, d.Name) {
		w.named = append(w.named, d.Name)
	}
	if _, there := w.out.parameters.Lookup(d.Name); there {
		return
	}
	i := slices.IndexFunc(w.c.given, func(p abi.ConfigParameter) bool { return p.Name == d.Name })
	switch {
	case i >= 0:
		w.check(d, w.c.given[i])
		w.out.parameters = append(w.out.parameters, w.c.given[i])
	case d.DefaultValue != "" || d.Type == abi.ParameterCheckBox:
		value := d.DefaultValue
		if value == "" {
			value = "0"
		}
		w.out.parameters = append(w.out.parameters, abi.ConfigParameter{Name: d.Name, Value: value, Encrypted: d.Type == abi.ParameterEncryptedString})
	}
}

// check compares a value with its definition. It shows no value.
func (w *walk) check(d *abi.ConfigParameterDefinition, p abi.ConfigParameter) {
	switch {
	case p.Encrypted && w.c.options.Replay != nil:
		// It is a stand-in.
	case d.Type == abi.ParameterEncryptedString && !p.Encrypted:
		w.wrong(d.Name, "is a secret to the connector and stands in the file", "write {secret: NAME} and declare the secret under secrets")
	case d.Type == abi.ParameterCheckBox && p.Value != "0" && p.Value != "1":
		w.wrong(d.Name, "is a check box", `write "1" for ticked or "0"`)
	case d.Type == abi.ParameterDropDown && !d.Extensible && !slices.Contains(d.Choices, p.Value):
		w.wrong(d.Name, "is none of the choices", "write one of "+quotedList(d.Choices))
	case (d.Type == abi.ParameterString || d.Type == abi.ParameterEncryptedString) && d.Validation != "" && !matches(d.Validation, p.Value):
		w.wrong(d.Name, "does not match what the connector asks for", "it must match "+quoted(d.Validation))
	}
}

// maxExpression is how many bytes of a regular expression are read, maxInstructions how
// many steps it may have: 4 KiB of repetitions can take gigabytes to match.
const (
	maxExpression   = 1_000
	maxInstructions = 10_000
)

// matches tries a connector's regular expression. Those that Go does not know,
// such as ones with look-ahead, are left to the connector, and so are those that are
// too large.
func matches(expression, value string) bool {
	if len(expression) > maxExpression {
		return true
	}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return true
	}
	if program, err := syntax.Compile(parsed.Simplify()); err != nil || len(program.Inst) > maxInstructions {
		return true
	}
	re, err := regexp.Compile(expression)
	return err != nil || re.MatchString(value)
}

// hidden refuses a grant that hides what a recipe reads its lists by, headers or parts of
// answers, or what it captures: that would be no denial, but lists that end early.
func (w *walk) hidden() {
	if w.c.module.Recipe == nil || w.c.options.Replay != nil {
		return
	}
	for _, h := range hiddenFromLists(w.c.module.Recipe.Recipe, w.c.config.Targets) {
		path := "targets." + h.target + ".headers.response"
		w.refusals++
		w.mistakes = append(w.mistakes, config.Mistake{Place: w.c.config.PlaceOf(path), Path: path,
			What: "leaves out " + strings.Join(h.names, ", ") + ", by which the recipe tells whether a list goes on or is whole",
			Cure: "add it; a list here takes the place of the usual headers, so name those as well that are to be seen"})
	}
	for _, b := range blindings(w.c.module.Recipe.Recipe, w.c.config.Targets) {
		w.refusals++
		w.mistakes = append(w.mistakes, config.Mistake{Place: w.c.config.PlaceOf(b.path), Path: b.path,
			What: quoted(b.pattern) + " takes away " + strings.Join(b.reads, ", ") + ", by which the recipe follows lists and tells objects and errors apart, or which it keeps",
			Cure: "remove it, or write a pattern that leaves that"})
	}
}

// unknown reports values for parameters that no page defines. Connectors that
// define nothing at all are taken as having no pages.
func (w *walk) unknown() {
	if len(w.named) == 0 {
		return
	}
	for _, p := range w.c.given {
		if slices.Contains(w.named, p.Name) {
			continue
		}
		cure := spelling.Nearest(p.Name, w.named)
		if cure == "" {
			cure = "it has " + quotedList(w.named)
		}
		w.wrong(p.Name, "is no parameter of the connector", cure)
	}
}

// wrong notes a mistake in a parameter; without a name it is about all of them.
func (w *walk) wrong(name, what, cure string) {
	path := "parameters"
	if name != "" {
		path = config.ParameterPath(name)
	}
	w.mistakes = append(w.mistakes, config.Mistake{Place: w.c.config.PlaceOf(path), Path: path, What: what, Cure: cure})
}
