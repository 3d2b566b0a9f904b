package abi

// Code says what kind of failure an Error is. Codes are append-only and their
// numbers are pinned by a test: a host call may answer with minus the number.
// On the wire of a reply a code is its name.
//
// Three families never mix. 1 to 24 and 33 to 48 are ECMA's exceptions, the only
// ones a connector may raise. From 65 on they are the host's own: no connector
// can raise one, so whoever sees ContractViolation or Trap knows that it was not
// the guest that said so.
//
// A Code is an error itself: errors.Is(err, abi.ServerDown).
type Code uint16

// ECMA's ExtensionException family: what a connector raises.
const (
	// TerminateRun stops the run.
	TerminateRun   Code = 1
	DeclineMapping Code = 2
	// UnexpectedData: the target sent something the connector cannot make sense
	// of. Stops the run.
	UnexpectedData Code = 3
	// EntryPointNotImplemented: the connector does not support the call.
	EntryPointNotImplemented Code = 4
	OldPasswordIncorrect     Code = 5
	ObjectNotFound           Code = 6
	ObjectTypeNotSupported   Code = 7
	// AccessDenied: the target refuses what the account tries. Not transient.
	AccessDenied            Code = 8
	PasswordIllFormed       Code = 9
	PasswordPolicyViolation Code = 10
	// BadServerCredentials: the target does not know the account or its
	// password. Not transient.
	BadServerCredentials Code = 11
	// ServerDown, FailedConnection and DroppedConnection are transient: back
	// off, then retry the run.
	ServerDown        Code = 12
	FailedConnection  Code = 13
	DroppedConnection Code = 14
	// WarningNoWatermark: run a full import instead of this delta.
	WarningNoWatermark Code = 15
	FailedSearch       Code = 16
	PasswordExtension  Code = 17
	// EndConnection: the connector asks to end quietly.
	EndConnection           Code = 18
	ClosePasswordConnection Code = 19
	// EntryExport: this object failed, go on.
	EntryExport Code = 20
	// FatalEntryExport stops the run.
	FatalEntryExport Code = 21
	// ExtensibleExtension: any other failure. Stops the run.
	ExtensibleExtension    Code = 22
	FunctionEvaluation     Code = 23
	ProvisioningBySyncRule Code = 24
)

// ECMA's MetadirectoryServicesException family: what ECMA's framework raises at a
// connector, and a connector may raise as well.
const (
	NoSuchAttribute               Code = 33
	NoSuchParameter               Code = 34
	NoSuchAttributeInObjectType   Code = 35
	AttributeDoesNotExistOnObject Code = 36
	AttributeNotInInclusionList   Code = 37
	AttributeNotPresent           Code = 38
	AttributeNotDefinedAsSource   Code = 39
	TooManyValues                 Code = 40
	NoSuchClass                   Code = 41
	NoSuchObjectType              Code = 42
	NoSuchManagementAgent         Code = 43
	NoSuchObject                  Code = 44
	InvalidDN                     Code = 45
	ObjectAlreadyExists           Code = 46
	MissingParentObject           Code = 47
	NoCompatiblePartitionFound    Code = 48
)

// The host's own failures.
const (
	// NotOffered: this host does not offer the function.
	NotOffered Code = 65
	// Denied: a rule forbids it; Error.Rule names the rule.
	Denied Code = 66
	// LimitExceeded: Error.Limit names the limit, Used and Allowed the figures.
	LimitExceeded Code = 67
	// Cancelled: the caller gave up, or the host is shutting down.
	Cancelled Code = 68
	// DeadlineExceeded: the call took longer than it may. Error.Limit names the limit of the
	// host for its time, unless it was the caller's own.
	DeadlineExceeded Code = 69
	// Trap: the guest crashed, exited or was stopped hard. The instance is gone.
	Trap Code = 70
	// InvalidMessage: what came over the ABI is no message of this call.
	InvalidMessage Code = 71
	// ContractViolation: a rule of the contract was broken; Error.Rule is its
	// ECMA-… code.
	ContractViolation Code = 72
	// NotSent: the request did not reach the target. Sending it again is safe.
	NotSent Code = 73
	// OutcomeUnknown: the request may have reached the target and been carried
	// out; the answer was lost.
	OutcomeUnknown Code = 74
	// HostFailure: the host itself failed.
	HostFailure Code = 75
	// Closed: the session, connector or lease was closed before the call.
	Closed Code = 76
	// BadPointer: a pointer and length of a host call do not lie in the guest's
	// memory.
	BadPointer Code = 77
	// InvalidModule: the module is not a connector this host runs.
	InvalidModule Code = 78
	// NotFound: there is no state under this key, or no answer under this id.
	NotFound Code = 79
)

