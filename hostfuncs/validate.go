package hostfuncs

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/netguard"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

// Mistake is one thing wrong with a Policy. New returns all of them joined.
type Mistake struct {
	// Field is where it is, in Go's terms: Targets[0].Paths[2].
	Field string
	// Message says what is wrong and what would be right.
	Message string
}

// Error names the field and what is wrong with it.
func (m *Mistake) Error() string { return "policy: " + m.Field + ": " + m.Message }

// checker collects mistakes below one field.
type checker struct {
	field    string
	mistakes *[]error
}

func (c checker) at(format string, args ...any) checker {
	name := fmt.Sprintf(format, args...)
	if c.field != "" {
		name = c.field + "." + name
	}
	return checker{name, c.mistakes}
}

func (c checker) wrong(format string, args ...any) {
	*c.mistakes = append(*c.mistakes, &Mistake{c.field, fmt.Sprintf(format, args...)})
}

// compile checks a policy and returns its targets by name.
func compile(p Policy) (map[string]*target, error) {
	var mistakes []error
	c := checker{"", &mistakes}
	targets := map[string]*target{}
	for i, grant := range p.Targets {
		at := c.at("Targets[%d]", i)
		if _, twice := targets[grant.Name]; twice {
			at.at("Name").wrong("%s names two targets", quoteCut(grant.Name))
		}
		targets[grant.Name] = compileTarget(at, grant)
	}
	reserve(targets)
	for i, name := range p.Reveal {
		if !isSealName(name) {
			c.at("Reveal[%d]", i).wrong("%s", wrongSealName(name))
		}
	}
	if p.DryRunReads && p.DryRun == nil {
		c.at("DryRunReads").wrong("it belongs to a dry run, and DryRun is not set")
	}
	return targets, errors.Join(mistakes...)
}

func compileTarget(c checker, g Target) *target {
	t := &target{name: g.Name, grant: g}
	if !isTargetName(g.Name) {
		c.at("Name").wrong("%s is no name: letters, digits, dot, dash and underscore, at most %d bytes", quoteCut(g.Name), MaxTargetName)
	}
	t.base = compileBase(c.at("BaseURL"), g)
	t.guard = netguard.Guard{Granted: compileNetworks(c, g.Networks), GrantedOnly: t.base.Scheme == "http" && !g.AllowHTTP}
	t.tls = compileTLS(c.at("TLS"), g.TLS, t.base)
	t.methods = compileMethods(c, g.Methods)
	t.paths = compilePaths(c, g.Paths, g.Methods)
	compileHeaders(c, t, g)
	compileLimits(c, t, g)
	compileCredentials(c, t, g)
	compileCSRF(c.at("CSRF"), t, g)
	compileSlots(c, t, g)
	compileFields(c, t, g)
	if g.Redirects > RedirectsSameTarget {
		c.at("Redirects").wrong("%s is none", g.Redirects)
	}
	return t
}

func isTargetName(name string) bool {
	return name != "" && len(name) <= MaxTargetName && !strings.ContainsFunc(name, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	})
}

func compileMethods(c checker, methods []string) []string {
	if len(methods) == 0 {
		c.at("Methods").wrong("name at least one method")
	}
	for i, m := range methods {
		switch {
		case !isToken(m) || m != strings.ToUpper(m):
			c.at("Methods[%d]", i).wrong("%s is no method in upper case", quoteCut(m))
		case m == "CONNECT" || m == "TRACE":
			c.at("Methods[%d]", i).wrong("%s cannot be granted", m)
		}
	}
	return slices.Clone(methods)
}

// compilePaths reads patterns, each of whose methods must be among methods.
func compilePaths(c checker, paths, methods []string) []pathrule.Pattern {
	if len(paths) == 0 {
		c.at("Paths").wrong("name at least one path pattern; /** is every path")
	}
	var patterns []pathrule.Pattern
	for i, text := range paths {
		p, err := pathrule.Parse(text)
		if err != nil {
			c.at("Paths[%d]", i).wrong("%s: %s", quoteCut(text), err)
			continue
		}
		for _, m := range p.Methods() {
			if !slices.Contains(methods, m) {
				c.at("Paths[%d]", i).wrong("%s is not among the target's methods", quoteCut(m))
			}
		}
		patterns = append(patterns, p)
	}
	return patterns
}

