package metering

// RewriteSingly charges each instruction on its own, RewriteRaw as Rewrite does;
// neither rounds the charges of loops and functions without weight up to 1.
func RewriteSingly(module []byte) ([]byte, error) {
	return Rewrite(module, Config{plan: plan{single: true, raw: true}})
}

// RewriteRaw: see RewriteSingly.
func RewriteRaw(module []byte) ([]byte, error) {
	return Rewrite(module, Config{plan: plan{raw: true}})
}
