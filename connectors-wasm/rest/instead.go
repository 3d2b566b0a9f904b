package rest

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// errorPaths are where targets say what went wrong, be it as text, code or object.
var errorPaths = [...]string{"error", "errors", "err", "Error", "errorMessage", "error_message", "fault", "exception"}

// failurePaths are all that failure looks at.
var failurePaths = append(errorPaths[:], "success", "ok")

// insteadPaths is what stands in many documents that are no list: one without rows in
// which one of these tells of an error is no end of it. They are asked for as long as
// there is room for them, the surest first.
var insteadPaths = append(failurePaths[:len(failurePaths):len(failurePaths)], "status", "message", "code")

// textPaths are where targets say in words what is the matter. They are asked for besides
// where rows may be missing, for a text alone is no list.
var textPaths = [...]string{"message", "messages", "msg", "Message", "detail", "reason"}

// instead judges what stands beside the rows of a page, or without any: an error is no
// empty list, and beside rows it says that some are missing. Behind as many rows as there
// are by the target's own number nothing is missing, whatever it says.
func (p *pager) instead() error {
	if !p.wary || p.fine || p.total > 0 && len(p.distinct) == p.total {
		return nil
	}
	if path := failure(&p.told); p.inPage > 0 {
		if path == "" {
			return nil
		}
		return p.unexpected(path + " beside the rows looks like an error: some may be missing; if it is none, say so with a rule " +
			"about it or a member of it, such as onError: [{value: " + path + ", is: TEXT, then: ok}]")
	}
	path := p.told.errorBesideRows()
	// That the first page is a list the host has seen, unless it may be missing there, too.
	if path == "" && p.optional && (p.pages > 1 || slices.Equal(p.head.Rows, p.want.Rows)) && !p.told.saysWell() {
		if path = p.told.wordsInstead(); path == "" {
			path = p.stray()
		}
	}
	if path == "" {
		return nil
	}
	return p.unexpected("there are no rows, and " + path + " looks like an error; if it is none, say so with a rule " +
		"about it or a member of it, such as onError: [{value: " + path + ", is: TEXT, then: ok}]")
}

// errorBesideRows is the path of what tells of an error, empty if nothing does.
func (f *found) errorBesideRows() string {
	if path := failure(f); path != "" {
		return path
	}
	switch {
	case saysFailed(f.at("status")):
		return "status"
	case present(f.at("message")) && isErrorBeside(f.at("code"), []string{rawText(f.at("message"))}):
		return "code"
	}
	return ""
}

// saysWell says whether an answer says of itself that all is well.
func (f *found) saysWell() bool {
	for _, path := range [...]string{"code", "status", "success", "ok"} {
		if saysWell(f.at(path)) {
			return true
		}
	}
	return false
}

// wordsInstead is the path of a text that stands in the place of rows, empty if there is
// none.
func (f *found) wordsInstead() string {
	for _, path := range textPaths {
		if saysError(f.at(path)) {
			return path
		}
	}
	return ""
}

// maxWithoutRows is how much of an answer is looked at whose rows may be missing.
const maxWithoutRows = 16 << 10

// stray is the path of what stands in an answer whose rows are missing and is not known to
// the recipe, empty if there is no such thing: the answer may be anything then, and not the
// end of the list. Numbers below 400, empty things and words such as ok say nothing;
// errorPaths and textPaths have been looked at.
func (p *pager) stray() string {
	body := p.now.answer.Body
	r := wire.NewReader(body)
	if r.Peek() != wire.KindObject {
		return ""
	}
	path, there := p.strayIn(r, "")
	switch {
	case there:
		return ""
	case path == "" && r.Err() != nil:
		return "what it has more of than " + itoa(maxWithoutRows) + " bytes"
	}
	return path
}

// strayIn is stray for an object at a path; there says that it has the rows, be they
// none.
func (p *pager) strayIn(r *wire.Reader, at string) (stray string, there bool) {
	for r.Object(); r.NextKey(); {
		path := strings.TrimPrefix(at+"."+strings.ReplaceAll(r.Key(), ".", `\.`), ".")
		if slices.ContainsFunc(p.list.Rows, func(rows string) bool { return strings.TrimSuffix(rows, "?") == path }) {
			return "", true
		}
		found := ""
		switch {
		case slices.Contains(p.values[:p.known], path), slices.Contains(errorPaths[:], path), slices.Contains(textPaths[:], path):
			r.Skip()
		case r.Peek() == wire.KindObject:
			if found, there = p.strayIn(r, path); there {
				return "", true
			}
		default:
			key := strings.ToLower(r.Key())
			isCode := strings.Contains(key, "err") || strings.Contains(key, "code") || strings.Contains(key, "retry")
			if raw := r.Raw(); r.Err() == nil && (!saysNothing(raw) || isCode && present(raw) && !isFine(raw)) {
				found = path
			}
		}
		if stray == "" {
			stray = found
		}
	}
	return stray, false
}

