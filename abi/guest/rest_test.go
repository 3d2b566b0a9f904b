package guest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/abi/wire"
)

func TestAskNamesStatuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method  string
		answer  abi.HTTPAnswer
		want    abi.Code
		after   time.Duration
		message string
	}{
		"found":                      {"GET", abi.HTTPAnswer{Status: 200}, 0, 0, ""},
		"created":                    {"POST", abi.HTTPAnswer{Status: 201}, 0, 0, ""},
		"last of the good":           {"PUT", abi.HTTPAnswer{Status: 299}, 0, 0, ""},
		"moved":                      {"GET", abi.HTTPAnswer{Status: 300}, abi.UnexpectedData, 0, "300"},
		"informational":              {"GET", abi.HTTPAnswer{Status: 199}, abi.UnexpectedData, 0, "199"},
		"wrong request":              {"GET", abi.HTTPAnswer{Status: 400}, abi.UnexpectedData, 0, "400"},
		"wrong object":               {"PUT", abi.HTTPAnswer{Status: 400, Body: "no such tag"}, abi.EntryExport, 0, "no such tag"},
		"unknown account":            {"GET", abi.HTTPAnswer{Status: 401}, abi.BadServerCredentials, 0, "401"},
		"not allowed":                {"GET", abi.HTTPAnswer{Status: 403}, abi.AccessDenied, 0, "403"},
		"missing":                    {"GET", abi.HTTPAnswer{Status: 404}, abi.ObjectNotFound, 0, "404"},
		"gone":                       {"GET", abi.HTTPAnswer{Status: 410}, abi.ObjectNotFound, 0, "410"},
		"there already":              {"POST", abi.HTTPAnswer{Status: 409}, abi.ObjectAlreadyExists, 0, "409"},
		"busy":                       {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "retry-after", Value: "7"}}}, abi.ServerDown, 7 * time.Second, "429"},
		"busy for a year":            {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "31536000"}}}, abi.ServerDown, 24 * time.Hour, "429"},
		"busy for a fraction":        {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "7.01"}}}, abi.ServerDown, 8 * time.Second, "429"},
		"busy for a whole fraction":  {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "7.00"}}}, abi.ServerDown, 7 * time.Second, "429"},
		"busy for less than nothing": {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "-0.5"}}}, abi.ServerDown, 0, "429"},
		"busy for nonsense":          {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "7.x"}}}, abi.ServerDown, 0, "429"},
		"busy for ever":              {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "9223372036854775807.5"}}}, abi.ServerDown, 24 * time.Hour, "429"},
		"busy for longer":            {"GET", abi.HTTPAnswer{Status: 429, Headers: []abi.Field{{Name: "Retry-After", Value: "99999999999999999999"}}}, abi.ServerDown, 0, "429"},
		"busy until a date":          {"GET", abi.HTTPAnswer{Status: 503, Headers: []abi.Field{{Name: "Retry-After", Value: "Sun, 06 Nov 1994 08:49:37 GMT"}}}, abi.ServerDown, 0, "503"},
		"broken for a read":          {"GET", abi.HTTPAnswer{Status: 500}, abi.ServerDown, 0, "500"},
		"broken by an object":        {"PATCH", abi.HTTPAnswer{Status: 500}, abi.EntryExport, 0, "500"},
		"down for a write":           {"PATCH", abi.HTTPAnswer{Status: 503}, abi.ServerDown, 0, "503"},
		"lost by a gateway":          {"PATCH", abi.HTTPAnswer{Status: 502}, abi.OutcomeUnknown, 0, "502"},
		"too slow for a gateway":     {"PUT", abi.HTTPAnswer{Status: 504}, abi.OutcomeUnknown, 0, "504"},
		"a read too slow":            {"GET", abi.HTTPAnswer{Status: 504}, abi.ServerDown, 0, "504"},
		"deleted by an earlier try":  {"DELETE", abi.HTTPAnswer{Status: 404, Tries: 2}, 0, 0, ""},
		"missing at the first try":   {"DELETE", abi.HTTPAnswer{Status: 404, Tries: 1}, abi.ObjectNotFound, 0, "404"},
		"no answer":                  {"GET", abi.HTTPAnswer{Error: abi.NewError(abi.OutcomeUnknown, "cut")}, abi.OutcomeUnknown, 0, "cut"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := &guesttest.Host{Target: func(context.Context, abi.HTTPRequest) abi.HTTPAnswer { return test.answer }}
			answer, err := guest.Ask(t.Context(), host, abi.HTTPRequest{Method: test.method, Path: "/x"})
			if abi.CodeOf(err) != test.want || answer.Status != test.answer.Status {
				t.Fatalf("have status %d and %v, want %v", answer.Status, err, test.want)
			}
			if e := abi.AsError(err); e != nil && (e.RetryAfter != test.after || !strings.Contains(e.Error(), test.message)) {
				t.Errorf("have %q after %v, want %q after %v", e, e.RetryAfter, test.message, test.after)
			}
		})
	}
}

