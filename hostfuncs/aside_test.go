package hostfuncs_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// pass lets a time pass that is long enough for words to be told.
func pass() {
	<-time.After(time.Second)
	synctest.Wait()
}

// teller is a lease in which all is told to it.
type teller struct {
	abi.HostLease
	log   safeBuffer
	heard []string
	hold  func(what string) // called before anything is told
}

func newTeller(t testing.TB) *teller {
	t.Helper()
	r := &teller{hold: func(string) {}}
	hear := func(lane abi.Lane, p abi.Progress) {
		r.hold("progress")
		r.heard = append(r.heard, fmt.Sprintf("%s %d %s", lane, p.Done, p.What))
	}
	r.HostLease = leaseOf(t, hostfuncs.Policy{Logger: zerolog.New(r), Progress: hear, Reveal: []string{"parameter:Shown"}}, nil, nil)
	return r
}

func (r *teller) Write(line []byte) (int, error) {
	r.hold("log")
	return r.log.Write(line)
}

// say has the lease say text in all ways in which nobody is asked for it.
func (r *teller) say(t testing.TB, text string) {
	t.Helper()
	r.progress(t, 1, text)
	if err := r.Log(t.Context(), abi.LogEntry{Level: abi.LogInfo, Message: text}); err != nil {
		t.Error(err)
	}
	wantError(t, ask(t, r, abi.HTTPRequest{Target: text, Method: text}), abi.Denied, hostfuncs.RuleTarget)
}

func (r *teller) progress(t testing.TB, done int64, text string) {
	t.Helper()
	if err := r.Progress(t.Context(), abi.Progress{Done: done, What: text}); err != nil {
		t.Error(err)
	}
}

// TestToldLater: a call is not as long as it takes to look through its words. What is
// sealed after it is found in them.
func TestToldLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTeller(t)
		r.say(t, "it is sealed-later")
		synctest.Wait()
		if r.heard != nil || r.log.String() != "" {
			t.Errorf("in the calls %q were heard and %q was logged", r.heard, r.log.String())
		}
		seal(t, r, "parameter:Password", "sealed-later")
		pass()
		if want := []string{"export 1 it is «redacted»"}; !slices.Equal(r.heard, want) {
			t.Errorf("heard %q, want %q", r.heard, want)
		}
		for _, want := range []string{`"guest_msg":"it is «redacted»"`, `"target":"it is «redacted»"`, `"method":"it is «redacted»"`} {
			if !strings.Contains(r.log.String(), want) {
				t.Errorf("the log has no %s: %s", want, r.log.String())
			}
		}
	})
}

// TestSlowEarsHoldNobody: no call waits for a log or a Progress that takes long, and none
// is called twice at once.
func TestSlowEarsHoldNobody(t *testing.T) {
	t.Parallel()
	for _, slow := range []string{"log", "progress"} {
		t.Run(slow, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newTeller(t)
				free, inside := make(chan struct{}), 0
				r.hold = func(what string) {
					if inside++; inside > 1 {
						t.Errorf("%d are told at once", inside)
					}
					if what == slow {
						<-free
					}
					inside--
				}
				r.say(t, "first")
				pass()
				if inside != 1 {
					t.Fatal("nobody is held")
				}
				r.say(t, "second") // the bubble ends with a deadlock if this waits
				pass()
				close(free)
				r.Close(t.Context(), false)
				if n := strings.Count(r.log.String(), `"guest_msg"`); n != 2 || len(r.heard) != 2 {
					t.Errorf("heard %q, logged %s", r.heard, r.log.String())
				}
			})
		})
	}
}

// TestCloseTellsAll: what was said just before Close is told in it, the log in its order.
func TestCloseTellsAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTeller(t)
		seal(t, r, "parameter:Password", "sealed-parameter")
		for i := range int64(5) {
			r.progress(t, i, "sealed-parameter")
			r.Log(t.Context(), abi.LogEntry{Message: fmt.Sprint("line ", i)})
			ask(t, r, abi.HTTPRequest{Target: fmt.Sprint("nobody", i)})
			ask(t, r, abi.HTTPRequest{Target: fmt.Sprint("nobody", i)})
		}
		if err := r.Close(t.Context(), false); err != nil {
			t.Error(err)
		}
		if want := []string{"export 4 «redacted»"}; !slices.Equal(r.heard, want) {
			t.Errorf("heard %q, want the last alone", r.heard)
		}
		var have []string
		for line := range strings.Lines(r.log.String()) {
			for _, word := range []string{"line ", `"nobody`, `"count":`} {
				if _, rest, found := strings.Cut(line, word); found {
					have = append(have, word+rest[:1])
				}
			}
		}
		if text := strings.Join(have, ","); text != `line 0,"nobody0,line 1,"nobody1,line 2,"nobody2,line 3,"nobody3,line 4,"nobody4,"count":1` {
			t.Errorf("the log has %s", text)
		}
	})
}

