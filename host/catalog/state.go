package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/internal/filelock"
)

const (
	stateFormat = 1
	// maxState bounds state.json: far more versions than anyone keeps.
	maxState   = 4 << 20
	maxHistory = 100
)

// state is what state.json holds.
type state struct {
	// Format is stateFormat; another program's newer file is not touched.
	Format   int            `json:"format"`
	Versions []stateVersion `json:"versions"`
	Active   string         `json:"active,omitempty"`
	// Previous are the versions that were active before, the latest last: what
	// rollbacks go back through.
	Previous []string `json:"previous,omitempty"`
	History  []Event  `json:"history,omitempty"`
}

type stateVersion struct {
	Digest   string    `json:"digest"`
	Size     int64     `json:"size"`
	Uploaded time.Time `json:"uploaded"`
}

func stateFile(name string) string { return name + "/state.json" }

// readState reads a connector's state; ErrNotFound if it has none.
func (c *Catalog) readState(root *os.Root, name string) (*state, error) {
	data, err := readRegular(root, stateFile(name), maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, c.unknown()
	}
	var s state
	if err == nil {
		err = parseState(data, &s)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w; put back a copy, or delete the directory %s and upload the connector again",
			ErrDamaged, filepath.Join(c.dir, stateFile(name)), err, filepath.Join(c.dir, name))
	}
	return &s, nil
}

// parseState reads state.json and refuses what writeState cannot have written:
// digests become file names.
func parseState(data []byte, s *state) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	if s.Format != stateFormat {
		return fmt.Errorf("its format is %d and this program knows %d", s.Format, stateFormat)
	}
	for _, v := range s.Versions {
		if !isDigest(v.Digest) || v.Size < 0 || v.Size > MaxModuleBytes {
			return fmt.Errorf("version %.80q is none", v.Digest)
		}
	}
	for _, digest := range append(slices.Clone(s.Previous), s.Active) {
		if digest != "" && !s.has(digest) {
			return fmt.Errorf("version %.80q is named and not listed", digest)
		}
	}
	return nil
}

func isDigest(d string) bool {
	return len(d) == digestLen && strings.Trim(d, "0123456789abcdef") == ""
}

func (s *state) has(digest string) bool {
	return slices.ContainsFunc(s.Versions, func(v stateVersion) bool { return v.Digest == digest })
}

func (s *state) record(action, digest string) {
	s.History = append(s.History, Event{At: now(), Action: action, Digest: digest})
	if n := len(s.History); n > maxHistory {
		s.History = s.History[n-maxHistory:]
	}
}

// now is in UTC and whole seconds: files are read by people.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// writeState puts a new state in place of the old one. The caller holds the lock.
func (c *Catalog) writeState(root *os.Root, name string, s *state) error {
	s.Format = stateFormat
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if len(data)+1 > maxState {
		return fmt.Errorf("more versions than a catalog holds; remove some")
	}
	temporary := name + "/state.json.new"
	err = c.writeFile(root, temporary, append(data, '\n'))
	if err == nil {
		err = c.rename(root, temporary, stateFile(name))
	}
	if err != nil {
		// Removing is tidiness: the next change overwrites or sweeps the file.
		_ = root.Remove(temporary)
		return err
	}
	return c.syncDir(root, name)
}

func (c *Catalog) writeFile(root *os.Root, path string, data []byte) error {
	f, err := root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = c.seam.writer(f).Write(data)
	if err == nil {
		err = c.sync(f)
	}
	return errors.Join(err, f.Close())
}

// seam lets tests make each step of a change fail; the zero value does nothing.
type seam struct {
	// wrap stands between a change and its files.
	wrap func(io.Writer) io.Writer
	// before is asked before each step: sync, rename, syncdir, remove.
	before func(step string) error
}

func (s seam) writer(w io.Writer) io.Writer {
	if s.wrap == nil {
		return w
	}
	return s.wrap(w)
}

func (s seam) step(name string) error {
	if s.before == nil {
		return nil
	}
	return s.before(name)
}

func (c *Catalog) sync(f *os.File) error {
	if err := c.seam.step("sync"); err != nil {
		return err
	}
	return f.Sync()
}

func (c *Catalog) rename(root *os.Root, from, to string) error {
	if err := c.seam.step("rename"); err != nil {
		return err
	}
	return root.Rename(from, to)
}

// syncDir makes a rename last.
func (c *Catalog) syncDir(root *os.Root, name string) error {
	if err := c.seam.step("syncdir"); err != nil {
		return err
	}
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(filelock.SyncDirectory(d), d.Close())
}
