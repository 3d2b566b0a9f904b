package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Defaults of Config. A zero field means its default.
const (
	DefaultPageSize          = 100     // resources
	DefaultMaxPageSize       = 1000    // resources
	DefaultMaxBodyBytes      = 4 << 20 // bytes
	DefaultMaxJSONValues     = 250_000 // arrays, objects and scalars
	DefaultMaxBulkOperations = 1000
	// MaxJSONDepth is how deep arrays and objects of a body may be nested.
	MaxJSONDepth = 16
)

var defaultJSONLimits = jsonLimits{depth: MaxJSONDepth, values: DefaultMaxJSONValues}

// Config configures a Handler. The zero Config refuses every request, for want
// of Authenticate, and has the default limits.
type Config struct {
	// Types are the resource types to serve; nil means CoreTypes.
	Types []*ResourceType

	// Authenticate decides on every request, discovery included. Nil refuses all.
	Authenticate Authenticate

	// BaseURL is what locations begin with, for instance
	// https://host:8585/scim. Empty means that it is taken from each request: its
	// Host header and the path before the part that the Handler was given.
	BaseURL string

	// DocumentationURI is shown by /ServiceProviderConfig; empty shows none.
	DocumentationURI string

	// DefaultPageSize is the number of resources in a list when the client asks
	// for none; MaxPageSize when it asks for more.
	DefaultPageSize int
	MaxPageSize     int

	// MaxBodyBytes bounds the body of a request; a larger one gets 413.
	MaxBodyBytes int64
	// MaxJSONValues bounds the arrays, objects and scalars of a body; one with
	// more gets 400 invalidSyntax. Each takes about 100 bytes while it is read.
	MaxJSONValues int
	// MaxPatchOperations bounds the operations of a PATCH in their normal form;
	// more get 400 tooMany. Zero means DefaultMaxPatchOperations.
	MaxPatchOperations int
	// MaxBulkOperations bounds the operations of a bulk request; more get 413.
	MaxBulkOperations int

	// DisableBulk and DisableSort switch off what RFC 7644 leaves optional. Then
	// /Bulk is not found, and sortBy is ignored.
	DisableBulk bool
	DisableSort bool

	// OnError, if set, is told of each failure that is the service's: a status
	// of 500 and above, with its cause, which the client does not get. A request
	// that its client gave up is none.
	OnError func(r *http.Request, err error)
}

// Handler is an http.Handler for SCIM. It is safe for concurrent use and needs
// no closing. It takes paths from its root: mount it elsewhere with
// http.StripPrefix.
type Handler struct {
	backend Backend
	config  Config
	types   map[string]*ResourceType // by endpoint without its slash, in lower case
	locks   locks
}

var _ http.Handler = (*Handler)(nil)

// New returns a Handler over a backend, or an error that joins all that is
// wrong with the configuration.
func New(backend Backend, config Config) (*Handler, error) {
	h := &Handler{backend: backend, config: config, types: map[string]*ResourceType{}}
	errs := config.check()
	if backend == nil {
		errs = append(errs, errors.New("backend is nil"))
	}
	h.config.setDefaults()
	names := map[string]bool{}
	for _, t := range h.config.Types {
		segment := lowerName(strings.TrimPrefix(t.Endpoint(), "/"))
		if h.types[segment] != nil || names[lowerName(t.Name())] {
			errs = append(errs, fmt.Errorf("resource type %q or its endpoint %s is there twice", t.Name(), t.Endpoint()))
		}
		h.types[segment] = t
		names[lowerName(t.Name())] = true
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("scim: new handler: %w", err)
	}
	return h, nil
}

func (c Config) check() (errs []error) {
	limits := map[string]int64{
		"DefaultPageSize": int64(c.DefaultPageSize), "MaxPageSize": int64(c.MaxPageSize),
		"MaxBodyBytes": c.MaxBodyBytes, "MaxJSONValues": int64(c.MaxJSONValues),
		"MaxPatchOperations": int64(c.MaxPatchOperations), "MaxBulkOperations": int64(c.MaxBulkOperations),
	}
	for name, n := range limits {
		if n < 0 {
			errs = append(errs, fmt.Errorf("%s is negative", name))
		}
	}
	if u, err := url.Parse(c.BaseURL); err != nil || c.BaseURL != "" && (u.Host == "" || u.RawQuery != "" || u.Fragment != "") {
		errs = append(errs, fmt.Errorf("BaseURL %q is no absolute URL without query", c.BaseURL))
	}
	if slices.Contains(c.Types, nil) {
		errs = append(errs, errors.New("one of Types is nil"))
	}
	return errs
}

func (c *Config) setDefaults() {
	if c.Types == nil {
		c.Types = CoreTypes()
	}
	c.Types = slices.DeleteFunc(slices.Clone(c.Types), func(t *ResourceType) bool { return t == nil })
	if c.Authenticate == nil {
		c.Authenticate = refuseAll
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.MaxPageSize = orDefault(c.MaxPageSize, DefaultMaxPageSize)
	c.DefaultPageSize = min(orDefault(c.DefaultPageSize, DefaultPageSize), c.MaxPageSize)
	c.MaxBodyBytes = orDefault(c.MaxBodyBytes, DefaultMaxBodyBytes)
	c.MaxJSONValues = orDefault(c.MaxJSONValues, DefaultMaxJSONValues)
	c.MaxPatchOperations = orDefault(c.MaxPatchOperations, DefaultMaxPatchOperations)
	c.MaxBulkOperations = orDefault(c.MaxBulkOperations, DefaultMaxBulkOperations)
}

func orDefault[N int | int64](n, otherwise N) N {
	if n == 0 {
		return otherwise
	}
	return n
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, err := h.config.Authenticate(r.Context(), bearerToken(r))
	if err == nil {
		if ctx != nil {
			r = r.WithContext(ctx)
		}
		r.Body = http.MaxBytesReader(w, r.Body, h.config.MaxBodyBytes)
		var a answer
		if a, err = h.route(w, r); err == nil {
			a.write(w)
			return
		}
	}
	h.report(r, err)
	WriteError(w, err)
}

// report tells OnError of a failure that is the service's; that a client did
// not wait for its answer is none.
func (h *Handler) report(r *http.Request, err error) {
	gone := errors.Is(err, context.Canceled) && r.Context().Err() != nil
	if h.config.OnError != nil && !gone && toError(err).Status >= http.StatusInternalServerError {
		h.config.OnError(r, err)
	}
}

// answer is a success.
type answer struct {
	status   int
	location string
	etag     string
	body     []byte // nil for none
}

func (a answer) write(w http.ResponseWriter) {
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	if a.etag != "" {
		w.Header().Set("ETag", a.etag)
	}
	writeBody(w, a.status, a.body)
}

// writeBody sends a body whole: its length is known, its type always the same.
func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", ContentType)
	if body != nil {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if body != nil {
		_, _ = w.Write(body) // the client is gone: nobody is left to be told
	}
}
