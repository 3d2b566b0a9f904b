package rest

import (
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// doubtPaths are what is looked at in the answer to a write.
var doubtPaths = slices.Concat(insteadPaths, textPaths[:], []string{"deleted", "jsonrpc", "warnings", "*"}, codePaths[2:], codeNames[:], outcomePaths[:])

// codePaths are where the answer to a write has a word or number for how it went, beside a
// text.
var codePaths = [...]string{"status", "code", "result", "statusCode", "status_code"}

// codeNames are where it has a code of an error, which says so without a text.
var codeNames = [...]string{"errcode", "errCode", "errorCode", "error_code", "ErrorCode", "errno"}

// outcomePaths are where the answer to a write has what became of each thing that was
// asked for, or what is wrong with it.
var outcomePaths = [...]string{"#.success", "results.#.success", "#.error", "results.#.error", "#.errors", "results.#.errors",
	"userErrors", "data.userErrors", "data.*.userErrors", "data.*.errors"}

// alsoRead are the paths that are read of the answer to a step besides what is captured:
// what tells that it failed, and which object it is about.
func (r *exportRun) alsoRead(w *work, s *recipe.Step, c *call) (paths []string) {
	if c.http.Safety != abi.Safe {
		paths = append(paths, doubtPaths...)
	}
	if inAnswers(r.engine.anchor) {
		paths = append(paths, r.toldAt())
	}
	return append(paths, r.naming(w, s)...)
}

// answersObject says whether the answer to a step of an update, or of a password, may be
// the object, as read would bring it.
func (r *exportRun) answersObject(w *work, s *recipe.Step) bool {
	return !w.creates() && w.name != "delete" && inAnswers(r.engine.anchor) && r.readsAt(s) && len(r.recipe.Read.Rows) == 0
}

// doubt is an error if the answer to a step that changes something says that it did not,
// whatever its status. What is to be captured of it is the surer word.
func (r *exportRun) doubt(w *work, s *recipe.Step, c *call, a *abi.HTTPAnswer, f *found) error {
	missing := func(k recipe.Capture) bool { return w.kept(&k, c, a, f) == "" }
	if a.Status < 200 || a.Status > 299 || len(s.Capture) > 0 && !slices.ContainsFunc(s.Capture, missing) {
		return nil
	}
	err := answered(c, a)
	body := strings.TrimRight(trimmed(a.Body), " \t\r\n")
	path := failure(f)
	if path == "" {
		path = f.failed(c.http.Method)
	}
	if path == "" && isErrorWord(f.at("status")) && !r.hasStatus(f) {
		path = "status"
	}
	switch {
	case path != "":
		err.Message += ", and " + path + " looks like an error; if it is none, say so with a rule about it or a member of it, such as onError: [{value: " + path + ", is: TEXT, then: ok}]"
	case body == "false":
		err.Message += ` and false; if that is no error, say so with a rule, such as onError: [{status: 2xx, body: "false", then: ok}]`
	case a.Status == 207 && len(s.Expect) == 0:
		err.Message += ", which says of each part what became of it; write expect: 207, and a rule about what is in it"
	case strings.HasPrefix(body, "{") && !strings.HasSuffix(body, "}"):
		err.Code, err.Name = abi.OutcomeUnknown, ""
		err.Message += " and JSON that ends in the middle"
		return err
	case r.answersObject(w, s) && !r.isAbout(w, f):
		err.Message += ", and with another object than was to be changed"
	default:
		return nil
	}
	err.Code = abi.EntryExport
	return err
}

// hasStatus says whether the status in an answer may be that of an object: it has the
// anchor beside it, or the recipe reads it.
func (r *exportRun) hasStatus(f *found) bool {
	_, object := r.told(f)
	return object || slices.ContainsFunc(r.recipe.Attributes, func(a recipe.Attribute) bool { return a.Read == "status" })
}

// failed is the path at which the answer to a write tells of an error by the code of one, by
// a status or code beside a text, by an outcome, by nothing but warnings, or that nothing
// was deleted; empty if none does.
func (f *found) failed(method string) string {
	switch {
	case method == "DELETE" && isFalse(f.at("deleted")):
		return "deleted"
	case present(f.at("jsonrpc")) && isFalse(f.at("result")):
		return "result"
	}
	for _, path := range outcomePaths {
		wrong := present
		switch {
		case strings.HasSuffix(path, "success"):
			wrong = isFalse
		case strings.HasSuffix(path, "error"):
			wrong = saysError
		}
		if anyOf(f.at(path), wrong) {
			return path
		}
	}
	if all := lookAt(f, "*"); len(all.items) == 1 && present(f.at("warnings")) {
		return "warnings"
	}
	var texts []string
	for _, path := range textPaths {
		if raw := f.at(path); present(raw) {
			texts = append(texts, rawText(raw))
		}
	}
	for _, path := range codeNames {
		if saysError(f.at(path)) {
			return path
		}
	}
	for _, path := range codePaths {
		if len(texts) > 0 && isErrorBeside(f.at(path), texts) {
			return path
		}
	}
	return ""
}

// anyOf says whether something is said of an item of a list, or of what is none.
func anyOf(raw string, says func(raw string) bool) bool {
	r := wire.NewReader(raw)
	if raw == "" || r.Peek() != wire.KindArray {
		return says(raw)
	}
	for r.Array(); r.NextItem(); {
		if says(r.Raw()) {
			return true
		}
	}
	return false
}

// isAbout says whether an answer has the anchor of w's object, or none.
func (r *exportRun) isAbout(w *work, f *found) bool {
	told, there := r.told(f)
	return !there || w.asks(told.text)
}

// toldAt is where an answer that is the object has its anchor.
func (r *exportRun) toldAt() string {
	if q := r.recipe.Read; q != nil && len(q.Rows) == 0 {
		return inside(q.Object, r.engine.anchor.Read)
	}
	return r.engine.anchor.Read
}

// told is the anchor that an answer has there; false if that is none.
func (r *exportRun) told(f *found) (scalar, bool) {
	told, there := parseSingle(f.at(r.toldAt()))
	return told, there && told.text != "" && (told.kind == wire.KindString || told.kind == wire.KindNumber)
}

// mayRespell says whether the answer to a step of a create may tell how the application
// writes the anchor that the entry names.
func (r *exportRun) mayRespell(w *work, c *call) bool {
	return w.creates() && w.anchor != nil && !w.made && c.http.Safety != abi.Safe && inAnswers(r.engine.anchor)
}

// respell takes over the anchor of a new object as the application writes it, if its answer
// has it in another case alone.
func (r *exportRun) respell(w *work, c *call, f *found) error {
	if !r.mayRespell(w, c) {
		return nil
	}
	if told, there := r.told(f); there && told.text != w.anchor.Text() && w.asks(told.text) {
		return w.setAnchor(told)
	}
	return nil
}
