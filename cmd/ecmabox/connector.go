package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/catalog"
)

func connectorCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connector",
		Short: "Keep connectors in a local catalog: upload, list, show, diff, activate, rollback, remove",
	}
	return group(cmd, uploadCommand(e), listCommand(e), showCommand(e), diffCommand(e), activateCommand(e), rollbackCommand(e), removeCommand(e))
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
			_, damaged := contents(ctx, c, &all[i])
			err = errors.Join(err, damaged)
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
		recipes, damaged := contents(ctx, c, &connector)
		if f.json(e.stdout) {
			return errors.Join(damaged, printJSON(e.stdout, struct {
				catalog.Connector
				// Recipes are the names of the recipes of versions that follow one, by digest.
				Recipes map[string]string `json:"recipes,omitempty"`
			}{connector, recipes}))
		}
		t := newTable(e.stdout, "VERSION", "SIZE", "UPLOADED", "RECIPE", "")
		for _, v := range connector.Versions {
			t.row(v.Digest[:12], fmt.Sprint(v.Size), v.Uploaded.Format(time.RFC3339), cmp.Or(recipes[v.Digest], "none"), mark(&connector, v.Digest))
		}
		err = t.flush()
		t = nextTable(e.stdout, "AT", "ACTION", "VERSION")
		for _, event := range connector.History {
			t.row(event.At.Format(time.RFC3339), event.Action, event.Digest[:12])
		}
		return errors.Join(damaged, err, t.flush())
	})
}

// contents tells which recipe each version follows, and which versions are no longer
// what was uploaded: nothing but reading them shows it.
func contents(ctx context.Context, c *catalog.Catalog, connector *catalog.Connector) (recipes map[string]string, damaged error) {
	recipes = make(map[string]string)
	var errs []error
	for _, v := range connector.Versions {
		_, file, err := c.Open(ctx, connector.Name, v.Digest)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		_, followed, err := host.OpenVersion(connector.Name+"@"+v.Digest[:12], file)
		switch {
		case err != nil:
			recipes[v.Digest] = "unreadable" // by this ecmabox, though whole
		case followed != nil:
			recipes[v.Digest] = followed.Recipe.Name
		}
	}
	return recipes, errors.Join(errs...)
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
		Long: "Make a version the active one. DIGEST is its SHA-256 or the beginning of it, at least\nfour digits. Runs under way end on the version they began with. " + acceptHelp,
	}
	f := formatFlags(cmd)
	accepted := acceptFlag(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		v, err := activate(ctx, e, c, args[0], args[1], *accepted)
		return printVersion(e, f, "active", v, err)
	})
}

func rollbackCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rollback NAME", Short: "Make the version active that was active before", Args: cobra.ExactArgs(1),
		Long: "Make the version active that was active before. Each rollback goes one step further\nback; the version it leaves stays in the catalog.\n" + acceptHelp,
	}
	f := formatFlags(cmd)
	accepted := acceptFlag(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		v, err := rollback(ctx, e, c, args[0], *accepted)
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
