package runtime

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"slices"
	"strings"
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

// headerBytes is the length of what stands before the content.
func headerBytes(kind entryKind) int { return len(kind.magic()) + sha256.Size + nameBytes }

// compileCache keeps modules in a directory, a file for each key and kind:
//
//	DIR/<key>.<kind>    magic, HMAC, name, content
//
// The engine takes damaged code for good or fails on it for ever, so it never sees
// this directory: it gets a copy of what was read and found right, so that an entry may
// be removed whenever it has been opened. An entry that is not right is
// removed, and made anew. A prepared module has been admitted and is not checked
// again. The HMAC is over all of the entry, its kind and its key, so that one entry
// does not stand for another; its own key is in a file outside the directory. There
// need be no cache: nil has nothing and keeps nothing.
type compileCache struct {
	dir  string
	key  []byte
	most int64 // bytes of content
	all  int64 // bytes of all files
	log  zerolog.Logger
}

const (
	newPrefix = ".new-"
	// newMaxAge is when a file that was not finished is taken for left behind:
	// writing one takes a tenth of a second.
	newMaxAge = time.Hour
	// usedAnew is how old the note of an entry's last use must be to be written anew.
	usedAnew = time.Hour
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
	keyFile, err := filepath.Abs(cmp.Or(config.CacheKeyFile, dir+".key"))
	if err != nil {
		return nil, err
	}
	if inside, err := liesIn(keyFile, dir); err != nil {
		return nil, fmt.Errorf("the key of the compile cache, %s: %w; name a file in another place with Config.CacheKeyFile", keyFile, err)
	} else if inside {
		return nil, fmt.Errorf("%s lies in the compile cache, whose key it is to hold: name a file in another place with Config.CacheKeyFile", keyFile)
	}
	key, err := cacheKey(keyFile)
	if err != nil {
		return nil, err
	}
	c := &compileCache{dir, key, maxEntryBytes, config.CacheBytes, config.Logger}
	c.makeRoom("", 0)
	return c, nil
}

// liesIn reports whether a file is in a directory or below it, by whatever names and
// links. The paths are absolute.
func liesIn(file, dir string) (bool, error) {
	want, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	above, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return false, err
	}
	for {
		have, err := os.Stat(above)
		if err != nil || os.SameFile(have, want) {
			return err == nil, err
		}
		if above == filepath.Dir(above) {
			return false, nil
		}
		above = filepath.Dir(above)
	}
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
		// Entries may be lost with the power, and are made anew. A key that is empty
		// would be nobody's to remove.
		if err := syncFile(made); err != nil {
			return err
		}
		if err := os.Link(made, path); !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	}, key)
}

// syncFile has the system write a file to its disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
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
	magic, header := kind.magic(), headerBytes(kind)
	path := c.path(kind, key)
	file, info, err := readRegular(path, int64(header)+c.most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(file) >= header && string(file[:len(magic)]) == magic {
		seal, rest := file[len(magic):][:sha256.Size], file[len(magic)+sha256.Size:]
		e := &cacheEntry{string(rest[:nameBytes]), rest[nameBytes:]}
		if hmac.Equal(seal, c.seal(kind, key, e)) {
			c.used(path, info)
			return e
		}
	}
	c.damaged(kind, key, err)
	return nil
}

// used notes when an entry was used last, in the file's time: the entry itself is
// sealed. A cache that cannot be written to serves all the same.
func (c *compileCache) used(path string, info fs.FileInfo) {
	if age(info) > usedAnew {
		_ = os.Chtimes(path, time.Time{}, time.Now())
	}
}

// age is how long ago a file was written or used last. A time that is still to come is
// one of a clock that was wrong.
func age(info fs.FileInfo) time.Duration { return time.Since(info.ModTime()).Abs() }

// damaged removes an entry that is not right. A directory is none, whatever its name:
// it stays, with what somebody has put there.
func (c *compileCache) damaged(kind entryKind, key string, err error) {
	path := c.path(kind, key)
	warn := func(err error, message string) {
		c.log.Warn().Err(err).Str(logfield.Path, path).Msg(message)
	}
	if info, statErr := os.Lstat(path); statErr == nil && info.IsDir() {
		warn(nil, "a directory has the name of an entry of the compile cache, whose module is made anew each time: move it away")
		return
	}
	warn(err, "an entry of the compile cache is damaged, or has another key: it is made anew")
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		warn(err, "a damaged entry of the compile cache cannot be removed, and its module is made anew each time: remove it")
	}
}

// put keeps an entry, whole or not at all. That it was not kept costs time alone.
func (c *compileCache) put(kind entryKind, key string, e *cacheEntry) {
	if c == nil {
		return
	}
	if err := c.write(kind, key, e); err != nil {
		c.log.Warn().Err(err).Msg("a " + string(kind) + " module is not kept: it will be made anew when it is wanted again")
	}
}

func (c *compileCache) write(kind entryKind, key string, e *cacheEntry) error {
	content, path := int64(len(e.content)), c.path(kind, key)
	size := int64(headerBytes(kind)) + content
	switch {
	case content > c.most:
		return fmt.Errorf("it has %d bytes, the most is %d", content, c.most)
	case size > c.all:
		return fmt.Errorf("it takes %d bytes, Config.CacheBytes is %d: raise that", size, c.all)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil { // it may have been removed
		return err
	}
	c.makeRoom(path, size)
	// In parts: the content may have a hundred MiB, and is not copied.
	return writeNew(c.dir, func(made string) error { return os.Rename(made, path) },
		[]byte(kind.magic()), c.seal(kind, key, e), []byte(e.name), e.content)
}

// ours are the names of entries.
var ours = regexp.MustCompile(`^[0-9a-f]{64}\.(` + string(machineCode) + "|" + string(preparedModule) + ")$")

// makeRoom removes what writers left that died, and then entries, those first that
// were used longest ago, until there is room for a file of so many bytes that is to
// be at path. What is being written counts, what is not of the cache does not, and
// neither is touched. Other processes may do the same at once: who misses an entry
// makes it anew, and who reads one reads it to its end.
func (c *compileCache) makeRoom(path string, bytes int64) {
	var entries []fs.FileInfo
	for _, info := range c.files() {
		isNew := strings.HasPrefix(info.Name(), newPrefix)
		switch {
		case isNew && age(info) > newMaxAge:
			os.Remove(filepath.Join(c.dir, info.Name()))
			continue
		case info.Name() == filepath.Base(path):
			continue // is replaced
		case ours.MatchString(info.Name()):
			entries = append(entries, info)
		case !isNew:
			continue
		}
		bytes += info.Size()
	}
	slices.SortFunc(entries, func(a, b fs.FileInfo) int { return cmp.Compare(age(b), age(a)) })
	for _, info := range entries {
		if bytes <= c.all {
			return
		}
		if err := os.Remove(filepath.Join(c.dir, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.log.Warn().Err(err).Msg("the compile cache is larger than Config.CacheBytes, and an entry cannot be removed: remove it, or raise that")
			continue
		}
		bytes -= info.Size()
	}
}

// files are the regular files of the cache. One that is removed meanwhile is none.
func (c *compileCache) files() (files []fs.FileInfo) {
	found, err := os.ReadDir(c.dir)
	if err != nil {
		c.log.Warn().Err(err).Msg("the compile cache cannot be listed: what it holds is not bounded")
	}
	for _, entry := range found {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, info)
		}
	}
	return files
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
