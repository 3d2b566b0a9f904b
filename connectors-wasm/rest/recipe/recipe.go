// Package recipe is the language in which the REST connector is told how an
// application lists, reads, creates, changes and deletes its users. A recipe is
// data: Parse makes a Recipe of its canonical JSON, with all mistakes at once, and
// the connector follows it. YAML, in which people write it, is read elsewhere.
//
// docs/recipes.md is the page for authors.
package recipe

import (
	"slices"
	"time"
)

// Version is the version of the language, the value of the key recipe.
const Version = 1

// Recipe is one application's. It is not changed after Parse and may be shared.
type Recipe struct {
	// Name is the recipe's: lower-case letters, digits and hyphens.
	Name string
	// About is a sentence for people.
	About string
	// Target is what requests without a target of their own go to.
	Target string
	// Targets are explained to the operator, by name; Target is always among them.
	Targets []Target
	// Parameters are what the operator is asked for.
	Parameters []Parameter
	// Object is the name of the one object type.
	Object string
	// Anchor is the name of the attribute that identifies an object for good.
	Anchor string
	// Attributes in the order of the recipe.
	Attributes []Attribute
	// ExportType says what an update is told.
	ExportType ExportType

	// Test is a request that shows that the target can be used; nil: the first page
	// of the import is.
	Test *Step
	// Import are the lists that together are all objects; none: no import.
	Import []List
	// Delta is nil where the target cannot tell what changed.
	Delta *Delta
	// Read finds one object by its anchor; nil where the target cannot.
	Read *Read
	// Find finds one object by other attributes, to resolve a create whose answer
	// was lost; nil where the target cannot.
	Find *Find
	// Lookups are tables that are read when they are first needed.
	Lookups []Lookup

	// Create, Update, Delete, SetPassword and ChangePassword are nil where the
	// target cannot.
	Create, Update, Delete, SetPassword, ChangePassword *Operation

	// Errors are the rules for every answer, behind those of the step.
	Errors []ErrorRule
}

// Attribute returns the attribute called name, or nil.
func (r *Recipe) Attribute(name string) *Attribute {
	for i := range r.Attributes {
		if r.Attributes[i].Name == name {
			return &r.Attributes[i]
		}
	}
	return nil
}

// TakesPassword says whether a password that is mapped has a way to the target: by
// SetPassword, or by a step of Update that sends it.
func (r *Recipe) TakesPassword() bool {
	return r.SetPassword != nil || r.Update != nil && r.Update.SendsPassword()
}

// SendsPassword says whether a step sends the new password.
func (o *Operation) SendsPassword() bool {
	return slices.ContainsFunc(o.Steps, func(s Step) bool { return s.Request.SendsPassword() })
}

// Lookup returns the lookup called name, or nil.
func (r *Recipe) Lookup(name string) *Lookup {
	for i := range r.Lookups {
		if r.Lookups[i].Name == name {
			return &r.Lookups[i]
		}
	}
	return nil
}

// Target is an application that requests go to.
type Target struct {
	Name, About string
	// BaseURL is an example for the operator, such as
	// https://gitlab.example/api/v4.
	BaseURL string
	// Login are the credentials it takes, for the operator.
	Login []Login
	// Headers are those of answers that the recipe reads beyond the usual ones.
	Headers []string
	// Drop and Seal are JSON pointers in answers, with * and ** as in a grant: what
	// is dropped never reaches the connector; of what is sealed it gets a
	// placeholder, named answer: and the pointer's last key, that it can write back.
	Drop, Seal []string
}

// Login is a kind of credentials that an application takes.
type Login struct {
	// Kind is basic, bearer, apiKey, oauth2, session and so on, as in a configuration.
	Kind string
	// Settings, for apiKey, awsSigV4, oauth2 and session, is JSON with the keys that a
	// configuration has there, without who logs in; empty: nothing is known. Parse does
	// not look into it.
	Settings string
	// Path is where it stands in the recipe.
	Path string
}

// ParameterType is the type of a Parameter.
type ParameterType uint8

// The parameter types.
const (
	// Text is any text.
	Text ParameterType = 0
	// Secret is sealed: it may stand in slots alone.
	Secret ParameterType = 1
	// Choice is one of Choices.
	Choice ParameterType = 2
	// Flag is true or false, in templates too.
	Flag ParameterType = 3
)

// Parameter is what the operator is asked for.
type Parameter struct {
	Name, About string
	Type        ParameterType
	Default     string
	Choices     []string
	// Pattern is a regular expression the value must match.
	Pattern string
	// Required parameters have no default and must not be empty.
	Required bool
}

// ExportType says what an update is told.
type ExportType uint8

