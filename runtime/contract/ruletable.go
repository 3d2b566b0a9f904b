package contract

import "github.com/ecmabox/ecmabox/abi"

// The codes. They are stable: a rule that goes away leaves its code unused.
const (
	// The promise, against the connector it is about.
	rulePromiseInvalid     = "ECMA-PROMISE-INVALID"
	ruleOneObjectType      = "ECMA-ONE-OBJECT-TYPE"
	ruleOnePartition       = "ECMA-ONE-PARTITION"
	ruleAttributeNotInType = "ECMA-ATTRIBUTE-NOT-IN-TYPE"
	ruleAnchorLocked       = "ECMA-ANCHOR-LOCKED"
	rulePasswordNoWay      = "ECMA-PASSWORD-NO-WAY"

	// Capabilities.
	ruleCapabilityValue       = "ECMA-CAPABILITY-VALUE"
	ruleDNAsAnchorNeedsLdap   = "ECMA-DN-AS-ANCHOR-NEEDS-LDAP"
	ruleRenameNeedsDN         = "ECMA-RENAME-NEEDS-DN"
	ruleDeltaNeedsImport      = "ECMA-DELTA-NEEDS-IMPORT"
	ruleFullObjectNeedsImport = "ECMA-FULL-OBJECT-NEEDS-IMPORT"
	ruleExportTypeMissing     = "ECMA-EXPORT-TYPE-MISSING"
	rulePageSize              = "ECMA-PAGE-SIZE"
	rulePartitionsNeedLdap    = "ECMA-PARTITIONS-NEED-LDAP"
	ruleHierarchy             = "ECMA-HIERARCHY-NOT-USED"
	ruleFullExport            = "ECMA-FULL-EXPORT-NOT-USED"
	rulePasswordFirstPass     = "ECMA-PASSWORD-FIRST-PASS-NOT-USED"
	ruleNormalizations        = "ECMA-NORMALIZATIONS-NOT-USED"
	ruleConcurrentOperation   = "ECMA-CONCURRENT-OPERATION-NOT-USED"
	ruleDeleteAddAsReplace    = "ECMA-DELETE-ADD-AS-REPLACE-NOT-USED"
	ruleNoReferencesFirst     = "ECMA-NO-REFERENCES-FIRST-NOT-USED"
	ruleObjectConfirmation    = "ECMA-OBJECT-CONFIRMATION-NOT-USED"
	ruleNoImport              = "ECMA-NO-IMPORT"
	rulePasswordNotSecure     = "ECMA-PASSWORD-NOT-SECURE"

	// Schema.
	ruleSchemaEmpty            = "ECMA-SCHEMA-EMPTY"
	ruleSchemaLimit            = "ECMA-SCHEMA-LIMIT"
	ruleNameInvalid            = "ECMA-NAME-INVALID"
	ruleNameDuplicate          = "ECMA-NAME-DUPLICATE"
	ruleNameCase               = "ECMA-NAME-CASE"
	ruleNameSpecial            = "ECMA-NAME-SPECIAL"
	ruleAttributeKind          = "ECMA-ATTRIBUTE-KIND"
	ruleAttributeDiffers       = "ECMA-ATTRIBUTE-DIFFERS"
	ruleExportPasswordDeclared = "ECMA-EXPORT-PASSWORD-DECLARED"
	ruleSensitiveImported      = "ECMA-SENSITIVE-IMPORTED"
	ruleAnchorMissing          = "ECMA-ANCHOR-MISSING"
	ruleAnchorComposite        = "ECMA-ANCHOR-COMPOSITE"
	ruleAnchorKind             = "ECMA-ANCHOR-KIND"
	ruleDNIsAnchor             = "ECMA-DN-IS-ANCHOR"
	ruleParents                = "ECMA-PARENTS-NOT-MADE"

	// Partitions.
	rulePartitionNone      = "ECMA-PARTITION-NONE"
	rulePartitionInvalid   = "ECMA-PARTITION-INVALID"
	rulePartitionDuplicate = "ECMA-PARTITION-DUPLICATE"

	// Parameters.
	ruleParametersInvalid  = "ECMA-PARAMETERS-INVALID"
	rulePageInvalid        = "ECMA-PAGE-INVALID"
	ruleDefinitionName     = "ECMA-DEFINITION-NAME"
	ruleDefinitionDefault  = "ECMA-DEFINITION-DEFAULT"
	ruleDefinitionType     = "ECMA-DEFINITION-TYPE"
	ruleSchemaPagesEndless = "ECMA-SCHEMA-PAGES-ENDLESS"
	ruleValidationResult   = "ECMA-VALIDATION-RESULT"
	ruleValidationSilent   = "ECMA-VALIDATION-SILENT"

	// Calls and sessions.
	ruleRoleNotOffered = "ECMA-ROLE-NOT-OFFERED"
	ruleSessionOpen    = "ECMA-SESSION-OPEN"
	ruleSessionBusy    = "ECMA-SESSION-BUSY"
	ruleSessionClosed  = "ECMA-SESSION-CLOSED"
	ruleSessionEnded   = "ECMA-SESSION-ENDED"
	ruleErrorUntyped   = "ECMA-ERROR-UNTYPED"

	// Imports: the run.
	ruleImportType        = "ECMA-IMPORT-TYPE"
	ruleWatermarkNone     = "ECMA-WATERMARK-NONE"
	ruleWatermarkChain    = "ECMA-WATERMARK-CHAIN"
	ruleWatermarkTooLong  = "ECMA-WATERMARK-TOO-LONG"
	ruleWatermarkNotKept  = "ECMA-WATERMARK-NOT-KEPT"
	ruleCloseReason       = "ECMA-CLOSE-REASON"
	ruleRequestLimits     = "ECMA-REQUEST-LIMITS"
	rulePageTooLarge      = "ECMA-PAGE-TOO-LARGE"
	ruleNoProgress        = "ECMA-IMPORT-NO-PROGRESS"
	ruleFullObjectEntries = "ECMA-FULL-OBJECT-ENTRIES"

	// Imports: entries.
	ruleObjectTypeForeign   = "ECMA-OBJECT-TYPE-FOREIGN"
	rulePartitionForeign    = "ECMA-PARTITION-FOREIGN"
	ruleAttributeUnselected = "ECMA-ATTRIBUTE-UNSELECTED"
	ruleDuplicateIdentical  = "ECMA-DUPLICATE-IDENTICAL"
	ruleDuplicateDiffers    = "ECMA-DUPLICATE-DIFFERS"
	ruleDNDuplicate         = "ECMA-DN-DUPLICATE"
	ruleEntryModification   = "ECMA-ENTRY-MODIFICATION"
	ruleEntryAttributeForm  = "ECMA-ENTRY-ATTRIBUTE-FORM"
	ruleEntryAttributeTwice = "ECMA-ENTRY-ATTRIBUTE-TWICE"
	ruleValueType           = "ECMA-VALUE-TYPE"
	ruleValueCount          = "ECMA-VALUE-COUNT"
	ruleEntryAnchor         = "ECMA-ENTRY-ANCHOR"
	ruleEntryAnchorForeign  = "ECMA-ENTRY-ANCHOR-FOREIGN"
	ruleEntryAnchorDiffers  = "ECMA-ENTRY-ANCHOR-DIFFERS"
	ruleAnchorTooLong       = "ECMA-ANCHOR-TOO-LONG"
	ruleDNMissing           = "ECMA-DN-MISSING"
	ruleDNNotUsed           = "ECMA-DN-NOT-USED"
	ruleDNSyntax            = "ECMA-DN-SYNTAX"
	ruleEntryRename         = "ECMA-ENTRY-RENAME"
	ruleEntryErrorCode      = "ECMA-ENTRY-ERROR-CODE"
	ruleEntryError          = "ECMA-ENTRY-ERROR"
	ruleEntryUnidentified   = "ECMA-ENTRY-UNIDENTIFIED"
	ruleEntryErrorsTooMany  = "ECMA-ENTRY-ERRORS-TOO-MANY"
	ruleStopRun             = "ECMA-STOP-RUN"

	// Exports: what the caller sends.
	ruleExportBatch         = "ECMA-EXPORT-BATCH"
	ruleExportIdentifier    = "ECMA-EXPORT-IDENTIFIER"
	ruleExportModification  = "ECMA-EXPORT-MODIFICATION"
	ruleExportObjectType    = "ECMA-EXPORT-OBJECT-TYPE"
	ruleExportAnchor        = "ECMA-EXPORT-ANCHOR"
	ruleExportDN            = "ECMA-EXPORT-DN"
	ruleExportPartition     = "ECMA-EXPORT-PARTITION"
	ruleExportRename        = "ECMA-EXPORT-RENAME"
	ruleExportAttribute     = "ECMA-EXPORT-ATTRIBUTE"
	ruleExportImportOnly    = "ECMA-EXPORT-IMPORT-ONLY"
	ruleExportAttributeForm = "ECMA-EXPORT-ATTRIBUTE-FORM"
	ruleExportValue         = "ECMA-EXPORT-VALUE"
	ruleExportPasswordInAdd = "ECMA-EXPORT-PASSWORD-IN-ADD"

	// Exports: what the connector answers.
	ruleResultUnknown       = "ECMA-RESULT-UNKNOWN"
	ruleResultTwice         = "ECMA-RESULT-TWICE"
	ruleResultCode          = "ECMA-RESULT-CODE"
	ruleResultAnchor        = "ECMA-RESULT-ANCHOR"
	ruleResultRekey         = "ECMA-RESULT-REKEY"
	ruleResultAnchorMissing = "ECMA-RESULT-ANCHOR-MISSING"
	ruleResultOdd           = "ECMA-RESULT-ODD"
	ruleResultStopRun       = "ECMA-RESULT-STOP-RUN"

	// Passwords.
	rulePasswordEntry   = "ECMA-PASSWORD-ENTRY"
	rulePasswordEmpty   = "ECMA-PASSWORD-EMPTY"
	rulePasswordOptions = "ECMA-PASSWORD-OPTIONS"
)

