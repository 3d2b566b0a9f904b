package hostfuncs_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestDenials asks for everything that a grant does not give. Nothing of it may
// reach the server.
func TestDenials(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	target := grant(server.URL + "/api")
	target.Methods = []string{"GET", "PUT", "POST"}
	target.Paths = []string{"GET /users/**", "/users/*", "GET /{odd}/*"}
	target.RequestHeaders = []string{"X-Granted"}
	target.IdempotencyHeader = "Idempotency-Key"
	target.MaxRequestBytes = 10
	target.Credentials = []hostfuncs.Credential{
		{Kind: hostfuncs.Bearer, Secret: "token"},
		{Kind: hostfuncs.APIKey, Secret: "key", Query: "api_key"},
	}
	l := lease(t, target, hostfuncs.SecretMap{"token": "token-0123456789", "key": "key-0123456789"})

	header := func(name, value string) abi.HTTPRequest {
		return abi.HTTPRequest{Path: "/users/1", Headers: []abi.Field{{Name: name, Value: value}}}
	}
	path := func(p string) abi.HTTPRequest { return abi.HTTPRequest{Path: p} }
	query := func(name string) abi.HTTPRequest {
		return abi.HTTPRequest{Path: "/users/1", Query: []abi.Field{{Name: name, Value: "1"}}}
	}
	for name, c := range map[string]struct {
		request abi.HTTPRequest
		rule    string
	}{
		"unknown target":        {abi.HTTPRequest{Target: "other", Path: "/users/1"}, hostfuncs.RuleTarget},
		"target in capitals":    {abi.HTTPRequest{Target: "App", Path: "/users/1"}, hostfuncs.RuleTarget},
		"method":                {abi.HTTPRequest{Method: "DELETE", Path: "/users/1"}, hostfuncs.RuleMethod},
		"method in lower case":  {abi.HTTPRequest{Method: "get", Path: "/users/1"}, hostfuncs.RuleMethod},
		"method with CRLF":      {abi.HTTPRequest{Method: "GET /x HTTP/1.1\r\nA: b", Path: "/users/1"}, hostfuncs.RuleMethod},
		"path":                  {path("/groups/1"), hostfuncs.RulePath},
		"path of other method":  {abi.HTTPRequest{Method: "PUT", Path: "/users/1/roles"}, hostfuncs.RulePath},
		"relative path":         {path("users/1"), hostfuncs.RulePath},
		"path with authority":   {path("@evil.example/users/1"), hostfuncs.RulePath},
		"path with query":       {path("/users/1?admin=1"), hostfuncs.RulePath},
		"path with fragment":    {path("/users/1#a"), hostfuncs.RulePath},
		"dot segment":           {path("/users/./1"), hostfuncs.RulePath},
		"dot dot segment":       {path("/users/../groups"), hostfuncs.RulePath},
		"encoded dot dot":       {path("/users/%2e%2E/groups"), hostfuncs.RulePath},
		"dot dot with a param":  {path("/users/..;a=b/groups"), hostfuncs.RulePath},
		"encoded slash":         {path("/users/..%2Fgroups"), hostfuncs.RulePath},
		"encoded backslash":     {path("/users/..%5cgroups"), hostfuncs.RulePath},
		"backslash":             {path(`/users/..\groups`), hostfuncs.RulePath},
		"double slash":          {path("/users//1"), hostfuncs.RulePath},
		"leading double slash":  {path("//evil.example/users/1"), hostfuncs.RulePath},
		"NUL":                   {path("/users/1%00.json"), hostfuncs.RulePath},
		"line end":              {path("/users/1%0d%0aHost:%20x"), hostfuncs.RulePath},
		"raw line end":          {path("/users/1\r\nHost: x"), hostfuncs.RulePath},
		"overlong dot":          {path("/users/%c0%ae%c0%ae/x"), hostfuncs.RulePath},
		"encoded twice":         {path("/users/%252e%252e/groups"), hostfuncs.RulePath},
		"broken escape":         {path("/users/%zz"), hostfuncs.RulePath},
		"umlaut as it is":       {path("/users/ä"), hostfuncs.RulePath},
		"header":                {header("X-Other", "1"), hostfuncs.RuleHeader},
		"Host":                  {header("Host", "evil.example"), hostfuncs.RuleHeader},
		"Content-Length":        {header("Content-Length", "5"), hostfuncs.RuleHeader},
		"Transfer-Encoding":     {header("Transfer-Encoding", "chunked"), hostfuncs.RuleHeader},
		"Connection":            {header("connection", "X-Granted"), hostfuncs.RuleHeader},
		"Cookie":                {header("Cookie", "a=b"), hostfuncs.RuleHeader},
		"Referer":               {header("Referer", "https://evil.example/"), hostfuncs.RuleHeader},
		"Origin":                {header("Origin", "https://evil.example"), hostfuncs.RuleHeader},
		"Authorization":         {header("authorization", "Basic x"), hostfuncs.RuleHeader},
		"Proxy-Authorization":   {header("Proxy-Authorization", "Basic x"), hostfuncs.RuleHeader},
		"method override":       {header("X-HTTP-Method-Override", "DELETE"), hostfuncs.RuleHeader},
		"Accept-Encoding":       {header("Accept-Encoding", "br"), hostfuncs.RuleHeader},
		"header with CRLF":      {header("X-Granted", "a\r\nX-Other: b"), hostfuncs.RuleHeader},
		"header with NUL":       {header("X-Granted", "a\x00b"), hostfuncs.RuleHeader},
		"header with umlaut":    {header("X-Granted", "ä"), hostfuncs.RuleHeader},
		"header name with CRLF": {header("X-Granted\r\nX-Other", "a"), hostfuncs.RuleHeader},
		"header name empty":     {header("", "a"), hostfuncs.RuleHeader},
		"header name blank":     {header("X-Granted ", "a"), hostfuncs.RuleHeader},
		"header twice": {abi.HTTPRequest{Path: "/users/1", Headers: []abi.Field{
			{Name: "X-Granted", Value: "1"}, {Name: "x-granted", Value: "2"}}}, hostfuncs.RuleHeader},
		"idempotency key as a header": {header("Idempotency-Key", "1"), hostfuncs.RuleHeader},
		"idempotency key with CRLF":   {abi.HTTPRequest{Path: "/users/1", IdempotencyKey: "a\r\nb"}, hostfuncs.RuleHeader},
		"credential's query key":      {query("api_key"), hostfuncs.RuleQuery},
		"the same in capitals":        {query("API_Key"), hostfuncs.RuleQuery},
		"method in the query":         {query("_method"), hostfuncs.RuleQuery},
		"body of a GET":               {abi.HTTPRequest{Path: "/users/1", Body: "x"}, hostfuncs.RuleBody},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, l, c.request)
			wantError(t, a, abi.Denied, c.rule)
			if a.Error.Op != "http" || a.Error.Side != abi.SideGuest || a.Tries != 0 {
				t.Errorf("op %q, side %s, %d tries", a.Error.Op, a.Error.Side, a.Tries)
			}
		})
	}
	if n := len(seen.all()); n != 0 {
		t.Errorf("%d denied requests reached the server", n)
	}
}

