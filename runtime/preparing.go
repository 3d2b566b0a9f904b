package runtime

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/ecmabox/ecmabox/runtime/internal/prepared"
)

// preparation is a module that is ready for the engine.
type preparation struct {
	*prepared.Module
	// besideBytes is what the engine takes at the most for an instance beside its memory
	// and its stack.
	besideBytes int64
	// key is what it is to be kept under; empty if it need not be.
	key string
}

// prepare takes from the cache what prepared.Make makes of a module, or makes it. The
// error is that of prepared.Make.
func (c *compileCache) prepare(module []byte, s prepared.Settings) (*preparation, error) {
	p := &preparation{}
	if c != nil {
		p.key = s.Key(module)
		if p.Module = c.getPrepared(p.key); p.Module != nil {
			p.key = ""
			return p, nil
		}
	}
	var err error
	p.Module, err = prepared.Make(module, s)
	return p, err
}

// getPrepared returns the prepared module of a key, or nil. One that other code has
// prepared is left for keep to replace.
func (c *compileCache) getPrepared(key string) *prepared.Module {
	e := c.get(preparedModule, key)
	if e == nil || e.name != preparedBy() {
		return nil
	}
	m, err := prepared.Read(e.content)
	if err != nil {
		c.damaged(preparedModule, key, err)
	}
	return m
}

// keep keeps a prepared module that has turned out to be one that the engine takes.
func (c *compileCache) keep(p *preparation) {
	if p.key != "" {
		c.put(preparedModule, p.key, &cacheEntry{preparedBy(), p.Bytes()})
	}
}

// preparing is the text of the code that prepares modules. What another text has
// prepared is not used: no number has to be raised when the code changes.
//
//go:embed admission/*.go metering/*.go snapshot/*.go internal/prepared/*.go internal/wasmcode/*.go
var preparing embed.FS

// preparedBy is the digest of preparing.
var preparedBy = sync.OnceValue(func() string { return digestOf(preparing) })

// digestOf stands for the names and contents of all files but tests.
func digestOf(files fs.FS) string {
	h := sha256.New()
	// Files in the program can be read.
	_ = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))
}
