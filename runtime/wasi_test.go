package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// TestWASI pins what guests may import of WASI: the whole of preview 1, with its
// signatures. ABI.md says what each function answers.
func TestWASI(t *testing.T) {
	t.Parallel()
	const want = `
args_get (i32, i32) → i32
args_sizes_get (i32, i32) → i32
clock_res_get (i32, i32) → i32
clock_time_get (i32, i64, i32) → i32
environ_get (i32, i32) → i32
environ_sizes_get (i32, i32) → i32
fd_advise (i32, i64, i64, i32) → i32
fd_allocate (i32, i64, i64) → i32
fd_close (i32) → i32
fd_datasync (i32) → i32
fd_fdstat_get (i32, i32) → i32
fd_fdstat_set_flags (i32, i32) → i32
fd_fdstat_set_rights (i32, i64, i64) → i32
fd_filestat_get (i32, i32) → i32
fd_filestat_set_size (i32, i64) → i32
fd_filestat_set_times (i32, i64, i64, i32) → i32
fd_pread (i32, i32, i32, i64, i32) → i32
fd_prestat_dir_name (i32, i32, i32) → i32
fd_prestat_get (i32, i32) → i32
fd_pwrite (i32, i32, i32, i64, i32) → i32
fd_read (i32, i32, i32, i32) → i32
fd_readdir (i32, i32, i32, i64, i32) → i32
fd_renumber (i32, i32) → i32
fd_seek (i32, i64, i32, i32) → i32
fd_sync (i32) → i32
fd_tell (i32, i32) → i32
fd_write (i32, i32, i32, i32) → i32
path_create_directory (i32, i32, i32) → i32
path_filestat_get (i32, i32, i32, i32, i32) → i32
path_filestat_set_times (i32, i32, i32, i32, i64, i64, i32) → i32
path_link (i32, i32, i32, i32, i32, i32, i32) → i32
path_open (i32, i32, i32, i32, i32, i64, i64, i32, i32) → i32
path_readlink (i32, i32, i32, i32, i32, i32) → i32
path_remove_directory (i32, i32, i32) → i32
path_rename (i32, i32, i32, i32, i32, i32) → i32
path_symlink (i32, i32, i32, i32, i32) → i32
path_unlink_file (i32, i32, i32) → i32
poll_oneoff (i32, i32, i32, i32) → i32
proc_exit (i32)
proc_raise (i32) → i32
random_get (i32, i32) → i32
sched_yield () → i32
sock_accept (i32, i32, i32) → i32
sock_recv (i32, i32, i32, i32, i32, i32) → i32
sock_send (i32, i32, i32, i32, i32) → i32
sock_shutdown (i32, i32) → i32
`
	have := runtime.WASI()
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(have)) {
		lines = append(lines, name+" "+have[name])
	}
	if text := strings.Join(lines, "\n"); text != strings.TrimSpace(want) {
		t.Errorf("have\n%s", text)
	}
}

// ABI.md tells of every function what it answers.
func TestWASIIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "<!-- table: wasi -->")
	if !found {
		t.Fatal("ABI.md has no table of WASI functions")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	have := runtime.WASI()
	for _, row := range strings.Split(table, "\n") {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cell, -1) {
			if _, ok := have[name[1]]; !ok {
				t.Errorf("ABI.md has %s, which is not offered or there twice", name[1])
			}
			delete(have, name[1])
		}
	}
	for name := range have {
		t.Errorf("ABI.md says nothing of %s", name)
	}
}

// What a Go program links in that uses fmt, JSON, XML, log, files, processes and
// net/http is all offered.
func TestWASIOfGo(t *testing.T) {
	t.Parallel()
	m, err := wasmbuild.Build(t.Context(), "./testdata/everything")
	if err != nil {
		t.Fatal(err)
	}
	report, _ := runtime.Inspect(m)
	if len(report.Imports) < 25 {
		t.Errorf("have %d imports, want the many that net/http has", len(report.Imports))
	}
	for _, i := range report.Imports {
		if i.Module != abi.WASIModule || !i.Known {
			t.Errorf("%s.%s %s is not offered", i.Module, i.Name, i.Signature)
		}
	}
}

