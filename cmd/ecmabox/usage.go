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

// nearly is the share of a limit that is told without being asked for.
const nearly = 0.8

// tell prints a line for each lane: the most that one instance used of each limit.
// Without all only limits that are nearly used up are named.
func (u *usages) tell(w io.Writer, all bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for lane := abi.LaneConfiguration; lane <= abi.LanePassword; lane++ {
		var most []runtime.LimitUse
		for _, usage := range u.all {
			if usage.Lane != lane {
				continue
			}
			if most == nil {
				most = append(most, usage.Limits...)
			}
			for i, l := range usage.Limits {
				if l.Used > most[i].Used {
					most[i] = l
				}
			}
		}
		var words []string
		for _, l := range most {
			if all || l.Share() >= nearly {
				words = append(words, l.String())
			}
		}
		if len(words) > 0 {
			fmt.Fprintf(w, "used in the %s lane: %s\n", lane, strings.Join(words, ", "))
		}
	}
}
