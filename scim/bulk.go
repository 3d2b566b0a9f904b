package scim

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// bulk answers a BulkRequest (RFC 7644 section 3.7). Operations run in their
// order, except that one which refers to the bulkId of a later POST waits for
// it. Operations that refer to each other in a circle fail with 409.
func (h *Handler) bulk(r *http.Request) (answer, error) {
	body, err := h.readJSON(r)
	if err != nil {
		return answer{}, err
	}
	job, err := h.newBulkJob(r, body)
	if err != nil {
		return answer{}, err
	}
	for i := range job.ops {
		if job.errors >= job.failOnErrors && job.failOnErrors > 0 {
			break
		}
		job.run(r.Context(), i)
	}
	return answer{status: http.StatusOK, body: job.response()}, nil
}

// bulkJob is a BulkRequest on its way.
type bulkJob struct {
	*Handler
	request      *http.Request
	base         string
	ops          []bulkOp
	byBulkID     map[string]int // POST operations
	failOnErrors int            // 0 for never
	errors       int
}

type bulkOp struct {
	method, bulkID, path, version string
	data                          *node
	state                         bulkState

	// the outcome
	id       string // of the resource
	location string
	etag     string
	status   int
	err      *Error
}

type bulkState uint8

const (
	bulkWaiting bulkState = iota
	bulkRunning
	bulkDone
)

func (h *Handler) newBulkJob(r *http.Request, n *node) (*bulkJob, error) {
	if n.kind != nodeObject {
		return nil, invalid(ErrorTypeInvalidSyntax, "body is not an object")
	}
	if err := checkMessage(n, urnBulkRequest); err != nil {
		return nil, err
	}
	operations := n.get("Operations")
	if operations == nil || operations.kind != nodeArray {
		return nil, invalid(ErrorTypeInvalidSyntax, "body has no Operations")
	}
	if len(operations.items) > h.config.MaxBulkOperations {
		detail := "more than " + strconv.Itoa(h.config.MaxBulkOperations) + " operations"
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Detail: detail}
	}
	job := &bulkJob{Handler: h, request: r, base: h.base(r), byBulkID: map[string]int{}}
	if fail := n.get("failOnErrors"); fail != nil && fail.kind == nodeNumber {
		job.failOnErrors, _ = strconv.Atoi(fail.text) // what is no number stops nothing
	}
	for i := range operations.items {
		if err := job.add(&operations.items[i]); err != nil {
			return nil, err
		}
	}
	return job, nil
}

func (j *bulkJob) add(n *node) error {
	op := bulkOp{method: strings.ToUpper(n.str("method")), bulkID: n.str("bulkId"),
		path: n.str("path"), version: n.str("version"), data: n.get("data")}
	if n.kind != nodeObject {
		return invalid(ErrorTypeInvalidSyntax, "an operation is not an object")
	}
	if op.data == nil {
		op.data = &node{}
	}
	if op.method == http.MethodPost && op.bulkID != "" {
		if _, twice := j.byBulkID[op.bulkID]; twice {
			return invalid(ErrorTypeInvalidValue, "bulkId %s is there twice", quote(op.bulkID))
		}
		j.byBulkID[op.bulkID] = len(j.ops)
	}
	j.ops = append(j.ops, op)
	return nil
}

// run runs an operation and, before it, those it refers to.
func (j *bulkJob) run(ctx context.Context, i int) {
	op := &j.ops[i]
	if op.state == bulkDone {
		return
	}
	op.state = bulkRunning
	err := j.resolve(ctx, op)
	if err == nil {
		err = j.do(ctx, op)
	}
	op.state = bulkDone
	if err != nil {
		j.errors++
		op.err = toError(err)
		op.status = op.err.Status
		j.report(j.request, err)
	}
}

const bulkIDPrefix = "bulkId:"

// resolve puts ids in the place of all references in an operation.
func (j *bulkJob) resolve(ctx context.Context, op *bulkOp) error {
	segments := strings.Split(op.path, "/")
	for i := range segments {
		id := segments[i]
		if err := j.resolveText(ctx, &id); err != nil {
			return err
		}
		if id != segments[i] {
			segments[i] = url.PathEscape(id)
		}
	}
	op.path = strings.Join(segments, "/")
	return j.resolveNode(ctx, op.data)
}

