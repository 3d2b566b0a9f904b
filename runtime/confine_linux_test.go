//go:build linux && !wasmtime

package runtime_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What a process that compiles must be able to do.
var needed = []string{"bound itself", "signal its thread", "signal itself", "write its files"}

// What only Landlock closes.
var landlocked = []string{"list files", "open memory", "read files", "write files"}

// What calls of the system point to.
var (
	queued [32]int32 // siginfo_t: the code is SI_QUEUE, -1
	owner  = [2]int32{1}
)

// acts are what a confined process tries.
func acts() map[string]func() error {
	parent, self := os.Getppid(), os.Getpid()
	call := func(number uintptr, arguments ...uintptr) func() error {
		return func() error {
			var a [6]uintptr
			copy(a[:], arguments)
			if _, _, code := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); code != 0 {
				return code
			}
			return nil
		}
	}
	queued[2], queued[4] = -1, int32(self)
	owner[1] = int32(parent)
	here := []byte{0}
	vector := unix.Iovec{Base: &here[0], Len: 1}
	there := unix.RemoteIovec{Base: uintptr(unsafe.Pointer(&here[0])), Len: 1}
	p := uintptr(parent)
	all := map[string]func() error{
		"signal itself":     call(unix.SYS_KILL, uintptr(self), 0),
		"signal its thread": func() error { return unix.Tgkill(self, unix.Gettid(), 0) },
		"bound itself":      func() error { return unix.Prlimit(0, unix.RLIMIT_CORE, nil, &unix.Rlimit{}) },
		"write its files":   writeFiles,

		"signal the parent": call(unix.SYS_KILL, p, 0), "signal the parent's thread": call(unix.SYS_TGKILL, p, p, 0),
		"signal a thread": call(unix.SYS_TKILL, p, 0), "signal all": call(unix.SYS_KILL, ^uintptr(0), 0),
		"queue a signal":     call(unix.SYS_RT_SIGQUEUEINFO, p, 0, uintptr(unsafe.Pointer(&queued))),
		"queue for a thread": call(unix.SYS_RT_TGSIGQUEUEINFO, p, p, 0, uintptr(unsafe.Pointer(&queued))),
		// It is in there.
		"signal the parent's group": call(unix.SYS_KILL, 0, 0),
		"have a file signal": func() error {
			_, err := unix.FcntlInt(0, unix.F_SETOWN, parent)
			return err
		},
		"have a file's owner": call(unix.SYS_FCNTL, 0, unix.F_SETOWN_EX, uintptr(unsafe.Pointer(&owner))), "have a file's signal": call(unix.SYS_FCNTL, 0, unix.F_SETSIG, 9),
		"bound the parent": func() error { return unix.Prlimit(parent, unix.RLIMIT_NOFILE, nil, &unix.Rlimit{}) },
		"name the parent":  call(unix.SYS_PIDFD_OPEN, p, 0),
		"pin the parent":   func() error { return unix.SchedSetaffinity(parent, &unix.CPUSet{1}) },
		"slow the parent":  call(unix.SYS_SETPRIORITY, unix.PRIO_PROCESS, p, 1),
		"trace the parent": func() error { return unix.PtraceSeize(parent) },
		// Nothing need be there: that is another error.
		"read memory": func() error {
			_, err := unix.ProcessVMReadv(parent, []unix.Iovec{vector}, []unix.RemoteIovec{there}, 0)
			return err
		},
		"write memory": func() error {
			_, err := unix.ProcessVMWritev(parent, []unix.Iovec{vector}, []unix.RemoteIovec{there}, 0)
			return err
		},
		"open memory": func() error { return openFile(fmt.Sprintf("/proc/%d/mem", parent), os.O_RDWR) },

		"read files":  func() error { return openFile("/etc/passwd", os.O_RDONLY) },
		"write files": func() error { return openFile(outside, os.O_RDWR) },
		"list files": func() error {
			_, err := os.ReadDir("..")
			return err
		},
		"run": func() error { return exec.Command("/bin/true").Run() },
		"connect": func() error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil {
				l.Close()
			}
			return err
		},
		"make a pair of sockets": func() error {
			_, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			return err
		},

		"start a process": func() error { return fork(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0) },
		"start one anew": func() error {
			return fork(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&started3)), unsafe.Sizeof(started3))
		},
		"outlive the parent": func() error { return unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0) },
		"change a mode":      func() error { return os.Chmod(outside, 0o640) },
		"change an owner":    func() error { return os.Lchown(outside, os.Getuid(), os.Getgid()) },
		"change a time":      func() error { return os.Chtimes(outside, noon, noon) },
		"cut a file":         func() error { return os.Truncate(outside, 0) },
		"share memory":       shareMemory,
		"share a semaphore":  shareByID(unix.SYS_SEMGET, 1, 0o600, unix.SYS_SEMCTL, 0, unix.IPC_RMID),
		"share a queue":      shareByID(unix.SYS_MSGGET, 0o600, 0, unix.SYS_MSGCTL, unix.IPC_RMID, 0),
		"name a queue":       nameQueue,
		"use what was open": func() error {
			_, err := unix.Pread(leftOpen, here, 0)
			return err
		},
	}
	for name, number := range queueCalls() {
		all["call "+name] = func() error {
			// There is none under this number, which the kernel says as another error.
			switch _, _, code := unix.Syscall6(number, ^uintptr(0), uintptr(unsafe.Pointer(&message)), 1, 0, 0, 0); code {
			case unix.EPERM, unix.ENOSYS:
				return code
			}
			return nil
		}
	}
	if goruntime.GOARCH == "amd64" {
		all["start a process as of old"] = func() error { return fork(57, 0, 0) }
		all["change a mode as of old"] = call(90, uintptr(unsafe.Pointer(unsafe.StringData(outside+"\x00"))), 0o640)
	}
	return all
}

