//go:build unix

package runtime

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByOther reports whether a file belongs to neither this process's user nor
// the superuser, who can do everything in any case.
func ownedByOther(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid()
}

// openNoFollow opens a file to read it, unless the path ends in a link.
func openNoFollow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}
