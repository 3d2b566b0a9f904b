package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
)

// compilerProcess starts processes that compile.
type compilerProcess struct {
	program string
	task    childTask // but for the module's length
	timeout time.Duration
	log     zerolog.Logger
	noted   atomic.Bool
}

// newCompilerProcess returns nil where modules are to be compiled in this process.
func newCompilerProcess(config Config) *compilerProcess {
	program := compilingProgram(&config)
	if program == "" {
		return nil
	}
	p := &compilerProcess{
		program: program,
		task: childTask{Interruption: config.Interruption, MemoryBytes: config.CompileMemoryBytes,
			CPUSeconds: int64((config.CompileCPU + time.Second - 1) / time.Second), FileBytes: maxEntryBytes},
		timeout: config.CompileTimeout,
		log:     config.Logger,
	}
	if raceEnabled { // everything takes ten times as long
		p.task.CPUSeconds *= 10
		p.timeout *= 10
	}
	return p
}

// compilingProgram is the program that compiles modules in a process of their own;
// empty where they are compiled in this one.
func compilingProgram(config *Config) string {
	if config.compileProgram == "" && canCompile.Load() {
		return ownProgram()
	}
	return config.compileProgram
}

// ownProgram is this program, also when its file was replaced since it started:
// another version of it would not be of the same mind. It is empty when it cannot
// be told.
func ownProgram() string {
	const own = "/proc/self/exe"
	if _, err := os.Stat(own); goruntime.GOOS == "linux" && err == nil {
		return own
	}
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	return program
}

var errTimeout = errors.New("the time is up")

// compile runs one process, in a directory of its own below work. It is killed when
// ctx ends, when closing is closed and when its time is up.
func (p *compilerProcess) compile(ctx context.Context, closing <-chan struct{}, work string, module []byte) (*cacheEntry, error) {
	dir, err := os.MkdirTemp(work, "child-")
	if err != nil {
		return nil, systemError(err)
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	running, cancel := context.WithTimeoutCause(ctx, p.timeout, errTimeout)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-closing:
			cancel()
		case <-ended:
		}
	}()
	said := &firstBytes{left: 4 << 10}
	cmd, err := p.command(running, dir, module, said)
	if err != nil {
		return nil, err
	}
	err = runLocked(cmd)
	if err != nil {
		if cause := context.Cause(running); cause == nil {
			return nil, p.failure(cmd.ProcessState, err, said.String())
		} else if errors.Is(cause, errTimeout) {
			return nil, p.limit("CompileTimeout", time.Since(began).Milliseconds(), p.timeout.Milliseconds(),
				fmt.Sprintf("compiling took %v, more than the %v it may", time.Since(began).Round(time.Millisecond), p.timeout))
		} else if ctx.Err() != nil {
			return nil, stopped(opLoad, ctx.Err(), "the module was still being compiled")
		}
		return nil, closedError(opLoad)
	}
	if note := said.String(); note != "" && !p.noted.Swap(true) {
		p.log.Warn().Str(logfield.Error, quote(note)).Msg("the process that compiles is not as confined as it could be")
	}
	made, err := takeOnly(dir)
	if err != nil {
		return nil, &abi.Error{Code: abi.HostFailure, Op: opLoad, Side: abi.SideHost, Message: "the compiler's process left something else than a compiled module", Err: err}
	}
	return made, nil
}

// command is the process that compiles, which is killed with all it started.
func (p *compilerProcess) command(ctx context.Context, dir string, module []byte, said io.Writer) (*exec.Cmd, error) {
	task := p.task
	task.ModuleBytes = len(module)
	text, err := json.Marshal(task)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, p.program)
	cmd.Args = []string{"ecmabox-compile"}
	cmd.Env = []string{childVariable + "=" + string(text)}
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(module)
	cmd.Stderr = said
	// Who holds the pipes open after its end is not waited for.
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	return cmd, nil
}

// runLocked runs cmd on one thread: where a process dies with the one that started
// it, it is the thread that counts.
func runLocked(cmd *exec.Cmd) error {
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	return cmd.Run()
}

// failure tells why a process ended that was not stopped.
func (p *compilerProcess) failure(state *os.ProcessState, err error, said string) error {
	failed := &abi.Error{Code: abi.HostFailure, Op: opLoad, Side: abi.SideHost, Message: "the process that compiles", Err: err}
	if state == nil {
		failed.Message = "the process that compiles does not start"
		return failed
	}
	used := state.UserTime() + state.SystemTime()
	first, _, _ := strings.Cut(said, "\n")
	switch code := state.ExitCode(); {
	case code == exitRefused:
		return errors.New(first)
	case code == exitMemory, outOfMemory(said):
		// How much it had, nobody tells: the system's greatest size of a process
		// begins with that of the one that started it.
		return p.limit("CompileMemoryBytes", 0, p.task.MemoryBytes, fmt.Sprintf("compiling needs more than the %d MiB it may have", p.task.MemoryBytes>>20))
	case code == exitLarge:
		return refused(RuleBound, fmt.Sprintf("it makes more than %d MiB of machine code, the most that is loaded: %s", p.task.FileBytes>>20, admissionCures[RuleBound]), nil)
	// The system that ends a process counts its time by samples, which on a busy machine
	// are more than what it tells of it afterwards.
	case wasKilled(state) && used >= time.Duration(p.task.CPUSeconds)*time.Second/2:
		return p.limit("CompileCPU", used.Milliseconds(), p.task.CPUSeconds*1000,
			fmt.Sprintf("compiling was ended after %v of processor time, the most is %d s", used.Round(time.Millisecond), p.task.CPUSeconds))
	case wasKilled(state):
		failed.Message = fmt.Sprintf("the system ended the process that compiles, most likely for want of memory: let the machine or container have more, "+
			"up to the %d MiB of Config.CompileMemoryBytes beside what it needs, and load the module again", p.task.MemoryBytes>>20)
	case code == exitFailed:
		failed.Message, failed.Err = "the process that compiles: "+quote(first)+"; "+seeTemporary(), nil
	case first != "":
		failed.Message = "the process that compiles crashed: " + quote(first)
	}
	return failed
}

// limit is the error for a module that takes more than it may.
func (p *compilerProcess) limit(limit string, used, allowed int64, message string) error {
	return &abi.Error{Code: abi.LimitExceeded, Op: opLoad, Side: abi.SideGuest, Limit: limit, Used: used, Allowed: allowed,
		Message: message + "; 16 MiB of Go take less than the default: look for functions of enormous size, or raise Config." + limit}
}

// outOfMemory reports whether the Go runtime gave up for want of memory. It says so
// in words alone.
func outOfMemory(said string) bool {
	for _, words := range []string{"out of memory", "cannot allocate memory", "failed to create new OS thread", "pthread_create failed"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// firstBytes keeps the first bytes of what is written, and takes all of it.
type firstBytes struct {
	bytes.Buffer
	left int
}

// Write implements io.Writer.
func (b *firstBytes) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.Buffer.Write(p[:n])
	return len(p), nil
}
