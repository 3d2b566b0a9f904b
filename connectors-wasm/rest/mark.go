package rest

import (
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// marker finds the mark from which the next delta import reads.
type marker struct {
	// delta is nil where the recipe has none: then there is no mark.
	delta *recipe.Delta
	// since is the mark to read from, as it is sent.
	since string
	// old is the mark of the run before, best the greatest one met, first the greatest
	// of the first page that had any, date the target's clock at the beginning of this
	// run.
	old, best, first, date string
	// list and page are where first is from.
	list, page int
}

// load reads the watermark of the run before.
func (m *marker) load(customData string) error {
	r := wire.NewReader(customData)
	if customData != "" {
		for r.Object(); r.NextKey(); {
			if r.Key() == "mark" {
				m.old = r.String()
			} else {
				r.Skip()
			}
		}
	}
	if m.old == "" || r.End() != nil {
		return abi.NewError(abi.WarningNoWatermark, "there is no mark to read changes from")
	}
	return m.send()
}

// send makes since of the mark of the run before: less the overlap, in the format
// that the target reads.
func (m *marker) send() error {
	d := m.delta
	if d.Format == "" && d.Overlap == 0 {
		m.since = m.old
		return nil
	}
	t, format, ok := guessDate(d.Format, m.old)
	if !ok {
		return abi.NewError(abi.UnexpectedData, "the mark "+strconv.Quote(m.old)+" is no date that the recipe's overlap or format could be applied to")
	}
	if d.Format != "" {
		format = d.Format
	}
	m.since, _ = formatDate(format, t.Add(-d.Overlap))
	return nil
}

// see notes the Date of the first answer.
func (m *marker) see(date string) {
	if m.date == "" && m.delta != nil {
		m.date = date
	}
}

// row notes the mark of a row of a page.
func (m *marker) row(row *found, list, page int) {
	if m.delta == nil || m.delta.MarkField == "" {
		return
	}
	text := rawText(row.at(m.delta.MarkField))
	if text != "" && m.first == "" {
		m.list, m.page = list, page
	}
	here := m.list == list && m.page == page && later(text, m.first)
	if !here && !later(text, m.best) {
		return
	}
	text = strings.Clone(text)
	if here {
		m.first = text
	}
	if later(text, m.best) {
		m.best = text
	}
}

// later says whether mark a comes behind b: as numbers, if both are some.
func later(a, b string) bool {
	if isDigits(a) && isDigits(b) && len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// watermark is what to keep at the end; before is kept where there is no mark.
func (m *marker) watermark(before string) string {
	mark := ""
	switch {
	case m.delta == nil:
		return before
	case m.delta.MarkDate:
		if t, err := time.Parse(httpDate, m.date); err == nil {
			mark = t.Format(time.RFC3339)
		}
	default:
		mark = m.greatest()
	}
	if mark == "" {
		mark = m.old
	}
	if mark == "" {
		return ""
	}
	var w wire.Writer
	w.Object()
	w.Key("mark")
	w.String(mark)
	w.EndObject()
	return string(w.Bytes())
}

// lack says why there is no mark.
func (m *marker) lack() string {
	switch {
	case !m.delta.MarkDate:
		return "no row has a value at " + m.delta.MarkField
	case m.date == "":
		return "the answers have no header Date"
	}
	return "the header Date cannot be read: " + cut(m.date)
}

// greatest is the greatest mark met, but none behind the beginning of the run: what
// changed while the list was read may have been behind the place that was read. A
// number does not say when the run began; then it is the greatest of the first page,
// for whatever changes once that was read gets a greater one.
func (m *marker) greatest() string {
	best := m.best
	t, format, ok := guessDate(m.delta.Format, best)
	began, err := time.Parse(httpDate, m.date)
	switch {
	case !ok || err != nil:
		best = m.first
	case t.After(began):
		best, _ = formatDate(format, began)
	}
	if !later(m.best, m.old) || !later(best, m.old) {
		return m.old
	}
	return best
}
