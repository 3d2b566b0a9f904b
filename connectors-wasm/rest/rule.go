package rest

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// matches says whether a rule is about an answer.
func matches(r *recipe.ErrorRule, a *abi.HTTPAnswer, f *found) bool {
	if len(r.Status) > 0 && !inRange(r.Status, a.Status) {
		return false
	}
	if r.Body != "" && !like(r.Body, a.Body[:min(len(a.Body), abi.MaxWantBody)]) {
		return false
	}
	if r.Value == "" {
		return true
	}
	raw := f.at(r.Value)
	if r.HasIs && rawText(raw) != r.Is {
		return false
	}
	return !r.Present || present(raw)
}

// present says whether there is something: neither nothing, null, false, 0 nor empty.
func present(raw string) bool {
	switch raw {
	case "", "null", "false", "0", `""`, "[]", "{}":
		return false
	}
	return true
}

// like says whether text holds pattern, in which * stands for any signs, without
// regard to case.
func like(pattern, text string) bool {
	text = strings.ToLower(text)
	for part := range strings.SplitSeq(strings.ToLower(pattern), "*") {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// ruleError is what a rule makes of an answer.
func ruleError(r *recipe.ErrorRule, c *call, a *abi.HTTPAnswer, f *found) error {
	e := answered(c, a)
	e.Code = codeOf(r.Then)
	e.Message += ", which is " + r.Then + " by the rule " + r.At
	if e.Code == abi.ServerDown {
		if e.RetryAfter == 0 {
			e.RetryAfter = guest.StatusError(&c.http, &abi.HTTPAnswer{Status: 429, Headers: a.Headers}).RetryAfter
		}
		waitUntil(e, a)
	} else {
		e.RetryAfter = 0
	}
	e.Retryable = e.Code.Transient()
	words := r.Message
	if words == "" && e.Detail == "" {
		words = r.Value
	}
	if v := parseValue(f.at(words)); v.there() {
		e.Detail = cut(joinValue(v, ", ").items[0].text)
	}
	return e
}

// maxWords is how much of what a target says stands in an error.
const maxWords = 512

func cut(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxWords)], "") }

// codeOf is the code that the word behind then stands for.
func codeOf(then string) abi.Code {
	switch then {
	case "gone":
		return abi.ObjectNotFound
	case "exists":
		return abi.ObjectAlreadyExists
	case "retry":
		return abi.ServerDown
	}
	for _, code := range abi.Codes() {
		if code.String() == then {
			return code
		}
	}
	return abi.UnexpectedData
}
