package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// cures says, rule by rule, which key of the configuration grants what the host
// denied. The first whose pattern is found in the host's words holds; $1 and so on
// are what it found. Rules without a cure are kept by the connector alone.
var cures = []struct {
	rule    string
	pattern *regexp.Regexp
	cure    string
}{
	{hostfuncs.RuleTarget, regexp.MustCompile(`under the name "([^"]+)"`), `if the connector may reach it, add targets.$1 with its baseURL, methods and paths, or give an existing target that name`},
	{hostfuncs.RuleTarget, nil, `if the connector may reach it, add it under targets`},
	{hostfuncs.RuleMethod, regexp.MustCompile(`method "([A-Z]+)" is not granted on target ([\w.-]+)`), `if the connector may use it, add $1 to targets.$2.methods`},
	{hostfuncs.RuleMethod, nil, `if the connector may use it, add the method to targets.NAME.methods`},
	{hostfuncs.RulePath, regexp.MustCompile(`([A-Z]+) "([^"]+)" is not granted on target ([\w.-]+)`), `if the connector may use it, add "$1 $2", with * for a segment that changes, to targets.$3.paths`},
	{hostfuncs.RulePath, regexp.MustCompile(`on target ([\w.-]+): the path holds an encoded slash`), `a value in the path has a slash, such as an anchor: if the application takes it as %2F, write encodedSlashes: true into targets.$1`},
	{hostfuncs.RulePath, nil, `if the connector may use it, add the path to targets.NAME.paths`},
	{hostfuncs.RuleOrigin, regexp.MustCompile(`leads to "([^"]+)", and target ([\w.-]+) is at`), `if the application is at $1, write that into targets.$2.baseURL, or grant it as a target of its own; if it only writes another name than yours into its links, add anyHost: true to the paging of the recipe`},
	{hostfuncs.RuleHeader, regexp.MustCompile(`header "([^"]+)" is not granted on target ([\w.-]+)`), `if the connector may set it, add $1 to targets.$2.headers.request`},
	{hostfuncs.RuleSecretSlot, regexp.MustCompile(`target ([\w.-]+): .* does not accept "([^"]+)"`), `if the secret belongs there, add $2 to accepts of that slot in targets.$1.slots`},
	{hostfuncs.RuleSecretSlot, regexp.MustCompile(`target ([\w.-]+): `), `if the secret belongs there, add the place to targets.$1.slots, with its paths and what it accepts: {pointer: /FIELD, paths: [METHOD /PATH], accepts: [export_password, new_password]}`},
	{hostfuncs.RuleSecretSlot, regexp.MustCompile(`cannot be kept`), `the connector asks in a way that no configuration grants; tell its author the rule ` + hostfuncs.RuleSecretSlot},
	{hostfuncs.RuleSecretSlot, nil, `if the secret belongs there, add the place to targets.NAME.slots, with its paths and what it accepts: {pointer: /FIELD, paths: [METHOD /PATH], accepts: [export_password, new_password]}`},
	{hostfuncs.RuleCredential, nil, `check targets.NAME.credentials and the secrets they name`},
	{hostfuncs.RuleAddress, regexp.MustCompile(`target ([\w.-]+) has an address`), `if the address is meant, add it or its network to targets.$1.networks`},
	{hostfuncs.RuleAddress, nil, `if the address is meant, add it or its network to targets.NAME.networks`},
	{hostfuncs.RuleRedirect, nil, `if the new place is right, write it into targets.NAME.baseURL or grant it in targets.NAME.paths; redirects: answer hands the redirect to the connector`},
	{hostfuncs.RuleAnswerFields, regexp.MustCompile(`target ([\w.-]+) that is sealed`), `move the field from targets.$1.seal to targets.$1.drop`},
	{hostfuncs.RuleAnswerFields, nil, `correct targets.NAME.drop and targets.NAME.seal: they are for answers in JSON; also look whether baseURL is that of the API`},
	{hostfuncs.RuleSecretEcho, regexp.MustCompile(`answer of target ([\w.-]+) holds`), `add the field that holds the secret to targets.$1.drop, or to targets.$1.seal if the connector hands it on`},
	{hostfuncs.RuleSecretEcho, nil, `add the field that holds the secret to targets.NAME.drop, or to targets.NAME.seal if the connector hands it on`},
	{hostfuncs.RuleAnswerRows, regexp.MustCompile(`the \? in rows is for the pages behind`), `correct the path of rows, or write total: PATH if the answer tells the number of all; an application that has no users yet, and tells no number, cannot be told from one that failed: add a user to it first`},
	{hostfuncs.RuleAnswerRows, regexp.MustCompile(`leads to no list: its step "((?:[^"\\]|\\.)*)" finds nothing`), `correct the path of rows; or, if the application leaves "$1" out when there is nothing to list, let it be missing: a ? behind the path, as in rows: "users?"`},
	{hostfuncs.RuleAnswerRows, nil, `correct the path of rows: it leads to a list in the answer`},
	{hostfuncs.RuleAnswerJSON, nil, `look whether baseURL is that of the API, and whether the application answers this request with JSON`},
	{hostfuncs.RuleReveal, nil, `if the connector must read it in the clear, add the secret to reveal`},
}

