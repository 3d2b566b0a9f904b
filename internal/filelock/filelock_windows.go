package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Try locks an open file for as long as it is open, and reports whether it
// was free. It locks one byte far behind the end: locks are mandatory on Windows
// and must not keep anyone from the contents.
func Try(f *os.File) (bool, error) {
	place := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, place)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	}
	return false, err
}

// SyncDirectory does nothing: Windows has no such call, and NTFS journals
// renames.
func SyncDirectory(*os.File) error { return nil }
