package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/runtime"
)

// environment is what commands touch besides their arguments. Commands are built
// over it, so that tests run them without a process.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run runs one command line and returns its exit code. When ctx ends, the command
// stops as soon as it can do so cleanly.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &environment{stdin: contextReader{ctx, stdin}, stdout: stdout, stderr: stderr}
	started := false
	root := rootCommand(e)
	onStart(root, func() { started = true })
	root.SetArgs(args)
	root.SetIn(e.stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !started {
		err = lineError(root, cmd, args, err)
		// Whatever goes wrong before a command starts is its line's fault.
		err = usageError{err}
	}
	return report(stderr, err)
}

// lineError says what is wrong with a command line where cobra's words do not.
func lineError(root, cmd *cobra.Command, args []string, err error) error {
	_, rest, findErr := root.Find(args)
	switch {
	case strings.Contains(err.Error(), "arg(s)"):
		return fmt.Errorf("%w; usage: %s", err, cmd.UseLine())
	case findErr == nil && cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-"):
		// Its flags were read as those of the command above it.
		return fmt.Errorf("unknown command %q for %q", rest[0], cmd.CommandPath())
	}
	return err
}

// onStart calls f when cmd, or a command below it, begins its work: with its line
// understood and its flags complete.
func onStart(cmd *cobra.Command, f func()) {
	work := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f()
		return work(cmd, args)
	}
	for _, below := range cmd.Commands() {
		onStart(below, f)
	}
}

func rootCommand(e *environment) *cobra.Command {
	root := &cobra.Command{
		Use:           "ecmabox",
		Short:         "Run ECMA connectors that are WebAssembly modules",
		Long:          "ecmabox runs ECMA connectors that are sandboxed WebAssembly modules, which reach\nonly what a configuration grants them.\n\n" + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	return group(root, demoCommand(e), versionCommand(e), inspectCommand(e), tryCommand(e), recipeCommand(e), connectorCommand(e), runCommand(e))
}

// group makes cmd a command that only has commands below it.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(below...)
	return cmd
}

// openCatalog opens the catalog in dir, or where catalogs are unless told.
func openCatalog(dir string) (*catalog.Catalog, error) {
	if dir == "" {
		dir = os.Getenv("ECMABOX_CATALOG")
	}
	if dir == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return nil, usageError{errors.New("there is no place for a catalog; name one with --catalog or ECMABOX_CATALOG")}
		}
		dir = filepath.Join(base, "ecmabox", "catalog")
	}
	return catalog.New(dir)
}

// catalogFlag adds --catalog.
func catalogFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("catalog", "", "directory of the catalog (default: ECMABOX_CATALOG, else ecmabox/catalog in the user's configuration directory)")
}

// openCache returns where compiled modules are kept; empty for nowhere, also when
// the place that is the default is out of reach, which costs time alone and is
// said. A place that was named must be there.
func openCache(e *environment) (string, error) {
	dir, err := cachePlace()
	switch {
	case err == nil:
		return dir, nil
	case os.Getenv("ECMABOX_CACHE") != "":
		return "", usageError{fmt.Errorf("ECMABOX_CACHE cannot be used: %w; set it to a directory that can be written to, or to nothing to go without", err)}
	}
	fmt.Fprintf(e.stderr, "note: compiled modules are not kept, so each run compiles anew: %s; set ECMABOX_CACHE to a directory that can be written to\n", visible(err.Error()))
	return "", nil
}

// cachePlace returns the place for compiled modules and whether it can be used. It
// is a directory in the one that was named, so that the key can lie beside it.
func cachePlace() (string, error) {
	base, named := os.LookupEnv("ECMABOX_CACHE")
	switch cache, err := os.UserCacheDir(); {
	case named && base == "":
		return "", nil
	case !named && err != nil:
		return "", err
	case !named:
		base = filepath.Join(cache, "ecmabox")
	}
	dir := filepath.Join(base, "compiled")
	return dir, cmp.Or(writable(base), writable(dir))
}

// writable makes dir and tries whether a file can be made in it.
func writable(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".try-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// memoryBudget returns what all instances of the process have together for their memory:
// nil, which is the runtime's default, unless it is set.
func memoryBudget() (*runtime.MemoryBudget, error) {
	size := os.Getenv("ECMABOX_MEMORY_BUDGET")
	if size == "" {
		return nil, nil
	}
	bytes, ok := config.ParseSize(size)
	if !ok || bytes < leastMemory || bytes > mostBudget {
		return nil, usageError{fmt.Errorf("ECMABOX_MEMORY_BUDGET is %q: set it to a size with its unit, such as 512MiB or 4GiB, from 64KiB to 1048576GiB, or to nothing for the default", size)}
	}
	return runtime.NewMemoryBudget(bytes), nil
}

// mostBudget is the most that a budget may be.
const mostBudget = 1 << 50

// isTerminal reports whether a person is at the other end.
func isTerminal(stream any) bool {
	if _, ok := stream.(*sharedTerminal); ok {
		return true
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// contextReader stops waiting for input when its context ends. A read that is
// under way then goes on behind its back and its bytes are lost: nobody reads on
// after the end.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	type answer struct {
		data []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		data := make([]byte, len(p))
		n, err := c.r.Read(data)
		answers <- answer{data[:n], err}
	}()
	select {
	case a := <-answers:
		return copy(p, a.data), a.err
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	}
}
