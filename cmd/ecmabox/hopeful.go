package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// hopefulHost answers every request of a recipe as the recipe hopes: with the first
// status it expects, what it captures, lists without rows, and the object that was
// given for the one that is read. A list with details has one row, so that the
// request for one is made; each value of both is the name of its place. It reaches
// nothing.
type hopefulHost struct {
	recipe  *language.Recipe
	current string
	anchor  string
	// sent are the requests that the recipe is about to make, with their places.
	sent func() []rest.Request
	// answered counts those that were answered.
	answered int
	// listed are the places of the lists whose row was handed over, searched those of
	// searches whose first page was, with what asked for it.
	listed   []string
	searched map[string]string
}

var _ abi.Host = (*hopefulHost)(nil)

// HTTP answers requests one after the other.
func (h *hopefulHost) HTTP(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	var out abi.HTTPAnswers
	all := h.sent()
	for i := range requests.Requests {
		at := ""
		if h.answered < len(all) {
			at = all[h.answered].At
		}
		h.answered++
		out.Answers = append(out.Answers, h.answer(&requests.Requests[i], at))
	}
	return out, nil
}

func (h *hopefulHost) answer(r *abi.HTTPRequest, at string) abi.HTTPAnswer {
	if strings.HasPrefix(at, "find.") && h.current == "" {
		return abi.HTTPAnswer{Status: h.goneStatus(), Tries: 1} // a new object is not there yet
	}
	if strings.HasPrefix(at, "read.") || strings.HasPrefix(at, "find.") {
		return h.read(r, at)
	}
	answer := abi.HTTPAnswer{Status: 200, Tries: 1}
	for i := range h.recipe.Import {
		if l := &h.recipe.Import[i]; l.Detail != nil && l.Detail.Request.At == at {
			answer.Wanted = h.detail(r.Want, l)
			return answer
		}
	}
	step := h.step(at)
	if step != nil && len(step.Expect) > 0 {
		answer.Status = step.Expect[0].From
	}
	if step != nil {
		for _, c := range step.Capture {
			if c.Header != "" {
				answer.Headers = append(answer.Headers, abi.Field{Name: c.Header, Value: "made-by-target"})
			}
		}
	}
	for _, l := range h.lists() {
		if l.Request.At == at && l.TotalHeader != "" {
			answer.Headers = append(answer.Headers, abi.Field{Name: l.TotalHeader, Value: total(l)})
		}
	}
	switch {
	case r.Want != nil:
		answer.Wanted = h.wanted(r.Want, step, h.row(r.Want, at), at)
	case step != nil:
		answer.Body = h.body(step)
	}
	return answer
}

// body is an answer with what a step captures, as JSON: what reads the text of an answer
// is handed all of it.
func (h *hopefulHost) body(step *language.Step) string {
	root := make(map[string]any)
	for _, c := range step.Capture {
		if c.Value == "" {
			continue
		}
		at, names := root, strings.Split(c.Value, ".")
		for _, name := range names[:len(names)-1] {
			inner, there := at[name].(map[string]any)
			if !there {
				inner = make(map[string]any)
				at[name] = inner
			}
			at = inner
		}
		at[names[len(names)-1]] = json.RawMessage(h.captured(c.Name))
	}
	if len(root) == 0 {
		return ""
	}
	text, err := json.Marshal(listed(root))
	if err != nil {
		return ""
	}
	return string(text)
}

// listed makes lists of maps whose only member is the first of a list.
func listed(v any) any {
	members, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, inner := range members {
		members[name] = listed(inner)
	}
	if first, there := members["0"]; there && len(members) == 1 {
		return []any{first}
	}
	return members
}

// goneStatus is that of an answer by which find finds nobody.
func (h *hopefulHost) goneStatus() int {
	if gone := h.recipe.Find.Gone; len(gone) > 0 {
		return gone[0].From
	}
	return 404
}

// read answers with the object that was given, and to a further page of a search with no
// rows.
func (h *hopefulHost) read(r *abi.HTTPRequest, at string) abi.HTTPAnswer {
	if h.current == "" {
		e := abi.NewError(abi.NotSent, "the recipe reads the object here: give the application's answer with --current")
		return abi.HTTPAnswer{Error: e}
	}
	answer := abi.HTTPAnswer{Status: 200, Body: h.current, Tries: 1}
	if r.Want == nil {
		return answer
	}
	asked := fmt.Sprint(r.Path, r.Query, r.Body)
	if first, there := h.searched[at]; there && first != asked && len(r.Want.Rows) > 0 {
		answer.Body, answer.Wanted = "", h.wanted(r.Want, nil, "", at)
		return answer
	}
	if h.searched == nil {
		h.searched = make(map[string]string)
	}
	h.searched[at] = asked
	plan, err := want.Compile(*r.Want)
	if err == nil {
		answer, err = plan.Answer(context.Background(), answer, abi.MaxHTTPBody)
	}
	if err != nil {
		return abi.HTTPAnswer{Error: abi.AsError(err)}
	}
	return answer
}

// row is the first row of a list that has details, as JSON, each value being the name
// of its place; empty for any other answer.
func (h *hopefulHost) row(w *abi.Want, at string) string {
	i := slices.IndexFunc(h.recipe.Import, func(l language.List) bool { return l.Request.At == at && l.Detail != nil })
	if i < 0 || slices.Contains(h.listed, at) {
		return ""
	}
	h.listed = append(h.listed, at)
	values := make([]string, len(w.Fields))
	for n, path := range w.Fields {
		values[n] = h.field(path, &h.recipe.Import[i])
	}
	return "[" + strings.Join(values, ",") + "]"
}

