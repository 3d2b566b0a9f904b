package leak_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// A secret is looked for as long as a Set is there; what it is a part of is not kept. The
// test is not parallel: the heap is everybody's.
func TestSetKeepsSecretsAlone(t *testing.T) {
	const texts, length, allowed = 64, 1 << 20, 16 << 20
	live := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for name, secret := range map[string]string{"short": "secret %08d", "escaped": "secret%%20%08d", "long": "secret %08d" + strings.Repeat("a", 1000)} {
		t.Run(name, func(t *testing.T) {
			s := &leak.Set{}
			s.Add("the tables that are there once")
			before := live()
			for i := range texts {
				secret := fmt.Sprintf(secret, i)
				s.Add((strings.Repeat("x", length) + secret)[length:])
			}
			if grew := live() - before; grew > allowed {
				t.Errorf("%d secrets in texts of %d MiB keep %d MiB, %d are allowed", texts, length>>20, grew>>20, allowed>>20)
			}
			if !s.In(fmt.Sprintf(secret, texts-1)) {
				t.Error("the last secret is not found")
			}
		})
	}
}
