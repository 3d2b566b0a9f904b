package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ecmabox/ecmabox/internal/filelock"
)

// workDir is a private directory for temporary files. It holds a locked file, so
// that those whose process died can be told from those in use: the next process
// that opens one removes them. What cleans up behind others, as /tmp is cleaned on many
// systems, may take it or a part of it away: restore makes it again. One goroutine at a
// time uses it.
type workDir struct {
	path string
	lock *os.File
}

const (
	workPrefix = "ecmabox-work-"
	workLock   = "lock"
)

func openWorkDir() (*workDir, error) {
	if err := checkTemporary(os.TempDir()); err != nil {
		return nil, fmt.Errorf("the directory for temporary files, which TMPDIR names on Unix: %w", err)
	}
	sweepWorkDirs()
	for {
		path, err := os.MkdirTemp("", workPrefix)
		if err != nil {
			return nil, err
		}
		w, err := lockWorkDir(path)
		if err == nil {
			return w, nil
		}
		// A sweep may find the directory before it is locked.
		if !errors.Is(err, errSwept) {
			return nil, errors.Join(err, os.RemoveAll(path))
		}
	}
}

// checkTemporary is checkPrivate for a directory that others may write to if they
// cannot move away there what is not theirs: it has the sticky bit. Its owner can.
func checkTemporary(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || info.Mode()&fs.ModeSticky == 0 || ownedByOther(info) {
		return checkPrivate(dir)
	}
	return nil
}

var errSwept = errors.New("the directory was swept away")

func lockWorkDir(path string) (*workDir, error) {
	name := filepath.Join(path, workLock)
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errSwept
	}
	if err != nil {
		return nil, err
	}
	free, err := filelock.Try(lock)
	if err == nil && (!free || !isOpen(name, lock)) {
		err = errSwept
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &workDir{path, lock}, nil
}

// restore makes the directory again in its place, and the lock in it, where they are
// gone. Somebody else may have taken the place meanwhile: that is an error.
func (w *workDir) restore() error {
	for {
		if err := w.restoreDir(); err != nil {
			return err
		}
		if isOpen(filepath.Join(w.path, workLock), w.lock) {
			return nil
		}
		anew, err := lockWorkDir(w.path)
		if err == nil {
			w.lock.Close()
			w.lock = anew.lock
			return nil
		}
		if !errors.Is(err, errSwept) {
			return err
		}
	}
}

func (w *workDir) restoreDir() error {
	switch info, err := os.Lstat(w.path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := checkTemporary(filepath.Dir(w.path)); err != nil {
			return err
		}
		return os.Mkdir(w.path, 0o700)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no directory any more: %v", w.path, info.Mode().Type())
	}
	return checkPrivate(w.path)
}

// isOpen reports whether f is still what name names.
func isOpen(name string, f *os.File) bool {
	named, err := os.Lstat(name)
	opened, openErr := f.Stat()
	return err == nil && openErr == nil && os.SameFile(named, opened)
}

// close removes the directory. The lock goes last, but where an open file cannot
// be removed.
func (w *workDir) close() error {
	err := os.RemoveAll(w.path)
	if w.lock.Close(); err != nil {
		err = os.RemoveAll(w.path)
	}
	return err
}

// sweepWorkDirs removes what processes of this user left that died. Nothing here is
// worth failing for.
func sweepWorkDirs() {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), workPrefix+"*"))
	for _, path := range found {
		if info, err := os.Lstat(path); err != nil || !info.IsDir() || ownedByOther(info) {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(path, workLock), os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			os.Remove(path) // died before it had one: the directory is empty
		}
		if err != nil {
			continue
		}
		if free, err := filelock.Try(lock); err == nil && free {
			(&workDir{path, lock}).close()
		} else {
			lock.Close()
		}
	}
}
