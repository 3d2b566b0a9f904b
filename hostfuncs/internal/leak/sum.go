package leak

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
)

// A sum is what a window and the bytes around it come to, taken outwards: one from the
// right, one from the left, and so on. They are the coefficients of a polynomial in the
// factor, modulo a prime number. Two texts that differ have the same sum with one factor
// in 2^50 at most, and nobody outside knows the factor of this process.
const prime = 1<<61 - 1

var randomFactor = func() uint64 {
	var b [8]byte
	rand.Read(b[:])                                    // never fails: the process ends instead
	return 1<<59 + binary.LittleEndian.Uint64(b[:])>>5 // below prime, and not small
}()

// grown returns the sum with one more byte.
func grown(sum, factor uint64, c byte) uint64 {
	high, low := bits.Mul64(sum, factor)
	sum = low&prime + (low>>61 | high<<3) + uint64(c) + 1
	sum = sum&prime + sum>>61
	if sum >= prime {
		sum -= prime
	}
	return sum
}

// sumOf returns the sum of a whole pattern.
func sumOf(pattern string, factor uint64) uint64 {
	sum := windowAt(pattern)
	from := middle(pattern)
	to := from + window
	for to-from < len(pattern) {
		if onRight(to - from) {
			sum = grown(sum, factor, pattern[to])
			to++
		} else {
			from--
			sum = grown(sum, factor, pattern[from])
		}
	}
	return sum
}

// onRight tells on which side of n bytes the next one is taken: middle is rounded down.
func onRight(n int) bool { return (n-window)%2 == 0 }