// everythingC links in what C programs use of wasi-libc.
const everythingC = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/socket.h>
int everything(void) {
	struct stat s; struct timespec t; struct pollfd p = {0}; char b[8];
	FILE *f = fopen("x", "r+");
	if (f) { fread(b, 1, 8, f); fseek(f, 1, SEEK_SET); fprintf(f, "%d", rand()); fclose(f); }
	printf("%s %f", getenv("HOME"), 1.5);
	opendir("x"); stat("x", &s); mkdir("x", 0); unlink("x"); rmdir("x"); rename("x", "y");
	symlink("x", "y"); link("x", "y"); readlink("x", b, 8); utimensat(0, "x", 0, 0); truncate("x", 1); ftruncate(3, 1);
	pread(3, b, 8, 1); pwrite(3, b, 8, 1); fsync(3); fdatasync(3); posix_fadvise(3, 0, 1, 0); posix_fallocate(3, 0, 1); futimens(3, 0);
	clock_gettime(CLOCK_MONOTONIC, &t); clock_getres(CLOCK_REALTIME, &t); nanosleep(&t, 0); poll(&p, 1, 1);
	getentropy(b, 8); recv(3, b, 8, 0); send(3, b, 8, 0); shutdown(3, 0); fcntl(3, F_SETFL, O_NONBLOCK);
	exit(isatty(1));
}
`

func TestWASIOfC(t *testing.T) {
	t.Parallel()
	needClang(t)
	dir := t.TempDir()
	source, object := filepath.Join(dir, "everything.c"), filepath.Join(dir, "everything.wasm")
	if err := os.WriteFile(source, []byte(everythingC), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "clang-19", "--target=wasm32-wasi", "-mexec-model=reactor", "-w",
		"-Wl,--export=everything", "-o", object, source).CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	m, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	report, _ := runtime.Inspect(m)
	if len(report.Imports) < 30 {
		t.Errorf("have %d imports, want the many that files and sockets have", len(report.Imports))
	}
	for _, i := range report.Imports {
		if i.Module != abi.WASIModule || !i.Known {
			t.Errorf("%s.%s %s is not offered", i.Module, i.Name, i.Signature)
		}
	}
}

// A host whose clock or chance fails behind WASI is told in the log; the guest that goes on
// answers well, and the crash of one that does not is the host's failure, not its own.
func TestWASIWithoutHost(t *testing.T) {
	t.Parallel()
	down := errors.New("the server of time is down")
	const i32 = "\x7f"
	wait := make([]byte, 48) // until a point in time
	wait[40] = 1
	ends := map[bool][]byte{true: {0x04, 0x40, 0x00, 0x0b}, false: {0x1a}} // traps on an error, or drops it
	for name, test := range map[string]struct {
		function, params string
		code             []byte
		hosts            *fakeHosts
		says             string
	}{
		"clock": {"clock_time_get", i32 + "\x7e" + i32, wasmtest.Join(wasmtest.I32(0), wasmtest.I64(1), wasmtest.I32(messageAt)),
			&fakeHosts{onClock: func(context.Context) (time.Time, error) { return time.Time{}, down }}, down.Error()},
		"sleep": {"poll_oneoff", i32 + i32 + i32 + i32, wasmtest.Join(wasmtest.I32(messageAt), wasmtest.I32(2*messageAt), wasmtest.I32(1), wasmtest.I32(3*messageAt)),
			&fakeHosts{onClock: func(context.Context) (time.Time, error) { return time.Time{}, down }}, down.Error()},
		"chance": {"random_get", i32 + i32, wasmtest.Join(wasmtest.I32(messageAt), wasmtest.I32(8)),
			&fakeHosts{onRandom: func(int) ([]byte, error) { return nil, down }}, down.Error()},
		"little chance": {"random_get", i32 + i32, wasmtest.Join(wasmtest.I32(messageAt), wasmtest.I32(8)),
			&fakeHosts{onRandom: func(n int) ([]byte, error) { return make([]byte, n-1), nil }}, "7 random bytes, 8"},
	} {
		for traps, end := range ends {
			t.Run(fmt.Sprintf("%s, traps %t", name, traps), func(t *testing.T) {
				t.Parallel()
				var log bytes.Buffer
				hosts := &fakeHosts{onClock: test.hosts.onClock, onRandom: test.hosts.onRandom}
				m := askingModule(wasmtest.Func(test.params, i32), abi.WASIModule, test.function, string(wait), wasmtest.Join(test.code, []byte{0x10, 0}, end, wellAnswer)...)
				c, err := newRuntime(t, runtime.Config{Logger: zerolog.New(&log).Level(zerolog.ErrorLevel)}).Load(t.Context(), m, hosts, contract.Promise{})
				if err != nil {
					t.Fatal(err)
				}
				s := openImport(t, runtime.Raw(c), nil)
				_, err = s.GetImportEntries(t.Context(), abi.GetImportEntriesRunStep{})
				if !strings.Contains(log.String(), test.says) || !strings.Contains(log.String(), test.function) || strings.Count(log.String(), "\n") != 1 {
					t.Errorf("the log says %q, want one line with %q", &log, test.says)
				}
				if !traps {
					if err != nil {
						t.Errorf("a guest that did without fails: %v", err)
					}
					return
				}
				if e := wantError(t, err, abi.HostFailure); e.Side != abi.SideHost || e.Op != "GetImportEntries" || !strings.Contains(e.Error(), test.says) || !errors.Is(err, abi.Trap) {
					t.Errorf("have %v of side %v", e, e.Side)
				}
			})
		}
	}
}
