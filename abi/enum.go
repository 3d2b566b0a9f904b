package abi

// The enumerations of ECMA 2.x, with ECMA's names and numbers. On the wire an
// enumeration is its name; the numbers are pinned by a test because they come
// from outside and are stored by others (Microsoft.MetadirectoryServicesEx,
// assembly version 4.1.4.0).

// AttributeType is the type of an attribute's values.
type AttributeType uint8

// The attribute types.
const (
	String    AttributeType = 0
	Integer   AttributeType = 1
	Reference AttributeType = 2
	Binary    AttributeType = 3
	Boolean   AttributeType = 4
	// Undefined is no type for a schema. A decoded Value has it when what was
	// sent is no value of the declared type; Text then is what was sent.
	Undefined AttributeType = 5
)

// AttributeOperation tells in which directions an attribute can be used.
type AttributeOperation uint8

// The attribute operations.
const (
	ImportExport AttributeOperation = 0
	ExportOnly   AttributeOperation = 1
	ImportOnly   AttributeOperation = 2
)

// ObjectModificationType is what happens to an object.
type ObjectModificationType uint8

// The object modification types. Unconfigured and None never travel.
const (
	ObjectUnconfigured ObjectModificationType = 0
	ObjectNone         ObjectModificationType = 1
	ObjectAdd          ObjectModificationType = 2
	ObjectReplace      ObjectModificationType = 3
	ObjectUpdate       ObjectModificationType = 4
	ObjectDelete       ObjectModificationType = 5
)

// AttributeModificationType is what happens to an attribute.
type AttributeModificationType uint8

// The attribute modification types. Unconfigured never travels.
const (
	AttributeUnconfigured AttributeModificationType = 0
	AttributeAdd          AttributeModificationType = 1
	AttributeReplace      AttributeModificationType = 2
	AttributeUpdate       AttributeModificationType = 3
	AttributeDelete       AttributeModificationType = 4
)

// ValueModificationType is what happens to one value. AttributeChange keeps the
// values added and the values deleted apart, so the type itself never travels.
type ValueModificationType uint8

// The value modification types.
const (
	ValueUnconfigured ValueModificationType = 0
	ValueAdd          ValueModificationType = 1
	ValueDelete       ValueModificationType = 2
)

// OperationType is the kind of an import or export run.
type OperationType uint8

// The operation types. FullObject is never chosen for a run: it asks for the
// complete state of named objects.
const (
	Full       OperationType = 0
	FullObject OperationType = 1
	Delta      OperationType = 2
)

// CloseReason tells a connector why a connection is closed.
type CloseReason uint8

// The close reasons.
const (
	CloseNormal                 CloseReason = 0
	CloseTerminatedByUser       CloseReason = 1
	CloseTerminatedShuttingDown CloseReason = 2
	CloseOpenConnectionFailure  CloseReason = 3
	CloseUnknown                CloseReason = 4
)

// ConfigParameterPage is the wizard page a parameter stands on.
type ConfigParameterPage uint8

// The configuration pages.
const (
	PageConnectivity ConfigParameterPage = 0
	PageGlobal       ConfigParameterPage = 1
	PageRunStep      ConfigParameterPage = 2
	PagePartition    ConfigParameterPage = 3
	PageCapabilities ConfigParameterPage = 4
	// PageSchema is a sequence of pages, numbered from 1; an empty list of
	// definitions ends it.
	PageSchema ConfigParameterPage = 5
)

// ConfigParameterType is the kind of a configuration parameter.
type ConfigParameterType uint8

// The parameter types. Label and Divider hold no value.
const (
	ParameterString          ConfigParameterType = 0
	ParameterEncryptedString ConfigParameterType = 1
	ParameterLabel           ConfigParameterType = 2
	ParameterText            ConfigParameterType = 3
	ParameterDropDown        ConfigParameterType = 4
	// ParameterCheckBox has the values "1" and "0".
	ParameterCheckBox ConfigParameterType = 5
	ParameterDivider  ConfigParameterType = 6
	// ParameterFile reaches the connector as the file's contents.
	ParameterFile ConfigParameterType = 7
)

// ParameterValidationCode is the outcome of ValidateConfigParameters
// (ECMA's ParameterValidationResultCode).
type ParameterValidationCode uint8

