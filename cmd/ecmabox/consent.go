package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/recipe"
)

// needsChange is how what recipes need to be granted differs, a line for each thing.
type needsChange struct {
	Added []string `json:"added"`
	Gone  []string `json:"gone"`
}

// compareNeeds compares two recipes, of which either may be missing: nothing is known
// of what a module without one needs.
func compareNeeds(before, after *recipe.File) needsChange {
	was, is := needLines(before), needLines(after)
	without := func(lines, others []string) []string {
		return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
	}
	return needsChange{Added: without(is, was), Gone: without(was, is)}
}

// needLines tells what a recipe needs to be granted.
func needLines(f *recipe.File) []string {
	all := []string{}
	if f == nil {
		return all
	}
	for _, n := range language.Needs(f.Recipe) {
		add := func(format string, args ...any) {
			all = append(all, "target "+n.Target+": "+fmt.Sprintf(format, args...))
		}
		each := func(paths []string, f func(request string)) {
			for _, line := range paths {
				methods, path, _ := strings.Cut(line, " ")
				for method := range strings.SplitSeq(methods, ",") {
					f(method + " " + path)
				}
			}
		}
		each(n.Paths, func(request string) { add("%s", request) })
		for _, name := range n.RequestHeaders {
			add("header %s of requests", name)
		}
		for _, name := range n.ResponseHeaders {
			add("header %s of answers", name)
		}
		for i := range n.Slots {
			slot := n.Slots[i]
			each(slot.Paths, func(request string) {
				slot.Paths = []string{request}
				prefix := ""
				if slot.Prefix != "" {
					prefix = fmt.Sprintf(", behind %q", slot.Prefix)
				}
				add("slot for %s%s", slotText(&slot), prefix)
			})
		}
		for _, pointer := range n.Drop {
			add("drop %s", pointer)
		}
		for _, pointer := range n.Seal {
			add("seal %s as %s", pointer, language.SealName(pointer))
		}
	}
	return all
}

// print tells what changes, a plus before what is new.
func (n needsChange) print(w io.Writer) error {
	if len(n.Added)+len(n.Gone) == 0 {
		_, err := fmt.Fprintln(w, "what the recipe needs to be granted is the same")
		return err
	}
	if _, err := fmt.Fprintln(w, "what the recipe needs to be granted:"); err != nil {
		return err
	}
	for _, part := range []struct {
		sign  string
		lines []string
	}{{"-", n.Gone}, {"+", n.Added}} {
		for _, line := range part.lines {
			if _, err := fmt.Fprintln(w, part.sign+visible(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

const acceptHelp = "A version whose recipe needs more to be granted than the\nactive one's is refused, with what that is, unless --accept-needs is given."

func acceptFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("accept-needs", false, "activate the version although its recipe needs more to be granted than the active one's")
}

// activate makes a version the active one, with consent.
func activate(ctx context.Context, e *environment, c *catalog.Catalog, name, digest string, accepted bool) (catalog.Version, error) {
	connector, err := c.Show(name)
	if err != nil {
		return catalog.Version{}, err
	}
	if !accepted {
		if err := consent(ctx, e, c, &connector, digest); err != nil {
			return catalog.Version{}, err
		}
	}
	return c.Activate(ctx, name, digest)
}

// rollback makes the version active that was active before, with consent.
func rollback(ctx context.Context, e *environment, c *catalog.Catalog, name string, accepted bool) (catalog.Version, error) {
	connector, err := c.Show(name)
	if err != nil {
		return catalog.Version{}, err
	}
	if connector.Previous != "" && !accepted {
		if err := consent(ctx, e, c, &connector, connector.Previous); err != nil {
			return catalog.Version{}, err
		}
	}
	return c.Rollback(ctx, name)
}

// consent refuses a version whose recipe needs more than that of the version that is
// active: somebody has to say that this is meant, for configurations that name the
// connector were made for less.
func consent(ctx context.Context, e *environment, c *catalog.Catalog, connector *catalog.Connector, digest string) error {
	if connector.Active == "" {
		return nil
	}
	after, err := followed(ctx, c, connector.Name, digest)
	if err != nil {
		return err
	}
	// One that is damaged can be left all the same: then all needs are new.
	before, _ := followed(ctx, c, connector.Name, connector.Active)
	change := compareNeeds(before, after)
	if len(change.Added) == 0 {
		return nil
	}
	if err := change.print(e.stderr); err != nil {
		return err
	}
	return deniedError{fmt.Sprintf("version %.12s of %s is not active: its recipe needs more than that of the active one; grant it in the configurations that name %s, and say --accept-needs", digest, connector.Name, connector.Name)}
}

// followed returns the recipe of a version, nil if it follows none.
func followed(ctx context.Context, c *catalog.Catalog, name, digest string) (*recipe.File, error) {
	version, file, err := c.Open(ctx, name, digest)
	if err != nil {
		return nil, err
	}
	_, f, err := host.OpenVersion(name+"@"+version.Digest[:12], file)
	return f, err
}
