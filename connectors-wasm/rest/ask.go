package rest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/want"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// call is one request, with what its answer is read for.
type call struct {
	http abi.HTTPRequest
	at   string
	made []Made
	// rules come before those of the recipe; expect are the statuses of success.
	rules  []recipe.ErrorRule
	expect []recipe.StatusRange
	// values are the paths of what is read from the answer.
	values []string
	// list says that it reads a list: then its query stands in errors, too. page is the
	// number of the page, from 1; 0 where a list has one answer.
	list bool
	page int
	// also are paths that are read if the answer has them, be it no JSON even.
	also []string
}

// send carries out requests, side by side.
func (e *engine) send(ctx context.Context, calls []call, atOnce int) ([]abi.HTTPAnswer, error) {
	requests := abi.HTTPRequests{Requests: make([]abi.HTTPRequest, len(calls)), Concurrency: atOnce}
	for i := range calls {
		requests.Requests[i] = calls[i].http
		if e.watch != nil {
			e.watch(&calls[i])
		}
	}
	answers, err := e.host.HTTP(ctx, requests)
	if err == nil && len(answers.Answers) != len(calls) {
		err = abi.NewError(abi.UnexpectedData, "the host gave another number of answers than there were requests")
	}
	return answers.Answers, err
}

// ask carries out one request and judges its answer.
func (e *engine) ask(ctx context.Context, c call) (abi.HTTPAnswer, found, error) {
	e.wantValues(&c)
	if len(c.also) > 0 {
		e.readAlso(&c)
	}
	answers, err := e.send(ctx, []call{c}, 1)
	if err != nil {
		return abi.HTTPAnswer{}, found{}, err
	}
	found, err := e.judge(&c, &answers[0])
	return answers[0], found, err
}

// wantValues has the host read what is wanted of the answer, unless an answer that
// is no JSON may be right, or its text is looked at.
func (e *engine) wantValues(c *call) {
	read := len(c.values) > 0
	for _, rules := range [][]recipe.ErrorRule{c.rules, e.recipe.Errors} {
		for i := range rules {
			if r := &rules[i]; r.Body != "" && inSuccess(r.Status) {
				return
			}
			read = read || rules[i].Value != "" && inSuccess(rules[i].Status)
		}
	}
	if read {
		e.addRules(c)
		c.http.Want = &abi.Want{Values: c.values}
	}
}

// readAlso adds what is read if it is there to what is read.
func (e *engine) readAlso(c *call) {
	e.addRules(c)
	for i := 0; i < len(c.also) && len(c.values) < abi.MaxWantPaths; i++ {
		c.values = addPath(c.values[:len(c.values):len(c.values)], c.also[i])
	}
	if c.http.Want != nil {
		c.http.Want.Values = c.values
	}
}

// addRules adds the paths of the rules to what is read.
func (e *engine) addRules(c *call) {
	c.values = c.values[:len(c.values):len(c.values)]
	for _, rules := range [][]recipe.ErrorRule{c.rules, e.recipe.Errors} {
		c.values = rulePaths(c.values, rules)
	}
}

// ruleBody is how much of an answer's text is wanted besides what is read of it: as
// much as patterns look at, if a rule has one that may be about a success.
func (e *engine) ruleBody(rules []recipe.ErrorRule) int {
	for _, rules := range [][]recipe.ErrorRule{rules, e.recipe.Errors} {
		for i := range rules {
			if rules[i].Body != "" && inSuccess(rules[i].Status) {
				return abi.MaxWantBody
			}
		}
	}
	return 0
}

func rulePaths(paths []string, rules []recipe.ErrorRule) []string {
	for i := range rules {
		paths = addPath(addPath(paths, rules[i].Value), rules[i].Message)
	}
	return paths
}

func addPath(paths []string, path string) []string {
	if path == "" {
		return paths
	}
	for i := range paths {
		if paths[i] == path {
			return paths
		}
	}
	return append(paths, path)
}

// inSuccess says whether a rule may be about an answer with a status of 2xx.
func inSuccess(status []recipe.StatusRange) bool {
	for _, s := range status {
		if s.From < 300 && s.To >= 200 {
			return true
		}
	}
	return len(status) == 0
}

// judge says what an answer means: an error, or what was found in it. The codes
// ObjectNotFound and ObjectAlreadyExists stand for gone and exists.
func (e *engine) judge(c *call, a *abi.HTTPAnswer) (found, error) {
	if a.Error != nil {
		if r := e.textRule(c, a); r != nil {
			return found{ruled: true}, ruleError(r, c, a, &found{})
		}
		return found{}, named(a.Error, c)
	}
	f, err := e.readAnswer(c, a)
	if err != nil {
		return found{}, err
	}
	if r := e.rule(c, a, &f); r != nil {
		err := ruleError(r, c, a, &f)
		missing := abi.CodeOf(err) == abi.ObjectNotFound || r.Then == "ok" && isGone(nil, a)
		switch {
		case missing && r.Body == "" && r.Value == "" && !saysGone(a):
			return found{}, strange(c, a) // no rule about a status means this
		case r.Then == "ok":
			return found{quiet: true}, nil
		}
		return found{ruled: true}, err
	}
	switch {
	case isGone(nil, a) && !saysGone(a):
		return f, strange(c, a)
	case !success(c, a):
		return f, statusError(c, a)
	case isPage(a.Body), !isJSON(a) && (isMarkup(c, a) || e.readsValue(c, a)):
		return f, strange(c, a)
	}
	return f, nil
}

