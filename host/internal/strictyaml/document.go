package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The limits of a file.
const (
	// MaxBytes is the most a file may take.
	MaxBytes = 1 << 20
	// MaxDepth is how many lists and maps may be inside one another.
	MaxDepth = 24
	// MaxNodes is the most values there may be.
	MaxNodes = 50_000
)

// Kind says of what kind a file is, for the cures of mistakes.
type Kind struct {
	// Name is what the file is: configuration file.
	Name string
	// Least says what to write into an empty one, One what belongs into one file:
	// write one connector per file.
	Least, One string
}

// Document parses the one document of a file. There are mistakes, or there is a
// document.
func Document(data []byte, kind Kind) (*yaml.Node, []Mistake) {
	root, mistake := document(data, kind)
	if mistake != nil {
		return nil, []Mistake{*mistake}
	}
	w := walker{kind: kind}
	if w.walk(root, 0); len(w.mistakes) > 0 {
		return nil, w.mistakes
	}
	return root, nil
}

func document(data []byte, kind Kind) (*yaml.Node, *Mistake) {
	if len(data) > MaxBytes {
		return nil, &Mistake{What: fmt.Sprintf("is larger than %d bytes", MaxBytes), Cure: "this is no " + kind.Name}
	}
	if !utf8.Valid(data) {
		return nil, &Mistake{What: "is no UTF-8 text", Cure: "name a YAML file, saved as UTF-8"}
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, &Mistake{What: "is empty", Cure: kind.Least}
	case err != nil:
		return nil, syntaxMistake(err)
	}
	var more yaml.Node
	switch err := d.Decode(&more); {
	case err == nil:
		return nil, &Mistake{Place{more.Line, more.Column}, "", "a second document begins here", kind.One}
	case !errors.Is(err, io.EOF):
		return nil, syntaxMistake(err)
	}
	return doc.Content[0], nil
}

// syntaxMistake takes the line from the YAML parser's message, which has no other
// place for it, and leaves out what it quotes from the file: an unquoted password
// that begins with an asterisk would be in it.
func syntaxMistake(err error) *Mistake {
	m := &Mistake{What: strings.TrimPrefix(err.Error(), "yaml: "), Cure: "quote text that holds signs of YAML"}
	var line int
	if n, scan := fmt.Sscanf(m.What, "line %d:", &line); n == 1 && scan == nil {
		m.Line, m.Column = line, 1
		_, m.What, _ = strings.Cut(m.What, ": ")
	}
	if before, rest, ok := strings.Cut(m.What, "'"); ok {
		_, after, _ := strings.Cut(rest, "'")
		m.What = before + "'…'" + after
	}
	m.What = "is no YAML: " + m.What
	return m
}

// walker refuses what YAML has and these files do not need.
type walker struct {
	kind     Kind
	nodes    int
	mistakes []Mistake
}

func (w *walker) walk(node *yaml.Node, depth int) {
	w.nodes++
	wrong := func(what, cure string) {
		w.mistakes = append(w.mistakes, Mistake{Place{node.Line, node.Column}, "", what, cure})
	}
	switch {
	case depth > MaxDepth:
		wrong(fmt.Sprintf("is nested more than %d deep", MaxDepth), "no key needs that")
		return
	case w.nodes > MaxNodes:
		if w.nodes == MaxNodes+1 {
			wrong(fmt.Sprintf("there are more than %d values", MaxNodes), "this is no "+w.kind.Name)
		}
		return
	case node.Kind == yaml.AliasNode:
		wrong("is an alias", "write the value out, or quote text that begins with an asterisk")
		return
	case node.Anchor != "":
		wrong("has an anchor", "remove it, or quote text that begins with an ampersand")
	case node.Style&yaml.TaggedStyle != 0:
		wrong("has a tag", "remove it, or quote text that begins with an exclamation mark")
	}
	for _, child := range node.Content {
		w.walk(child, depth+1)
	}
}
