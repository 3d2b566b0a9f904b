package recording_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
)

// tagged changes a user.
func tagged(path, tag string) abi.HTTPRequests {
	return abi.HTTPRequests{Concurrency: 2, Requests: []abi.HTTPRequest{
		{Target: "app", Method: "GET", Path: "/me", Safety: abi.Safe},
		{Target: "app", Method: "PUT", Path: path, Query: []abi.Field{{Name: "force", Value: "true"}}, Body: `{"tags":["a","` + tag + `"],"name":"x"}`, Safety: abi.Idempotent},
	}}
}

// session is what the tests of differences record and change.
type session struct {
	path, tag, seal, log string
	sleep                time.Duration
	extra, fewer, none   bool
	another, commitNot   bool
	result               recording.Result
}

func usual() session {
	return session{path: "/users/1", tag: "b", seal: "parameter:Password", log: "hello", sleep: time.Second, result: recording.Result{Output: recording.Output{SHA256: "1", Text: "{\"name\":\"a\"}\n{\"name\":\"b\"}\n"}}}
}

// run plays the session; what the host answers is not its concern.
func (s session) run(t *testing.T, p abi.HostProvider) {
	if s.none {
		return
	}
	ctx := t.Context()
	l := lease(t, p, abi.LaneExport)
	_, _ = l.Seal(s.seal, "s3cret-s3cret")
	_, _ = l.HTTP(ctx, tagged(s.path, s.tag))
	if !s.fewer {
		l.(abi.Sleeper).Sleep(ctx, s.sleep)
		_ = l.Log(ctx, abi.LogEntry{Message: s.log})
	}
	if s.extra {
		_, _ = l.StateGet(ctx, "token")
	}
	_ = l.Close(ctx, !s.commitNot)
	if s.another {
		_, _ = p.Lease(ctx, abi.LeaseRequest{Lane: abi.LanePassword})
	}
}

// TestDifferences changes one thing at a time and compares what is told with the
// golden file.
func TestDifferences(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 100)
	first := usual()
	first.log = long + "1" + long
	data, err := record(t, &fakes{}, func(p abi.HostProvider) { first.run(t, p) }, first.result)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, change := range []struct {
		name string
		do   func(*session)
	}{
		{"nothing", func(*session) {}},
		{"a value in a body", func(s *session) { s.tag = "c" }},
		{"a path and a value", func(s *session) { s.path, s.tag = "/users/2", "c\x1b[2J" }},
		{"a body that is longer", func(s *session) { s.tag = `b","c","d` }},
		{"a body that is no JSON", func(s *session) { s.tag = `"` }},
		{"many values", func(s *session) { s.tag = strings.Repeat(`x","`, 12) }},
		{"the name of a secret", func(s *session) { s.seal = "attribute:token" }},
		{"a long text", func(s *session) { s.log = long + "2" + long }},
		{"a sleep", func(s *session) { s.sleep = time.Minute }},
		{"a call too many", func(s *session) { s.extra = true }},
		{"calls too few", func(s *session) { s.fewer = true }},
		{"no lease", func(s *session) { s.none = true }},
		{"a lease too many", func(s *session) { s.another = true }},
		{"no commit", func(s *session) { s.commitNot = true }},
		{"the output", func(s *session) {
			s.result.Output = recording.Output{SHA256: "2", Text: "{\"name\":\"a\"}\n{\"name\":\"c\"}\n{\"name\":\"d\"}\n"}
		}},
		{"an output too long for its text", func(s *session) { s.result.Output = recording.Output{Bytes: 70_000, Lines: 9, SHA256: "2"} }},
		{"the end", func(s *session) { s.result.Exit, s.result.Error, s.result.Watermark = 4, "ServerDown", "w" }},
	} {
		s := first
		change.do(&s)
		replay := read(t, data).Replay()
		s.run(t, replay)
		var d *recording.Difference
		err := replay.Finish(s.result)
		fmt.Fprintf(&b, "# %s\n", change.name)
		if errors.As(err, &d) {
			b.WriteString(d.Text())
		} else if err != nil {
			t.Errorf("%s: %v", change.name, err)
		}
		b.WriteByte('\n')
	}
	path := filepath.Join("testdata", "differences.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || b.String() != string(want) {
		t.Errorf("%v: have\n%s\nwant\n%s", err, b.String(), want)
	}
}

