package abi

import (
	"context"
	"time"
)

// Host is what a connector can reach while one lease of it runs. Its methods are
// the functions of the import module ecma_host_v1. A function that a host does
// not offer answers NotOffered; a call that a rule forbids answers Denied with
// the rule.
//
// A Host serves one instance: it is called by one goroutine at a time unless its
// implementation says otherwise.
type Host interface {
	// HTTP carries out requests to granted targets, side by side, and answers in
	// their order; what is asked for next may be named ahead. A request that failed is an answer with an Error; the call
	// itself fails only when nothing could be asked at all.
	HTTP(ctx context.Context, requests HTTPRequests) (HTTPAnswers, error)
	// SOAP calls one operation of a granted SOAP target.
	SOAP(ctx context.Context, request SOAPRequest) (SOAPAnswer, error)
	// Log writes one entry to the operator's log.
	Log(ctx context.Context, entry LogEntry) error
	// Clock returns the time, at once: ctx does not end when the guest is to stop,
	// since it needs the time to be closed, and who waits here holds it up.
	Clock(ctx context.Context) (time.Time, error)
	// Random returns n random bytes, fit for passwords and nonces; at most
	// MaxRandomBytes. At once, as Clock.
	Random(ctx context.Context, n int) ([]byte, error)
	// StateGet returns the state kept under key; NotFound if there is none.
	StateGet(ctx context.Context, key string) ([]byte, error)
	// StatePut keeps a value under key. It is kept for good at a clean close.
	StatePut(ctx context.Context, key string, value []byte) error
	// StateDelete forgets key; no error if there is none.
	StateDelete(ctx context.Context, key string) error
	// Progress tells how far a run is.
	Progress(ctx context.Context, progress Progress) error
	// ExportResult reports one exported entry as done, so that its outcome is
	// known even if the connector fails later in the same call.
	ExportResult(ctx context.Context, result CSEntryChangeResult) error
	// Reveal returns the secret behind a placeholder, for connectors that were
	// granted just that, by name.
	Reveal(ctx context.Context, placeholder string) (string, error)
}

// Safety says what happens when a request is carried out twice. It decides what
// a host may retry.
type Safety uint8

// The safeties. Neither, the zero value, is never sent twice once it may have
// reached the target.
const (
	// Neither: each time does more (a POST that creates).
	Neither Safety = 0
	// Idempotent: twice is the same as once (a PUT, a DELETE).
	Idempotent Safety = 1
	// Safe: changes nothing at all (a GET).
	Safe Safety = 2
)

var safeties = vocabulary{"Safety", []word{{0, "neither"}, {1, "idempotent"}, {2, "safe"}}}

// String returns the word that travels.
func (s Safety) String() string { return safeties.name(uint8(s)) }

// Field is a name and a value: a header or a query parameter.
type Field struct {
	Name, Value string
}

// HTTPRequests is the request of Host.HTTP.
type HTTPRequests struct {
	Requests []HTTPRequest
	// Concurrency is how many may be under way at once: 0 and 1 mean one after
	// the other. A host may allow fewer.
	Concurrency int
	// MaxBytes bounds all answer bodies together; 0 means MaxHTTPBody. What no
	// longer fits is answered with LimitExceeded and was not sent.
	MaxBytes int
	// Ahead are requests that will be asked for in the next call: the host may
	// begin with those that are Safe, and answers them when the same request comes.
	// At most MaxAhead; they get no answers here, and Requests may be empty. They and
	// Requests have MaxFields headers and parameters together at most.
	Ahead []HTTPRequest
}

// HTTPRequest asks a target for something. It never names a host: the grant says
// where the target is.
type HTTPRequest struct {
	// Target is the name of a granted target.
	Target string
	Method string
	// Path is absolute, percent-encoded (RFC 3986), without query; it is put
	// behind the target's base URL.
	Path  string
	Query []Field
	// Origin is where a URL leads that the target itself named and of which Path and
	// Query were made, such as a link to the next page: scheme and host, with the port
	// if it has one, as in https://hr.example.com:8443, or //hr.example.com where the
	// URL has no scheme. The host denies the request unless the target is there.
	// Empty: nothing is compared. The request goes to the target's base URL in any
	// case.
	Origin string
	// Headers holds granted headers only.
	Headers []Field
	// Body is sent as it is. On the wire it is text when it is UTF-8, else
	// base64.
	Body string
	// Safety says what may be retried.
	Safety Safety
	// IdempotencyKey goes into the header that the grant names, if it names one.
	// A request with a granted key may be retried as if it were idempotent.
	IdempotencyKey string
	// Timeout bounds this request, tries and waits included; 0 means the
	// target's own. Milliseconds on the wire.
	Timeout time.Duration
	// Want, if not nil, has the host read the answer as JSON and hand over no
	// more than what it names.
	Want *Want
}

// Want names what of a JSON answer is wanted. Its paths are read by the host; at
// most MaxWantPaths of them, of MaxWantPath bytes each. ABI.md, "http", has their
// grammar.
type Want struct {
	// Rows are paths of lists. The elements of all of them, one list after the
	// other, are the rows. A place that holds no list is an error and never a
	// list without rows, save for paths that end in a question mark.
	Rows []string
	// Fields are paths from a row; each row is the list of what they find.
	Fields []string
	// Values are paths from the document.
	Values []string
	// Body is how many bytes of the beginning of the answer's text are handed over
	// besides, in its Body; at most MaxWantBody, 0 means none. The text is what a
	// request without a Want would have got.
	Body int
}