// rules is the table. Sources are design.md ("design"), the ECMA reference
// ("ecma2") and package abi.
var rules = []Rule{
	// The promise, against the connector it is about.
	{rulePromiseInvalid, abi.SideCaller, Refuse, abi.ContractViolation, "A promise names things that can have such names, each attribute once, no export_password among them, and no negative page size.", "design 6"},
	{ruleOneObjectType, abi.SideCaller, Refuse, abi.ContractViolation, "One object type of the schema is chosen, by name unless there is only one.", "ecma2 5, object types > 1"},
	{ruleOnePartition, abi.SideCaller, Refuse, abi.ContractViolation, "One partition of the target is chosen, by name, DN or identifier unless there is only one.", "ecma2 5, partitions > 1"},
	{ruleAttributeNotInType, abi.SideCaller, Refuse, abi.ContractViolation, "Every selected attribute, and a chosen anchor, is one of the object type.", "design 6"},
	{ruleAnchorLocked, abi.SideCaller, Refuse, abi.ContractViolation, "A locked object type keeps the anchor of its schema.", "ecma2 1.6, SchemaType"},
	{rulePasswordNoWay, abi.SideCaller, Refuse, abi.ContractViolation, "A password is mapped only where the connector has the password role or exports.", "ecma2 5, ExportPasswordInFirstPass"},
	// Capabilities.
	{ruleCapabilityValue, abi.SideGuest, Refuse, abi.ContractViolation, "Every capability has one of the values that ECMA gives it.", "ecma2 1.6, enums"},
	{ruleDNAsAnchorNeedsLdap, abi.SideGuest, Refuse, abi.ContractViolation, "IsDNAsAnchor goes with LDAP style distinguished names alone.", "ecma2 1.7"},
	{ruleRenameNeedsDN, abi.SideGuest, Refuse, abi.ContractViolation, "ObjectRename is off where there are no distinguished names.", "ecma2 1.7"},
	{ruleDeltaNeedsImport, abi.SideGuest, Refuse, abi.ContractViolation, "DeltaImport is off where SupportImport is.", "ecma2 5, DeltaImport"},
	{ruleFullObjectNeedsImport, abi.SideGuest, Refuse, abi.ContractViolation, "SupportFullObject is off where SupportImport is.", "ecma2 5, FullObject import"},
	{ruleExportTypeMissing, abi.SideGuest, Refuse, abi.ContractViolation, "A connector that exports says what an update holds.", "ecma2 1.7, ExportType"},
	{rulePageSize, abi.SideGuest, Refuse, abi.ContractViolation, "Page sizes are not negative, and no default is above its maximum.", "ecma2 5, ImportMaxPageSize"},
	{rulePartitionsNeedLdap, abi.SideGuest, Note, 0, "SupportPartitions without LDAP style names is not used: GetPartitions is not called.", "ecma2 5, SupportPartitions"},
	{ruleHierarchy, abi.SideGuest, Note, 0, "SupportHierarchy is accepted and not used: GetHierarchy is no call of the ABI.", "ecma2 5, Hierarchies"},
	{ruleFullExport, abi.SideGuest, Note, 0, "FullExport is accepted and not used: exports are always deltas.", "ecma2 5, FullExport"},
	{rulePasswordFirstPass, abi.SideGuest, Note, 0, "ExportPasswordInFirstPass is accepted and not used: the password follows in a second pass.", "ecma2 5, ExportPasswordInFirstPass"},
	{ruleNormalizations, abi.SideGuest, Warn, 0, "Normalizations are accepted and not used: anchors and names go out as they are.", "ecma2 5, Normalizations"},
	{ruleConcurrentOperation, abi.SideGuest, Note, 0, "ConcurrentOperation off is accepted and does not keep other connectors waiting.", "ecma2 5, ConcurrentOperation"},
	{ruleDeleteAddAsReplace, abi.SideGuest, Note, 0, "DeleteAddAsReplace is accepted and not used: a delete and an add are never merged.", "ecma2 5, DeleteAddAsReplace"},
	{ruleNoReferencesFirst, abi.SideGuest, Note, 0, "NoReferenceValuesInFirstExport is accepted and not used: nothing is split.", "ecma2 5, NoReferenceValuesInFirstExport"},
	{ruleObjectConfirmation, abi.SideGuest, Note, 0, "ObjectConfirmation is accepted and not used: it is a hint.", "ecma2 5, ObjectConfirmation"},
	{ruleNoImport, abi.SideGuest, Warn, 0, "Without import nobody knows which objects exist: every one is created anew.", "ecma2 5, SupportImport = false"},
	{rulePasswordNotSecure, abi.SideGuest, Warn, 0, "Passwords should travel over a connection the connector calls Secure.", "ecma2 1.5"},
	// Schema.
	{ruleSchemaEmpty, abi.SideGuest, Refuse, abi.ContractViolation, "A schema has an object type.", "ecma2 1.6"},
	{ruleSchemaLimit, abi.SideGuest, Refuse, abi.ContractViolation, "A schema keeps to MaxObjectTypes, MaxSchemaAttributes, MaxSchemaNames and MaxSchemaNameBytes.", "abi limits"},
	{ruleNameInvalid, abi.SideGuest, Refuse, abi.ContractViolation, "Names of object types and attributes are not empty, not over MaxNameBytes, and free of control characters.", "abi limits"},
	{ruleNameDuplicate, abi.SideGuest, Refuse, abi.ContractViolation, "A name stands once: object types in the schema, attributes in their type.", "ecma2 1.6"},
	{ruleNameCase, abi.SideGuest, Warn, 0, "Attributes of one type whose names differ in case alone cannot be told apart by SCIM clients.", "ecma2 2.5"},
	{ruleNameSpecial, abi.SideGuest, Note, 0, "A name that holds . or [ is allowed; identity systems may need an alias for it.", "ecma2 5, attribute name with . or ["},
	{ruleAttributeKind, abi.SideGuest, Refuse, abi.ContractViolation, "Every attribute has a type and an operation of ECMA, and not Undefined.", "ecma2 1.6"},
	{ruleAttributeDiffers, abi.SideGuest, Refuse, abi.ContractViolation, "An attribute has the same type and valuedness on every object type that has it.", "ecma2 1.6"},
	{ruleExportPasswordDeclared, abi.SideGuest, Refuse, abi.ContractViolation, "export_password is the host's to add; no connector declares it.", "ecma2 1.5"},
	{ruleSensitiveImported, abi.SideGuest, Refuse, abi.ContractViolation, "A sensitive attribute is export-only.", "design 5"},
	{ruleAnchorMissing, abi.SideGuest, Refuse, abi.ContractViolation, "The object type has an anchor, in its schema or chosen, unless the DN is the anchor.", "ecma2 2.6"},
	{ruleAnchorComposite, abi.SideGuest, Refuse, abi.ContractViolation, "The anchor is one attribute.", "ecma2 5, anchor with several attributes"},
	{ruleAnchorKind, abi.SideGuest, Refuse, abi.ContractViolation, "The anchor is single-valued, can be imported, and is neither Boolean nor Reference.", "ecma2 1.6"},
	{ruleDNIsAnchor, abi.SideGuest, Note, 0, "Where the DN is the anchor, anchor attributes of the schema are plain attributes.", "ecma2 5, IsDNAsAnchor"},
	{ruleParents, abi.SideGuest, Note, 0, "Missing parents are not created: PossibleDNComponents and ExportActionProvisioningParent lead to nothing.", "ecma2 5, ExportActionProvisioningParent"},
	// Partitions.
	{rulePartitionNone, abi.SideGuest, Refuse, abi.ContractViolation, "A connector with GetPartitions has a partition.", "ecma2 5, partitions > 1"},
	{rulePartitionInvalid, abi.SideGuest, Refuse, abi.ContractViolation, "A partition has a GUID, a DN by RFC 4514, and a name that can be one.", "ecma2 1.6, Partition"},
	{rulePartitionDuplicate, abi.SideGuest, Refuse, abi.ContractViolation, "No two partitions have the same identifier or DN, and there are at most MaxPartitions, of MaxPartitionBytes together.", "ecma2 1.6, Partition"},
	// Parameters.
	{ruleParametersInvalid, abi.SideCaller, Refuse, abi.ContractViolation, "Parameters have names, each once, within the limits.", "ecma2 1.6, ConfigParameter"},
	{rulePageInvalid, abi.SideCaller, Refuse, abi.ContractViolation, "A page is one of ECMA's, its number 1 except on Schema pages, and the Partition page has its partition.", "ecma2 1.1"},
	{ruleDefinitionName, abi.SideGuest, Refuse, abi.ContractViolation, "Every parameter but a label or divider has a name, once on its page, and a page keeps to MaxParameters and MaxChoices.", "ecma2 1.6, ConfigParameterDefinition"},
	{ruleDefinitionDefault, abi.SideGuest, Refuse, abi.ContractViolation, "A check box defaults to 1 or 0, a drop-down to one of its choices unless free text is let in.", "ecma2 1.6, ConfigParameterDefinition"},
	{ruleDefinitionType, abi.SideGuest, Note, 0, "A parameter of an unknown type is passed on: show it or skip it.", "ecma2 5, unknown parameter type"},
	{ruleSchemaPagesEndless, abi.SideGuest, Refuse, abi.ContractViolation, "An empty page ends the schema pages, at the latest after MaxSchemaPages.", "ecma2 5, GetParametersEx"},
	{ruleValidationResult, abi.SideGuest, Refuse, abi.ContractViolation, "Validation ends in Success or Failure.", "ecma2 1.6"},
	{ruleValidationSilent, abi.SideGuest, Warn, 0, "A failed validation says what is wrong.", "ecma2 5, validation failure"},
	// Calls and sessions.
	{ruleRoleNotOffered, abi.SideCaller, Refuse, abi.EntryPointNotImplemented, "A role is called only when its exports exist and the capabilities say so.", "design 3.3"},
	{ruleSessionOpen, abi.SideCaller, Refuse, abi.ContractViolation, "One session of a kind is open at a time; another waits for it, as long as its caller does.", "ecma2 1.10"},
	{ruleSessionBusy, abi.SideCaller, Refuse, abi.ContractViolation, "A session carries out one call at a time; what the host does for that call asks nothing of the session.", "ecma2 1.10"},
	{ruleSessionClosed, abi.SideCaller, Refuse, abi.Closed, "A closed session is not used again, nor closed twice.", "ecma2 1.2"},
	{ruleSessionEnded, abi.SideCaller, Refuse, abi.ContractViolation, "After its last page, a failure or a stop a session is only closed.", "ecma2 1.9"},
	{ruleErrorUntyped, abi.SideGuest, Correct, 0, "An error without a code is an ExtensibleExtension: the connector threw.", "ecma2 1.9"},
	// Imports: the run.
	{ruleImportType, abi.SideCaller, Refuse, abi.ContractViolation, "An import is Full, Delta or FullObject.", "ecma2 1.2"},
	{ruleWatermarkNone, abi.SideCaller, Refuse, abi.WarningNoWatermark, "A delta import starts from a watermark; without one a full import is run.", "ecma2 5, DeltaImport"},
	{ruleWatermarkChain, abi.SideCaller, Refuse, abi.ContractViolation, "Each call hands on the watermark that the call before answered; empty means just that.", "ecma2 1.2 (3)"},
	{ruleWatermarkTooLong, abi.SideGuest, Refuse, abi.ContractViolation, "A watermark keeps to MaxCustomData.", "abi limits"},
	{ruleWatermarkNotKept, abi.SideGuest, Correct, 0, "A new watermark is kept only after a clean close of a run that read every page without an entry error; else the old one comes back.", "ecma2 5, CustomData"},
	{ruleCloseReason, abi.SideCaller, Correct, 0, "A run that failed or was cut short is not closed as Normal.", "ecma2 1.2 (10)"},
	{ruleRequestLimits, abi.SideCaller, Refuse, abi.ContractViolation, "Page sizes, batch sizes and byte limits asked for are not negative.", "design 3.10"},
	{rulePageTooLarge, abi.SideGuest, Refuse, abi.ContractViolation, "A page holds at most the entries asked for.", "ecma2 5, ImportMaxPageSize"},
	{ruleNoProgress, abi.SideGuest, Refuse, abi.ContractViolation, "Pages with more to import that are empty, or repeat what came, are bounded: MaxEmptyPages in a row and NoProgressTime.", "ecma2 5, MoreToImport with empty page"},
	{ruleFullObjectEntries, abi.SideCaller, Refuse, abi.ContractViolation, "Objects are named in a FullObject import, and only there.", "ecma2 1.2 (7)"},
	// Imports: entries.
	{ruleObjectTypeForeign, abi.SideGuest, Drop, 0, "An imported object has the promised object type.", "ecma2 5, object types > 1"},
	{rulePartitionForeign, abi.SideGuest, Drop, 0, "An imported object lies in the promised partition.", "ecma2 5, partitions > 1"},
	{ruleAttributeUnselected, abi.SideGuest, Drop, 0, "An imported object has selected attributes that can be imported, and no others.", "design 6"},
	{ruleDuplicateIdentical, abi.SideGuest, Drop, 0, "A full import holds an object once; the same object again, unchanged, is left out.", "design 6"},
	{ruleDuplicateDiffers, abi.SideGuest, Refuse, abi.ContractViolation, "A full import holds no two different objects with one anchor. Where one changed and moved while the list was read it is nobody's fault: import again, and read the list in an order that does not change.", "design 6"},
	{ruleDNDuplicate, abi.SideGuest, Refuse, abi.ContractViolation, "A full import holds no two objects with one DN.", "ecma2 5, DN style Generic"},
	{ruleEntryModification, abi.SideGuest, Refuse, abi.ContractViolation, "Full imports hold Adds alone; Replace, Update and Delete are for delta imports.", "ecma2 1.2 (5, 6)"},
	{ruleEntryAttributeForm, abi.SideGuest, Refuse, abi.ContractViolation, "Adds and Replaces hold attribute Adds alone, Deletes hold none, and each form has the values it needs.", "ecma2 1.6"},
	{ruleEntryAttributeTwice, abi.SideGuest, Refuse, abi.ContractViolation, "An attribute stands once in an entry.", "ecma2 1.6"},
	{ruleValueType, abi.SideGuest, Refuse, abi.ContractViolation, "Every value has the type its attribute was declared with.", "design 6"},
	{ruleValueCount, abi.SideGuest, Refuse, abi.ContractViolation, "A single-valued attribute has one value, a multi-valued one a list.", "design 6"},
	{ruleEntryAnchor, abi.SideGuest, Refuse, abi.ContractViolation, "An entry has its anchor, of the declared type, not empty; a change in a delta may have its DN instead.", "ecma2 1.2 (5, 6)"},
	{ruleEntryAnchorForeign, abi.SideGuest, Refuse, abi.ContractViolation, "An entry has no other anchor attribute than the promised one.", "ecma2 5, anchor with several attributes"},
	{ruleEntryAnchorDiffers, abi.SideGuest, Refuse, abi.ContractViolation, "An anchor repeated among the attributes has the same value there.", "abi CSEntryChange"},
	{ruleAnchorTooLong, abi.SideGuest, Refuse, abi.ContractViolation, "An anchor, or a DN, keeps to MaxAnchorBytes.", "abi limits"},
	{ruleDNMissing, abi.SideGuest, Refuse, abi.ContractViolation, "An entry has its DN unless the style is None; a change in a delta may have its anchor instead.", "ecma2 1.7"},
	{ruleDNNotUsed, abi.SideGuest, Correct, 0, "With DN style None an entry has no DN; one that comes is taken away.", "ecma2 5, DN style None"},
	{ruleDNSyntax, abi.SideGuest, Refuse, abi.ContractViolation, "With LDAP style a DN is one by RFC 4514.", "ecma2 5, DN style Ldap"},
	{ruleEntryRename, abi.SideGuest, Refuse, abi.ContractViolation, "A new DN comes in an Update of a delta import, from a connector that declares ObjectRename.", "ecma2 5, ObjectRename"},
	{ruleEntryErrorCode, abi.SideGuest, Refuse, abi.ContractViolation, "An entry error has a code of ECMA other than Success.", "ecma2 1.8"},
	{ruleEntryError, abi.SideGuest, Warn, 0, "An object that could not be read counts as present; its attributes are left out and the watermark is not kept.", "ecma2 1.8"},
	{ruleEntryUnidentified, abi.SideGuest, Warn, 0, "An object that could not be read should still be named; else the import is not complete and nothing may be deleted on its word.", "ecma2 1.2 (5)"},
	{ruleEntryErrorsTooMany, abi.SideGuest, Refuse, abi.ContractViolation, "More than MaxEntryErrors entry errors end the run.", "ecma2 1.8"},
	{ruleStopRun, abi.SideGuest, Refuse, abi.TerminateRun, "ImportErrorCustomStopRun ends the run.", "ecma2 5, ImportErrorCustomStopRun"},
	// Exports: what the caller sends.
	{ruleExportBatch, abi.SideCaller, Refuse, abi.ContractViolation, "A batch holds at most the session's batch size.", "ecma2 5, ExportMaxPageSize"},
	{ruleExportIdentifier, abi.SideCaller, Refuse, abi.ContractViolation, "Every entry has an identifier, its own in the batch, within MaxNameBytes.", "ecma2 1.3 (5)"},
	{ruleExportModification, abi.SideCaller, Refuse, abi.ContractViolation, "An entry is an Add, Update or Delete, without an entry error; under ObjectReplace a Replace stands for the Update.", "ecma2 1.3 (3)"},
	{ruleExportObjectType, abi.SideCaller, Refuse, abi.ContractViolation, "An exported object has the promised object type.", "ecma2 1.3 (4)"},
	{ruleExportAnchor, abi.SideCaller, Refuse, abi.ContractViolation, "A change to an existing object has its anchor; where an anchor is given it is the promised one, typed, not empty, not too long.", "ecma2 2.6"},
	{ruleExportDN, abi.SideCaller, Refuse, abi.ContractViolation, "An entry has its DN unless the style is None, well-formed with LDAP style.", "ecma2 1.7"},
	{ruleExportPartition, abi.SideCaller, Refuse, abi.ContractViolation, "An exported object lies in the promised partition.", "ecma2 1.3 (4)"},
	{ruleExportRename, abi.SideCaller, Refuse, abi.ContractViolation, "A new DN goes into a change, to a connector that declares ObjectRename.", "ecma2 5, ObjectRename"},
	{ruleExportAttribute, abi.SideCaller, Refuse, abi.ContractViolation, "Exported attributes are selected ones, each once.", "ecma2 1.3 (4)"},
	{ruleExportImportOnly, abi.SideCaller, Refuse, abi.ContractViolation, "An import-only attribute is not exported.", "ecma2 1.6"},
	{ruleExportAttributeForm, abi.SideCaller, Refuse, abi.ContractViolation, "Attribute changes have the form that the entry and the ExportType ask for, with the values it needs.", "ecma2 5, ExportType"},
	{ruleExportValue, abi.SideCaller, Refuse, abi.ContractViolation, "Exported values have the declared type and valuedness.", "design 6"},
	{ruleExportPasswordInAdd, abi.SideCaller, Refuse, abi.ContractViolation, "export_password is not in an Add: it follows in a second pass.", "ecma2 5, ExportPasswordInFirstPass"},
	// Exports: what the connector answers.
	{ruleResultUnknown, abi.SideGuest, Refuse, abi.ContractViolation, "A result names an entry of the batch.", "ecma2 1.3 (5)"},
	{ruleResultTwice, abi.SideGuest, Refuse, abi.ContractViolation, "An entry has at most one result.", "ecma2 1.3 (5)"},
	{ruleResultCode, abi.SideGuest, Refuse, abi.ContractViolation, "A result has a code of ECMA.", "ecma2 1.8"},
	{ruleResultAnchor, abi.SideGuest, Refuse, abi.ContractViolation, "An anchor in a result is the promised attribute, typed, not empty, not too long.", "ecma2 1.3 (6)"},
	{ruleResultRekey, abi.SideGuest, Refuse, abi.ContractViolation, "A new anchor comes in the result of an Add or of a rename.", "design 6"},
	{ruleResultAnchorMissing, abi.SideGuest, Correct, 0, "An Add whose anchor is neither sent nor answered cannot be tracked: its result becomes ExportErrorMissingAnchorComponent.", "ecma2 1.3 (6)"},
	{ruleResultOdd, abi.SideGuest, Note, 0, "A success needs no name, detail or retry.", "design 6"},
	{ruleResultStopRun, abi.SideGuest, Warn, 0, "ExportErrorCustomStopRun ends the run: nothing more is sent in this session.", "ecma2 1.8"},
	// Passwords.
	{rulePasswordEntry, abi.SideCaller, Refuse, abi.ContractViolation, "A password is set on an object of the promised type, named by its anchor, described without its password.", "ecma2 1.5"},
	{rulePasswordEmpty, abi.SideCaller, Refuse, abi.ContractViolation, "A new password is not empty.", "ecma2 1.5"},
	{rulePasswordOptions, abi.SideCaller, Refuse, abi.ContractViolation, "Password options are ECMA's flags.", "ecma2 1.6"},
}
