package runtime

import (
	"bytes"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/internal/logfield"
)

const (
	// maxOutputLine is where a line of a guest's output is cut in the log.
	maxOutputLine = 1 << 10
	// leastOutputLine is what a line counts for at least: the log has more than that for
	// each, beside its text.
	leastOutputLine = 64
	// maxLastWords is how much of the end of the output a crash report quotes.
	maxLastWords = 2 << 10
)

// output is where an instance's standard output and error go: line by line into
// the log at debug, up to a cap, and the end of it into crash reports.
type output struct {
	log  zerolog.Logger
	left int // bytes that may still be logged
	// look leaves the guest if its call is to end: a log may take long over a line.
	look func()
	line []byte
	tail []byte
}

// write takes what the guest writes. It keeps no part of p, and may leave the guest.
func (o *output) write(p []byte) {
	if len(p) >= maxLastWords {
		o.tail = append(o.tail[:0], p[len(p)-maxLastWords:]...)
	} else {
		o.tail = append(o.tail, p...)
		if over := len(o.tail) - maxLastWords; over > 0 {
			o.tail = append(o.tail[:0], o.tail[over:]...)
		}
	}
	if o.left == 0 {
		return
	}
	for len(p) > 0 && o.left > 0 {
		end := bytes.IndexByte(p, '\n') + 1
		whole := end > 0
		if !whole {
			end = len(p)
		}
		if end > o.left {
			end, whole = o.left, false
		}
		text := p[:end]
		p, o.left = p[end:], o.left-end
		if whole {
			text = text[:end-1]
		}
		if room := maxOutputLine - len(o.line); room > 0 {
			o.line = append(o.line, text[:min(len(text), room)]...)
		}
		if whole {
			o.left -= min(o.left, max(0, leastOutputLine-len(o.line)-1))
			o.flush()
			o.look()
		}
	}
	if o.left == 0 {
		o.flush()
		o.log.Debug().Msg("the guest has written all it may, the rest is swallowed: let it write less, or raise Config." + limitOutput)
	}
}

// flush logs what there is of a line, cleaned as what a guest logs is.
func (o *output) flush() {
	if len(o.line) > 0 {
		o.log.Debug().Str(logfield.GuestMsg, logfield.Clean(string(o.line))).Msg("guest output")
	}
	o.line = o.line[:0]
}

// lastWords returns the end of the output, quoted; empty if there was none.
func (o *output) lastWords() string {
	if len(o.tail) == 0 {
		return ""
	}
	return quoteUpTo(string(bytes.TrimSpace(o.tail)), maxLastWords)
}
