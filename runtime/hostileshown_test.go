package runtime_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// What a module says is read by people, at terminals: it must not act on those. So the
// log and the error are read as they are.

// shownLog is the log of a row, of runtime and of hostfuncs.
type shownLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *shownLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// take returns what was logged since it was taken last.
func (l *shownLog) take() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := bytes.Clone(l.text.Bytes())
	l.text.Reset()
	return text
}

// checkShown holds what the log and the error show against the signs that act on who
// reads them, and against what the row says that they show.
func (s *stage) checkShown(err error) {
	var texts []string
	for line := range bytes.Lines(s.theatre.log.take()) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			s.t.Errorf("a line of the log is none of zerolog's (%v): %.200q", err, line)
		}
		texts = append(texts, string(line))
		for _, value := range fields { // as a console shows them
			if text, is := value.(string); is {
				texts = append(texts, text)
			}
		}
	}
	if err != nil {
		text := err.Error()
		if s.row.shows == nil {
			text = strings.ReplaceAll(text, "\n", " ") // between errors that were joined
		}
		texts = append(texts, text)
	}
	for _, text := range texts {
		if at := strings.IndexFunc(text, actsOnReader); at >= 0 || !utf8.ValidString(text) {
			s.t.Errorf("what it said is shown as %.200q", text[max(at-20, 0):])
		}
	}
	for _, want := range s.row.shows {
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, want) }) {
			s.t.Errorf("neither log nor error shows %q:\n%.2000q", want, texts)
		}
	}
}

// actsOnReader tells whether a sign moves a terminal's cursor, changes how it shows text, ends a
// line or turns text around.
func actsOnReader(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// signs clear the screen, begin a line of their own, colour what follows, and turn it
// around. In the log and in errors they are shown so:
const (
	signs        = "\x1b[2J\r\n\u0085\u009b31m\u200e\u202e\u2066\u2028"
	cleanedSigns = "\ufffd[2J\ufffd \ufffd\ufffd31m\ufffd\ufffd\ufffd\ufffd"
	escapedSigns = `\x1b[2J\r\n\u0085\u009b31m\u200e\u202e\u2066\u2028`
)

// saysSigns makes a connector whose page has signs in what it writes to its standard
// error and in what it logs. It answers an error with them, or traps.
func saysSigns(traps bool) func() []byte {
	return with(func(m *wasmtest.Module) {
		for _, e := range m.Exports { // behind two imports
			if kind, index := &e[len(e)-2], &e[len(e)-1]; *kind == 0 {
				*index += 2
			}
		}
		n := uint32(len(m.Types))
		m.Types = append(m.Types, wasmtest.Func("\x7f\x7f\x7f\x7f", "\x7f"), wasmtest.Func("\x7f\x7f\x7f\x7f", "\x7e"))
		m.Imports = [][]byte{wasmtest.Import(abi.WASIModule, "fd_write", n), wasmtest.Import(abi.HostModule, "log", n+1)}
		var at int64 = 8192
		put := func(text string) (where, length []byte) {
			at += 8192
			m.Data = append(m.Data, wasmtest.Join([]byte{0}, wasmtest.I32(at), []byte{0x0b}, wasmtest.Sized(text)))
			return wasmtest.I32(at), wasmtest.I32(int64(len(text)))
		}
		message := func(value any) string {
			text, err := json.Marshal(value)
			if err != nil {
				panic(err)
			}
			return string(text)
		}
		written, writtenLength := put("written" + signs + "\xffends\n")
		entry, entryLength := put(message(map[string]any{"level": "info", "message": "said" + signs, "fields": [][]string{{"named" + signs, "valued" + signs}}}))
		failure := message(map[string]any{"error": map[string]any{"code": "ServerDown", "name": "named" + signs, "message": "erred" + signs, "detail": "in detail" + signs}})
		put(failure)
		end := wasmtest.I64(at<<32 | int64(len(failure)))
		if traps {
			end = []byte{0x00}
		}
		const vector = 4096
		setPage(m, firstFunction+2)
		addFunction(m, typePage, nil, wasmtest.Join(
			wasmtest.I32(vector), written, []byte{0x36, 2, 0}, wasmtest.I32(vector), writtenLength, []byte{0x36, 2, 4},
			wasmtest.I32(2), wasmtest.I32(vector), wasmtest.I32(1), wasmtest.I32(vector+8), []byte{0x10, 0, 0x04, 0x40, 0x00, 0x0b}, // if fd_write(…), unreachable
			entry, entryLength, wasmtest.I32(vector+16), wasmtest.I32(1024), []byte{0x10, 1, 0x1a}, // log(…)
			end)...)
	})
}
