package runtime

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// What a guest gets of WASI preview 1: a clock and randomness from its host,
// output into the log, sleeping within its deadline, and the way out. It has no
// arguments, no environment, no files and no sockets: those functions are there,
// because compilers link them, and answer badf.

// errno is WASI's error number.
type errno uint32

const (
	success errno = 0
	badf    errno = 8
	fault   errno = 21
	inval   errno = 28
	ioError errno = 29
)

// wasiFunction is one function. In params and results i stands for i32, I for
// i64; a result is an errno.
type wasiFunction struct {
	name, params string
	call         func(c *wasiCall) errno
	noResult     bool
}

// wasiCall is one call: the lease, its memory and the parameters.
type wasiCall struct {
	lease  *lease
	memory linearMemory
	params []uint64
}

func (f wasiFunction) signature() abi.Signature {
	var s abi.Signature
	for _, p := range f.params {
		kind := abi.I32
		if p == 'I' {
			kind = abi.I64
		}
		s.Params = append(s.Params, kind)
	}
	if !f.noResult {
		s.Results = []abi.ValueKind{abi.I32}
	}
	return s
}

// wasiFunctions are the whole of preview 1: what Go, C and Rust link in is a
// part of it that changes with each compiler. A test pins the list.
func wasiFunctions() []wasiFunction {
	noFile := func(*wasiCall) errno { return badf }
	return []wasiFunction{
		{name: "args_get", params: "ii", call: func(*wasiCall) errno { return success }},
		{name: "args_sizes_get", params: "ii", call: noStrings},
		{name: "environ_get", params: "ii", call: func(*wasiCall) errno { return success }},
		{name: "environ_sizes_get", params: "ii", call: noStrings},
		{name: "clock_res_get", params: "ii", call: clockResolution},
		{name: "clock_time_get", params: "iIi", call: clockTime},
		{name: "random_get", params: "ii", call: randomBytes},
		{name: "sched_yield", params: "", call: func(*wasiCall) errno { return success }},
		{name: "poll_oneoff", params: "iiii", call: poll},
		{name: "proc_exit", params: "i", call: exit, noResult: true},
		{name: "proc_raise", params: "i", call: raise},
		{name: "fd_write", params: "iiii", call: writeOutput},
		{name: "fd_fdstat_get", params: "ii", call: outputStatus},

		{name: "fd_advise", params: "iIIi", call: noFile},
		{name: "fd_allocate", params: "iII", call: noFile},
		{name: "fd_close", params: "i", call: noFile},
		{name: "fd_datasync", params: "i", call: noFile},
		{name: "fd_fdstat_set_flags", params: "ii", call: noFile},
		{name: "fd_fdstat_set_rights", params: "iII", call: noFile},
		{name: "fd_filestat_get", params: "ii", call: noFile},
		{name: "fd_filestat_set_size", params: "iI", call: noFile},
		{name: "fd_filestat_set_times", params: "iIIi", call: noFile},
		{name: "fd_pread", params: "iiiIi", call: noFile},
		{name: "fd_prestat_dir_name", params: "iii", call: noFile},
		{name: "fd_prestat_get", params: "ii", call: noFile},
		{name: "fd_pwrite", params: "iiiIi", call: noFile},
		{name: "fd_read", params: "iiii", call: noFile},
		{name: "fd_readdir", params: "iiiIi", call: noFile},
		{name: "fd_renumber", params: "ii", call: noFile},
		{name: "fd_seek", params: "iIii", call: noFile},
		{name: "fd_sync", params: "i", call: noFile},
		{name: "fd_tell", params: "ii", call: noFile},
		{name: "path_create_directory", params: "iii", call: noFile},
		{name: "path_filestat_get", params: "iiiii", call: noFile},
		{name: "path_filestat_set_times", params: "iiiiIIi", call: noFile},
		{name: "path_link", params: "iiiiiii", call: noFile},
		{name: "path_open", params: "iiiiiIIii", call: noFile},
		{name: "path_readlink", params: "iiiiii", call: noFile},
		{name: "path_remove_directory", params: "iii", call: noFile},
		{name: "path_rename", params: "iiiiii", call: noFile},
		{name: "path_symlink", params: "iiiii", call: noFile},
		{name: "path_unlink_file", params: "iii", call: noFile},
		{name: "sock_accept", params: "iii", call: noFile},
		{name: "sock_recv", params: "iiiiii", call: noFile},
		{name: "sock_send", params: "iiiii", call: noFile},
		{name: "sock_shutdown", params: "ii", call: noFile},
	}
}

func wasiImports() []importedFunction {
	var all []importedFunction
	for _, f := range wasiFunctions() {
		all = append(all, importedFunction{abi.WASIModule, f.name, f.signature(), f.serve})
	}
	return all
}

func (f wasiFunction) serve(l *lease, stack []uint64) {
	l.guard(f.name, func() {
		result := f.call(&wasiCall{l, l.instance.memory(), stack})
		if !f.noResult {
			stack[0] = uint64(result)
		}
	})
}

func (c *wasiCall) u32(i int) uint32 { return uint32(c.params[i]) }

// put writes the results of a function to their places.
func (c *wasiCall) put(ok ...bool) errno {
	for _, each := range ok {
		if !each {
			return fault
		}
	}
	return success
}

