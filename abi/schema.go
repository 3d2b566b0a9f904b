package abi

// ExportPassword is the virtual attribute that carries a new object's password:
// a single-valued String, export-only, never imported, cached or logged. Hosts
// add it to the schema; a connector never declares it.
const ExportPassword = "export_password"

// SchemaAttribute is one attribute of an object type.
type SchemaAttribute struct {
	// Name is the key over all object types: the same name has the same type and
	// valuedness wherever it stands.
	Name string
	// Type is the type of the values.
	Type AttributeType
	// MultiValued attributes have any number of values in no order. An anchor
	// is never multi-valued.
	MultiValued bool
	// Anchor marks (a part of) what identifies an object for good.
	Anchor bool
	// Operation says in which directions the attribute works.
	Operation AttributeOperation
	// Hidden asks user interfaces not to show the attribute at first (ECMA's
	// HiddenByDefault).
	Hidden bool
	// Sensitive values are export-only, reach the connector as placeholders, and
	// are never cached or logged. An extension of ours; ECMA has it for
	// export_password alone.
	Sensitive bool
}

// SchemaType is one object type.
type SchemaType struct {
	Name string
	// Locked says that an administrator cannot choose another anchor.
	Locked     bool
	Attributes []SchemaAttribute
	// PossibleDNComponents are the RDN components for which this type can be
	// created when a parent is missing (ECMA's
	// PossibleDNComponentsForProvisioning). Hosts of ecmabox create no parents.
	PossibleDNComponents []string
}

// Attribute returns the attribute called name, or nil.
func (t *SchemaType) Attribute(name string) *SchemaAttribute {
	for i := range t.Attributes {
		if t.Attributes[i].Name == name {
			return &t.Attributes[i]
		}
	}
	return nil
}

// Anchors returns the names of the anchor attributes.
func (t *SchemaType) Anchors() []string {
	var names []string
	for i := range t.Attributes {
		if t.Attributes[i].Anchor {
			names = append(names, t.Attributes[i].Name)
		}
	}
	return names
}

// Schema is what a connector can hold.
type Schema struct {
	Types []SchemaType
}

// Type returns the object type called name, or nil.
func (s *Schema) Type(name string) *SchemaType {
	for i := range s.Types {
		if s.Types[i].Name == name {
			return &s.Types[i]
		}
	}
	return nil
}

// Partition is a part of the target with a namespace of its own.
type Partition struct {
	// Identifier is a GUID in its 36-character form.
	Identifier string
	// DN is the partition's distinguished name; objects of the partition lie
	// below it.
	DN   string
	Name string
	// Hidden asks user interfaces not to show it at first.
	Hidden bool
}

// DefaultPartition is the one partition of a connector without GetPartitions.
var DefaultPartition = Partition{Identifier: "00000000-0000-0000-0000-000000000000", DN: "default", Name: "default"}

// Capabilities are what a connector can do with the parameters it was given:
// ECMA's 17 MACapabilities, its four page sizes, its password security level,
// and one of ours. The zero value can do nothing; DefaultCapabilities are those
// of a freshly made MACapabilities.
//
// A connector is asked once, after the Connectivity page; what it answers is
// kept with the configuration and must not change.
type Capabilities struct {
	// ConcurrentOperation false would keep other connectors from running at the
	// same time. ecmabox does not use it: one connector's lanes are always
	// served one call at a time.
	ConcurrentOperation bool
	// DistinguishedNameStyle: None has anchors alone.
	DistinguishedNameStyle DistinguishedNameStyle
	// IsDNAsAnchor needs DNLdap: the DN is the anchor.
	IsDNAsAnchor bool
	// ObjectRename: the DN may change. Not with DNNone.
	ObjectRename bool
	// DeltaImport: OpenImportConnection takes Delta.
	DeltaImport bool
	// FullExport is not used by ecmabox.
	FullExport bool
	// ExportType is what an Update holds. Needed with SupportExport.
	ExportType ExportType
	// NoReferenceValuesInFirstExport is not used by ecmabox.
	NoReferenceValuesInFirstExport bool
	// ExportPasswordInFirstPass is not supported: export_password always follows
	// in a second pass.
	ExportPasswordInFirstPass bool
	// DeleteAddAsReplace is not used by ecmabox.
	DeleteAddAsReplace bool
	// ObjectConfirmation is a hint only.
	ObjectConfirmation ObjectConfirmation
	// Normalizations are not used by ecmabox.
	Normalizations Normalizations
	// The Support flags offer a role, if its exports are there too.
	SupportImport, SupportExport, SupportPartitions, SupportPassword bool
	// SupportHierarchy is not used by ecmabox: GetHierarchy is no call of the
	// ABI.
	SupportHierarchy bool
	// SupportFullObject: OpenImportConnection takes FullObject. An optional role
	// of ours; in ECMA it goes with every import.
	SupportFullObject bool

	// The page sizes, in entries: what to ask for unless told otherwise, and the
	// most. Zero means DefaultPageEntries and MaxPageEntries.
	ImportDefaultPageSize, ImportMaxPageSize int
	ExportDefaultPageSize, ExportMaxPageSize int
	// ConnectionSecurityLevel says whether passwords travel protected.
	ConnectionSecurityLevel ConnectionSecurityLevel
}

// DefaultCapabilities returns what a fresh MACapabilities of ECMA holds.
func DefaultCapabilities() Capabilities {
	return Capabilities{
		ConcurrentOperation: true, ObjectRename: true, DeltaImport: true, DeleteAddAsReplace: true,
		DistinguishedNameStyle: DNGeneric, ExportType: ExportAttributeUpdate, ObjectConfirmation: ConfirmNoAddAndDelete,
		SupportImport: true, SupportExport: true, SupportPartitions: true, SupportPassword: true, SupportHierarchy: true,
	}
}
