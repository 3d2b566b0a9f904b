package hostfuncs

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
)

// What stands in a SessionRequest for what the host fills in: as the whole value of
// a header, a query parameter or a form key, or as a whole string of JSON.
const (
	SessionUsername = "${username}"
	SessionPassword = "${password}"
	// SessionTokenValue is the token, in a logout.
	SessionTokenValue = "${token}"
)

// Session says how the host logs in at a target that gives out session tokens. It
// logs in when the first request needs it, once for all leases of a Host, and again
// when the session ends. The token goes where the Credential says: into its Header
// behind its Prefix, its Query parameter, its Cookie, or the place in a JSON body
// that its Pointer names; a request without a body goes without it then.
//
// A connector cannot call the paths of Login and Logout.
type Session struct {
	// Username is the user's name in the clear, UsernameFrom its source instead;
	// both may be empty. Password is the source of the password.
	Username, UsernameFrom string
	Password               string
	// Login is the request that answers with a token.
	Login SessionRequest
	// Logout, if not nil, ends a session when the Host is closed or the session
	// replaced. The token goes where it goes in every request, and where
	// SessionTokenValue stands. What becomes of it is only logged.
	Logout *SessionRequest
	// Token says where in the answer to Login the token is.
	Token TokenPlace
	// ExpiryPointer is a JSON pointer to the end of the session in that answer: an
	// RFC 3339 time, or a number of seconds (from 1e9 on, since 1970). Lifetime is
	// used where the answer does not say; 0 means that a 401 says it.
	ExpiryPointer string
	Lifetime      time.Duration
	// Ended, if not nil, is a second sign besides the status 401 that a request was
	// not carried out because the session has ended.
	Ended *SessionEnd
	// Operation is a JSON pointer, such as /method, to the string that tells what a
	// request does where one path serves all, as in JSON-RPC. A connector may then
	// call the path of Login, in JSON, with any other string there than Login and
	// Logout have.
	Operation string
}

// SessionRequest is a request to the target that the host makes by itself.
type SessionRequest struct {
	// Method is in upper case; empty means POST.
	Method string
	// Path is a path behind BaseURL, percent-encoded.
	Path    string
	Headers []abi.Field
	Query   []abi.Field
	// JSON or Form is the body. JSON is a text, in which a value that is filled in
	// is a whole string.
	JSON string
	Form []abi.Field
	// Basic sends user and password as HTTP basic authentication.
	Basic bool
	// Status is the one status that says that it succeeded; 0 means any 2xx.
	Status int
}

// TokenPlace says where in an answer a token is: exactly one of its fields.
type TokenPlace struct {
	// Header is a header's name, Cookie a cookie's.
	Header, Cookie string
	// Pointer is a JSON pointer to a string of the body.
	Pointer string
	// Body: the whole body is the token, as a JSON string or as plain text.
	Body bool
}

// SessionEnd is a sign in an answer: in its body, which is looked at up to
// MaxSignBytes, or in the place a redirect leads to, or either.
type SessionEnd struct {
	// Pointer is a JSON pointer to a string or number of the body, Equals or Contains
	// the text it then has.
	Pointer          string
	Equals, Contains string
	// Location is a text that the Location of a redirect then holds, such as /login.
	Location string
}

// MaxSignBytes is how long a body may be in which a SessionEnd is looked for.
const MaxSignBytes = 64 << 10

// sessionPlan is a Session, checked.
type sessionPlan struct {
	*Session
	token, expiry, ended, operation jsonfields.Pointer
	// operations are the strings at operation of Login and Logout.
	operations []string
}

func compileSession(c checker, s *Session) *sessionPlan {
	plan := &sessionPlan{Session: s}
	if s.Username != "" && s.UsernameFrom != "" {
		c.wrong("a session has either Username or UsernameFrom")
	}
	checkSource(c.at("UsernameFrom"), s.UsernameFrom, false)
	checkSource(c.at("Password"), s.Password, true)
	s.Login.check(c.at("Login"), SessionUsername, SessionPassword)
	if !s.Login.Basic && !s.Login.holds(SessionPassword) {
		c.at("Login").wrong("nothing in it sends the password; write %s where it belongs", SessionPassword)
	}
	if s.Logout != nil {
		s.Logout.check(c.at("Logout"), SessionTokenValue)
	}
	s.Token.check(c.at("Token"))
	compilePointer(c.at("Token.Pointer"), s.Token.Pointer, &plan.token)
	compilePointer(c.at("ExpiryPointer"), s.ExpiryPointer, &plan.expiry)
	limit(c.at("Lifetime"), s.Lifetime, forever, forever)
	if s.Ended != nil {
		compilePointer(c.at("Ended.Pointer"), s.Ended.Pointer, &plan.ended)
		text := s.Ended.Equals != "" || s.Ended.Contains != ""
		if s.Ended.Pointer == "" && s.Ended.Location == "" || (s.Ended.Pointer != "") != text || s.Ended.Equals != "" && s.Ended.Contains != "" {
			c.at("Ended").wrong("it needs Location, or Pointer with either Equals or Contains")
		}
	}
	plan.compileOperation(c.at("Operation"))
	return plan
}

