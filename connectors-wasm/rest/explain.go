package rest

import (
	"context"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// Observer is told of every request before it is sent. It is for tools that show
// what a recipe does; a module has none.
type Observer interface {
	Request(Request)
}

// Request is a request with the parts of the recipe that made it.
type Request struct {
	HTTP abi.HTTPRequest
	// At is where the request stands in the recipe, such as create[0].request.
	At   string
	Made []Made
}

// Made says which part of the recipe made a part of a request.
type Made struct {
	// Place is the part of the request: method, path, query.NAME, header.NAME, body,
	// or body.NAME.NAME.
	Place string
	// At is a place in the recipe.
	At string
}

func shown(c *call) Request { return Request{HTTP: c.http, At: c.at, Made: c.made} }

// Question is what Explain is asked.
type Question struct {
	// Op is create, update, delete, setPassword, changePassword, read, import or delta.
	Op string
	// Entry is the change, or the object for read.
	Entry abi.CSEntryChange
	// Password and OldPassword are for the password operations.
	Password, OldPassword string
	// CustomData is the mark of the run before, for delta.
	CustomData string
	Parameters abi.ConfigParameters
	// Answer answers the requests, with the body as a target sends it; nil has every
	// request succeed with stand-ins for what later steps want, lists without rows,
	// and objects with nothing but their anchor.
	Answer func(abi.HTTPRequest) abi.HTTPAnswer
}

// Explain follows a recipe without a target, and returns the requests in the order
// in which they would be sent. The error is that of the operation; the requests up
// to it come all the same.
func Explain(ctx context.Context, r *recipe.Recipe, q Question) ([]Request, error) {
	h := &explainer{recipe: r, question: &q}
	c := &Connector{host: h, fixed: r, watch: h.watch}
	err := h.run(ctx, c)
	return h.requests, err
}

// explainer is a host that has no target. What a recipe does not need is not there.
type explainer struct {
	abi.Host
	recipe   *recipe.Recipe
	question *Question
	requests []Request
	calls    []call
}

func (h *explainer) watch(c *call) {
	h.requests = append(h.requests, shown(c))
	h.calls = append(h.calls, *c)
}

func (h *explainer) run(ctx context.Context, c *Connector) error {
	q := h.question
	kinds := map[string]abi.OperationType{"import": abi.Full, "delta": abi.Delta, "read": abi.FullObject}
	if kind, reads := kinds[q.Op]; reads {
		return h.runImport(ctx, c, kind)
	}
	if err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Parameters: q.Parameters}); err != nil {
		return err
	}
	entry := abi.CSEntry{Anchor: q.Entry.Anchor, Attributes: q.Entry.Attributes}
	switch q.Op {
	case "setPassword":
		return c.SetPassword(ctx, abi.SetPasswordRunStep{Entry: entry, NewPassword: q.Password})
	case "changePassword":
		return c.ChangePassword(ctx, abi.ChangePasswordRunStep{Entry: entry, OldPassword: q.OldPassword, NewPassword: q.Password})
	}
	modifications := map[string]abi.ObjectModificationType{"create": abi.ObjectAdd, "update": abi.ObjectUpdate, "delete": abi.ObjectDelete}
	change, known := q.Entry, false
	if change.Modification, known = modifications[q.Op]; !known {
		return abi.NewError(abi.EntryPointNotImplemented, "there is no operation "+q.Op)
	}
	if q.Op == "update" && h.recipe.ExportType == recipe.ObjectReplace {
		change.Modification = abi.ObjectReplace
	}
	if err := c.exported.begin(ctx); err != nil {
		return err
	}
	_, err := c.exported.put(ctx, &change)
	return err
}

func (h *explainer) runImport(ctx context.Context, c *Connector, kind abi.OperationType) error {
	q := h.question
	mark, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Parameters: q.Parameters, ImportType: kind, CustomData: q.CustomData})
	if err != nil {
		return err
	}
	step := abi.GetImportEntriesRunStep{CustomData: mark}
	if kind == abi.FullObject {
		step.FullObjectEntries = []abi.CSEntryChange{q.Entry}
	}
	for more := true; more && err == nil; {
		var page abi.GetImportEntriesResults
		page, err = c.GetImportEntries(ctx, step)
		more = page.MoreToImport
	}
	return err
}

// HTTP answers for the target.
func (h *explainer) HTTP(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	answers := abi.HTTPAnswers{Answers: make([]abi.HTTPAnswer, len(requests.Requests))}
	calls := h.calls[len(h.calls)-len(requests.Requests):]
	for i, r := range requests.Requests {
		if h.question.Answer == nil {
			answers.Answers[i] = h.standIn(&calls[i])
			continue
		}
		answer := h.question.Answer(r)
		if r.Want != nil && answer.Error == nil {
			plan, err := want.Compile(*r.Want)
			if err == nil {
				answer, err = plan.Answer(answer, abi.MaxHTTPBody)
			}
			answer.Error = abi.AsError(err)
		}
		answers.Answers[i] = answer
	}
	return answers, nil
}

// Clock returns the beginning of 2026.
func (h *explainer) Clock(context.Context) (time.Time, error) {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil
}

// Progress does nothing.
func (h *explainer) Progress(context.Context, abi.Progress) error { return nil }

// standIn is an answer as the recipe expects it.
func (h *explainer) standIn(c *call) abi.HTTPAnswer {
	answer := abi.HTTPAnswer{Status: 200, Tries: 1}
	if len(c.expect) > 0 {
		answer.Status = c.expect[0].From
	}
	captured := make(map[string]bool)
	for _, k := range c.captures {
		captured[k.Value] = true
		answer.Headers = append(answer.Headers, abi.Field{Name: k.Header, Value: k.Header})
	}
	w := c.http.Want
	if w == nil {
		return answer
	}
	var out wire.Writer
	out.Object()
	if len(w.Rows) > 0 {
		out.Key("rows")
		out.Array()
		if h.reads(c) {
			h.values(&out, w.Fields, captured)
		}
		out.EndArray()
	}
	out.Key("values")
	h.values(&out, w.Values, captured)
	out.EndObject()
	answer.Wanted = string(out.Bytes())
	return answer
}

func (h *explainer) reads(c *call) bool {
	r := h.recipe.Read
	return r != nil && c.at == r.Request.At
}

// values writes stand-ins for what is at paths.
func (h *explainer) values(w *wire.Writer, paths []string, captured map[string]bool) {
	anchor, object := h.recipe.Attribute(h.recipe.Anchor), "."
	if r := h.recipe.Read; r != nil && r.Object != "" {
		object = r.Object
	}
	w.Array()
	for i, path := range paths {
		switch {
		case path == inside(object, anchor.Read) || captured[path] && len(captured) == 1 && anchor.Type == recipe.Integer:
			w.String(h.anchor(anchor))
		case captured[path]:
			w.String(path)
		case i == 0 && path == object:
			w.Raw("{}")
		default:
			w.Null()
		}
	}
	w.EndArray()
}

// anchor is the entry's anchor, or a stand-in.
func (h *explainer) anchor(a *recipe.Attribute) string {
	text := h.question.Entry.AnchorText(a.Name)
	switch {
	case text != "":
		return text
	case a.Type == recipe.Integer:
		return "1"
	}
	return a.Name
}
