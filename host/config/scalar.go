package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/internal/spelling"
)

// scalar returns a single value whose YAML type is one of tags.
func (v value) scalar(cure string, tags ...string) (string, bool) {
	if v.node.Kind != yaml.ScalarNode || !slices.Contains(tags, v.node.ShortTag()) {
		v.wrong("is "+v.kind(), cure)
		return "", false
	}
	return v.node.Value, true
}

// text reads text of at most most bytes. Numbers and truth values must be quoted:
// YAML would otherwise decide what 010, on or 1e3 mean.
func (v value) text(most int) (string, bool) {
	s, ok := v.scalar("write text; numbers, true and false need quotes", "!!str")
	switch {
	case !ok:
		return "", false
	case len(s) > most:
		v.wrong(fmt.Sprintf("has %d bytes", len(s)), fmt.Sprintf("the most is %d", most))
		return "", false
	case strings.ContainsRune(s, 0):
		v.wrong("holds a NUL", "remove it")
		return "", false
	}
	return s, true
}

// name reads text that is not empty.
func (v value) name(most int) (string, bool) {
	s, ok := v.text(most)
	if ok && strings.TrimSpace(s) == "" {
		v.wrong("is empty", "give it a value or leave the key out")
		return "", false
	}
	return s, ok
}

// word reads one of a few words.
func (v value) word(words ...string) (string, bool) {
	s, ok := v.scalar("write one of "+strings.Join(words, ", "), "!!str")
	if !ok {
		return "", false
	}
	if !slices.Contains(words, s) {
		cure := spelling.Nearest(s, words)
		if cure == "" {
			cure = "write one of " + strings.Join(words, ", ")
		}
		v.wrong("is "+shown(s), cure)
		return "", false
	}
	return s, true
}

// integer reads a decimal number within bounds.
func (v value) integer(least, most int) int { return int(v.long(int64(least), int64(most))) }

// long is integer for numbers beyond int where that is short.
func (v value) long(least, most int64) int64 {
	bounds := fmt.Sprintf("write a whole number from %d to %d", least, most)
	s, ok := v.scalar(bounds, "!!int")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		v.wrong("is "+shown(s), bounds)
		return 0
	}
	return n
}

// decimal reads a number above zero, at most most.
func (v value) decimal(most float64) float64 {
	bounds := fmt.Sprintf("write a number above 0, at most %v", most)
	s, ok := v.scalar(bounds, "!!int", "!!float")
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f <= 0 || f > most {
		v.wrong("is "+shown(s), bounds)
		return 0
	}
	return f
}

func (v value) boolean() bool {
	s, ok := v.scalar("write true or false", "!!bool")
	return ok && strings.EqualFold(s, "true")
}

// duration reads 10s, 1m30s and the like.
func (v value) duration(most time.Duration) time.Duration {
	cure := fmt.Sprintf("write a duration with its unit, such as 10s or 1m30s, at most %v", most)
	s, ok := v.scalar(cure, "!!str")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > most {
		v.wrong("is "+shown(s), cure)
		return 0
	}
	return d
}

// size reads 512B, 64KiB, 8MiB, 1GiB.
func (v value) size(most int64) int64 {
	cure := "write a size with its unit, such as 64KiB or 8MiB, at most " + sizeText(most)
	s, ok := v.scalar(cure, "!!str")
	if !ok {
		return 0
	}
	n, ok := ParseSize(s)
	if !ok || n <= 0 || n > most {
		v.wrong("is "+shown(s), cure)
		return 0
	}
	return n
}

type sizeUnit struct {
	ending string
	shift  int
}

// sizeUnits are the units of sizes, the largest first.
var sizeUnits = []sizeUnit{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}

// ParseSize reads 512B, 64KiB, 8MiB or 1GiB, as it stands in a file, and reports whether
// it is such a size, below 8 EiB.
func ParseSize(s string) (int64, bool) {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(s, unit.ending)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(digits, " "), 10, 63-unit.shift)
		return int64(n) << unit.shift, err == nil
	}
	return 0, false
}

// sizeText writes a size in the largest unit that it is a whole number of.
func sizeText(n int64) string {
	whole := slices.IndexFunc(sizeUnits, func(u sizeUnit) bool { return n>>u.shift<<u.shift == n })
	return strconv.FormatInt(n>>sizeUnits[whole].shift, 10) + sizeUnits[whole].ending
}

// texts reads a list of texts, none empty and none twice.
func (v value) texts(most int) []string {
	var all []string
	first := make(map[string]int)
	v.items(most, func(item value) {
		s, ok := item.name(maxText)
		if !ok {
			return
		}
		if line, twice := first[s]; twice {
			item.wrong(fmt.Sprintf("%s stands in line %d already", shown(s), line), "keep one of the two")
			return
		}
		first[s] = item.node.Line
		all = append(all, s)
	})
	return all
}
