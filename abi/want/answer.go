package want

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
)

// Answer makes of an answer with its Body the one that the connector gets. With a
// status of 2xx, Wanted takes the place of the Body, of which as much as the Want
// asks for stays. With any other there is no error: Wanted has the values, if the
// body is JSON, and the Body is cut at abi.MaxErrorText, or at what the Want asks for
// if that is more. most is what Read takes. With an error, which is Read's, the
// answer has the status, the headers and what stays of the Body. It ends with ctx as
// Read does, whatever the status is.
func (p *Plan) Answer(ctx context.Context, answer abi.HTTPAnswer, most int) (abi.HTTPAnswer, error) {
	body, err := answer.Body, error(nil)
	if answer.Status < 200 || answer.Status > 299 {
		answer.Body = cut(body, max(p.body, abi.MaxErrorText))
		if len(p.finds) > 0 {
			d := p.reading(ctx, body, most)
			d.wantRows = false
			if answer.Wanted, err = d.read(body); d.stopped != nil {
				return answer, err
			}
		}
		return answer, nil
	}
	answer.Body = cut(body, p.body)
	switch {
	case body != "":
		answer.Wanted, err = p.Read(ctx, body, most)
	case len(p.rows) > 0:
		err = unexpected(RuleJSON, "the answer is empty, and rows are wanted")
	}
	return answer, err
}

// cut returns at most limit bytes of s, without breaking a character. If that is less
// than s it is in memory of its own: what is left of a long body must not keep all of it.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.Clone(s[:limit])
}
