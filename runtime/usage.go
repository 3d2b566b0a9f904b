package runtime

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// Usage is what one instance used of its limits in its life, from its start to its
// end: one configuration call, or one session. Config.OnRelease gets it.
type Usage struct {
	// Digest is the module's SHA-256 in hex, Instance the instance's name as in the
	// log.
	Digest, Instance string
	Lane             abi.Lane
	// Lived is how long the instance was there, its start included.
	Lived time.Duration
	// Calls counts the calls of exports; the start is one.
	Calls int
	// RequestBytes is how long its callers' requests were, all together: what it was handed,
	// which no limit of a run bounds. What it answered, and what it asked of the host and got,
	// are Limits: ReplyBytesPerRun and HostBytesPerRun.
	RequestBytes int64
	// Limits are what was used of each limit, always the same ones in the same
	// order: those of Config, and behind them those of the host, if its lease is an
	// abi.LimitTeller.
	Limits []LimitUse
	// Failure is why the instance was retired, or nil.
	Failure *abi.Error
}

// LimitUse is what was used of one limit.
type LimitUse struct {
	// Name is the limit's field of Config, or the host's name of a limit of its own,
	// as abi.Error.Limit has it.
	Name string
	// Used is the most that was used at a time, or in all if the limit is for all;
	// Allowed is the limit. For durations both are in nanoseconds, with what was
	// slept. MemoryBudget is the instance's own part of it: its memory, tables, stack,
	// what is remembered of its objects, and its messages. StopGrace is for how long a call went on
	// after somebody gave up on it. CallDepth is how deep calls were nested when the
	// guest called the host, or was looked at, every hundredth of a millisecond;
	// MaxTableElements what the module's largest table begins with: what a guest makes
	// of it, the engine does not tell.
	Used, Allowed int64
}

// Share is what was used, as a part of what is allowed: 0.12 for 12 %. It is 1 where
// something was used of what allows nothing.
func (u LimitUse) Share() float64 {
	switch {
	case u.Used == 0:
		return 0
	case u.Allowed == 0:
		return 1
	}
	return float64(u.Used) / float64(u.Allowed)
}

// String returns the use as text: MemoryLimitBytes 12.3 %. What is little is told as
// under 0.1 %.
func (u LimitUse) String() string {
	switch percent := 100 * u.Share(); {
	case percent > 0 && percent < 0.1:
		return u.Name + " under 0.1 %"
	case percent < 100:
		return fmt.Sprintf("%s %.3g %%", u.Name, percent)
	default:
		return fmt.Sprintf("%s %.0f %%", u.Name, percent)
	}
}

// Fuel is the fuel that was used in all: 0 without metering.
func (u Usage) Fuel() int64 {
	for _, l := range u.Limits {
		if l.Name == limitFuelPerRun {
			return l.Used
		}
	}
	return 0
}

// The names of limits that are told in more than one place.
const (
	limitFuelPerCall  = "FuelPerCall"
	limitSleepOfCall  = "SleepPerCall"
	limitSleepOfRun   = "SleepPerRun"
	limitGrace        = "StopGrace"
	limitFuelPerRun   = "FuelPerRun"
	limitCallDepth    = "CallDepth"
	limitMemory       = "MemoryLimitBytes"
	limitHostCalls    = "HostCallsPerRun"
	limitHostBytes    = "HostBytesPerRun"
	limitReply        = "MaxReplyBytes"
	limitReplies      = "ReplyBytesPerRun"
	limitOutput       = "StderrBytes"
	limitCallDuration = "CallTimeout"
	limitStart        = "StartTimeout"
	limitClose        = "CloseTimeout"
	limitTable        = "MaxTableElements"
	limitObjects      = "MaxImportObjects"
)

// used is what an instance has used up to now, where nothing else knows it.
type used struct {
	began                time.Time
	callBegan            time.Time // of the call that runs; else zero
	calls                int
	start, call, close   time.Duration  // the longest of each
	timed                *time.Duration // of these, the one that the call that runs counts for
	slept                time.Duration  // in all
	sleptInCall          time.Duration  // in the call that runs, or ran last
	sleptMost            time.Duration  // in one call
	awaited              time.Duration  // in requests to targets, in the call that runs, or ran last
	fuelOfCall           int64
	depth                int64
	reply                int
	requests, replies    int64
	hostCalls, hostBytes int64
	told                 []string // of the limits of these, the ones that the log has
	objects              int64    // that are remembered
	memory               int64    // the most of the budget while there were messages
	linear               int64    // the guest's memory, where it did not come to an instance
}

// begin starts a call, whose time counts for one of start, call and close.
func (u *used) begin(timed *time.Duration) {
	u.callBegan, u.timed, u.sleptInCall, u.awaited = time.Now(), timed, 0, 0
}

// sleep counts a sleep that nothing cut short.
func (u *used) sleep(d time.Duration) {
	u.slept += d
	u.sleptInCall += d
	u.sleptMost = max(u.sleptMost, u.sleptInCall)
}

