package recording_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
	"github.com/ecmabox/ecmabox/internal/canary"
)

// What a recorder writes and a replay reads is decided by interfaces that hosts
// may have or not.
var _ recording.SecretFinder = (*hostfuncs.Host)(nil)

// TestEveryCall makes every call once and compares the file with the golden one.
func TestEveryCall(t *testing.T) {
	t.Parallel()
	hosts := &fakes{http: func(abi.HTTPRequests) (abi.HTTPAnswers, error) {
		return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{
			{Status: 200, Headers: []abi.Field{{Name: "Date", Value: "today"}}, Body: `{"name":"alice <a@example.org>"}`, Tries: 1},
			{Error: &abi.Error{Code: abi.NotSent, Message: "no address", Retryable: true, RetryAfter: time.Second}},
			{Status: 200, Body: "\xff\x00"},
		}}, nil
	}}
	act := func(p abi.HostProvider) {
		ctx := t.Context()
		l := lease(t, p, abi.LaneExport)
		_, sealErr := l.Seal("parameter:Password", "s3cret-s3cret")
		requests := get("/users/1")
		requests.Requests = append(requests.Requests, get("/users/2").Requests[0], get("/users/3").Requests[0])
		_, httpErr := l.HTTP(ctx, requests)
		_, soapErr := l.SOAP(ctx, abi.SOAPRequest{Target: "app", Operation: "list", Body: "{}"})
		_, clockErr := l.Clock(ctx)
		hosts.pass(time.Second)
		_, late := l.Clock(ctx)
		_, randomErr := l.Random(ctx, 8)
		_, getErr := l.StateGet(ctx, "token")
		slept := l.(abi.Sleeper).Sleep(ctx, 50*time.Millisecond)
		errs := errors.Join(sealErr, httpErr, soapErr, clockErr, late, randomErr, getErr,
			l.Log(ctx, abi.LogEntry{Level: abi.LogInfo, Message: "hello", Fields: []abi.Field{{Name: "n", Value: "1"}}}),
			l.StatePut(ctx, "token", []byte("1")), l.StateDelete(ctx, "token"),
			l.Progress(ctx, abi.Progress{Done: 1, Total: 2, What: "users"}),
			l.ExportResult(ctx, abi.CSEntryChangeResult{Identifier: "1", Code: abi.ExportErrorCustomContinueRun, Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("7")}}}))
		if _, err := l.Reveal(ctx, "x"); abi.CodeOf(err) != abi.Denied {
			t.Error("reveal:", err)
		}
		if errs = errors.Join(errs, l.Close(ctx, true)); errs != nil || !slept {
			t.Error(errs, slept)
		}
	}
	var out recording.Collector
	fmt.Fprintln(&out, "done")
	result := recording.Result{Exit: 6, Error: "NotSent", Watermark: "w", Output: out.Output()}
	data, err := record(t, hosts, act, result)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "every_call.jsonl", data)
	hosts.fail = errors.New("the hosts are gone")
	taken := read(t, data)
	if leases, calls := taken.Calls(); leases != 1 || calls != 12 {
		t.Errorf("%d leases, %d calls", leases, calls)
	}
	replay := taken.Replay()
	act(replay)
	if err := replay.Finish(result); err != nil {
		t.Error(err)
	}
	if h := taken.Header(); h.Connector != header.Connector || h.ModuleSHA256 != header.ModuleSHA256 || !h.Recorded.Equal(noon) || h.Operation.Options["delta"] != "true" {
		t.Errorf("header %+v", h)
	}
}

// golden compares with a file, in which the seed and the digest, which differ each
// time, are left out. With UPDATE_GOLDEN set it writes the file.
func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	for _, key := range []string{`"random_seed":"`, `"end":{"lines":16,"sha256":"`} {
		if i := bytes.Index(data, []byte(key)); i < 0 {
			t.Errorf("no %s in\n%s", key, data)
		} else {
			data = bytes.Replace(data, data[i:i+len(key)+64], []byte(key), 1)
		}
	}
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(data, want) {
		t.Errorf("%v: have\n%s\nwant\n%s", err, data, want)
	}
}

