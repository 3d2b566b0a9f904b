package runtime

import (
	"sort"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// importSignatures returns what a module may import, by module and name.
func importSignatures() map[string]map[string]abi.Signature {
	host := make(map[string]abi.Signature)
	for _, i := range abi.Imports() {
		host[i.Name] = i.Signature
	}
	wasi := make(map[string]abi.Signature)
	for _, f := range wasiFunctions() {
		wasi[f.name] = f.signature()
	}
	return map[string]map[string]abi.Signature{abi.HostModule: host, abi.WASIModule: wasi}
}

// checkImports lists the imports and refuses every one the ABI does not have.
func checkImports(r *Report, m *moduleShape) {
	known := importSignatures()
	for _, i := range m.imports {
		entry := ReportImport{Module: i.module, Name: i.name, Signature: i.kind.String()}
		if i.kind == kindFunction {
			entry.Signature = signatureText(i.signature)
		}
		want, there := known[i.module][i.name]
		entry.Known = there && i.kind == kindFunction && sameSignature(i.signature, want)
		r.Imports = append(r.Imports, entry)
		switch {
		case entry.Known || i.kind == kindMemory: // an imported memory has a rule of its own
		case there:
			r.find(RuleImportType, Refusal, "the import %s.%s is %s: it must be %s", i.module, i.name, entry.Signature, want)
		default:
			r.find(RuleImport, Refusal, "the module imports %s.%s (%s), which is not offered: %s",
				quote(i.module), quote(i.name), entry.Signature, importCure(known, i))
		}
	}
}

// importCure tells how to get rid of an import.
func importCure(known map[string]map[string]abi.Signature, i importShape) string {
	switch functions := known[i.module]; {
	case functions != nil && i.module == abi.HostModule:
		names := make([]string, 0, len(functions))
		for name := range functions {
			names = append(names, name)
		}
		sort.Strings(names)
		return "it has " + strings.Join(names, ", ")
	case functions != nil:
		return "no connector can use it"
	case i.module == "gojs" || i.module == "go":
		return "build Go with GOOS=wasip1, not GOOS=js"
	case strings.HasPrefix(i.module, "wasi_"):
		return "build for WASI preview 1 (" + abi.WASIModule + ")"
	case strings.HasPrefix(i.module, "__wbindgen") || i.module == "wbg":
		return "build without wasm-bindgen, for wasm32-wasip1"
	case i.module == "env":
		return "define the function, or import it from the module " + abi.HostModule
	}
	return "a connector imports from " + abi.HostModule + " and " + abi.WASIModule + " alone"
}

func sameSignature(a, b abi.Signature) bool {
	return sameKinds(a.Params, b.Params) && sameKinds(a.Results, b.Results)
}

func sameKinds(a, b []abi.ValueKind) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
