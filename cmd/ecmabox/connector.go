package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func connectorCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connector",
		Short: "Keep connectors in a local catalog: upload, list, show, activate, rollback, remove",
	}
	return group(cmd, uploadCommand(e), listCommand(e), showCommand(e), activateCommand(e), rollbackCommand(e), removeCommand(e))
}

// onCatalog makes a command of an action on the catalog.
func onCatalog(cmd *cobra.Command, act func(ctx context.Context, c *catalog.Catalog, args []string) error) *cobra.Command {
	dir := catalogFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := openCatalog(*dir)
		if err != nil {
			return err
		}
		return act(cmd.Context(), c, args)
	}
	return cmd
}

func uploadCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upload NAME MODULE",
		Short: "Take a module into the catalog, as a version of the connector NAME",
		Long: "Take a module into the catalog, as a version of the connector NAME. MODULE is a file,\nor - for the standard input. A version is named by its SHA-256; the same module again\n" +
			"changes nothing. The version that is active stays active, unless --activate is given.",
		Args: cobra.ExactArgs(2),
	}
	f := formatFlags(cmd)
	activate := cmd.Flags().Bool("activate", false, "make the version the active one")
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		module, err := openModule(e, args[1])
		if err != nil {
			return err
		}
		cache, err := openCache(e)
		if err != nil {
			return err
		}
		v, known, err := c.Upload(ctx, args[0], module, func(ctx context.Context, module []byte) error {
			if err := checkModule(ctx, module, cache); err != nil {
				return fmt.Errorf("%s: %w", args[1], err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if *activate {
			if v, err = c.Activate(ctx, args[0], v.Digest); err != nil {
				return err
			}
		}
		return printUpload(e, f, v, known)
	})
}

func openModule(e *environment, path string) (io.Reader, error) {
	if path == "-" {
		return e.stdin, nil
	}
	module, err := host.ReadModuleFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	return bytes.NewReader(module), nil
}

// mostMemory is the most a configuration can give a module.
const mostMemory = 4 << 30

// checkModule refuses what a run would refuse: it loads the module, which compiles
// every function and starts it once, with hosts that reach nothing.
func checkModule(ctx context.Context, module []byte, cache string) error {
	hosts, err := hostfuncs.New(hostfuncs.Policy{}, nil)
	if err != nil {
		return err
	}
	rt, err := runtime.New(ctx, runtime.Config{CacheDir: cache, MemoryLimitBytes: mostMemory})
	if err != nil {
		return errors.Join(err, hosts.Close())
	}
	loaded, err := rt.Load(ctx, module, hosts, contract.Promise{})
	if err == nil {
		err = loaded.Close(ctx)
	}
	return errors.Join(err, rt.Close(ctx), hosts.Close())
}

func printUpload(e *environment, f *format, v catalog.Version, known bool) error {
	if f.json(e.stdout) {
		return printJSON(e.stdout, struct {
			catalog.Version
			Known bool `json:"known"`
		}{v, known})
	}
	verb := "uploaded"
	if known {
		verb = "already there"
	}
	_, err := fmt.Fprintf(e.stdout, "%s: %s %s, %d bytes\n", verb, v.Connector, v.Digest[:12], v.Size)
	if err == nil && !v.Active {
		_, err = fmt.Fprintf(e.stderr, "hint: it is not active yet: ecmabox connector activate %s %s\n", v.Connector, v.Digest[:12])
	}
	return err
}

func listCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the connectors in the catalog", Args: cobra.NoArgs}
	f := formatFlags(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, _ []string) error {
		// What can be read is shown, also next to what is damaged.
		all, err := c.List()
		for i := range all {
			err = errors.Join(err, damage(ctx, c, &all[i]))
		}
		if f.json(e.stdout) {
			for _, connector := range all {
				err = errors.Join(err, printJSON(e.stdout, connector))
			}
			return err
		}
		t := newTable(e.stdout, "CONNECTOR", "ACTIVE", "VERSIONS")
		for _, connector := range all {
			t.row(connector.Name, short(connector.Active), fmt.Sprint(len(connector.Versions)))
		}
		return errors.Join(err, t.flush())
	})
}

func short(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest[:12]
}

func showCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{Use: "show NAME", Short: "Show a connector's versions and history", Args: cobra.ExactArgs(1)}
	f := formatFlags(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		connector, err := c.Show(args[0])
		if err != nil {
			return err
		}
		damaged := damage(ctx, c, &connector)
		if f.json(e.stdout) {
			return errors.Join(damaged, printJSON(e.stdout, connector))
		}
		t := newTable(e.stdout, "VERSION", "SIZE", "UPLOADED", "")
		for _, v := range connector.Versions {
			t.row(v.Digest[:12], fmt.Sprint(v.Size), v.Uploaded.Format(time.RFC3339), mark(&connector, v.Digest))
		}
		err = t.flush()
		t = nextTable(e.stdout, "AT", "ACTION", "VERSION")
		for _, event := range connector.History {
			t.row(event.At.Format(time.RFC3339), event.Action, event.Digest[:12])
		}
		return errors.Join(damaged, err, t.flush())
	})
}

// damage tells which modules are no longer what was uploaded: nothing but reading
// them shows it.
func damage(ctx context.Context, c *catalog.Catalog, connector *catalog.Connector) error {
	var errs []error
	for _, v := range connector.Versions {
		_, _, err := c.Open(ctx, connector.Name, v.Digest)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func mark(c *catalog.Connector, digest string) string {
	switch digest {
	case c.Active:
		return "active"
	case c.Previous:
		return "a rollback goes here"
	}
	return ""
}

func activateCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "activate NAME DIGEST", Short: "Make a version the active one", Args: cobra.ExactArgs(2),
		Long: "Make a version the active one. DIGEST is its SHA-256 or the beginning of it, at least\nfour digits. Runs under way end on the version they began with.",
	}
	f := formatFlags(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		v, err := c.Activate(ctx, args[0], args[1])
		return printVersion(e, f, "active", v, err)
	})
}

func rollbackCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rollback NAME", Short: "Make the version active that was active before", Args: cobra.ExactArgs(1),
		Long: "Make the version active that was active before. Each rollback goes one step further\nback; the version it leaves stays in the catalog.",
	}
	f := formatFlags(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		v, err := c.Rollback(ctx, args[0])
		return printVersion(e, f, "active again", v, err)
	})
}

func removeCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME DIGEST", Short: "Remove a version from the catalog", Args: cobra.ExactArgs(2),
		Long: "Remove a version from the catalog. The active version, and the one a rollback would go\nback to, are refused unless --force is given. With the last version the connector and\nits history go.",
	}
	f := formatFlags(cmd)
	force := cmd.Flags().Bool("force", false, "remove the version even if it is active or a rollback needs it")
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		v, err := c.Remove(ctx, args[0], args[1], *force)
		return printVersion(e, f, "removed", v, err)
	})
}

func printVersion(e *environment, f *format, verb string, v catalog.Version, err error) error {
	if err != nil {
		return err
	}
	if f.json(e.stdout) {
		return printJSON(e.stdout, v)
	}
	_, err = fmt.Fprintf(e.stdout, "%s: %s %s\n", verb, v.Connector, v.Digest[:12])
	return err
}