// strange is the error of an answer that the application itself does not give.
func strange(c *call, a *abi.HTTPAnswer) error {
	kind := "text that is no JSON; if the application itself says so, write a rule for it, best with its words (body)"
	if isPage(a.Body) {
		kind = "a page in HTML, such as one to log in, or of a proxy"
	}
	return abi.NewError(abi.UnexpectedData, what(c)+" was answered with "+itoa(a.Status)+" and "+kind)
}

// saysGone says whether an answer with a status like 404 may be about the object: it
// has JSON, more than a number, or nothing. Other text is of what stands before an
// application.
func saysGone(a *abi.HTTPAnswer) bool {
	body := trimmed(a.Body)
	return body == "" || strings.IndexByte(`{["`, body[0]) >= 0 && isJSON(a)
}

// isJSON says whether an answer has JSON or nothing. What was cut for its length is
// taken for what it begins as.
func isJSON(a *abi.HTTPAnswer) bool {
	body := trimmed(a.Body)
	if body == "" || a.Wanted != "" {
		return true
	}
	r := wire.NewReader(body)
	r.Skip()
	return r.End() == nil || len(a.Body) > abi.MaxErrorText-utf8.UTFMax && (body[0] == '{' || body[0] == '[')
}

// isMarkup says whether the text of an answer is for people, or of another kind than was
// asked for: its type is that of HTML, or it begins with < though no Accept of the
// recipe's wants something else than JSON.
func isMarkup(c *call, a *abi.HTTPAnswer) bool {
	kind, _, _ := strings.Cut(a.Header("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "text/html", "application/xhtml+xml":
		return true
	}
	if !strings.HasPrefix(trimmed(a.Body), "<") {
		return false
	}
	return !slices.ContainsFunc(c.http.Headers, func(h abi.Field) bool {
		return strings.EqualFold(h.Name, "Accept") && !strings.Contains(strings.ToLower(h.Value), "json")
	})
}

// readsValue says whether a rule about a value has to do with an answer that the host
// did not read: one that is no JSON says nothing of it, and is no success.
func (e *engine) readsValue(c *call, a *abi.HTTPAnswer) bool {
	about := func(r recipe.ErrorRule) bool {
		return r.Value != "" && (len(r.Status) == 0 || inRange(r.Status, a.Status))
	}
	return slices.ContainsFunc(c.rules, about) || slices.ContainsFunc(e.recipe.Errors, about)
}

func trimmed(body string) string {
	return strings.TrimLeft(strings.TrimPrefix(body, "\ufeff"), " \t\r\n")
}

// isPage says whether a body is a page for people. No application answers so to a
// request that it has carried out, but what stands before one does.
func isPage(body string) bool {
	body = trimmed(body)
	for _, begin := range [...]string{"<!doctype html", "<html"} {
		if len(body) >= len(begin) && strings.EqualFold(body[:len(begin)], begin) {
			return true
		}
	}
	return false
}

// rule returns the first rule that is about an answer, or nil. The status of an error that
// the request itself expects is not one by a rule of the whole recipe about statuses alone.
func (e *engine) rule(c *call, a *abi.HTTPAnswer, f *found) *recipe.ErrorRule {
	expected := a.Status >= 400 && inRange(c.expect, a.Status)
	for k, rules := range [][]recipe.ErrorRule{c.rules, e.recipe.Errors} {
		for i := range rules {
			r := &rules[i]
			if matches(r, a, f) && !(k == 1 && expected && r.Body == "" && r.Value == "") {
				return r
			}
		}
	}
	return nil
}

// textRule returns the first rule with a pattern that is about an answer in which what
// was wanted could not be read, or nil. None makes a success of it.
func (e *engine) textRule(c *call, a *abi.HTTPAnswer) *recipe.ErrorRule {
	if a.Body == "" {
		return nil
	}
	r := e.rule(c, a, &found{})
	if r == nil || r.Body == "" || r.Then == "ok" {
		return nil
	}
	return r
}

func success(c *call, a *abi.HTTPAnswer) bool {
	if c.http.Method == "DELETE" && a.Status == 404 && a.Tries > 1 {
		return true
	}
	if len(c.expect) == 0 {
		return a.Status >= 200 && a.Status < 300
	}
	return inRange(c.expect, a.Status)
}

func inRange(ranges []recipe.StatusRange, status int) bool {
	for _, r := range ranges {
		if status >= r.From && status <= r.To {
			return true
		}
	}
	return false
}

// readAnswer reads what was found in an answer. What the host did not read, for the
// answer need not have been JSON, is read here.
func (e *engine) readAnswer(c *call, a *abi.HTTPAnswer) (found, error) {
	wanted := a.Wanted
	f := found{paths: c.values}
	if c.http.Want == nil {
		e.addRules(c)
		if f.paths = c.values; len(f.paths) == 0 || a.Body == "" {
			return f, nil
		}
		plan, err := want.Compile(abi.Want{Values: c.values})
		if err != nil {
			return f, err
		}
		// No JSON holds nothing that was to be found; judge says if that is an error. A
		// guest is ended without being asked.
		if wanted, err = plan.Read(context.Background(), a.Body, abi.MaxHTTPBody); err != nil {
			return f, nil
		}
	}
	r := wire.NewReader(wanted)
	if wanted == "" {
		return f, nil
	}
	for r.Object(); r.NextKey(); {
		if r.Key() == "values" {
			f.raws = readRaws(r, len(f.paths))
		} else {
			r.Skip()
		}
	}
	return f, r.End()
}

func readRaws(r *wire.Reader, n int) []string {
	raws := make([]string, 0, n)
	for r.Array(); r.NextItem(); {
		raws = append(raws, r.Raw())
	}
	return raws
}

// statusError is the error of an answer that no rule is about.
func statusError(c *call, a *abi.HTTPAnswer) error {
	if a.Status >= 200 && a.Status < 300 {
		text := what(c) + " was answered with " + itoa(a.Status) + ", which the recipe does not expect"
		if c.http.Safety != abi.Safe {
			text += "; it may have been carried out all the same"
		}
		return abi.NewError(abi.UnexpectedData, text)
	}
	err := answered(c, a)
	waitUntil(err, a)
	return err
}

// answered is what a status means by itself.
func answered(c *call, a *abi.HTTPAnswer) *abi.Error {
	err := guest.StatusError(&c.http, a)
	err.Message = what(c) + " was answered with " + itoa(a.Status)
	if to, _, _ := strings.Cut(a.Header("Location"), "?"); a.Status/100 == 3 && to != "" {
		err.Message += ", which leads to " + cut(to) // its query may hold anything
	}
	if a.Status == 501 {
		// What the application does not know it will not know later either.
		err.Code, err.RetryAfter, err.Retryable = abi.UnexpectedData, 0, false
		if c.http.Safety != abi.Safe {
			err.Code = abi.EntryExport
		}
	}
	return err
}

// resetHeaders are those in which targets with a rate limit say when it is renewed.
var resetHeaders = [...]string{"X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset"}

// waitUntil reads a Retry-After that is a date, and beside a 429 the time at which
// the rate limit is renewed, by the target's clock.
func waitUntil(err *abi.Error, a *abi.HTTPAnswer) {
	now, wrong := time.Parse(httpDate, a.Header("Date"))
	if wrong != nil || err.Code != abi.ServerDown || err.RetryAfter != 0 {
		return
	}
	until, wrong := time.Parse(httpDate, a.Header("Retry-After"))
	for i := 0; wrong != nil && a.Status == 429 && i < len(resetHeaders); i++ {
		until, wrong = resetTime(a.Header(resetHeaders[i]), now)
	}
	if wrong == nil && until.After(now) {
		err.RetryAfter = min(until.Sub(now), 24*time.Hour)
	}
}

// resetTime reads seconds, or so many that they count from 1970.
func resetTime(text string, now time.Time) (time.Time, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if n >= 1e9 {
		return time.Unix(int64(n), 0), err
	}
	return now.Add(time.Duration(n) * time.Second), err
}

// what names a request in errors: GET /users?per_page=50&page=3 (page 3).
func what(c *call) string {
	text := c.http.Method + " " + c.http.Path
	if c.list {
		text += shownQuery(c.http.Query)
	}
	if c.page > 0 {
		text += " (page " + itoa(c.page) + ")"
	}
	return text
}

// maxShownQuery is how much of a query stands in an error: cursors may be long.
const maxShownQuery = 256

// sealed is what every placeholder of a secret begins with.
const sealed = "ecmasealed"

// shownQuery is a query as errors have it, with its question mark. Secrets are not
// even there as placeholders.
func shownQuery(fields []abi.Field) string {
	var b strings.Builder
	for i := range fields {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(guest.PathSegment(fields[i].Name))
		b.WriteByte('=')
		if strings.HasPrefix(fields[i].Value, sealed) {
			b.WriteString("SECRET")
		} else {
			b.WriteString(guest.PathSegment(fields[i].Value))
		}
	}
	if b.Len() > maxShownQuery {
		return b.String()[:maxShownQuery] + "…"
	}
	return b.String()
}

// named says of a host's error which request it is about.
func named(err *abi.Error, c *call) error {
	e := *err
	e.Message = what(c) + ": " + e.Message
	return &e
}
