package recipe

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
)

// Whole returns the reference that is the whole template, or nil. Such a template
// gives the value as it is, with its own type.
func (t Template) Whole() *Piece {
	if len(t) == 1 && t[0].Ref != nil {
		return &t[0]
	}
	return nil
}

// Literal returns the template's text and whether it has no references.
func (t Template) Literal() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].Ref == nil:
		return t[0].Text, true
	}
	return "", false
}

// mistake is what is wrong with a text, and what to do about it.
type mistake struct{ message, cure string }

func (m mistake) at(i int) mistake {
	m.message = "at byte " + number(i) + ": " + m.message
	return m
}

// template reads text with references in it.
func (v value) template() Template { return v.templateOf(v.text()) }

// looseTemplate reads a template, or a number, true or false as its text.
func (v value) looseTemplate() Template {
	if v.n.kind == wire.KindString {
		return v.templateOf(v.n.text)
	}
	return literal(v.loose())
}

func (v value) templateOf(text string) Template {
	t, m := parseTemplate(text)
	if m != nil {
		v.wrong(m.message, m.cure)
	}
	return t
}

func literal(s string) Template {
	if s == "" {
		return nil
	}
	return Template{{Text: s}}
}

// parseTemplate reads a template. {{ is a brace; a closing brace outside of a
// reference stands for itself.
func parseTemplate(text string) (Template, *mistake) {
	var t Template
	var plain strings.Builder
	end := func() {
		if plain.Len() > 0 {
			t = append(t, Piece{Text: plain.String()})
			plain.Reset()
		}
	}
	for i := 0; i < len(text); {
		switch {
		case text[i] != '{':
			plain.WriteByte(text[i])
			i++
		case i+1 < len(text) && text[i+1] == '{':
			plain.WriteByte('{')
			i += 2
		default:
			piece, n, m := parseReference(text[i+1:])
			if m != nil {
				at := m.at(i)
				return nil, &at
			}
			end()
			t = append(t, piece)
			i += 1 + n
		}
	}
	end()
	return t, nil
}

// parseReference reads what stands behind an opening brace, and returns how many
// bytes it and the closing brace have.
func parseReference(text string) (Piece, int, *mistake) {
	parts, n := split(text)
	if n == 0 {
		return Piece{}, 0, &mistake{"a reference is not closed", "end it with }; a brace that is text is written {{"}
	}
	ref, m := parseRef(strings.TrimSpace(parts[0]))
	if m != nil {
		return Piece{}, 0, m
	}
	piece := Piece{Ref: ref}
	for _, part := range parts[1:] {
		pipe, m := parsePipe(part)
		if m != nil {
			return Piece{}, 0, m
		}
		piece.Pipes = append(piece.Pipes, pipe)
	}
	return piece, n, nil
}

// split cuts a reference at its bars, up to the closing brace; bars and braces in
// quotes and behind a backslash are text. It returns the bytes taken, 0 without a
// closing brace.
func split(text string) (parts []string, n int) {
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '|':
			parts = append(parts, text[start:i])
			start = i + 1
		case c == '}':
			return append(parts, text[start:i]), i + 1
		}
	}
	return nil, 0
}

// refKind is a kind of reference.
type refKind struct {
	word string
	// behind says what stands behind the word and a point.
	behind behind
	// words are those that may stand there, if they are few.
	words []string
}

// refs are all references.
var refs = []refKind{
	{"attr", aName, nil}, {"old", aName, nil}, {"param", aName, nil}, {"capture", aName, nil},
	{"row", aPath, nil}, {"detail", aPath, nil}, {"current", aPath, nil},
	{"page", aWord, []string{"number", "offset", "size", "cursor", "last"}},
	{"each", aWord, []string{"value"}}, {"delta", aWord, []string{"since"}},
	{"anchor", nothing, nil}, {"password", nothing, nil}, {"old_password", nothing, nil},
	{"generated", nothing, nil}, {"now", nothing, nil}, {"key", nothing, nil},
}

// behind is what a reference has behind its first word.
type behind uint8

const (
	nothing behind = iota
	aName
	aPath
	aWord
)

func refWords() []string {
	words := make([]string, len(refs))
	for i := range refs {
		words[i] = refs[i].word
	}
	return words
}

