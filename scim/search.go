package scim

import (
	"net/http"
	"strconv"
)

// listResponse writes a ListResponse (RFC 7644 section 3.4.2).
type listResponse struct {
	body []byte
	any  bool
}

func newListResponse(total, startIndex, items int) *listResponse {
	b := make([]byte, 0, 256+items*1024)
	b = append(b, `{"schemas":["`+urnListResponse+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"startIndex":`...)
	b = strconv.AppendInt(b, int64(startIndex), 10)
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(items), 10)
	b = append(b, `,"Resources":[`...)
	return &listResponse{body: b}
}

func (l *listResponse) comma() {
	if l.any {
		l.body = append(l.body, ',')
	}
	l.any = true
}

func (l *listResponse) resource(sel Selection, t *ResourceType, r *Resource, base string) {
	l.comma()
	l.body = sel.appendResource(l.body, t, r, location(base, t, r.ID))
}

func (l *listResponse) value(v Value) {
	l.comma()
	l.body = appendValue(l.body, v)
}

func (l *listResponse) answer() answer {
	return answer{status: http.StatusOK, body: append(l.body, "]}"...)}
}

func (h *Handler) searchAllByQuery(r *http.Request) (answer, error) {
	p, err := queryParams(r)
	if err != nil {
		return answer{}, err
	}
	return h.searchAll(r, p)
}

func (h *Handler) searchAllByBody(r *http.Request) (answer, error) {
	body, err := h.readJSON(r)
	if err != nil {
		return answer{}, err
	}
	p, err := bodyParams(body)
	if err != nil {
		return answer{}, err
	}
	return h.searchAll(r, p)
}

// found is a part of a search over all resource types.
type found struct {
	typ   *ResourceType
	query Query
	page  Page
}

// searchAll searches all resource types (RFC 7644 section 3.4.2.1), one after
// the other in the order of Config.Types; sortBy orders within a type.
func (h *Handler) searchAll(r *http.Request, p listParams) (answer, error) {
	var parts []found
	total, items, skip, want, start := 0, 0, 0, 0, 1
	for i, t := range h.config.Types {
		q, err := h.query(t, p)
		if err != nil {
			return answer{}, err
		}
		if i == 0 {
			start, skip, want = q.StartIndex, q.StartIndex-1, q.Count
		}
		q.StartIndex, q.Count = skip+1, want
		page, err := h.backend.List(r.Context(), t, q)
		if err != nil {
			return answer{}, err
		}
		parts = append(parts, found{t, q, page})
		total += page.Total
		items += len(page.Resources)
		skip = max(skip-page.Total, 0)
		want -= len(page.Resources)
	}
	l := newListResponse(total, start, items)
	base := h.base(r)
	for _, part := range parts {
		for _, res := range part.page.Resources {
			l.resource(part.query.Selection, part.typ, res, base)
		}
	}
	return l.answer(), nil
}