func compileHeaders(c checker, t *target, g Target) {
	t.requestHeaders = map[string]bool{"Accept": true, "Content-Type": true}
	for i, name := range g.RequestHeaders {
		at := c.at("RequestHeaders[%d]", i)
		checkGrantedHeader(at, name)
		if isKeyHeader(name) {
			at.wrong("name it as IdempotencyHeader, since it says what may be sent twice")
		}
		if equalName(name, "Authorization") {
			at.wrong("a connector cannot set it; make it a credential or a slot")
		}
		t.requestHeaders[canonical(name)] = true
	}
	if g.IdempotencyHeader != "" {
		at := c.at("IdempotencyHeader")
		checkGrantedHeader(at, g.IdempotencyHeader)
		switch canonical(g.IdempotencyHeader) {
		case "Authorization", "Accept", "Content-Type":
			at.wrong("%s says something else; a key has a header of its own", g.IdempotencyHeader)
		}
	}
	names := g.ResponseHeaders
	if names == nil {
		names = DefaultResponseHeaders()
	}
	for i, name := range names {
		switch {
		case !isToken(name):
			c.at("ResponseHeaders[%d]", i).wrong("%s is no header name", quoteCut(name))
		case equalName(name, "Set-Cookie") || equalName(name, "Set-Cookie2"):
			c.at("ResponseHeaders[%d]", i).wrong("%s never reaches a connector", name)
		}
		t.responseHeaders = append(t.responseHeaders, canonical(name))
	}
	slices.Sort(t.responseHeaders)
	t.responseHeaders = slices.Compact(t.responseHeaders)
}

func checkGrantedHeader(c checker, name string) {
	switch {
	case !isToken(name):
		c.wrong("%s is no header name", quoteCut(name))
	case isSteeringHeader(name):
		c.wrong("%s cannot be granted: it steers the connection, the route or the method", name)
	}
}

func compileCredentials(c checker, t *target, g Target) {
	places := map[string]bool{}
	for i, cred := range g.Credentials {
		at := c.at("Credentials[%d]", i)
		checkCredential(at, cred)
		t.addCredential(at, cred)
		place := cred.place()
		if places[place] {
			at.wrong("two credentials go to the same place")
		}
		places[place] = true
		if cred.Header != "" && t.requestHeaders[canonical(cred.Header)] {
			at.at("Header").wrong("a connector may set %s as well; take it out of RequestHeaders", quoteCut(cred.Header))
		}
		if cred.Header != "" && equalName(cred.Header, g.IdempotencyHeader) {
			at.at("Header").wrong("%s carries the idempotency key as well, which the connector chooses", quoteCut(cred.Header))
		}
	}
}

func compileSlots(c checker, t *target, g Target) {
	for i, s := range g.Slots {
		at := c.at("Slots[%d]", i)
		compiled := slot{Slot: s, paths: compilePaths(at, s.Paths, g.Methods)}
		places := 0
		for _, place := range []string{s.Header, s.Query, s.Pointer, s.Form} {
			if place != "" {
				places++
			}
		}
		if places != 1 {
			at.wrong("a slot is exactly one of Header, Query, Pointer and Form")
		}
		if s.Pointer != "" {
			var err error
			if compiled.pointer, err = jsonfields.Parse(s.Pointer); err != nil {
				at.at("Pointer").wrong("%s", err)
			}
		}
		checkSlotPlace(at, t, s)
		checkSlotForm(at, s)
		if s.Generate != nil {
			generate := *s.Generate
			compiled.Generate = &generate
		}
		if len(s.Accepts) == 0 && s.Generate == nil {
			at.at("Accepts").wrong("name what may go here, such as new_password")
		}
		for j, name := range s.Accepts {
			if !isSealName(name) {
				at.at("Accepts[%d]", j).wrong("%s", wrongSealName(name))
			}
		}
		t.slots = append(t.slots, compiled)
	}
}

