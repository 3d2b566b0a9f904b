package scim

import (
	"net/http"
	"slices"
	"strings"
)

// endpoint answers the requests on one resource type.
type endpoint struct {
	*Handler
	typ *ResourceType
}

func (e endpoint) create(r *http.Request) (answer, error) {
	sel, root, err := e.body(r)
	if err != nil {
		return answer{}, err
	}
	res, err := e.store().create(r.Context(), e.typ, root)
	if err != nil {
		return answer{}, err
	}
	return e.resource(r, http.StatusCreated, res, sel), nil
}

func (e endpoint) get(r *http.Request, id string) (answer, error) {
	sel, err := e.selection(r)
	if err != nil {
		return answer{}, err
	}
	res, err := e.backend.Get(r.Context(), e.typ, id, sel)
	if err != nil {
		return answer{}, err
	}
	tags := condition(r, "If-None-Match")
	if tags != "" && matchesVersion(tags, res.Meta.Version) {
		return answer{status: http.StatusNotModified, etag: res.Meta.Version}, nil
	}
	return e.resource(r, http.StatusOK, res, sel), nil
}

func (e endpoint) replace(r *http.Request, id string) (answer, error) {
	sel, root, err := e.body(r)
	if err != nil {
		return answer{}, err
	}
	res, err := e.store().replace(r.Context(), e.typ, id, root, condition(r, "If-Match"))
	if err != nil {
		return answer{}, err
	}
	return e.resource(r, http.StatusOK, res, sel), nil
}

func (e endpoint) patch(r *http.Request, id string) (answer, error) {
	sel, err := e.selection(r)
	if err != nil {
		return answer{}, err
	}
	body, err := e.readJSON(r)
	if err != nil {
		return answer{}, err
	}
	ops, err := e.typ.parsePatch(body, e.config.MaxPatchOperations)
	if err != nil {
		return answer{}, err
	}
	res, err := e.store().patch(r.Context(), e.typ, id, ops, condition(r, "If-Match"))
	if err != nil {
		return answer{}, err
	}
	if e.typ.def.PatchNoContent && sel.only == nil && sel.not == nil {
		return answer{status: http.StatusNoContent, etag: res.Meta.Version}, nil
	}
	sel = sel.afterWrite(e.typ, func(p Path) bool {
		return slices.ContainsFunc(ops, func(op PatchOp) bool { return op.writes(p) })
	})
	return e.resource(r, http.StatusOK, res, sel), nil
}

func (e endpoint) delete(r *http.Request, id string) (answer, error) {
	err := e.store().delete(r.Context(), e.typ, id, condition(r, "If-Match"))
	return answer{status: http.StatusNoContent}, err
}

func (e endpoint) list(r *http.Request) (answer, error) {
	p, err := queryParams(r)
	if err != nil {
		return answer{}, err
	}
	return e.find(r, p)
}

func (e endpoint) search(r *http.Request) (answer, error) {
	body, err := e.readJSON(r)
	if err != nil {
		return answer{}, err
	}
	p, err := bodyParams(body)
	if err != nil {
		return answer{}, err
	}
	return e.find(r, p)
}

func (e endpoint) find(r *http.Request, p listParams) (answer, error) {
	q, err := e.query(e.typ, p)
	if err != nil {
		return answer{}, err
	}
	page, err := e.backend.List(r.Context(), e.typ, q)
	if err != nil {
		return answer{}, err
	}
	l := newListResponse(page.Total, q.StartIndex, len(page.Resources))
	base := e.base(r)
	for _, res := range page.Resources {
		l.resource(q.Selection, e.typ, res, base)
	}
	return l.answer(), nil
}

func (e endpoint) selection(r *http.Request) (Selection, error) {
	p, err := queryParams(r)
	if err != nil {
		return Selection{}, err
	}
	return e.typ.ParseSelection(p.attributes, p.excluded)
}

// body reads the resource of a POST or PUT, and what its answer shall hold.
func (e endpoint) body(r *http.Request) (Selection, Object, error) {
	sel, err := e.selection(r)
	if err != nil {
		return Selection{}, Object{}, err
	}
	n, err := e.readJSON(r)
	if err != nil {
		return Selection{}, Object{}, err
	}
	root, err := e.typ.decodeResource(n)
	if err != nil {
		return Selection{}, Object{}, err
	}
	return sel.afterWrite(e.typ, root.holds), root, nil
}

// resource answers with one resource.
func (e endpoint) resource(r *http.Request, status int, res *Resource, sel Selection) answer {
	a := answer{status: status, location: location(e.base(r), e.typ, res.ID), etag: res.Meta.Version}
	a.body = sel.appendResource(make([]byte, 0, 1024), e.typ, res, a.location)
	return a
}

// condition returns a header that may stand on several lines, as one.
func condition(r *http.Request, header string) string {
	return strings.Join(r.Header.Values(header), ",")
}

// matchesVersion reports whether an If-Match or If-None-Match header holds the
// version, compared weakly, or is "*". A resource without a version matches
// "*" alone.
func matchesVersion(header, version string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	version = strings.TrimPrefix(version, "W/")
	for header != "" && version != "" {
		var tag string
		tag, header = cutTag(header)
		if tag == version {
			return true
		}
	}
	return false
}

// cutTag takes the first entity tag, without W/, off a list. A comma between
// quotes belongs to the tag (RFC 9110 section 8.8.3).
func cutTag(list string) (tag, rest string) {
	list = strings.TrimPrefix(strings.TrimLeft(list, " \t,"), "W/")
	end := len(list)
	if quoted, ok := strings.CutPrefix(list, `"`); !ok {
		end = strings.IndexByte(list+",", ',')
	} else if i := strings.IndexByte(quoted, '"'); i >= 0 {
		end = i + 2
	}
	return strings.TrimSpace(list[:end]), list[end:]
}
