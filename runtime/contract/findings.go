package contract

import (
	"fmt"
	"slices"
)

// Finding is what was seen of one rule that does not fail a call.
type Finding struct {
	// Rule is the rule's code, Effect its effect.
	Rule   string
	Effect Effect
	// Count is how often it was seen.
	Count int64
	// Message tells of the first time.
	Message string
}

// String returns the finding in one line.
func (f Finding) String() string {
	s := f.Rule + ": " + f.Effect.String() + ": " + f.Message
	if f.Count > 1 {
		s += fmt.Sprintf(" (%d times)", f.Count)
	}
	return s
}

// notes collects findings: each rule once, with its count. The zero value is
// ready. Not safe for concurrent use.
type notes struct {
	list []Finding
}

// hit counts a finding and reports whether it is the first of its rule, whose
// message the caller then sets with explain. The two are apart because most
// entries of a page may hit a rule, and only one needs the sentence.
func (n *notes) hit(code string) bool {
	for i := range n.list {
		if n.list[i].Rule == code {
			n.list[i].Count++
			return false
		}
	}
	n.list = append(n.list, Finding{Rule: code, Effect: rule(code).Effect, Count: 1})
	return true
}

// explain sets the message of the finding that hit just made.
func (n *notes) explain(format string, args ...any) {
	n.list[len(n.list)-1].Message = fmt.Sprintf(format, args...)
}

// add counts a finding and explains it if it is the first.
func (n *notes) add(code, format string, args ...any) {
	if n.hit(code) {
		n.explain(format, args...)
	}
}

// once takes over findings that are not known yet; counts do not grow, since the
// same connector was looked at again.
func (n *notes) once(list []Finding) {
	for _, f := range list {
		if !slices.ContainsFunc(n.list, func(have Finding) bool { return have.Rule == f.Rule }) {
			n.list = append(n.list, f)
		}
	}
}

// findings returns a copy of the list.
func (n *notes) findings() []Finding { return slices.Clone(n.list) }
