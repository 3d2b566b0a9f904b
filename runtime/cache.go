package runtime

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/internal/logfield"
)

// entryKind is what an entry of the cache holds.
type entryKind string

const (
	// machineCode is a compiled module. Its name is what the engine calls the file,
	// which stands for the module, its settings and the processor.
	machineCode entryKind = "compiled"
	// preparedModule is a module as the engine gets it, and how it is started. Its
	// name is the digest of the code that prepared it.
	preparedModule entryKind = "prepared"
)

func (k entryKind) magic() string { return "ecmabox " + string(k) + " 1\n" }

// cacheEntry is what is kept under a key.
type cacheEntry struct {
	// name says what the entry is good for: nameBytes hexadecimal digits.
	name    string
	content []byte
}

const (
	nameBytes = 2 * sha256.Size
	// maxEntryBytes bounds the content of an entry. The machine code of the connector
	// for REST has 20 MiB.
	maxEntryBytes int64 = 256 << 20
)

// compileCache keeps modules in a directory, a file for each key and kind:
//
//	DIR/<key>.<kind>    magic, HMAC, name, content
//
// The engine takes damaged code for good or fails on it for ever, so it never sees
// this directory: it gets what was read and found right. An entry that is not is
// removed, and made anew. A prepared module has been admitted and is not checked
// again. The HMAC is over all of the entry, its kind and its key, so that one entry
// does not stand for another; its own key is in a file outside the directory. There
// need be no cache: nil has nothing and keeps nothing.
type compileCache struct {
	dir  string
	key  []byte
	most int64 // bytes of content
	log  zerolog.Logger
}

const (
	newPrefix = ".new-"
	// newMaxAge is when a file that was not finished is taken for left behind:
	// writing one takes a tenth of a second.
	newMaxAge = time.Hour
)

func openCompileCache(config Config) (*compileCache, error) {
	dir, err := filepath.Abs(config.CacheDir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	keyFile := config.CacheKeyFile
	if keyFile == "" {
		keyFile = dir + ".key"
	}
	if rel, err := filepath.Rel(dir, keyFile); err == nil && filepath.IsLocal(rel) {
		return nil, fmt.Errorf("%s lies in the compile cache, whose key it is to hold: name a file in another place with Config.CacheKeyFile", keyFile)
	}
	key, err := cacheKey(keyFile)
	if err != nil {
		return nil, err
	}
	c := &compileCache{dir, key, maxEntryBytes, config.Logger}
	c.sweep()
	return c, nil
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

const cacheKeyBytes = 32

// cacheKey reads the key in path, and makes one if there is none.
func cacheKey(path string) ([]byte, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := makeCacheKey(path); err != nil {
			return nil, fmt.Errorf("make the key of the compile cache, %s: %w; name a file in another place with Config.CacheKeyFile", path, err)
		}
	}
	key, info, err := readRegular(path, cacheKeyBytes)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the key of the compile cache: %w", err)
	case goruntime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s has mode %o and holds the key of the compile cache: remove it, and another is made", path, info.Mode().Perm())
	case ownedByOther(info):
		return nil, fmt.Errorf("%s belongs to another user and holds the key of the compile cache: name a file of your own with Config.CacheKeyFile", path)
	case len(key) != cacheKeyBytes:
		return nil, fmt.Errorf("%s has %d bytes, a key of the compile cache has %d: if it is one, remove it, and another is made", path, len(key), cacheKeyBytes)
	}
	return key, nil
}

// makeCacheKey makes a key that is never seen half written, and leaves one alone
// that another process made meanwhile.
func makeCacheKey(path string) error {
	key := make([]byte, cacheKeyBytes)
	rand.Read(key)
	return writeNew(filepath.Dir(path), func(made string) error {
		if err := os.Link(made, path); !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	}, key)
}

func (c *compileCache) path(kind entryKind, key string) string {
	return filepath.Join(c.dir, key+"."+string(kind))
}

// seal binds what is in an entry to its kind and its key.
func (c *compileCache) seal(kind entryKind, key string, e *cacheEntry) []byte {
	h := hmac.New(sha256.New, c.key)
	fmt.Fprintf(h, "%s%s\n%s\n", kind.magic(), key, e.name)
	h.Write(e.content)
	return h.Sum(nil)
}

// get returns the entry of a key; nil if there is none. One that is not right is
// removed.
func (c *compileCache) get(kind entryKind, key string) *cacheEntry {
	if c == nil {
		return nil
	}
	magic := kind.magic()
	header := len(magic) + sha256.Size + nameBytes
	file, _, err := readRegular(c.path(kind, key), int64(header)+c.most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(file) >= header && string(file[:len(magic)]) == magic {
		seal, rest := file[len(magic):][:sha256.Size], file[len(magic)+sha256.Size:]
		e := &cacheEntry{string(rest[:nameBytes]), rest[nameBytes:]}
		if hmac.Equal(seal, c.seal(kind, key, e)) {
			return e
		}
	}
	c.damaged(kind, key, err)
	return nil
}

// damaged removes an entry that is not right.
func (c *compileCache) damaged(kind entryKind, key string, err error) {
	c.log.Warn().Err(err).Str(logfield.Path, c.path(kind, key)).Msg("an entry of the compile cache is damaged, or has another key: it is made anew")
	os.RemoveAll(c.path(kind, key))
}

// put keeps an entry, whole or not at all. That it was not kept costs time alone.
func (c *compileCache) put(kind entryKind, key string, e *cacheEntry) {
	if c == nil {
		return
	}
	var err error
	if size := int64(len(e.content)); size > c.most {
		err = fmt.Errorf("it has %d bytes, the most is %d", size, c.most)
	} else {
		// In parts: the content may have a hundred MiB, and is not copied.
		err = writeNew(c.dir, func(made string) error { return os.Rename(made, c.path(kind, key)) },
			[]byte(kind.magic()), c.seal(kind, key, e), []byte(e.name), e.content)
	}
	if err != nil {
		c.log.Warn().Err(err).Msg("a " + string(kind) + " module is not kept")
	}
}

// sweep removes what writers left that died.
func (c *compileCache) sweep() {
	found, _ := filepath.Glob(filepath.Join(c.dir, newPrefix+"*"))
	for _, path := range found {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > newMaxAge {
			os.Remove(path)
		}
	}
}

// writeNew writes a new file in dir, hands it to finish, and removes it if it is
// still there.
func writeNew(dir string, finish func(made string) error, parts ...[]byte) error {
	f, err := os.CreateTemp(dir, newPrefix)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	for _, part := range parts {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return finish(f.Name())
}

// readRegular reads a regular file of at most that many bytes. It follows no link
// at the path's end, and does not wait for who writes to a pipe.
func readRegular(path string, most int64) ([]byte, fs.FileInfo, error) {
	f, err := openNoFollow(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("%s is no regular file: %v", path, info.Mode().Type())
	case info.Size() > most:
		return nil, nil, fmt.Errorf("%s has %d bytes, the most is %d", path, info.Size(), most)
	}
	content := make([]byte, info.Size())
	_, err = io.ReadFull(f, content)
	return content, info, err
}
