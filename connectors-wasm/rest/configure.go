package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// GetCapabilities says what the recipe can do.
func (c *Connector) GetCapabilities(_ context.Context, parameters abi.ConfigParameters) (abi.Capabilities, error) {
	e, err := c.engine(parameters)
	if err != nil {
		return abi.Capabilities{}, err
	}
	r := e.recipe
	export := abi.ExportAttributeReplace
	if r.ExportType == recipe.ObjectReplace {
		export = abi.ExportObjectReplace
	}
	return abi.Capabilities{
		ConcurrentOperation: true, ExportType: export, ConnectionSecurityLevel: abi.Secure,
		SupportImport: len(r.Import) > 0, DeltaImport: r.Delta != nil, SupportFullObject: r.Read != nil,
		SupportExport:   r.Create != nil || r.Update != nil || r.Delete != nil,
		SupportPassword: r.SetPassword != nil,
	}, nil
}

// GetConfigParameters asks for the recipe, and for what the recipe asks for once it
// is there.
func (c *Connector) GetConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	if step.Page != abi.PageConnectivity {
		return nil, nil
	}
	var asked []abi.ConfigParameterDefinition
	if c.fixed == nil {
		asked = append(asked, abi.ConfigParameterDefinition{Name: Parameter, Type: abi.ParameterFile, Text: "how the application is asked"})
		if step.Parameters.Get(Parameter) == "" {
			return asked, nil
		}
	}
	e, err := c.engine(step.Parameters)
	if err != nil {
		return nil, err
	}
	for i := range e.recipe.Parameters {
		asked = append(asked, definition(&e.recipe.Parameters[i]))
	}
	return asked, nil
}

func definition(p *recipe.Parameter) abi.ConfigParameterDefinition {
	d := abi.ConfigParameterDefinition{Name: p.Name, Text: p.About, DefaultValue: p.Default, Validation: p.Pattern, Choices: p.Choices}
	switch p.Type {
	case recipe.Secret:
		d.Type = abi.ParameterEncryptedString
	case recipe.Choice:
		d.Type, d.Validation = abi.ParameterDropDown, ""
	case recipe.Flag:
		d.Type, d.Validation = abi.ParameterCheckBox, ""
		if d.DefaultValue = "0"; p.Default == "true" || p.Default == "1" {
			d.DefaultValue = "1"
		}
	default:
		d.Type = abi.ParameterString
	}
	return d
}

// ValidateConfigParameters asks the target something, if all parameters are there.
// Only what other parameters would cure fails it; the rest are errors.
func (c *Connector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (result abi.ParameterValidationResult, _ error) {
	if step.Page != abi.PageConnectivity {
		return result, nil
	}
	failed := func(parameter, message string) (abi.ParameterValidationResult, error) {
		return abi.ParameterValidationResult{Code: abi.ValidationFailure, ErrorParameter: parameter, ErrorMessage: message}, nil
	}
	e, err := c.engine(step.Parameters)
	if wrong := abi.AsError(err); wrong != nil && wrong.Parameter == Parameter {
		return failed(Parameter, wrong.Error())
	}
	if err != nil {
		return result, err
	}
	for i := range e.recipe.Parameters {
		p := &e.recipe.Parameters[i]
		if v := e.parameter(p.Name); p.Required && !v.there() {
			return failed(p.Name, "it is required")
		}
	}
	err = asRead(e.try(ctx))
	switch abi.CodeOf(err) {
	case abi.BadServerCredentials, abi.AccessDenied:
		return failed("", err.Error())
	}
	return result, err
}

// try carries out the recipe's test, or reads the first page of the import.
func (e *engine) try(ctx context.Context) error {
	s := scope{engine: e, code: abi.UnexpectedData}
	var n needs
	if t := e.recipe.Test; t != nil {
		eachTemplate(&t.Request, n.template)
		if _, err := e.prepare(ctx, n, allPages); err != nil {
			return err
		}
		c, err := e.build(&t.Request, &s)
		if err == nil {
			c.rules, c.expect = t.OnError, t.Expect
			_, _, err = e.ask(ctx, c)
		}
		return err
	}
	if len(e.recipe.Import) == 0 {
		return nil
	}
	l := &e.recipe.Import[0]
	n.lists(e.recipe.Import[:1])
	if _, err := e.prepare(ctx, n, allPages); err != nil {
		return err
	}
	p := newPager(e, l, nil, s)
	if p.state.size > 0 {
		p.state.size = 1
	}
	_, err := p.row(ctx)
	return err
}

// GetSchema returns the one object type.
func (c *Connector) GetSchema(_ context.Context, parameters abi.ConfigParameters) (abi.Schema, error) {
	e, err := c.engine(parameters)
	if err != nil {
		return abi.Schema{}, err
	}
	t := abi.SchemaType{Name: e.recipe.Object, Locked: true}
	for i := range e.recipe.Attributes {
		a := &e.recipe.Attributes[i]
		s := abi.SchemaAttribute{Name: a.Name, Type: types[a.Type], MultiValued: a.Multi, Anchor: a == e.anchor, Sensitive: a.Sensitive}
		switch {
		case a.Access == recipe.WriteOnly:
			s.Operation = abi.ExportOnly
		case a.Access == recipe.ReadOnly, len(a.Template) > 0:
			s.Operation = abi.ImportOnly
		}
		t.Attributes = append(t.Attributes, s)
	}
	return abi.Schema{Types: []abi.SchemaType{t}}, nil
}
