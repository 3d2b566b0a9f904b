package hostfuncs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

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