// TestSecrets: a recording that would hold a secret is none, and the error says
// where.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const sealed, known = "c4n4ry-s3aled", "c4n4ry-kn0wn"
	answering := func(body string) func(abi.HTTPRequests) (abi.HTTPAnswers, error) {
		return func(abi.HTTPRequests) (abi.HTTPAnswers, error) {
			return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{{Status: 200, Body: body}}}, nil
		}
	}
	for name, test := range map[string]struct {
		body, path, log, failure string
		result                   recording.Result
		says                     string
	}{
		"nothing":                       {body: "hello"},
		"a sealed one in an answer":     {body: "x" + sealed + "x", says: "line 4, lease 1 (import), http: it would hold a secret; it stands in the answer"},
		"in JSON in JSON":               {body: `{"a":"{\"b\":\"\\u0063` + sealed[1:] + `\"}"}`, says: "line 4"},
		"in base64":                     {body: "YzRuNHJ5LXMzYWxlZA==", says: "line 4"},
		"in a body that is no text":     {body: "\xff\xfe" + sealed, says: "line 4"},
		"one that only the lease knows": {body: known, says: "line 4"},
		"in a path":                     {path: "/" + sealed, says: "line 4, lease 1 (import), http: it would hold a secret; it stands in what the connector sends"},
		"in a log entry":                {log: sealed, says: "line 5, lease 1 (import), log"},
		"in the result":                 {result: recording.Result{Output: recording.Output{Text: sealed}}, says: "line 8, the result: it would hold a secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := record(t, &fakes{http: answering(test.body), secrets: []string{known}}, func(p abi.HostProvider) {
				l := lease(t, p, abi.LaneImport)
				if _, err := l.Seal("export_password", sealed); err != nil {
					t.Error(err)
				}
				path := test.path
				if path == "" {
					path = "/"
				}
				answers, err := l.HTTP(t.Context(), get(path))
				if err != nil || answers.Answers[0].Body != test.body {
					t.Error("the run does not go on:", answers, err)
				}
				log := l.Log(t.Context(), abi.LogEntry{Message: test.log})
				_, state := l.StateGet(t.Context(), "k")
				if err := errors.Join(log, state, l.Close(t.Context(), true)); err != nil {
					t.Error(err)
				}
			}, test.result)
			for _, secret := range []string{sealed, known} {
				if found := canary.New(secret).Find(data); len(found) > 0 {
					t.Errorf("a secret stands in what was written as %v:\n%s", found, data)
				}
			}
			if test.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, recording.ErrSecret) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("have error %v, want %q", err, test.says)
			}
			if _, err := recording.Read(bytes.NewReader(data)); !errors.Is(err, recording.ErrCut) && !errors.Is(err, recording.ErrForeign) {
				t.Errorf("what is left is read with %v", err)
			}
		})
	}
}

