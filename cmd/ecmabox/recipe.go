package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/recipe"
)

func recipeCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{Use: "recipe", Short: "Work on a recipe: check it, explain what it does, draft a configuration for it"}
	return group(cmd, recipeCheckCommand(e), explainCommand(e), configureCommand(e))
}

// loadRecipe reads a recipe. A file that cannot be read is a mistake on the line.
func loadRecipe(path string) (*recipe.File, error) {
	f, err := recipe.Load(path)
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
		return nil, usageError{err}
	}
	return f, err
}

func recipeCheckCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Tell whether a recipe holds, what it can do, and what it needs to be granted",
		Long:  "Tell whether a recipe holds: every mistake with its line, column and cure, all at once. If\nit does, tell what a connector that follows it can do, which methods, paths, headers and slots\nfor secrets it needs, and warn of what it may do unmeant. Nothing is asked of any application.",
		Args:  cobra.ExactArgs(1),
	}
	f := formatFlags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		file, err := loadRecipe(args[0])
		if err != nil {
			return err
		}
		return printRecipe(e, f, file)
	}
	return cmd
}

// abilities are what a connector that follows the recipe can do, in ECMA's words.
func abilities(r *language.Recipe) (can, cannot []string) {
	for _, a := range []struct {
		name string
		can  bool
	}{
		{"full import", len(r.Import) > 0}, {"delta import", r.Delta != nil}, {"read one", r.Read != nil},
		{"create", r.Create != nil}, {"update", r.Update != nil}, {"delete", r.Delete != nil},
		{"set password", r.TakesPassword()}, {"change password", r.ChangePassword != nil},
	} {
		if a.can {
			can = append(can, a.name)
		} else {
			cannot = append(cannot, a.name)
		}
	}
	return can, cannot
}

type recipeJSON struct {
	Name       string     `json:"name"`
	Object     string     `json:"object"`
	Anchor     string     `json:"anchor"`
	Attributes []string   `json:"attributes"`
	Can        []string   `json:"can"`
	Cannot     []string   `json:"cannot,omitempty"`
	Needs      []needJSON `json:"needs"`
	Warnings   []string   `json:"warnings,omitempty"`
}

type needJSON struct {
	Target  string   `json:"target"`
	Paths   []string `json:"paths"`
	Headers []string `json:"requestHeaders,omitempty"`
	Reads   []string `json:"responseHeaders,omitempty"`
	Slots   []string `json:"slots,omitempty"`
}

func printRecipe(e *environment, f *format, file *recipe.File) error {
	r := file.Recipe
	out := recipeJSON{Name: r.Name, Object: r.Object, Anchor: r.Anchor}
	out.Attributes = attributeNames(r)
	out.Can, out.Cannot = abilities(r)
	for _, n := range language.Needs(r) {
		need := needJSON{Target: n.Target, Paths: n.Paths, Headers: n.RequestHeaders, Reads: n.ResponseHeaders}
		for i := range n.Slots {
			need.Slots = append(need.Slots, slotText(&n.Slots[i]))
		}
		out.Needs = append(out.Needs, need)
	}
	if file.Warnings != nil {
		out.Warnings = strings.Split(file.Warnings.Error(), "\n")
	}
	if f.json(e.stdout) {
		return printJSON(e.stdout, out)
	}
	lines := []string{
		fmt.Sprintf("%s holds: %s by %s, %d attributes", file.Name, r.Object, r.Anchor, len(out.Attributes)),
		"can:    " + strings.Join(out.Can, ", "),
	}
	if len(out.Cannot) > 0 {
		lines = append(lines, "cannot: "+strings.Join(out.Cannot, ", "))
	}
	for _, warning := range out.Warnings {
		lines = append(lines, "", "warning: "+warning)
	}
	for _, n := range out.Needs {
		lines = append(lines, "", "needs of target "+n.Target+":")
		for _, path := range n.Paths {
			lines = append(lines, "  "+path)
		}
		for _, slot := range n.Slots {
			lines = append(lines, "  a slot for "+slot)
		}
	}
	lines = append(lines, "", "next: ecmabox recipe configure "+file.Name)
	for _, line := range lines {
		if _, err := fmt.Fprintln(e.stdout, visible(line)); err != nil {
			return err
		}
	}
	return nil
}

// slotText tells what may stand where.
func slotText(s *language.Slot) string {
	accepts := s.Accepts
	if s.Generate {
		accepts = append(accepts[:len(accepts):len(accepts)], "a password that the host makes")
	}
	place := ""
	for _, p := range []struct{ kind, name string }{{"header", s.Header}, {"query parameter", s.Query}, {"JSON pointer", s.Pointer}, {"form key", s.Form}} {
		if p.name != "" {
			place = p.kind + " " + p.name
		}
	}
	if s.Encoding != "" {
		place += " as " + s.Encoding
	}
	return strings.Join(accepts, ", ") + " at " + place + " of " + strings.Join(s.Paths, ", ")
}

func configureCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "configure FILE | --version NAME[@DIGEST]",
		Short: "Draft a configuration that grants a recipe what it needs, and nothing else",
		Long: "Draft a configuration for a connector that follows a recipe: the methods, paths, headers\nand slots that it needs, and nothing else, with what only you can know as comments. Read it,\nfill it in and keep it: what stands in it is what you consent to. " +
			"Leave out what the recipe\nshall not do; it is then denied.",
		Args: cobra.MaximumNArgs(1),
	}
	version := cmd.Flags().String("version", "", "take the recipe of a version in the catalog, the active one without @DIGEST")
	dir := catalogFlag(cmd)
	out := cmd.Flags().StringP("out", "o", "-", "file of the draft, - for the standard output; a file that is there is not replaced")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := draftConfiguration(cmd.Context(), args, *version, *dir)
		if err != nil {
			return err
		}
		if *out == "-" {
			_, err := fmt.Fprint(e.stdout, text)
			return err
		}
		if err := writeNew(*out, text); err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.stderr, "wrote %s; next: fill it in, then ecmabox run check -c %s\n", *out, *out)
		return err
	}
	return cmd
}

// draftConfiguration drafts for the recipe of a file, or of a version in the catalog.
func draftConfiguration(ctx context.Context, files []string, version, dir string) (string, error) {
	if len(files) > 0 == (version != "") {
		return "", usageError{errors.New("name the FILE of a recipe, or a version in the catalog with --version NAME")}
	}
	if version == "" {
		file, err := loadRecipe(files[0])
		if err != nil {
			return "", err
		}
		return file.Configuration(files[0]), nil
	}
	c, err := openCatalog(dir)
	if err != nil {
		return "", err
	}
	name, digest, _ := strings.Cut(version, "@")
	file, err := followed(ctx, c, name, digest)
	if err != nil {
		return "", err
	}
	if file == nil {
		return "", usageError{fmt.Errorf("%s follows no recipe: what a module alone needs is in its documentation", version)}
	}
	return file.CatalogConfiguration(version), nil
}
