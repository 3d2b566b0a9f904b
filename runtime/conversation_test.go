package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/vectors/connector"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// A conversation is a recorded life of one instance: each call, each host call in
// it, and all bytes that went either way. The one in testdata/abi/conversation was
// recorded from the connector in Go; the one in C has to say the same. Only then
// is the ABI what ABI.md says, and not what the Go binding happens to do.
//
// -update-conversation writes host requests and replies anew from the Go
// connector; requests and answers are written by hand.
var updateConversation = flag.Bool("update-conversation", false, "record the conversations anew from the Go connector; read the diff")

const (
	conversations = "../testdata/abi/conversation"
	malformed     = "../testdata/abi/malformed"
)

type conversation struct {
	About string
	Calls []spokenCall
}

// spokenCall is one call of an export.
type spokenCall struct {
	Export  string
	Request json.RawMessage
	Host    []spokenHostCall
	Reply   json.RawMessage
}

// spokenHostCall is one call of a host function. Failure names the code of a call
// that gets not even an answer.
type spokenHostCall struct {
	Function        string
	Request, Answer json.RawMessage
	Failure         string
}

// speakers are the modules that must speak alike, the recorded one first.
var speakers = []struct {
	name  string
	build func(t *testing.T) []byte
}{
	{"Go", func(t *testing.T) []byte {
		module, err := wasmbuild.Build(t.Context(), "../connectors-wasm/vectors")
		if err != nil {
			t.Fatal(err)
		}
		return module
	}},
	{"C", func(t *testing.T) []byte { return buildC(t, "vectors/*.c", "wasi") }},
	{"C without a library", func(t *testing.T) []byte { return buildC(t, "vectors/*.c", "none") }},
}

// builtC holds the modules of abi/c that this process has built.
var builtC sync.Map

// buildC builds a connector of abi/c, once for each C library. Without clang it
// skips the test, except in CI, where the proof must not go missing.
func buildC(t *testing.T, source, libc string) []byte {
	t.Helper()
	needClang(t)
	build, _ := builtC.LoadOrStore(source+libc, sync.OnceValues(func() ([]byte, error) { return compileC(source, libc) }))
	module, err := build.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// needClang skips a test of guests in C where they cannot be built, but not in CI.
func needClang(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("clang-19")
	if err == nil {
		_, err = os.Stat("/usr/include/wasm32-wasi/stdio.h")
	}
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%v: apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32", err)
	}
	t.Skip("NOT CHECKED: guests in C, for want of clang-19 and wasi-libc:", err)
}

func compileC(pattern, libc string) ([]byte, error) {
	// What clang reads is read here as well: go test keeps a result until a file
	// that the test itself has opened changes.
	for _, read := range []string{"../abi/c/build", "../abi/c/*.[ch]", "../abi/c/*/*.[ch]"} {
		files, err := filepath.Glob(read)
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("no files %s: %v", read, err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				return nil, err
			}
		}
	}
	sources, err := filepath.Glob("../abi/c/" + pattern)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "abi-c-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "c.wasm")
	build := exec.Command("sh", append([]string{"../abi/c/build", out}, sources...)...)
	build.Env = append(os.Environ(), "LIBC="+libc)
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", pattern, err, text)
	}
	return os.ReadFile(out)
}

func TestConversation(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(conversations, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations in %s: %v", conversations, err)
	}
	for _, speaker := range speakers {
		t.Run(speaker.name, func(t *testing.T) {
			t.Parallel()
			engine, taken := newEngine(t, speaker.build(t)), 0
			for _, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
					speech := engine.start(t)
					play(t, speech, file, *updateConversation && speaker.name == "Go")
					taken += speech.taken
				})
			}
			if taken == 0 && !t.Failed() {
				t.Error("no answer was fetched with take: make one larger")
			}
		})
	}
}

// A voice is an instance that is called with bytes and answers in bytes.
type voice interface {
	call(t *testing.T, export string, request []byte, script []spokenHostCall) spokenCall
}

