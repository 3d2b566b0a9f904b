package contract

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// CheckParameters checks parameters that a caller hands to a connector.
func CheckParameters(op string, parameters abi.ConfigParameters) error {
	if len(parameters) > abi.MaxParameters {
		return violation(op, ruleParametersInvalid, place{}, "there are %d parameters; at most %d are allowed", len(parameters), abi.MaxParameters)
	}
	var m mistakes
	seen := make(map[string]bool, len(parameters))
	for _, p := range parameters {
		if why := badName(p.Name); why != "" {
			m.fail(op, ruleParametersInvalid, place{Parameter: p.Name}, "the name of a parameter %s", why)
		}
		if seen[p.Name] {
			m.fail(op, ruleParametersInvalid, place{Parameter: p.Name}, "it is given twice")
		}
		seen[p.Name] = true
	}
	return m.err()
}

// checkStep checks the request of a configuration page.
func checkStep(op string, step abi.ConfigParametersRunStep) error {
	switch {
	case step.Page > abi.PageSchema:
		return violation(op, rulePageInvalid, place{}, "there is no page %s", step.Page)
	case step.PageNumber < 1 || step.PageNumber > 1 && step.Page != abi.PageSchema:
		return violation(op, rulePageInvalid, place{}, "page %s has no number %d; numbers begin at 1, and only Schema pages have more", step.Page, step.PageNumber)
	case step.Page == abi.PagePartition && step.Partition == (abi.Partition{}):
		return violation(op, rulePageInvalid, place{}, "page Partition needs the partition it is about")
	}
	return CheckParameters(op, step.Parameters)
}

// CheckDefinitions checks the definitions of one page. The error joins the
// first ten mistakes and says how many more there are.
func CheckDefinitions(definitions []abi.ConfigParameterDefinition) ([]Finding, error) {
	const op = "GetConfigParameters"
	if len(definitions) > abi.MaxParameters {
		return nil, violation(op, ruleDefinitionName, place{}, "the page has %d parameters; at most %d are allowed", len(definitions), abi.MaxParameters)
	}
	choices := 0
	for i := range definitions {
		choices += len(definitions[i].Choices)
	}
	if choices > abi.MaxChoices {
		return nil, violation(op, ruleDefinitionName, place{}, "the parameters of the page have %d choices together; at most %d are allowed", choices, abi.MaxChoices)
	}
	var n notes
	var m mistakes
	seen := make(map[string]bool, len(definitions))
	for i := range definitions {
		d := &definitions[i]
		about := place{Parameter: d.Name}
		nameless := d.Type == abi.ParameterLabel || d.Type == abi.ParameterDivider
		if why := badName(d.Name); why != "" && !(nameless && d.Name == "") {
			m.fail(op, ruleDefinitionName, about, "the name of a parameter %s", why)
		}
		if d.Name != "" && seen[d.Name] {
			m.fail(op, ruleDefinitionName, about, "the page has it twice")
		}
		seen[d.Name] = true
		if why := badDefault(d); why != "" {
			m.fail(op, ruleDefinitionDefault, about, "%s", why)
		}
		if d.Type > abi.ParameterFile {
			n.add(ruleDefinitionType, "parameter %s has a type that ECMA does not know", quoted(d.Name))
		}
	}
	return n.findings(), m.err()
}

// badDefault says what is wrong with a definition's default, or nothing.
func badDefault(d *abi.ConfigParameterDefinition) string {
	switch {
	case d.DefaultValue == "":
	case d.Type == abi.ParameterCheckBox && d.DefaultValue != "0" && d.DefaultValue != "1":
		return `the default of a check box is "1" or "0"`
	case d.Type == abi.ParameterDropDown && !d.Extensible && !slices.Contains(d.Choices, d.DefaultValue):
		return "its default is none of its choices"
	}
	return ""
}

// checkSchemaPages ends a sequence of schema pages that does not end itself.
func checkSchemaPages(step abi.ConfigParametersRunStep, definitions []abi.ConfigParameterDefinition) error {
	if step.Page != abi.PageSchema || step.PageNumber <= abi.MaxSchemaPages || len(definitions) == 0 {
		return nil
	}
	return violation("GetConfigParameters", ruleSchemaPagesEndless, place{},
		"schema page %d still has parameters; after %d pages an empty one must end them", step.PageNumber, abi.MaxSchemaPages)
}

// checkValidation checks the outcome of a page's validation.
func checkValidation(n *notes, r abi.ParameterValidationResult) error {
	if r.Code > abi.ValidationFailure {
		return violation("ValidateConfigParameters", ruleValidationResult, place{}, "%s is neither Success nor Failure", r.Code)
	}
	if r.Code == abi.ValidationFailure && r.ErrorMessage == "" {
		n.add(ruleValidationSilent, "a validation failed and does not say why")
	}
	return nil
}
