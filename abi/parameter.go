package abi

// ConfigParameter is one value an administrator typed.
type ConfigParameter struct {
	// Name is unique over all pages; run-step values of the same name stand in
	// for global ones.
	Name string
	// Value is the text. For an encrypted parameter it is, on the host's side of
	// the sandbox, the secret, and in the guest a placeholder that the host
	// replaces in the places its grant names.
	Value string
	// Encrypted marks a secret (ECMA's IsEncrypted).
	Encrypted bool
}

// ConfigParameters are the parameters entered so far, of all pages.
type ConfigParameters []ConfigParameter

// Get returns the value of the parameter called name, and "" without one.
func (p ConfigParameters) Get(name string) string {
	v, _ := p.Lookup(name)
	return v
}

// Lookup returns the value of the parameter called name and whether there is one.
func (p ConfigParameters) Lookup(name string) (string, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return "", false
}

// ConfigParameterDefinition describes a parameter that a connector asks for.
type ConfigParameterDefinition struct {
	// Name is the key; empty for Label and Divider.
	Name string
	// Type is the kind of field.
	Type ConfigParameterType
	// Text is the label's text, or a hint for the administrator.
	Text string
	// Validation is a regular expression for String and EncryptedString.
	Validation string
	// DefaultValue is offered; for a CheckBox it is "1" or "0".
	DefaultValue string
	// Choices are a DropDown's values. Extensible lets free text in.
	Choices    []string
	Extensible bool
}

// ConfigParametersRunStep is the request of GetConfigParameters and
// ValidateConfigParameters (ECMA's …Ex forms, which take a page number).
type ConfigParametersRunStep struct {
	// Page is the wizard page asked for, PageNumber its number: 1 except on
	// PageSchema.
	Page       ConfigParameterPage
	PageNumber int
	// Partition is set on PagePartition.
	Partition Partition
	// Parameters are the values entered on this page (when validating) and on
	// all earlier ones.
	Parameters ConfigParameters
}

// ParameterValidationResult says whether a page's values will do.
type ParameterValidationResult struct {
	// Code is ValidationSuccess, the zero value, or ValidationFailure.
	Code ParameterValidationCode
	// ErrorMessage tells the administrator what is wrong, ErrorParameter which
	// field to mark.
	ErrorMessage, ErrorParameter string
}