// TestAfterDifference: nothing is answered any more, and the first difference is
// the one that is told.
func TestAfterDifference(t *testing.T) {
	t.Parallel()
	first := usual()
	data, err := record(t, &fakes{}, func(p abi.HostProvider) { first.run(t, p) }, first.result)
	if err != nil {
		t.Fatal(err)
	}
	replay := read(t, data).Replay()
	l := lease(t, replay, abi.LaneExport)
	if _, err := l.HTTP(t.Context(), get("/")); abi.CodeOf(err) != abi.HostFailure {
		t.Error("a call that differs:", err)
	}
	if placeholder, err := l.Seal("parameter:Password", "x"); abi.CodeOf(err) != abi.HostFailure || placeholder != "" {
		t.Error("the call that was recorded, too late:", placeholder, err)
	}
	if err := errors.Join(l.Close(t.Context(), true), l.Close(t.Context(), true)); abi.CodeOf(err) != abi.HostFailure {
		t.Error("close:", err)
	}
	if _, err := l.HTTP(t.Context(), get("/")); abi.CodeOf(err) != abi.Closed {
		t.Error("after close:", err)
	}
	var d *recording.Difference
	if err := replay.Finish(first.result); !errors.As(err, &d) || !strings.Contains(d.Error(), "the run calls http, and seal was recorded") {
		t.Error(err)
	}
}

// A lease that could not be had when it was recorded cannot be had later.
func TestLeaseThatFailed(t *testing.T) {
	t.Parallel()
	refusal := &abi.Error{Code: abi.HostFailure, Side: abi.SideHost, Op: "lease", Message: "a credential is missing"}
	data, err := record(t, &fakes{refuse: refusal}, func(p abi.HostProvider) {
		if _, err := p.Lease(t.Context(), abi.LeaseRequest{}); !errors.Is(err, refusal) {
			t.Error(err)
		}
	}, recording.Result{})
	if err != nil {
		t.Fatal(err)
	}
	replay := read(t, data).Replay()
	_, err = replay.Lease(t.Context(), abi.LeaseRequest{})
	if e := abi.AsError(err); e == nil || e.Code != refusal.Code || e.Side != refusal.Side || e.Op != refusal.Op || e.Message != refusal.Message {
		t.Errorf("%#v", e)
	}
	if err := replay.Finish(recording.Result{}); err != nil {
		t.Error(err)
	}
}

// sealed puts a last line below others, so that only what they say can be wrong.
func sealed(lines ...string) []byte {
	text := strings.Join(lines, "\n") + "\n"
	sum := sha256.Sum256([]byte(text))
	return fmt.Appendf([]byte(text), "{\"end\":{\"lines\":%d,\"sha256\":\"%s\"}}\n", len(lines), hex.EncodeToString(sum[:]))
}

const (
	goodHeader = `{"ecmabox_recording":1,"abi":1,"connector":"app","module":{"sha256":""},"recorded":"2026-11-22T12:00:00Z","operation":{"name":"import"},"random_seed":"0000000000000000000000000000000000000000000000000000000000000000"}`
	goodOpen   = `{"lease":1,"open":"import","time":"2026-11-22T12:00:00Z"}`
	goodClose  = `{"lease":1,"call":"close","request":{"commit":true},"answer":{},"at":1}`
	goodResult = `{"result":{"exit":0,"output":{"bytes":0,"lines":0,"sha256":""}}}`
)

