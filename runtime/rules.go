package runtime

// The rules a module must keep to be loaded. The codes are stable: they are the
// Rule of an *abi.Error with code InvalidModule, and the Code of a Finding.
const (
	RuleNotWasm        = "ECMA-MODULE-NOT-WASM"
	RuleComponent      = "ECMA-MODULE-COMPONENT"
	RuleVersion        = "ECMA-MODULE-VERSION"
	RuleTooLarge       = "ECMA-MODULE-TOO-LARGE"
	RuleTruncated      = "ECMA-MODULE-TRUNCATED"
	RuleMalformed      = "ECMA-MODULE-MALFORMED"
	RuleBound          = "ECMA-MODULE-BOUND"
	RuleCommand        = "ECMA-MODULE-COMMAND"
	RuleImport         = "ECMA-MODULE-IMPORT"
	RuleImportType     = "ECMA-MODULE-IMPORT-TYPE"
	RuleMemory         = "ECMA-MODULE-MEMORY"
	RuleMemoryImported = "ECMA-MODULE-MEMORY-IMPORTED"
	RuleMemoryKind     = "ECMA-MODULE-MEMORY-KIND"
	RuleMemoryLimit    = "ECMA-MODULE-MEMORY-LIMIT"
	RuleTableLimit     = "ECMA-MODULE-TABLE-LIMIT"
	RuleExportMissing  = "ECMA-MODULE-EXPORT-MISSING"
	RuleExportName     = "ECMA-MODULE-EXPORT-NAME"
	RuleExportType     = "ECMA-MODULE-EXPORT-TYPE"
	RuleExportStray    = "ECMA-MODULE-EXPORT-STRAY"
	RuleRolePartial    = "ECMA-MODULE-ROLE-PARTIAL"
	RuleNoRole         = "ECMA-MODULE-NO-ROLE"
	RuleManifest       = "ECMA-MODULE-MANIFEST"
	RuleWasmFeature    = "ECMA-MODULE-WASM-FEATURE"
	RuleReservedName   = "ECMA-MODULE-RESERVED-NAME"
	RuleSegmentBounds  = "ECMA-MODULE-SEGMENT-BOUNDS"
	RuleIndex          = "ECMA-MODULE-INDEX"
	RuleInvalid        = "ECMA-MODULE-INVALID"
	RuleStart          = "ECMA-MODULE-START"
	RuleStartHostCall  = "ECMA-MODULE-START-HOST-CALL"
	RuleFeatures       = "ECMA-MODULE-FEATURES"
)

// Rule is a rule of modules: its code and what it asks.
type Rule struct {
	Code string
	Asks string
}

// Rules returns every rule of modules, in the order in which they are checked.
// The last four are found out by the engine or by starting the module; all others
// are read without running code.
func Rules() []Rule {
	return []Rule{
		{RuleNotWasm, "the file is a WebAssembly module in the binary format"},
		{RuleComponent, "it is a core module, not a component"},
		{RuleVersion, "it has version 1 of the binary format"},
		{RuleTooLarge, "it is not larger than Config.MaxModuleBytes"},
		{RuleTruncated, "it is complete"},
		{RuleMalformed, "its sections are well formed, in order, each at most once"},
		{RuleBound, "it has no more of anything than a compiler needs"},
		{RuleCommand, "it is a reactor: it exports _initialize or nothing of the kind, not _start alone"},
		{RuleImport, "it imports functions of ecma_host_v1 and wasi_snapshot_preview1 alone"},
		{RuleImportType, "each import has the signature of the ABI"},
		{RuleMemory, "it exports one memory, as memory"},
		{RuleMemoryImported, "the memory is its own, not imported"},
		{RuleMemoryKind, "the memory is neither shared nor of 64 bits, and there is no second one"},
		{RuleMemoryLimit, "the memory it begins with fits Config.MemoryLimitBytes"},
		{RuleTableLimit, "each table it begins with fits Config.MaxTableElements"},
		{RuleExportMissing, "it exports what every connector must"},
		{RuleExportName, "exports bear ECMA's names, without prefix and in ECMA's case"},
		{RuleExportType, "each export has the signature of the ABI"},
		{RuleRolePartial, "a role is exported whole or not at all"},
		{RuleExportStray, "warning: no look-alike stands beside an export"},
		{RuleNoRole, "warning: it imports, exports or sets passwords"},
		{RuleManifest, "the custom section ecma.manifest, if there is one, is a manifest and fits the exports"},
		{RuleWasmFeature, "it uses no feature that WebAssembly 2.0 has not"},
		{RuleReservedName, "no name of an export, an import or its module begins with ecma_metering"},
		{RuleSegmentBounds, "active segments fit the memory or table it begins with"},
		{RuleIndex, "every index it names is one of its own: of types, functions, tables, memories, globals, segments, locals and labels"},
		{RuleInvalid, "the module is valid WebAssembly 2.0"},
		{RuleStart, "it starts: instantiation, _initialize and the marker succeed in time"},
		{RuleStartHostCall, "it calls no function of ecma_host_v1 while it starts"},
		{RuleFeatures, "it asks for no feature that was not offered"},
	}
}
