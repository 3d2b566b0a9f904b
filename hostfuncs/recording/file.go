package recording

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File is a file that is there whole or not at all: it has another name until Keep.
// Only its owner can read it. It is not safe for concurrent use; Keep or Discard
// ends it.
type File struct {
	file *os.File
	path string
}

var (
	_ io.Writer   = (*File)(nil)
	_ io.ReaderAt = (*File)(nil)
)

// Create begins the file at path, in whose directory it must be possible to make
// one. What is there already is only replaced if it is a recording, to judge by its
// beginning; anything else is an error with ErrForeign.
func Create(path string) (*File, error) {
	if err := replaceable(path); err != nil {
		return nil, err
	}
	// CreateTemp makes it with mode 0600.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		// Not the name that nobody knows.
		if inner := (*os.PathError)(nil); errors.As(err, &inner) {
			err = &os.PathError{Op: "create", Path: path, Err: inner.Err}
		}
		return nil, err
	}
	return &File{f, path}, nil
}

// replaceable returns an error if path is there and no recording.
func replaceable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		// It is not opened: a pipe would wait.
		return fmt.Errorf("%s is there already, and %w: name another file", path, ErrForeign)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	begins := make([]byte, len(headerBegins))
	if n, err := io.ReadFull(f, begins); err != nil || string(begins[:n]) != headerBegins {
		return fmt.Errorf("%s is there already, and %w: name another file, or remove it", path, ErrForeign)
	}
	return nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// ReadAt reads what was written.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.file.ReadAt(p, off) }

// Keep puts the file in its place, also in place of a recording.
func (f *File) Keep() error {
	err := errors.Join(f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		// What stays after a failed removal is a hidden file nobody reads.
		_ = os.Remove(f.file.Name())
	}
	return err
}

// Discard removes the file; another at its place stays.
func (f *File) Discard() error {
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}