// The validation outcomes.
const (
	ValidationSuccess ParameterValidationCode = 0
	ValidationFailure ParameterValidationCode = 1
)

// PasswordOptions are flags of SetPassword.
type PasswordOptions uint8

// The password options.
const (
	PasswordNone               PasswordOptions = 0
	PasswordForceChangeAtLogOn PasswordOptions = 1
	PasswordUnlockAccount      PasswordOptions = 2
	PasswordValidate           PasswordOptions = 4
)

// ConnectionSecurityLevel tells whether passwords travel protected.
type ConnectionSecurityLevel uint8

// The security levels.
const (
	NotSecure ConnectionSecurityLevel = 0
	Secure    ConnectionSecurityLevel = 1
)

// DistinguishedNameStyle is what the connector's distinguished names look like
// (ECMA's MADistinguishedNameStyle).
type DistinguishedNameStyle uint8

// The distinguished name styles.
const (
	// DNNone: objects have an anchor and no distinguished name.
	DNNone DistinguishedNameStyle = 0
	// DNGeneric: a flat name besides the anchor.
	DNGeneric DistinguishedNameStyle = 1
	// DNLdap: a hierarchical name (RFC 4514); partitions exist only here.
	DNLdap DistinguishedNameStyle = 2
)

// Normalizations are flags (ECMA's MANormalizations).
type Normalizations uint8

// The normalizations.
const (
	NormalizeNone          Normalizations = 0
	NormalizeUppercase     Normalizations = 1
	NormalizeRemoveAccents Normalizations = 2
)

// ExportType is what an exported change holds (ECMA's MAExportType). Zero is none
// of them: a connector that exports must choose.
type ExportType uint8

// The export types.
const (
	// ExportAttributeUpdate: changed attributes, value by value.
	ExportAttributeUpdate ExportType = 1
	// ExportAttributeReplace: changed attributes with all their values.
	ExportAttributeReplace ExportType = 2
	// ExportObjectReplace: every attribute, as an object Replace.
	ExportObjectReplace ExportType = 3
	// ExportMultivaluedReferenceAttributeUpdate: references value by value, all
	// other attributes with all their values.
	ExportMultivaluedReferenceAttributeUpdate ExportType = 5
)

// ObjectConfirmation is which exports a later import confirms (ECMA's
// MAObjectConfirmation).
type ObjectConfirmation uint8

// The object confirmations.
const (
	ConfirmNormal         ObjectConfirmation = 0
	ConfirmNoDelete       ObjectConfirmation = 1
	ConfirmNoAddAndDelete ObjectConfirmation = 3
)

// word is one enumeration member: its number and its ECMA name.
type word struct {
	n    uint8
	name string
}

// vocabulary is an enumeration's members. They are few: a linear search beats a
// map.
type vocabulary struct {
	what  string
	words []word
}

func (v vocabulary) name(n uint8) string {
	for _, w := range v.words {
		if w.n == n {
			return w.name
		}
	}
	return v.what + "(" + decimal(int64(n)) + ")"
}

func (v vocabulary) number(name string) (uint8, bool) {
	for _, w := range v.words {
		if w.name == name {
			return w.n, true
		}
	}
	return 0, false
}

// names lists the members' names for an error message.
func (v vocabulary) names() string {
	s := ""
	for i, w := range v.words {
		if i > 0 {
			s += ", "
		}
		s += w.name
	}
	return s
}

