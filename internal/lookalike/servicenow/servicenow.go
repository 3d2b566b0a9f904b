// Package servicenow imitates the Table API of ServiceNow with the tables that
// identity management needs: sys_user, sys_user_group, sys_user_grmember,
// cmn_department, and sys_audit_delete, which names deleted records. It follows
// these sections of ServiceNow's public documentation: Table API, Table API FAQ
// (KB0534905), OAuth API request parameters, Inbound REST API rate limiting, and
// KB1297438 on requests that a transaction quota cancels.
//
//	GET    /api/now/table/TABLE      {"result":[…]}; sysparm_query, _fields, _limit,
//	                                 _offset, _display_value, _exclude_reference_link
//	POST   /api/now/table/TABLE      201
//	GET    /api/now/table/TABLE/ID
//	PATCH  /api/now/table/TABLE/ID   changes what is given; so does PUT
//	DELETE /api/now/table/TABLE/ID   204
//	POST   /oauth_token.do           password and refresh grant, form-encoded
//
// /api/now/v1/table answers 404 where others answer no rows; v2 is the default.
//
// Left out: other tables and views, XML, access rules of rows and fields, business
// rules, javascript: values and grouping (^NQ) in queries, sysparm_view, and the
// expiry of tokens by time (Server.Expire ends them).
package servicenow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// Options are what a Server is made of.
type Options struct {
	// Username and Password are those of the one who calls; required, else nobody
	// gets in.
	Username, Password string
	// ClientID and ClientSecret are the application's at /oauth_token.do.
	ClientID, ClientSecret string
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// Zone is the time zone of the one who calls: display values have it, values are
	// in UTC. Nil means UTC.
	Zone *time.Location
	// Restless gives another order to every answer whose query asks for none, as
	// databases may.
	Restless bool
}

// Server is the application. It is an http.Handler, safe for concurrent use.
type Server struct {
	lookalike.Front
	tokens  lookalike.Tokens
	options Options
	routes  *http.ServeMux

	mu      sync.Mutex
	tables  map[string]*table
	served  int
	access  string // the access token in force, and the token that renews it
	refresh string
}

// New returns a server without users, with the departments "IT" and "Sales" and the
// group "Service Desk".
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	s := &Server{options: options, tables: newTables()}
	for _, name := range []string{"IT", "Sales"} {
		s.insert(s.tables["cmn_department"], Record{"name": name})
	}
	s.insert(s.tables["sys_user_group"], Record{"name": "Service Desk", "active": "true"})
	s.routes = http.NewServeMux()
	s.routes.HandleFunc("POST /oauth_token.do", s.grant)
	for _, prefix := range []string{"/api/now/table/", "/api/now/v1/table/", "/api/now/v2/table/"} {
		for pattern, handler := range map[string]func(http.ResponseWriter, *http.Request, *table){
			"GET %s{table}": s.list, "POST %s{table}": s.create,
			"GET %s{table}/{id}": s.read, "DELETE %s{table}/{id}": s.remove,
			"PATCH %s{table}/{id}": s.change, "PUT %s{table}/{id}": s.change,
		} {
			s.routes.HandleFunc(fmt.Sprintf(pattern, prefix), s.admit(handler))
		}
	}
	s.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusBadRequest, "Requested URI does not represent any resource", r.URL.Path)
	})
	return s
}

// ServeHTTP serves the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Front.Serve(w, r, s.routes)
}

// Throttled answers as ServiceNow does above a rate limit.
func Throttled(now time.Time, wait time.Duration) lookalike.Action {
	return lookalike.Answer(http.StatusTooManyRequests, http.Header{
		"Retry-After": {strconv.Itoa(int((wait + time.Second - 1) / time.Second))}, "X-Ratelimit-Limit": {"100"},
		"X-Ratelimit-Reset": {strconv.FormatInt(now.Add(wait).Unix(), 10)}, "X-Ratelimit-Rule": {"a8e5b1f5db231010a8e5b1f5db231010"},
	}, `{"error":{"message":"Rate limit exceeded","detail":"Request exceeds the limit of its rule"},"status":"failure"}`)
}

const cancelled = `"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":"Transaction cancelled: maximum execution time exceeded Check logs for error trace or enable glide.rest.debug property to verify REST request processing"},"status":"failure"}`

