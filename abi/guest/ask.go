package guest

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// maxTargetWords is how much of what a target says stands in an error.
const maxTargetWords = 256

// maxRetryAfter is a day, in seconds.
const maxRetryAfter = 24 * 60 * 60

// Ask carries out one HTTP request, as Do, by the rules of HTTP (RFC 9110): a
// request without a Safety gets that of its method, a body without a Content-Type
// is JSON, and a DELETE that finds nothing the second time has succeeded.
//
// Every other status than 2xx is an error, named as ECMA does. Its Name is the
// status (empty for OutcomeUnknown), its Detail the beginning of what the target
// said. The answer comes back all the same, for targets that mean something else.
//
//	401            BadServerCredentials
//	403            AccessDenied
//	404, 410       ObjectNotFound
//	409            ObjectAlreadyExists
//	502, 504       OutcomeUnknown for a request that is not safe: a gateway lost it
//	408, 429, 5xx  ServerDown, with the target's Retry-After if that is in seconds
//	other 4xx, 500 EntryExport for a write: it is about this object
//	any other      UnexpectedData
func Ask(ctx context.Context, host abi.Host, request abi.HTTPRequest) (abi.HTTPAnswer, error) {
	if request.Safety == abi.Neither {
		request.Safety = safety(request.Method)
	}
	if request.Body != "" && !hasContentType(request.Headers) {
		request.Headers = append(request.Headers[:len(request.Headers):len(request.Headers)], abi.Field{Name: "Content-Type", Value: "application/json"})
	}
	answer, err := Do(ctx, host, request)
	if err != nil || answer.Status >= 200 && answer.Status < 300 {
		return answer, err
	}
	if request.Method == "DELETE" && answer.Status == 404 && answer.Tries > 1 {
		return answer, nil
	}
	return answer, StatusError(&request, &answer)
}

func safety(method string) abi.Safety {
	switch method {
	case "GET", "HEAD":
		return abi.Safe
	case "PUT", "DELETE":
		return abi.Idempotent
	}
	return abi.Neither
}

func hasContentType(headers []abi.Field) bool {
	for i := range headers {
		if strings.EqualFold(headers[i].Name, "Content-Type") {
			return true
		}
	}
	return false
}

// StatusError is the error that Ask makes of an answer whose status is no success,
// for connectors that ask many requests at once. The request has its Safety.
func StatusError(request *abi.HTTPRequest, answer *abi.HTTPAnswer) *abi.Error {
	status := strconv.Itoa(answer.Status)
	e := abi.NewError(statusCode(request, answer.Status), request.Method+" "+request.Path+" was answered with "+status)
	if e.Name = status; e.Code == abi.OutcomeUnknown {
		e.Name = "" // Failure puts in the name that carries the meaning
	}
	e.Detail = strings.ToValidUTF8(answer.Body[:min(len(answer.Body), maxTargetWords)], "")
	if e.Code == abi.ServerDown {
		e.RetryAfter = time.Duration(min(retrySeconds(answer.Header("Retry-After")), maxRetryAfter)) * time.Second
	}
	return e
}

// retrySeconds reads a number of seconds and rounds it up; 0 if it is none.
func retrySeconds(text string) uint64 {
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseUint(whole, 10, 63)
	if err != nil || strings.Trim(fraction, "0123456789") != "" {
		return 0
	}
	if strings.Trim(fraction, "0") != "" {
		seconds++
	}
	return seconds
}

func statusCode(request *abi.HTTPRequest, status int) abi.Code {
	switch {
	case (status == 502 || status == 504) && request.Safety != abi.Safe:
		return abi.OutcomeUnknown
	case status == 401:
		return abi.BadServerCredentials
	case status == 403:
		return abi.AccessDenied
	case status == 404, status == 410:
		return abi.ObjectNotFound
	case status == 409:
		return abi.ObjectAlreadyExists
	case status == 408, status == 429, status > 500, status == 500 && request.Safety == abi.Safe:
		return abi.ServerDown
	case status >= 400 && request.Safety != abi.Safe:
		return abi.EntryExport
	}
	return abi.UnexpectedData
}
