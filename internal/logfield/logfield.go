// Package logfield names the fields of log lines, so that every room writes them
// alike. Text that a guest wrote stands under GuestMsg and nowhere else.
package logfield

// The fields. What comes from a connector or a target is capped by whoever
// writes it.
const (
	Connector = "connector" // name of the connector
	Digest    = "digest"    // digest of the module
	Instance  = "instance"  // name of the lease
	Lane      = "lane"      // configuration, import, export, password
	Call      = "call"      // ABI name of a call
	Code      = "code"      // abi.Code by name
	Rule      = "rule"      // rule that denied
	Limit     = "limit"     // limit that was exceeded
	Target    = "target"    // name of a granted target
	Method    = "method"    // HTTP method
	Status    = "status"    // HTTP status
	Tries     = "tries"     // how often a request was sent
	Bytes     = "bytes"     // size of an answer or a value
	Duration  = "duration"  // milliseconds
	Count     = "count"     // how many
	Sealed    = "sealed"    // name of a sealed thing, never its value
	Path      = "path"      // file of the host
	Error     = "error"     // cause of a failure, redacted
	GuestMsg  = "guest_msg" // text a guest wrote
)
