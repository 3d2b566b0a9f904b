package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The most that a difference shows.
const (
	// MaxDifferences is how many fields are told apart.
	MaxDifferences = 10
	// maxShown is how many characters of a value are shown, and lead how many of
	// them stand before the first that differs.
	maxShown = 160
	lead     = 24
)

// Difference says where a run differs from its recording.
type Difference struct {
	// Line is the line of the recording.
	Line int
	// Lease and Lane are those of the call; 0 and empty for the result.
	Lease int
	Lane  string
	// What says it in a sentence.
	What string
	// Fields are what is different of a request or a result, the first
	// MaxDifferences of them, and More how many more there are.
	Fields []FieldDifference
	More   int
}

// FieldDifference is a field that differs. Values are in JSON, and cut; a field
// that is not there is empty.
type FieldDifference struct {
	// Path names the field, such as requests[0].body.tags. What stands in a body in
	// JSON is a field, too.
	Path string
	// Recorded and Now are its two values.
	Recorded, Now string
}

// Error returns place and sentence, without the fields.
func (d *Difference) Error() string {
	place := fmt.Sprintf("line %d", d.Line)
	if d.Lane != "" {
		place += fmt.Sprintf(", lease %d (%s)", d.Lease, d.Lane)
	}
	return place + ": " + d.What
}

// Text returns the whole difference in lines: the recorded value of each field
// after a minus, that of the run after a plus.
func (d *Difference) Text() string {
	var b strings.Builder
	b.WriteString(d.Error() + "\n")
	for _, f := range d.Fields {
		b.WriteString("  " + f.Path + "\n")
		if f.Recorded != "" {
			b.WriteString("    - " + f.Recorded + "\n")
		}
		if f.Now != "" {
			b.WriteString("    + " + f.Now + "\n")
		}
	}
	if d.More > 0 {
		fmt.Fprintf(&b, "  and %d more\n", d.More)
	}
	return b.String()
}

// call shows two calls that cannot be compared; either may be missing.
func (d *Difference) call(recorded *callLine, now, request string) {
	if recorded != nil {
		d.Fields = append(d.Fields, FieldDifference{Path: recorded.Call, Recorded: cut(string(recorded.Request), 0)})
	}
	if now != "" {
		d.Fields = append(d.Fields, FieldDifference{Path: now, Now: cut(request, 0)})
	}
}

// fields compares two values that are written as JSON.
func (d *Difference) fields(now, recorded any) {
	have, err := object(now)
	if err == nil {
		var want string
		if want, err = object(recorded); err == nil {
			d.texts(have, want)
		}
	}
	if err != nil {
		d.What += ": " + err.Error()
	}
}

// texts compares two JSON texts, either of which may be empty.
func (d *Difference) texts(now, recorded string) {
	have, want := leavesOf(now), leavesOf(recorded)
	paths := want.order
	for _, path := range have.order {
		if _, there := want.values[path]; !there {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		a, b := want.values[path], have.values[path]
		if a == b {
			continue
		}
		if len(d.Fields) == MaxDifferences {
			d.More++
			continue
		}
		from := differAt(a, b)
		d.Fields = append(d.Fields, FieldDifference{path, cut(a, from), cut(b, from)})
	}
}

// leaves are the values of a JSON text that are neither objects nor lists, by
// their paths.
type leaves struct {
	order  []string
	values map[string]string
}

func leavesOf(text string) *leaves {
	l := &leaves{values: make(map[string]string)}
	if v, ok := parsed(text); ok {
		l.add("", v)
	}
	return l
}

// parsed returns the value of a JSON text.
func parsed(text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	_, err := d.Token()
	return v, err == io.EOF
}

func (l *leaves) add(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			l.leaf(path, v)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			l.add(below(path, key), v[key])
		}
	case []any:
		l.list(path, v)
	case string:
		l.text(path, v)
	default:
		l.leaf(path, v)
	}
}

func (l *leaves) list(path string, v []any) {
	if len(v) == 0 {
		l.leaf(path, v)
	}
	for i, item := range v {
		// Headers and the like are pairs of name and value.
		if pair, ok := item.([]any); ok && len(pair) == 2 {
			if name, ok := pair[0].(string); ok {
				l.add(l.free(below(path, name)), pair[1])
				continue
			}
		}
		l.add(path+"["+strconv.Itoa(i)+"]", item)
	}
}

// text takes a text apart: JSON in it into its fields, several lines into lines.
func (l *leaves) text(path, text string) {
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if v, ok := parsed(text); ok {
			l.add(path, v)
			return
		}
	}
	if lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n"); len(lines) > 1 {
		for i, line := range lines {
			l.text(path+" line "+strconv.Itoa(i+1), line)
		}
		return
	}
	l.leaf(path, text)
}

// leaf keeps a value. A path that is taken, by JSON with a key such as a.b, gets a
// number.
func (l *leaves) leaf(path string, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // it was JSON before
	path = l.free(path)
	l.order = append(l.order, path)
	l.values[path] = strings.TrimSuffix(b.String(), "\n")
}

// free returns the path, or with a number behind it where it is taken.
func (l *leaves) free(path string) string {
	free := path
	for n := 2; ; n++ {
		if _, taken := l.values[free]; !taken {
			return free
		}
		free = path + "#" + strconv.Itoa(n)
	}
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// differAt is the byte from which two texts differ.
func differAt(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// cut returns the part of a text around the byte at.
func cut(text string, at int) string {
	if utf8.RuneCountInString(text) <= maxShown {
		return text
	}
	begin := 0
	if at > maxShown-lead {
		for begin = at - lead; begin > 0 && !utf8.RuneStart(text[begin]); begin-- {
		}
	}
	shown := []rune(text[begin:])
	out := string(shown[:min(len(shown), maxShown)])
	if begin > 0 {
		out = "…" + out
	}
	if len(shown) > maxShown {
		out += "…"
	}
	return out
}
