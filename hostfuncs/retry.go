package hostfuncs

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The waits between tries double from firstWait to lastWait; each is shortened by
// up to half of itself, so that those who failed together do not return together.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 10 * time.Second
)

// backoff returns how long to wait after the given try.
func backoff(try int, jitter float64) time.Duration {
	wait := lastWait
	if shift := try - 1; shift < 8 {
		wait = min(firstWait<<shift, lastWait)
	}
	return wait - time.Duration(jitter*float64(wait)/2)
}

// transientStatus tells the statuses that say: come back later.
func transientStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// lostBehind tells the statuses with which a gateway says that no answer came
// from behind it: the request may have been carried out there.
func lostBehind(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// refuses tells the statuses that say: this was not carried out, or not here.
func refuses(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout || status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// forever is longer than any request waits.
const forever = 365 * 24 * time.Hour

// resetHeaders are those in which applications with a rate limit say, beside a 429,
// when it is renewed.
var resetHeaders = []string{"X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset"}

// waitAsked is how long an answer asks to wait, at most forever: by Retry-After, and
// beside a 429 without one that makes sense by what else is in use. now is our clock;
// a time is compared with the target's own, if it tells.
func waitAsked(status int, header http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	wait, told := readWaits(header.Values("Retry-After"), now)
	if told || status != http.StatusTooManyRequests {
		return wait
	}
	if ms, err := strconv.ParseUint(strings.TrimSpace(header.Get("Retry-After-Ms")), 10, 32); err == nil {
		return time.Duration(ms) * time.Millisecond
	}
	for _, name := range resetHeaders {
		if wait, told := readWaits(header.Values(name), now); told {
			return wait
		}
	}
	return 0
}

// maxWaitText is how long a header may be that is read for a wait, all its lines with a
// sign between them: each comma is another text to read in many ways.
const maxWaitText = 256

// readWaits reads a header. Of several waits, in as many lines or behind commas as
// proxies put them, the longest holds; none is below 0. One that is longer than
// maxWaitText tells none.
func readWaits(values []string, now time.Time) (wait time.Duration, told bool) {
	if len(strings.Join(values, ",")) > maxWaitText {
		return 0, false
	}
	for _, value := range values {
		texts := []string{value}
		if _, whole := readWait(value, now); !whole {
			texts = strings.Split(value, ",")
		}
		for _, text := range texts {
			if one, ok := readWait(text, now); ok {
				wait, told = max(wait, one), true
			}
		}
	}
	return wait, told
}

// readWait reads a number of seconds, with a fraction or without; one so large that
// it counts from 1970, perhaps in smaller units; or a time, of which one gone by gives
// a wait below 0. It is rounded up to milliseconds.
func readWait(text string, now time.Time) (wait time.Duration, ok bool) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789.") != "" {
		at, ok := readTime(text)
		return min(at.Sub(now), forever), ok
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	for range 3 { // milliseconds, microseconds, nanoseconds
		if seconds >= 1e12 {
			seconds /= 1000
		}
	}
	ms := math.Ceil(math.Round(seconds*1e6) / 1e3) // rounded first: 2.007 is no whole number of bits
	if seconds >= sinceEpoch {
		ms -= float64(now.UnixMilli())
	}
	return time.Duration(min(ms, float64(forever/time.Millisecond))) * time.Millisecond, true
}

// readTime reads a date of HTTP, in any of its forms, and what servers write instead.
func readTime(text string) (time.Time, bool) {
	if at, err := http.ParseTime(text); err == nil {
		return at, true
	}
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 UTC", time.RFC1123Z, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
