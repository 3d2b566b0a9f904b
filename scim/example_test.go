package scim_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

// A service for users and groups, mounted below /scim.
func Example() {
	handler, err := scim.New(memory.New(memory.Config{}), scim.Config{
		Authenticate: scim.StaticTokens("a long random token"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/scim/", http.StripPrefix("/scim", handler))
	server := httptest.NewServer(mux)
	defer server.Close()

	request, _ := http.NewRequest("GET", server.URL+"/scim/Users?filter=userName+eq+%22ada%22", nil)
	request.Header.Set("Authorization", "Bearer a long random token")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.Status)
	fmt.Println(string(body))
	// Output:
	// 200 OK
	// {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}
}

// A resource type of one's own, and an attribute that must be unique.
func ExampleNewResourceType() {
	device, err := scim.NewResourceType(scim.Definition{
		Name:     "Device",
		Endpoint: "/Devices",
		Schema: scim.Schema{
			URN:  "urn:example:params:scim:schemas:Device",
			Name: "Device",
			Attributes: []scim.Attribute{
				{Name: "serial", Required: true, CaseExact: true, Uniqueness: scim.UniquenessServer},
				{Name: "bought", Type: scim.TypeDateTime},
			},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, _ := scim.New(memory.New(memory.Config{}), scim.Config{
		Types:        append(scim.CoreTypes(), device),
		Authenticate: scim.NoAuthentication,
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("POST", "/Devices", strings.NewReader(`{"serial":"X1","bought":"last week"}`)))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 400 {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue","detail":"attribute \"bought\" takes a value of type dateTime"}
}

// What providers send differs; what a backend gets does not.
func ExampleResourceType_ParsePatch() {
	user := scim.CoreTypes()[0]
	for _, body := range []string{
		`{"Operations":[{"op":"Replace","path":"Active","value":"False"}]}`,
		`{"Operations":[{"op":"replace","value":{"active":false,"name.givenName":"Ada"}}]}`,
		`{"Operations":[{"op":"Add","path":"emails[type eq \"work\"].value","value":"a@x.example"}]}`,
		`{"Operations":[{"op":"replace","path":"title","value":""}]}`,
	} {
		ops, err := user.ParsePatch([]byte(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, op := range ops {
			fmt.Println(op.Kind, op.Path, op.Where, op.Value.Type(), op.Value.Text())
		}
	}
	// Output:
	// replace active <nil> boolean false
	// replace active <nil> boolean false
	// replace name.givenName <nil> string Ada
	// add emails.value type eq "work" string a@x.example
	// remove title <nil> string
}

// A store that keeps its rows elsewhere turns the filter into what it knows.
func ExampleEqualities() {
	user := scim.CoreTypes()[0]
	filter, err := user.ParseFilter(`userName eq "ADA" and emails[type eq "work"].value eq a@x.example and title pr`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, term := range scim.Equalities(filter) {
		fmt.Printf("%s has the key %q\n", term.Path, term.Path.Key(term.Value))
	}
	// Output:
	// userName has the key "ada"
	// emails.type has the key "work"
	// emails.value has the key "a@x.example"
}

func ExampleResource() {
	r := scim.Resource{
		ID: "1",
		Attributes: scim.NewObject(
			scim.Field{Name: "userName", Value: scim.String("ada")},
			scim.Field{Name: "emails", Value: scim.List(
				scim.Complex(scim.Field{Name: "value", Value: scim.String("a@x.example")}),
			)},
		),
	}
	path, _ := scim.CoreTypes()[0].ParsePath("emails.value")
	for v := range path.Values(&r) {
		fmt.Println(v.Text())
	}
	// Output:
	// a@x.example
}

// Middleware can fail as the handler does.
func ExampleWriteError() {
	limited := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		scim.WriteError(w, &scim.Error{Status: http.StatusTooManyRequests, Detail: "more than 25 requests a second"})
	})
	w := httptest.NewRecorder()
	limited.ServeHTTP(w, httptest.NewRequest("GET", "/Users", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 429 {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"429","detail":"more than 25 requests a second"}
}

// Tokens may come from anywhere; the context tells the backend who calls.
func ExampleAuthenticate() {
	type caller struct{}
	tokens := map[string]string{"t0ken": "hr"}
	var authenticate scim.Authenticate = func(ctx context.Context, token string) (context.Context, error) {
		name, ok := tokens[token]
		if !ok {
			return nil, scim.ErrUnauthorized
		}
		return context.WithValue(ctx, caller{}, name), nil
	}
	handler, _ := scim.New(memory.New(memory.Config{}), scim.Config{Authenticate: authenticate})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/Users", nil))
	fmt.Println(w.Code)
	// Output: 401
}