// deniedRule returns the rule by which the host denied what text tells of; empty if
// it tells of no denial. A connector hands the host's words on, so that the text is
// all there is: it chooses a hint, and nothing depends on it but an exit code.
func deniedRule(text string) string {
	for _, rule := range hostfuncs.Rules() {
		if rule.Code == hostfuncs.RuleDryRun {
			continue
		}
		for at := 0; ; {
			n := strings.Index(text[at:], rule.Code)
			if n < 0 {
				break
			}
			at += n + len(rule.Code)
			if strings.HasPrefix(text[at:], ":") || at == len(text) {
				return rule.Code
			}
		}
	}
	return ""
}

// denialHint says how the configuration grants what text says was denied; empty if
// it tells of no denial by this host.
func denialHint(text string) string {
	rule := deniedRule(text)
	if rule == "" {
		return ""
	}
	for _, c := range cures {
		if c.rule != rule {
			continue
		}
		if c.pattern == nil {
			return c.cure
		}
		if found := c.pattern.FindStringSubmatchIndex(text); found != nil {
			return string(c.pattern.ExpandString(nil, c.cure, text, found))
		}
	}
	return "the connector asks in a way that no configuration grants; tell its author the rule " + rule
}

// overLimit finds the words on a limit of a target.
var overLimit = regexp.MustCompile(`\b(request_bytes|response_bytes|wanted_bytes|want_bytes|response_header_bytes|ratio) is ([0-9]+)\b.*?\btarget ([\w.-]+)`)

// limitKeys are the keys below targets.NAME.limits that raise a limit, and the most
// each may be.
var limitKeys = map[string]struct {
	key, shown string
	most       int
}{
	"request_bytes":         {"requestBytes", "8MiB", abi.MaxHTTPBody},
	"response_bytes":        {"responseBytes", "8MiB", abi.MaxHTTPBody},
	"wanted_bytes":          {"wantedBytes", "256MiB", hostfuncs.MaxMaxWantedBytes},
	"want_bytes":            {"responseBytes", "8MiB", abi.MaxHTTPBody},
	"response_header_bytes": {"responseHeaderBytes", "1MiB", hostfuncs.MaxMaxResponseHeaderBytes},
	"ratio":                 {"ratio", "1000", hostfuncs.MaxMaxRatio},
}

// limitHint says how the configuration raises the limit that text says was passed;
// empty if it tells of none that a target has.
func limitHint(text string) string {
	found := overLimit.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	allowed, err := strconv.Atoi(found[2])
	if err != nil {
		return ""
	}
	limit, target := limitKeys[found[1]], found[3]
	if allowed >= limit.most && found[1] == "want_bytes" {
		return fmt.Sprintf("no configuration allows target %s more than that of one answer: ask for the list in pages, with paging in the recipe, or read fewer of its attributes", target)
	}
	if allowed >= limit.most {
		return fmt.Sprintf("no configuration allows target %s more than that; tell the connector's author that it has to ask for less at once", target)
	}
	return fmt.Sprintf("raise targets.%s.limits.%s, which may be %s at most", target, limit.key, limit.shown)
}

// hostHint says what to do about what this host would not do, as text tells it;
// empty if it tells of nothing of the kind.
func hostHint(text string) string {
	if cure := denialHint(text); cure != "" {
		return cure
	}
	if found := wantsCertificate.FindStringSubmatch(text); found != nil {
		return fmt.Sprintf("if target %s wants a client certificate, name it, and its key, in targets.%s.tls.certificate and targets.%s.tls.key", found[1], found[1], found[1])
	}
	return limitHint(text)
}

// wantsCertificate finds a target that refused a connection for its certificate's sake.
var wantsCertificate = regexp.MustCompile(`target ([\w.-]+): (?:it asks for a client certificate|it refuses the client certificate|the TLS handshake failed: .* client certificate)`)