// outside is a file that belongs to somebody else, and leftOpen the number under which
// it is open.
const (
	outside  = "../outside"
	leftOpen = 9
)

// started3 is what clone3 is told: the process is to signal its end as all do.
var started3 = [8]uint64{4: uint64(unix.SIGCHLD)}

// fork starts a process by a call of the system, which ends at once.
func fork(call, first, second uintptr) error {
	id, _, code := unix.RawSyscall(call, first, second, 0)
	if code != 0 {
		return code
	}
	if id == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	_, err := unix.Wait4(int(id), nil, 0, nil)
	return err
}

// shareMemory makes memory that other processes may have, too.
func shareMemory() error {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, os.Getpagesize(), 0o600)
	if err != nil {
		return err
	}
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	return err
}

// shareByID makes something that other processes may have, too, and removes it.
func shareByID(get, first, second, control, third, fourth uintptr) func() error {
	return func() error {
		id, _, code := unix.Syscall(get, unix.IPC_PRIVATE, first, second)
		if code != 0 {
			return code
		}
		if _, _, code = unix.Syscall(control, id, third, fourth); code != 0 {
			return code
		}
		return nil
	}
}

// nameQueue makes a queue that other processes may open by its name.
func nameQueue() error {
	name := fmt.Appendf(nil, "ecmabox-%d\x00", os.Getpid())
	fd, _, code := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(&name[0])), unix.O_CREAT|unix.O_EXCL|unix.O_RDWR, 0o600, 0, 0, 0)
	if code != 0 {
		return code
	}
	defer unix.Close(int(fd))
	if _, _, code = unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(&name[0])), 0, 0); code != 0 {
		return code
	}
	return nil
}

// message is what calls point to that take one.
var message [64]byte

// queueCalls use semaphores and queues that somebody else made.
func queueCalls() map[string]uintptr {
	calls := map[string]uintptr{
		"semctl": unix.SYS_SEMCTL, "msgsnd": unix.SYS_MSGSND, "msgrcv": unix.SYS_MSGRCV, "msgctl": unix.SYS_MSGCTL,
		"mq_unlink": unix.SYS_MQ_UNLINK, "mq_timedsend": unix.SYS_MQ_TIMEDSEND, "mq_timedreceive": unix.SYS_MQ_TIMEDRECEIVE,
		"mq_notify": unix.SYS_MQ_NOTIFY, "mq_getsetattr": unix.SYS_MQ_GETSETATTR,
	}
	switch goruntime.GOARCH {
	case "amd64":
		calls["semop"], calls["semtimedop"] = 65, 220
	case "arm64":
		calls["semop"], calls["semtimedop"] = 193, 192
	}
	return calls
}

