package scim

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxFirstRead bounds the memory that a client gets for announcing a body.
const maxFirstRead = 64 << 10

// readJSON reads the body of a request.
func (h *Handler) readJSON(r *http.Request) (*node, error) {
	if err := checkMediaType(r); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(min(max(r.ContentLength, 0), maxFirstRead)) + bytes.MinRead)
	if _, err := b.ReadFrom(r.Body); err != nil {
		return nil, h.badBody(err)
	}
	text := strings.TrimPrefix(b.String(), "\ufeff") // a byte order mark, which RFC 8259 lets us pass over
	n, err := parseJSON(text, jsonLimits{MaxJSONDepth, h.config.MaxJSONValues})
	if err != nil {
		return nil, err
	}
	return &n, nil
}

func (h *Handler) badBody(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		detail := "body is larger than " + strconv.FormatInt(h.config.MaxBodyBytes, 10) + " bytes"
		return &Error{Status: http.StatusRequestEntityTooLarge, Detail: detail, Err: err}
	}
	return &Error{Status: http.StatusBadRequest, Type: ErrorTypeInvalidSyntax, Detail: "body cannot be read", Err: err}
}

// checkMediaType takes SCIM's media type, plain JSON, and a body that does not
// say what it is.
func checkMediaType(r *http.Request) error {
	unsupported := &Error{Status: http.StatusUnsupportedMediaType, Detail: "body is not " + ContentType}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return unsupported
	}
	header := r.Header.Get("Content-Type")
	if header == "" || header == ContentType {
		return nil
	}
	media, params, err := mime.ParseMediaType(header)
	if err != nil || media != ContentType && media != "application/json" && media != "text/json" {
		return unsupported
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return unsupported
	}
	return nil
}

// listParams are the parameters of a query, from a URL or a SearchRequest
// (RFC 7644 sections 3.4.2 and 3.4.3).
type listParams struct {
	attributes, excluded      string
	filter, sortBy, sortOrder string
	startIndex, count         string
}

func (p *listParams) byName() map[string]*string {
	return map[string]*string{
		"attributes": &p.attributes, "excludedattributes": &p.excluded,
		"filter": &p.filter, "sortby": &p.sortBy, "sortorder": &p.sortOrder,
		"startindex": &p.startIndex, "count": &p.count,
	}
}

// queryParams reads the query of a URL. Unknown parameters are ignored: one
// provider's flags travel there. A query that cannot be read is refused, for
// without its filter it would mean every resource.
func queryParams(r *http.Request) (listParams, error) {
	var p listParams
	if r.URL.RawQuery == "" {
		return p, nil
	}
	known, seen := p.byName(), map[*string]bool{}
	// Not url.ParseQuery, which refuses a semicolon: a filter may hold one.
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, err := unescapePair(part)
		if err != nil {
			return p, invalid(ErrorTypeInvalidSyntax, "query of the URL cannot be read")
		}
		target := known[lowerName(name)]
		switch {
		case target == nil:
		case seen[target]:
			return p, invalid(ErrorTypeInvalidValue, "parameter %s is there twice", quote(name))
		case !utf8.ValidString(value):
			return p, invalid(ErrorTypeInvalidSyntax, "parameter %s is not UTF-8", quote(name))
		default:
			*target, seen[target] = value, true
		}
	}
	return p, nil
}

func unescapePair(s string) (name, value string, err error) {
	name, value, _ = strings.Cut(s, "=")
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", err
	}
	value, err = url.QueryUnescape(value)
	return name, value, err
}

// bodyParams reads a SearchRequest.
func bodyParams(n *node) (listParams, error) {
	var p listParams
	if n.kind != nodeObject {
		return p, invalid(ErrorTypeInvalidSyntax, "body is not an object")
	}
	if err := checkMessage(n, urnSearchRequest); err != nil {
		return p, err
	}
	known := p.byName()
	for i, key := range n.keys {
		target := known[lowerName(key)]
		if target == nil {
			continue
		}
		var err error
		if *target, err = n.items[i].parameter(key); err != nil {
			return p, err
		}
	}
	return p, nil
}

// parameter returns a member of a SearchRequest as the URL would hold it.
func (n *node) parameter(key string) (string, error) {
	switch n.kind {
	case nodeNull:
		return "", nil
	case nodeString, nodeNumber:
		return n.text, nil
	case nodeArray:
		var list []string
		for _, item := range n.items {
			if item.kind != nodeString {
				return "", invalid(ErrorTypeInvalidValue, "%s holds what is not a string", quote(key))
			}
			list = append(list, item.text)
		}
		return strings.Join(list, ","), nil
	}
	return "", invalid(ErrorTypeInvalidValue, "%s has the wrong type", quote(key))
}

// query gives the parameters their types for one resource type.
func (h *Handler) query(t *ResourceType, p listParams) (Query, error) {
	sel, err := t.ParseSelection(p.attributes, p.excluded)
	if err != nil {
		return Query{}, err
	}
	q := Query{Selection: sel, Descending: equalName(p.sortOrder, "descending")}
	if q.StartIndex, err = wholeNumber("startIndex", p.startIndex, 1); err != nil {
		return Query{}, err
	}
	if q.Count, err = wholeNumber("count", p.count, h.config.DefaultPageSize); err != nil {
		return Query{}, err
	}
	// RFC 7644 section 3.4.2.4: less than 1 is 1, less than 0 is 0.
	q.StartIndex = max(q.StartIndex, 1)
	q.Count = min(max(q.Count, 0), h.config.MaxPageSize)
	if p.filter != "" {
		if q.Filter, err = t.ParseFilter(p.filter); err != nil {
			return Query{}, err
		}
	}
	if p.sortBy != "" && !h.config.DisableSort {
		q.SortBy = t.sortPath(p.sortBy)
	}
	return q, nil
}

// sortPath returns what to sort by: for a complex attribute its "value"; not
// Known for what no schema declares, or what may not be told.
func (t *ResourceType) sortPath(s string) Path {
	p, err := t.ParsePath(s)
	if err != nil || p.hidden() {
		return Path{}
	}
	if p.leaf().Type == TypeComplex {
		return p.valuePart()
	}
	return p
}

func wholeNumber(name, s string, otherwise int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if errors.Is(err, strconv.ErrRange) {
		return n, nil // the nearest number there is, beyond every limit
	}
	if err != nil {
		return 0, invalid(ErrorTypeInvalidValue, "%s is not a number: %s", name, quote(s))
	}
	return n, nil
}
