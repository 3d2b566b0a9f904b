package snapshot

import (
	"errors"
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seal puts b into a file in memory that nobody can change any more. Pages of
// zeros are holes in it.
func seal(b []byte) (*os.File, error) {
	const name = Prefix
	// Kernels before 6.3 do not know MFD_NOEXEC_SEAL, some later ones insist on it.
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	if err = writePages(file, b); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// writePages writes b but for its pages of zeros.
func writePages(file *os.File, b []byte) error {
	if err := file.Truncate(int64(len(b))); err != nil {
		return err
	}
	page := os.Getpagesize()
	for at := 0; at < len(b); {
		end := at
		for end < len(b) && !isZero(b[end:end+page]) {
			end += page
		}
		if _, err := file.WriteAt(b[at:end], int64(at)); err != nil {
			return err
		}
		at = end + page
	}
	return nil
}

const usable = unix.PROT_READ | unix.PROT_WRITE

// reserve keeps a range of addresses free, which cannot be used before commit or
// overlay. The system counts none of it.
func reserve(bytes uint64) ([]byte, error) {
	if bytes == 0 || bytes > math.MaxInt {
		return nil, errors.ErrUnsupported
	}
	at, err := unix.MmapPtr(-1, 0, nil, uintptr(bytes), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(at), bytes), nil
}

// overlay maps a file copy-on-write over a part of a range, of whole pages.
func overlay(part []byte, file *os.File) error {
	if len(part) == 0 {
		return nil
	}
	connection, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = connection.Control(func(fd uintptr) {
		_, failed = unix.MmapPtr(int(fd), 0, unsafe.Pointer(unsafe.SliceData(part)), uintptr(len(part)), usable,
			unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE)
	})
	return errors.Join(err, failed)
}

// commit makes a part of a range usable: it reads as zeros.
func commit(part []byte) error {
	if len(part) == 0 {
		return nil
	}
	return unix.Mprotect(part, usable)
}

// release gives a range back. It cannot fail: the range is one that was reserved,
// and whole.
func release(mapping []byte) {
	unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(mapping)), uintptr(len(mapping)))
}