// TestSecretLate: what became a secret after it had been written is found at the
// end, where it can be.
func TestSecretLate(t *testing.T) {
	t.Parallel()
	f, err := recording.Create(filepath.Join(t.TempDir(), "a.rec"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := recording.NewRecorder(&fakes{}, f, header)
	if err != nil {
		t.Fatal(err)
	}
	l := lease(t, r, abi.LaneExport)
	logged := l.Log(t.Context(), abi.LogEntry{Message: "monitoring"})
	_, sealed := l.Seal("new_password", "monitoring")
	if err := errors.Join(logged, sealed, l.Close(t.Context(), true)); err != nil {
		t.Error(err)
	}
	err = r.Finish(recording.Result{})
	if !errors.Is(err, recording.ErrSecret) || !strings.Contains(err.Error(), "line 3: ") {
		t.Error(err)
	}
	if err := f.Discard(); err != nil {
		t.Error(err)
	}
}

// TestSleep: without a host that sleeps the recorder does, and heeds a stop.
func TestSleep(t *testing.T) {
	t.Parallel()
	if _, err := record(t, sleepless{&fakes{}}, func(p abi.HostProvider) {
		l := lease(t, p, abi.LaneImport)
		begun := time.Now()
		if !l.(abi.Sleeper).Sleep(t.Context(), 5*time.Millisecond) || time.Since(begun) < 5*time.Millisecond {
			t.Error("it did not sleep")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if l.(abi.Sleeper).Sleep(ctx, time.Hour) {
			t.Error("it slept on")
		}
		if err := l.Close(t.Context(), true); err != nil {
			t.Error(err)
		}
	}, recording.Result{}); !errors.Is(err, recording.ErrStopped) {
		t.Error(err)
	}
}

// sleepless are hosts that do not sleep for their connectors.
type sleepless struct{ *fakes }

func (h sleepless) Lease(ctx context.Context, r abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakes.Lease(ctx, r)
	return struct {
		abi.HostLease
		recording.SecretFinder
	}{l, l.(recording.SecretFinder)}, err
}

// TestNoRecording: what makes a recording impossible, and that the run goes on.
func TestNoRecording(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		hosts abi.HostProvider
		act   func(*testing.T, abi.HostLease)
		want  error
	}{
		"a secret was revealed": {&fakes{reveals: true}, func(t *testing.T, l abi.HostLease) {
			if secret, err := l.Reveal(t.Context(), "x"); secret != "s3cret-s3cret" || err != nil {
				t.Error(secret, err)
			}
		}, recording.ErrRevealed},
		"the run was stopped": {&fakes{}, func(t *testing.T, l abi.HostLease) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := l.HTTP(ctx, get("/")); err != nil {
				t.Error(err)
			}
		}, recording.ErrStopped},
		"nobody knows the secrets": {ignorant{&fakes{}}, func(*testing.T, abi.HostLease) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := record(t, test.hosts, func(p abi.HostProvider) {
				l := lease(t, p, abi.LaneImport)
				test.act(t, l)
				if _, err := l.HTTP(t.Context(), get("/")); err != nil {
					t.Error("the run does not go on:", err)
				}
				if err := l.Close(t.Context(), true); err != nil {
					t.Error(err)
				}
			}, recording.Result{})
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("have error %v, want %v", err, test.want)
			}
		})
	}
	_, err := record(t, &fakes{}, func(p abi.HostProvider) { lease(t, p, abi.LaneImport) }, recording.Result{})
	if err == nil {
		t.Error("a recording was finished with a lease open")
	}
}

// ignorant are hosts whose leases do not know their secrets.
type ignorant struct{ *fakes }

func (h ignorant) Lease(ctx context.Context, r abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakes.Lease(ctx, r)
	return struct{ abi.HostLease }{l}, err
}

// brokenDisk takes so many bytes.
type brokenDisk struct{ left int }

func (d *brokenDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errors.New("the disk is full")
	}
	return len(p), nil
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, room := range []int{0, 200, 100_000} {
		r, err := recording.NewRecorder(&fakes{}, &brokenDisk{room}, header)
		if err != nil {
			t.Fatal(err)
		}
		l := lease(t, r, abi.LaneImport)
		for range 100 {
			if err := l.Log(t.Context(), abi.LogEntry{Message: strings.Repeat("x", 2000)}); err != nil {
				t.Error(err)
			}
		}
		if err := errors.Join(l.Close(t.Context(), true)); err != nil {
			t.Error(err)
		}
		if err := r.Finish(recording.Result{}); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}

