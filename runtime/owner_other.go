//go:build !unix

package runtime

import (
	"io/fs"
	"os"
)

// ownedByOther is not known here.
func ownedByOther(fs.FileInfo) bool { return false }

// openNoFollow opens a file to read it. Only who may write beside it could change
// it for a link in between.
func openNoFollow(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}