// TestRead: what is no recording, or none any more.
func TestRead(t *testing.T) {
	t.Parallel()
	whole := sealed(goodHeader, goodOpen, goodClose, goodResult)
	read(t, whole)
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                {nil, recording.ErrForeign},
		"an empty line":          {[]byte("\n"), recording.ErrForeign},
		"text":                   {[]byte("hello\nworld\n"), recording.ErrForeign},
		"other JSON":             {[]byte("{\"a\":1}\n"), recording.ErrForeign},
		"a list":                 {[]byte("[1]\n"), recording.ErrForeign},
		"a version of words":     {[]byte("{\"ecmabox_recording\":\"one\"}\n"), recording.ErrForeign},
		"a newer version":        {[]byte("{\"ecmabox_recording\":2,\"all\":\"else\"}\n"), recording.ErrVersion},
		"an older version":       {[]byte("{\"ecmabox_recording\":0}\n"), recording.ErrVersion},
		"another ABI":            {sealed(strings.Replace(goodHeader, `"abi":1`, `"abi":2`, 1), goodResult), recording.ErrVersion},
		"no seed":                {sealed(strings.Replace(goodHeader, `"000`, `"`, 1), goodResult), recording.ErrMalformed},
		"a seed of words":        {sealed(strings.Replace(goodHeader, `"000`, `"xyz`, 1), goodResult), recording.ErrMalformed},
		"an unknown key":         {sealed(strings.Replace(goodHeader, `"abi"`, `"x":1,"abi"`, 1), goodResult), recording.ErrMalformed},
		"the header alone":       {[]byte(goodHeader + "\n"), recording.ErrCut},
		"half of the header":     {[]byte(goodHeader[:40]), recording.ErrCut},
		"without the last line":  {whole[:bytes.LastIndexByte(whole[:len(whole)-1], '\n')+1], recording.ErrCut},
		"half of the last line":  {whole[:len(whole)-10], recording.ErrCut},
		"something behind":       {append(bytes.Clone(whole), "{}\n"...), recording.ErrCut},
		"a byte changed":         {bytes.Replace(whole, []byte(`"at":1`), []byte(`"at":2`), 1), recording.ErrChanged},
		"a line gone":            {bytes.Replace(whole, []byte(goodClose+"\n"), nil, 1), recording.ErrChanged},
		"no result":              {sealed(goodHeader, goodOpen, goodClose), recording.ErrMalformed},
		"nothing but the header": {sealed(goodHeader), recording.ErrMalformed},
		"no such lease":          {sealed(goodHeader, goodClose, goodResult), recording.ErrMalformed},
		"a lease skipped":        {sealed(goodHeader, strings.Replace(goodOpen, "1", "2", 1), goodResult), recording.ErrMalformed},
		"no such lane":           {sealed(goodHeader, strings.Replace(goodOpen, "import", "motorway", 1), goodResult), recording.ErrMalformed},
		"a call after close":     {sealed(goodHeader, goodOpen, goodClose, goodClose, goodResult), recording.ErrMalformed},
		"a call without answer":  {sealed(goodHeader, goodOpen, `{"lease":1,"call":"log","request":{},"at":1}`, goodResult), recording.ErrMalformed},
		"an answer and an error": {sealed(goodHeader, goodOpen, `{"lease":1,"call":"log","request":{},"answer":{},"failure":"x","at":1}`, goodResult), recording.ErrMalformed},
		"an error that is none":  {sealed(goodHeader, goodOpen, `{"lease":1,"call":"log","request":{},"error":{"code":"NoSuch"},"at":1}`, goodResult), recording.ErrMalformed},
		"open and call":          {sealed(goodHeader, `{"lease":1,"open":"import","call":"log"}`, goodResult), recording.ErrMalformed},
		"a line of nothing":      {sealed(goodHeader, goodOpen, "", goodResult), recording.ErrMalformed},
		"two values":             {sealed(goodHeader, goodOpen+goodOpen, goodResult), recording.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := recording.Read(bytes.NewReader(test.data))
			if !errors.Is(err, test.want) {
				t.Errorf("have error %v, want %v", err, test.want)
			}
		})
	}
	for n := range len(whole) {
		if _, err := recording.Read(bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("the first %d bytes of %d are read as if they were all", n, len(whole))
		}
	}
}