// HTTPAnswers are the answers, one per request and in the same order.
type HTTPAnswers struct {
	Answers []HTTPAnswer
}

// HTTPAnswer is what became of a request: either Error is nil and Status is what
// the target said, or Error says why there is no answer. Its Code then is
// NotSent, OutcomeUnknown, Denied, LimitExceeded, Cancelled, BadServerCredentials
// when the host could not log in with what the grant names and nothing was sent, or
// UnexpectedData when what was wanted could not be read. OutcomeUnknown with a Rule or Limit is an
// answer that the host withholds although the request, which is not Safe, may have
// been carried out.
type HTTPAnswer struct {
	Status  int
	Headers []Field
	Body    string
	// Wanted is JSON, {"values":[…],"rows":[[…],…]}, in the place of Body when
	// the request had a Want: a row has one element for each of its Fields, null
	// for what is not there. If Status is not 2xx there are no rows, and the
	// beginning of Body is there as well. Where what is wanted could not be read and
	// Want.Body asks for it, that beginning stands beside Error.
	Wanted string
	// Tries counts how often the request was sent.
	Tries int
	Error *Error
}

// Header returns the value of the first header called name, compared without
// case, and "" without one.
func (a *HTTPAnswer) Header(name string) string {
	for i := range a.Headers {
		if equalFold(a.Headers[i].Name, name) {
			return a.Headers[i].Value
		}
	}
	return ""
}

// SOAPRequest calls an operation of a SOAP target.
type SOAPRequest struct {
	Target, Operation string
	// Body is the JSON of the request's parts.
	Body   string
	Safety Safety
}

// SOAPAnswer is the JSON of the answer's parts.
type SOAPAnswer struct {
	Body  string
	Error *Error
}

// LogLevel is how urgent a log entry is.
type LogLevel uint8

// The log levels.
const (
	LogDebug LogLevel = 0
	LogInfo  LogLevel = 1
	LogWarn  LogLevel = 2
	LogError LogLevel = 3
)

var logLevels = vocabulary{"LogLevel", []word{{0, "debug"}, {1, "info"}, {2, "warn"}, {3, "error"}}}

// String returns the word that travels.
func (l LogLevel) String() string { return logLevels.name(uint8(l)) }

// LogEntry is one line for the operator. Do not put attribute values in it.
type LogEntry struct {
	Level   LogLevel
	Message string
	Fields  []Field
}

// Progress tells how far a run is. Total is 0 while unknown.
type Progress struct {
	Done, Total int64
	// What names the things counted, such as users.
	What string
}

// Lane is one of the four ways into a connector. Each has its own instance.
type Lane uint8

// The lanes.
const (
	LaneConfiguration Lane = 0
	LaneImport        Lane = 1
	LaneExport        Lane = 2
	LanePassword      Lane = 3
)

var lanes = vocabulary{"Lane", []word{{0, "configuration"}, {1, "import"}, {2, "export"}, {3, "password"}}}

// String returns the lane's name in lower case.
func (l Lane) String() string { return lanes.name(uint8(l)) }

// HostProvider gives each lease of a connector a Host of its own. It is safe for
// concurrent use.
type HostProvider interface {
	// Lease returns a lease or an error. ctx is for that alone, and ends with it: the
	// runtime ends it before when the caller gives up, when the connector is closed, and
	// after StartTimeout of its Config. Lease is waited for all the same; what it returns
	// then is not used, and a lease is closed.
	Lease(ctx context.Context, request LeaseRequest) (HostLease, error)
}

// LeaseRequest says what a lease is for.
type LeaseRequest struct {
	Lane Lane
	// Instance names the lease in logs.
	Instance string
	// OnExportResult gets what the connector reports with Host.ExportResult, in
	// the goroutine of the call. It may be nil.
	OnExportResult func(CSEntryChangeResult) error
}

// HostLease is a Host for the time of one lease, with what only the runtime may
// do.
type HostLease interface {
	Host
	// Seal returns a placeholder for a secret, good in this lease only. name says
	// what it is: parameter:NAME, attribute:NAME, export_password, new_password
	// or old_password. Grants name the places it may go to.
	Seal(name, secret string) (string, error)
	// Close ends the lease. With commit, state that was put is kept.
	Close(ctx context.Context, commit bool) error
}

// LimitTeller is what a HostLease may be, too: then what a lease used of the host's
// own limits is told with what its instance used. Names are those of Error.Limit,
// always the same in the same order. Only the runtime calls it, once, in the turn of
// the lease's other calls and before Close.
type LimitTeller interface {
	TellLimits(tell func(limit string, used, allowed int64))
}

// Sleeper is what a HostLease may be, too: then a connector that sleeps does so
// through it, and a host that records or replays moves its clock by that. Only the
// runtime calls it, in the turn of the lease's other calls.
type Sleeper interface {
	// Sleep waits for d, which is above zero, or until ctx ends, and reports whether
	// it was d. A replay does not wait.
	Sleep(ctx context.Context, d time.Duration) bool
}

// equalFold compares two header names (ASCII) without case.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		c += 'a' - 'A'
	}
	return c
}
