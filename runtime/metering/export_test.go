package metering

import "github.com/ecmabox/ecmabox/runtime/admission"

// The bounds of what is done without a look, and charged ahead of one.
const (
	MostUnlooked = mostUnlooked
	MostAhead    = mostAhead
	MostAccesses = mostAccesses
	PartBytes    = partBytes
	NameBytes    = nameBytes
	NamesBytes   = namesBytes
)

// RewriteSingly charges each instruction on its own, RewriteRaw as Rewrite does;
// neither rounds the charges of loops and functions without weight up to 1.
func RewriteSingly(module []byte) ([]byte, error) {
	return rewriteBy(module, plan{single: true, raw: true})
}

// RewriteRaw: see RewriteSingly.
func RewriteRaw(module []byte) ([]byte, error) {
	return rewriteBy(module, plan{raw: true})
}

func rewriteBy(module []byte, p plan) ([]byte, error) {
	admitted, err := admission.Check(module, admission.Limits{})
	if err != nil {
		return nil, err
	}
	metered, _, err := rewrite(admitted, p)
	return metered, err
}