func TestAskCutsWhatTheTargetSays(t *testing.T) {
	t.Parallel()
	host := &guesttest.Host{Target: func(context.Context, abi.HTTPRequest) abi.HTTPAnswer {
		return abi.HTTPAnswer{Status: 418, Body: strings.Repeat("x", 255) + "ë" + strings.Repeat("y", 9999)}
	}}
	_, err := guest.Ask(t.Context(), host, abi.HTTPRequest{Method: "GET", Path: "/"})
	if detail := abi.AsError(err).Detail; detail != strings.Repeat("x", 255) {
		t.Errorf("the detail is %q, want 255 x and no half character", detail)
	}
}

func TestAskFillsIn(t *testing.T) {
	t.Parallel()
	json := []abi.Field{{Name: "Content-Type", Value: "application/json"}}
	for name, test := range map[string]struct {
		request abi.HTTPRequest
		safety  abi.Safety
		headers []abi.Field
	}{
		"a read":            {abi.HTTPRequest{Method: "GET"}, abi.Safe, nil},
		"a head":            {abi.HTTPRequest{Method: "HEAD"}, abi.Safe, nil},
		"a put":             {abi.HTTPRequest{Method: "PUT", Body: "{}"}, abi.Idempotent, json},
		"a delete":          {abi.HTTPRequest{Method: "DELETE"}, abi.Idempotent, nil},
		"a post":            {abi.HTTPRequest{Method: "POST", Body: "{}"}, abi.Neither, json},
		"a post that reads": {abi.HTTPRequest{Method: "POST", Safety: abi.Safe}, abi.Safe, nil},
		"another type": {abi.HTTPRequest{Method: "PUT", Body: "a", Headers: []abi.Field{{Name: "content-type", Value: "text/plain"}}},
			abi.Idempotent, []abi.Field{{Name: "content-type", Value: "text/plain"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := &guesttest.Host{Target: func(_ context.Context, have abi.HTTPRequest) abi.HTTPAnswer {
				if have.Safety != test.safety || !slices.Equal(have.Headers, test.headers) {
					t.Errorf("have %v and %v, want %v and %v", have.Safety, have.Headers, test.safety, test.headers)
				}
				return abi.HTTPAnswer{Status: 200}
			}}
			if _, err := guest.Ask(t.Context(), host, test.request); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestExportEach(t *testing.T) {
	t.Parallel()
	down := abi.NewError(abi.ServerDown, "down")
	syntax := wire.NewReader("{").End()
	for name, test := range map[string]struct {
		fails error
		want  abi.ExportError
		stops bool
	}{
		"success":             {nil, abi.ExportSuccess, false},
		"missing":             {abi.ObjectNotFound, abi.ExportErrorConnectedDirectoryMissingObject, false},
		"there already":       {abi.ObjectAlreadyExists, abi.ExportErrorConnectedDirectoryExistingObject, false},
		"denied by the host":  {&abi.Error{Code: abi.Denied, Rule: "HTTP-PATH"}, abi.ExportErrorPermissionIssue, false},
		"denied by the app":   {abi.AccessDenied, abi.ExportErrorPermissionIssue, false},
		"refused":             {abi.EntryExport, abi.ExportErrorConnectedDirectoryError, false},
		"bad password":        {abi.PasswordPolicyViolation, abi.ExportErrorPasswordPolicyViolation, false},
		"down":                {down, abi.ExportErrorConnectedDirectoryError, true},
		"answer lost":         {abi.OutcomeUnknown, abi.ExportErrorConnectedDirectoryError, true},
		"cancelled":           {abi.Cancelled, abi.ExportErrorConnectedDirectoryError, true},
		"wrong account":       {abi.BadServerCredentials, abi.ExportErrorConnectedDirectoryError, true},
		"no JSON":             {syntax, abi.ExportErrorConnectedDirectoryError, true},
		"an error of another": {errors.New("odd"), abi.ExportErrorConnectedDirectoryError, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, tried := &guesttest.Host{}, []string{}
			entries := []abi.CSEntryChange{{Identifier: "1"}, {Identifier: "2"}, {Identifier: "3"}}
			results, err := guest.ExportEach(t.Context(), host, entries, func(_ context.Context, e *abi.CSEntryChange) ([]abi.AnchorAttribute, error) {
				tried = append(tried, e.Identifier)
				if e.Identifier == "2" {
					return []abi.AnchorAttribute{{Name: "id"}}, test.fails
				}
				return nil, nil
			})
			_, reported := host.Reported()
			if want := map[bool]int{false: 3, true: 2}[test.stops]; len(tried) != want || len(reported) != 3 {
				t.Fatalf("tried %q and reported %d, want %d and 3", tried, len(reported), want)
			}
			if third := reported[2]; third.Identifier != "3" || (third.Name == "NotSent") != test.stops {
				t.Errorf("the third: have %+v, want NotSent %t", third, test.stops)
			}
			if second := reported[1]; second.Identifier != "2" || second.Code != test.want || (len(second.Anchor) == 1) != (test.fails == nil) {
				t.Errorf("have %+v, want %v", second, test.want)
			}
			if test.stops != (err != nil) || test.stops && !errors.Is(err, test.fails) || !test.stops && len(results) != 3 {
				t.Errorf("have %d results and %v", len(results), err)
			}
		})
	}
}

func TestExportEachTellsWhenToTryAgain(t *testing.T) {
	t.Parallel()
	host := &guesttest.Host{}
	busy := &abi.Error{Code: abi.ServerDown, Message: "busy", Retryable: true, RetryAfter: 3 * time.Second}
	_, _ = guest.ExportEach(t.Context(), host, []abi.CSEntryChange{{Identifier: "1"}},
		func(context.Context, *abi.CSEntryChange) ([]abi.AnchorAttribute, error) { return nil, busy })
	_, reported := host.Reported()
	want := abi.CSEntryChangeResult{Identifier: "1", Code: abi.ExportErrorConnectedDirectoryError, Name: "ServerDown",
		Detail: busy.Error(), Retryable: true, RetryAfterMillis: 3000}
	if len(reported) != 1 || reported[0].Detail != want.Detail || reported[0].Name != want.Name || reported[0].RetryAfterMillis != 3000 || !reported[0].Retryable {
		t.Errorf("have %+v, want %+v", reported, want)
	}
}

func TestUnknownOutcomeKeepsItsName(t *testing.T) {
	t.Parallel()
	host := &guesttest.Host{Target: func(context.Context, abi.HTTPRequest) abi.HTTPAnswer { return abi.HTTPAnswer{Status: 504} }}
	_, err := guest.Ask(t.Context(), host, abi.HTTPRequest{Method: "POST", Path: "/x"})
	if e := guest.Failure(err); e.Code != abi.DroppedConnection || e.Name != "OutcomeUnknown" {
		t.Errorf("have %+v", e)
	}
}

func TestSyntaxErrorIsUnexpectedData(t *testing.T) {
	t.Parallel()
	if e := guest.Failure(wire.NewReader(`{"a":`).End()); e.Code != abi.UnexpectedData {
		t.Errorf("have %v, want UnexpectedData", e)
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	values := func(texts ...string) (list []abi.Value) {
		for _, text := range texts {
			list = append(list, abi.StringValue(text))
		}
		return list
	}
	for name, test := range map[string]struct {
		change *abi.AttributeChange
		want   []abi.Value
	}{
		"nothing":         {nil, values("a", "b")},
		"add":             {&abi.AttributeChange{Modification: abi.AttributeAdd, Values: values("b", "c")}, values("a", "b", "c")},
		"replace":         {&abi.AttributeChange{Modification: abi.AttributeReplace, Values: values("c", "c")}, values("c")},
		"add and delete":  {&abi.AttributeChange{Modification: abi.AttributeUpdate, Values: values("c"), Deletes: values("a")}, values("b", "c")},
		"delete the rest": {&abi.AttributeChange{Modification: abi.AttributeUpdate, Deletes: values("b", "a", "x")}, nil},
		"delete":          {&abi.AttributeChange{Modification: abi.AttributeDelete}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := values("a", "b")
			if have := guest.Apply(before, test.change); !slices.Equal(have, test.want) {
				t.Errorf("have %v, want %v", have, test.want)
			}
			if !slices.Equal(before, values("a", "b")) {
				t.Errorf("the values before were changed: %v", before)
			}
		})
	}
}
