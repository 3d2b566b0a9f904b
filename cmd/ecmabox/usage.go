package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// usages are what the instances of a run used of their limits.
type usages struct {
	mu  sync.Mutex
	all []runtime.Usage
}

func (u *usages) add(usage runtime.Usage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all = append(u.all, usage)
}

// fuel is all that was computed.
func (u *usages) fuel() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	var sum int64
	for _, usage := range u.all {
		sum += usage.Fuel()
	}
	return sum
}

// laneUsage is what the instances of one lane used: of each limit the most of one
// instance, of all else the sum.
type laneUsage struct {
	lane         abi.Lane
	Instances    int        `json:"instances"`
	Calls        int        `json:"calls"`
	RequestBytes int64      `json:"requestBytes"`
	Limits       []limitUse `json:"limits"`
}

// limitUse is runtime.LimitUse in JSON.
type limitUse struct {
	Name    string `json:"name"`
	Used    int64  `json:"used"`
	Allowed int64  `json:"allowed"`
}

// lanes sums up what was used in each lane that had an instance.
func (u *usages) lanes() (all []laneUsage) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for lane := abi.LaneConfiguration; lane <= abi.LanePassword; lane++ {
		sum := laneUsage{lane: lane}
		for _, usage := range u.all {
			if usage.Lane == lane {
				sum.add(usage)
			}
		}
		if sum.Instances > 0 {
			all = append(all, sum)
		}
	}
	return all
}

func (l *laneUsage) add(u runtime.Usage) {
	l.Instances++
	l.Calls += u.Calls
	l.RequestBytes += u.RequestBytes
	for i, use := range u.Limits {
		if i == len(l.Limits) { // the first instance
			l.Limits = append(l.Limits, limitUse(use))
		} else if use.Used > l.Limits[i].Used {
			l.Limits[i] = limitUse(use)
		}
	}
}

// nearly is the share of a limit that is told without being asked for.
const nearly = 0.8

// tell prints a line for each lane: the most that one instance used of each limit.
// Without all only limits that are nearly used up are named.
func (u *usages) tell(w io.Writer, all bool) {
	for _, lane := range u.lanes() {
		var words []string
		for _, l := range lane.Limits {
			if use := runtime.LimitUse(l); all || use.Share() >= nearly {
				words = append(words, use.String())
			}
		}
		if len(words) > 0 {
			fmt.Fprintf(w, "used in the %s lane: %s\n", lane.lane, strings.Join(words, ", "))
		}
	}
}

// print prints all of it below a result: one line of JSON, or a table.
func (u *usages) print(w io.Writer, asJSON bool) error {
	lanes := u.lanes()
	if asJSON {
		used := make(map[string]laneUsage)
		for _, lane := range lanes {
			used[lane.lane.String()] = lane
		}
		return printJSON(w, map[string]any{"used": used})
	}
	t := nextTable(w, "LANE", "LIMIT", "USED", "ALLOWED")
	for _, lane := range lanes {
		for _, l := range lane.Limits {
			t.row(lane.lane.String(), l.Name, fmt.Sprint(l.Used), fmt.Sprint(l.Allowed))
		}
	}
	return t.flush()
}
