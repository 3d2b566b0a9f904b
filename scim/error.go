package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrorType is a scimType of RFC 7644 section 3.12.
type ErrorType string

// The scimTypes.
const (
	ErrorTypeInvalidFilter ErrorType = "invalidFilter"
	ErrorTypeTooMany       ErrorType = "tooMany"
	ErrorTypeUniqueness    ErrorType = "uniqueness"
	ErrorTypeMutability    ErrorType = "mutability"
	ErrorTypeInvalidSyntax ErrorType = "invalidSyntax"
	ErrorTypeInvalidPath   ErrorType = "invalidPath"
	ErrorTypeNoTarget      ErrorType = "noTarget"
	ErrorTypeInvalidValue  ErrorType = "invalidValue"
	ErrorTypeInvalidVers   ErrorType = "invalidVers"
	ErrorTypeSensitive     ErrorType = "sensitive"
)

// Error is an answer of failure. A Backend returns one to choose the status,
// the scimType and the sentence that the client gets.
type Error struct {
	// Status is the HTTP status. Anything outside 400 to 599 means 500.
	Status int
	// Type is the scimType, empty for none.
	Type ErrorType
	// Detail is shown to the client, and by some providers to its
	// administrator. It must hold nothing that they may not see.
	Detail string
	// RetryAfter, when positive, is sent as Retry-After in whole seconds, rounded up.
	RetryAfter time.Duration
	// Err is the cause. It is never sent.
	Err error
}

// Error returns status, scimType, detail and cause.
func (e *Error) Error() string {
	s := "scim: " + strconv.Itoa(e.Status)
	if e.Type != "" {
		s += " " + string(e.Type)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errors for a Backend to return, as they are or wrapped with %w. The client
// gets a fixed sentence; return an *Error to choose another.
var (
	ErrNotFound     = errors.New("scim: resource not found")              // 404
	ErrUniqueness   = errors.New("scim: value is taken")                  // 409 uniqueness
	ErrVersion      = errors.New("scim: version does not match")          // 412
	ErrForbidden    = errors.New("scim: operation is not permitted")      // 403
	ErrInvalidValue = errors.New("scim: value is not accepted")           // 400 invalidValue
	ErrTooMany      = errors.New("scim: filter matches too many")         // 400 tooMany
	ErrUnavailable  = errors.New("scim: service is unavailable for now")  // 503
	ErrUnauthorized = errors.New("scim: bearer token is missing or void") // 401
)

// errorTable turns errors into answers. An error that is not in it is 500.
var errorTable = []struct {
	is     error
	status int
	typ    ErrorType
	detail string
}{
	{ErrNotFound, http.StatusNotFound, "", "resource not found"},
	{ErrUniqueness, http.StatusConflict, ErrorTypeUniqueness, "a resource with this value exists already"},
	{ErrVersion, http.StatusPreconditionFailed, "", "the resource has changed: its version does not match"},
	{ErrForbidden, http.StatusForbidden, "", "operation is not permitted"},
	{ErrInvalidValue, http.StatusBadRequest, ErrorTypeInvalidValue, "a value is not accepted"},
	{ErrTooMany, http.StatusBadRequest, ErrorTypeTooMany, "the filter matches more resources than the service will return"},
	{ErrUnavailable, http.StatusServiceUnavailable, "", "service is unavailable for now"},
	{ErrUnauthorized, http.StatusUnauthorized, "", "bearer token is missing or not valid"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "", "the service took too long"},
	{context.Canceled, http.StatusServiceUnavailable, "", "the request was cancelled"},
}

// toError returns the answer for any error.
func toError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		if e.Status < 400 || e.Status > 599 {
			return &Error{Status: http.StatusInternalServerError, Detail: e.Detail, Err: err}
		}
		return e
	}
	for _, row := range errorTable {
		if errors.Is(err, row.is) {
			return &Error{Status: row.status, Type: row.typ, Detail: row.detail, Err: err}
		}
	}
	return &Error{Status: http.StatusInternalServerError, Detail: "internal error", Err: err}
}

// WriteError answers a request with err as a SCIM error, so that middleware
// around a Handler fails as it does.
func WriteError(w http.ResponseWriter, err error) {
	e := toError(err)
	h := w.Header()
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
	}
	if e.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="SCIM"`)
	}
	writeBody(w, e.Status, appendValue(nil, e.value()))
}

// value is the body of the answer. The status is a string (RFC 7644 section 3.12).
func (e *Error) value() Value {
	return Complex(
		Field{"schemas", List(Reference(urnError))},
		Field{"status", String(strconv.Itoa(e.Status))},
		Field{"scimType", String(string(e.Type))},
		Field{"detail", String(e.Detail)},
	)
}

// invalid is a 400 with a scimType.
func invalid(t ErrorType, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Type: t, Detail: fmt.Sprintf(format, args...)}
}

// maxQuoted is how much of a client's text an error repeats, in bytes.
const maxQuoted = 80

// quote makes a client's text fit for an error sentence.
func quote(s string) string {
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…" // a character that was cut goes
	}
	return strconv.Quote(s)
}