// noStrings answers that there are no arguments or variables.
func noStrings(c *wasiCall) errno {
	return c.put(c.memory.WriteUint32Le(c.u32(0), 0), c.memory.WriteUint32Le(c.u32(1), 0))
}

// The clocks of WASI. Those of processor time tell the monotonic time: what the
// guest uses cannot be told, and its own compilers never ask.
const clockRealtime = 0

const maxClock = 3

// guestClock makes a monotonic clock of the host's. It begins at base, which is
// where it stood in the image that the instance is of.
type guestClock struct {
	base  int64
	begun time.Time
	last  int64
}

// untilStopped is the context of clock and randomness. A caller who gave up does
// not end it: Go's runtime crashes without them, and a guest that was told to stop
// needs them to return and be closed.
func (l *lease) untilStopped() context.Context { return context.WithoutCancel(l.stop.hostContext()) }

// now asks the lease's host, so that a replay gets the time it recorded.
func (l *lease) now(clock uint32) (int64, error) {
	t, err := l.host.Clock(l.untilStopped())
	if err != nil {
		return 0, err
	}
	if clock == clockRealtime {
		return t.UnixNano(), nil
	}
	if l.clock.begun.IsZero() {
		l.clock.begun = t
	}
	// From 1, since 0 reads as no time at all, and never backwards.
	l.clock.last = max(l.clock.last, l.clock.base+int64(t.Sub(l.clock.begun))+1)
	return l.clock.last, nil
}

// withoutHost answers a call for which the host has failed. The guest hears no more than
// that: why, the log tells, and the error of the call that runs if the guest crashes then,
// as Go's runtime does.
func (l *lease) withoutHost(call string, err error) errno {
	l.noteFailure(call, err)
	if l.failed == nil {
		l.failed = fmt.Errorf("%s: %w", call, err)
	}
	return ioError
}

func clockTime(c *wasiCall) errno {
	if c.u32(0) > maxClock {
		return inval
	}
	now, err := c.lease.now(c.u32(0))
	if err != nil {
		return c.lease.withoutHost("clock_time_get", err)
	}
	return c.put(c.memory.WriteUint64Le(c.u32(2), uint64(now)))
}

func clockResolution(c *wasiCall) errno {
	if c.u32(0) > maxClock {
		return inval
	}
	return c.put(c.memory.WriteUint64Le(c.u32(1), uint64(time.Microsecond)))
}

// randomBytes fills the guest's buffer piece by piece, until the call is to end.
func randomBytes(c *wasiCall) errno {
	pointer, left := c.u32(0), c.u32(1)
	if !inMemory(c.memory, pointer, left) {
		return fault
	}
	for left > 0 {
		n := min(left, abi.MaxRandomBytes)
		bytes, err := c.lease.host.Random(c.lease.untilStopped(), int(n))
		if err == nil && len(bytes) != int(n) {
			err = fmt.Errorf("the host gave %d random bytes, %d were asked for", len(bytes), n)
		}
		if err != nil {
			return c.lease.withoutHost("random_get", err)
		}
		c.memory.Write(pointer, bytes)
		pointer, left = pointer+n, left-n
		c.lease.unwindIfDue()
	}
	return success
}

func exit(c *wasiCall) errno {
	code := c.u32(0)
	c.lease.exitCode = &code
	unwind()
	return success
}

// raise ends the guest as the signal would: 128 and its number, as a shell tells.
func raise(c *wasiCall) errno {
	code := 128 + c.u32(0)%128
	c.lease.exitCode = &code
	unwind()
	return success
}

// maxVectors is POSIX's IOV_MAX.
const maxVectors = 1024

// writeOutput takes what goes to standard output and error. Only as much as the
// output keeps is read, however much the vectors claim.
func writeOutput(c *wasiCall) errno {
	if fd := c.u32(0); fd != 1 && fd != 2 {
		return badf
	}
	count := c.u32(2)
	if count > maxVectors {
		return inval
	}
	vectors, ok := c.memory.Read(c.u32(1), count*8)
	if !ok {
		return fault
	}
	var written uint32
	for ; len(vectors) > 0; vectors = vectors[8:] {
		pointer, length := binary.LittleEndian.Uint32(vectors), binary.LittleEndian.Uint32(vectors[4:])
		bytes, ok := c.memory.Read(pointer, length)
		if !ok {
			return fault
		}
		if written+length < written {
			return inval
		}
		written += length
		c.lease.output.write(bytes)
	}
	return c.put(c.memory.WriteUint32Le(c.u32(3), written))
}

// The file type and rights of a character device, which a C library takes for a
// terminal and writes to line by line.
const (
	characterDevice = 2
	rightRead       = 1 << 1
	rightWrite      = 1 << 6
)

func outputStatus(c *wasiCall) errno {
	fd := c.u32(0)
	if fd > 2 {
		return badf
	}
	rights := uint64(rightWrite)
	if fd == 0 {
		rights = rightRead
	}
	status := make([]byte, 24)
	status[0] = characterDevice
	binary.LittleEndian.PutUint64(status[8:], rights)
	return c.put(c.memory.Write(c.u32(1), status))
}
