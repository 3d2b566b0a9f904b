// Package rest is the connector for applications with an API over HTTP and JSON. It
// knows none of them: it follows a recipe, which says how one lists, reads, creates,
// changes and deletes its users. docs/recipes.md explains the language.
package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// Parameter is the name of the parameter that holds the recipe, as canonical JSON.
const Parameter = "recipe"

// Connector is the connector; one serves one run.
type Connector struct {
	host  abi.Host
	fixed *recipe.Recipe
	watch func(*call)
	stand StandIn

	imported *importRun
	exported *exportRun
}

var (
	_ guest.Connector  = (*Connector)(nil)
	_ guest.Importer   = (*Connector)(nil)
	_ guest.Exporter   = (*Connector)(nil)
	_ guest.Passworder = (*Connector)(nil)
)

// New returns a connector that reaches its targets through host and follows the
// recipe among its parameters.
func New(host abi.Host) *Connector { return &Connector{host: host} }

// Follow returns a connector that follows one recipe, for tests and tools. observer
// may be nil, and a StandIn as well.
func Follow(host abi.Host, r *recipe.Recipe, observer Observer) *Connector {
	c := &Connector{host: host, fixed: r}
	if observer != nil {
		c.watch = func(c *call) { observer.Request(shown(c)) }
		c.stand, _ = observer.(StandIn)
	}
	return c
}

func (c *Connector) engine(parameters abi.ConfigParameters) (*engine, error) {
	e, err := newEngine(c.host, c.fixed, c.watch, parameters)
	if err == nil {
		e.stand = c.stand
	}
	return e, err
}

// OpenImportConnection begins a run. A delta import without a mark is refused with
// WarningNoWatermark.
func (c *Connector) OpenImportConnection(_ context.Context, step abi.OpenImportConnectionRunStep) (string, error) {
	e, err := c.engine(step.Parameters)
	if err != nil {
		return "", err
	}
	c.imported, err = newImport(e, &step)
	if step.ImportType != abi.Delta {
		return "", err
	}
	return step.CustomData, err
}

// GetImportEntries returns the entries of one page of the target's at most, or the
// objects named.
func (c *Connector) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	if len(step.FullObjectEntries) > 0 {
		return c.imported.named(ctx, &step)
	}
	return c.imported.next(ctx, &step)
}

// CloseImportConnection returns the mark that the last page brought.
func (c *Connector) CloseImportConnection(_ context.Context, step abi.CloseImportConnectionRunStep) (string, error) {
	return step.CustomData, nil
}

// OpenExportConnection begins a run.
func (c *Connector) OpenExportConnection(_ context.Context, step abi.OpenExportConnectionRunStep) error {
	e, err := c.engine(step.Parameters)
	if err == nil {
		c.exported = newExport(e)
	}
	return err
}

// PutExportEntries carries out the entries one by one.
func (c *Connector) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) ([]abi.CSEntryChangeResult, error) {
	if err := c.exported.begin(ctx); err != nil {
		return nil, err
	}
	return guest.ExportEach(ctx, c.host, entries, c.exported.put)
}

// CloseExportConnection does nothing.
func (c *Connector) CloseExportConnection(context.Context, abi.CloseExportConnectionRunStep) error {
	return nil
}

// OpenPasswordConnection begins a run.
func (c *Connector) OpenPasswordConnection(_ context.Context, step abi.OpenPasswordConnectionRunStep) error {
	e, err := c.engine(step.Parameters)
	if err == nil {
		c.exported = newExport(e)
	}
	return err
}

// SetPassword follows the recipe's setPassword.
func (c *Connector) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	return c.exported.password(ctx, c.exported.recipe.SetPassword, "setPassword", &step.Entry, step.NewPassword, "")
}

// ChangePassword follows the recipe's changePassword.
func (c *Connector) ChangePassword(ctx context.Context, step abi.ChangePasswordRunStep) error {
	return c.exported.password(ctx, c.exported.recipe.ChangePassword, "changePassword", &step.Entry, step.NewPassword, step.OldPassword)
}

// ClosePasswordConnection does nothing.
func (c *Connector) ClosePasswordConnection(context.Context) error { return nil }
