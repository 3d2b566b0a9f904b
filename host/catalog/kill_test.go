//go:build unix

package catalog_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/host/catalog"
)

// The child's directory, and at which step it kills itself: 0 for never.
const (
	childDir  = "ECMABOX_CATALOG_CHILD"
	childStep = "ECMABOX_CATALOG_STEP"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		step, _ := strconv.Atoi(os.Getenv(childStep))
		if err := child(dir, step); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child changes the catalog without end, or until the step at which it kills
// itself, and writes a line per change.
func child(dir string, step int) error {
	c, err := catalog.New(dir)
	if err != nil {
		return err
	}
	seen := 0
	c.Fault(nil, func(string) error {
		if seen++; seen == step {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	})
	ctx := context.Background()
	for i := 0; ; i++ {
		module := strings.Repeat(strconv.Itoa(os.Getpid())+" "+strconv.Itoa(i)+"\n", 1000)
		v, _, err := c.Upload(ctx, "x", strings.NewReader(module), accept)
		if err == nil {
			_, err = c.Activate(ctx, "x", v.Digest)
		}
		if err == nil && i%3 == 2 {
			_, err = c.Rollback(ctx, "x")
		}
		if err == nil && i%3 == 2 {
			_, err = c.Remove(ctx, "x", v.Digest, true)
		}
		if err != nil {
			return err
		}
		fmt.Println(i)
		if step > 0 && i == 2 {
			return nil
		}
	}
}

func startChild(t *testing.T, dir string, step int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childStep+"="+strconv.Itoa(step))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// TestKilledAtEachStep lets a process kill itself ahead of each sync, rename and
// removal in turn.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for step := 1; ; step++ {
		cmd, out := startChild(t, dir, step)
		for out.Scan() {
		}
		err := cmd.Wait()
		intact(t, dir)
		if err == nil {
			if step < 30 {
				t.Errorf("three rounds took only %d steps", step-1)
			}
			return
		}
		if cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatal(err)
		}
	}
}

// TestKilledAnywhere kills one of two processes that change the same connector,
// at any moment; the other must never notice. ECMABOX_LONG=1 makes it long.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	rounds := 4
	if os.Getenv("ECMABOX_LONG") != "" {
		rounds = 150
	}
	dir := t.TempDir()
	for round := range rounds {
		if round%10 == 9 {
			// What lives on grows; old versions teach nothing new.
			dir = t.TempDir()
		}
		victim, out := startChild(t, dir, 0)
		other, others := startChild(t, dir, 0)
		for range 2 + rand.IntN(3) {
			if !out.Scan() || !others.Scan() {
				t.Fatal("a process ended before it was killed")
			}
		}
		// The moment is anywhere inside a change.
		time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond)
		must(t, victim.Process.Kill())
		_ = victim.Wait()
		for range 2 {
			if !others.Scan() {
				t.Fatal("the surviving process stopped")
			}
		}
		must(t, other.Process.Kill())
		_ = other.Wait()
		intact(t, dir)
	}
}