// TestPasses asks for what a grant gives, at the edges of its rules.
func TestPasses(t *testing.T) {
	t.Parallel()
	server, seen := record(t, nil)
	target := grant(server.URL + "/api/")
	target.RequestHeaders = []string{"X-Granted", "Referer", "Origin"}
	target.EncodedSlashes = true
	l := lease(t, target, nil)
	for name, c := range map[string]struct {
		request abi.HTTPRequest
		uri     string
	}{
		"plain":             {abi.HTTPRequest{Path: "/users/1"}, "/api/users/1"},
		"escapes stay":      {abi.HTTPRequest{Path: "/users/J%C3%BCrgen%20X"}, "/api/users/J%C3%BCrgen%20X"},
		"needless escape":   {abi.HTTPRequest{Path: "/%75sers/1"}, "/api/%75sers/1"},
		"signs":             {abi.HTTPRequest{Path: "/a-._~!$&'()*+,;=:@z"}, "/api/a-._~!$&'()*+,;=:@z"},
		"slash in segment":  {abi.HTTPRequest{Path: "/permissions/%2F/bob"}, "/api/permissions/%2F/bob"},
		"trailing slash":    {abi.HTTPRequest{Path: "/users/"}, "/api/users/"},
		"three dots":        {abi.HTTPRequest{Path: "/..."}, "/api/..."},
		"percent as text":   {abi.HTTPRequest{Path: "/100%25"}, "/api/100%25"},
		"query in order":    {abi.HTTPRequest{Path: "/u", Query: []abi.Field{{Name: "b", Value: "x y+z&"}, {Name: "a", Value: "ä"}, {Name: "b", Value: ""}}}, "/api/u?b=x%20y%2Bz%26&a=%C3%A4&b="},
		"CRLF in the query": {abi.HTTPRequest{Path: "/u", Query: []abi.Field{{Name: "a\r\n", Value: "\r\nHost: x"}}}, "/api/u?a%0D%0A=%0D%0AHost%3A%20x"},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, l, c.request)
			wantStatus(t, a, 200)
			if got := seen.last(t); got.URI != c.uri || a.Tries != 1 {
				t.Errorf("sent %s, want %s; %d tries", got.URI, c.uri, a.Tries)
			}
		})
	}
	ask(t, l, abi.HTTPRequest{Method: "POST", Path: "/u", Body: "\x00\xff", Headers: []abi.Field{{Name: "x-granted", Value: "1"}, {Name: "Content-Type", Value: "a/b"},
		{Name: "Referer", Value: "https://desk.example/ui"}, {Name: "Origin", Value: "https://desk.example"}}})
	got := seen.last(t)
	if got.Header.Get("Referer") != "https://desk.example/ui" || got.Header.Get("Origin") != "https://desk.example" {
		t.Errorf("sent %v", got.Header)
	}
	if got.Body != "\x00\xff" || got.Header.Get("X-Granted") != "1" || got.Header.Get("Content-Type") != "a/b" || got.Header.Get("User-Agent") != "ecmabox" {
		t.Errorf("sent %+v", got)
	}
}

