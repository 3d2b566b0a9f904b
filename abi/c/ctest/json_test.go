package ctest_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/abi/wire"
)

const testdata = "../../../testdata/abi"

// canonicalProgram builds abi/c/native/canonical.c for this machine.
var canonicalProgram = sync.OnceValues(func() (program string, err error) {
	// Read here as well, so that go test notices when one of them changes.
	files, err := filepath.Glob("../*.[ch]")
	if err != nil {
		return "", err
	}
	for _, file := range append(files, "../native/canonical.c") {
		if _, err := os.ReadFile(file); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp("", "ecma-c-")
	if err != nil {
		return "", err
	}
	scratch = dir
	program = filepath.Join(dir, "canonical")
	out, err := exec.Command("cc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-I", "..", "-o", program,
		"../native/canonical.c", "../ecma_text.c", "../ecma_read.c", "../ecma_write.c").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cc: %w\n%s", err, out)
	}
	return program, nil
})

// scratch is where the program lies.
var scratch string

func TestMain(m *testing.M) {
	code := m.Run()
	if scratch != "" {
		_ = os.RemoveAll(scratch)
	}
	os.Exit(code)
}

// spoken is what a binding makes of a message: its canonical form, or why it is
// refused.
type spoken struct {
	text    string
	refused bool
}

// inC has the C program read messages.
func inC(t *testing.T, messages []string) []spoken {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no C compiler called cc")
		}
		t.Skip("NOT CHECKED: the reader and writer in C, for want of a C compiler called cc")
	}
	program, err := canonicalProgram()
	if err != nil {
		t.Fatal(err)
	}
	var input bytes.Buffer
	for _, m := range messages {
		input.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(m))))
		input.WriteString(m)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdin = &input
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("the program in C failed: %v", err)
	}
	answers := make([]spoken, 0, len(messages))
	for r := bytes.NewReader(output); r.Len() > 0; {
		var n uint32
		if err := binary.Read(r, binary.LittleEndian, &n); err != nil {
			t.Fatal(err)
		}
		frame := make([]byte, n)
		if _, err := io.ReadFull(r, frame); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, spoken{string(frame[1:]), frame[0] == 1})
	}
	if len(answers) != len(messages) {
		t.Fatalf("%d answers to %d messages", len(answers), len(messages))
	}
	return answers
}

// inGo does the same with package wire.
func inGo(message string) spoken {
	r := wire.NewReader(message)
	var w wire.Writer
	rewrite(r, &w)
	if err := r.End(); err != nil {
		return spoken{err.Error(), true}
	}
	return spoken{string(w.Bytes()), false}
}

func rewrite(r *wire.Reader, w *wire.Writer) {
	switch r.Peek() {
	case wire.KindObject:
		w.Object()
		for r.Object(); r.NextKey(); {
			w.Key(r.Key())
			rewrite(r, w)
		}
		w.EndObject()
	case wire.KindArray:
		w.Array()
		for r.Array(); r.NextItem(); {
			rewrite(r, w)
		}
		w.EndArray()
	case wire.KindString:
		w.String(r.String())
	default:
		w.Raw(r.Raw())
	}
}

// vectors returns all good messages there are: the vectors and what is said in the
// conversations.
func vectors(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", testdata, err)
	}
	var all []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSuffix(string(data), "\n"))
	}
	conversations, _ := filepath.Glob(filepath.Join(testdata, "conversation", "*.json"))
	for _, file := range conversations {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Calls []struct{ Request, Reply json.RawMessage }
		}
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		for _, call := range c.Calls {
			all = append(all, string(call.Request), string(call.Reply))
		}
	}
	return all
}

// TestVectorsRoundTrip has C read each vector and write the same bytes.
func TestVectorsRoundTrip(t *testing.T) {
	t.Parallel()
	messages := vectors(t)
	for i, have := range inC(t, messages) {
		want := messages[i]
		if strings.Contains(want, ` "unknown" `) { // loose on purpose
			want = inGo(want).text
		}
		if have.refused || have.text != want {
			t.Errorf("have %q\nwant %q", have.text, want)
		}
	}
}

