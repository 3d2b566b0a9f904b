//go:build !linux

package runtime_test

import (
	"testing"
	"time"
)

// Elsewhere nobody tells for how long threads waited, nor the resident memory: time
// is what the clock says.
func waited() map[string]time.Duration { return nil }

func threadWaited() time.Duration { return 0 }

func sleepTowards(at time.Time) bool {
	<-time.After(min(time.Until(at), 5*time.Millisecond))
	return time.Now().Before(at)
}

func forgetPeak() bool { return false }

func resident(*testing.T) (now, most int64) { return 0, 0 }

func confine(*testing.T) {}

func processorTime(*testing.T) time.Duration { return 0 }