// TestFile: a file is there whole, or not at all.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.rec")
	write := func(text string) *recording.File {
		t.Helper()
		f, err := recording.Create(path)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	const one, two, three = `{"ecmabox_recording":1}`, `{"ecmabox_recording":2}`, `{"ecmabox_recording":3}`
	first := write(one)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("it is there before it is whole:", err)
	}
	if err := first.Keep(); err != nil {
		t.Fatal(err)
	}
	if err := write(two).Discard(); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(path); string(data) != one || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if err := write(three).Keep(); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(path); string(data) != three || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 1 || err != nil {
		t.Errorf("%v stay, %v", entries, err)
	}
	for name, text := range map[string]string{"text": "precious", "nothing": "", "a beginning": `{"ecmabox_recording"`, "another": `{"ecmabox_recordings":1}`} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := recording.Create(other); !errors.Is(err, recording.ErrForeign) {
			t.Errorf("%s is to be replaced: %v", name, err)
		}
	}
	if _, err := recording.Create(dir); !errors.Is(err, recording.ErrForeign) {
		t.Errorf("a folder is to be replaced: %v", err)
	}
	if _, err := recording.Create(filepath.Join(dir, "nowhere", "b.rec")); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), ".b.rec-") {
		t.Error(err)
	}
}

// TestAnswerThatCannotTravel: the connector gets the error that the runtime would
// have made of it, when it is recorded and later.
func TestAnswerThatCannotTravel(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer abi.HTTPAnswer
		want   abi.Code
	}{
		"too long":     {abi.HTTPAnswer{Status: 200, Body: strings.Repeat("x", abi.MaxMessageBytes)}, abi.LimitExceeded},
		"not in UTF-8": {abi.HTTPAnswer{Status: 200, Headers: []abi.Field{{Name: "X", Value: "\xff"}}}, abi.HostFailure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(p abi.HostProvider) {
				l := lease(t, p, abi.LaneImport)
				if answers, err := l.HTTP(t.Context(), get("/")); abi.CodeOf(err) != test.want || len(answers.Answers) > 0 {
					t.Errorf("%d answers, error %v", len(answers.Answers), err)
				}
				if err := l.Close(t.Context(), true); err != nil {
					t.Error(err)
				}
			}
			hosts := &fakes{http: func(abi.HTTPRequests) (abi.HTTPAnswers, error) {
				return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{test.answer}}, nil
			}}
			data, err := record(t, hosts, run, recording.Result{})
			if err != nil {
				t.Fatal(err)
			}
			replay := read(t, data).Replay()
			run(replay)
			if err := replay.Finish(recording.Result{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestClock: it stands still between the points at which it is moved, and never
// goes back. One that fails does so again in a replay.
func TestClock(t *testing.T) {
	t.Parallel()
	hosts := &fakes{}
	readings := func(p abi.HostProvider) (all []string) {
		l := lease(t, p, abi.LaneImport)
		see := func() {
			now, err := l.Clock(t.Context())
			all = append(all, fmt.Sprint(now.Sub(noon), abi.CodeOf(err)))
		}
		see()
		see()
		hosts.pass(2 * recording.ClockResolution)
		see()
		hosts.pass(-time.Hour)
		_, called := l.StateGet(t.Context(), "k")
		see()
		hosts.clockFails = abi.NewError(abi.NotOffered, "no clock")
		see()
		hosts.clockFails = nil
		hosts.pass(2 * time.Hour)
		see()
		if err := errors.Join(called, l.Close(t.Context(), true)); err != nil {
			t.Error(err)
		}
		return all
	}
	var have []string
	data, err := record(t, hosts, func(p abi.HostProvider) { have = readings(p) }, recording.Result{})
	if err != nil {
		t.Fatal(err)
	}
	if have[0] != have[1] || have[2] == have[1] || have[3] != have[2] || !strings.HasSuffix(have[4], abi.NotOffered.String()) || !strings.HasPrefix(have[5], "1h0m") {
		t.Errorf("the clock shows %v", have)
	}
	if later := readings(read(t, data).Replay()); fmt.Sprint(later) != fmt.Sprint(have) {
		t.Errorf("the replay's clock shows %v, want %v", later, have)
	}
}
