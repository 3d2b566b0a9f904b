package hostfuncs

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The most that a jar keeps of one target, in bytes of names, values and paths. When
// there is more, the cookies that were set first go.
const (
	MaxCookies     = 50
	MaxCookieBytes = 16 << 10
	// maxCookie bounds the name, value and told path of one; a longer one is not kept.
	maxCookie = 4 << 10
)

// MinScannedCookie is the length in bytes from which a cookie's value is looked for
// in answers; one that is HttpOnly from MinScannedSecret on. A shorter one is a
// setting, such as a language, that answers hold by chance.
const MinScannedCookie = 12

func isSecretCookie(c *http.Cookie) bool {
	return len(c.Value) >= MinScannedCookie || c.HttpOnly && len(c.Value) >= MinScannedSecret
}

// readCookies returns the cookies that an answer sets and that can be sent back.
func readCookies(header http.Header) []*http.Cookie {
	var cookies []*http.Cookie
	for _, line := range header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Valid() == nil && isToken(c.Name) {
			cookies = append(cookies, c)
		}
	}
	return cookies
}

// ownCookie returns what a jar needs of a cookie, in memory of its own: one that was read
// is made of parts of its header line, and has all of that line besides.
func ownCookie(c *http.Cookie) *http.Cookie {
	return &http.Cookie{
		Name: strings.Clone(c.Name), Value: strings.Clone(c.Value), Path: strings.Clone(c.Path), Domain: strings.Clone(c.Domain),
		Expires: c.Expires, MaxAge: c.MaxAge, Secure: c.Secure, HttpOnly: c.HttpOnly,
	}
}

// keepable returns those of a login's cookies that are the target's, no more than one jar
// takes.
func (t *target) keepable(cookies []*http.Cookie) []*http.Cookie {
	var kept []*http.Cookie
	for _, c := range slices.Backward(cookies) {
		if len(kept) < MaxCookies && t.setsCookie(c) {
			kept = append(kept, ownCookie(c))
		}
	}
	slices.Reverse(kept)
	return kept
}

// jar keeps what a target tells one lease to send back: cookies, as RFC 6265 says
// for a single host, and a token against forged requests. It is safe for concurrent
// use.
type jar struct {
	target  *target
	secrets *redaction // holds every value that is a secret, as long as it is here

	mu      sync.Mutex
	cookies []*http.Cookie // the oldest first; Path filled in, Expires by MaxAge
	bytes   int
	csrf    string
	seeded  map[*login]int // the number of the token whose cookies are in

	fetching chan struct{} // holds one element while a token is fetched
}

func newJar(l *lease, t *target) *jar {
	return &jar{target: t, secrets: &l.vault.secrets, seeded: map[*login]int{}, fetching: make(chan struct{}, 1)}
}

// take keeps what an answer to a request for path says.
func (j *jar) take(path string, header http.Header, now time.Time) {
	if j == nil || header == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.target.grant.Cookies {
		for _, c := range readCookies(header) {
			j.set(c, path, now)
		}
	}
	if rule := j.target.csrf; rule != nil && rule.AnswerHeader != "" {
		if value := header.Get(rule.AnswerHeader); isCSRFToken(value) {
			j.setCSRF(strings.Clone(value)) // a part of all headers
		}
	}
}

func (j *jar) setCSRF(value string) {
	j.secrets.hold(value)
	j.secrets.release(j.csrf)
	j.csrf = value
}

// seed keeps the cookies that came with a token, once.
func (j *jar) seed(from *login, got token, path string, now time.Time) {
	if j == nil || !j.target.grant.Cookies {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seeded[from] == got.number {
		return
	}
	j.seeded[from] = got.number
	for _, c := range got.cookies {
		j.set(c, path, now)
	}
}

// set keeps, replaces or removes one cookie.
func (j *jar) set(c *http.Cookie, path string, now time.Time) {
	if !j.target.setsCookie(c) {
		return
	}
	c = ownCookie(c)
	if !strings.HasPrefix(c.Path, "/") {
		c.Path = strings.Clone(path[:max(strings.LastIndexByte(path, '/'), 1)]) // a part of a request
	}
	j.remove(func(old *http.Cookie) bool { return old.Name == c.Name && old.Path == c.Path })
	switch {
	case c.MaxAge < 0, c.MaxAge == 0 && !c.Expires.IsZero() && !now.Before(c.Expires):
		return
	case c.MaxAge > 0:
		c.Expires = now.Add(min(time.Duration(c.MaxAge), forever/time.Second) * time.Second)
	}
	if isSecretCookie(c) {
		j.secrets.hold(c.Value)
	}
	j.cookies = append(j.cookies, c)
	j.bytes += cookieSize(c)
	for len(j.cookies) > MaxCookies || j.bytes > MaxCookieBytes {
		first := j.cookies[0]
		j.remove(func(old *http.Cookie) bool { return old == first })
	}
}

func cookieSize(c *http.Cookie) int { return len(c.Name) + len(c.Value) + len(c.Path) }

// setsCookie reports whether a cookie is this target's to set, and short enough.
func (t *target) setsCookie(c *http.Cookie) bool {
	host := t.base.Hostname()
	domain := strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	own := domain == "" || domain == host || strings.HasSuffix(host, "."+domain) && strings.Contains(domain, ".") && isHost(host) && !isAddress(host)
	return own && (!c.Secure || t.base.Scheme == "https") && cookieSize(c) <= maxCookie
}

func (j *jar) remove(which func(*http.Cookie) bool) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c *http.Cookie) bool {
		if which(c) {
			if isSecretCookie(c) {
				j.secrets.release(c.Value)
			}
			j.bytes -= cookieSize(c)
			return true
		}
		return false
	})
}

func (j *jar) expire(now time.Time) {
	j.remove(func(c *http.Cookie) bool { return !c.Expires.IsZero() && !now.Before(c.Expires) })
}

// put puts the cookies for path into a request, but for those that credentials set.
func (j *jar) put(p *plan, path string, now time.Time) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expire(now)
	for _, c := range j.cookies {
		if !underPath(path, c.Path) || slices.ContainsFunc(p.target.credentials, func(own Credential) bool { return own.Cookie == c.Name }) {
			continue
		}
		if isSecretCookie(c) {
			p.carrier.add(c.Value)
		}
		p.cookies = append(p.cookies, part{c.Name, c.Value, shownSecret("cookie")})
	}
}

// underPath is RFC 6265's path match.
func underPath(path, cookie string) bool {
	rest, found := strings.CutPrefix(path, cookie)
	return found && (rest == "" || rest[0] == '/' || strings.HasSuffix(cookie, "/"))
}

// value returns a cookie's value, of whatever path.
func (j *jar) value(name string) string {
	for _, c := range j.cookies {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
