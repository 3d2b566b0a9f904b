// Package want reads what an abi.Want names out of a JSON answer, so that a
// connector need not parse what its target says. Hosts use it, and the fake host
// that authors test with, so that both hand over the same.
//
// A path is a point (.) for the thing itself, or steps with points between them:
//
//	name           the member of an object; \ makes the next sign a part of the name
//	7              the element of a list with this index, or the member of an object
//	#              every element of a list
//	*              every member's value of an object
//	#(a.b=="x")    the first element of a list for which it holds; != is there, too
//	#(a.b=="x")#   all of them
//	@key, @index   alone, in Fields: the row's member name, and its number in its list
//
// In a filter stand names and indexes, and a JSON string, number, true, false or
// null. What is missing compares as null; objects and lists equal nothing; numbers
// of up to 64 KiB are compared by value.
//
// A path with #, * or )# finds any number of things, which are one flat list, in
// the order of the document; what is missing in one of them is left out. Every
// other path finds one thing, or null. An object or list is handed over as it is,
// without white space.
//
// A path in Rows names a list, whose elements are the rows. If it ends in #, * or
// )#, the things it finds are the rows; where these stand before the end, each of
// the things found must hold a list. A place that is not there, or null, or no
// list, is an error, unless the path ends in a question mark: then what is missing
// or null has no rows. What is there and of another kind stays an error.
//
// Whatever the document and the paths are, reading takes time in proportion to
// the work allowed (WorkFactor), and memory in proportion to the document and what
// is handed over.
package want

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// The rules that the errors of this package name.
const (
	// RulePaths: the paths can be read.
	RulePaths = "HTTP-WANT"
	// RuleJSON: the answer is one whole JSON document.
	RuleJSON = "HTTP-ANSWER-JSON"
	// RuleRows: the rows are there.
	RuleRows = "HTTP-ANSWER-ROWS"
)

// WorkFactor and WorkFree bound the work of all paths together: after one pass
// over the document, at most WorkFactor bytes are read for each of its bytes, and
// WorkFree besides.
const (
	WorkFactor = 32
	WorkFree   = 1 << 20
)

// Plan is an abi.Want whose paths have been read. It is safe for concurrent use.
type Plan struct {
	rows    []path
	fields  tree
	columns []column
	values  tree
	// finds names the slot in values of each of the Values.
	finds []int
	// body is how much of the text is handed over besides.
	body int
}

// column is one of the Fields.
type column struct {
	kind columnKind
	slot int
}

type columnKind uint8

const (
	found columnKind = iota
	memberKey
	runningNumber
)

// maxMistakes is how many mistakes one error tells.
const maxMistakes = 8

// Compile reads the paths. The error is an *abi.Error and names every mistake:
// Denied by RulePaths, or LimitExceeded.
func Compile(asked abi.Want) (*Plan, error) {
	if n := len(asked.Rows) + len(asked.Fields) + len(asked.Values); n > abi.MaxWantPaths {
		return nil, exceeded("MaxWantPaths", int64(n), abi.MaxWantPaths, "too many paths are wanted")
	}
	if asked.Body > abi.MaxWantBody {
		return nil, exceeded("MaxWantBody", int64(asked.Body), abi.MaxWantBody, "too much of the answer's text is wanted")
	}
	c := compiler{plan: &Plan{body: max(asked.Body, 0)}}
	for i, text := range asked.Rows {
		c.add("rows", i, text, c.row)
	}
	for i, text := range asked.Fields {
		c.add("fields", i, text, c.field)
	}
	for i, text := range asked.Values {
		c.add("values", i, text, c.value)
	}
	if len(asked.Fields) > 0 && len(asked.Rows) == 0 {
		c.mistakes = append(c.mistakes, "fields are read from rows; name the rows, too")
	}
	switch {
	case c.limit != nil:
		return nil, c.limit
	case len(c.mistakes) > 0:
		told := c.mistakes[:min(len(c.mistakes), maxMistakes)]
		return nil, &abi.Error{Code: abi.Denied, Side: abi.SideGuest, Rule: RulePaths, Message: strings.Join(told, "; ")}
	}
	return c.plan, nil
}

type compiler struct {
	plan     *Plan
	mistakes []string
	limit    *abi.Error
}

// add reads one path by take.
func (c *compiler) add(list string, i int, text string, take func(string) *pathError) {
	place := "want." + list + "[" + strconv.Itoa(i) + "]"
	if len(text) > abi.MaxWantPath {
		c.limit = exceeded("MaxWantPath", int64(len(text)), abi.MaxWantPath, place+" is too long")
		return
	}
	if err := take(text); err != nil {
		c.mistakes = append(c.mistakes, place+" "+strconv.Quote(text)+", at byte "+strconv.Itoa(err.at)+": "+err.message)
	}
}

func (c *compiler) row(text string) *pathError {
	p, err := parseRows(text)
	if err == nil {
		c.plan.rows = append(c.plan.rows, p)
	}
	return err
}

func (c *compiler) field(text string) *pathError {
	switch text {
	case "@key":
		c.plan.columns = append(c.plan.columns, column{kind: memberKey})
		return nil
	case "@index":
		c.plan.columns = append(c.plan.columns, column{kind: runningNumber})
		return nil
	}
	p, err := parse(text)
	if err == nil {
		c.plan.columns = append(c.plan.columns, column{slot: c.plan.fields.add(p)})
	}
	return err
}

func (c *compiler) value(text string) *pathError {
	p, err := parse(text)
	if err == nil {
		c.plan.finds = append(c.plan.finds, c.plan.values.add(p))
	}
	return err
}

func exceeded(limit string, used, allowed int64, message string) *abi.Error {
	return &abi.Error{Code: abi.LimitExceeded, Side: abi.SideGuest, Limit: limit, Used: used, Allowed: allowed, Message: message}
}
