package runtime

import (
	"encoding/binary"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// The layout of poll_oneoff's records.
const (
	subscriptionBytes = 48
	eventBytes        = 32
	maxSubscriptions  = 1024

	eventClock   = 0
	clockAbsTime = 1
)

// subscription is one thing a guest waits for.
type subscription struct {
	userdata []byte // 8 bytes
	kind     byte
	wait     time.Duration // for a clock
}

// poll is poll_oneoff. It waits for clocks alone: everything else is ready at
// once, with badf. A guest that wants to sleep for longer than it may is left at once.
// The wait ends early when the call is to end; the guest then reads that its time has
// come, and the host's answers tell it why.
func poll(c *wasiCall) errno {
	count := c.u32(2)
	if count == 0 || count > maxSubscriptions {
		return inval
	}
	in, ok := c.memory.Read(c.u32(0), count*subscriptionBytes)
	if !ok || !inMemory(c.memory, c.u32(1), count*eventBytes) {
		return fault
	}
	subscriptions := make([]subscription, 0, count)
	shortest := time.Duration(1<<63 - 1)
	for ; len(in) > 0; in = in[subscriptionBytes:] {
		s, result := c.subscription(in[:subscriptionBytes])
		if result != success {
			return result
		}
		subscriptions = append(subscriptions, s)
		shortest = min(shortest, s.wait)
	}
	if failure := c.lease.maySleep(shortest); failure != nil {
		c.lease.hostFailure = failure
		unwind()
	}
	if c.lease.sleep(shortest) {
		// A host's clock that stands still, as in a replay, moves by what was slept:
		// else a guest that waits for a point in time waits for ever.
		c.lease.clock.last += int64(shortest)
		c.lease.used.sleep(shortest)
	}
	events := make([]byte, 0, len(subscriptions)*eventBytes)
	for _, s := range subscriptions {
		if s.wait <= shortest {
			events = s.appendEvent(events)
		}
	}
	return c.put(c.memory.Write(c.u32(1), events), c.memory.WriteUint32Le(c.u32(3), uint32(len(events)/eventBytes)))
}

// subscription reads one record; its userdata is copied.
func (c *wasiCall) subscription(record []byte) (subscription, errno) {
	s := subscription{userdata: append([]byte(nil), record[:8]...), kind: record[8]}
	if s.kind != eventClock {
		return s, success
	}
	clock := binary.LittleEndian.Uint32(record[16:])
	if clock > maxClock {
		return s, inval
	}
	timeout := binary.LittleEndian.Uint64(record[24:])
	if binary.LittleEndian.Uint16(record[40:])&clockAbsTime != 0 {
		now, err := c.lease.now(clock)
		if err != nil {
			return s, c.lease.withoutHost("poll_oneoff", err)
		}
		timeout -= min(timeout, uint64(now))
	}
	s.wait = time.Duration(min(timeout, 1<<62))
	return s, success
}

func (s *subscription) appendEvent(events []byte) []byte {
	event := make([]byte, eventBytes)
	copy(event, s.userdata)
	event[10] = s.kind
	if s.kind != eventClock {
		binary.LittleEndian.PutUint16(event[8:], uint16(badf))
	}
	return append(events, event...)
}

// maySleep says what limit the guest would pass if it slept for d now; nil if none. It
// counts what is asked for, so that a guest meets it at the same place whatever time a
// sleep takes, as in a replay none.
func (l *lease) maySleep(d time.Duration) *abi.Error {
	c, u := &l.connector.runtime.config, &l.used
	e := &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest}
	switch {
	case u.sleptInCall+d > c.SleepPerCall:
		e.Limit, e.Used, e.Allowed = limitSleepOfCall, int64(u.sleptInCall+d), int64(c.SleepPerCall)
		e.Message = "the connector wants to sleep for " + (u.sleptInCall + d).String() + " in one call, it may for " + c.SleepPerCall.String() +
			": let it return instead, and be asked again, or raise Config." + limitSleepOfCall
	case u.slept+d > c.SleepPerRun:
		e.Limit, e.Used, e.Allowed = limitSleepOfRun, int64(u.slept+d), int64(c.SleepPerRun)
		e.Message = "the connector wants to sleep for " + (u.slept + d).String() + " in one session, it may for " + c.SleepPerRun.String() +
			": let it wait for less, or raise Config." + limitSleepOfRun + " if there is so much to wait for"
	default:
		return nil
	}
	return e
}

// sleep waits for d, by the host's clock if the host has one of its own, and
// reports whether nothing cut it short.
func (l *lease) sleep(d time.Duration) bool {
	if sleeper, ok := l.host.(abi.Sleeper); ok && d > 0 {
		return sleeper.Sleep(l.stop.hostContext(), d)
	}
	return l.stop.sleep(d)
}

// sleep waits for d, for the end of the caller's context, or for a stop,
// whichever comes first, and reports whether it was d. The call's own deadline is
// among the stops.
func (s *stopper) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	s.mu.Lock()
	caller := s.caller.Done()
	s.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-caller:
	case <-s.soft:
	case <-s.done:
	}
	return false
}
