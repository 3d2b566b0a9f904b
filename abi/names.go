package abi

// The names of the ABI. ABI.md has the same tables in prose; a test keeps the
// two equal.

const (
	// HostModule is the import module of the host functions.
	HostModule = "ecma_host_v1"
	// WASIModule is the import module of the WASI functions.
	WASIModule = "wasi_snapshot_preview1"
	// ManifestSection is the name of the custom section that holds the Manifest.
	ManifestSection = "ecma.manifest"

	// ExportMarker marks a connector of this ABI and exchanges feature bits: it
	// gets the host's and returns those the guest will use. This version has
	// none, so a guest returns 0.
	ExportMarker = "ecma_abi_1"
	// ExportBuffer returns where the kept input buffer is, at least so many
	// bytes long; 0 when there is no memory for it.
	ExportBuffer = "ecma_buffer"
	// ExportInitialize runs once, before all else (WASI's reactor entry).
	ExportInitialize = "_initialize"
	// ExportMemory is the guest's memory.
	ExportMemory = "memory"
)

// Features are bits exchanged through ExportMarker. This version defines none.
const Features uint64 = 0

// ValueKind is a WebAssembly value type in a signature.
type ValueKind byte

// The value types the ABI uses, with their numbers in the binary format.
const (
	I32 ValueKind = 0x7f
	I64 ValueKind = 0x7e
)

// Signature is a WebAssembly function type.
type Signature struct {
	Params, Results []ValueKind
}

// String writes the signature as (i32, i32) → i64.
func (s Signature) String() string {
	b := []byte{'('}
	for i, p := range s.Params {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, p.String()...)
	}
	b = append(b, ')')
	for i, p := range s.Results {
		if i == 0 {
			b = append(b, " → "...)
		} else {
			b = append(b, ", "...)
		}
		b = append(b, p.String()...)
	}
	return string(b)
}

// String returns the text format's name.
func (k ValueKind) String() string {
	switch k {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case 0x7d:
		return "f32"
	case 0x7c:
		return "f64"
	case 0x7b:
		return "v128"
	case 0x70:
		return "funcref"
	case 0x6f:
		return "externref"
	}
	return "type(" + decimal(int64(k)) + ")"
}

// Role is a part of ECMA that a connector has or has not.
type Role uint8

// The roles. Every connector has RoleBase.
const (
	RoleBase Role = iota
	RolePartitions
	RoleImport
	RoleExport
	RolePassword
)

var roles = vocabulary{"Role", []word{{0, "base"}, {1, "partitions"}, {2, "import"}, {3, "export"}, {4, "password"}}}

// String returns the role's name in lower case.
func (r Role) String() string { return roles.name(uint8(r)) }

// Export is one export of a connector.
type Export struct {
	// Name is the name of the export: for an ECMA call ECMA's own.
	Name string
	// Member is the ECMA member it stands for; empty for plumbing.
	Member string
	// Role is the role it belongs to. A role is complete or absent.
	Role Role
	// Optional exports may be missing although their role is there.
	Optional bool
	// Signature is the exact type.
	Signature Signature
	// Lane is where the host calls it.
	Lane Lane
}

var (
	callSignature     = Signature{Params: []ValueKind{I32}, Results: []ValueKind{I64}}
	hostCallSignature = Signature{Params: []ValueKind{I32, I32, I32, I32}, Results: []ValueKind{I64}}
)

// Exports returns the functions a connector exports. The memory, named
// ExportMemory, is exported too.
func Exports() []Export {
	call := func(name, member string, role Role, lane Lane) Export {
		return Export{Name: name, Member: member, Role: role, Lane: lane, Signature: callSignature}
	}
	return []Export{
		{Name: ExportInitialize, Optional: true},
		{Name: ExportMarker, Signature: Signature{Params: []ValueKind{I64}, Results: []ValueKind{I64}}},
		{Name: ExportBuffer, Signature: Signature{Params: []ValueKind{I32}, Results: []ValueKind{I32}}},
		call("GetCapabilities", "IMAExtensible2GetCapabilitiesEx.GetCapabilitiesEx", RoleBase, LaneConfiguration),
		call("GetConfigParameters", "IMAExtensible2GetParametersEx.GetConfigParametersEx", RoleBase, LaneConfiguration),
		call("ValidateConfigParameters", "IMAExtensible2GetParametersEx.ValidateConfigParametersEx", RoleBase, LaneConfiguration),
		call("GetSchema", "IMAExtensible2GetSchema.GetSchema", RoleBase, LaneConfiguration),
		call("GetPartitions", "IMAExtensible2GetPartitions.GetPartitions", RolePartitions, LaneConfiguration),
		call("OpenImportConnection", "IMAExtensible2CallImport.OpenImportConnection", RoleImport, LaneImport),
		call("GetImportEntries", "IMAExtensible2CallImport.GetImportEntries", RoleImport, LaneImport),
		call("CloseImportConnection", "IMAExtensible2CallImport.CloseImportConnection", RoleImport, LaneImport),
		call("OpenExportConnection", "IMAExtensible2CallExport.OpenExportConnection", RoleExport, LaneExport),
		call("PutExportEntries", "IMAExtensible2CallExport.PutExportEntries", RoleExport, LaneExport),
		call("CloseExportConnection", "IMAExtensible2CallExport.CloseExportConnection", RoleExport, LaneExport),
		call("OpenPasswordConnection", "IMAExtensible2Password.OpenPasswordConnection", RolePassword, LanePassword),
		call("SetPassword", "IMAExtensible2Password.SetPassword", RolePassword, LanePassword),
		call("ChangePassword", "IMAExtensible2Password.ChangePassword", RolePassword, LanePassword),
		call("ClosePasswordConnection", "IMAExtensible2Password.ClosePasswordConnection", RolePassword, LanePassword),
	}
}

// Import is one function of the module ecma_host_v1.
type Import struct {
	Name      string
	Signature Signature
	// Method is the method of Host it calls; empty for take.
	Method string
}

// Imports returns the host functions a connector may import.
func Imports() []Import {
	call := func(name, method string) Import {
		return Import{Name: name, Method: method, Signature: hostCallSignature}
	}
	return []Import{
		call("http", "HTTP"),
		call("soap", "SOAP"),
		call("log", "Log"),
		call("clock", "Clock"),
		call("random", "Random"),
		call("state_get", "StateGet"),
		call("state_put", "StatePut"),
		call("state_delete", "StateDelete"),
		call("progress", "Progress"),
		call("export_result", "ExportResult"),
		call("reveal", "Reveal"),
		{Name: "take", Signature: Signature{Params: []ValueKind{I32, I32, I32}, Results: []ValueKind{I64}}},
	}
}

// PackPointer packs a reply's place as an ECMA export returns it: the pointer in
// the high half, the length in the low one.
func PackPointer(pointer, length uint32) uint64 { return uint64(pointer)<<32 | uint64(length) }

// UnpackPointer takes apart what PackPointer made.
func UnpackPointer(packed uint64) (pointer, length uint32) {
	return uint32(packed >> 32), uint32(packed)
}

// HostCallAnswer packs what a host function returns: the id in the high half, 0
// when the answer is in the caller's buffer, and the answer's length in the low
// one. It is never negative: ids stay below 1<<31.
func HostCallAnswer(id, length uint32) int64 { return int64(id)<<32 | int64(length) }

// HostCallFailure is what a host function returns when there is not even an
// answer to be had.
func HostCallFailure(c Code) int64 { return -int64(c) }
