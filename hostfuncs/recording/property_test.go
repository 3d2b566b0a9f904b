package recording_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
)

// whims are hosts that answer anything, and pass time as they like.
type whims struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (w *whims) n(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.r.IntN(n)
}

func (w *whims) text() string {
	words := []string{"", "x", "a\nb", `{"a":[1,"b"]}`, "\xff\x00", "ä ", strings.Repeat("long", 300), "<&>"}
	return words[w.n(len(words))]
}

func (w *whims) err() error {
	switch w.n(8) {
	case 0:
		return &abi.Error{Code: abi.ServerDown, Op: "op", Side: abi.SideTarget, Message: "down", Retryable: true, RetryAfter: time.Second}
	case 1:
		return fmt.Errorf("wrapped: %w", &abi.Error{Code: abi.Denied, Rule: "HTTP-PATH", Message: "no"})
	case 2:
		return abi.NotFound
	case 3:
		return errors.New("an error of nobody's")
	}
	return nil
}

func (w *whims) hosts() *fakes {
	f := &fakes{tick: 30 * time.Millisecond}
	f.http = func(r abi.HTTPRequests) (answers abi.HTTPAnswers, err error) {
		f.pass(time.Duration(w.n(int(time.Second))))
		for range r.Requests {
			a := abi.HTTPAnswer{Status: 200 + w.n(300), Body: w.text(), Tries: w.n(3)}
			switch w.n(6) {
			case 0:
				a.Body, a.Wanted = "", `{"rows":[["ä",null,1.50e1,"\u0041"]],"values":[{"b":1,"a":[]}]}`
			case 1:
				a = abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "no address")}
			}
			answers.Answers = append(answers.Answers, a)
		}
		return answers, w.err()
	}
	f.get = func(string) ([]byte, error) { return []byte(w.text()), w.err() }
	return f
}

// play makes calls by chance, and returns what came back.
func play(t *testing.T, l abi.HostLease, r *rand.Rand, calls int) (seen []string) {
	ctx := t.Context()
	see := func(call string, err error, m ...abi.Message) {
		var w wire.Writer
		for _, m := range m {
			abi.Encode(&w, m)
		}
		w.Raw(" ")
		abi.EncodeReply(&w, &abi.Empty{}, err)
		seen = append(seen, call+" "+string(w.Bytes()))
	}
	for range calls {
		switch r.IntN(9) {
		case 0, 1:
			requests := abi.HTTPRequests{Concurrency: r.IntN(3)}
			for i := range r.IntN(4) {
				requests.Requests = append(requests.Requests, get(fmt.Sprintf("/%d", i)).Requests[0])
			}
			answers, err := l.HTTP(ctx, requests)
			see("http", err, &answers)
		case 2, 3, 4:
			for range 1 + r.IntN(200) {
				now, err := l.Clock(ctx)
				see("clock", err, &abi.ClockAnswer{UnixNanos: now.UnixNano()})
			}
		case 5:
			bytes, err := l.Random(ctx, r.IntN(100))
			see("random", err, &abi.StateMessage{Value: bytes})
		case 6:
			value, err := l.StateGet(ctx, fmt.Sprint(r.IntN(3)))
			see("state", err, &abi.StateMessage{Value: value})
		case 7:
			placeholder, err := l.Seal("parameter:P", fmt.Sprintf("s3cret-%d", r.IntN(1_000_000)))
			see("seal", err, &abi.RevealMessage{Value: placeholder})
		case 8:
			l.(abi.Sleeper).Sleep(ctx, time.Duration(1+r.IntN(int(time.Hour))))
		}
	}
	see("close", l.Close(ctx, r.IntN(2) == 0))
	return seen
}

// everywhere plays leases in all lanes at once, one after the other in each.
func everywhere(t *testing.T, p abi.HostProvider, seed uint64) [4][]string {
	var all [4][]string
	var wg sync.WaitGroup
	for lane := range all {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(lane)))
			for range r.IntN(4) {
				all[lane] = append(all[lane], play(t, lease(t, p, abi.Lane(lane)), r, r.IntN(20))...)
			}
		})
	}
	wg.Wait()
	return all
}