// compileOperation reads what Login and Logout do.
func (s *sessionPlan) compileOperation(c checker) {
	if s.Operation == "" {
		return
	}
	compilePointer(c, s.Operation, &s.operation)
	for _, r := range []*SessionRequest{&s.Login, s.Logout} {
		if r == nil {
			continue
		}
		value, found, err := s.operation.Find(context.Background(), r.JSON)
		if err != nil || !found || value.Kind != wire.KindString {
			c.wrong("the body of each of Login and Logout has a string there")
			continue
		}
		s.operations = append(s.operations, value.Text)
	}
}

func compilePointer(c checker, text string, into *jsonfields.Pointer) {
	if text == "" {
		return
	}
	p, err := jsonfields.ParsePointer(text)
	if err != nil {
		c.wrong("%s: %s", quoteCut(text), err)
		return
	}
	*into = p
}

func (t TokenPlace) check(c checker) {
	places := 0
	for _, there := range []bool{t.Header != "", t.Cookie != "", t.Pointer != "", t.Body} {
		if there {
			places++
		}
	}
	if places != 1 {
		c.wrong("a token is in exactly one of Header, Cookie, Pointer and Body")
	}
	if t.Header != "" && !isToken(t.Header) {
		c.at("Header").wrong("%s is no header name", quoteCut(t.Header))
	}
	if t.Cookie != "" && !isToken(t.Cookie) {
		c.at("Cookie").wrong("%s is no name of a cookie", quoteCut(t.Cookie))
	}
}

// check finds fault with a request whose filled values may be these.
func (r *SessionRequest) check(c checker, values ...string) {
	if r.Method != "" {
		compileMethods(c, []string{r.Method})
	}
	checkLoginPath(c.at("Path"), r.Path)
	for i, h := range r.Headers {
		checkGrantedHeader(c.at("Headers[%d]", i), h.Name)
		if !isHeaderValue(h.Value) {
			c.at("Headers[%d]", i).wrong("its value holds a sign that a header cannot")
		}
		if r.Basic && equalName(h.Name, "Authorization") {
			c.at("Headers[%d]", i).wrong("Basic sets it")
		}
	}
	if r.Basic && !slices.Contains(values, SessionPassword) {
		c.at("Basic").wrong("a logout has no password; the token goes where it goes in every request")
	}
	for _, text := range r.texts() {
		if strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") && !slices.Contains(values, text) {
			c.wrong("%s stands for nothing here; known are %s", quoteCut(text), strings.Join(values, " and "))
		}
	}
	if r.JSON != "" {
		if len(r.Form) > 0 {
			c.wrong("a body is either JSON or Form")
		}
		if body, ok := r.fillJSON(func(string) string { return "" }); !ok || !isJSON(body) || strings.Contains(r.JSON, `\"${`) {
			c.at("JSON").wrong("it is no JSON, or a value that is filled in is no whole string")
		}
	}
	if (r.JSON != "" || len(r.Form) > 0) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		c.wrong("%s carries no body", r.Method)
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 399) {
		c.at("Status").wrong("it is a status from 200 to 399; 0 means any 2xx")
	}
}

func isJSON(text string) bool {
	r := wire.NewReader(text)
	r.Skip()
	return r.End() == nil
}

// texts returns the values that may be filled in, but for JSON's.
func (r *SessionRequest) texts() []string {
	var all []string
	for _, fields := range [][]abi.Field{r.Headers, r.Query, r.Form} {
		for _, f := range fields {
			all = append(all, f.Value)
		}
	}
	return all
}

// holds reports whether a value is filled in somewhere.
func (r *SessionRequest) holds(value string) bool {
	return slices.Contains(r.texts(), value) || strings.Contains(r.JSON, `"`+value+`"`)
}

// fillJSON fills in whole strings. A quoted value inside another string would have a
// backslash before its quote, which check refuses.
func (r *SessionRequest) fillJSON(of func(value string) string) (text string, ok bool) {
	text, ok = r.JSON, true
	var pairs []string
	for _, value := range []string{SessionUsername, SessionPassword, SessionTokenValue} {
		if !strings.Contains(text, `"`+value+`"`) {
			continue
		}
		var w wire.Writer
		w.String(of(value))
		ok = ok && w.Err() == nil
		pairs = append(pairs, `"`+value+`"`, string(w.Bytes()))
	}
	return strings.NewReplacer(pairs...).Replace(text), ok
}

func (r *SessionRequest) method() string {
	if r.Method == "" {
		return http.MethodPost
	}
	return r.Method
}

func (r SessionRequest) clone() SessionRequest {
	r.Headers, r.Query, r.Form = slices.Clone(r.Headers), slices.Clone(r.Query), slices.Clone(r.Form)
	return r
}

func (s *Session) clone() *Session {
	if s == nil {
		return nil
	}
	copied := *s
	copied.Login = s.Login.clone()
	if s.Logout != nil {
		logout := s.Logout.clone()
		copied.Logout = &logout
	}
	if s.Ended != nil {
		ended := *s.Ended
		copied.Ended = &ended
	}
	return &copied
}