var codeNames = map[Code]string{
	TerminateRun: "TerminateRun", DeclineMapping: "DeclineMapping", UnexpectedData: "UnexpectedData",
	EntryPointNotImplemented: "EntryPointNotImplemented", OldPasswordIncorrect: "OldPasswordIncorrect",
	ObjectNotFound: "ObjectNotFound", ObjectTypeNotSupported: "ObjectTypeNotSupported", AccessDenied: "AccessDenied",
	PasswordIllFormed: "PasswordIllFormed", PasswordPolicyViolation: "PasswordPolicyViolation",
	BadServerCredentials: "BadServerCredentials", ServerDown: "ServerDown", FailedConnection: "FailedConnection",
	DroppedConnection: "DroppedConnection", WarningNoWatermark: "WarningNoWatermark", FailedSearch: "FailedSearch",
	PasswordExtension: "PasswordExtension", EndConnection: "EndConnection", ClosePasswordConnection: "ClosePasswordConnection",
	EntryExport: "EntryExport", FatalEntryExport: "FatalEntryExport", ExtensibleExtension: "ExtensibleExtension",
	FunctionEvaluation: "FunctionEvaluation", ProvisioningBySyncRule: "ProvisioningBySyncRule",

	NoSuchAttribute: "NoSuchAttribute", NoSuchParameter: "NoSuchParameter",
	NoSuchAttributeInObjectType:   "NoSuchAttributeInObjectType",
	AttributeDoesNotExistOnObject: "AttributeDoesNotExistOnObject",
	AttributeNotInInclusionList:   "AttributeNotInInclusionList", AttributeNotPresent: "AttributeNotPresent",
	AttributeNotDefinedAsSource: "AttributeNotDefinedAsSource", TooManyValues: "TooManyValues", NoSuchClass: "NoSuchClass",
	NoSuchObjectType: "NoSuchObjectType", NoSuchManagementAgent: "NoSuchManagementAgent", NoSuchObject: "NoSuchObject",
	InvalidDN: "InvalidDN", ObjectAlreadyExists: "ObjectAlreadyExists", MissingParentObject: "MissingParentObject",
	NoCompatiblePartitionFound: "NoCompatiblePartitionFound",

	NotOffered: "NotOffered", Denied: "Denied", LimitExceeded: "LimitExceeded", Cancelled: "Cancelled",
	DeadlineExceeded: "DeadlineExceeded", Trap: "Trap", InvalidMessage: "InvalidMessage",
	ContractViolation: "ContractViolation", NotSent: "NotSent", OutcomeUnknown: "OutcomeUnknown",
	HostFailure: "HostFailure", Closed: "Closed", BadPointer: "BadPointer", InvalidModule: "InvalidModule",
	NotFound: "NotFound",
}

var codeNumbers = func() map[string]Code {
	m := make(map[string]Code, len(codeNames))
	for c, name := range codeNames {
		m[name] = c
	}
	return m
}()

// Codes returns every code, in order of number.
func Codes() []Code {
	var all []Code
	for c := Code(1); c <= NotFound; c++ {
		if _, ok := codeNames[c]; ok {
			all = append(all, c)
		}
	}
	return all
}

// String returns the name: ECMA's exception without its ending.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return "Code(" + decimal(int64(c)) + ")"
}

// Error returns the name, so that a Code can be the target of errors.Is.
func (c Code) Error() string { return c.String() }

// FromGuest reports whether a connector may raise this code.
func (c Code) FromGuest() bool { return c >= TerminateRun && c <= NoCompatiblePartitionFound }

// Transient reports whether the same call may succeed later without anyone
// changing anything.
func (c Code) Transient() bool {
	switch c {
	case ServerDown, FailedConnection, DroppedConnection, NotSent, DeadlineExceeded:
		return true
	}
	return false
}

// ExportError is the outcome of one exported entry (ECMA's MAExportError).
type ExportError uint8

// The export errors. The first three after Success are no errors but requests:
// call again, differently.
const (
	ExportSuccess                                ExportError = 0
	ExportActionConvertUpdateToAdd               ExportError = 1
	ExportActionRetryReferenceAttribute          ExportError = 2
	ExportActionProvisioningParent               ExportError = 3
	ExportErrorConnectedDirectoryError           ExportError = 4
	ExportErrorConnectedDirectoryMissingObject   ExportError = 5
	ExportErrorConnectedDirectoryExistingObject  ExportError = 6
	ExportErrorReferenceAttributeFailure         ExportError = 7
	ExportErrorNonExistingParent                 ExportError = 8
	ExportErrorDuplicateAnchor                   ExportError = 9
	ExportErrorAmbiguousUpdate                   ExportError = 10
	ExportErrorPasswordPolicyViolation           ExportError = 11
	ExportErrorKerberosTimeSkew                  ExportError = 12
	ExportErrorKerberosNoLogOnServer             ExportError = 13
	ExportErrorInvalidDN                         ExportError = 14
	ExportErrorConstraintViolation               ExportError = 15
	ExportErrorSyntaxViolation                   ExportError = 16
	ExportErrorChangeNamingAttribute             ExportError = 17
	ExportErrorPermissionIssue                   ExportError = 18
	ExportErrorMissingProvisioningAttribute      ExportError = 19
	ExportErrorInvalidProvisioningAttributeValue ExportError = 20
	ExportErrorMissingAnchorComponent            ExportError = 21
	ExportErrorMultiValuedAnchorComponent        ExportError = 22
	ExportErrorAnchorTooLong                     ExportError = 23
	ExportErrorInvalidAttributeValue             ExportError = 24
	// ExportErrorCustomStopRun ends the run, with the connector's own name and
	// detail.
	ExportErrorCustomStopRun ExportError = 25
	// ExportErrorCustomContinueRun fails this entry alone, with the connector's
	// own name and detail.
	ExportErrorCustomContinueRun ExportError = 26
)

