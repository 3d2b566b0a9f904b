package scim

import (
	"net/http"
	"strconv"
)

// Base returns what locations begin with.
func Base(h *Handler, r *http.Request) string { return h.base(r) }

// Reprint parses JSON under the default limits and writes it again.
func Reprint(s string) (string, error) {
	n, err := parseJSON(s, defaultJSONLimits)
	if err != nil {
		return "", err
	}
	return string(n.append(nil)), nil
}

func (n *node) append(b []byte) []byte {
	switch n.kind {
	case nodeNull:
		return append(b, "null"...)
	case nodeTrue, nodeFalse:
		return strconv.AppendBool(b, n.kind == nodeTrue)
	case nodeNumber:
		return append(b, n.text...)
	case nodeString:
		return appendString(b, n.text)
	}
	brackets := "[]"
	if n.kind == nodeObject {
		brackets = "{}"
	}
	b = append(b, brackets[0])
	for i := range n.items {
		if i > 0 {
			b = append(b, ',')
		}
		if n.kind == nodeObject {
			b = append(appendString(b, n.keys[i]), ':')
		}
		b = n.items[i].append(b)
	}
	return append(b, brackets[1])
}

// AppendValue is appendValue.
func AppendValue(v Value) string { return string(appendValue(nil, v)) }

// DecodeResource reads the body of a POST.
func (t *ResourceType) DecodeResource(body string) (Object, error) {
	n, err := parseJSON(body, defaultJSONLimits)
	if err != nil {
		return Object{}, err
	}
	return t.decodeResource(&n)
}

// Render writes a resource as an answer holds it.
func (t *ResourceType) Render(r *Resource, sel Selection) string {
	return string(sel.appendResource(nil, t, r, location("https://example.com", t, r.ID)))
}

// HeldLocks counts the resources that are being changed.
func HeldLocks(h *Handler) int {
	h.locks.mu.Lock()
	defer h.locks.mu.Unlock()
	return len(h.locks.held)
}
