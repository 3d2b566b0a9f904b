package runtime_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
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
)

// TestMain serves the processes that tests start. It does not call CompileChild for
// the tests themselves: most of them compile in the process, as embedders do.
func TestMain(m *testing.M) {
	if _, child := os.LookupEnv(runtime.CompileVariable); child {
		runtime.CompileChild()
	}
	if _, set := os.LookupEnv(confinedVariable); set {
		json.NewEncoder(os.Stdout).Encode(tryConfined())
		return
	}
	if program := os.Getenv(parentVariable); program != "" {
		loadAsParent(program)
		return
	}
	m.Run()
	os.RemoveAll(scratch)
}

// scratch is a directory for what tests share, if there is anything.
var scratch string

// confined is what a confined process could do.
type confined struct {
	Note, Err             string
	Connects, Runs, Reads bool
}

func tryConfined() confined {
	var c confined
	note, err := runtime.Confine()
	if note != nil {
		c.Note = note.Error()
	}
	if err != nil {
		c.Err = err.Error()
	}
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		c.Connects = true
		l.Close()
	}
	c.Runs = exec.Command("/bin/true").Run() == nil
	_, err = os.ReadFile("/dev/null")
	c.Reads = err == nil
	return c
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