// TestReplayIsExact records whatever comes, leases side by side, and expects every
// call of the replay to return the same.
func TestReplayIsExact(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		w := &whims{r: rand.New(rand.NewPCG(seed, 99))}
		var want, have [4][]string
		data, err := record(t, w.hosts(), func(p abi.HostProvider) { want = everywhere(t, p, seed) }, recording.Result{Exit: int(seed)})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		replay := read(t, data).Replay()
		have = everywhere(t, replay, seed)
		if err := replay.Finish(recording.Result{Exit: int(seed)}); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for lane := range want {
			for i := range want[lane] {
				if i >= len(have[lane]) || have[lane][i] != want[lane][i] {
					t.Fatalf("seed %d, %s, call %d: have %.300q, want %.300q", seed, abi.Lane(lane), i, have[lane][min(i, len(have[lane])-1)], want[lane][i])
				}
			}
		}
	}
}

// TestTwoLeasesAtOnce: their lines stand among each other, and each replay gets its
// own, whichever comes first.
func TestTwoLeasesAtOnce(t *testing.T) {
	t.Parallel()
	log := func(l abi.HostLease, text string) {
		t.Helper()
		if err := l.Log(t.Context(), abi.LogEntry{Message: text}); err != nil {
			t.Error(err)
		}
	}
	shut := func(l abi.HostLease) {
		t.Helper()
		if err := l.Close(t.Context(), true); err != nil {
			t.Error(err)
		}
	}
	data, err := record(t, &fakes{}, func(p abi.HostProvider) {
		first, second := lease(t, p, abi.LaneImport), lease(t, p, abi.LaneExport)
		log(first, "1")
		log(second, "a")
		log(first, "2")
		shut(first)
		log(second, "b")
		shut(second)
	}, recording.Result{})
	if err != nil {
		t.Fatal(err)
	}
	replay := read(t, data).Replay()
	second, first := lease(t, replay, abi.LaneExport), lease(t, replay, abi.LaneImport)
	log(second, "a")
	log(second, "b")
	shut(second)
	log(first, "1")
	log(first, "2")
	shut(first)
	if err := replay.Finish(recording.Result{}); err != nil {
		t.Error(err)
	}
}

// TestLimits: a recording of MaxBytes is one, and a byte more is none.
func TestLimits(t *testing.T) {
	t.Parallel()
	run := func(most int) (written int, err error) {
		var b strings.Builder
		r, err := recording.NewRecorder(&fakes{}, &b, header)
		if err != nil {
			t.Fatal(err)
		}
		if most > 0 {
			r.SetMost(most)
		}
		l := lease(t, r, abi.LaneImport)
		if err := errors.Join(l.Log(t.Context(), abi.LogEntry{Message: "x"}), l.Close(t.Context(), true)); err != nil {
			t.Error(err)
		}
		err = r.Finish(recording.Result{})
		return strings.LastIndexByte(strings.TrimSuffix(b.String(), "\n"), '\n') + 1, err
	}
	size, err := run(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(size); err != nil {
		t.Error("at the limit:", err)
	}
	if _, err := run(size - 1); !errors.Is(err, recording.ErrTooLarge) {
		t.Error("a byte above it:", err)
	}
}

// TestOutput: text up to its limit, its digest always.
func TestOutput(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, recording.MaxOutputText, recording.MaxOutputText + 1} {
		var c recording.Collector
		for range n {
			fmt.Fprint(&c, "\n")
		}
		out := c.Output()
		if out.Bytes != int64(n) || out.Lines != int64(n) || len(out.SHA256) != 64 || (len(out.Text) == n) != (n <= recording.MaxOutputText) {
			t.Errorf("%d: %d bytes, %d lines, %d of text", n, out.Bytes, out.Lines, len(out.Text))
		}
	}
}