var exportErrors = vocabulary{"MAExportError", []word{
	{0, "Success"}, {1, "ExportActionConvertUpdateToAdd"}, {2, "ExportActionRetryReferenceAttribute"},
	{3, "ExportActionProvisioningParent"}, {4, "ExportErrorConnectedDirectoryError"},
	{5, "ExportErrorConnectedDirectoryMissingObject"}, {6, "ExportErrorConnectedDirectoryExistingObject"},
	{7, "ExportErrorReferenceAttributeFailure"}, {8, "ExportErrorNonExistingParent"}, {9, "ExportErrorDuplicateAnchor"},
	{10, "ExportErrorAmbiguousUpdate"}, {11, "ExportErrorPasswordPolicyViolation"}, {12, "ExportErrorKerberosTimeSkew"},
	{13, "ExportErrorKerberosNoLogOnServer"}, {14, "ExportErrorInvalidDN"}, {15, "ExportErrorConstraintViolation"},
	{16, "ExportErrorSyntaxViolation"}, {17, "ExportErrorChangeNamingAttribute"}, {18, "ExportErrorPermissionIssue"},
	{19, "ExportErrorMissingProvisioningAttribute"}, {20, "ExportErrorInvalidProvisioningAttributeValue"},
	{21, "ExportErrorMissingAnchorComponent"}, {22, "ExportErrorMultiValuedAnchorComponent"}, {23, "ExportErrorAnchorTooLong"},
	{24, "ExportErrorInvalidAttributeValue"}, {25, "ExportErrorCustomStopRun"}, {26, "ExportErrorCustomContinueRun"},
}}

// String returns ECMA's name.
func (e ExportError) String() string { return exportErrors.name(uint8(e)) }

// ImportError is what is wrong with one imported entry (ECMA's MAImportError).
type ImportError uint8

// The import errors. In them ECMA calls a distinguished name a domain name.
const (
	ImportSuccess                          ImportError = 0
	ImportErrorMissingDomainName           ImportError = 1
	ImportErrorDomainNameNotLdapConformant ImportError = 2
	ImportErrorInvalidDomainName           ImportError = 3
	ImportErrorMissingChangeType           ImportError = 4
	ImportErrorInvalidChangeType           ImportError = 5
	ImportErrorMultiValuedChangeType       ImportError = 6
	ImportErrorMissingObjectClass          ImportError = 7
	ImportErrorMissingObjectType           ImportError = 8
	ImportErrorParseError                  ImportError = 9
	ImportErrorReadError                   ImportError = 10
	ImportErrorInvalidAttributeValue       ImportError = 11
	ImportErrorInvalidBase64Value          ImportError = 12
	ImportErrorInvalidNumericValue         ImportError = 13
	ImportErrorInvalidBooleanValue         ImportError = 14
	// ImportErrorCustomStopRun ends the run.
	ImportErrorCustomStopRun ImportError = 15
	// ImportErrorCustomContinueRun skips the object; the run goes on, and its
	// watermark is not kept.
	ImportErrorCustomContinueRun ImportError = 16
)

var importErrors = vocabulary{"MAImportError", []word{
	{0, "Success"}, {1, "ImportErrorMissingDomainName"}, {2, "ImportErrorDomainNameNotLdapConformant"},
	{3, "ImportErrorInvalidDomainName"}, {4, "ImportErrorMissingChangeType"}, {5, "ImportErrorInvalidChangeType"},
	{6, "ImportErrorMultiValuedChangeType"}, {7, "ImportErrorMissingObjectClass"}, {8, "ImportErrorMissingObjectType"},
	{9, "ImportErrorParseError"}, {10, "ImportErrorReadError"}, {11, "ImportErrorInvalidAttributeValue"},
	{12, "ImportErrorInvalidBase64Value"}, {13, "ImportErrorInvalidNumericValue"}, {14, "ImportErrorInvalidBooleanValue"},
	{15, "ImportErrorCustomStopRun"}, {16, "ImportErrorCustomContinueRun"},
}}

// String returns ECMA's name.
func (e ImportError) String() string { return importErrors.name(uint8(e)) }
