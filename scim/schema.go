package scim

// Type is the data type of an attribute (RFC 7643 section 2.3). The zero Type is string.
type Type uint8

// The data types.
const (
	TypeString Type = iota
	TypeBoolean
	TypeDecimal
	TypeInteger
	TypeDateTime
	TypeBinary
	TypeReference
	TypeComplex
)

var typeNames = [...]string{"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}

// String returns the word of RFC 7643.
func (t Type) String() string { return word(typeNames[:], uint8(t)) }

// Mutability says when a client may write an attribute (RFC 7643 section 7).
// The zero Mutability is readWrite.
type Mutability uint8

// The mutabilities.
//
// ReadOnly values in a body are ignored; a PATCH that names one fails with
// scimType mutability. An Immutable value may be set once. A WriteOnly value is
// never returned and cannot be used in a filter.
const (
	ReadWrite Mutability = iota
	ReadOnly
	Immutable
	WriteOnly
)

var mutabilityNames = [...]string{"readWrite", "readOnly", "immutable", "writeOnly"}

// String returns the word of RFC 7643.
func (m Mutability) String() string { return word(mutabilityNames[:], uint8(m)) }

// Returned says when an attribute is part of an answer (RFC 7643 section 7).
// The zero Returned is default.
type Returned uint8

// The return rules. An attribute that is never returned cannot be used in a
// filter either: it would tell its value by trial.
const (
	ReturnedDefault Returned = iota
	ReturnedAlways
	ReturnedNever
	ReturnedRequest
)

var returnedNames = [...]string{"default", "always", "never", "request"}

// String returns the word of RFC 7643.
func (r Returned) String() string { return word(returnedNames[:], uint8(r)) }

// Uniqueness says whether two resources may share a value (RFC 7643 section 7).
// The zero Uniqueness is none. The Backend enforces it, since only the store
// can do so without a race: see Backend.
type Uniqueness uint8

// The uniqueness rules.
const (
	UniquenessNone Uniqueness = iota
	UniquenessServer
	UniquenessGlobal
)

var uniquenessNames = [...]string{"none", "server", "global"}

// String returns the word of RFC 7643.
func (u Uniqueness) String() string { return word(uniquenessNames[:], uint8(u)) }

func word(words []string, i uint8) string {
	if int(i) >= len(words) {
		return "unknown"
	}
	return words[i]
}

// Attribute describes one attribute (RFC 7643 section 7). Its zero fields mean
// what the RFC gives as defaults: a single, optional string, without regard to
// case, readWrite, returned by default, not unique.
type Attribute struct {
	// Name is the attribute name. Beyond the letters, digits, '-', '_' and '$' of
	// RFC 7643 it may hold dots, brackets, spaces and anything else printable but
	// quotes and backslashes: real directories have such names. Paths and
	// filters find the longest declared name that fits. One with a comma cannot
	// stand in the parameters attributes and excludedAttributes, which are lists.
	Name        string
	Type        Type
	Description string
	MultiValued bool
	Required    bool
	CaseExact   bool // for strings; references and binaries are always case exact
	Mutability  Mutability
	Returned    Returned
	Uniqueness  Uniqueness
	// CanonicalValues are suggestions. They are shown by /Schemas; other values are accepted.
	CanonicalValues []string
	ReferenceTypes  []string
	// SubAttributes are those of a complex attribute. They cannot be complex themselves.
	SubAttributes []Attribute
}

// Schema describes a set of attributes under one URN (RFC 7643 section 7).
type Schema struct {
	URN         string
	Name        string
	Description string
	Attributes  []Attribute
}