func checkSlotPlace(c checker, t *target, s Slot) {
	if s.Header != "" {
		checkGrantedHeader(c.at("Header"), s.Header)
	}
	if s.Prefix != "" && (s.Header == "" || !isHeaderValue(s.Prefix)) {
		c.at("Prefix").wrong("it belongs to a header, in printable ASCII")
	}
	for _, cred := range t.credentials {
		if s.Header != "" && cred.place() == "header:"+canonical(s.Header) || s.Query != "" && cred.place() == "query:"+strings.ToLower(s.Query) {
			c.wrong("a credential goes to the same place")
		}
	}
}

func compileFields(c checker, t *target, g Target) {
	add := func(at checker, pointer, sealName string) {
		p, err := jsonfields.Parse(pointer)
		if err != nil {
			at.wrong("%s: %s", quoteCut(pointer), err)
		}
		t.fields = append(t.fields, p)
		t.fieldSeals = append(t.fieldSeals, sealName)
	}
	for i, pointer := range g.Drop {
		add(c.at("Drop[%d]", i), pointer, "")
	}
	for i, f := range g.Seal {
		if !isSealName("answer:" + f.Name) {
			c.at("Seal[%d].Name", i).wrong("%s is no name", quoteCut(f.Name))
		}
		add(c.at("Seal[%d].Pointer", i), f.Pointer, "answer:"+f.Name)
	}
}

func compileLimits(c checker, t *target, g Target) {
	t.maxTries = limit(c.at("MaxTries"), g.MaxTries, DefaultMaxTries, MaxMaxTries)
	t.maxRetryWait = limit(c.at("MaxRetryWait"), g.MaxRetryWait, DefaultMaxRetryWait, MaxTimeout)
	t.timeout = limit(c.at("Timeout"), g.Timeout, DefaultTimeout, MaxTimeout)
	t.maxRequestBytes = limit(c.at("MaxRequestBytes"), g.MaxRequestBytes, abi.MaxHTTPBody, abi.MaxHTTPBody)
	t.maxResponseBytes = limit(c.at("MaxResponseBytes"), g.MaxResponseBytes, abi.MaxHTTPBody, abi.MaxHTTPBody)
	wanted := DefaultMaxWantedBytes
	if g.MaxResponseBytes > 0 {
		wanted = t.maxResponseBytes
	}
	t.maxWantedBytes = limit(c.at("MaxWantedBytes"), g.MaxWantedBytes, wanted, MaxMaxWantedBytes)
	t.maxResponseHeaderBytes = limit(c.at("MaxResponseHeaderBytes"), g.MaxResponseHeaderBytes, DefaultMaxResponseHeaderBytes, MaxMaxResponseHeaderBytes)
	t.maxRatio = limit(c.at("MaxRatio"), g.MaxRatio, DefaultMaxRatio, MaxMaxRatio)
	t.running = make(chan struct{}, limit(c.at("Concurrency"), g.Concurrency, DefaultConcurrency, MaxConcurrency))

	perSecond := g.RatePerSecond
	if perSecond == 0 {
		perSecond = DefaultRatePerSecond
	}
	if math.IsNaN(perSecond) || perSecond < 0 || perSecond > 1e6 {
		c.at("RatePerSecond").wrong("it is above 0 and at most 1,000,000; 0 means %v", DefaultRatePerSecond)
		perSecond = DefaultRatePerSecond
	}
	burst := limit(c.at("Burst"), g.Burst, int(math.Ceil(perSecond)), 1e6)
	t.limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
}

// limit returns value, or def for zero, and finds fault with anything outside
// 1 to most.
func limit[T int | time.Duration](c checker, value, def, most T) T {
	switch {
	case value == 0:
		return def
	case value < 0 || value > most:
		c.wrong("it is at most %v, and 0 means %v; there is no unlimited", most, def)
		return def
	}
	return value
}
