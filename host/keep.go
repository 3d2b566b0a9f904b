package host

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/ecmabox/ecmabox/internal/filelock"
)

// replaceFile puts data in place of a file's contents, whole or not at all: a
// reader, and whoever comes after a crash, finds the old contents or the new ones.
// It lasts when replaceFile returns, and can be read by its owner alone.
func replaceFile(path string, data []byte) (err error) {
	// CreateTemp makes it with mode 0600.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// What stays after a failed removal is a hidden file nobody reads.
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(filelock.SyncDirectory(dir), dir.Close())
}
