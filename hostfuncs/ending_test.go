package hostfuncs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// ending is a context that ends at one of the looks at it, and stays so.
type ending struct {
	context.Context
	looks, at int
}

func (e *ending) Err() error {
	if e.looks++; e.at > 0 && e.looks >= e.at {
		return context.DeadlineExceeded
	}
	return nil
}

// stride is how many bytes may be read between two looks.
const stride = 64 << 10

// alikeRows are answers with many values that have the same middle.
func alikeRows(rows int) string {
	var b strings.Builder
	b.WriteString(`{"rows":[`)
	for i := range rows {
		fmt.Fprintf(&b, `{"s":"%08dAAAAAA%08d"},`, i, i)
	}
	b.WriteString(`0]}`)
	return b.String()
}

// TestAnswersEndWithContext: all that is done with an answer looks at the context, for
// each field that is sealed and once for so many bytes, and ends with it.
func TestAnswersEndWithContext(t *testing.T) {
	t.Parallel()
	const size = 2 << 20
	pad := func(unit string) string {
		return `{"pad":"` + strings.Repeat(unit, size/len(unit)) + `"}`
	}
	want := &abi.Want{Values: []string{"x"}}
	for name, c := range map[string]struct {
		body, header string
		want         *abi.Want
		fields       bool
		least        int
	}{
		"plain":            {body: pad("x"), least: 2 * size / stride},
		"nested escapes":   {body: pad(`\\\\\\\\\\\\\\\\`), least: 3 * size / stride},
		"nested entities":  {body: pad("&amp;amp;amp;amp;amp;lt;"), least: 5 * size / stride},
		"the alike":        {body: pad("A")[:size/16], least: 100},
		"the alike, above": {body: "{}", header: strings.Repeat("A", size/32), least: 50},
		"no field":         {body: pad(`\n`), fields: true, least: 4 * size / stride},
		"sealed fields":    {body: strings.ReplaceAll(alikeRows(1000), "A", "B"), fields: true, least: 1000},
		"dropped fields":   {body: strings.ReplaceAll(alikeRows(1000), `"s"`, `"d"`), fields: true, least: 1000},
		"wanted":           {body: pad(`\n`), want: want, least: 4 * size / stride},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := grant("http://localhost")
			g.AllowHTTP, g.ResponseHeaders = true, []string{"Link"}
			leases := func(fields bool) abi.HostLease {
				g := g
				if fields {
					g.Seal, g.Drop = []hostfuncs.SealedField{{Pointer: "/rows/*/s", Name: "s"}}, []string{"/rows/*/d"}
				}
				l := lease(t, g, nil)
				for i := range 200 {
					if _, err := l.Seal("answer:name", fmt.Sprintf("%08dAAAAAA%08d", i, i)); err != nil {
						t.Fatal(err)
					}
				}
				return l
			}
			present := func(ctx context.Context, safety abi.Safety) abi.HTTPAnswer {
				request := abi.HTTPRequest{Target: "app", Method: "GET", Path: "/", Safety: safety, Want: c.want}
				answer, err := hostfuncs.Present(ctx, leases(c.fields), request, http.Header{"Link": {c.header}}, c.body)
				if err != nil {
					t.Fatal(err)
				}
				return answer
			}
			ctx := &ending{Context: context.Background()}
			if answer := present(ctx, abi.Safe); answer.Error != nil || ctx.looks < c.least {
				t.Fatalf("have %v after %d looks, want %d at least", answer.Error, ctx.looks, c.least)
			}
			for _, at := range []int{1, ctx.looks / 2, ctx.looks} {
				for safety, code := range map[abi.Safety]abi.Code{abi.Safe: abi.Cancelled, 0: abi.OutcomeUnknown} {
					ctx := &ending{Context: context.Background(), at: at}
					if answer := present(ctx, safety); answer.Error == nil || answer.Error.Code != code || answer.Body+answer.Wanted != "" || ctx.looks > at+4 {
						t.Errorf("ended at look %d: have %v, %d bytes after %d looks; want %v", at, answer.Error, len(answer.Body+answer.Wanted), ctx.looks, code)
					}
				}
			}
		})
	}
}

// TestAnswerBehindTheRequestsTime: a request whose own time is up while its answer is
// looked through says so, and may have been carried out.
func TestAnswerBehindTheRequestsTime(t *testing.T) {
	t.Parallel()
	g := grant("http://localhost")
	g.AllowHTTP = true
	timeout, cancel := context.WithCancelCause(context.Background())
	cancel(hostfuncs.ErrTimeout)
	l := lease(t, g, nil)
	if _, err := l.Seal("answer:name", "secret"); err != nil {
		t.Fatal(err)
	}
	ctx := &ending{Context: timeout, at: 3}
	answer, _ := hostfuncs.Present(ctx, l, abi.HTTPRequest{Target: "app", Method: "GET", Path: "/", Safety: abi.Safe}, nil, strings.Repeat("x", 8*stride))
	wantError(t, answer, abi.OutcomeUnknown, "")
	if !answer.Error.Retryable || ctx.looks < 3 {
		t.Errorf("have %v after %d looks", answer.Error, ctx.looks)
	}
}

