package hostfuncs

import (
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

// retryAfter reads a Retry-After: seconds or a date of HTTP. What is neither, or
// in the past, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds := 0
		for _, digit := range value {
			if seconds = 10*seconds + int(digit-'0'); seconds >= int(forever/time.Second) {
				return forever
			}
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), forever)
}

// resetHeaders are those in which applications with a rate limit say, beside a 429,
// when it is renewed.
var resetHeaders = []string{"X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset"}

// waitAsked is how long an answer asks to wait: by Retry-After, and beside a 429
// without one by what else is in use. now is our clock; a time is compared with the
// target's own, if it tells.
func waitAsked(status int, header http.Header, now time.Time) time.Duration {
	if value := header.Get("Retry-After"); value != "" || status != http.StatusTooManyRequests {
		return retryAfter(value, now)
	}
	if ms, err := strconv.ParseUint(header.Get("Retry-After-Ms"), 10, 32); err == nil {
		return time.Duration(ms) * time.Millisecond
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	for _, name := range resetHeaders {
		if n, err := strconv.ParseUint(strings.TrimSpace(header.Get(name)), 10, 48); err == nil {
			return untilReset(int64(n), now)
		}
	}
	return 0
}

// untilReset reads a number of seconds; one so large that it counts from 1970; or
// one in milliseconds that does.
func untilReset(n int64, now time.Time) time.Duration {
	at := now.Add(time.Duration(min(n, 1e9)) * time.Second)
	switch {
	case n >= 1e12:
		at = time.UnixMilli(n)
	case n >= 1e9:
		at = time.Unix(n, 0)
	}
	return min(max(at.Sub(now), 0), forever)
}