// TestMalformed has both refuse every malformed message, and every good one that
// was cut short.
func TestMalformed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(testdata, "malformed", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no malformed messages: %v", err)
	}
	var names, messages []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names, messages = append(names, filepath.Base(file)), append(messages, string(data))
	}
	for _, name := range []string{"GetImportEntries.result.json", "http.request.json", "Error.json"} {
		data, err := os.ReadFile(filepath.Join(testdata, name))
		if err != nil {
			t.Fatal(err)
		}
		whole := strings.TrimSuffix(string(data), "\n")
		for i := range whole {
			names, messages = append(names, fmt.Sprintf("%s cut at byte %d", name, i)), append(messages, whole[:i])
		}
	}
	for i, c := range inC(t, messages) {
		if !c.refused {
			t.Errorf("%s: C reads it as %q", names[i], c.text)
		}
		if g := inGo(messages[i]); !g.refused {
			t.Errorf("%s: Go reads it as %q", names[i], g.text)
		}
	}
}

// limits are messages at a limit, and one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	object := func(keys int) string {
		var b strings.Builder
		for i := range keys {
			fmt.Fprintf(&b, ",\"k%d\":0", i)
		}
		return "{" + strings.TrimPrefix(b.String(), ",") + "}"
	}
	for name, test := range map[string]struct {
		message string
		refused bool
	}{
		"deepest":          {strings.Repeat("[", 64) + strings.Repeat("]", 64), false},
		"too deep":         {strings.Repeat("[", 65) + strings.Repeat("]", 65), true},
		"most keys":        {object(5000), false},
		"too many keys":    {object(5001), true},
		"keys are freed":   {"[" + object(5000) + "," + object(5000) + "]", false},
		"longest":          {`"` + strings.Repeat("x", 16<<20-2) + `"`, false},
		"too long":         {`"` + strings.Repeat("x", 16<<20-1) + `"`, true},
		"great exponent":   {"1e999999", false},
		"zero byte escape": {`"\u0000"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have := inC(t, []string{test.message})[0]
			if have.refused != test.refused {
				t.Errorf("refused: have %v (%.80s), want %v", have.refused, have.text, test.refused)
			}
			if !have.refused && have.text != test.message {
				t.Errorf("have %.80q", have.text)
			}
		})
	}
}

// TestSameAsGo changes good and malformed messages at random and has both bindings
// read them: they must accept the same ones and write the same.
func TestSameAsGo(t *testing.T) {
	t.Parallel()
	seeds := vectors(t)
	files, _ := filepath.Glob(filepath.Join(testdata, "malformed", "*.txt"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, string(data))
	}
	random := rand.New(rand.NewPCG(1, 2))
	var messages []string
	for range 40_000 {
		seed := seeds[random.IntN(len(seeds))]
		if len(seed) > 600 {
			start := random.IntN(len(seed) - 600)
			seed = "[" + seed[start:start+600]
		}
		messages = append(messages, mutate(random, seed))
	}
	accepted := 0
	for i, c := range inC(t, messages) {
		g := inGo(messages[i])
		if c.refused != g.refused || !c.refused && c.text != g.text {
			t.Errorf("%q\nC  %+v\nGo %+v", messages[i], c, g)
		}
		if !c.refused {
			accepted++
		}
	}
	if accepted < 500 || accepted > len(messages)-500 {
		t.Errorf("%d of %d messages were good: the test shows little", accepted, len(messages))
	}
}

// pieces are what mutate puts in.
var pieces = []string{`"`, `\`, `\u`, `\ud83d`, `\ude00`, `\u0041`, `\n`, `\/`, "\x00", "\n", " ", ",", ":", "{", "}", "[", "]", "0", "-",
	"1e5", "0.0", "true", "null", "é", "\xc3", "\xed\xa0\x80", "😀", "\xff", `"a":1`, `"\u0061":1`, "{}", "[]", `""`, `"é":`}

func mutate(random *rand.Rand, s string) string {
	b := []byte(s)
	for range 1 + random.IntN(3) {
		at := random.IntN(len(b) + 1)
		to := min(len(b), at+random.IntN(3))
		piece := pieces[random.IntN(len(pieces))]
		if random.IntN(4) == 0 {
			piece = ""
		}
		b = append(b[:at:at], append([]byte(piece), b[to:]...)...)
	}
	return string(b)
}
