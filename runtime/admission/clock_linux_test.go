package admission_test

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// took is how long the processor is busy with something, whatever else it does meanwhile.
func took(do func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := busy()
	do()
	return busy() - began
}

func busy() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