// TestChecksEndWithContext: so does what is done with a request.
func TestChecksEndWithContext(t *testing.T) {
	t.Parallel()
	const size = 2 << 20
	g := grant("http://localhost")
	g.AllowHTTP = true
	g.Slots = []hostfuncs.Slot{
		{Form: "password", Paths: []string{"/**"}, Accepts: []string{"new_password"}},
		{Pointer: "/**/password", Paths: []string{"/**"}, Accepts: []string{"new_password"}},
	}
	l := lease(t, g, nil)
	placeholder, err := l.Seal("new_password", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	form := []abi.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	for name, c := range map[string]struct {
		request abi.HTTPRequest
		least   int
	}{
		"plain":   {abi.HTTPRequest{Body: strings.Repeat("x", size)}, 2 * size / stride},
		"escapes": {abi.HTTPRequest{Body: strings.Repeat("&amp;amp;amp;", size/16)}, 3 * size / stride},
		"a form":  {abi.HTTPRequest{Headers: form, Body: strings.Repeat("a&", size/2) + "password=" + placeholder}, 10 * size / stride},
		"JSON":    {abi.HTTPRequest{Body: `[` + strings.Repeat(`{"a":1},`, size/8) + `{"password":"` + placeholder + `"}]`}, 5 * size / stride},
		"slots":   {abi.HTTPRequest{Body: `[` + strings.Repeat(`{"password":"`+placeholder+`"},`, 1000) + `0]`}, 2000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.request.Target, c.request.Method, c.request.Path = "app", "POST", "/"
			ctx := &ending{Context: context.Background()}
			if err := hostfuncs.Check(ctx, l, c.request); err != nil || ctx.looks < c.least {
				t.Fatalf("have %v after %d looks, want %d at least", err, ctx.looks, c.least)
			}
			for _, at := range []int{1, ctx.looks / 2, ctx.looks} {
				ctx := &ending{Context: context.Background(), at: at}
				if err := hostfuncs.Check(ctx, l, c.request); !errors.Is(err, abi.Cancelled) || ctx.looks > at+4 {
					t.Errorf("ended at look %d: have %v after %d", at, err, ctx.looks)
				}
			}
		})
	}
}

// pointed is a grant whose token goes into a JSON body.
func pointed(base string) hostfuncs.Target {
	g := grant(base)
	g.AllowHTTP = true
	g.Credentials = []hostfuncs.Credential{{Kind: hostfuncs.SessionToken, Pointer: "/token", Session: &hostfuncs.Session{
		Password: "password", Token: hostfuncs.TokenPlace{Pointer: "/token"}, ExpiryPointer: "/expires",
		Login: hostfuncs.SessionRequest{Path: "/login", JSON: `"${password}"`}}}}
	return g
}

// TestTokensEndWithContext: so does what puts a token into a body, where it is sent and
// where it is shown.
func TestTokensEndWithContext(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	s, _ := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			fmt.Fprint(w, `{"token":"token-of-the-run"}`)
		}
	})
	request := abi.HTTPRequest{Target: "app", Method: "PUT", Path: "/", Body: `{"a":"` + strings.Repeat(`\n`, size/2) + `"}`}
	l := lease(t, pointed(s.URL), sessionSecrets)
	wantStatus(t, ask(t, l, abi.HTTPRequest{}), 200)
	shown := 0
	dry := leaseOf(t, hostfuncs.Policy{Targets: []hostfuncs.Target{pointed(s.URL)}, DryRun: func(hostfuncs.DryRunRequest) { shown++ }}, sessionSecrets, nil)
	for name, c := range map[string]struct {
		code  abi.Code // without an end
		least int
		run   func(ctx context.Context) *abi.Error
	}{
		"sent": {0, size / stride, func(ctx context.Context) *abi.Error { return hostfuncs.Authorize(ctx, l, request) }},
		"shown": {abi.NotSent, 4 * size / stride, func(ctx context.Context) *abi.Error {
			answers, err := dry.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{request}})
			if err != nil {
				return abi.AsError(err)
			}
			return answers.Answers[0].Error
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := &ending{Context: context.Background()}
			if err := c.run(ctx); (err == nil) != (c.code == 0) || err != nil && err.Code != c.code || ctx.looks < c.least {
				t.Fatalf("have %v after %d looks, want %d at least", err, ctx.looks, c.least)
			}
			shown = 0
			for _, at := range []int{1, ctx.looks / 2, ctx.looks - 1, ctx.looks} {
				ctx := &ending{Context: context.Background(), at: at}
				if err := c.run(ctx); !errors.Is(err, abi.Cancelled) || ctx.looks > at+5 || shown > 0 {
					t.Errorf("ended at look %d: have %v after %d, %d shown", at, err, ctx.looks, shown)
				}
			}
		})
	}
}

// TestLoginsEndWithContext: so does what reads the answer to a login, which then says
// nothing against the password.
func TestLoginsEndWithContext(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	l := lease(t, pointed("http://localhost"), sessionSecrets)
	body := `{"expires":60,"token":"token-of-the-run","a":"` + strings.Repeat(`\n`, size/2) + `"}`
	ctx := &ending{Context: context.Background()}
	if token, lifetime, err := hostfuncs.ReadSession(ctx, l, body); err != nil || token != "token-of-the-run" || lifetime != time.Minute || ctx.looks < 2*size/stride {
		t.Fatalf("have %q for %v, %v after %d looks", token, lifetime, err, ctx.looks)
	}
	for _, at := range []int{1, size / stride} {
		ctx := &ending{Context: context.Background(), at: at}
		if token, _, err := hostfuncs.ReadSession(ctx, l, body); token != "" || !errors.Is(err, abi.NotSent) || !err.Retryable || ctx.looks > at+5 {
			t.Errorf("ended at look %d: have %q, %v after %d", at, token, err, ctx.looks)
		}
	}
	at := size/stride + 4
	ctx = &ending{Context: context.Background(), at: at}
	if token, lifetime, err := hostfuncs.ReadSession(ctx, l, body); err != nil || token == "" || lifetime != 0 || ctx.looks > at+4 {
		t.Errorf("ended at look %d, behind the token: have %q for %v, %v after %d", at, token, lifetime, err, ctx.looks)
	}
}
