package snapshot

// TryPagemap is tryPagemap, UntilFree untilFree.
var (
	TryPagemap = tryPagemap
	UntilFree  = untilFree
)
