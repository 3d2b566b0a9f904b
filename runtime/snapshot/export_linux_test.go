package snapshot

import "os"

// TryPagemap is tryPagemap, UntilFree untilFree.
var (
	TryPagemap = tryPagemap
	UntilFree  = untilFree
)

// OwnPages is ownPages: where each part begins and ends.
func OwnPages(pagemap *os.File, part []byte) (own [][2]int, err error) {
	spans, err := ownPages(pagemap, part)
	for _, s := range spans {
		own = append(own, [2]int{s.from, s.to})
	}
	return own, err
}
