package catalog

import "io"

// Fault makes the catalog call wrap round every file it writes and before ahead
// of every sync, rename, syncdir and remove. Either may be nil.
func (c *Catalog) Fault(wrap func(io.Writer) io.Writer, before func(step string) error) {
	c.seam = seam{wrap: wrap, before: before}
}
