package contract

import (
	"context"
	"errors"
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// GetCapabilities returns the connector's capabilities, checked, as it declares
// them; Agree takes off the roles whose exports are missing. It is asked once per
// list of parameters.
func (c *Connector) GetCapabilities(ctx context.Context, parameters abi.ConfigParameters) (abi.Capabilities, error) {
	if err := CheckParameters("GetCapabilities", parameters); err != nil {
		return abi.Capabilities{}, err
	}
	release, err := c.ask(ctx)
	if err != nil {
		return abi.Capabilities{}, err
	}
	defer release()
	k, err := c.capabilities(ctx, parameters)
	return k.capabilities, err
}

// GetConfigParameters returns the definitions of one page, checked.
func (c *Connector) GetConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	if err := checkStep("GetConfigParameters", step); err != nil {
		return nil, err
	}
	definitions, err := c.inner.GetConfigParameters(ctx, step)
	if err != nil {
		return nil, c.typed("GetConfigParameters", err)
	}
	findings, err := CheckDefinitions(definitions)
	if err = errors.Join(err, checkSchemaPages(step, definitions)); err != nil {
		return nil, err
	}
	c.note(findings)
	return definitions, nil
}

// ValidateConfigParameters validates one page, and checks the outcome.
func (c *Connector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	if err := checkStep("ValidateConfigParameters", step); err != nil {
		return abi.ParameterValidationResult{}, err
	}
	result, err := c.inner.ValidateConfigParameters(ctx, step)
	if err != nil {
		return abi.ParameterValidationResult{}, c.typed("ValidateConfigParameters", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := checkValidation(&c.notes, result); err != nil {
		return abi.ParameterValidationResult{}, err
	}
	return result, nil
}

// GetSchema returns the whole schema, checked, for an operator to choose from:
// neither reduced to the promise nor held against it. Sessions opened later go by
// it. export_password is not in it; Agree adds it where it is mapped.
func (c *Connector) GetSchema(ctx context.Context, parameters abi.ConfigParameters) (abi.Schema, error) {
	if err := CheckParameters("GetSchema", parameters); err != nil {
		return abi.Schema{}, err
	}
	if err := c.forget(ctx, parameters); err != nil {
		return abi.Schema{}, err
	}
	schema, err := c.inner.GetSchema(ctx, parameters)
	if err != nil {
		return abi.Schema{}, c.typed("GetSchema", err)
	}
	findings, err := CheckSchema(schema)
	if err != nil {
		return abi.Schema{}, err
	}
	c.note(findings)
	return schema, nil
}

// GetPartitions returns all partitions, checked, for an operator to choose from.
// Without the role it answers EntryPointNotImplemented: there is one partition
// then, abi.DefaultPartition.
func (c *Connector) GetPartitions(ctx context.Context, parameters abi.ConfigParameters) ([]abi.Partition, error) {
	capabilities, err := c.GetCapabilities(ctx, parameters)
	if err != nil {
		return nil, err
	}
	if why := c.promise.roleReason(capabilities, abi.RolePartitions); why != "" {
		return nil, violation("GetPartitions", ruleRoleNotOffered, place{}, "%s", why)
	}
	if err := c.forget(ctx, parameters); err != nil {
		return nil, err
	}
	list, err := c.inner.GetPartitions(ctx, parameters)
	if err != nil {
		return nil, c.typed("GetPartitions", err)
	}
	if err := CheckPartitions(list); err != nil {
		return nil, err
	}
	return list, nil
}

// forget drops the agreement with these parameters, so that the next session
// goes by what the connector says now. Capabilities stay: they must not change.
func (c *Connector) forget(ctx context.Context, parameters abi.ConfigParameters) error {
	release, err := c.ask(ctx)
	if err != nil {
		return err
	}
	defer release()
	key := fingerprint(parameters)
	for i := range c.known {
		if c.known[i].parameters == key {
			c.known[i].agreement = nil
		}
	}
	return nil
}

// opening is what the three Open calls have in common.
type opening struct {
	op         string
	role       abi.Role
	parameters abi.ConfigParameters
	// schema and partition are zero unless the caller kept them from before.
	schema    abi.Schema
	partition abi.Partition
}

// settle returns the agreement a session is opened under: the connector's own,
// or one over the schema and partition that the caller kept and hands in.
func (c *Connector) settle(ctx context.Context, o opening) (*Agreement, error) {
	capabilities, err := c.GetCapabilities(ctx, o.parameters)
	if err != nil {
		return nil, err
	}
	if why := c.promise.roleReason(capabilities, o.role); why != "" {
		return nil, violation(o.op, ruleRoleNotOffered, place{}, "%s", why)
	}
	ownSchema, ownPartition := len(o.schema.Types) == 0, o.partition == (abi.Partition{})
	if ownSchema || ownPartition {
		own, err := c.Agree(ctx, o.parameters)
		if err != nil || ownSchema && ownPartition {
			return own, err
		}
		if ownSchema {
			o.schema = own.ExportSchema
		} else {
			o.partition = own.Partition
		}
	}
	agreement, err := c.handedIn(capabilities, o)
	return agreement, blame(err, abi.SideCaller)
}

// handedIn settles the promise with a schema and a partition of the caller's.
// Attributes that were selected and are not in that schema are not missed: a
// schema of imports lacks those that are exported alone.
func (c *Connector) handedIn(capabilities abi.Capabilities, o opening) (*Agreement, error) {
	p := c.promise
	s := withoutPassword(o.schema)
	if t := s.Type(p.ObjectType); t != nil || len(s.Types) == 1 {
		if t == nil {
			t = &s.Types[0]
		}
		p.Attributes = slices.DeleteFunc(slices.Clone(p.Attributes), func(name string) bool { return t.Attribute(name) == nil })
	}
	var partitions []abi.Partition
	if o.partition != abi.DefaultPartition {
		partitions = []abi.Partition{o.partition}
		if why := p.roleReason(capabilities, abi.RolePartitions); why != "" {
			return nil, violation(o.op, ruleOnePartition, place{DN: o.partition.DN}, "there is one partition, default: %s", why)
		}
	}
	return Agree(p, capabilities, s, partitions)
}

// withoutPassword takes the export_password out that Agree adds: a caller hands
// back the schema it was given.
func withoutPassword(s abi.Schema) abi.Schema {
	types := make([]abi.SchemaType, len(s.Types))
	for i, t := range s.Types {
		kept := make([]abi.SchemaAttribute, 0, len(t.Attributes))
		for _, a := range t.Attributes {
			if a.Name != abi.ExportPassword {
				kept = append(kept, a)
			}
		}
		t.Attributes = kept
		types[i] = t
	}
	return abi.Schema{Types: types}
}
