//go:build !linux

package snapshot_test

import "testing"

const mappable = false

// addressesMiB has nothing to count where memory is Go's.
func addressesMiB(*testing.T) int { return 0 }

// privateKiB has nothing to measure where images are copied.
func privateKiB(testing.TB) int { return 0 }
