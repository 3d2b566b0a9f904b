//go:build linux || darwin

package runtime

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// confine sets the limits of this process for good. note says what could not be
// had and is not worth failing for.
func confine(task childTask) (note, err error) {
	for _, limit := range []struct {
		name     string
		resource int
		most     int64
	}{
		{"RLIMIT_CORE", unix.RLIMIT_CORE, 0},
		{"RLIMIT_NOFILE", unix.RLIMIT_NOFILE, 32},
		{"RLIMIT_FSIZE", unix.RLIMIT_FSIZE, task.FileBytes},
		{"RLIMIT_CPU", unix.RLIMIT_CPU, task.CPUSeconds},
		{"RLIMIT_DATA", unix.RLIMIT_DATA, task.MemoryBytes},
	} {
		if limit.resource == unix.RLIMIT_DATA && raceEnabled {
			continue // the race detector's shadow memory counts, and is larger than any limit
		}
		if setErr := lowerLimit(limit.resource, uint64(limit.most)); setErr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", limit.name, setErr))
		}
	}
	if err != nil {
		return nil, err
	}
	return isolate()
}

// closeInherited closes the files that this process has from the one that started it,
// but for standard input, output and error. They are those that stay open in a program
// that is run: Go opens none of that kind.
func closeInherited() error {
	open, err := os.ReadDir(openFiles)
	for _, entry := range open {
		fd, notNumber := strconv.Atoi(entry.Name())
		if notNumber != nil || fd <= 2 {
			continue
		}
		if flags, gone := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); gone == nil && flags&unix.FD_CLOEXEC == 0 {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	if err != nil {
		return fmt.Errorf("files that its parent left open stay open: %w", err)
	}
	return nil
}

// lowerLimit sets a limit unless there is a lower one already. At the soft limit of
// processor time Go would go on; at the hard one the system kills.
func lowerLimit(resource int, most uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return err
	}
	most = min(most, now.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most})
}

// longestFile is how long a file may become that this process writes; 0 if that
// cannot be told.
func longestFile() int64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) != nil {
		return 0
	}
	return int64(limit.Cur)
}

// ownGroup makes a command the head of a group of processes, which is killed whole.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = childAttributes()
	cmd.SysProcAttr.Setpgid = true
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
}

// wasKilled reports whether a process ended as one does that is past its limit of
// processor time.
func wasKilled(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
