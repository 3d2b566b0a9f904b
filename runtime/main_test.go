package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// What this test binary does instead of testing, when it is run by a test.
const (
	// confinedVariable: confine itself and tell what it still can do.
	confinedVariable = "ECMABOX_TEST_CONFINED"
	// parentVariable: load a module with the compiler that it names.
	parentVariable = "ECMABOX_TEST_PARENT"
	// cacheVariable: use a cache as the cacheTask says.
	cacheVariable = "ECMABOX_TEST_CACHE_TASK"
)

// TestMain serves the processes that tests start. It does not call CompileChild for
// the tests themselves: most of them compile in the process, as embedders do.
func TestMain(m *testing.M) {
	if _, child := os.LookupEnv(runtime.CompileVariable); child {
		runtime.CompileChild()
	}
	if mode, set := os.LookupEnv(confinedVariable); set {
		json.NewEncoder(os.Stdout).Encode(tryConfined(mode))
		return
	}
	if program := os.Getenv(parentVariable); program != "" {
		loadAsParent(program)
		return
	}
	if task := os.Getenv(cacheVariable); task != "" {
		useCache(task)
		return
	}
	m.Run()
	os.RemoveAll(scratch)
}

// scratch is a directory for what tests share, if there is anything.
var scratch string

// confined is what a confined process could do.
type confined struct {
	Note, Err string
	Can       []string
}

// The modes of a process that confines itself.
const (
	modeWhole    = "whole"    // with all there is
	modeEnclosed = "enclosed" // the same, when it is closed in
	modeOld      = "old"      // on a kernel without Landlock
	modeFree     = "free"     // not at all
)

func tryConfined(mode string) confined {
	c := confined{Can: []string{}}
	if mode != modeFree {
		c.Note, c.Err = confineIn(mode)
	}
	for _, act := range slices.Sorted(maps.Keys(acts())) {
		if err := acts()[act](); err == nil || errors.Is(err, syscall.EFAULT) {
			c.Can = append(c.Can, act)
		}
	}
	return c
}

func confineIn(mode string) (note, failure string) {
	var open, fatal error
	if mode == modeOld {
		loseLandlock()
	}
	if mode != modeEnclosed {
		open, fatal = runtime.Enclose([]string{confinedVariable + "=" + modeEnclosed})
	}
	closed, err := runtime.Confine()
	err = errors.Join(fatal, err)
	if closed = errors.Join(open, closed); closed != nil {
		note = closed.Error()
	}
	if err != nil {
		failure = err.Error()
	}
	return note, failure
}

func loadAsParent(program string) {
	module, err := os.ReadFile("../testdata/wat/answers_well.wasm")
	if err != nil {
		panic(err)
	}
	rt, err := runtime.New(context.Background(), runtime.WithCompiler(runtime.Config{}, program))
	if err != nil {
		panic(err)
	}
	rt.Load(context.Background(), module, &fakeHosts{}, contract.Promise{})
}
