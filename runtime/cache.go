package runtime

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
)

// compileCache keeps compiled modules in a directory, one folder per module:
//
//	DIR/<sha256 of the module>/<file of the engine>
//	DIR/<sha256 of the module>/<file of the engine>.sha256
//
// The engine's files are machine code, and the engine takes damaged ones for
// good or fails on them for ever. So it never reads this directory: it works in
// an empty one of its own, into which an entry is copied when its digest is
// right, and from which a new one is kept. A wrong entry is removed. The digest is
// over the entry's folder and name, too.
//
// The digest finds damage, not malice; a key outside the directory, which would,
// has its place in sealOf.
type compileCache struct {
	engine wazero.CompilationCache
	dir    string
	work   string

	mu sync.Mutex // one compilation at a time: whatever appears in work is its
}

// openCompileCache returns nil for an empty dir: compiled modules then live in
// memory alone.
func openCompileCache(dir string) (*compileCache, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "ecmabox-compile-")
	if err != nil {
		return nil, err
	}
	engine, err := wazero.NewCompilationCacheWithDir(work)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(work))
	}
	return &compileCache{engine: engine, dir: dir, work: work}, nil
}

// checkPrivate refuses a directory that others may write to, or may allow
// themselves to: they could run code in this process.
func checkPrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); goruntime.GOOS != "windows" && mode&0o022 != 0 {
		return fmt.Errorf("%s has mode %o and holds code that is run: chmod 700 it", dir, mode)
	}
	if ownedByOther(info) {
		return fmt.Errorf("%s belongs to another user and holds code that is run: use a directory of your own", dir)
	}
	return nil
}

func (c *compileCache) close(ctx context.Context) error {
	if c == nil {
		return nil
	}
	return errors.Join(c.engine.Close(ctx), os.RemoveAll(c.work))
}

// compile runs build with the module's entry in the engine's reach. If build
// fails with it, the entry is removed and build gets a second chance without.
func (c *compileCache) compile(module []byte, build func() error) error {
	if c == nil {
		return build()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	digest := sha256.Sum256(module)
	folder := filepath.Join(c.dir, hex.EncodeToString(digest[:]))
	used := c.fetch(folder)
	err := build()
	if err != nil && used {
		os.RemoveAll(folder)
		c.clear()
		err = build()
		used = false
	}
	if err == nil {
		c.keep(folder)
	}
	c.clear()
	return err
}

// engineDir is the folder the engine makes in its work directory; its name holds
// the engine's version and the platform.
func (c *compileCache) engineDir() string {
	entries, err := os.ReadDir(c.work)
	if err != nil || len(entries) == 0 {
		return ""
	}
	return filepath.Join(c.work, entries[0].Name())
}

// fetch copies the right entries of folder to where the engine looks, and
// removes the wrong ones. Nothing here is worth failing for: what is not fetched
// is compiled.
func (c *compileCache) fetch(folder string) (used bool) {
	prefix := filepath.Base(c.engineDir()) + "."
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		name, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours || strings.HasSuffix(name, sealSuffix) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(folder, e.Name())
		content, err := os.ReadFile(path)
		seal, sealErr := os.ReadFile(path + sealSuffix)
		if err != nil || sealErr != nil || !bytes.Equal(seal, sealOf(path, content)) {
			os.Remove(path)
			os.Remove(path + sealSuffix)
			continue
		}
		if os.WriteFile(filepath.Join(c.engineDir(), name), content, 0o600) == nil {
			used = true
		}
	}
	return used
}

const sealSuffix = ".sha256"

// sealOf binds an entry to the module it was made from and to its name, so that
// one put in the place of another is damage like any other.
func sealOf(path string, content []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s/%s\n", filepath.Base(filepath.Dir(path)), filepath.Base(path))
	h.Write(content)
	return hex.AppendEncode(nil, h.Sum(nil))
}

// keep copies what the engine left into folder, unless it came from there. An
// entry is written whole or not at all, its seal last.
func (c *compileCache) keep(folder string) {
	entries, _ := os.ReadDir(c.engineDir())
	for _, e := range entries {
		path := filepath.Join(folder, filepath.Base(c.engineDir())+"."+e.Name())
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(c.engineDir(), e.Name()))
		if err != nil || os.MkdirAll(folder, 0o700) != nil {
			continue
		}
		if writeWhole(path, content) == nil {
			writeWhole(path+sealSuffix, sealOf(path, content))
		}
	}
}

// clear empties the engine's directory.
func (c *compileCache) clear() {
	entries, _ := os.ReadDir(c.engineDir())
	for _, e := range entries {
		os.Remove(filepath.Join(c.engineDir(), e.Name()))
	}
}

// writeWhole writes a file that is never seen half written.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes.NewReader(content))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