var (
	attributeTypes = vocabulary{"AttributeType", []word{{0, "String"}, {1, "Integer"}, {2, "Reference"}, {3, "Binary"}, {4, "Boolean"}, {5, "Undefined"}}}

	attributeOperations = vocabulary{"AttributeOperation", []word{{0, "ImportExport"}, {1, "ExportOnly"}, {2, "ImportOnly"}}}

	objectModifications = vocabulary{"ObjectModificationType", []word{{0, "Unconfigured"}, {1, "None"}, {2, "Add"}, {3, "Replace"}, {4, "Update"}, {5, "Delete"}}}

	attributeModifications = vocabulary{"AttributeModificationType", []word{{0, "Unconfigured"}, {1, "Add"}, {2, "Replace"}, {3, "Update"}, {4, "Delete"}}}

	valueModifications = vocabulary{"ValueModificationType", []word{{0, "Unconfigured"}, {1, "Add"}, {2, "Delete"}}}

	operationTypes = vocabulary{"OperationType", []word{{0, "Full"}, {1, "FullObject"}, {2, "Delta"}}}

	closeReasons = vocabulary{"CloseReason", []word{{0, "Normal"}, {1, "TerminatedByUser"}, {2, "TerminatedShuttingDown"}, {3, "OpenConnectionFailure"}, {4, "Unknown"}}}

	parameterPages = vocabulary{"ConfigParameterPage", []word{{0, "Connectivity"}, {1, "Global"}, {2, "RunStep"}, {3, "Partition"}, {4, "Capabilities"}, {5, "Schema"}}}

	parameterTypes = vocabulary{"ConfigParameterType", []word{{0, "String"}, {1, "EncryptedString"}, {2, "Label"}, {3, "Text"}, {4, "DropDown"}, {5, "CheckBox"}, {6, "Divider"}, {7, "File"}}}

	validationCodes = vocabulary{"ParameterValidationResultCode", []word{{0, "Success"}, {1, "Failure"}}}

	passwordOptions = vocabulary{"PasswordOptions", []word{{1, "ForceChangeAtLogOn"}, {2, "UnlockAccount"}, {4, "ValidatePassword"}}}

	securityLevels = vocabulary{"ConnectionSecurityLevel", []word{{0, "NotSecure"}, {1, "Secure"}}}

	dnStyles = vocabulary{"MADistinguishedNameStyle", []word{{0, "None"}, {1, "Generic"}, {2, "Ldap"}}}

	normalizations = vocabulary{"MANormalizations", []word{{1, "Uppercase"}, {2, "RemoveAccents"}}}

	exportTypes = vocabulary{"MAExportType", []word{{1, "AttributeUpdate"}, {2, "AttributeReplace"}, {3, "ObjectReplace"}, {5, "MultivaluedReferenceAttributeUpdate"}}}

	objectConfirmations = vocabulary{"MAObjectConfirmation", []word{{0, "Normal"}, {1, "NoDeleteConfirmation"}, {3, "NoAddAndDeleteConfirmation"}}}
)

// String returns ECMA's name.
func (t AttributeType) String() string { return attributeTypes.name(uint8(t)) }

// String returns ECMA's name.
func (o AttributeOperation) String() string { return attributeOperations.name(uint8(o)) }

// String returns ECMA's name.
func (t ObjectModificationType) String() string { return objectModifications.name(uint8(t)) }

// String returns ECMA's name.
func (t AttributeModificationType) String() string { return attributeModifications.name(uint8(t)) }

// String returns ECMA's name.
func (t ValueModificationType) String() string { return valueModifications.name(uint8(t)) }

// String returns ECMA's name.
func (t OperationType) String() string { return operationTypes.name(uint8(t)) }

// String returns ECMA's name.
func (r CloseReason) String() string { return closeReasons.name(uint8(r)) }

// String returns ECMA's name.
func (p ConfigParameterPage) String() string { return parameterPages.name(uint8(p)) }

// String returns ECMA's name.
func (t ConfigParameterType) String() string { return parameterTypes.name(uint8(t)) }

// String returns ECMA's name.
func (c ParameterValidationCode) String() string { return validationCodes.name(uint8(c)) }

// String returns ECMA's name.
func (l ConnectionSecurityLevel) String() string { return securityLevels.name(uint8(l)) }

// String returns ECMA's name.
func (s DistinguishedNameStyle) String() string { return dnStyles.name(uint8(s)) }

// String returns ECMA's name.
func (t ExportType) String() string { return exportTypes.name(uint8(t)) }

// String returns ECMA's name.
func (c ObjectConfirmation) String() string { return objectConfirmations.name(uint8(c)) }

// String returns ECMA's names, joined by a bar.
func (o PasswordOptions) String() string { return flagNames(passwordOptions, uint8(o)) }

// String returns ECMA's names, joined by a bar.
func (n Normalizations) String() string { return flagNames(normalizations, uint8(n)) }

func flagNames(v vocabulary, flags uint8) string {
	s := ""
	for _, w := range v.words {
		if flags&w.n != 0 {
			if s != "" {
				s += "|"
			}
			s += w.name
		}
	}
	if s == "" {
		return "None"
	}
	return s
}
