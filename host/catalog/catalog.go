// Package catalog keeps connector modules in a local directory: several versions
// of each connector, named by what is in them, one of them active.
//
//	DIR/.lock                     held by whoever changes something
//	DIR/NAME/state.json           the versions, the active one and the history
//	DIR/NAME/SHA256.wasm          a version
//	DIR/NAME/.upload-RANDOM       an upload under way, locked by its writer
//
// A change is one rename of state.json: a process killed at any moment leaves the
// old state or the new one, and at worst a file that nobody names, which the next
// change sweeps away. Two processes may work on one directory. Every module is
// checked against its digest each time it is read, so a damaged file is an error
// and never a connector that behaves differently.
//
// The package knows nothing of WebAssembly: whoever uploads brings the check.
package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// MaxModuleBytes is the most a module may take.
const MaxModuleBytes = 256 << 20

// The kinds of failure a caller may want to tell apart.
var (
	// ErrNotFound: there is no such connector or version.
	ErrNotFound = errors.New("not in the catalog")
	// ErrInvalidName: a connector's name or a digest is misspelt.
	ErrInvalidName = errors.New("invalid name")
	// ErrAmbiguous: the digest's beginning fits several versions.
	ErrAmbiguous = errors.New("ambiguous digest")
	// ErrInUse: the version is active, or a rollback would need it.
	ErrInUse = errors.New("in use")
	// ErrNoVersion: no version is active, or none to roll back to.
	ErrNoVersion = errors.New("no version")
	// ErrDamaged: a file in the catalog is not what was put there.
	ErrDamaged = errors.New("damaged catalog")
	// ErrTooLarge: the module is over MaxModuleBytes.
	ErrTooLarge = errors.New("module too large")
)

// Version is one version of a connector.
type Version struct {
	// Connector is the connector's name.
	Connector string `json:"connector"`
	// Digest is the SHA-256 of the module, in lower-case hexadecimal.
	Digest string `json:"digest"`
	// Size is the module's, in bytes.
	Size int64 `json:"size"`
	// Uploaded is when the version came into the catalog.
	Uploaded time.Time `json:"uploaded"`
	// Active marks the version that runs.
	Active bool `json:"active"`
}

// Event is one line of a connector's history.
type Event struct {
	At time.Time `json:"at"`
	// Action is activate, rollback or remove.
	Action string `json:"action"`
	// Digest is the version that the action was about.
	Digest string `json:"digest"`
}

// Connector is a connector with all its versions.
type Connector struct {
	Name string `json:"name"`
	// Active is the digest of the version that runs; empty while none does.
	Active string `json:"active,omitempty"`
	// Previous is the digest a rollback would go to; empty without one.
	Previous string `json:"previous,omitempty"`
	// Versions are in order of upload.
	Versions []Version `json:"versions"`
	// History is what happened to the connector, oldest first: the last 100
	// events.
	History []Event `json:"history"`
}

// Catalog is a directory of connectors. It holds nothing open between calls, is
// safe for concurrent use, and need not be closed.
type Catalog struct {
	dir  string
	seam seam
}

// New returns the catalog in dir. The directory is made, readable by its owner
// alone, by the first upload. A directory that others may write to is refused:
// whoever can put modules there decides what runs.
func New(dir string) (*Catalog, error) {
	if dir == "" {
		return nil, errors.New("catalog: no directory was named")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return &Catalog{dir: abs}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("catalog: %s is no directory", abs)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("catalog: others may write to %s (mode %04o) and so decide what runs; chmod 700 it", abs, info.Mode().Perm())
	}
	return &Catalog{dir: abs}, nil
}

// List returns all connectors, by name. A catalog that does not exist yet is
// empty. Connectors whose state cannot be read are left out and told in the
// error, next to the list of the others.
func (c *Catalog) List() ([]Connector, error) {
	root, err := os.OpenRoot(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	var all []Connector
	var mistakes []error
	for _, entry := range entries {
		if !entry.IsDir() || CheckName(entry.Name()) != nil {
			continue
		}
		s, err := c.readState(root, entry.Name())
		switch {
		case errors.Is(err, ErrNotFound):
			// What a killed first upload, or the last removal, left behind.
		case err != nil:
			mistakes = append(mistakes, err)
		default:
			all = append(all, s.connector(entry.Name()))
		}
	}
	return all, errors.Join(mistakes...)
}

// Show returns one connector.
func (c *Catalog) Show(name string) (Connector, error) {
	root, s, err := c.look(name)
	if err != nil {
		return Connector{}, failed("show", name, err)
	}
	defer root.Close()
	return s.connector(name), nil
}

// Open returns a version's module, checked against its digest. An empty digest
// means the active version; else it is the digest or its beginning.
func (c *Catalog) Open(ctx context.Context, name, digest string) (Version, []byte, error) {
	v, module, err := c.open(ctx, name, digest)
	if err != nil {
		return Version{}, nil, failed("open", name, err)
	}
	return v, module, nil
}

func (c *Catalog) open(ctx context.Context, name, digest string) (Version, []byte, error) {
	root, s, err := c.look(name)
	if err != nil {
		return Version{}, nil, err
	}
	defer root.Close()
	if digest == "" {
		if digest = s.Active; digest == "" {
			return Version{}, nil, fmt.Errorf("%w: no version is active; activate one", ErrNoVersion)
		}
	}
	v, err := s.find(digest)
	if err != nil {
		return Version{}, nil, err
	}
	module, err := c.readModule(root, name, v)
	if err != nil {
		return Version{}, nil, err
	}
	return v.version(name, s), module, ctx.Err()
}

// look opens the directory and reads one connector's state.
func (c *Catalog) look(name string) (*os.Root, *state, error) {
	if err := CheckName(name); err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, c.unknown()
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := c.readState(root, name)
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	return root, s, nil
}

func (c *Catalog) unknown() error {
	return fmt.Errorf("%w %s", ErrNotFound, c.dir)
}

// readModule reads a version and compares it with its digest.
func (c *Catalog) readModule(root *os.Root, name string, v stateVersion) ([]byte, error) {
	path := moduleFile(name, v.Digest)
	module, err := readRegular(root, path, v.Size)
	if err == nil {
		if sum := sha256.Sum256(module); hex.EncodeToString(sum[:]) == v.Digest {
			return module, nil
		}
		err = errors.New("its contents no longer have the digest they are named by")
	}
	return nil, fmt.Errorf("%w: %s: %w; upload the same module again to restore it, or remove the version",
		ErrDamaged, filepath.Join(c.dir, path), err)
}

// readRegular reads a file that must be regular and not longer than limit: a
// pipe or a link put in its place must neither hang nor mislead.
func readRegular(root *os.Root, path string, limit int64) ([]byte, error) {
	info, err := root.Lstat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := root.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return data, nil
}

// withoutPath takes the path out of an error whose caller names it in full.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (s *state) connector(name string) Connector {
	c := Connector{Name: name, Active: s.Active, Versions: []Version{}, History: append([]Event{}, s.History...)}
	if n := len(s.Previous); n > 0 {
		c.Previous = s.Previous[n-1]
	}
	for _, v := range s.Versions {
		c.Versions = append(c.Versions, v.version(name, s))
	}
	return c
}

func (v stateVersion) version(name string, s *state) Version {
	return Version{Connector: name, Digest: v.Digest, Size: v.Size, Uploaded: v.Uploaded, Active: v.Digest == s.Active}
}

// failed says what was tried, on which connector.
func failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("catalog: %s %.80s: %w", op, name, err)
}