func (j *bulkJob) resolveNode(ctx context.Context, n *node) error {
	if n.kind == nodeString {
		return j.resolveText(ctx, &n.text)
	}
	for i := range n.items {
		if err := j.resolveNode(ctx, &n.items[i]); err != nil {
			return err
		}
	}
	return nil
}

func (j *bulkJob) resolveText(ctx context.Context, s *string) error {
	name, ok := strings.CutPrefix(*s, bulkIDPrefix)
	if !ok {
		return nil
	}
	conflict := func(problem string) error {
		return &Error{Status: http.StatusConflict, Type: ErrorTypeInvalidValue, Detail: "bulkId " + quote(name) + " " + problem}
	}
	i, ok := j.byBulkID[name]
	switch {
	case !ok:
		return conflict("is not in the request")
	case j.ops[i].state == bulkRunning:
		return conflict("is part of a circle of references")
	}
	j.run(ctx, i)
	if j.ops[i].err != nil {
		return conflict("failed")
	}
	*s = j.ops[i].id
	return nil
}

// do carries out one operation whose references are resolved.
func (j *bulkJob) do(ctx context.Context, op *bulkOp) error {
	name, id, hasID := strings.Cut(strings.TrimPrefix(op.path, "/"), "/")
	t := j.types[lowerName(name)]
	if t == nil || hasID != (op.method != http.MethodPost) {
		return &Error{Status: http.StatusNotFound, Detail: "no such path for this method"}
	}
	id, err := url.PathUnescape(id)
	if err != nil {
		return ErrNotFound
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if hasID {
		op.location = location(j.base, t, id) // also of a failure
	}
	r, err := j.change(ctx, t, id, op)
	if err != nil || r == nil {
		return err
	}
	op.id, op.etag, op.location = r.ID, r.Meta.Version, location(j.base, t, r.ID)
	return nil
}

// change makes the change and sets the status; a DELETE leaves no resource.
func (j *bulkJob) change(ctx context.Context, t *ResourceType, id string, op *bulkOp) (*Resource, error) {
	s := j.store()
	op.status = http.StatusOK
	switch op.method {
	case http.MethodPost:
		op.status = http.StatusCreated
		root, err := t.decodeResource(op.data)
		if err != nil {
			return nil, err
		}
		return s.create(ctx, t, root)
	case http.MethodPut:
		root, err := t.decodeResource(op.data)
		if err != nil {
			return nil, err
		}
		return s.replace(ctx, t, id, root, op.version)
	case http.MethodPatch:
		ops, err := t.parsePatch(op.data, j.config.MaxPatchOperations)
		if err != nil {
			return nil, err
		}
		return s.patch(ctx, t, id, ops, op.version)
	case http.MethodDelete:
		op.status = http.StatusNoContent
		return nil, s.delete(ctx, t, id, op.version)
	}
	return nil, invalid(ErrorTypeInvalidSyntax, "method %s is not POST, PUT, PATCH or DELETE", quote(op.method))
}

// response lists the operations that were run, in the order of the request.
func (j *bulkJob) response() []byte {
	b := []byte(`{"schemas":["` + urnBulkResponse + `"],"Operations":[`)
	open := len(b)
	for i := range j.ops {
		op := &j.ops[i]
		if op.state != bulkDone {
			continue
		}
		if len(b) > open {
			b = append(b, ',')
		}
		b = appendValue(b, op.value())
	}
	return append(b, "]}"...)
}

func (op *bulkOp) value() Value {
	var failure Value
	if op.err != nil {
		failure = op.err.value()
	}
	return Complex(
		Field{"location", Reference(op.location)},
		Field{"method", String(op.method)},
		Field{"bulkId", String(op.bulkID)},
		Field{"version", String(op.etag)},
		Field{"response", failure},
		Field{"status", String(strconv.Itoa(op.status))},
	)
}
