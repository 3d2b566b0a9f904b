package recipe

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// words of conversions that need nothing besides.
var bareConversions = []struct {
	word string
	kind ConversionKind
}{{"lower", Lower}, {"upper", Upper}, {"trim", Trim}, {"not", Not}}

// conversions reads the list of an attribute.
func (v value) conversions() []Conversion {
	var all []Conversion
	v.eachOrOne(func(v value) {
		c := Conversion{Path: v.path}
		if v.n.kind == wire.KindString {
			c.Kind = v.bareConversion()
		} else {
			v.conversion(&c)
		}
		all = append(all, c)
	})
	return all
}

func (v value) bareConversion() ConversionKind {
	var words []string
	for _, b := range bareConversions {
		if b.word == v.n.text {
			return b.kind
		}
		words = append(words, b.word)
	}
	if has(conversionKeys, v.n.text) {
		v.wrong(v.n.text+" needs a value", "write "+v.n.text+": VALUE")
		return 0
	}
	v.wrong("is "+shown(v.n.text)+", no conversion", nearest(v.n.text, append(words, conversionKeys...),
		"write one of "+listed(words)+", or a map with one of "+listed(conversionKeys)))
	return 0
}

var conversionKeys = []string{"split", "join", "words", "table", "date", "constant", "default", "lookup", "wrap", "nothing"}

// conversion reads a map with one conversion; a table may have else besides.
func (v value) conversion(c *Conversion) {
	for _, b := range bareConversions {
		if v.has(b.word) {
			v.wrong(b.word+" has a value", "write "+b.word+" alone: it needs none")
			return
		}
	}
	n := 0
	is := func(kind ConversionKind, read func(value)) func(value) {
		return func(v value) {
			c.Kind = kind
			n++
			read(v)
		}
	}
	text := func(v value) { c.Text = v.text() }
	ok := v.object("conversion",
		field{"split", false, is(Split, text)},
		field{"join", false, is(Join, text)},
		field{"words", false, is(Words, func(v value) { v.boolWords(c) })},
		field{"table", false, is(Table, func(v value) { v.table(c) })},
		field{"else", false, func(v value) { c.Else, c.HasElse = v.loose(), true }},
		field{"date", false, is(Date, func(v value) { c.Text = v.dateFormat() })},
		field{"constant", false, is(Constant, func(v value) { c.Text = v.loose() })},
		field{"default", false, is(Default, func(v value) { c.Text = v.loose() })},
		field{"lookup", false, is(LookupTable, text)},
		field{"wrap", false, is(Wrap, text)},
		field{"nothing", false, is(Nothing, func(v value) { c.Nothings = v.looses() })},
	)
	switch {
	case !ok:
	case n != 1:
		v.wrong("has "+number(n)+" conversions", "write exactly one of "+listed(conversionKeys)+" in each item of the list")
	case c.HasElse && c.Kind != Table:
		v.wrong("has else without a table", "remove else, or add table")
	}
}

func (v value) boolWords(c *Conversion) {
	v.object("words",
		field{"true", false, func(v value) { c.True = v.looses() }},
		field{"false", false, func(v value) { c.False = v.looses() }},
	)
	if v.n.kind == wire.KindObject && len(v.n.keys) == 0 {
		v.wrong("has no words", "write {true: [WORD], false: [WORD]}")
	}
	for _, w := range c.True {
		if has(c.False, w) {
			v.wrong(shown(w)+" is true and false", "keep one of the two")
		}
	}
}

func (v value) table(c *Conversion) {
	v.entries(func(key string, v value) { c.Pairs = append(c.Pairs, Pair{key, v.loose()}) })
	if v.n.kind == wire.KindObject && len(v.n.keys) == 0 {
		v.wrong("is empty", "write the application's word and ours, such as {\"1\": active}")
	}
}

// DateFormats are the formats of dates that have a name. Others are patterns of
// YYYY, MM, DD, hh, mm and ss, in UTC.
var DateFormats = []string{"rfc3339", "unix", "unixMillis", "filetime"}

func (v value) dateFormat() string {
	s := v.text()
	if s == "" {
		return ""
	}
	if m := dateMistake(s); m != nil {
		v.wrong(m.message, m.cure)
	}
	return s
}

// dateMistake says what is wrong with the format of a date, or nil.
func dateMistake(format string) *mistake {
	if has(DateFormats, format) {
		return nil
	}
	cure := nearest(format, DateFormats, "write one of "+listed(DateFormats)+", or a pattern such as YYYY-MM-DD hh:mm:ss")
	rest := format
	for _, part := range []string{"YYYY", "MM", "DD", "hh", "mm", "ss"} {
		before, after, found := strings.Cut(rest, part)
		if found {
			rest = before + "\x00" + after
		} else if part[0] < 'a' {
			return &mistake{shown(format) + " is no format of a date: it has no " + part, cure}
		}
	}
	// T and Z are signs that dates have; other letters are parts misspelled.
	for i := range len(rest) {
		if c := rest[i]; c|0x20 >= 'a' && c|0x20 <= 'z' && c != 'T' && c != 'Z' {
			return &mistake{shown(format) + " holds the letter " + string(rune(c)) + ", which is no part of a date", "the parts are YYYY, MM, DD, hh, mm and ss"}
		}
	}
	return nil
}
