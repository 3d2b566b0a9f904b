package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"github.com/tetratelabs/wazero"
)

// childVariable is the environment variable that makes a process one that compiles.
// Its value is the childTask.
const childVariable = "ECMABOX_COMPILE_CHILD"

// childTask is what a process that compiles is told, besides the module, which
// comes in its standard input.
type childTask struct {
	ModuleBytes  int
	Interruption Interruption
	MemoryBytes  int64
	CPUSeconds   int64
	FileBytes    int64
	// Enclosed says that the process is closed in already: see enclose.
	Enclosed bool
}

// How such a process ends. 2 is the Go runtime's, when it gives up.
const (
	exitRefused = 3 // the engine refuses the module; its words are on standard error
	exitFailed  = 4 // the system refused something
	exitMemory  = 5
	exitLarge   = 6 // there is more machine code than childTask.FileBytes
)

// canCompile is set once CompileChild was called.
var canCompile atomic.Bool

// CompileChild lets this program compile modules in a process of its own, which it
// starts by running itself again. Call it first in main, before anything else is
// looked at: in that process it compiles one module and does not return, otherwise
// it returns at once. A test binary calls it in TestMain.
//
// Without it modules are compiled in the process itself, which is safe as far as
// admission bounds what compiling can take. With it that is bounded by
// Config.CompileMemoryBytes, CompileCPU and CompileTimeout, and admission lets four
// times as much to compile through (admission.Wide): 16 MiB of Go, where about 8.5 MB are
// the most without it. On Linux, on AMD64 and ARM64 and with a kernel that has filters of
// system calls, the process cannot open connections, start processes, change modes, owners or times of files, share
// memory, signal, trace or bound others, or outlive the one that started it; its
// environment is empty, and files that were left open for it are closed. Where the kernel has
// Landlock, of Linux 5.19 or later, it can open no files but those in a directory of
// its own and those the program runs from, and so not the memory of other processes
// either; for that the program is started once more. Without Landlock it can read
// and write what its user can, the memory of its user's processes in /proc included
// unless the kernel forbids that (Yama), and Config.Logger gets a warning, once. On
// macOS memory is not bounded, files and the network are not closed, and on other
// systems nothing but CompileTimeout holds. What it makes is machine code that is
// run: it is there for modules that take too much, and no second wall against flaws
// of the compiler.
//
// The functions init of the program run in that process too: without environment
// and limits, and once more without files.
func CompileChild() {
	text, child := os.LookupEnv(childVariable)
	if !child {
		canCompile.Store(true)
		return
	}
	code, err := compileAsChild(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// compileAsChild compiles the module in standard input into the current directory.
// An error beside code 0 is a note.
func compileAsChild(text string) (code int, err error) {
	var task childTask
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		return exitFailed, fmt.Errorf("the variable %s is not to be set by hand: %w", childVariable, err)
	}
	open, err := encloseChild(&task)
	if err != nil {
		return exitFailed, err
	}
	debug.SetMemoryLimit(task.MemoryBytes / 4 * 3)
	note, err := confine(task)
	note = errors.Join(open, note)
	if err != nil {
		return exitFailed, fmt.Errorf("set the limits: %w", err)
	}
	module := make([]byte, task.ModuleBytes)
	if _, err := io.ReadFull(os.Stdin, module); err != nil {
		return exitFailed, fmt.Errorf("read the module: %w", err)
	}
	files, err := engineFilesIn(".")
	if err != nil {
		return exitFailed, err
	}
	ctx := context.Background()
	engine := wazero.NewRuntimeWithConfig(ctx, engineSettings(task.Interruption, files))
	if _, err := safely(ctx, engine, module); err != nil {
		return codeOfCompiling(err, task), err
	}
	if made, err := os.ReadDir(files.dir); err != nil || len(made) == 0 {
		return codeOfNothing(), errors.Join(errors.New("the engine compiled nothing: it had no memory for code"), err)
	}
	return 0, errors.Join(note, putUp(files.dir))
}

// codeOfNothing is for an engine that compiled nothing and found nothing wrong: it
// interprets where the system refuses it a page of memory for code. Where memory is
// bounded, the bound is why.
func codeOfNothing() int {
	if goruntime.GOOS == "linux" && !raceEnabled {
		return exitMemory
	}
	return exitFailed
}

// encloseChild closes the process in, once.
func encloseChild(task *childTask) (note, err error) {
	if task.Enclosed {
		return nil, nil
	}
	task.Enclosed = true
	text, err := json.Marshal(task)
	if err != nil {
		return nil, err
	}
	return enclose([]string{childVariable + "=" + string(text)})
}

func codeOfCompiling(err error, task childTask) int {
	switch {
	case errors.Is(err, syscall.EFBIG) && longestFile() == task.FileBytes: // else this system's own limit is lower
		return exitLarge
	case errors.Is(err, syscall.ENOMEM):
		return exitMemory
	case isSystems(err):
		return exitFailed
	}
	return exitRefused
}

// putUp moves what is in dir to its parent and removes it.
func putUp(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.Rename(filepath.Join(dir, e.Name()), filepath.Join(filepath.Dir(dir), e.Name())))
	}
	return errors.Join(err, os.Remove(dir))
}