// Cancelled answers as ServiceNow does when a list takes too long: 200, the first
// rows, and an error behind them in the same document. The document is well-formed.
func Cancelled(rows int) lookalike.Action {
	return lookalike.Rewrite(func(body []byte) []byte {
		var document struct{ Result []json.RawMessage }
		if json.Unmarshal(body, &document) != nil {
			return body
		}
		kept := document.Result[:min(rows, len(document.Result))]
		return fmt.Appendf(nil, `{"result":[%s],%s`, bytes.Join(rawRows(kept), []byte(",")), cancelled)
	})
}

// CancelledAt is Cancelled where the rows break off after n bytes of the document,
// wherever that is.
func CancelledAt(n int) lookalike.Action {
	return lookalike.Rewrite(func(body []byte) []byte {
		return append(slices.Clone(body[:min(n, len(body))]), cancelled...)
	})
}

func rawRows(rows []json.RawMessage) [][]byte {
	all := make([][]byte, len(rows))
	for i, row := range rows {
		all[i] = row
	}
	return all
}

// Users returns the records of sys_user in the order in which they were made. What
// is stored of a password is in user_password.
func (s *Server) Users() []Record { return s.Records("sys_user") }

// Records returns the records of a table in the order in which they were made.
func (s *Server) Records(table string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[table]
	if t == nil {
		return nil
	}
	all := make([]Record, len(t.rows))
	for i, row := range t.rows {
		all[i] = row.clone()
	}
	return all
}

// Password returns what the user can log in with: "" when there is no such user, he
// has none, or it was written without sysparm_input_display_value=true and is
// therefore no hash of anything.
func (s *Server) Password(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables["sys_user"].passwords[id]
}

// Add makes n active users in turn of both departments: user1 with
// user1@example.com, and so on, where the numbers go on after those of earlier
// calls.
func (s *Server) Add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, departments := s.tables["sys_user"], s.tables["cmn_department"].rows
	for range n {
		i := t.made + 1
		s.insert(t, Record{
			"user_name": fmt.Sprintf("user%d", i), "first_name": "User", "last_name": strconv.Itoa(i), "email": fmt.Sprintf("user%d@example.com", i),
			"active": "true", "department": departments[i%len(departments)]["sys_id"],
		})
	}
}

// Expire ends all access and refresh tokens.
func (s *Server) Expire() { s.tokens.Expire() }

// admit lets in who logs in, and finds the table.
func (s *Server) admit(next func(http.ResponseWriter, *http.Request, *table)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		username, password, basic := r.BasicAuth()
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		kind, bearer := s.tokens.Owner(token)
		if !(basic && s.known(username, password)) && !(bearer && kind == "access") {
			w.Header().Set("WWW-Authenticate", `Basic realm="Service-now"`)
			fail(w, http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "0123456789ABCDEF", Path: "/", HttpOnly: true})
		s.mu.Lock()
		defer s.mu.Unlock()
		t := s.tables[r.PathValue("table")]
		if t == nil {
			fail(w, http.StatusBadRequest, "Invalid table "+r.PathValue("table"), nil)
			return
		}
		next(w, r, t)
	}
}

func (s *Server) known(username, password string) bool {
	return s.options.Username != "" && s.options.Password != "" && username == s.options.Username && password == s.options.Password
}

// grant gives an access token. While one is in force, that one is given again.
func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	form := r.PostFormValue
	client := s.options.ClientID != "" && form("client_id") == s.options.ClientID && form("client_secret") == s.options.ClientSecret
	kind, renewed := s.tokens.Owner(form("refresh_token"))
	renewed = renewed && kind == "refresh" && form("grant_type") == "refresh_token"
	login := form("grant_type") == "password" && s.known(form("username"), form("password"))
	if !client || !login && !renewed {
		lookalike.JSON(w, http.StatusUnauthorized, map[string]string{"error_description": "access_denied", "error": "server_error"})
		return
	}
	if _, ok := s.tokens.Owner(s.access); !ok || renewed {
		s.tokens.Revoke(s.access)
		s.access = s.tokens.Issue("servicenow-access-", "access")
	}
	if _, ok := s.tokens.Owner(s.refresh); !ok {
		s.refresh = s.tokens.Issue("servicenow-refresh-", "refresh")
	}
	lookalike.JSON(w, http.StatusOK, map[string]any{
		"access_token": s.access, "refresh_token": s.refresh, "scope": "useraccount", "token_type": "Bearer", "expires_in": 1799,
	})
}

// fail answers an error; detail is text or nil.
func fail(w http.ResponseWriter, status int, message string, detail any) {
	lookalike.JSON(w, status, map[string]any{"error": map[string]any{"message": message, "detail": detail}, "status": "failure"})
}

func notFound(w http.ResponseWriter) {
	fail(w, http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
}
