// Command scimserve serves an empty in-memory SCIM service on a loopback
// address, for test suites and benchmarks that speak HTTP. It prints its base
// URL when it is ready and stops when its standard input ends.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ecmabox/ecmabox/scim"
	"github.com/ecmabox/ecmabox/scim/memory"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scimserve:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("scimserve", flag.ContinueOnError)
	address := flags.String("address", "127.0.0.1:0", "loopback address to listen on")
	token := flags.String("token", "", "bearer token that clients must send")
	cert := flags.String("cert", "", "PEM file with certificate; without one the service speaks plain HTTP")
	key := flags.String("key", "", "PEM file with the certificate's key")
	if err := flags.Parse(args); err != nil {
		return err
	}
	handler, err := scim.New(memory.New(memory.Config{}), scim.Config{Authenticate: scim.StaticTokens(*token)})
	if err != nil {
		return err
	}
	listener, scheme, err := listen(*address, *cert, *key)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/scim/", http.StripPrefix("/scim", handler))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // its end, however it comes, is the sign to stop
		_ = server.Close()
	}()
	fmt.Fprintf(stdout, "%s://%s/scim\n", scheme, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func listen(address, cert, key string) (net.Listener, string, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, "", fmt.Errorf("%s is not a loopback address", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil || cert == "" {
		return l, "http", err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), "https", nil
}