// saysNothing says whether a value that is no object is no word of an error.
func saysNothing(raw string) bool {
	if raw == "true" || raw == "false" {
		return false
	}
	n, err := strconv.ParseFloat(raw, 64)
	return !present(raw) || saysWell(raw) || err == nil && n < 400
}

// saysWell says whether a code or word is one of success.
func saysWell(raw string) bool {
	text := strings.ToLower(rawText(raw))
	if text == "ok" || text == "success" || text == "true" {
		return true
	}
	_, err := strconv.Atoi(text)
	return err == nil && isFine(raw)
}

// failure is the path at which an answer says in so many words that something went wrong,
// empty if it does not.
func failure(f *found) string {
	for _, path := range errorPaths {
		if saysError(f.at(path)) {
			return path
		}
	}
	for _, path := range [...]string{"success", "ok"} {
		if no := strings.ToLower(rawText(f.at(path))); no == "false" || no == "no" || no == "0" {
			return path
		}
	}
	return ""
}

// saysError says whether what stands where errors do is one. An object is none if every
// member of it is empty or fine.
func saysError(raw string) bool {
	if !present(raw) {
		return false
	}
	r := wire.NewReader(raw)
	switch r.Peek() {
	case wire.KindObject:
		for r.Object(); r.NextKey(); {
			if member := r.Raw(); present(member) && !isFine(member) {
				return true
			}
		}
		return false
	case wire.KindArray:
		for r.Array(); r.NextItem(); {
			if present(r.Raw()) {
				return true
			}
		}
		return false
	}
	return !isFine(raw)
}

// saysFailed says whether a status is that of an error: a word, a code, or an object
// with such a code.
func saysFailed(raw string) bool {
	if raw == "" {
		return false
	}
	r := wire.NewReader(raw)
	if r.Peek() != wire.KindObject {
		return isFalse(raw) || isErrorCode(raw)
	}
	for r.Object(); r.NextKey(); {
		name := strings.ToLower(r.Key())
		if raw := r.Raw(); strings.HasSuffix(name, "code") && isErrorCode(raw) {
			return true
		}
	}
	return false
}

func isFalse(raw string) bool { return strings.EqualFold(rawText(raw), "false") }

// isErrorCode says whether a code is a word for an error, or a number from 400 on.
func isErrorCode(raw string) bool {
	n, err := strconv.Atoi(rawText(raw))
	return isErrorWord(raw) || err == nil && n >= 400 && !isFine(raw)
}

func isErrorWord(raw string) bool {
	switch strings.ToLower(rawText(raw)) {
	case "error", "fail", "failed", "failure":
		return true
	}
	return false
}

// isErrorBeside says whether a code is that of an error beside texts: one that is no status
// of HTTP is none beside words of success alone.
func isErrorBeside(raw string, texts []string) bool {
	n, err := strconv.Atoi(rawText(raw))
	return isErrorCode(raw) && (err != nil || n < 600 || slices.ContainsFunc(texts, func(text string) bool { return !saysDone(text) }))
}

// saysDone says whether all words of a text are of success.
func saysDone(text string) bool {
	done := false
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch word {
		case "ok", "success", "successful", "successfully", "succeeded":
			done = true
		case "command", "request", "operation", "completed", "was", "is", "the", "has", "been":
		default:
			return false
		}
	}
	return done
}

// isFine says whether a code or text says that nothing is wrong: nothing, a word for it,
// 0, 200 to 299, or 2 with more zeros, such as 20000.
func isFine(raw string) bool {
	text := strings.ToLower(rawText(raw))
	switch text {
	case "none", "null", "false", "no", "no error", "ok", "success":
		return true
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 200 && n <= 299 {
		return true
	}
	zeros := strings.TrimRight(text, "0")
	return zeros == "" || zeros == "2" && len(text) > 2
}