const (
	// AttributeReplace: the attributes that changed, with all their new values.
	AttributeReplace ExportType = 0
	// ObjectReplace: the whole object.
	ObjectReplace ExportType = 1
)

// ValueType is the type of an attribute's values.
type ValueType uint8

// The value types.
const (
	String    ValueType = 0
	Integer   ValueType = 1
	Boolean   ValueType = 2
	Reference ValueType = 3
	Binary    ValueType = 4
)

// Access says in which directions an attribute works.
type Access uint8

const (
	// ReadWrite attributes are imported and exported.
	ReadWrite Access = 0
	// ReadOnly attributes are imported.
	ReadOnly Access = 1
	// WriteOnly attributes are exported.
	WriteOnly Access = 2
	// CreateOnly attributes are imported, and exported with a new object alone.
	CreateOnly Access = 3
)

// Attribute is one attribute of the object.
type Attribute struct {
	Name, About string
	Type        ValueType
	Multi       bool
	Access      Access
	// Required attributes must have a value in a new object.
	Required bool
	// Sensitive values are sealed: they may stand in slots alone.
	Sensitive bool
	// Read is the path of the value in a row, or in the detail if Detail is set;
	// empty: it is not read.
	Read   string
	Detail bool
	// Write is where the value goes in a body that spreads attributes: member names
	// one inside the other; none: it is not spread.
	Write []string
	// As is the type in a JSON body: the attribute's own type unless it says
	// otherwise.
	As JSONType
	// Convert is applied first to last when reading and last to first, inverted,
	// when writing.
	Convert []Conversion
	// Template, if not empty, makes the value when reading, out of row.PATH and
	// detail.PATH; it then is read-only.
	Template Template
	// Path is where the attribute stands in the recipe.
	Path string
}

// JSONType is how a value stands in a JSON body.
type JSONType uint8

// The JSON types.
const (
	AsIs      JSONType = 0
	AsText    JSONType = 1
	AsNumber  JSONType = 2
	AsBoolean JSONType = 3
)

// ConversionKind names a conversion.
type ConversionKind uint8

// The conversions, as they read; writing inverts them.
const (
	// Split makes a list of a text at every Text.
	Split ConversionKind = 1
	// Join makes a text of a list with Text between.
	Join ConversionKind = 2
	// Lower and Upper change case, when reading alone; Trim takes white space off
	// both ends.
	Lower ConversionKind = 3
	Upper ConversionKind = 4
	Trim  ConversionKind = 5
	// Words makes true of the words True and false of the words False; writing
	// takes the first of each. Where one of the two is empty, every other word is
	// it; where none is, another word is an error.
	Words ConversionKind = 6
	// Table makes of each Pairs' target word ours; Else is for all others, and
	// without it they are an error.
	Table ConversionKind = 7
	// Date reads Text's format and makes RFC 3339 in UTC.
	Date ConversionKind = 8
	// Constant is written whatever the value is.
	Constant ConversionKind = 9
	// Default is read when there is nothing.
	Default ConversionKind = 10
	// LookupTable makes of each key the name that the lookup Text has for it.
	LookupTable ConversionKind = 11
	// Wrap makes of each object its member Text; writing makes the objects.
	Wrap ConversionKind = 12
	// Not turns a boolean around.
	Not ConversionKind = 13
	// Nothing makes nothing of the words Nothings, when reading alone.
	Nothing ConversionKind = 14
)

// Conversion is one step between the target's values and ours.
type Conversion struct {
	Kind        ConversionKind
	Text        string
	True, False []string
	Nothings    []string
	Pairs       []Pair
	// Else is ours for a word that Pairs does not have; HasElse says it is there.
	Else    string
	HasElse bool
	// Path is where the conversion stands in the recipe.
	Path string
}

// Pair is a line of a table: the target's word and ours.
type Pair struct{ Target, Ours string }

// Template is a text with references in it.
type Template []Piece

// Piece is a text, or a reference.
type Piece struct {
	Text string
	// Ref is the reference's first word and, if there is more, all that stands
	// behind the first point, such as attr, email or row, detail.city; nil for a
	// text. A row, detail or current alone has the path "." behind it.
	Ref []string
	// Pipes change what the reference found, first to last.
	Pipes []Pipe
	// Encoding is the form in which the host puts in the secret that the reference is
	// to: base64, utf16leQuoted, ssha, ssha256 or ssha512, or empty for the secret as it
	// is. It is written as a pipe, and no business of the connector.
	Encoding string
}

// Pipe is a conversion inside a template.
type Pipe struct {
	// Name: lower, upper, trim, default, join, date, lookup, words, json, base64,
	// first, number, text, not.
	Name string
	Args []string
}

