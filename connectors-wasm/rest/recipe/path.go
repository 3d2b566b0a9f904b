package recipe

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

// pathKind says what a path is read for: each has its own rules.
type pathKind uint8

const (
	// rowsPath names lists in an answer.
	rowsPath pathKind = iota
	// fieldPath names something in a row.
	fieldPath
	// valuePath names something in an answer.
	valuePath
)

const pathCure = "write names with points between them, such as data.users or emails.#.value"

// pathMistake says what is wrong with a path, or "". The grammar is that of the
// host, which reads the paths.
func pathMistake(kind pathKind, text string) string {
	asked, list := abi.Want{}, ""
	switch kind {
	case rowsPath:
		asked.Rows, list = []string{text}, "rows"
	case fieldPath:
		asked.Rows, asked.Fields, list = []string{"."}, []string{text}, "fields"
	default:
		asked.Values, list = []string{text}, "values"
	}
	_, err := want.Compile(asked)
	if err == nil {
		return ""
	}
	// The error begins with the place in the request, which says nothing here.
	return strings.TrimPrefix(err.(*abi.Error).Message, "want."+list+"[0] "+strconv.Quote(text)+", ")
}

// textPath reads a path.
func (v value) textPath(kind pathKind) string {
	s := v.text()
	if s == "" {
		return ""
	}
	if m := pathMistake(kind, s); m != "" {
		v.wrong("the path "+shown(s)+" cannot be read: "+m, pathCure)
	}
	return s
}

func (v value) valuePath() string { return v.textPath(valuePath) }
func (v value) fieldPath() string { return v.textPath(fieldPath) }

// rowsPaths reads the paths of lists, or one.
func (v value) rowsPaths() []string {
	return v.list(func(v value) string { return v.textPath(rowsPath) })
}

// nameAsPath returns the path of the member called name.
func nameAsPath(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if strings.IndexByte(`.\#*@? `, name[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// memberNames reads where a value goes in a body: names with points between them,
// where a backslash makes the next sign a part of the name.
func (v value) memberNames() []string {
	s := v.text()
	if s == "" {
		return nil
	}
	names := cutNames(s)
	if has(names, "") {
		v.wrong("a name is missing in "+shown(s), `write names with points between them; \. is a point in a name`)
		return nil
	}
	return names
}

// cutNames cuts a path at its points, and takes away the backslashes.
func cutNames(path string) []string {
	var names []string
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case path[i] == '.':
			names = append(names, b.String())
			b.Reset()
		default:
			b.WriteByte(path[i])
		}
	}
	return append(names, b.String())
}

// plainNames takes a path of names apart; false if it holds more than names.
func plainNames(path string) ([]string, bool) {
	if path == "." {
		return nil, true
	}
	for i := range len(path) {
		if (i == 0 || path[i-1] == '.') && strings.IndexByte("#*@", path[i]) >= 0 {
			return nil, false
		}
	}
	return cutNames(path), true
}
