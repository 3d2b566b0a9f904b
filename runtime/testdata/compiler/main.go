// Command compiler loads a module as a program does that calls CompileChild first,
// and says what came of it, how long it took and what memory this process had. With
// -here it does not call it, with -inspect it loads nothing and says what Inspect does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func main() {
	if !slices.Contains(os.Args, "-here") {
		runtime.CompileChild()
	}
	var config runtime.Config
	flag.Bool("here", false, "compile in this process")
	look := flag.Bool("inspect", false, "inspect the module")
	flag.StringVar(&config.CacheDir, "cache", "", "Config.CacheDir")
	flag.Int64Var(&config.CompileMemoryBytes, "memory", 0, "Config.CompileMemoryBytes")
	flag.DurationVar(&config.CompileCPU, "cpu", 0, "Config.CompileCPU")
	flag.DurationVar(&config.CompileTimeout, "timeout", 0, "Config.CompileTimeout")
	flag.Parse()
	said := make(map[string]any)
	module, err := os.ReadFile(flag.Arg(0))
	switch {
	case err != nil:
	case *look:
		var report runtime.Report
		report, err = runtime.Inspect(module)
		said["onlyApart"] = report.OnlyApart
	default:
		var took time.Duration
		took, err = load(config, module)
		said["milliseconds"] = took.Milliseconds()
	}
	var e *abi.Error
	if errors.As(err, &e) {
		said["code"], said["limit"], said["used"], said["allowed"] = e.Code.String(), e.Limit, e.Used, e.Allowed
	}
	if err != nil {
		said["error"] = err.Error()
	}
	if said["resident"], err = resident(); err != nil {
		said["error"] = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// resident is the most memory that this process has had at a time, in bytes; 0 where
// the system is not Linux.
func resident() (most int64, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for line := range strings.Lines(string(status)) {
		if kilobytes, there := strings.CutPrefix(line, "VmHWM:"); there {
			_, err := fmt.Sscan(kilobytes, &most)
			return most << 10, err
		}
	}
	return 0, err
}

func load(config runtime.Config, module []byte) (time.Duration, error) {
	ctx := context.Background()
	rt, err := runtime.New(ctx, config)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	_, err = rt.Load(ctx, module, nobody{}, contract.Promise{})
	took := time.Since(began)
	return took, errors.Join(err, rt.Close(ctx))
}

// nobody gives out hosts that reach nothing.
type nobody struct{}

func (nobody) Lease(context.Context, abi.LeaseRequest) (abi.HostLease, error) { return lease{}, nil }

// lease is a host that nothing is asked of while a module starts, but the time.
type lease struct{ abi.HostLease }

func (lease) Clock(context.Context) (time.Time, error) { return time.Unix(0, 0), nil }

func (lease) Random(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil }

func (lease) Close(context.Context, bool) error { return nil }
