package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func runCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run a configured connector: schema, check, import, export",
	}
	runs := []*cobra.Command{schemaCommand(e), checkCommand(e), importCommand(e), exportCommand(e)}
	for _, run := range runs {
		if run.Long == "" {
			run.Long = run.Short + "."
		}
		run.Long += "\n\n" + tapeHelp + "\n\n" + exitHelp
	}
	return group(cmd, runs...)
}

// runFlags are what every run has.
type runFlags struct {
	*format
	*tape
	file, catalog  *string
	verbose, usage *bool
}

func addRunFlags(cmd *cobra.Command) runFlags {
	f := runFlags{
		format:  formatFlags(cmd),
		file:    cmd.Flags().StringP("config", "c", "", "configuration file of the connector (needed)"),
		catalog: catalogFlag(cmd),
		verbose: cmd.Flags().BoolP("verbose", "v", false, "log every call of the connector, and tell what it used of its limits"),
		usage:   cmd.Flags().Bool("usage", false, "print below the result what was used of each limit: a table, or with --json one last line"),
	}
	f.tape = addTapeFlags(cmd, f.format)
	// The flag exists: it was added just now.
	_ = cmd.MarkFlagRequired("config")
	return f
}

// closeTime bounds the end of a run whose context has ended.
const closeTime = 10 * time.Second

// with opens the configured connector, runs act, and closes it. While act runs,
// what it prints may go onto a tape, too.
func (f runFlags) with(ctx context.Context, e *environment, c *config.Config, o host.Options, act func(*host.Connector) error) error {
	o.OnRelease = f.used.add
	untaped := e.stdout
	if err := f.begin(e, c, &o); err != nil {
		return err
	}
	connector, err := f.open(ctx, e, c, o)
	if err != nil {
		return f.end(ctx, e, host.Module{}, false, errors.Join(err, f.tellUsage(e, untaped)))
	}
	err = placed(c, act(connector))
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	err = errors.Join(err, connector.Close(closing))
	return f.end(ctx, e, connector.Module(), true, errors.Join(err, f.tellUsage(e, untaped)))
}

// tellUsage tells what was used of the limits, also by a connector that did not start. It
// is no part of a recording: no two runs take the same time.
func (f runFlags) tellUsage(e *environment, untaped io.Writer) error {
	f.used.tell(e.stderr, *f.verbose)
	if !*f.usage {
		return nil
	}
	return f.used.print(untaped, f.json(untaped))
}

// open opens the configured connector.
func (f runFlags) open(ctx context.Context, e *environment, c *config.Config, o host.Options) (*host.Connector, error) {
	if c.Module == "" {
		var err error
		if o.Catalog, err = openCatalog(*f.catalog); err != nil {
			return nil, err
		}
	}
	level := zerolog.WarnLevel
	if *f.verbose {
		level = zerolog.DebugLevel
	}
	o.Logger = zerolog.New(zerolog.ConsoleWriter{Out: e.stderr, NoColor: true, TimeFormat: time.TimeOnly}).Level(level).With().Timestamp().Logger()
	o.LookupEnv, o.RecipeModule = os.LookupEnv, restModule
	var err error
	if o.CacheDir, err = openCache(e); err != nil {
		return nil, err
	}
	if o.MemoryBudget, err = memoryBudget(); err != nil {
		return nil, err
	}
	return host.Open(ctx, c, o)
}

// simple makes a run of an action without further flags.
func simple(cmd *cobra.Command, e *environment, act func(ctx context.Context, c *config.Config, connector *host.Connector, f *format) error) *cobra.Command {
	f := addRunFlags(cmd)
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*f.file)
		if err != nil {
			return err
		}
		return f.with(cmd.Context(), e, c, host.Options{}, func(connector *host.Connector) error { return act(cmd.Context(), c, connector, f.format) })
	}
	return cmd
}

func schemaCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema -c FILE",
		Short: "Print the object types and attributes the connector has",
	}
	return simple(cmd, e, func(ctx context.Context, _ *config.Config, c *host.Connector, f *format) error {
		schema, err := c.Schema(ctx)
		if err != nil {
			return err
		}
		return errors.Join(printSchema(e, f, &schema), printFindings(e, c.Findings()))
	})
}

func printSchema(e *environment, f *format, schema *abi.Schema) error {
	if f.json(e.stdout) {
		text, err := encoded(schema)
		if err != nil {
			return err
		}
		return printJSON(e.stdout, text)
	}
	t := newTable(e.stdout, "OBJECT TYPE", "ATTRIBUTE", "TYPE", "MULTI", "ANCHOR", "OPERATION", "SENSITIVE")
	for _, ty := range schema.Types {
		for _, a := range ty.Attributes {
			t.row(ty.Name, a.Name, a.Type.String(), yes(a.MultiValued), yes(a.Anchor), a.Operation.String(), yes(a.Sensitive))
		}
	}
	return t.flush()
}

func checkCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check -c FILE",
		Short: "Check a configuration with its connector, without a run",
		Long:  "Check a configuration with its connector: every page of parameters, which the connector\njudges too, capabilities, schema and partitions, and whether they keep the contract. The\nconnector may reach its targets.",
	}
	return simple(cmd, e, func(ctx context.Context, c *config.Config, connector *host.Connector, f *format) error {
		report, err := connector.Check(ctx)
		if err == nil {
			err = checkAccepts(c, report)
		}
		if err != nil {
			return errors.Join(err, printFindings(e, connector.Findings()))
		}
		if f.json(e.stdout) {
			return printCheckJSON(e, c, report)
		}
		return printCheck(e, c, report)
	})
}

