package recording

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// seed is where all randomness of a recording comes from.
type seed [32]byte

// chance is the randomness of one lease.
type chance struct{ generator *rand.ChaCha8 }

// chance returns the randomness of a lease: its own, so that leases at once do not
// change each other's.
func (s seed) chance(lease int) chance {
	of := sha256.Sum256(binary.BigEndian.AppendUint64(s[:], uint64(lease)))
	return chance{rand.NewChaCha8(of)}
}

// bytes returns the next n bytes.
func (c chance) bytes(n int) ([]byte, error) {
	if n < 0 || n > abi.MaxRandomBytes {
		return nil, &abi.Error{Code: abi.LimitExceeded, Op: "random", Side: abi.SideHost, Limit: "MaxRandomBytes", Used: int64(n), Allowed: abi.MaxRandomBytes}
	}
	b := make([]byte, n)
	_, _ = c.generator.Read(b) // documented never to fail
	return b, nil
}

// clock is what a connector sees of time. It stands still between the points at
// which it is moved.
type clock struct {
	began time.Time
	at    time.Duration
	// reads counts the readings since it was moved.
	reads int64
}

func (c *clock) now() time.Time { return c.began.Add(c.at) }

// move moves the clock, never backwards.
func (c *clock) move(to time.Duration) {
	c.at, c.reads = max(c.at, to), 0
}
