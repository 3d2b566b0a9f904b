package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// The corpus of hostile modules, hostileRows, is played here: each module through
// the real runtime and the real host functions, in turn on one runtime, beside a
// neighbour whose import stays open all the while.

// memoryAllowed is by how much the process may grow for one module, in resident
// bytes at any time.
const memoryAllowed = 256 << 20

// config are limits with which everything ends soon that only a deadline ends.
func (r *hostileRow) config(log *shownLog) runtime.Config {
	times := r.times()
	return runtime.Config{
		StartTimeout: times.start, CallTimeout: times.call, CloseTimeout: times.close, MemoryLimitBytes: 64 << 20,
		Logger: zerolog.New(log),
	}
}

// hostileRow is one module of the corpus, or one way to play it.
type hostileRow struct {
	// name is the row's, and the file's in testdata/hostile unless file says
	// another. made makes the module where there is no file.
	name, file string
	made       func() []byte
	// tries and defence tell in docs/sandbox.md what the module wants and what is
	// in its way.
	tries, defence string
	// want is how it ends.
	want outcome
	// admission is the limit, index or rule of package admission that it meets.
	admission string
	// arrive are the calls that must reach the host, if the module imports any of
	// its functions; all others must be as many as turnedAway.
	arrive     arrivals
	turnedAway int
	// replies is how many bytes its longest replies must have, of all its instances
	// together; wrongAt is the byte at which the decoder must stop.
	replies int64
	wrongAt int
	// holds is what its last page must hold, unless that is nothing.
	holds page
	// shows is what its log or its error must show.
	shows []string
	// uses are what it must have used of limits, exactly.
	uses map[string]int64
	// limits, if set, changes config: the row gets a runtime of its own.
	limits func(*runtime.Config)
	// target, if set, answers the requests of "a"; otherwise nothing is granted.
	target http.HandlerFunc
	// seal, if set, points to what is sealed in them.
	seal string
	// play, if set, takes the place of playPage.
	play func(ctx context.Context, s *stage) error
	// overrun is by how much it may pass its deadline where a defence is off, if that is less
	// than for all others: without its defence a fast machine ends it within theirs.
	overrun time.Duration
	// heavy says that the module is after memory: it is played in a process of its
	// own, too, which is measured.
	heavy bool
}

// outcome is how a module's doings ended; the zero value is that it answered well.
type outcome struct {
	code abi.Code
	// name is the rule or limit.
	name string
	// cause is why a module did not start.
	cause abi.Code
}

func outcomeOf(err error) outcome {
	e := abi.AsError(err)
	if e == nil {
		if err != nil {
			return outcome{name: "no *abi.Error: " + err.Error()}
		}
		return outcome{}
	}
	return outcome{e.Code, e.Rule + e.Limit, abi.CodeOf(errors.Unwrap(e))}
}

func (o outcome) String() string {
	if o.code == 0 {
		return "answers well" + o.name
	}
	text := o.code.String()
	if o.name != "" {
		text += " " + o.name
	}
	if o.cause != 0 {
		text += ": " + o.cause.String()
	}
	return text
}

