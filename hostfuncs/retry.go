package hostfuncs

import (
	"net/http"
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