// TestRequestLimits asks at each limit and one past it.
func TestRequestLimits(t *testing.T) {
	t.Parallel()
	server, _ := record(t, nil)
	target := grant(server.URL)
	target.MaxRequestBytes = 10
	for i := range hostfuncs.MaxRequestHeaders + 1 {
		target.RequestHeaders = append(target.RequestHeaders, "X-"+strings.Repeat("a", i+1))
	}
	l := lease(t, target, nil)
	headers := func(n int) (h []abi.Field) {
		for i := range n {
			h = append(h, abi.Field{Name: "X-" + strings.Repeat("a", i+1)})
		}
		return h
	}
	one := func(size int) []abi.Field {
		return []abi.Field{{Name: "X-a", Value: strings.Repeat("v", size-len("X-a"))}}
	}
	urlRest := hostfuncs.MaxURLBytes - len(server.URL)
	for name, c := range map[string]struct {
		fits, tooMuch abi.HTTPRequest
		limit         string
	}{
		"body":         {abi.HTTPRequest{Method: "PUT", Body: "0123456789"}, abi.HTTPRequest{Method: "PUT", Body: "0123456789a"}, "request_bytes"},
		"headers":      {abi.HTTPRequest{Headers: headers(hostfuncs.MaxRequestHeaders)}, abi.HTTPRequest{Headers: headers(hostfuncs.MaxRequestHeaders + 1)}, "request_headers"},
		"header bytes": {abi.HTTPRequest{Headers: one(hostfuncs.MaxRequestHeaderBytes)}, abi.HTTPRequest{Headers: one(hostfuncs.MaxRequestHeaderBytes + 1)}, "request_header_bytes"},
		"URL":          {abi.HTTPRequest{Path: "/" + strings.Repeat("a", urlRest-1)}, abi.HTTPRequest{Path: "/" + strings.Repeat("a", urlRest)}, "url_bytes"},
		"path":         {abi.HTTPRequest{}, abi.HTTPRequest{Path: "/" + strings.Repeat("a", hostfuncs.MaxURLBytes)}, "url_bytes"},
		"query":        {abi.HTTPRequest{Query: []abi.Field{{Name: "a", Value: strings.Repeat("b", urlRest-len("/?a="))}}}, abi.HTTPRequest{Query: []abi.Field{{Name: "a", Value: strings.Repeat("b", urlRest-len("/?a=")+1)}}}, "url_bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			wantStatus(t, ask(t, l, c.fits), 200)
			wantError(t, ask(t, l, c.tooMuch), abi.LimitExceeded, c.limit)
		})
	}
}

// TestEmptyPolicy reaches nothing.
func TestEmptyPolicy(t *testing.T) {
	t.Parallel()
	l := leaseOf(t, hostfuncs.Policy{}, nil, nil)
	wantError(t, ask(t, l, abi.HTTPRequest{}), abi.Denied, hostfuncs.RuleTarget)
}

// TestErrorsKeepSecrets looks for the query and the credentials in the text of
// every kind of error.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	target := grant("http://127.0.0.1:1")
	target.MaxTries = 1
	target.Credentials = []hostfuncs.Credential{
		{Kind: hostfuncs.Basic, Username: "admin", Secret: "password"}, {Kind: hostfuncs.APIKey, Query: "api_key", Secret: "key"}}
	l := lease(t, target, hostfuncs.SecretMap{"password": "s3cret-password", "key": "k3y-0123456789"})
	for _, request := range []abi.HTTPRequest{
		{Query: []abi.Field{{Name: "q", Value: "guest-value"}}},
		{Query: []abi.Field{{Name: "api_key", Value: "guest-value"}}},
		{Path: "//", Query: []abi.Field{{Name: "q", Value: "guest-value"}}},
	} {
		a := ask(t, l, request)
		if a.Error == nil {
			t.Fatal("port 1 answered")
		}
		for _, word := range []string{"guest-value", "s3cret", "k3y", "YWRtaW46", "127.0.0.1"} {
			if strings.Contains(a.Error.Error(), word) {
				t.Errorf("%q is in the error %v", word, a.Error)
			}
		}
	}
}