// bytes returns the row's module.
func (r *hostileRow) bytes(t *testing.T) []byte {
	t.Helper()
	if r.made != nil {
		return r.made()
	}
	b, err := os.ReadFile(filepath.Join("..", "testdata", "hostile", r.fileName()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (r *hostileRow) fileName() string {
	if r.file != "" {
		return r.file + ".wasm"
	}
	return r.name + ".wasm"
}

// TestHostile plays every row, or the one that ECMABOX_HOSTILE names. It is not
// parallel: goroutines, files and processors are watched.
func TestHostile(t *testing.T) {
	rows := hostileRows()
	only := os.Getenv(onlyVariable)
	if only != "" {
		confine(t)
	}
	dir, temporary := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	log, shared := &shownLog{}, make(map[times]*theatre)
	for i := range rows {
		if times := rows[i].times(); shared[times] == nil {
			shared[times] = newTheatre(t, filepath.Join(dir, fmt.Sprint(times)), log, rows[i].config(log))
		}
	}
	for i := range rows {
		row := &rows[i]
		if only != "" && row.name != only {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			if row.heavy && racing {
				t.Skip("what is after memory is played without the race detector, which takes many times as much")
			}
			theatre := shared[row.times()]
			if row.limits != nil {
				config := row.config(log)
				row.limits(&config)
				theatre = newTheatre(t, filepath.Join(dir, row.name), log, config)
			}
			theatre.play(t, row, only != "")
			if left := files(t, temporary); len(left) > 0 {
				t.Errorf("files are left over: %v", left)
			}
		})
	}
}

// onlyVariable names the row to play in a process of its own.
const onlyVariable = "ECMABOX_HOSTILE"

// TestHostileMemory plays each row that is after memory in a process of its own,
// and holds that process to memoryAllowed.
func TestHostileMemory(t *testing.T) {
	if goruntime.GOOS != "linux" || racing || os.Getenv(onlyVariable) != "" {
		t.Skip("resident memory is measured on Linux, without the race detector")
	}
	for _, row := range hostileRows() {
		if row.heavy && (holdsVectors || row.name != "recurses_with_vectors") {
			t.Run(row.name, func(t *testing.T) {
				if out, err := playAlone(t, os.Args[0], row.name); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

// playAlone plays one row with a test binary, in a process of its own that must
// end soon.
func playAlone(t *testing.T, binary, row string) (string, error) {
	return playTest(t, binary, "TestHostile", row)
}

func playTest(t *testing.T, binary, test, row string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "-test.v", "-test.run", "^"+test+"$/^"+row+"$")
	command.Env = append(os.Environ(), onlyVariable+"="+row)
	command.WaitDelay = time.Second
	out, err := command.CombinedOutput()
	if err == nil && !bytes.Contains(out, []byte("--- PASS: "+test+"/"+row)) {
		err = errors.New("the row was not played")
	}
	return string(out[:min(len(out), 4000)]), err
}

// theatre is a runtime with a neighbour on it.
type theatre struct {
	config    runtime.Config
	log       *shownLog
	runtime   *runtime.Runtime
	neighbour abi.Connector
	open      abi.ImportSession // the neighbour's
	watching  atomic.Pointer[watchedHosts]
}

// newTheatre makes one with a compile cache in a new folder.
func newTheatre(t *testing.T, cache string, log *shownLog, config runtime.Config) *theatre {
	t.Helper()
	h := &theatre{log: log}
	config.CacheDir, config.OnRelease = cache, func(u runtime.Usage) {
		if watch := h.watching.Load(); watch != nil {
			watch.add(u)
		}
	}
	h.config, h.runtime = config, newRuntime(t, config)
	h.neighbour = load(t, h.runtime, "answers_well", &fakeHosts{})
	h.open = openImport(t, h.neighbour, nil)
	t.Cleanup(func() { stillCloses(t, h.open) })
	return h
}

// stage is where one row is played.
type stage struct {
	theatre *theatre
	t       *testing.T
	row     *hostileRow
	hosts   *watchedHosts
	loaded  *runtime.Connector
	raw     abi.Connector
	watch   *watch
	late    atomic.Int64 // by how many nanoseconds the deadline came late
	page    page
}

// containedWithin is after how long a row that has not ended is taken for one that never
// will. Without a defence many do not.
func containedWithin() time.Duration {
	switch {
	case os.Getenv(offVariable) != "":
		return 8 * time.Second
	case racing: // to compile some takes ten seconds then, and more beside other tests
		return time.Minute
	}
	return 20 * time.Second
}

// play plays a row and checks all that every row is held to.
func (h *theatre) play(t *testing.T, row *hostileRow, alone bool) {
	module := row.bytes(t)
	h.log.take()
	policy, closeTarget := row.grants(h.log)
	hosts, err := hostfuncs.New(policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{theatre: h, t: t, row: row, hosts: h.watch(hosts, module)}
	goroutines := goruntime.NumGoroutine()
	debug.FreeOSMemory()
	measured := (forgetPeak() || alone) && !racing
	before, _ := resident(t)
	ended := make(chan error, 1)
	go func() {
		err := s.load(module)
		if err == nil {
			err = s.run()
		}
		ended <- err
	}()
	select {
	case err = <-ended:
	case <-time.After(containedWithin()):
		// The end of the test would close what cannot be closed any more.
		fmt.Printf("hostile_test.go: %s was not contained at all\n", row.name)
		os.Exit(1)
	}
	if have, want := outcomeOf(err), row.ends(); have != want {
		t.Errorf("it ends with %q, want %q: %v", have, want, err)
	}
	if err != nil && len(err.Error()) > 32<<10 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
	s.checkAdmission(module)
	s.checkArrivals(module)
	s.checkReply(err)
	s.checkShown(err)
	if _, most := resident(t); measured && most-before > memoryAllowed {
		t.Errorf("it took %d MiB of memory, %d MiB are allowed", (most-before)>>20, memoryAllowed>>20)
	}
	if err := hosts.Close(); err != nil {
		t.Error(err)
	}
	closeTarget()
	stillRight(t, h.neighbour, h.open)
	for end := time.Now().Add(5 * time.Second); goruntime.NumGoroutine() > goroutines; goruntime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left over", goruntime.NumGoroutine()-goroutines)
		}
	}
}

// grants is what the module may reach, and what ends the server that it reaches.
func (r *hostileRow) grants(log *shownLog) (hostfuncs.Policy, func()) {
	policy := hostfuncs.Policy{Logger: zerolog.New(log)}
	if r.target == nil {
		return policy, func() {}
	}
	server := httptest.NewServer(r.target)
	policy.Targets = []hostfuncs.Target{{
		Name: "a", BaseURL: server.URL, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Methods: []string{"GET"}, Paths: []string{"/"}, RatePerSecond: 1000,
	}}
	if r.seal != "" {
		policy.Targets[0].Seal = []hostfuncs.SealedField{{Pointer: r.seal, Name: "sealed"}}
	}
	return policy, server.Close
}

// ends is how the row ends on this engine: RATIONALE.md names the rows that end otherwise
// on Wasmtime.
func (r *hostileRow) ends() outcome {
	untold := !tellsGrowth && strings.HasPrefix(r.name, "grows_memory") && r.want.name != "MemoryBudget"
	switch {
	case untold && r.want == cannotStart(abi.LimitExceeded):
		return cannotStart(abi.Trap)
	case untold && r.want.code == abi.LimitExceeded:
		return outcome{code: abi.Trap}
	case !holdsVectors && (r.name == "recurses_with_vectors" || r.name == "recurses_in_many_sessions"):
		return outcome{code: abi.Trap}
	}
	return r.want
}

// admissionTime is how soon a module must be refused that is not to be compiled.
const admissionTime = 500 * time.Millisecond

// load loads the module. It must be refused within admissionTime, or start within
// StartTimeout of the start of its instance.
func (s *stage) load(module []byte) error {
	return s.within(admissionTime, func() (err error) {
		s.hosts.leased = func() {
			s.watch.end()
			s.watch = newWatch(s.theatre.config.StartTimeout)
		}
		s.loaded, err = s.theatre.runtime.Load(context.Background(), module, s.hosts, contract.Promise{})
		s.hosts.leased = nil
		return err
	})
}

func (s *stage) run() error {
	s.raw = runtime.Raw(s.loaded)
	play := s.row.play
	if play == nil {
		play = playPage
	}
	err := play(context.Background(), s)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.loaded.Close(ended); err != nil {
		s.t.Error("the connector is not closed:", err)
	}
	return err
}

// checkAdmission holds a refused module against admission alone.
func (s *stage) checkAdmission(module []byte) {
	if s.row.admission == "" {
		return
	}
	_, err := admission.Check(module, admission.Limits{MemoryPages: int(s.theatre.config.MemoryLimitBytes >> 16)})
	var refusal *admission.Refusal
	if !errors.As(err, &refusal) || refusal.Limit != s.row.admission {
		s.t.Errorf("admission says %v, want it to name %q", err, s.row.admission)
	}
}

// files lists the files below a directory, but for those with which runtimes that
// are open mark theirs.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The ways to play.

// open opens an import.
func (s *stage) open(ctx context.Context) (abi.ImportSession, error) {
	return s.raw.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 100})
}

// playPage asks for a page, which must end within CallTimeout, and closes.
func playPage(ctx context.Context, s *stage) error {
	return s.readFirst(ctx, abi.GetImportEntriesRunStep{})
}

// inTurn plays eight times in turn: how much of its fuel is left to a guest when its
// deadline comes is chance.
func inTurn(play func(context.Context, *stage) error) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) (err error) {
		for range 8 {
			if err = play(ctx, s); err == nil {
				return nil
			}
		}
		return err
	}
}

func (s *stage) readFirst(ctx context.Context, step abi.GetImportEntriesRunStep) error {
	session, err := s.open(ctx)
	if err != nil {
		return err
	}
	return s.readPage(ctx, session, step)
}

func (s *stage) readPage(ctx context.Context, session abi.ImportSession, step abi.GetImportEntriesRunStep) error {
	err := s.within(s.theatre.config.CallTimeout, func() error {
		results, err := session.GetImportEntries(ctx, step)
		s.page = sizeOf(results)
		return err
	})
	if _, after := session.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{}); err == nil {
		return after
	} else if abi.CodeOf(after) != abi.Closed && !abi.CodeOf(err).FromGuest() {
		s.t.Errorf("an instance that failed answers %v when it is closed", after)
	}
	return err
}

