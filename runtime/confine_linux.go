package runtime

import (
	"fmt"
	goruntime "runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// childAttributes lets a process die with the one that started it.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// deniedCalls are what a compiler has no use for: making connections, running
// programs, reaching into other processes. It has no connection from its parent.
var deniedCalls = []uint32{
	unix.SYS_SOCKET, unix.SYS_IO_URING_SETUP,
	unix.SYS_EXECVE, unix.SYS_EXECVEAT,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD, unix.SYS_KILL,
}

// isolate denies system calls, for all threads and for good. A filter of calls is
// there where namespaces of users are closed, as in most containers.
func isolate() (note, err error) {
	var platform uint32
	switch goruntime.GOARCH {
	case "amd64":
		platform = unix.AUDIT_ARCH_X86_64
	case "arm64":
		platform = unix.AUDIT_ARCH_AARCH64
	default:
		return fmt.Errorf("on %s it may open connections and run programs", goruntime.GOARCH), nil
	}
	filter := callFilter(platform)
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", err)
	}
	_, _, code := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if code != 0 {
		return fmt.Errorf("it may open connections and run programs, since this kernel has no filter of system calls: %w", code), nil
	}
	return nil, nil
}

// callFilter answers EPERM to deniedCalls, and kills what calls the system in the
// way of another platform, whose numbers are others.
func callFilter(platform uint32) []unix.SockFilter {
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		ifEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ifLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		answer  = unix.BPF_RET | unix.BPF_K
		// Offsets in struct seccomp_data.
		callNumber, architecture = 0, 4
		// Numbers from here on are x32's.
		x32 = 0x4000_0000
	)
	denied := uint8(len(deniedCalls))
	filter := []unix.SockFilter{
		{Code: load, K: architecture},
		{Code: ifEqual, K: platform, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: callNumber},
		{Code: ifLeast, K: x32, Jt: denied + 1},
	}
	for i, call := range deniedCalls {
		filter = append(filter, unix.SockFilter{Code: ifEqual, K: call, Jt: denied - uint8(i)})
	}
	return append(filter,
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
}
