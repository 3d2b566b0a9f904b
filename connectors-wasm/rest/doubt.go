package rest

import (
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// doubtPaths are what is looked at in the answer to a write.
var doubtPaths = slices.Concat(insteadPaths, textPaths[:], []string{"deleted"})

// alsoRead are the paths that are read of the answer to a step besides what is captured:
// what tells that it failed, and which object it is about.
func (r *exportRun) alsoRead(w *work, s *recipe.Step) (paths []string) {
	if s.Request.Safety != recipe.Safe {
		paths = append(paths, doubtPaths...)
	}
	if r.answersObject(w, s) {
		paths = append(paths, inside(r.recipe.Read.Object, r.engine.anchor.Read))
	}
	return append(paths, r.naming(w, s)...)
}

// answersObject says whether the answer to a step of an update may be the object, as read
// would bring it.
func (r *exportRun) answersObject(w *work, s *recipe.Step) bool {
	at := r.engine.anchor
	return w.name == "update" && at.Read != "" && !at.Detail && r.readsAt(s) && len(r.recipe.Read.Rows) == 0
}

// doubt is an error if the answer to a step that changes something says that it did not,
// whatever its status. What is to be captured of it is the surer word.
func (r *exportRun) doubt(w *work, s *recipe.Step, c *call, a *abi.HTTPAnswer, f *found) error {
	missing := func(k recipe.Capture) bool { return captured(&k, c, a, f) == "" }
	if a.Status < 200 || a.Status > 299 || len(s.Capture) > 0 && !slices.ContainsFunc(s.Capture, missing) {
		return nil
	}
	err := answered(c, a)
	body := strings.TrimRight(trimmed(a.Body), " \t\r\n")
	path := failure(f)
	if path == "" {
		path = f.failed(c.http.Method)
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

// failed is the path at which the answer to a write tells of an error by a status or code
// beside a text, or that nothing was deleted; empty if none does.
func (f *found) failed(method string) string {
	if method == "DELETE" && isFalse(f.at("deleted")) {
		return "deleted"
	}
	if !slices.ContainsFunc(textPaths[:], func(path string) bool { return present(f.at(path)) }) {
		return ""
	}
	for _, path := range [...]string{"status", "code"} {
		if isErrorCode(f.at(path)) {
			return path
		}
	}
	return ""
}

// isAbout says whether an answer has the anchor of w's object, or none.
func (r *exportRun) isAbout(w *work, f *found) bool {
	told, there := parseSingle(f.at(inside(r.recipe.Read.Object, r.engine.anchor.Read)))
	return !there || told.text == "" || told.kind != wire.KindString && told.kind != wire.KindNumber || w.anchor == nil || told.text == w.anchor.Text()
}