// FuzzRead reads anything, and what is read is played.
func FuzzRead(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", "every_call.jsonl"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(golden))
	for _, lines := range [][]string{{goodHeader, goodOpen, goodClose, goodResult}, {goodHeader, goodOpen, `{"lease":1,"call":"clock","reads":1,"at":1}`, goodClose, goodResult},
		{goodHeader, goodOpen, `{"lease":1,"call":"http","request":{"requests":[{"target":"app","method":"GET","path":"/"}]},"answer":{"answers":[]},"at":1}`, goodClose, goodResult}} {
		f.Add(strings.Join(lines, "\n"))
		f.Add(string(sealed(lines...)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, data := range [][]byte{[]byte(text), sealed(strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)} {
			taken, err := recording.Read(bytes.NewReader(data))
			if err != nil {
				continue
			}
			replay := taken.Replay()
			for lane := abi.LaneConfiguration; lane <= abi.LanePassword; lane++ {
				l, err := replay.Lease(t.Context(), abi.LeaseRequest{Lane: lane})
				if err != nil {
					continue
				}
				_, _ = l.Clock(t.Context())
				_, _ = l.HTTP(t.Context(), get("/"))
				_, _ = l.Seal("x", "y")
				_ = l.Close(t.Context(), true)
			}
			var d *recording.Difference
			if errors.As(replay.Finish(recording.Result{}), &d) && d.Text() == "" {
				t.Error("a difference that says nothing")
			}
		}
	})
}

// TestExportResult: whoever listens for results hears them in a replay, too, and
// what he says of them is what the connector hears.
func TestExportResult(t *testing.T) {
	t.Parallel()
	full := abi.NewError(abi.LimitExceeded, "no more")
	run := func(p abi.HostProvider) (heard []string) {
		l, err := p.Lease(t.Context(), abi.LeaseRequest{Lane: abi.LaneExport, OnExportResult: func(r abi.CSEntryChangeResult) error {
			heard = append(heard, r.Identifier)
			if len(heard) == 2 {
				return full
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		first := l.ExportResult(t.Context(), abi.CSEntryChangeResult{Identifier: "1"})
		second := l.ExportResult(t.Context(), abi.CSEntryChangeResult{Identifier: "2"})
		if first != nil || abi.CodeOf(second) != abi.LimitExceeded {
			t.Error(first, second)
		}
		if err := l.Close(t.Context(), true); err != nil {
			t.Error(err)
		}
		return heard
	}
	var want []string
	data, err := record(t, &fakes{}, func(p abi.HostProvider) { want = run(p) }, recording.Result{})
	if err != nil {
		t.Fatal(err)
	}
	replay := read(t, data).Replay()
	if have := run(replay); len(want) != 2 || len(have) != 1 || have[0] != want[0] {
		t.Errorf("heard %v, when it was recorded %v", have, want)
	}
	if err := replay.Finish(recording.Result{}); err != nil {
		t.Error(err)
	}
}

// TestRandom: each lease has bytes of its own, each recording has others, and there
// is a limit.
func TestRandom(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 2 {
		if _, err := record(t, &fakes{}, func(p abi.HostProvider) {
			for range 2 {
				l := lease(t, p, abi.LaneImport)
				for range 2 {
					b, err := l.Random(t.Context(), 16)
					if err != nil || len(b) != 16 || seen[string(b)] {
						t.Errorf("%x, %v", b, err)
					}
					seen[string(b)] = true
				}
				if b, err := l.Random(t.Context(), abi.MaxRandomBytes); len(b) != abi.MaxRandomBytes || err != nil {
					t.Error("at the limit:", err)
				}
				for _, n := range []int{-1, abi.MaxRandomBytes + 1} {
					if b, err := l.Random(t.Context(), n); b != nil || abi.CodeOf(err) != abi.LimitExceeded {
						t.Errorf("%d bytes: %x, %v", n, b, err)
					}
				}
				if err := l.Close(t.Context(), true); err != nil {
					t.Error(err)
				}
			}
		}, recording.Result{}); err != nil {
			t.Error(err)
		}
	}
}

// Fuel is compared to the unit, between amounts that were counted alike.
func TestFuelIsCompared(t *testing.T) {
	t.Parallel()
	fuel := func(units int64, weights int) recording.Result {
		return recording.Result{Fuel: recording.Fuel{Units: units, Weights: weights}}
	}
	for _, test := range []struct {
		recorded, now recording.Result
		differs       bool
	}{
		{fuel(5, 1), fuel(5, 1), false},
		{fuel(5, 1), fuel(6, 1), true},
		{fuel(5, 1), fuel(6, 2), false},
		{fuel(5, 1), recording.Result{}, false},
		{recording.Result{}, fuel(6, 1), false},
	} {
		data, err := record(t, &fakes{}, func(abi.HostProvider) {}, test.recorded)
		if err != nil {
			t.Fatal(err)
		}
		taken, err := recording.Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		err = taken.Replay().Finish(test.now)
		var d *recording.Difference
		if errors.As(err, &d) != test.differs || test.differs && !strings.Contains(d.Text(), "fuel.units") {
			t.Errorf("recorded %+v, now %+v: have error %v", test.recorded.Fuel, test.now.Fuel, err)
		}
	}
}