// field makes up a value of a row, one that does not leave the row out.
func (h *hopefulHost) field(path string, l *language.List) string {
	for _, m := range l.Only {
		if m.Path == path {
			return strconv.Quote(m.Value)
		}
	}
	for i := range h.recipe.Attributes {
		a := &h.recipe.Attributes[i]
		here := a.Read == path && !a.Detail || a.Name == h.recipe.Anchor && l.Anchor == path
		if a.Type == language.Integer && here {
			return "1"
		}
	}
	return strconv.Quote("row." + path)
}

// anchorOf is the anchor of the row that row makes up, one that no template makes.
func (h *hopefulHost) anchorOf(l *language.List) string {
	if l.Anchor != "" {
		return h.field(l.Anchor, l)
	}
	return h.field(h.recipe.Attribute(h.recipe.Anchor).Read, l)
}

// detail is the answer to a request for a row's detail, with the values of the
// attributes that are read from it, and the row's anchor.
func (h *hopefulHost) detail(w *abi.Want, l *language.List) string {
	d, values := l.Detail, make([]string, len(w.Values))
	for i, path := range w.Values {
		if values[i] = "null"; i == 0 {
			values[i] = "{}" // the object as a whole
		}
		for k := range h.recipe.Attributes {
			a := &h.recipe.Attributes[k]
			inside := d.Object == "." && path == a.Read || path == d.Object+"."+a.Read
			switch {
			case !a.Detail || !inside:
			case a.Type == language.Integer:
				values[i] = "1"
			default:
				values[i] = strconv.Quote("detail." + a.Read)
			}
		}
		if own := d.Anchor; own != "" && (path == own || path == d.Object+"."+own) {
			values[i] = h.anchorOf(l)
		}
	}
	return `{"values":[` + strings.Join(values, ",") + "]}"
}

// wanted is an answer with at most one row, in which what the step captures is there.
func (h *hopefulHost) wanted(w *abi.Want, step *language.Step, row, at string) string {
	values := make([]string, len(w.Values))
	for i, path := range w.Values {
		values[i] = h.value(path, step, at)
	}
	// Values come before rows: a reader of rows has all it needs to know.
	var members []string
	if len(values) > 0 {
		members = append(members, `"values":[`+strings.Join(values, ",")+"]")
	}
	if len(w.Rows) > 0 {
		members = append(members, `"rows":[`+row+"]")
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (h *hopefulHost) value(path string, step *language.Step, at string) string {
	if step != nil {
		for _, c := range step.Capture {
			if c.Value == path {
				return h.captured(c.Name)
			}
		}
		return "null"
	}
	lists := h.lists()
	if h.recipe.Read != nil {
		further := *h.recipe.Read.List()
		further.Total = "" // the page before tells it
		lists = append(lists, &further)
	}
	for _, l := range lists {
		switch {
		case l.Request.At != at:
		case l.Total == path:
			return total(l)
		case l.Paging.While == path:
			return "false"
		case l.Paging.Until == path:
			return "true"
		}
	}
	return "null"
}

// total is the number of rows of a list: see row.
func total(l *language.List) string {
	if l.Detail != nil {
		return "1"
	}
	return "0"
}

// lists are those of imports and lookups.
func (h *hopefulHost) lists() (all []*language.List) {
	for i := range h.recipe.Import {
		all = append(all, &h.recipe.Import[i])
	}
	for i := range h.recipe.Lookups {
		all = append(all, &h.recipe.Lookups[i].List)
	}
	return all
}

// captured makes up what the target would have made.
func (h *hopefulHost) captured(name string) string {
	if a := h.recipe.Attribute(name); a != nil && a.Type == language.Integer {
		return "1"
	}
	if name == h.recipe.Anchor && h.anchor != "" {
		return strconv.Quote(h.anchor)
	}
	return `"made-by-target"`
}

// step finds the step that a request belongs to, or nil.
func (h *hopefulHost) step(at string) *language.Step {
	for _, o := range []*language.Operation{h.recipe.Create, h.recipe.Update, h.recipe.Delete, h.recipe.SetPassword, h.recipe.ChangePassword} {
		if o == nil {
			continue
		}
		for i := range o.Steps {
			if o.Steps[i].Request.At == at {
				return &o.Steps[i]
			}
		}
	}
	return nil
}

// SOAP is not offered.
func (h *hopefulHost) SOAP(context.Context, abi.SOAPRequest) (abi.SOAPAnswer, error) {
	return abi.SOAPAnswer{}, abi.NewError(abi.NotOffered, "soap")
}

// Log forgets the entry.
func (h *hopefulHost) Log(context.Context, abi.LogEntry) error { return nil }

// Clock stands still.
func (h *hopefulHost) Clock(context.Context) (time.Time, error) { return time.Unix(0, 0).UTC(), nil }

// Random returns zeros: the same request is shown every time.
func (h *hopefulHost) Random(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil }

// StateGet finds nothing.
func (h *hopefulHost) StateGet(context.Context, string) ([]byte, error) {
	return nil, abi.NewError(abi.NotFound, "no state")
}

// StatePut forgets the value.
func (h *hopefulHost) StatePut(context.Context, string, []byte) error { return nil }

// StateDelete has nothing to forget.
func (h *hopefulHost) StateDelete(context.Context, string) error { return nil }

// Progress goes nowhere.
func (h *hopefulHost) Progress(context.Context, abi.Progress) error { return nil }

// ExportResult is told by the call's end as well.
func (h *hopefulHost) ExportResult(context.Context, abi.CSEntryChangeResult) error { return nil }

// Reveal is not granted.
func (h *hopefulHost) Reveal(context.Context, string) (string, error) {
	return "", abi.NewError(abi.Denied, "nothing is revealed")
}