func printCheckJSON(e *environment, c *config.Config, r *host.CheckReport) error {
	capabilities, err := encoded(&r.Agreement.Capabilities)
	if err != nil {
		return err
	}
	schema, err := encoded(&r.Schema)
	if err != nil {
		return err
	}
	partitions := []string{}
	for _, p := range r.Partitions {
		partitions = append(partitions, p.Name)
	}
	return printJSON(e.stdout, map[string]any{
		"objectType": r.Agreement.ObjectType, "anchor": r.Agreement.Anchor, "partition": r.Agreement.Partition.Name,
		"importPageSize": r.Agreement.ImportPageSize, "exportBatchSize": r.Agreement.ExportBatchSize,
		"capabilities": capabilities, "schema": schema, "partitions": partitions,
		"parameters": parametersJSON(c, r.Pages), "findings": contractFindings(r.Findings), "missing": missingJSON(r.Missing),
	})
}

// parametersJSON lists the parameters a connector asks for, with the values in
// force; of a secret only its name.
func parametersJSON(c *config.Config, pages []host.Page) []map[string]any {
	all := []map[string]any{}
	for _, page := range pages {
		for _, d := range page.Definitions {
			if d.Name == "" {
				continue
			}
			p := map[string]any{"page": page.Page.String(), "number": page.Number, "name": d.Name, "type": d.Type.String()}
			if len(d.Choices) > 0 {
				p["choices"] = d.Choices
			}
			for key, text := range map[string]string{"text": d.Text, "validation": d.Validation, "default": shownDefault(&d)} {
				if text != "" {
					p[key] = text
				}
			}
			if value, secret := inForce(c, &d); secret != "" {
				p["secret"] = secret
			} else if d.Type != abi.ParameterEncryptedString {
				p["value"] = value
			}
			all = append(all, p)
		}
	}
	return all
}

// inForce is the value a parameter has, or the name of the secret that is it.
func inForce(c *config.Config, d *abi.ConfigParameterDefinition) (value, secret string) {
	for _, p := range c.Parameters {
		if p.Name == d.Name {
			return p.Value, p.Secret
		}
	}
	if d.Type == abi.ParameterCheckBox && d.DefaultValue == "" {
		return "0", ""
	}
	return d.DefaultValue, ""
}

// shownDefault is a default that may be shown.
func shownDefault(d *abi.ConfigParameterDefinition) string {
	if d.Type == abi.ParameterEncryptedString {
		return ""
	}
	return d.DefaultValue
}

// parameterRow is a parameter in a table.
func parameterRow(c *config.Config, page host.Page, d *abi.ConfigParameterDefinition) []string {
	value, secret := inForce(c, d)
	switch {
	case secret != "":
		value = "(secret " + secret + ")"
	case d.Type == abi.ParameterEncryptedString:
		value = ""
	}
	asks := d.Text
	if d.Validation != "" {
		asks += " (must match " + d.Validation + ")"
	}
	return []string{d.Name, page.Page.String(), d.Type.String(), cut(value, maxCell), cut(shownDefault(d), maxCell), cut(strings.Join(d.Choices, ", "), 60), cut(asks, 100)}
}

func printCheck(e *environment, c *config.Config, r *host.CheckReport) error {
	t := newTable(e.stdout)
	t.row("object type", r.Agreement.ObjectType)
	t.row("anchor", r.Agreement.Anchor)
	t.row("partition", r.Agreement.Partition.Name)
	t.row("page sizes", fmt.Sprintf("import %d, export %d", r.Agreement.ImportPageSize, r.Agreement.ExportBatchSize))
	capabilities, err := encoded(&r.Agreement.Capabilities)
	t.row("capabilities", string(capabilities))
	err = errors.Join(err, t.flush())
	t = nextTable(e.stdout, "PARAMETER", "PAGE", "TYPE", "VALUE", "DEFAULT", "CHOICES", "MEANING")
	for _, page := range r.Pages {
		for _, d := range page.Definitions {
			if d.Name != "" {
				t.row(parameterRow(c, page, &d)...)
			}
		}
	}
	err = errors.Join(err, t.flush())
	fmt.Fprintln(e.stdout)
	err = errors.Join(err, printSchema(e, &format{asTable: true}, &r.Schema), printFindings(e, r.Findings), printMissing(e, r.Missing))
	if err == nil {
		_, err = fmt.Fprintln(e.stdout, "\nthe configuration holds")
	}
	return err
}

// missingJSON is never null.
func missingJSON(all []host.Missing) []map[string]string {
	out := []map[string]string{}
	for _, m := range all {
		out = append(out, map[string]string{"target": m.Target, "what": m.What, "why": m.Why})
	}
	return out
}

// printMissing tells what the recipe needs and is not granted, on the error output:
// it may be meant.
func printMissing(e *environment, all []host.Missing) error {
	for _, m := range all {
		if _, err := fmt.Fprintf(e.stderr, "note: not granted: %s on target %s, which the recipe needs: %s\n", visible(m.What), visible(m.Target), visible(m.Why)); err != nil {
			return err
		}
	}
	return nil
}

func contractFindings(all []contract.Finding) []map[string]any {
	out := []map[string]any{}
	for _, f := range all {
		out = append(out, map[string]any{"rule": f.Rule, "effect": f.Effect.String(), "count": f.Count, "message": f.Message})
	}
	return out
}

// printFindings tells what the contract saw, on the error output: it is no result.
func printFindings(e *environment, all []contract.Finding) error {
	var errs []error
	for _, f := range all {
		_, err := fmt.Fprintln(e.stderr, "finding: "+visible(f.String()))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