// TestCloseInTime: Close waits for a slow log until its context is over, a second at least,
// and tells how much was left out. The last progress is heard all the same.
func TestCloseInTime(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		each  time.Duration // that a line takes
		allow time.Duration // of the context, 0 if it is over
		lines int
	}{
		"as long as it takes": {time.Second, time.Minute, 10},
		"too slow":            {time.Second, 3500 * time.Millisecond, 4},
		"no time, quick":      {time.Millisecond, 0, 10},
		"no time, slow":       {400 * time.Millisecond, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := over
				if test.allow > 0 {
					var end context.CancelFunc
					ctx, end = context.WithTimeout(context.Background(), test.allow)
					defer end()
				}
				r := newTeller(t)
				r.hold = func(what string) {
					if what == "log" {
						<-time.After(test.each)
					}
				}
				for range 10 {
					r.Log(t.Context(), abi.LogEntry{})
				}
				r.progress(t, 7, "")
				if err := r.Close(ctx, false); err != nil {
					t.Error(err)
				}
				left := `"count":` + fmt.Sprint(10-test.lines)
				if n := strings.Count(r.log.String(), "guest_msg"); n != test.lines || strings.Contains(r.log.String(), left) != (n < 10) {
					t.Errorf("%d lines, want %d: %s", n, test.lines, r.log.String())
				}
				if want := []string{"export 7 "}; !slices.Equal(r.heard, want) {
					t.Errorf("heard %q, want %q", r.heard, want)
				}
			})
		})
	}
}

// TestProgressIsPaced: of what a connector tells within a tenth of a second the latest is
// heard, and the last in any case.
func TestProgressIsPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTeller(t)
		begun := time.Now()
		for done := int64(0); time.Since(begun) < time.Second; done++ {
			r.progress(t, done, "")
			<-time.After(10 * time.Millisecond)
		}
		synctest.Wait()
		if n := len(r.heard); n < 5 || n > 10 {
			t.Errorf("%d were heard in a second: %q", n, r.heard)
		}
		pass()
		if n := len(r.heard); r.heard[n-1] != "export 99 " || n > 11 {
			t.Errorf("heard %q", r.heard)
		}
	})
}

// TestNothingToTell: nothing begins for what nobody hears.
func TestNothingToTell(t *testing.T) {
	t.Parallel()
	logger := zerolog.New(&safeBuffer{})
	for name, test := range map[string]struct {
		policy hostfuncs.Policy
		say    func(abi.HostLease) error
		told   bool
	}{
		"progress, heard":   {hostfuncs.Policy{Progress: func(abi.Lane, abi.Progress) {}}, sayProgress, true},
		"progress, unheard": {hostfuncs.Policy{Logger: logger}, sayProgress, false},
		"log, written":      {hostfuncs.Policy{Logger: logger}, sayLog, true},
		"log, not so low":   {hostfuncs.Policy{Logger: logger.Level(zerolog.WarnLevel)}, sayLog, false},
		"log, silent":       {hostfuncs.Policy{}, sayLog, false},
		"denial, written":   {hostfuncs.Policy{Logger: logger}, sayDenied, true},
		"denial, silent":    {hostfuncs.Policy{}, sayDenied, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := leaseOf(t, test.policy, nil, nil)
			if err := test.say(l); err != nil {
				t.Error(err)
			}
			if have := hostfuncs.Told(l); have != test.told {
				t.Errorf("told: %v, want %v", have, test.told)
			}
		})
	}
}

func sayProgress(l abi.HostLease) error { return l.Progress(background, abi.Progress{What: "users"}) }

func sayLog(l abi.HostLease) error {
	return l.Log(background, abi.LogEntry{Level: abi.LogInfo, Message: "users"})
}

func sayDenied(l abi.HostLease) error {
	_, err := l.HTTP(background, abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "nobody"}}})
	return err
}

// TestLogFallsBehind: what waits for a log that is not written does not fill the memory.
func TestLogFallsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes during the loop
		c := newClock()
		l, log := logged(t, c)
		var err error
		n := -1
		for ; err == nil && n <= hostfuncs.MaxLogWaiting; n++ {
			c.world().Sleep(background, time.Second)
			err = l.Log(background, abi.LogEntry{})
		}
		if e := abi.AsError(err); e == nil || e.Limit != "log_entries_waiting" || n != hostfuncs.MaxLogWaiting {
			t.Errorf("after %d entries: %v", n, err)
		}
		l.Close(background, false)
		if have := strings.Count(log.String(), "guest_msg"); have != n {
			t.Errorf("%d entries are in the log, want %d", have, n)
		}
	})
}

// TestPanicInEars: a panic in a log or a Progress, or one that ends the goroutine, is one of
// the next call that has something to say, and an error of Close. What else was said is told.
func TestPanicInEars(t *testing.T) {
	t.Parallel()
	t.Run("panic", func(t *testing.T) { testPanicInEars(t, "spilled", func() { panic("spilled") }) })
	t.Run("end", func(t *testing.T) { testPanicInEars(t, "it ended its goroutine", runtime.Goexit) })
}

func testPanicInEars(t *testing.T, want string, fail func()) {
	t.Parallel()
	for _, faulty := range []string{"log", "progress"} {
		for name, next := range map[string]func(abi.HostLease) error{"Log": sayLog, "Progress": sayProgress, "Close": nil} {
			t.Run(faulty+" before "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, faults := newTeller(t), 0
					r.hold = func(what string) {
						if what == faulty && faults == 0 {
							faults++
							fail()
						}
					}
					r.say(t, "first")
					if next != nil {
						pass()
						if have := panicIn(func() { next(r) }); fmt.Sprint(have) != want {
							t.Errorf("have %v", have)
						}
					}
					if err := r.Close(t.Context(), true); abi.CodeOf(err) != abi.HostFailure || !strings.Contains(err.Error(), want) {
						t.Errorf("have %v", err)
					}
					if faulty == "log" && (len(r.heard) != 1 || !strings.Contains(r.log.String(), `"denied"`)) {
						t.Errorf("heard %q, logged %s", r.heard, r.log.String())
					}
				})
			})
		}
	}
}

func panicIn(f func()) (panicked any) {
	defer func() { panicked = recover() }()
	f()
	return nil
}
