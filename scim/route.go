package scim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The routes beside the endpoints of resource types (RFC 7644 section 3.2).
// serviceConfiguration is what Microsoft's reference code calls
// ServiceProviderConfig, and what clients made for it ask for.
const (
	routeServiceProviderConfig = "ServiceProviderConfig"
	routeServiceConfiguration  = "serviceConfiguration"
	routeResourceTypes         = "ResourceTypes"
	routeSchemas               = "Schemas"
	routeBulk                  = "Bulk"
	routeSearch                = ".search"
	routeMe                    = "Me"
)

func isRoute(segment string) bool {
	return slices.ContainsFunc([]string{routeServiceProviderConfig, routeServiceConfiguration, routeResourceTypes,
		routeSchemas, routeBulk, routeSearch, routeMe}, func(r string) bool { return equalName(r, segment) })
}

// methods maps the methods of one path to what answers them.
type methods map[string]func(r *http.Request) (answer, error)

func (h *Handler) route(w http.ResponseWriter, r *http.Request) (answer, error) {
	segments, err := pathSegments(r.URL)
	if err != nil {
		return answer{}, err
	}
	m := h.methods(segments)
	if m == nil {
		return answer{}, &Error{Status: http.StatusNotFound, Detail: "no such path"}
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	serve := m[method]
	if serve == nil {
		w.Header().Set("Allow", m.allow())
		return answer{}, &Error{Status: http.StatusMethodNotAllowed, Detail: "method is not allowed here"}
	}
	return serve(r)
}

func (m methods) allow() string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// pathSegments takes a path apart before it is unescaped, for an id may hold a slash.
func pathSegments(u *url.URL) ([]string, error) {
	path := strings.Trim(u.EscapedPath(), "/")
	if path == "" {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		var err error
		if segments[i], err = url.PathUnescape(s); err != nil {
			return nil, &Error{Status: http.StatusNotFound, Detail: "no such path", Err: err}
		}
	}
	return segments, nil
}

// methods returns what a path takes, nil for a path that is not there. Case does
// not matter: there is nothing else that /users could mean.
func (h *Handler) methods(segments []string) methods {
	if len(segments) == 0 {
		return methods{http.MethodGet: h.searchAllByQuery}
	}
	name, rest := segments[0], segments[1:]
	if t := h.types[lowerName(name)]; t != nil {
		return h.resourceMethods(t, rest)
	}
	switch {
	case equalName(name, routeResourceTypes):
		return h.discoveryMethods(rest, h.resourceTypes)
	case equalName(name, routeSchemas):
		return h.discoveryMethods(rest, h.schemas)
	case len(rest) > 0:
		return nil
	case equalName(name, routeServiceProviderConfig), equalName(name, routeServiceConfiguration):
		return methods{http.MethodGet: h.serviceProviderConfig}
	case equalName(name, routeBulk) && !h.config.DisableBulk:
		return methods{http.MethodPost: h.bulk}
	case equalName(name, routeSearch):
		return methods{http.MethodPost: h.searchAllByBody}
	}
	return nil
}

func (h *Handler) resourceMethods(t *ResourceType, rest []string) methods {
	e := endpoint{h, t}
	switch {
	case len(rest) == 0:
		return methods{http.MethodGet: e.list, http.MethodPost: e.create}
	case len(rest) > 1:
		return nil
	case equalName(rest[0], routeSearch):
		return methods{http.MethodPost: e.search}
	}
	with := func(serve func(*http.Request, string) (answer, error)) func(*http.Request) (answer, error) {
		return func(r *http.Request) (answer, error) { return serve(r, rest[0]) }
	}
	return methods{
		http.MethodGet:    with(e.get),
		http.MethodPut:    with(e.replace),
		http.MethodPatch:  with(e.patch),
		http.MethodDelete: with(e.delete),
	}
}

// base returns what locations begin with.
func (h *Handler) base(r *http.Request) string {
	if h.config.BaseURL != "" {
		return h.config.BaseURL
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + mountPoint(r)
}

// mountPoint returns the part of the requested path before that which the
// Handler was given, as it was written; empty if it was given another path.
func mountPoint(r *http.Request) string {
	asked, err := url.ParseRequestURI(r.RequestURI) // a path, or a whole URL from a proxy
	if err != nil || !strings.HasSuffix(asked.Path, r.URL.Path) {
		return ""
	}
	full := asked.EscapedPath()
	for range strings.Count(r.URL.EscapedPath(), "/") {
		full = full[:max(strings.LastIndexByte(full, '/'), 0)]
	}
	return strings.TrimRight(full, "/")
}

func location(base string, t *ResourceType, id string) string {
	return base + t.Endpoint() + "/" + url.PathEscape(id)
}