// parseRef reads a reference without pipes: its first word, and all that is behind
// the first point as the second.
func parseRef(text string) ([]string, *mistake) {
	word, rest, more := strings.Cut(text, ".")
	for i := range refs {
		if r := &refs[i]; r.word == word {
			return r.read(rest, more)
		}
	}
	return nil, &mistake{shown(word) + " is nothing that a reference can begin with",
		nearest(word, refWords(), "write one of "+listed(refWords()))}
}

func (r *refKind) read(rest string, more bool) ([]string, *mistake) {
	switch {
	case r.behind == nothing && more:
		return nil, &mistake{r.word + " has nothing behind it", "write {" + r.word + "}"}
	case r.behind == nothing:
		return []string{r.word}, nil
	case r.behind == aPath && !more:
		return []string{r.word, "."}, nil
	case !more || rest == "":
		return nil, &mistake{r.word + " needs a name behind it", "write {" + r.word + "." + r.example() + "}"}
	case r.behind == aPath:
		if m := pathMistake(fieldPath, rest); m != "" {
			return nil, &mistake{"the path " + shown(rest) + " cannot be read: " + m, pathCure}
		}
	case r.behind == aWord && !has(r.words, rest):
		return nil, &mistake{r.word + " has no " + shown(rest), nearest(rest, r.words, "write one of "+listed(r.words))}
	case r.behind == aName && !isName(rest):
		return nil, &mistake{shown(rest) + " is no name", "write letters, digits, hyphens and underscores; quote the values of pipes"}
	}
	return []string{r.word, rest}, nil
}

func (r *refKind) example() string {
	if len(r.words) > 0 {
		return r.words[0]
	}
	return "NAME"
}

// pipes are the conversions inside templates, with how many values stand behind.
var pipes = []struct {
	name string
	args int
}{
	{"lower", 0}, {"upper", 0}, {"trim", 0}, {"default", 1}, {"join", 1}, {"first", 0}, {"date", 1}, {"lookup", 1},
	{"words", 2}, {"number", 0}, {"text", 0}, {"not", 0}, {"base64", 0}, {"json", 0},
	{"odata", 0}, {"backslash", 0}, {"xml", 0},
	{"utf16leQuoted", 0}, {"ssha", 0}, {"ssha256", 0}, {"ssha512", 0},
}

// encodings are the pipes that hosts apply to secrets; of these the connector itself
// can do base64 alone, to what is none.
var encodings = []string{"base64", "utf16leQuoted", "ssha", "ssha256", "ssha512"}

func pipeNames() []string {
	names := make([]string, len(pipes))
	for i := range pipes {
		names[i] = pipes[i].name
	}
	return names
}

func parsePipe(text string) (Pipe, *mistake) {
	words, m := pipeWords(text)
	if m != nil {
		return Pipe{}, m
	}
	if len(words) == 0 {
		return Pipe{}, &mistake{"nothing stands behind a bar", "write one of " + listed(pipeNames())}
	}
	name, args := words[0], words[1:]
	for _, p := range pipes {
		if p.name != name {
			continue
		}
		if len(args) != p.args {
			return Pipe{}, &mistake{"the pipe " + name + " has " + number(len(args)) + " values behind it",
				"it has " + number(p.args) + `; values with blanks stand in double quotes`}
		}
		if name == "date" {
			if m := dateMistake(args[0]); m != nil {
				return Pipe{}, m
			}
		}
		return Pipe{Name: name, Args: args}, nil
	}
	return Pipe{}, &mistake{shown(name) + " is no pipe", nearest(name, pipeNames(), "write one of "+listed(pipeNames()))}
}

// pipeWords cuts a pipe at its blanks; words in double quotes are JSON strings.
func pipeWords(text string) ([]string, *mistake) {
	var words []string
	for {
		text = strings.TrimLeft(text, " ")
		switch {
		case text == "":
			return words, nil
		case text[0] == '"':
			r := wire.NewReader(text)
			word := r.String()
			if r.Err() != nil {
				return nil, &mistake{"a value in quotes cannot be read", `write it as in JSON; a quote in it is \"`}
			}
			words, text = append(words, word), text[r.Offset():]
		default:
			end := strings.IndexByte(text, ' ')
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, text[:end]), text[end:]
		}
	}
}
