package snapshot

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seal puts b into a file in memory that nobody can change any more. Pages of
// zeros are holes in it. The error may be look's.
func seal(b []byte, look func() error) (*os.File, error) {
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
	if err = writePages(file, b, look); err == nil {
		err = addSeals(file)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// addSeals seals a file in memory.
func addSeals(file *os.File) error {
	return untilFree(func() error {
		_, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
		return err
	})
}

// untilFree asks the system three times before it is taken for busy. While it holds a
// page of a file that was just written, it does not seal the file, and waits for a tenth
// of a second each time before it says so.
func untilFree(ask func() error) (err error) {
	for range 3 {
		if err = ask(); !errors.Is(err, unix.EBUSY) {
			break
		}
	}
	return err
}

// writePages writes b but for its pages of zeros, up to a look that fails.
func writePages(file *os.File, b []byte, look func() error) error {
	if err := file.Truncate(int64(len(b))); err != nil {
		return err
	}
	page := os.Getpagesize()
	for at, looked := 0, 0; at < len(b); {
		if at >= looked {
			if err := look(); err != nil {
				return err
			}
			looked = at + blockBytes
		}
		end := at
		for end < min(len(b), looked) && !isZero(b[end:end+page]) {
			end += page
		}
		if _, err := file.WriteAt(b[at:end], int64(at)); err != nil {
			return err
		}
		if at = end; at < looked {
			at += page
		}
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

// discard throws away what was written to a part of a range: it reads as the file
// that was mapped over it, or as zeros.
func discard(part []byte) error {
	if len(part) == 0 {
		return nil
	}
	return unix.Madvise(part, unix.MADV_DONTNEED)
}

// reserveAgain throws away a part of a range, which is then as after reserve.
func reserveAgain(part []byte) error {
	if len(part) == 0 {
		return nil
	}
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(unsafe.SliceData(part)), uintptr(len(part)), unix.PROT_NONE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE|unix.MAP_FIXED)
	return err
}

// openPagemap opens what tells of this process's pages, for ownPages.
func openPagemap() (*os.File, error) { return tryPagemap("/proc/self/pagemap") }

// tryPagemap opens a pagemap and tries it out on a page that is written: what a lease
// finds hangs on it, and not every system that calls itself Linux has one that tells
// the truth.
func tryPagemap(name string) (*os.File, error) {
	pagemap, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if !tellsPages(pagemap) {
		return nil, errors.Join(errors.ErrUnsupported, pagemap.Close())
	}
	return pagemap, nil
}

func tellsPages(pagemap *os.File) bool {
	probe, err := reserve(uint64(os.Getpagesize()))
	if err != nil {
		return false
	}
	defer release(probe)
	if err := commit(probe); err != nil {
		return false
	}
	probe[0] = 1
	own, err := ownPages(pagemap, probe)
	if err != nil {
		return false
	}
	return len(own) == 1
}

// ownPages returns the pages of a part of a range that belong to no file, in order: of
// an overlay those that were written, of the rest all that are there, wherever the
// system keeps them.
func ownPages(pagemap *os.File, part []byte) (own []span, err error) {
	// An entry of the file, which the kernel's admin-guide/mm/pagemap.rst describes.
	const (
		entryBytes = 8
		ofFile     = 1 << 61
		swapped    = 1 << 62
		present    = 1 << 63
	)
	page := os.Getpagesize()
	entries := make([]byte, len(part)/page*entryBytes)
	first := uintptr(unsafe.Pointer(unsafe.SliceData(part))) / uintptr(page)
	if _, err := pagemap.ReadAt(entries, int64(first)*entryBytes); err != nil {
		return nil, err
	}
	for at := 0; at < len(part); at += page {
		entry := binary.NativeEndian.Uint64(entries[at/page*entryBytes:])
		if entry&(present|swapped) == 0 || entry&ofFile != 0 {
			continue
		}
		if last := len(own) - 1; last >= 0 && own[last].to == at {
			own[last].to += page
		} else {
			own = append(own, span{at, at + page})
		}
	}
	return own, nil
}

// release gives a range back. It cannot fail: the range is one that was reserved,
// and whole.
func release(mapping []byte) {
	unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(mapping)), uintptr(len(mapping)))
}
