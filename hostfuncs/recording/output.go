package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// MaxOutputText is up to where what a run printed is kept as text, in bytes; of
// more only the digest is.
const MaxOutputText = 64 << 10

// Output is what a run printed.
type Output struct {
	Bytes int64 `json:"bytes"`
	Lines int64 `json:"lines"`
	// SHA256 is the digest in hexadecimal.
	SHA256 string `json:"sha256"`
	// Text is all of it, if it is no longer than MaxOutputText.
	Text string `json:"text,omitempty"`
}

// Collector is an io.Writer that makes an Output of what is written to it. The
// zero value is ready. It is not safe for concurrent use.
type Collector struct {
	sum  hash.Hash
	out  Output
	text []byte
}

// Write never fails.
func (c *Collector) Write(p []byte) (int, error) {
	if c.sum == nil {
		c.sum = sha256.New()
	}
	c.sum.Write(p)
	c.out.Bytes += int64(len(p))
	c.out.Lines += int64(bytes.Count(p, []byte("\n")))
	if c.out.Bytes <= MaxOutputText {
		c.text = append(c.text, p...)
	}
	return len(p), nil
}

// Output returns what was written so far.
func (c *Collector) Output() Output {
	if c.sum == nil {
		c.sum = sha256.New()
	}
	out := c.out
	out.SHA256 = hex.EncodeToString(c.sum.Sum(nil))
	if out.Bytes <= MaxOutputText {
		out.Text = string(c.text)
	}
	return out
}
