package hostfuncs

import (
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

// Rule is a reason for which a call is denied. Its code stands in
// abi.Error.Rule and does not change.
type Rule struct {
	Code string
	// Why is one sentence for documentation and help.
	Why string
}

// The codes of the rules.
const (
	RuleTarget       = "HTTP-TARGET"
	RuleMethod       = "HTTP-METHOD"
	RuleOrigin       = "HTTP-ORIGIN"
	RulePath         = "HTTP-PATH"
	RuleLoginPath    = "HTTP-LOGIN-PATH"
	RuleQuery        = "HTTP-QUERY"
	RuleHeader       = "HTTP-HEADER"
	RuleBody         = "HTTP-BODY"
	RuleSecretSlot   = "HTTP-SECRET-SLOT"
	RuleCredential   = "HTTP-CREDENTIAL"
	RuleAddress      = "HTTP-ADDRESS"
	RuleRedirect     = "HTTP-REDIRECT"
	RuleEncoding     = "HTTP-ENCODING"
	RuleAnswerFields = "HTTP-ANSWER-FIELDS"
	RuleSecretEcho   = "HTTP-SECRET-ECHO"
	RuleWant         = want.RulePaths
	RuleAnswerJSON   = want.RuleJSON
	RuleAnswerRows   = want.RuleRows
	RuleDryRun       = "DRY-RUN"
	RuleReveal       = "REVEAL"
)

// Rules returns every rule.
func Rules() []Rule {
	return []Rule{
		{RuleTarget, "A request names a target that the policy grants."},
		{RuleMethod, "The target's grant lists the request's method, spelled alike."},
		{RuleOrigin, "A request that is made of a URL of the target's goes where that leads: the URL has the scheme, host and port of the target's base URL."},
		{RulePath, "The path is unambiguous (no dot segments, encoded slashes, empty segments or control characters) and matches a pattern of the target's grant for this method."},
		{RuleLoginPath, "A path on which the host logs in or out is not the connector's to call, however it is spelled."},
		{RuleQuery, "A query parameter that carries a credential or steers the method is not the connector's to set."},
		{RuleHeader, "A request sets only Accept, Content-Type and the headers its grant lists, each once and in printable ASCII."},
		{RuleBody, "A GET or HEAD has no body."},
		{RuleSecretSlot, "A placeholder of this lease stands alone in a slot that accepts it, and nowhere else, in no encoding."},
		{RuleCredential, "The credentials of the target's grant are there and fit their place in the request."},
		{RuleAddress, "The address found by DNS is public or lies in a network that the target's grant lists; plain http goes to listed networks only."},
		{RuleRedirect, "A redirect that is followed stays within the target's base URL and passes every rule anew."},
		{RuleEncoding, "The answer is sent as it is or in gzip, which was asked for."},
		{RuleAnswerFields, "Where a grant drops or seals fields of answers, a successful answer is JSON and a sealed field is a string."},
		{RuleSecretEcho, "An answer that holds a secret, in any usual encoding, does not reach the connector."},
		{RuleWant, "The paths of what is wanted of an answer follow their grammar."},
		{RuleAnswerJSON, "A successful answer of which something is wanted is one whole JSON document, without duplicate keys and at most 64 levels deep; else it is `UnexpectedData`."},
		{RuleAnswerRows, "The rows that are wanted of a successful answer are there; else it is `UnexpectedData`, and never an answer without rows."},
		{RuleDryRun, "During a dry run nothing is sent."},
		{RuleReveal, "A secret is revealed only if the policy lists it by name."},
	}
}

// denied says that a rule forbids what the connector asked for.
func denied(rule, format string, args ...any) *abi.Error {
	return &abi.Error{Code: abi.Denied, Side: abi.SideGuest, Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// tooLong says that a request is too long with its secrets. How long it is would
// tell how long they are.
func tooLong(limit string, allowed int, message string) *abi.Error {
	return exceeded(limit, 0, int64(allowed), message)
}

// exceeded says that a limit was passed.
func exceeded(limit string, used, allowed int64, message string) *abi.Error {
	return &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest, Limit: limit, Used: used, Allowed: allowed, Message: message}
}
