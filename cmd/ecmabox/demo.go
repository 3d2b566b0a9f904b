package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/userdirectory"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// demoConnector is the package of the connector that the demo builds.
const demoConnector = "github.com/ecmabox/ecmabox/connectors-wasm/directory/module"

func demoCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole path once: a sample application, its connector, the sandbox",
		Long: "Start a sample application in this process, build its connector from source, load it\n" +
			"into the sandbox and provision users through it. Needs Go and a checkout of ecmabox,\n" +
			"and nothing else; all traffic stays on this machine.\n\n" +
			"On a terminal the application stays up afterwards until Ctrl-C, unless --once is given.\n\n" +
			"With --json each step is a line: {\"step\":…,\"text\":…,\"ms\":…} and, where it applies,\n" +
			"\"users\" (who was imported, as the connector sees them), \"denied\" (the rule that denied),\n" +
			"\"detail\" (what somebody else said) and \"equal\" (the import is the application's own list;\n" +
			"the command fails if it is not).",
		Args: cobra.NoArgs,
	}
	once := cmd.Flags().Bool("once", false, "end after the last step (the default unless the output is a terminal)")
	asJSON := cmd.Flags().Bool("json", false, "print one JSON object per step")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cache, err := openCache(e)
		if err != nil {
			return err
		}
		d := &demo{e: e, asJSON: *asJSON, cache: cache}
		return d.run(cmd.Context(), *once || *asJSON || !isTerminal(e.stdout))
	}
	return cmd
}

// demo is one run of the demo.
type demo struct {
	e      *environment
	asJSON bool
	// cache is where compiled modules are kept; empty for nowhere.
	cache string
	// own is the application's own list of users; nil asks the application.
	own func() []userdirectory.User

	app       *userdirectory.Directory
	url       string
	token     string
	password  string
	served    atomic.Int64 // requests that reached the application with its token
	border    *border
	module    []byte
	connector *runtime.Connector
	// grace and mary are the anchors of the user to delete and the one created;
	// watermark is the first import's.
	grace, mary, watermark string
}

// demoStep is one step: what it does, and the name it has in events.
type demoStep struct {
	name string
	do   func(ctx context.Context) (demoEvent, error)
}

// run takes all steps, ends the application and says what failed.
func (d *demo) run(ctx context.Context, once bool) (err error) {
	began := time.Now()
	budget, err := memoryBudget()
	if err != nil {
		return err
	}
	stop, err := d.serve()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	rt, err := runtime.New(ctx, runtime.Config{CacheDir: d.cache, MemoryBudget: budget})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(context.WithoutCancel(ctx))) }()
	steps := append([]demoStep{
		{"start", d.start},
		{"build", d.build},
		{"load", func(ctx context.Context) (demoEvent, error) { return d.load(ctx, rt) }},
	}, d.provisioning()...)
	for _, s := range steps {
		began := time.Now()
		event, err := s.do(ctx)
		if err == nil {
			event.Step, event.Milliseconds = s.name, time.Since(began).Milliseconds()
			err = d.print(event)
		}
		if err != nil {
			return fmt.Errorf("demo: %s: %w", s.name, err)
		}
	}
	if !once {
		return d.stay(ctx, time.Since(began))
	}
	return nil
}

// stay keeps the application up until the context ends.
func (d *demo) stay(ctx context.Context, took time.Duration) error {
	_, err := fmt.Fprintf(d.e.stdout, "\nThat took %.1f s. The application stays up until Ctrl-C; look for yourself:\n  curl -H 'Authorization: Bearer %s' %s/users\n",
		took.Seconds(), d.token, d.url)
	if err == nil {
		<-ctx.Done()
	}
	return err
}

// serve starts the application on loopback and returns what ends it.
func (d *demo) serve() (stop func() error, err error) {
	d.token, d.password = rand.Text(), rand.Text()
	d.app = userdirectory.New(d.token)
	if d.own == nil {
		d.own = d.app.Users
	}
	for _, u := range demoUsers() {
		if _, err := d.app.Create(u, ""); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demo: the sample application cannot listen on loopback: %w", err)
	}
	d.url = "http://" + listener.Addr().String()
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+d.token {
			d.served.Add(1)
		}
		d.app.ServeHTTP(w, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	return func() error {
		err := server.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}

// demoUsers are the users that the application begins with.
func demoUsers() []userdirectory.User {
	return []userdirectory.User{
		{Login: "ada", Name: "Ada Lovelace", Mail: "ada@example.test", Enabled: true, Roles: []string{"author"}},
		{Login: "grace", Name: "Grace Hopper", Mail: "grace@example.test", Enabled: true, Roles: []string{"admin", "author"}},
		{Login: "edith", Name: "Edith Clarke", Mail: "edith@example.test", Enabled: true},
		{Login: "joan", Name: "Joan Clarke", Enabled: false},
		{Login: "zoë", Name: "Zoë Ångström", Mail: "zoe@example.test", Enabled: true, Roles: []string{"reader"}},
	}
}

// start tells what was started.
func (d *demo) start(context.Context) (demoEvent, error) {
	return demoEvent{Text: fmt.Sprintf("A user directory made for this demo runs in this process at %s, with %d users.", d.url, len(d.app.Users()))}, nil
}

// build builds the connector from source.
func (d *demo) build(ctx context.Context) (demoEvent, error) {
	if isTerminal(d.e.stderr) {
		fmt.Fprintln(d.e.stderr, "building the connector; with an empty Go cache that takes a minute …")
	}
	module, err := wasmbuild.Build(ctx, demoConnector)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return demoEvent{}, usageError{err}
	case err != nil:
		return demoEvent{}, usageError{fmt.Errorf("%w; the demo is run inside a checkout of ecmabox, whose connector it builds", err)}
	}
	d.module = module
	return demoEvent{Text: fmt.Sprintf("Built its connector, connectors-wasm/directory: %.1f MB of WebAssembly.", float64(len(module))/1e6)}, nil
}

// load puts the connector into the sandbox with what it is granted.
func (d *demo) load(ctx context.Context, rt *runtime.Runtime) (demoEvent, error) {
	paths := []string{"GET,POST /users", "GET,PATCH,DELETE /users/*", "PUT /users/*/password"}
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name: "directory", BaseURL: d.url, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Methods: []string{"GET", "POST", "PATCH", "PUT", "DELETE"}, Paths: paths,
		IdempotencyHeader: "Idempotency-Key",
		Credentials:       []hostfuncs.Credential{{Kind: hostfuncs.Bearer, Secret: "parameter:Token"}},
		Slots:             []hostfuncs.Slot{{Pointer: "/password", Paths: paths[2:], Accepts: []string{"new_password"}}},
	}}}, nil)
	if err != nil {
		return demoEvent{}, err
	}
	d.border = newBorder(hosts, d.token, d.password)
	if d.connector, err = rt.Load(ctx, d.module, d.border, contract.Promise{ObjectType: "user", PasswordMapped: true}); err != nil {
		return demoEvent{}, err
	}
	return demoEvent{Text: "Loaded it into the sandbox. It has no files, no network and no secrets; granted are /users and what is below it, at this one address."}, nil
}

// parameters are what an administrator typed. The runtime seals the token before
// the connector sees it.
func (d *demo) parameters(more ...abi.ConfigParameter) abi.ConfigParameters {
	return append(abi.ConfigParameters{{Name: "Token", Value: d.token, Encrypted: true}}, more...)
}