// play plays one conversation to a fresh instance.
func play(t *testing.T, speech voice, file string, record bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var have conversation
	if err := json.Unmarshal(data, &have); err != nil {
		t.Fatal(err)
	}
	for i := range have.Calls {
		call := &have.Calls[i]
		said := speech.call(t, call.Export, call.Request, call.Host)
		if record {
			call.Reply, call.Host = said.Reply, said.Host
			continue
		}
		if !bytes.Equal(said.Reply, call.Reply) {
			t.Errorf("call %d, %s: reply\nhave %s\nwant %s", i, call.Export, said.Reply, call.Reply)
		}
		compareHostCalls(t, fmt.Sprintf("call %d, %s", i, call.Export), said.Host, call.Host)
	}
	if record {
		if err := os.WriteFile(file, have.text(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func compareHostCalls(t *testing.T, where string, have, want []spokenHostCall) {
	t.Helper()
	for i := range max(len(have), len(want)) {
		switch {
		case i >= len(have):
			t.Errorf("%s: host call %d of %s is missing", where, i, want[i].Function)
		case i >= len(want):
			t.Errorf("%s: host call %d of %s is one too many: %s", where, i, have[i].Function, have[i].Request)
		case have[i].Function != want[i].Function || !bytes.Equal(have[i].Request, want[i].Request):
			t.Errorf("%s: host call %d\nhave %s %s\nwant %s %s", where, i, have[i].Function, have[i].Request, want[i].Function, want[i].Request)
		}
	}
}

// text writes the conversation with each message on a line of its own.
func (c *conversation) text() []byte {
	var b bytes.Buffer
	about, _ := json.Marshal(c.About)
	fmt.Fprintf(&b, "{\"about\":%s,\n\"calls\":[", about)
	for i, call := range c.Calls {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n\n{\"export\":%q,\n\"request\":%s,\n\"host\":[", call.Export, call.Request)
		for j, h := range call.Host {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "\n  {\"function\":%q,\n  \"request\":%s,\n  ", h.Function, h.Request)
			if h.Failure != "" {
				fmt.Fprintf(&b, "\"failure\":%q}", h.Failure)
			} else {
				fmt.Fprintf(&b, "\"answer\":%s}", h.Answer)
			}
		}
		fmt.Fprintf(&b, "],\n\"reply\":%s}", call.Reply)
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}

// TestConversationIsComplete fails when a call or host function is never used.
func TestConversationIsComplete(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(conversations, "*.json"))
	used := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c conversation
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, call := range c.Calls {
			used[call.Export] = true
			for _, h := range call.Host {
				used[h.Function] = true
			}
		}
	}
	for _, e := range abi.Exports() {
		if e.Member != "" && !used[e.Name] {
			t.Errorf("no conversation calls %s", e.Name)
		}
	}
	for _, f := range abi.Imports() {
		if f.Method != "" && !used[f.Name] {
			t.Errorf("in no conversation the connector calls %s", f.Name)
		}
	}
}

// TestMalformedRequests sends the speakers what is no message at all: they must
// refuse it alike, and be there for the next call.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	for _, speaker := range speakers {
		t.Run(speaker.name, func(t *testing.T) {
			t.Parallel()
			playMalformed(t, newEngine(t, speaker.build(t)).start(t))
		})
	}
}

