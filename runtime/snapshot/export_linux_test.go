package snapshot

// TryPagemap is tryPagemap.
var TryPagemap = tryPagemap
