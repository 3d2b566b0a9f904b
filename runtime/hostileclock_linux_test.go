package runtime_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waited is for how long each thread of this process was ready so far and the
// kernel ran others; empty where it does not tell.
func waited() map[string]time.Duration {
	all := make(map[string]time.Duration)
	threads, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, file := range threads {
		all[file] = waitedIn(file)
	}
	return all
}

// threadWaited is the same of the thread of the caller, who has locked it.
func threadWaited() time.Duration {
	return waitedIn(fmt.Sprintf("/proc/self/task/%d/schedstat", syscall.Gettid()))
}

func waitedIn(file string) time.Duration {
	data, err := os.ReadFile(file)
	if fields := strings.Fields(string(data)); err == nil && len(fields) > 1 {
		n, _ := strconv.ParseInt(fields[1], 10, 64)
		return time.Duration(n)
	}
	return 0
}

// sleepTowards holds the calling thread, and not only its goroutine, for some
// milliseconds but no longer than to a time, and reports whether that is still to
// come.
func sleepTowards(at time.Time) bool {
	wait := syscall.NsecToTimespec(int64(max(0, min(time.Until(at), 5*time.Millisecond))))
	syscall.Nanosleep(&wait, nil) // a signal ends it early
	return time.Now().Before(at)
}

// resident returns the process's resident memory now, and the most it was, in
// bytes.
func resident(t *testing.T) (now, most int64) {
	t.Helper()
	return ofStatus(t, "VmRSS:"), ofStatus(t, "VmHWM:")
}

// forgetPeak has the most that is resident begin anew, and reports whether the kernel does
// that.
func forgetPeak() bool { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil }

// ofStatus returns what the kernel tells of this process's memory, in bytes.
func ofStatus(t *testing.T, name string) int64 {
	t.Helper()
	return bytesBehind(t, "/proc/self/status", name)
}

// bytesBehind returns how many bytes stand behind a name in a file of the kernel.
func bytesBehind(t testing.TB, file, name string) int64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), name)
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil || kib == 0 {
		t.Fatalf("the kernel does not tell %s %v", name, err)
	}
	return kib << 10
}

// confine bounds what this process may take of the machine, for modules whose
// defence may be switched off.
func confine(t *testing.T) {
	t.Helper()
	const most = 3 << 30
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		t.Fatal(err)
	}
}

// processorTime is what this process has had of the processors.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
