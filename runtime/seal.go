package runtime

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// Secrets never enter a guest: what follows replaces them by placeholders of the
// lease before anything is encoded. The caller's own values are left alone.

// sealParameters replaces the values of encrypted parameters. An empty value is
// no secret.
func (l *lease) sealParameters(op string, parameters abi.ConfigParameters) (abi.ConfigParameters, error) {
	sealed := slices.Clone(parameters)
	for i := range sealed {
		p := &sealed[i]
		if !p.Encrypted || p.Value == "" {
			continue
		}
		var err error
		if p.Value, err = l.seal(op, "parameter:"+p.Name, p.Value); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

// seal seals one secret in the lease's turn: a runtime that shuts down may end it
// meanwhile, and its host is not asked then.
func (l *lease) seal(op, name, secret string) (placeholder string, err error) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.ended(op); err != nil {
		return "", err
	}
	err = l.orDrop(func() error {
		if placeholder, err = l.host.Seal(name, secret); err != nil {
			return hostError(op, err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return placeholder, nil
}

// sensitive are the names of the attributes whose values are secrets.
type sensitive map[string]bool

func sensitiveAttributes(s abi.Schema) sensitive {
	names := sensitive{abi.ExportPassword: true}
	for _, t := range s.Types {
		for _, a := range t.Attributes {
			if a.Sensitive {
				names[a.Name] = true
			}
		}
	}
	return names
}

// sealAttributes returns the changes with every sensitive value replaced.
func (l *lease) sealAttributes(op string, names sensitive, changes []abi.AttributeChange) ([]abi.AttributeChange, error) {
	sealed, copied := changes, false
	for i := range changes {
		if !names[changes[i].Name] {
			continue
		}
		if !copied {
			sealed, copied = slices.Clone(changes), true
		}
		c := &sealed[i]
		var err error
		if c.Values, err = l.sealValues(op, c.Name, c.Values); err != nil {
			return nil, err
		}
		if c.Deletes, err = l.sealValues(op, c.Name, c.Deletes); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

func (l *lease) sealValues(op, attribute string, values []abi.Value) ([]abi.Value, error) {
	name := "attribute:" + attribute
	if attribute == abi.ExportPassword {
		name = abi.ExportPassword
	}
	sealed := make([]abi.Value, len(values))
	for i, v := range values {
		placeholder, err := l.seal(op, name, secretOf(v))
		if err != nil {
			return nil, err
		}
		if sealed[i], err = placeholderValue(op, attribute, v.Type(), placeholder); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

// secretOf is a value as a target gets it: binary data as it is.
func secretOf(v abi.Value) string {
	if v.Type() == abi.Binary {
		return string(v.Bytes())
	}
	return v.Text()
}

// placeholderValue is a placeholder as a value of the attribute's type, which a
// number or a truth cannot hold.
func placeholderValue(op, attribute string, t abi.AttributeType, placeholder string) (abi.Value, error) {
	switch t {
	case abi.String:
		return abi.StringValue(placeholder), nil
	case abi.Reference:
		return abi.ReferenceValue(placeholder), nil
	case abi.Binary:
		return abi.BinaryValue([]byte(placeholder)), nil
	}
	return abi.Value{}, &abi.Error{Code: abi.UnexpectedData, Op: op, Side: abi.SideCaller, Attribute: attribute,
		Message: "a sensitive value of type " + t.String() + " cannot travel as a placeholder: declare the attribute as String"}
}

// sealEntry returns a copy of an entry with its secrets replaced.
func (l *lease) sealEntry(op string, names sensitive, e abi.CSEntryChange) (abi.CSEntryChange, error) {
	var err error
	e.Attributes, err = l.sealAttributes(op, names, e.Attributes)
	return e, err
}

// sealObject is sealEntry for the object of a password call.
func (l *lease) sealObject(op string, names sensitive, e abi.CSEntry) (abi.CSEntry, error) {
	var err error
	e.Attributes, err = l.sealAttributes(op, names, e.Attributes)
	return e, err
}