// playMalformed returns the replies.
func playMalformed(t *testing.T, speech voice) (replies []string) {
	files, err := filepath.Glob(filepath.Join(malformed, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no malformed messages in %s: %v", malformed, err)
	}
	for _, file := range files {
		request, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said := speech.call(t, "GetCapabilities", request, nil)
		const want = `{"error":{"code":"ExtensibleExtension","name":"InvalidMessage"`
		if !bytes.HasPrefix(said.Reply, []byte(want)) {
			t.Errorf("%s: reply\nhave %s\nwant %s…", filepath.Base(file), said.Reply, want)
		}
		replies = append(replies, string(said.Reply))
	}
	deep := strings.Repeat("[", 63) + strings.Repeat("]", 63) // the deepest there may be
	long := strings.Repeat(`é\n`, 50_000)                     // over the first input buffer
	good := []byte(`{"later":` + deep + `,"parameters":[{"name":"Note","value":"` + long + `"},{"name":"Server","value":"x"}]}`)
	said := speech.call(t, "GetCapabilities", good, nil)
	if !bytes.HasPrefix(said.Reply, []byte(`{"result":{`)) {
		t.Errorf("after the malformed messages a good one got %s", said.Reply)
	}
	return append(replies, string(said.Reply))
}

// TestMinimalC runs the connector that authors copy.
func TestMinimalC(t *testing.T) {
	t.Parallel()
	for _, libc := range []string{"wasi", "none"} {
		t.Run(libc, func(t *testing.T) {
			t.Parallel()
			module := buildC(t, "minimal.c", libc)
			report, err := runtime.Inspect(module)
			if err != nil || len(report.Findings) > 0 || report.Manifest == nil || report.Manifest.Name != "minimal" {
				t.Errorf("have manifest %+v, findings %v and error %v", report.Manifest, report.Findings, err)
			}
			for _, f := range report.Imports {
				if f.Module != abi.HostModule {
					t.Errorf("it imports %s of %s", f.Name, f.Module)
				}
			}
			speakMinimal(t, newEngine(t, module).start(t))
			speakMinimal(t, loadVoice(t, module).start(t))
		})
	}
}

func speakMinimal(t *testing.T, speech voice) {
	const schema = `{"types":[{"name":"user","attributes":[{"name":"login","type":"String","anchor":true},{"name":"name","type":"String"}]}]}`
	for _, step := range []struct {
		export, request, reply string
		host                   []spokenHostCall
	}{
		{export: "GetCapabilities", request: `{}`, reply: `{"result":{"support_import":true}}`},
		{export: "GetConfigParameters", request: `{"page":"Connectivity","page_number":1}`, reply: `{"result":{}}`},
		{export: "ValidateConfigParameters", request: `{"page":"Connectivity","page_number":1}`, reply: `{"result":{}}`},
		{export: "GetSchema", request: `{}`, reply: `{"result":` + schema + `}`},
		{export: "OpenImportConnection", request: `{"schema":` + schema + `,"import_type":"Full"}`, reply: `{"result":{}}`},
		{export: "GetImportEntries", request: `{"max_entries":500,"max_bytes":8388608}`,
			host:  []spokenHostCall{{Answer: json.RawMessage(`{"result":{"answers":[{"status":200,"body":"z,Zoë \"Z\"\ny,\n","tries":1}]}}`)}},
			reply: `{"result":{"entries":[{"anchor":{"login":"z"},"attributes":{"name":"Zoë \"Z\""}},{"anchor":{"login":"y"},"attributes":{"name":""}}]}}`},
		{export: "CloseImportConnection", request: `{"reason":"Normal"}`, reply: `{"result":{}}`},
		{export: "GetImportEntries", request: `{}`,
			host:  []spokenHostCall{{Answer: json.RawMessage(`{"result":{"answers":[{"status":500,"tries":1}]}}`)}},
			reply: `{"error":{"code":"ServerDown","message":"the list of users cannot be read","retryable":true}}`},
		// A denial, or a connection that failed, goes on as it is.
		{export: "GetImportEntries", request: `{}`,
			host:  []spokenHostCall{{Answer: json.RawMessage(`{"result":{"answers":[{"error":{"code":"AccessDenied","message":"no grant"}}]}}`)}},
			reply: `{"error":{"code":"AccessDenied","message":"no grant"}}`},
	} {
		said := speech.call(t, step.export, []byte(step.request), step.host)
		if string(said.Reply) != step.reply {
			t.Errorf("%s: reply\nhave %s\nwant %s", step.export, said.Reply, step.reply)
		}
		if len(said.Host) != len(step.host) {
			t.Errorf("%s: %d host calls, want %d", step.export, len(said.Host), len(step.host))
		}
	}
}

// engine holds a module on bare wazero. The interpreter is enough for bytes and
// ready at once.
type engine struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

type speechKey struct{}

func newEngine(t *testing.T, module []byte) *engine {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	host := r.NewHostModuleBuilder(abi.HostModule)
	for _, f := range abi.Imports() {
		b := host.NewFunctionBuilder()
		if f.Method == "" {
			b.WithFunc(func(ctx context.Context, m api.Module, id, pointer, capacity uint32) int64 {
				return ctx.Value(speechKey{}).(*speech).take(m, id, pointer, capacity)
			}).Export(f.Name)
			continue
		}
		b.WithFunc(func(ctx context.Context, m api.Module, pointer, length, buffer, capacity uint32) int64 {
			return ctx.Value(speechKey{}).(*speech).host(m, f.Name, [4]uint32{pointer, length, buffer, capacity})
		}).Export(f.Name)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	compiled, err := r.CompileModule(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	return &engine{r, compiled}
}

// speech is one instance and what it says in the call that runs.
type speech struct {
	instance api.Module
	input    uint32
	capacity uint32
	script   []spokenHostCall
	said     []spokenHostCall
	pending  map[uint32][]byte
	taken    int
	err      error
}

// start makes an instance and exchanges versions with it.
func (e *engine) start(t *testing.T) *speech {
	t.Helper()
	instance, err := e.runtime.InstantiateModule(t.Context(), e.module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		t.Fatal(err)
	}
	s := &speech{instance: instance}
	if features := s.enter(t, abi.ExportMarker, ^uint64(0)); features != 0 {
		t.Errorf("%s answers %#x to all features, want none", abi.ExportMarker, features)
	}
	return s
}

func (s *speech) enter(t *testing.T, export string, argument uint64) uint64 {
	t.Helper()
	f := s.instance.ExportedFunction(export)
	if f == nil {
		t.Fatalf("the module does not export %s", export)
	}
	results, err := f.Call(context.WithValue(t.Context(), speechKey{}, s), argument)
	if err != nil {
		t.Fatalf("%s: %v", export, err)
	}
	return results[0]
}

// call makes one call of section 2 of ABI.md, byte by byte. It returns what the
// connector said; the answers to its host calls are those of the script.
func (s *speech) call(t *testing.T, export string, request []byte, script []spokenHostCall) spokenCall {
	t.Helper()
	if uint32(len(request)) > s.capacity || s.capacity == 0 {
		s.capacity = uint32(len(request))
		s.input = uint32(s.enter(t, abi.ExportBuffer, uint64(s.capacity)))
	}
	memory := s.instance.Memory()
	if s.input == 0 || !memory.Write(s.input, request) {
		t.Fatalf("%s: the input buffer at %#x has no room for %d bytes", export, s.input, len(request))
	}
	s.script, s.said, s.pending, s.err = script, nil, map[uint32][]byte{}, nil
	pointer, length := abi.UnpackPointer(s.enter(t, export, uint64(len(request))))
	reply, ok := memory.Read(pointer, length)
	if !ok {
		t.Fatalf("%s: a reply at %#x, %d bytes long, is not in memory", export, pointer, length)
	}
	if s.err != nil {
		t.Errorf("%s: %v", export, s.err)
	}
	if len(s.pending) > 0 {
		t.Errorf("%s: %d answers were not taken", export, len(s.pending))
	}
	return spokenCall{Export: export, Reply: bytes.Clone(reply), Host: s.said}
}

// host answers one host call as the script says.
func (s *speech) host(m api.Module, function string, a [4]uint32) int64 {
	request, ok := m.Memory().Read(a[0], a[1])
	if !ok {
		s.err = errors.Join(s.err, fmt.Errorf("%s: the request is not in memory", function))
		return abi.HostCallFailure(abi.BadPointer)
	}
	if uint64(a[2]) < uint64(s.input)+uint64(s.capacity) && uint64(s.input) < uint64(a[2])+uint64(a[3]) {
		s.err = errors.Join(s.err, fmt.Errorf("%s: the answer would go into the input buffer", function))
	}
	said := spokenHostCall{Function: function, Request: bytes.Clone(request), Answer: json.RawMessage(`{"result":{}}`)}
	if n := len(s.said); n < len(s.script) {
		said.Answer, said.Failure = s.script[n].Answer, s.script[n].Failure
	}
	s.said = append(s.said, said)
	if said.Failure != "" {
		return abi.HostCallFailure(codeNamed(said.Failure))
	}
	length := uint32(len(said.Answer))
	if length > a[3] {
		id := uint32(len(s.said))
		s.pending[id] = said.Answer
		return abi.HostCallAnswer(id, length)
	}
	if !m.Memory().Write(a[2], said.Answer) {
		s.err = errors.Join(s.err, fmt.Errorf("%s: the buffer is not in memory", function))
		return abi.HostCallFailure(abi.BadPointer)
	}
	return abi.HostCallAnswer(0, length)
}

func codeNamed(name string) abi.Code {
	for _, c := range abi.Codes() {
		if c.String() == name {
			return c
		}
	}
	panic("no code " + name)
}

func (s *speech) take(m api.Module, id, pointer, capacity uint32) int64 {
	answer, ok := s.pending[id]
	if !ok || uint32(len(answer)) > capacity || !m.Memory().Write(pointer, answer) {
		s.err = errors.Join(s.err, fmt.Errorf("take(%d, %#x, %d): %d bytes wait", id, pointer, capacity, len(answer)))
		return abi.HostCallFailure(abi.NotFound)
	}
	delete(s.pending, id)
	s.taken++
	return int64(len(answer))
}

// TestRuntimeRunsC runs the connector in C as any other, typed, and expects what
// the same connector in Go answers natively.
func TestRuntimeRunsC(t *testing.T) {
	t.Parallel()
	module := buildC(t, "vectors/*.c", "wasi")
	report, err := runtime.Inspect(module)
	if err != nil || len(report.Findings) > 0 || len(report.Roles) != 5 {
		t.Fatalf("have roles %v, findings %v and error %v, want five roles and nothing found", report.Roles, report.Findings, err)
	}
	hosts := &fakeHosts{onHTTP: func(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
		var answers abi.HTTPAnswers
		for _, r := range requests.Requests {
			answers.Answers = append(answers.Answers, abi.HTTPAnswer{Status: 201, Body: strings.Repeat("u-2,Zoë\n", 2500), Tries: 1,
				Headers: []abi.Field{{Name: "location", Value: "/people/" + r.IdempotencyKey}}})
		}
		return answers, nil
	}}
	inC, err := newRuntime(t, cachedConfig(t)).Load(t.Context(), module, hosts, contract.Promise{ObjectType: "person"})
	if err != nil {
		t.Fatal(err)
	}
	host, err := hosts.Lease(t.Context(), abi.LeaseRequest{OnExportResult: func(abi.CSEntryChangeResult) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	inGo := guesttest.Connector(func(h abi.Host) guest.Connector { return connector.New(h) }, host)
	have, want := lifeOf(t, runtime.Raw(inC)), lifeOf(t, inGo)
	for i := range want {
		if !reflect.DeepEqual(have[i], want[i]) {
			t.Errorf("answer %d\nhave %.2000v\nwant %.2000v", i, have[i], want[i])
		}
	}
}

// lifeOf asks a connector for most of what it can do and returns the answers.
func lifeOf(t *testing.T, c abi.Connector) (answers []any) {
	t.Helper()
	ctx, parameters := t.Context(), abi.ConfigParameters{{Name: "Server", Value: "zoë"}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	capabilities, err := c.GetCapabilities(ctx, parameters)
	must(err)
	definitions, err := c.GetConfigParameters(ctx, abi.ConfigParametersRunStep{PageNumber: 1})
	must(err)
	schema, err := c.GetSchema(ctx, parameters)
	must(err)
	partitions, err := c.GetPartitions(ctx, parameters)
	must(err)
	answers = append(answers, capabilities, definitions, schema, partitions)

	importing, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: schema, PageSize: 2})
	must(err)
	for more, customData := true, importing.CustomData(); more; {
		page, err := importing.GetImportEntries(ctx, abi.GetImportEntriesRunStep{CustomData: customData, MaxEntries: 1000})
		must(err)
		answers = append(answers, page.Entries, page.MoreToImport)
		customData, more = page.CustomData, page.MoreToImport
	}
	_, err = importing.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{CustomData: "x"})
	must(err)

	exporting, err := c.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Schema: schema})
	must(err)
	results, err := exporting.PutExportEntries(ctx, []abi.CSEntryChange{
		{Identifier: "1", Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{abi.Add("number", abi.IntegerValue(-1))}},
		{Identifier: "2", Modification: abi.ObjectDelete, Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("u-1")}}},
	})
	must(err)
	must(exporting.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}))

	passwords, err := c.OpenPasswordConnection(ctx, abi.OpenPasswordConnectionRunStep{Schema: schema})
	must(err)
	failure := abi.AsError(passwords.SetPassword(ctx, abi.SetPasswordRunStep{NewPassword: "secret"}))
	must(passwords.ClosePasswordConnection(ctx))
	return append(answers, results, failure.Code, failure.Message[:16]) // longer ones are cut on the way
}