// end counts the call that was begun, once.
func (u *used) end(fuel int64, reply int) {
	if u.callBegan.IsZero() {
		return
	}
	u.calls++
	*u.timed = max(*u.timed, time.Since(u.callBegan))
	u.fuelOfCall = max(u.fuelOfCall, fuel)
	u.reply = max(u.reply, reply)
	u.replies += int64(reply)
	u.callBegan = time.Time{}
}

// usage tells what the lease has used, the call that ended it included. The caller
// holds turn.
func (l *lease) usage() Usage {
	l.used.end(l.fuel.used()-l.fuel.began, 0)
	c, u := &l.connector.runtime.config, &l.used
	memory := u.linear
	if l.instance != nil {
		memory = int64(l.instance.memory().Size())
	}
	told := Usage{
		Digest: l.connector.report.SHA256, Instance: l.name, Lane: l.lane, Lived: time.Since(u.began), Calls: u.calls, RequestBytes: u.requests, Failure: l.retired,
		Limits: []LimitUse{
			{limitFuelPerRun, l.fuel.used(), c.FuelPerRun},
			{limitFuelPerCall, u.fuelOfCall, c.FuelPerCall},
			{limitMemory, memory, c.MemoryLimitBytes},
			{snapshot.LimitBudget, max(u.memory, l.taken()), l.connector.runtime.memory.Allowed()},
			{limitCallDepth, u.depth, int64(c.CallDepth)},
			{limitTable, l.tableElements(), int64(c.MaxTableElements)},
			{limitStart, int64(u.start), int64(c.StartTimeout)},
			{limitCallDuration, int64(u.call), int64(c.CallTimeout)},
			{limitClose, int64(u.close), int64(c.CloseTimeout)},
			{limitGrace, int64(l.stop.wentOn()), int64(c.StopGrace)},
			{limitSleepOfRun, int64(u.slept), int64(c.SleepPerRun)},
			{limitSleepOfCall, int64(u.sleptMost), int64(c.SleepPerCall)},
			{limitHostCalls, u.hostCalls, c.HostCallsPerRun},
			{limitHostBytes, u.hostBytes, c.HostBytesPerRun},
			{limitReply, int64(u.reply), int64(c.MaxReplyBytes)},
			{limitReplies, u.replies, c.ReplyBytesPerRun},
			{limitObjects, u.objects, int64(l.connector.mostObjects)},
			{limitOutput, int64(c.StderrBytes - l.output.left), int64(c.StderrBytes)},
		},
	}
	if host, tells := l.host.(abi.LimitTeller); tells {
		host.TellLimits(func(limit string, used, allowed int64) {
			told.Limits = append(told.Limits, LimitUse{limit, used, allowed})
		})
	}
	return told
}

// taken is what the instance has of the budget of memory.
func (l *lease) taken() int64 {
	if l.memory == nil {
		return l.frames.taken
	}
	return l.frames.taken + l.memory.Size()
}

// lookTaken notes what of the budget is taken now: messages are given back, nothing else
// is before the instance is over.
func (l *lease) lookTaken() { l.used.memory = max(l.used.memory, l.taken()) }

func (l *lease) tableElements() int64 {
	if code := l.connector.report.Code; code != nil {
		return int64(code.MaxTableElements)
	}
	return 0
}

// lookDeep notes how deep calls are nested now.
func (l *lease) lookDeep() {
	l.used.depth = max(l.used.depth, l.frames.used())
}

// mayCallHost counts a call of the host with a request of some bytes, unless the
// limits forbid it. What a call answers is counted when it is known, and refused to
// nobody: the last answer may pass the limit.
func (l *lease) mayCallHost(request int64) bool {
	c, u := &l.connector.runtime.config, &l.used
	if u.hostCalls == c.HostCallsPerRun {
		l.turnAway(limitHostCalls, u.hostCalls+1, c.HostCallsPerRun, "the connector calls the host too often in one session: let it ask for more at once")
		return false
	}
	if u.hostBytes+request > c.HostBytesPerRun {
		l.turnAway(limitHostBytes, u.hostBytes+request, c.HostBytesPerRun, "the connector asks the host for too much in one session: let it ask for less")
		return false
	}
	u.hostCalls++
	u.hostBytes += request
	return true
}

// turnAway notes that a call of the host is refused for a limit of the run. The guest
// hears no more than that it passed a limit: which one, the log tells once, and the error
// of the call that runs, if it fails then.
func (l *lease) turnAway(limit string, used, allowed int64, message string) {
	told := slices.Contains(l.used.told, limit)
	if told && l.turnedAway != nil {
		return
	}
	e := &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest, Limit: limit, Used: used, Allowed: allowed, Message: message + ", or raise Config." + limit}
	l.turnedAway = cmp.Or(l.turnedAway, e)
	if !told {
		l.used.told = append(l.used.told, limit)
		l.log.Warn().Err(e).Stringer(logfield.Code, e.Code).Str(logfield.Limit, limit).Msg("calls of the host are refused")
	}
}