func openFile(path string, mode int) error {
	f, err := os.OpenFile(path, mode, 0)
	if err == nil {
		f.Close()
	}
	return err
}

// writeFiles does what a process that compiles does.
func writeFiles() error {
	if err := os.Mkdir("below", 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp("below", "file")
	if err != nil {
		return err
	}
	if _, err := f.WriteString("x"); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), "file"); err != nil {
		return err
	}
	if _, err := os.ReadFile("file"); err != nil {
		return err
	}
	return os.Remove("below")
}

// loseLandlock has this process run on as on a kernel without Landlock.
func loseLandlock() {
	goruntime.LockOSThread() // for good: what comes next is on this thread
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_LANDLOCK_CREATE_RULESET, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	_, _, code := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if code != 0 {
		panic(code)
	}
}

// hasLandlock tells whether this kernel has a Landlock that is good enough.
func hasLandlock() bool {
	version, _, code := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	return code == 0 && version >= 2
}

// yama tells whether this kernel lets processes trace none but their own children.
func yama() bool {
	_, err := os.Stat("/proc/sys/kernel/yama/ptrace_scope")
	return err == nil
}

// clones3 tells whether there is a call clone3 here: some containers have none.
func clones3() bool {
	_, _, code := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0)
	return code != unix.ENOSYS
}

// TestConfined has a process confine itself and try what it can do.
func TestConfined(t *testing.T) {
	t.Parallel()
	try := func(t *testing.T, mode string) confined {
		dir := filepath.Join(t.TempDir(), "work")
		if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "outside"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		// The parent is one that nothing is lost with.
		cmd := exec.Command("/bin/sh", "-c", fmt.Sprintf(`"$0" %d<>%s; exit $?`, leftOpen, outside), self(t))
		cmd.Env, cmd.Dir = []string{confinedVariable + "=" + mode}, dir
		out, err := cmd.Output()
		var have confined
		if err != nil || json.Unmarshal(out, &have) != nil || have.Err != "" {
			t.Fatalf("have %q and error %v", out, err)
		}
		return have
	}
	t.Run("free", func(t *testing.T) {
		t.Parallel()
		all := slices.Sorted(maps.Keys(acts()))
		if yama() {
			all = slices.DeleteFunc(all, func(act string) bool { return strings.Contains(act, "memory") || strings.HasPrefix(act, "trace") })
		}
		if !clones3() {
			all = slices.DeleteFunc(all, func(act string) bool { return act == "start one anew" })
		}
		have := try(t, modeFree)
		for _, act := range all {
			if !slices.Contains(have.Can, act) {
				t.Errorf("a process that is not confined cannot %s, so that nothing shows that one is", act)
			}
		}
	})
	t.Run("with Landlock", func(t *testing.T) {
		t.Parallel()
		if racing {
			t.Skip("the race detector reads /proc, which Landlock closes")
		}
		if !hasLandlock() {
			t.Skip("this kernel has no Landlock, or an old one: what it closes is not tested")
		}
		if have := try(t, modeWhole); have.Note != "" || !slices.Equal(have.Can, needed) {
			t.Errorf("have %q and note %q, want %q", have.Can, have.Note, needed)
		}
	})
	t.Run("without Landlock", func(t *testing.T) {
		t.Parallel()
		have := try(t, modeOld)
		rest := slices.DeleteFunc(slices.Clone(have.Can), func(act string) bool { return slices.Contains(landlocked, act) })
		if have.Note == "" != racing || !slices.Equal(rest, needed) {
			t.Errorf("have %q and note %q, want %q and a note", rest, have.Note, needed)
		}
		t.Logf("without Landlock it can %q: %s", have.Can, have.Note)
	})
}
