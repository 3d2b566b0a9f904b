// Package filelock locks files between processes, for as long as they are open: the
// kernel takes a lock from a process that dies.
package filelock

import (
	"context"
	"errors"
	"os"
	"time"
)

// pause is how long Wait waits between two looks.
const pause = 5 * time.Millisecond

// Wait locks an open file, also against other handles of this process. It fails when
// ctx ends or somebody else has held the lock for all of patience.
func Wait(ctx context.Context, f *os.File, patience time.Duration) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if ok, err := Try(f); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return errors.New("another process has held it for " + patience.String() + "; look what it is doing, then try again")
		case <-tick.C:
		}
	}
}
