package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/ecmabox/ecmabox/abi"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/bundle"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
)

// RecipeParameter is the connector's parameter that is its recipe. The host fills
// it in; a configuration cannot.
const RecipeParameter = language.ReservedParameter

// Module is the module that runs, and the recipe it follows.
type Module struct {
	// Path is where it was read, or empty if it came out of the catalog or with
	// ecmabox.
	Path string
	// Version is the version in the catalog, if it came from there.
	Version catalog.Version
	// Report is what it says of itself; before it is loaded, as for Options.Record,
	// it has its size and digest alone.
	Report runtime.Report
	// Recipe is what it follows, or nil.
	Recipe *recipe.File
	// RecipeSHA256 is the digest of the recipe's canonical JSON in lower-case
	// hexadecimal; empty without one.
	RecipeSHA256 string
}

func (m *Module) name() string {
	switch {
	case m.Path != "":
		return m.Path
	case m.Version.Digest != "":
		return m.Version.Connector + "@" + m.Version.Digest[:12]
	}
	return "the connector for REST"
}

// read reads what a configuration says that runs.
func (o Options) read(ctx context.Context, c *config.Config) (Module, []byte, error) {
	var m Module
	var binary []byte
	var err error
	switch {
	case c.Module != "":
		m.Path = c.Module
		if binary, err = ReadModuleFile(c.Module); err != nil {
			err = mistake(c, "module", err.Error(), "paths are relative to the configuration file")
		}
	case c.Recipe != "" && o.RecipeModule == nil:
		err = mistake(c, "recipe", "no module is named that follows it", "add module: PATH")
	case c.Recipe != "":
		binary, err = o.RecipeModule(ctx)
	case o.Catalog == nil:
		err = fmt.Errorf("%s: the connector is in a catalog, and no catalog is named", c.At("catalog"))
	default:
		binary, err = m.fromCatalog(ctx, c, o.Catalog)
	}
	if err == nil && c.Recipe != "" {
		m.Recipe, err = recipe.Load(c.Recipe)
		if failed := (*recipe.Error)(nil); err != nil && !errors.As(err, &failed) {
			err = mistake(c, "recipe", err.Error(), "paths are relative to the configuration file")
		}
	}
	if err == nil && c.Promise.PasswordMapped && m.Recipe != nil && !m.Recipe.Recipe.TakesPassword() {
		err = mistake(c, "exportPassword", "no password reaches the application: the recipe has no setPassword, and no step of update sends {password}",
			"leave it out, or add setPassword to the recipe")
	}
	if err != nil {
		return m, nil, err
	}
	m.measure(binary)
	return m, binary, nil
}

func (m *Module) fromCatalog(ctx context.Context, c *config.Config, catalogue *catalog.Catalog) ([]byte, error) {
	version, file, err := catalogue.Open(ctx, c.Catalog.Name, c.Catalog.Digest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.At("catalog"), err)
	}
	m.Version = version
	binary, followed, err := OpenVersion(m.name(), file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.At("catalog"), err)
	}
	m.Recipe = followed
	return binary, nil
}

// OpenVersion takes a version of a catalog apart: the module, and the recipe if it
// follows one. name is the version's in messages.
func OpenVersion(name string, file []byte) (module []byte, followed *recipe.File, err error) {
	b, err := bundle.Open(file)
	if err != nil || b.Recipe == nil {
		return b.Module, nil, err
	}
	followed, err = recipe.Parse(name+"/recipe.yaml", b.Recipe)
	return b.Module, followed, err
}

// measure notes what is known of a module that was not read yet: loading reads it.
func (m *Module) measure(binary []byte) {
	m.Report = runtime.Report{Size: len(binary), SHA256: digestOf(binary)}
	if m.Recipe != nil {
		m.RecipeSHA256 = digestOf([]byte(m.Recipe.JSON))
	}
}

func digestOf(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// parameters are what the connector is given: what the configuration says, and the
// recipe.
func (m *Module) parameters(c *config.Config, secrets hostfuncs.SecretMap) (abi.ConfigParameters, error) {
	given := c.ConfigParameters(secrets)
	if m.Recipe == nil {
		return given, nil
	}
	if _, there := given.Lookup(RecipeParameter); there {
		return nil, mistake(c, config.ParameterPath(RecipeParameter), "is filled in from the recipe", "leave it out")
	}
	return append(abi.ConfigParameters{{Name: RecipeParameter, Value: m.Recipe.JSON}}, given...), nil
}

// mistake is one mistake of a configuration.
func mistake(c *config.Config, path, what, cure string) error {
	return &config.Error{File: c.File, Mistakes: []config.Mistake{{Place: c.PlaceOf(path), Path: path, What: what, Cure: cure}}}
}

// ReadModuleFile reads a module from a file, up to catalog.MaxModuleBytes. Anything
// but a regular file is refused.
func ReadModuleFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	if info.Size() > catalog.MaxModuleBytes {
		return nil, fmt.Errorf("%s: %w: it has %d bytes, the most is %d", path, catalog.ErrTooLarge, info.Size(), catalog.MaxModuleBytes)
	}
	return os.ReadFile(path)
}
