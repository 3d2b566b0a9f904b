// Package config reads the file that configures one connector: which module runs,
// with which parameters, what it may reach, which objects it is about.
//
//	c, err := config.Load("rabbitmq.yaml")
//	secrets, err := c.ReadSecrets(os.LookupEnv)
//
// The file is YAML, strict: unknown and duplicate keys, wrong types, contradictions
// and bad values are mistakes, and all of them are told at once, each with its
// line, what is wrong and what cures it. Aliases, anchors and tags are refused.
//
// A file holds no secret: it says where one is to be had, and no message of this
// package shows the value of a parameter or a secret.
package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/internal/strictyaml"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// The limits of a file.
const (
	// MaxFileBytes is the most a configuration file may take.
	MaxFileBytes = strictyaml.MaxBytes
	maxItems     = 1_000
	maxText      = 4 << 10
	// maxSecret is the most a secret's file may take.
	maxSecret = 64 << 10
	// maxNamedFile is the most any other file may take that a configuration
	// names, but for the module.
	maxNamedFile = abi.MaxValueBytes
)

// Config is the configuration of one connector. It holds no secret.
type Config struct {
	// File is the file's name as it was given.
	File string
	// Connector is what the connector is called in logs and messages.
	Connector string
	// Module is the path of the module, or empty when Catalog says which, or when
	// there is a Recipe and the module is the one that follows recipes.
	Module string
	// Recipe is the path of the recipe that the module follows; empty: none, or the
	// one of the version in the catalog.
	Recipe string
	// Catalog names a connector in the catalog.
	Catalog Reference
	// Parameters are in the order of the file.
	Parameters []Parameter
	// Secrets are where the secrets are to be had, by name.
	Secrets map[string]Secret
	// Targets and Reveal are the grants.
	Targets []hostfuncs.Target
	Reveal  []string
	// State is the path of the file that keeps the connector's state; empty: it
	// is forgotten at the end of a run.
	State string
	// Tokens is the path of the directory that keeps refresh tokens which took the
	// place of configured ones; empty: they are lost at the end of a run.
	Tokens string
	// Promise says which objects the connector is about.
	Promise contract.Promise
	// Limits bound the sandbox; zero means the runtime's defaults.
	Limits Limits

	places map[string]Place
}

// Reference names a version in the catalog. An empty Digest means the active one.
type Reference struct {
	Name, Digest string
}

// Limits bound the sandbox. Zero means the runtime's default.
type Limits struct {
	MemoryBytes               int64
	CallTimeout, CloseTimeout time.Duration

	// What a whole run may take.

	FuelPerRun                        int64
	SleepPerRun                       time.Duration
	HostCallsPerRun                   int64
	HostBytesPerRun, ReplyBytesPerRun int64
	// ImportObjects is how many objects a full import may name.
	ImportObjects int
}

// Parameter is a value for a parameter of the connector.
type Parameter struct {
	Name string
	// Value is the text, or the contents of the file that was named; empty when
	// Secret names a secret instead.
	Value, Secret string
}

// Secret says where a secret is: exactly one of Env and File is set.
type Secret struct {
	// Env is the name of an environment variable.
	Env string
	// File is a path. One line break at the file's end is no part of the secret.
	File string
}

// Load reads a configuration file and the files it names, but for the module and
// the secrets. Paths in it are relative to its directory. The error is an *Error,
// or says that the file cannot be read.
func Load(path string) (*Config, error) {
	data, err := readFile(path, MaxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	c, err := Parse(path, data, func(path string) ([]byte, error) { return readFile(path, maxNamedFile) })
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Parse reads a configuration. file is its name in messages, and its directory is
// what paths are relative to; open reads the files it names.
func Parse(file string, data []byte, open func(path string) ([]byte, error)) (*Config, error) {
	c, mistakes, _ := parse(file, data, open)
	if len(mistakes) > 0 {
		return nil, &Error{File: file, Mistakes: strictyaml.Sorted(mistakes)}
	}
	return c, nil
}

// kind is what the file is called in cures.
var kind = strictyaml.Kind{Name: "configuration of one connector", Least: "write at least connector and module", One: "write one connector per file"}

func parse(file string, data []byte, open func(path string) ([]byte, error)) (*Config, []Mistake, map[string]bool) {
	r := &reader{places: make(map[string]Place), keys: make(map[string]bool), open: open}
	root, mistakes := strictyaml.Document(data, kind)
	if len(mistakes) > 0 {
		return nil, mistakes, r.keys
	}
	c := &Config{File: file, Secrets: make(map[string]Secret), places: r.places}
	c.read(value{r: r, node: root})
	for _, check := range r.last {
		check()
	}
	return c, r.mistakes, r.keys
}

// At returns where a path such as parameters.url stands as file:line:column, or
// the place of the nearest key above it.
func (c *Config) At(path string) string {
	if p := c.PlaceOf(path); p.Line > 0 {
		return fmt.Sprintf("%s:%d:%d", c.File, p.Line, p.Column)
	}
	return c.File
}

// PlaceOf returns where a path stands, or the place of the nearest key above it;
// zero if there is none.
func (c *Config) PlaceOf(path string) Place { return placeOf(c.places, path) }

func placeOf(places map[string]Place, path string) Place {
	for {
		if p, ok := places[path]; ok {
			return p
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return Place{}
		}
		path = path[:i]
	}
}

// ParameterPath returns the path of a parameter, for At and PlaceOf.
func ParameterPath(name string) string { return join("parameters", shown(name)) }

// readFile reads a file of at most most bytes.
func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return data, nil
}

// path makes a path of the file relative to its directory.
func (c *Config) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(filepath.Dir(c.File), p)
}
