// Command ecmabox runs ECMA connectors that are WebAssembly modules.
//
// This package is wiring: flags, output and exit codes. What is done stands in
// packages host, runtime and hostfuncs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ecmabox/ecmabox/runtime"
)

func main() {
	runtime.CompileChild()
	ctx, cancel := context.WithCancel(context.Background())
	// A reader that goes away is an error of the write, so that a run can still
	// be closed.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		fmt.Fprintln(os.Stderr, "ecmabox: stopping; once more to stop at once")
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
