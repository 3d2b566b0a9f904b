package catalog

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/ecmabox/ecmabox/internal/filelock"
)

// Check judges a module before it is taken in, such as runtime.Inspect does.
type Check func(ctx context.Context, module []byte) error

// Upload takes a module into the catalog as a version of the connector called
// name and returns it. Known says that the very same module was there already: the
// upload then changes nothing (but puts a damaged file right). A new version is
// not active until Activate says so.
//
// The module is read to its end, MaxModuleBytes at most, written to a temporary
// file and put in place by a rename; when anything fails, or the process dies, the
// catalog is as it was.
func (c *Catalog) Upload(ctx context.Context, name string, r io.Reader, check Check) (v Version, known bool, err error) {
	if err := CheckName(name); err != nil {
		return Version{}, false, failed("upload", name, err)
	}
	if check == nil {
		return Version{}, false, errors.New("catalog: upload: no check was given")
	}
	module, err := readModule(ctx, r)
	if err != nil {
		return Version{}, false, failed("upload", name, err)
	}
	if err := check(ctx, module); err != nil {
		return Version{}, false, failed("upload", name, err)
	}
	v, known, err = c.store(ctx, name, module)
	if err != nil {
		return Version{}, false, failed("upload", name, err)
	}
	return v, known, nil
}

// readModule reads all of r, up to the limit, and heeds ctx between reads.
func readModule(ctx context.Context, r io.Reader) ([]byte, error) {
	module, err := io.ReadAll(io.LimitReader(readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	}), MaxModuleBytes+1))
	if err != nil {
		return nil, err
	}
	if len(module) > MaxModuleBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxModuleBytes)
	}
	return module, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// store writes the module outside the lock, so that a slow disk keeps nobody
// waiting, and puts it in place within.
func (c *Catalog) store(ctx context.Context, name string, module []byte) (Version, bool, error) {
	sum := sha256.Sum256(module)
	v := stateVersion{Digest: hex.EncodeToString(sum[:]), Size: int64(len(module)), Uploaded: now()}
	temporary, f, err := c.begin(ctx, name)
	if err != nil {
		return Version{}, false, err
	}
	_, err = c.seam.writer(f).Write(module)
	if err == nil {
		err = c.sync(f)
	}
	var known bool
	var found Version
	if err == nil {
		found, known, err = c.finish(ctx, name, temporary, f, v)
	}
	// Both fail after a finished upload, and both are what is wanted.
	_ = f.Close()
	c.discard(temporary)
	return found, known, err
}

// begin makes the directories and a temporary file. The file is locked while its
// writer lives, under the catalog's lock from the start: so a sweep never takes a
// living upload for a dead one.
func (c *Catalog) begin(ctx context.Context, name string) (string, *os.File, error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", nil, err
	}
	temporary := name + "/.upload-" + rand.Text()
	var f *os.File
	err := c.locked(ctx, name, func(root *os.Root) error {
		if err := root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		var err error
		if f, err = root.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return err
		}
		ok, err := filelock.Try(f)
		if err == nil && !ok {
			err = errors.New("someone else holds a file that was just made")
		}
		if err != nil {
			return errors.Join(err, f.Close(), root.Remove(temporary))
		}
		return nil
	})
	return temporary, f, err
}

// finish puts a written upload in place.
func (c *Catalog) finish(ctx context.Context, name, temporary string, f *os.File, v stateVersion) (found Version, known bool, err error) {
	err = c.locked(ctx, name, func(root *os.Root) error {
		// From here on the catalog's lock protects the file. Windows renames no
		// open files.
		if err := f.Close(); err != nil {
			return err
		}
		s, err := c.readState(root, name)
		if errors.Is(err, ErrNotFound) {
			s, err = &state{}, nil
		}
		if err != nil {
			return err
		}
		if known = s.has(v.Digest); known {
			v, err = s.find(v.Digest)
			if err != nil {
				return err
			}
		} else {
			s.Versions = append(s.Versions, v)
		}
		found = v.version(name, s)
		if _, err := c.readModule(root, name, v); known && err == nil {
			return nil
		}
		if err := c.rename(root, temporary, moduleFile(name, v.Digest)); err != nil {
			return err
		}
		if err := c.syncDir(root, name); err != nil || known {
			return err
		}
		return c.writeState(root, name, s)
	})
	return found, known, err
}

// discard removes the temporary file of an upload that was not needed.
func (c *Catalog) discard(temporary string) {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return
	}
	defer root.Close()
	// Whatever stays is swept by the next change.
	_ = root.Remove(temporary)
}

// sweep removes what killed processes left: uploads nobody holds and modules
// nobody names. The caller holds the lock.
func (c *Catalog) sweep(root *os.Root, name string) {
	entries, err := fs.ReadDir(root.FS(), name)
	if err != nil {
		return
	}
	s, err := c.readState(root, name)
	switch {
	case errors.Is(err, ErrNotFound):
		s = &state{}
	case err != nil:
		// Without knowing what is named, nothing is nobody's.
		return
	}
	for _, entry := range entries {
		path := name + "/" + entry.Name()
		digest, isModule := strings.CutSuffix(entry.Name(), ".wasm")
		switch {
		case strings.HasPrefix(entry.Name(), ".upload-") && abandoned(root, path),
			isModule && isDigest(digest) && !s.has(digest),
			entry.Name() == "state.json.new":
			// A file that cannot be removed harms nobody; the next change tries
			// again.
			_ = root.Remove(path)
		}
	}
}

func abandoned(root *os.Root, path string) bool {
	f, err := root.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	ok, err := filelock.Try(f)
	return err == nil && ok
}