// TestHostileDoc keeps docs/sandbox.md equal to the corpus.
func TestHostileDoc(t *testing.T) {
	t.Parallel()
	const file = "../docs/sandbox.md"
	if *updateDocs {
		if err := os.WriteFile(file, []byte(hostileDoc()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil || string(have) != hostileDoc() {
		t.Errorf("docs/sandbox.md does not list the corpus (%v); run go test ./runtime -run Doc -update-docs", err)
	}
}

func hostileDoc() string {
	var b strings.Builder
	b.WriteString(hostileIntroduction)
	b.WriteString("| row | what it tries | what is in its way | how it ends |\n| --- | --- | --- | --- |\n")
	for _, r := range hostileRows() {
		ends := r.want.String()
		if r.admission != "" {
			ends += " (" + r.admission + ")"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.name, r.tries, r.defence, ends)
	}
	b.WriteString(defencesDoc())
	b.WriteString(compilersDoc)
	return b.String()
}

const hostileIntroduction = `# Hostile modules

What modules try, what is in the way, and how it ends. Each row is a module that the tests load into the real runtime
(` + "`go test ./runtime -run Hostile`" + `), with 64 MiB of memory, and where only a deadline ends it, 250 ms to start and 200 ms for a call. Its source
stands in testdata/hostile as WAT beside the module; what WAT cannot say is made by the tests beside them (runtime/hostilemodules_test.go, hostilerows_test.go, hostiletermrows_test.go, compilelimits_test.go, compileshapes_test.go). For each row holds:

- it ends as the last column says: the code, the [rule](rules.md) or the limit of ` + "`runtime.Config`" + `, why it could not start; for what admission
  refuses, in brackets, admission's own name for it; "answers well" is a module that was refused what it tried, and did its work;
- it ends by its deadline + 50 ms, less the time for which the machine ran others; a module that is refused without being compiled has 500 ms for its deadline. So it is in the long tier; elsewhere, where others
  are in the way, it is + 500 ms, and + 2 s with the race detector;
- what it does arrives: its calls reach the host as often and with the answers that the row is about, its replies have the length and the fault that it is about;
- a connector beside it on the same runtime, with an import open all the while, answers as before;
- what it says neither ends a line of the log nor acts on the terminal of who reads the log or the error;
- no goroutine and no file is left over;
- the process grows by 256 MiB at the most over what it had (resident, at any time; on Linux). Rows that are after memory are played in a process of their own, too.

Reading a request or a reply, and writing an answer, counts for the time of the call. The host looks at the deadline as it reads, writes and copies, after every 64 KiB or so, for
16 MiB of nothing but keys take a sixth of a second to read, and memory that was not met before takes milliseconds for each MiB. So a reply that came in time, and cannot be
read in time, is too late. So is a page that cannot be held to the contract in time: the deadline is looked at after every sixteen entries. What else was read is held to it behind
the deadline: the largest schema and the longest list of partitions take some 20 ms each (` + "`go test ./runtime/contract -run '^$' -bench Largest`" + `), all else less.

`

const compilersDoc = `
## What compilers make

Of modules that mean well, metering must change nothing but that they can be stopped. ` + "`go test ./runtime/metering`" + ` builds guests that parse, sort, hash, format,
build text, compute with integers of 8 to 128 bits, floating point and vectors, fill maps and trees, call through tables, recurse, take memory and trap:

| compiler | built as |
| --- | --- |
| Go | a WASI reactor; the guest above in small, and every connector of this repository |
| clang 19 | the guest with wasi-libc at ` + "`-O0`, `-Oz`, `-O2` and `-O3`" + `, with SIMD, without any feature, and with bulk memory, saturating conversions, reference types and functions of several results; the connector in C at ` + "`-Oz`" + `, and at ` + "`-O3`" + ` with SIMD, and with reference types and functions of several results |
| rustc 1.63 (1.96 passed when this was written) | for WASI and for wasm32-unknown-unknown, at opt-level 0, s and 3, with SIMD and without; with bulk memory, sign extension, saturating conversions, mutable globals and reference types |
| AssemblyScript 0.28.20 | ` + "`-O0`, `-O3`, `-Os --noAssert`" + `, with SIMD, and without bulk memory, sign extension and saturating conversions on the stub runtime |

Each is admitted, and valid for wabt's validator before and after metering. The guests in C, Rust and AssemblyScript give the same results, the same memory and the same
trap as without metering, for fuel that does not hang on how much is granted at a time; one that does not end is stopped when its fuel is gone, and one that recurses
at the depth it is granted. The guest in Go gives the same results for the same fuel, the connectors in C and Go are validated and then played as
any other, and so are a connector in Rust and one in AssemblyScript. What is newer than WebAssembly 2.0 is refused by its name: threads, relaxed SIMD and garbage collection are built with AssemblyScript to see it; and SIMD
is where ` + "`admission.Limits.NoSIMD`" + ` is set. rustc makes no functions of several results; clang does, and so do the programs that the tests make at random.
The same validator judges what the hostile modules above that are admitted are rewritten to: it is valid if they were, but for their custom sections, and only then.
`
