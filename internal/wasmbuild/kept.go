package wasmbuild

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// kept returns what a compiler made before of the same files with the same words, its
// version among them; else it has it made, into the file it is given, and keeps it in
// .cache/guests at the root of the checkout. Two processes that compile the same
// at once keep the same.
func kept(ctx context.Context, files, words []string, compile func(out string) *exec.Cmd) ([]byte, error) {
	key, err := hash(files, words)
	if err != nil {
		return nil, err
	}
	root, err := checkout()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(root, ".cache", "guests")
	return once(ctx, key, func() ([]byte, error) {
		file := filepath.Join(dir, key+".wasm")
		if module, err := os.ReadFile(file); err == nil {
			return module, nil
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		return compileTo(ctx, file, compile)
	})
}

// compileTo has a module compiled in a folder beside where it will be kept, so that
// it is whole when it gets there.
func compileTo(ctx context.Context, file string, compile func(out string) *exec.Cmd) (module []byte, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(file), "new-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out := filepath.Join(dir, "guest.wasm")
	cmd := compile(out)
	switch said, err := cmd.CombinedOutput(); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, bytes.TrimSpace(said))
	}
	if module, err = os.ReadFile(out); err != nil {
		return nil, err
	}
	return module, os.Rename(out, file)
}

// hash is that of words and of the files, by their last names and what is in them. go
// test, too, keeps a result until a file changes that the test itself has read.
func hash(files, words []string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", words)
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %d\n", filepath.Base(file), len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// beside lists the files with the source's ending in its folder.
func beside(source string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(source), "*"+filepath.Ext(source)))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("there is no %s", source)
	}
	return files, err
}