// Request is one request.
type Request struct {
	Target, Method string
	Path           Template
	Query, Headers []TemplateField
	// At most one of JSON, Form and Body is there.
	JSON *Body
	Form []TemplateField
	// FormSpread puts many keys into the form, as a Member with a Spread does into an
	// object; nil: none. Keys of Form override them.
	FormSpread *Member
	Body       Template
	// Safety overrides that of the method; SafetySet says it does.
	Safety    Safety
	SafetySet bool
	Timeout   time.Duration
	// At is where the request stands in the recipe.
	At string
}

// Safety says what happens when a request is carried out twice, as abi.Safety
// does.
type Safety uint8

// The safeties.
const (
	Neither    Safety = 0
	Idempotent Safety = 1
	Safe       Safety = 2
)

// TemplateField is a name and a template, such as a query parameter.
type TemplateField struct {
	Name  string
	Value Template
	// Prefix is what the host puts before the secret that a header's Value is, such as
	// "Token ".
	Prefix string
	// At is where it stands in the recipe.
	At string
}

// BodyKind is the kind of a Body.
type BodyKind uint8

// The kinds of bodies.
const (
	// BodyObject has Members, BodyList has Items.
	BodyObject BodyKind = 0
	BodyList   BodyKind = 1
	// BodyText is made from Template. A Template that is one reference alone gives
	// the value with its own type, and where there is none the member is left out.
	BodyText BodyKind = 2
	// BodyRaw is a number, true, false or null, as JSON in Raw.
	BodyRaw BodyKind = 3
)

// Body is a JSON body, or a part of one.
type Body struct {
	Kind     BodyKind
	Members  []Member
	Items    []Body
	Template Template
	Raw      string
	At       string
}

// Member is one member of an object, or a spread of many.
type Member struct {
	Name  string
	Value Body
	// Spread, in the order given, puts many members here: attributes (all that are
	// there), changed (those that changed), current (the object as it was read).
	// Later ones and named members override earlier ones. Value then has At alone.
	Spread []string
	// Omit are members that a spread leaves out.
	Omit []string
}

// Step is one request of an operation, with what goes before and after it.
type Step struct {
	// When must hold, or the step is left out; nil always holds.
	When *Condition
	// Each repeats the step for each value; nil: once.
	Each    *Each
	Request Request
	// Expect are the statuses that are success; none: 2xx.
	Expect []StatusRange
	// Capture keeps parts of the answer, for later steps as capture.NAME. The
	// anchor's name sets the anchor of a new object.
	Capture []Capture
	// OnError are rules for this step's answers, before the recipe's.
	OnError []ErrorRule
	At      string
}

// Each repeats a step for the values of an attribute, as each.value.
type Each struct {
	// Attribute is whose values; Added and Removed are those that the change brings
	// and takes, for which the object is read before. Neither: all new values. A
	// create adds all values, a delete removes all.
	Attribute      string
	Added, Removed bool
}

// StatusRange is a status or a range of them, both ends included.
type StatusRange struct{ From, To int }

// Capture keeps one part of an answer.
type Capture struct {
	Name string
	// Value is a path in the body, Header the name of a header: one of them.
	Value, Header string
}

// Condition holds or does not. All that are set must hold. Values are compared as
// ours, as text.
type Condition struct {
	// Changed: one of these attributes is set by the change.
	Changed []string
	// Is: the attributes' new values are these. Was: those before the change were
	// these, for which the object is read.
	Is, Was []Pair2
	// Has: each of these references finds something.
	Has [][]string
	// Not, Any and All are made of others.
	Not *Condition
	Any []Condition
	All []Condition
}

// Pair2 is an attribute and a value as text; an empty Value with Absent says that
// there is none.
type Pair2 struct {
	Name, Value string
	Absent      bool
}

// Operation changes the target.
type Operation struct {
	// ReadFirst reads the object before the first step, for current, old, Was,
	// Added and Removed; Parse sets it where one of these stands.
	ReadFirst bool
	Steps     []Step
	At        string
}

// ErrorRule says what an answer means. All that are set must hold.
type ErrorRule struct {
	Status []StatusRange
	// Body is a text with * for any signs, found anywhere in the body, without
	// regard to case.
	Body string
	// Value is a path; Is compares it, Present wants it there and neither null,
	// false, 0, nor empty.
	Value   string
	Is      string
	HasIs   bool
	Present bool
	// Then is the name of an ECMA error such as ObjectAlreadyExists, or one of
	// "ok" (success, nothing captured), "gone" (the object is not there), "exists"
	// (it is there already: Find resolves it), "retry" (ServerDown).
	Then string
	// Message is the path of a text for people.
	Message string
	At      string
}
