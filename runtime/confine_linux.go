package runtime

import (
	"fmt"
	goruntime "runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// childAttributes lets a process die with the one that started it.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// openFiles has an entry for each file that this process has open.
const openFiles = "/proc/self/fd"

// deniedCalls are what a compiler has no use for: making connections, running
// programs, reaching into other processes, the keys, memory, semaphores and queues of
// messages that processes share, which outlive them, and what Landlock leaves open of
// files: their modes, owners, times and attributes, and in its older versions their
// lengths. It has no connection from its parent: see closeInherited.
var deniedCalls = []uint32{
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_IO_URING_SETUP,
	unix.SYS_EXECVE, unix.SYS_EXECVEAT,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE,
	unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_KCMP, unix.SYS_PERF_EVENT_OPEN, unix.SYS_MOVE_PAGES, unix.SYS_MIGRATE_PAGES,
	unix.SYS_SETPRIORITY, unix.SYS_IOPRIO_SET,
	unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_SETSCHEDULER, unix.SYS_SCHED_SETPARAM, unix.SYS_SCHED_SETATTR,
	// It names a thread without its process; Go's runtime has tgkill.
	unix.SYS_TKILL,
	unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT, unix.SYS_TRUNCATE,
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_SETXATTRAT,
	unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR, unix.SYS_REMOVEXATTRAT,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_SHMCTL,
	unix.SYS_SEMGET, unix.SYS_SEMCTL,
	unix.SYS_MSGGET, unix.SYS_MSGSND, unix.SYS_MSGRCV, unix.SYS_MSGCTL,
	unix.SYS_MQ_OPEN, unix.SYS_MQ_UNLINK, unix.SYS_MQ_TIMEDSEND, unix.SYS_MQ_TIMEDRECEIVE, unix.SYS_MQ_NOTIFY, unix.SYS_MQ_GETSETATTR,
}

// olderCalls are what AMD64 has besides, by number, since others have none of them:
// fork, vfork, chmod, chown, lchown, utime, utimes and futimesat.
var olderCalls = []uint32{57, 58, 90, 92, 94, 132, 235, 261}

// semaphoreCalls are semop and semtimedop, by number, since other platforms lack one of
// them or both.
var semaphoreCalls = map[string][]uint32{"amd64": {65, 220}, "arm64": {193, 192}}

// callRule allows a call, or denies it, if one of its arguments has one of values.
// The kernel reads 32 bits of each argument that is named here.
type callRule struct {
	call, argument uint32
	values         []uint32
	denied         bool
}

// callRules let a process signal and bound itself alone. A process group is not
// itself: it could join that of its parent.
func callRules(self uint32) []callRule {
	own := []uint32{self}
	return []callRule{
		{call: unix.SYS_KILL, values: own}, {call: unix.SYS_TGKILL, values: own},
		{call: unix.SYS_RT_SIGQUEUEINFO, values: own}, {call: unix.SYS_RT_TGSIGQUEUEINFO, values: own},
		{call: unix.SYS_PRLIMIT64, values: []uint32{0, self}},
		// Whoever owns a file gets signals from it.
		{call: unix.SYS_FCNTL, argument: 1, values: []uint32{unix.F_SETOWN, unix.F_SETOWN_EX, unix.F_SETSIG}, denied: true},
		// It dies with its parent: see childAttributes.
		{call: unix.SYS_PRCTL, values: []uint32{unix.PR_SET_PDEATHSIG}, denied: true},
	}
}

// isolate denies system calls, for all threads and for good. A filter of calls is
// there where namespaces of users are closed, as in most containers.
func isolate() (note, err error) {
	var platform uint32
	denied := slices.Concat(deniedCalls, semaphoreCalls[goruntime.GOARCH])
	switch goruntime.GOARCH {
	case "amd64":
		platform, denied = unix.AUDIT_ARCH_X86_64, append(denied, olderCalls...)
	case "arm64":
		platform = unix.AUDIT_ARCH_AARCH64
	default:
		return fmt.Errorf("on %s it may open connections, start processes and signal others", goruntime.GOARCH), nil
	}
	filter := callFilter(platform, denied, uint32(unix.Getpid()))
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", err)
	}
	_, _, code := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if code != 0 {
		return fmt.Errorf("it may open connections, start processes and signal others, since this kernel has no filter of system calls: %w", code), nil
	}
	return nil, nil
}

// callFilter answers EPERM to denied calls and as callRules say, lets threads be started
// and no processes, and kills what calls the system in the way of another platform,
// whose numbers are others.
func callFilter(platform uint32, denied []uint32, self uint32) []unix.SockFilter {
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		ifEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ifLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		ifSet   = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		answer  = unix.BPF_RET | unix.BPF_K
		// Offsets in struct seccomp_data. Of an argument the lower half comes first.
		callNumber, architecture, arguments = 0, 4, 16
		// Numbers from here on are x32's.
		x32 = 0x4000_0000
	)
	deny := unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	allow := unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW}
	filter := []unix.SockFilter{
		{Code: load, K: architecture},
		{Code: ifEqual, K: platform, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: callNumber},
		{Code: ifLeast, K: x32, Jf: 1},
		deny,
	}
	for _, call := range denied {
		filter = append(filter, unix.SockFilter{Code: ifEqual, K: call, Jf: 1}, deny)
	}
	// A process of its own would have limits of its own, and outlive this one. What
	// clone3 is told lies in memory, where a filter cannot look; without it the C library
	// starts threads by clone.
	filter = append(filter,
		unix.SockFilter{Code: ifEqual, K: unix.SYS_CLONE3, Jf: 1},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		unix.SockFilter{Code: ifEqual, K: unix.SYS_CLONE, Jf: 4},
		unix.SockFilter{Code: load, K: arguments},
		unix.SockFilter{Code: ifSet, K: unix.CLONE_THREAD, Jf: 1},
		allow, deny)
	for _, rule := range callRules(self) {
		found, other := allow, deny
		if rule.denied {
			found, other = deny, allow
		}
		n := uint8(len(rule.values))
		filter = append(filter, unix.SockFilter{Code: ifEqual, K: rule.call, Jf: n + 3},
			unix.SockFilter{Code: load, K: arguments + 8*rule.argument})
		for i, value := range rule.values {
			filter = append(filter, unix.SockFilter{Code: ifEqual, K: value, Jt: n - uint8(i)})
		}
		filter = append(filter, other, found)
	}
	return append(filter, allow)
}
