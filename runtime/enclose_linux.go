package runtime

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	goruntime "runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// enclose closes what was inherited, and has Landlock close all files to this process but
// those in its current directory, and with /proc the memory of other processes, for good.
// Landlock binds one thread and what that starts, and this process has more of them: so it
// runs its program anew, in env, and does not return. note says what remains open; after
// err the process is of no use, for this thread is bound and the others are not.
func enclose(env []string) (note, err error) {
	err = closeInherited()
	if raceEnabled {
		return err, nil // the race detector reads /proc
	}
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	if err == nil {
		err = closeFiles()
	}
	if err != nil {
		return fmt.Errorf("it may read and write its user's files, and into the memory of its user's processes where ptrace may: %w", err), nil
	}
	return nil, fmt.Errorf("run this program anew behind Landlock: %w", syscall.Exec(ownProgram(), os.Args, env))
}

// Rights of Landlock.
const (
	mayRun  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE
	mayWork = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_REFER |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_TRUNCATE
)

// leastLandlock is the version that lets a file be moved between directories, that
// of Linux 5.19.
const leastLandlock = 2

// handledRights are all rights that a version knows, and all scopes.
func handledRights(version uintptr) unix.LandlockRulesetAttr {
	rights := unix.LandlockRulesetAttr{Handled_access_fs: unix.LANDLOCK_ACCESS_FS_REFER<<1 - 1}
	if version >= 3 {
		rights.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 5 {
		rights.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 6 {
		rights.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	return rights
}

// closeFiles binds this thread, and what it starts, to its current directory and to
// what its program runs from.
func closeFiles() error {
	version, _, code := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if code != 0 {
		return fmt.Errorf("this kernel has no Landlock: %w", code)
	}
	if version < leastLandlock {
		return errors.New("this kernel's Landlock is older than that of Linux 5.19")
	}
	rights := handledRights(version)
	rules, _, code := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rights)), unsafe.Sizeof(rights), 0)
	if code != 0 {
		return fmt.Errorf("make the rules of Landlock: %w", code)
	}
	defer unix.Close(int(rules))
	programs, err := programFiles()
	err = errors.Join(err, allowBeneath(rules, ".", mayWork&rights.Handled_access_fs))
	for _, path := range programs {
		err = errors.Join(err, allowBeneath(rules, path, mayRun))
	}
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", err)
	}
	if _, _, code := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); code != 0 {
		return fmt.Errorf("keep to the rules of Landlock: %w", code)
	}
	return nil
}

func allowBeneath(rules uintptr, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	_, _, code := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, rules, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if code != 0 {
		return fmt.Errorf("a rule of Landlock for %s: %w", path, code)
	}
	return nil
}

// programFiles are what this program runs from: itself, and where it is not linked
// statically, the linker and the libraries, as they are mapped now.
func programFiles() ([]string, error) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	files := []string{ownProgram()}
	last := ""
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		at := strings.IndexByte(lines.Text(), '/')
		if at < 0 || !strings.Contains(lines.Text()[:at], "r-xp") {
			continue
		}
		if path := lines.Text()[at:]; path != last && !strings.HasSuffix(path, " (deleted)") {
			files = append(files, path)
			last = path
		}
	}
	if _, err := os.Stat(linkerCache); err == nil {
		files = append(files, linkerCache)
	}
	return files, nil
}

// linkerCache tells the linker where libraries are.
const linkerCache = "/etc/ld.so.cache"
