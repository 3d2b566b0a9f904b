package hostfuncs_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// A policy grants one target. What it does not grant is answered with the rule
// that forbids it.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		io.WriteString(w, "hello "+user)
	}))
	defer server.Close()

	host, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name:        "hr",
		BaseURL:     server.URL,
		Networks:    []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Methods:     []string{"GET"},
		Paths:       []string{"/users/**"},
		Credentials: []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "sync", Secret: "hr-password"}},
	}}}, hostfuncs.SecretMap{"hr-password": "correct horse"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer host.Close()

	ctx := context.Background()
	lease, err := host.Lease(ctx, abi.LeaseRequest{Lane: abi.LaneImport})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer lease.Close(ctx, false)
	answers, err := lease.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{
		{Target: "hr", Method: "GET", Path: "/users/1"},
		{Target: "hr", Method: "GET", Path: "/admin"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answers.Answers[0].Status, answers.Answers[0].Body)
	fmt.Println(answers.Answers[1].Error)
	// Output:
	// 200 hello sync
	// http: Denied: HTTP-PATH: GET "/admin" is not granted on target hr
}
