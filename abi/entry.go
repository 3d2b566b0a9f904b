package abi

// AnchorAttribute is one part of what identifies an object.
type AnchorAttribute struct {
	Name  string
	Value Value
}

// AttributeChange is what happens to one attribute.
type AttributeChange struct {
	Name         string
	Modification AttributeModificationType
	// MultiValued says that the values travel as a list.
	MultiValued bool
	// Values are the values of an Add or Replace, and those that an Update adds.
	// A Delete has none.
	Values []Value
	// Deletes are the values that an Update takes away.
	Deletes []Value
}

// Add returns a change that gives a single-valued attribute its value.
func Add(name string, v Value) AttributeChange {
	return AttributeChange{Name: name, Modification: AttributeAdd, Values: []Value{v}}
}

// AddAll returns a change that gives a multi-valued attribute its values.
func AddAll(name string, values ...Value) AttributeChange {
	return AttributeChange{Name: name, Modification: AttributeAdd, MultiValued: true, Values: values}
}

// EntryError is what a connector says of one object that it could not read.
type EntryError struct {
	Code         ImportError
	Name, Detail string
}

// CSEntryChange is the change of one object, in either direction.
type CSEntryChange struct {
	// Identifier names the change on export: results come back under it. It is
	// stable over every retry of the same change and may serve a target as an
	// idempotency key. Empty on import.
	Identifier string
	// Modification is what happens to the object. The zero value,
	// ObjectUnconfigured, is read as Add on import and is invalid on export.
	Modification ObjectModificationType
	// ObjectType may be empty on import when one object type is selected.
	ObjectType string
	// DN is empty with DNNone.
	DN string
	// NewDN renames the object (ECMA's AttributeChange.CreateNewDN).
	NewDN string
	// Anchor holds the anchor attributes; they need not be repeated in
	// Attributes.
	Anchor     []AnchorAttribute
	Attributes []AttributeChange
	// Error is set on import when the object could not be read; it counts as
	// present all the same.
	Error *EntryError
}

// Attribute returns the change of the attribute called name, or nil.
func (e *CSEntryChange) Attribute(name string) *AttributeChange {
	for i := range e.Attributes {
		if e.Attributes[i].Name == name {
			return &e.Attributes[i]
		}
	}
	return nil
}

// AnchorText returns the text of the anchor attribute called name, or of the
// first one if name is empty; "" without one. An exported Add may have its anchor
// among the attributes alone: under its name it is found there too.
func (e *CSEntryChange) AnchorText(name string) string {
	if text := anchorText(e.Anchor, name); text != "" || name == "" {
		return text
	}
	if a := e.Attribute(name); a != nil && len(a.Values) == 1 {
		return a.Values[0].Text()
	}
	return ""
}

func anchorText(anchor []AnchorAttribute, name string) string {
	for i := range anchor {
		if name == "" || anchor[i].Name == name {
			return anchor[i].Value.Text()
		}
	}
	return ""
}

// CSEntry is an object as it stands, read-only: what the password calls get.
type CSEntry struct {
	ObjectType, DN, RDN string
	Anchor              []AnchorAttribute
	// Attributes are Adds.
	Attributes []AttributeChange
}

// AnchorText returns the text of the anchor attribute called name, or of the
// first one if name is empty; "" without one.
func (e *CSEntry) AnchorText(name string) string { return anchorText(e.Anchor, name) }

// CSEntryChangeResult is the outcome of one exported entry. No result at all,
// after a normal return, means success.
type CSEntryChangeResult struct {
	// Identifier is the entry's.
	Identifier string
	// Code is ExportSuccess, the zero value, or what went wrong.
	Code ExportError
	// Name and Detail are the connector's own words. Two names carry a meaning:
	// NotSent, the entry did not reach the target and may be sent again, and
	// OutcomeUnknown, it may have been carried out.
	Name, Detail string
	// Anchor is set when the target made or changed the anchor.
	Anchor []AnchorAttribute
	// Retryable and RetryAfterMillis tell a caller when to try again.
	Retryable        bool
	RetryAfterMillis int64
}
