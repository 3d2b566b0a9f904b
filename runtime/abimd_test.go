package runtime_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
)

// wasiAnswers says what each WASI function that does something answers; all the
// others are of files and sockets and answer EBADF.
var wasiAnswers = [][2]string{
	{"args_get args_sizes_get environ_get environ_sizes_get", "nothing: no arguments, no environment"},
	{"clock_time_get clock_res_get", "the host's clock, as `clock` tells it; a monotonic clock that begins with the instance"},
	{"random_get", "random bytes of the host, as `random`"},
	{"sched_yield", "success"},
	{"poll_oneoff", "sleeps, but no longer than the call, or the start, may take; who asks for more than its host allows is left at once, and its call or start fails with `LimitExceeded`; EBADF for files"},
	{"proc_exit proc_raise", "ends the instance: a trap"},
	{"fd_write fd_fdstat_get", "1 and 2 are output that goes into the host's log, up to a limit, and swallows the rest; EBADF for any other"},
}

// TestABIMDWASI keeps the table of WASI functions in ABI.md equal to what is
// offered.
func TestABIMDWASI(t *testing.T) {
	t.Parallel()
	rest := runtime.WASI()
	table := "| function | answers |\n| --- | --- |\n"
	row := func(names []string, answer string) {
		for i, n := range names {
			if rest[n] == "" {
				t.Errorf("there is no WASI function %s", n)
			}
			delete(rest, n)
			names[i] = "`" + n + "`"
		}
		table += "| " + strings.Join(names, ", ") + " | " + answer + " |\n"
	}
	for _, a := range wasiAnswers {
		row(strings.Fields(a[0]), a[1])
	}
	var files []string
	for n := range rest {
		files = append(files, n)
	}
	slices.Sort(files)
	row(files, "EBADF: there are no files and no sockets")
	data, err := os.ReadFile("../ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?m)^<!-- table: wasi -->\n\n?((?:\|.*\n)*)`)
	have := string(data)
	want := block.ReplaceAllLiteralString(have, "<!-- table: wasi -->\n\n"+table)
	if *updateDocs && have != want {
		if err := os.WriteFile("../ABI.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want || !strings.Contains(have, table) {
		t.Error("ABI.md lists other WASI functions; run go test ./runtime -run 'README|ABIMD' -update-docs")
	}
}
