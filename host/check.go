package host

import (
	"context"
	"errors"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// CheckReport is what a check found.
type CheckReport struct {
	// Pages are the connector's parameters, as it asked for them.
	Pages []Page
	// Agreement is what configuration and connector come to.
	Agreement *contract.Agreement
	// Schema holds all object types, Partitions all partitions, to choose from.
	Schema     abi.Schema
	Partitions []abi.Partition
	// Findings are what the contract set right or wants known.
	Findings []contract.Finding
	// Missing is what a recipe needs and is not granted.
	Missing []Missing
}

// Check goes through everything that can be known without a run: every page of
// parameters, which the connector judges too, capabilities, schema and partitions,
// and whether they keep the contract. Mistakes in parameters are one
// *config.Error; a refusal by the target is a *RefusedError. The connector may reach its targets.
func (c *Connector) Check(ctx context.Context) (*CheckReport, error) {
	w := &walk{c: c, validate: true}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	c.settled = &w.out
	schema, err := c.connector.GetSchema(ctx, w.out.parameters)
	if err != nil {
		return nil, err
	}
	partitions, err := c.connector.GetPartitions(ctx, w.out.parameters)
	if abi.CodeOf(err) == abi.EntryPointNotImplemented {
		partitions, err = []abi.Partition{abi.DefaultPartition}, nil
	}
	if err != nil {
		return nil, err
	}
	missing, err := c.missing(ctx)
	if err != nil {
		return nil, err
	}
	return &CheckReport{Pages: w.out.pages, Agreement: w.out.agreement, Schema: schema, Partitions: partitions,
		Findings: c.connector.Findings(), Missing: missing}, nil
}

// Schema returns the connector's whole schema, to choose from: the configuration
// need not name an object type yet.
func (c *Connector) Schema(ctx context.Context) (abi.Schema, error) {
	w := &walk{c: c}
	if err := errors.Join(w.firstPages(ctx), w.err()); err != nil {
		return abi.Schema{}, err
	}
	return c.connector.GetSchema(ctx, w.out.parameters)
}

// Agreement returns what configuration and connector come to.
func (c *Connector) Agreement(ctx context.Context) (*contract.Agreement, error) {
	s, err := c.settle(ctx)
	if err != nil {
		return nil, err
	}
	return s.agreement, nil
}

// Findings returns what the contract set right or wants known, outside of runs.
func (c *Connector) Findings() []contract.Finding { return c.connector.Findings() }
