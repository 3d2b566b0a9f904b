package leak_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/leak"
)

// ending is a context that ends at one of the looks at it.
type ending struct {
	context.Context
	looks, at int
}

func (e *ending) Err() error {
	if e.looks++; e.looks == e.at {
		return context.DeadlineExceeded
	}
	return nil
}

// alikeSet is one of many secrets with the same middle: of one length, or of every length.
func alikeSet(secrets int, everyLength bool) *leak.Set {
	var set leak.Set
	for i := range secrets {
		if !everyLength {
			set.Add(fmt.Sprintf("%08dAAAAAA%08d", i, i))
			continue
		}
		sign := fmt.Sprintf("%02d", i/500)
		set.Add(sign + strings.Repeat("A", 8+i%500) + sign)
	}
	return &set
}

// TestAlikeTakesNoLonger scans text that is nothing but the middle of many secrets. One
// by one they took 10 s.
func TestAlikeTakesNoLonger(t *testing.T) {
	t.Parallel()
	set := alikeSet(10_000, false)
	begun := time.Now()
	if set.In(strings.Repeat("A", 128<<10)) {
		t.Error("found in what is none")
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("128 KiB took %v", took)
	}
}

// TestScanLooks: a scan looks at its context as often as its work is long, the resolving
// of escapes included, and ends with it.
func TestScanLooks(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	// All of the text is passed by when it is searched and when its escapes are looked for.
	few, one, all := alikeSet(1, false), alikeSet(2_000, false), alikeSet(2_000, true)
	for name, c := range map[string]struct {
		set         *leak.Set
		unit        string
		least, most int
	}{
		"plain":               {few, "x", 2 * size / leak.Stride, 2 * size / leak.Stride},
		"nested escapes":      {few, "&amp;amp;amp;amp;amp;lt;", 4 * size / leak.Stride, 10 * size / leak.Stride},
		"percent, no escapes": {few, "%", 2 * size / leak.Stride, 2 * size / leak.Stride},
		"of one length":       {one, "A", 100 * size / leak.Stride, 300 * size / leak.Stride},
		"of every length":     {all, "A", 1000 * size / leak.Stride, 30_000 * size / leak.Stride},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat(c.unit, size/len(c.unit))
			if name == "of every length" {
				text = text[:size/64]
				c.least, c.most = c.least/64, c.most/64
			}
			ctx := &ending{Context: context.Background()}
			if found, err := c.set.Scan(ctx, text); found || err != nil || ctx.looks < c.least-2 || ctx.looks > c.most {
				t.Errorf("have %t, %v after %d looks; want %d to %d", found, err, ctx.looks, c.least-2, c.most)
			}
			for _, at := range []int{1, ctx.looks / 2, ctx.looks} {
				ctx := &ending{Context: context.Background(), at: at}
				if found, err := c.set.Scan(ctx, text); found || !errors.Is(err, context.DeadlineExceeded) || ctx.looks != at {
					t.Errorf("ended at look %d: have %t, %v after %d", at, found, err, ctx.looks)
				}
			}
		})
	}
}

// TestRedactGivesUp: a line that takes far longer than others is redacted as a whole; one
// that is full of secrets is not.
func TestRedactGivesUp(t *testing.T) {
	t.Parallel()
	const size = 8 << 10
	line := strings.Repeat("A", size)
	if have := alikeSet(2_000, true).Redact(line); have != leak.Redacted {
		t.Errorf("a line that takes long stands there: %.80q", have)
	}
	set := alikeSet(2_000, false)
	if have := set.Redact(line); have != line {
		t.Errorf("a harmless line became %.80q", have)
	}
	secret := fmt.Sprintf("%08dAAAAAA%08d", 7, 7)
	have := set.Redact(strings.Repeat(secret+" ", size/len(secret)))
	if want := strings.Repeat(leak.Redacted+" ", size/len(secret)); have != want {
		t.Errorf("a line full of secrets became %.80q", have)
	}
}

// TestAddWhileScanning: whoever adds a secret need not wait for a scan to end.
func TestAddWhileScanning(t *testing.T) {
	t.Parallel()
	set := alikeSet(10, false)
	ctx := &adding{Context: context.Background(), set: set}
	if found, err := set.Scan(ctx, strings.Repeat("x", 10*leak.Stride)+"added-meanwhile"); !found || err != nil {
		t.Errorf("have %t, %v", found, err)
	}
}

// adding is a context in which somebody adds a secret at each look.
type adding struct {
	context.Context
	set *leak.Set
}

func (a *adding) Err() error {
	a.set.Add("added-meanwhile")
	return nil
}
