package runtime_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// Three calls load a connector; then it is ECMA's calls. README shows the part
// between the marks.
func Example() {
	ctx := context.Background()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "reader" || password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "ada,Ada Lovelace\ngrace,Grace Hopper\n")
	}))
	defer app.Close()
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/connectors-wasm/minimal")
	if err != nil {
		log.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		log.Fatal(err)
	}
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}

	// README: begin
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name: "app", BaseURL: app.URL, Methods: []string{"GET"}, Paths: []string{"/users.csv"},
		Networks:    []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // private addresses are refused unless granted
		Credentials: []hostfuncs.Credential{{Kind: hostfuncs.Basic, Username: "reader", Secret: "app-password"}},
	}}}, hostfuncs.SecretMap{"app-password": "s3cret"}) // the guest never sees it
	check(err)
	rt, err := runtime.New(ctx, runtime.Config{CacheDir: cache}) // a directory of your own, for what is compiled once
	check(err)
	defer rt.Close(ctx)
	connector, err := rt.Load(ctx, module, hosts, contract.Promise{ObjectType: "user"})
	check(err)

	run, err := connector.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{})
	check(err)
	page, err := run.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	check(err)
	for _, entry := range page.Entries {
		fmt.Println(entry.AnchorText("login"), "is", entry.Attribute("name").Values[0].Text())
	}
	_, err = run.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	check(err)
	// README: end

	// Output:
	// ada is Ada Lovelace
	// grace is Grace Hopper
}
