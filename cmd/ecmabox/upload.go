package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/bundle"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

func uploadCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upload NAME [MODULE]",
		Short: "Take a module, a recipe or both into the catalog, as a version of the connector NAME",
		Long: "Take a module into the catalog, as a version of the connector NAME. MODULE is a file,\nor - for the standard input. With --recipe the version is the module and the recipe that it\n" +
			"follows; without MODULE the connector for REST follows it. A version is named by the SHA-256\nof all that is in it; the same again changes nothing. The version that is active stays active,\nunless --activate is given. " + acceptHelp,
		Args: cobra.RangeArgs(1, 2),
	}
	f := formatFlags(cmd)
	active := cmd.Flags().Bool("activate", false, "make the version the active one")
	accepted := acceptFlag(cmd)
	recipeFile := cmd.Flags().String("recipe", "", "file of the recipe that the module follows")
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		file, err := packVersion(ctx, e, args[1:], *recipeFile)
		if err != nil {
			return err
		}
		cache, err := openCache(e)
		if err != nil {
			return err
		}
		budget, err := memoryBudget()
		if err != nil {
			return err
		}
		v, known, err := c.Upload(ctx, args[0], file, func(ctx context.Context, file []byte) error {
			return checkVersion(ctx, append(args[1:], *recipeFile)[0], file, runtime.Config{CacheDir: cache, MemoryBudget: budget, MemoryLimitBytes: mostMemory})
		})
		if err != nil {
			return err
		}
		if *active {
			activated, err := activate(ctx, e, c, args[0], v.Digest, *accepted)
			if err != nil {
				return errors.Join(printUpload(e, f, v, known), err)
			}
			v = activated
		}
		return printUpload(e, f, v, known)
	})
}

// packVersion makes one file of a module and a recipe. A module alone is handed on
// as it is, whatever its size: the catalog bounds it.
func packVersion(ctx context.Context, e *environment, module []string, recipeFile string) (io.Reader, error) {
	switch {
	case recipeFile == "" && len(module) == 0:
		return nil, usageError{errors.New("nothing to upload: name a MODULE, a --recipe, or both")}
	case recipeFile == "":
		return openModule(e, module[0])
	}
	text, err := readRecipe(recipeFile)
	if err != nil {
		return nil, err
	}
	b := bundle.Bundle{Recipe: text}
	if len(module) == 0 {
		b.Module, err = restModule(ctx)
	} else {
		var r io.Reader
		if r, err = openModule(e, module[0]); err == nil {
			b.Module, err = io.ReadAll(io.LimitReader(r, bundle.MaxModuleBytes+1))
		}
	}
	if err != nil {
		return nil, err
	}
	file, err := b.Pack()
	if err != nil {
		return nil, usageError{err}
	}
	return bytes.NewReader(file), nil
}

// readRecipe returns the text of a recipe that holds.
func readRecipe(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	if _, err := recipe.Parse(path, text); err != nil {
		return nil, err
	}
	return text, nil
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
const mostMemory = 4<<30 - 64<<10

// checkVersion refuses what a run would refuse: it loads the module, which compiles
// every function and starts it once, with hosts that reach nothing, and has it read
// the recipe if there is one. name is what it is called in messages.
func checkVersion(ctx context.Context, name string, file []byte, config runtime.Config) error {
	module, followed, err := host.OpenVersion(name, file)
	if errors.Is(err, bundle.ErrForm) {
		module, err = file, nil // what is wrong with a module is the runtime's to say
	}
	if err == nil {
		err = checkModule(ctx, module, followed, config)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func checkModule(ctx context.Context, module []byte, followed *recipe.File, config runtime.Config) error {
	hosts, err := hostfuncs.New(hostfuncs.Policy{}, nil)
	if err != nil {
		return err
	}
	rt, err := runtime.New(ctx, config)
	if err != nil {
		return errors.Join(err, hosts.Close())
	}
	loaded, err := rt.Load(ctx, module, hosts, contract.Promise{})
	if err == nil {
		if followed != nil {
			_, err = loaded.GetSchema(ctx, abi.ConfigParameters{{Name: host.RecipeParameter, Value: followed.JSON}})
		}
		err = errors.Join(err, loaded.Close(ctx))
	}
	return errors.Join(err, rt.Close(ctx), hosts.Close())
}

func diffCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff NAME OLD [NEW]",
		Short: "Show what differs between two versions: the module, the recipe line by line, and what it needs",
		Long:  "Show what differs between two versions of a connector. OLD and NEW are their SHA-256 or the\nbeginning of it; without NEW it is the active one.",
		Args:  cobra.RangeArgs(2, 3),
	}
	f := formatFlags(cmd)
	return onCatalog(cmd, func(ctx context.Context, c *catalog.Catalog, args []string) error {
		var sides [2]side
		for i, digest := range append(args[1:], "")[:2] {
			var err error
			if sides[i], err = openSide(ctx, c, args[0], digest); err != nil {
				return err
			}
		}
		return printDiff(e, f, &sides[0], &sides[1])
	})
}

// side is one of two versions that are compared.
type side struct {
	version catalog.Version
	parts   bundle.Bundle
	recipe  *recipe.File // nil if it follows none
}

func openSide(ctx context.Context, c *catalog.Catalog, name, digest string) (side, error) {
	version, file, err := c.Open(ctx, name, digest)
	if err != nil {
		return side{}, err
	}
	parts, err := bundle.Open(file)
	if err != nil {
		return side{}, err
	}
	_, followed, err := host.OpenVersion(name+"@"+version.Digest[:12], file)
	return side{version, parts, followed}, err
}

func (s *side) recipeName() string {
	return s.version.Connector + "@" + s.version.Digest[:12] + "/recipe.yaml"
}

func printDiff(e *environment, f *format, a, b *side) error {
	same := bytes.Equal(a.parts.Module, b.parts.Module)
	text := string(diff.Diff(a.recipeName(), a.parts.Recipe, b.recipeName(), b.parts.Recipe))
	needs := compareNeeds(a.recipe, b.recipe)
	if f.json(e.stdout) {
		return printJSON(e.stdout, struct {
			Old        string      `json:"old"`
			New        string      `json:"new"`
			SameModule bool        `json:"sameModule"`
			Recipe     string      `json:"recipe,omitempty"`
			Needs      needsChange `json:"needs"`
		}{a.version.Digest, b.version.Digest, same, text, needs})
	}
	module := "the module is the same"
	if !same {
		module = fmt.Sprintf("the module is another: %d bytes, %d before", len(b.parts.Module), len(a.parts.Module))
	}
	if text == "" {
		text = "the recipe is the same\n"
		if a.parts.Recipe == nil {
			text = "neither follows a recipe\n"
		}
	}
	if _, err := fmt.Fprint(e.stdout, module, "\n", text); err != nil || a.recipe == nil && b.recipe == nil {
		return err
	}
	return needs.print(e.stdout)
}
