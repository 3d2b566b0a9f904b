package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/internal/spelling"
)

// reader reads one file and collects what is wrong with it.
type reader struct {
	mistakes []Mistake
	// places tells where each path stands.
	places map[string]Place
	// keys are all keys that objects of this file may have, by pattern, such as
	// targets.NAME.methods: the documentation is compared with them.
	keys map[string]bool
	// last are checks across keys, run when all has been read.
	last []func()
	// open reads a file that the configuration names.
	open func(path string) ([]byte, error)
}

// value is a node of the file with its path.
type value struct {
	r    *reader
	node *yaml.Node
	// path is what mistakes name, pattern the same with NAME for free names.
	path, pattern string
}

// field is a key an object may have.
type field struct {
	name     string
	required bool
	read     func(value)
}

func (v value) wrong(what, cure string) {
	v.r.mistakes = append(v.r.mistakes, Mistake{Place: Place{Line: v.node.Line, Column: v.node.Column}, Path: v.path, What: what, Cure: cure})
}

// kind says what a node is, without showing it.
func (v value) kind() string {
	switch v.node.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch v.node.ShortTag() {
	case "!!str":
		return "text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "empty"
	}
	return "of an unknown kind"
}

// object reads a map with these keys and no others. quiet keeps unknown keys out
// of the message, where a misplaced secret might be taken for one.
func (v value) object(quiet bool, fields ...field) bool {
	for _, f := range fields {
		v.r.keys[join(v.pattern, f.name)] = true
	}
	if v.node.Kind != yaml.MappingNode {
		v.wrong("is "+v.kind(), "write "+fieldNames(fields))
		return false
	}
	seen := make(map[string]bool)
	v.pairs(func(key *yaml.Node, member value) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
		if i < 0 {
			v.unknown(quiet, key, fields)
			return
		}
		seen[key.Value] = true
		member.pattern = join(v.pattern, key.Value)
		if member.node.ShortTag() == "!!null" && member.node.Kind == yaml.ScalarNode {
			member.wrong("is empty", "give it a value or leave the key out")
			return
		}
		fields[i].read(member)
	})
	for _, f := range fields {
		if f.required && !seen[f.name] {
			v.wrong(f.name+" is missing", "add it")
		}
	}
	return true
}

func (v value) unknown(quiet bool, key *yaml.Node, fields []field) {
	cure := "known here: " + fieldNames(fields)
	what := "is no key here"
	path := join(v.path, "…")
	if !quiet {
		path = join(v.path, shown(key.Value))
		var names []string
		for _, f := range fields {
			names = append(names, f.name)
		}
		if q := spelling.Nearest(key.Value, names); q != "" {
			cure = q
		}
	}
	v.r.mistakes = append(v.r.mistakes, Mistake{Place: Place{Line: key.Line, Column: key.Column}, Path: path, What: what, Cure: cure})
}

// entries reads a map whose keys are names of the writer's choice.
func (v value) entries(read func(name string, member value)) {
	if v.node.Kind != yaml.MappingNode {
		v.wrong("is "+v.kind(), "write a name and what belongs to it")
		return
	}
	v.pairs(func(key *yaml.Node, member value) {
		member.pattern = join(v.pattern, "NAME")
		read(key.Value, member)
	})
}

// pairs walks a map, and reports keys that stand there twice.
func (v value) pairs(visit func(key *yaml.Node, member value)) {
	first := make(map[string]int)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := v.node.Content[i]
		at := value{v.r, key, join(v.path, shown(key.Value)), ""}
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" || key.ShortTag() == "!!merge" || key.Value == "" {
			value{v.r, key, v.path, ""}.wrong("a key is "+at.kind(), "keys are text")
			continue
		}
		if line, twice := first[key.Value]; twice {
			at.wrong(fmt.Sprintf("stands in line %d already", line), "keep one of the two")
			continue
		}
		first[key.Value] = key.Line
		v.r.places[at.path] = Place{Line: key.Line, Column: key.Column}
		visit(key, value{v.r, v.node.Content[i+1], at.path, ""})
	}
}

// items reads a list of at most most items.
func (v value) items(most int, read func(value)) {
	if v.node.Kind != yaml.SequenceNode {
		v.wrong("is "+v.kind(), "write a list, such as [a, b]")
		return
	}
	if n := len(v.node.Content); n > most {
		v.wrong(fmt.Sprintf("has %d items", n), fmt.Sprintf("the most is %d", most))
		return
	}
	for i, node := range v.node.Content {
		item := value{v.r, node, v.path + "[" + strconv.Itoa(i) + "]", v.pattern + "[]"}
		v.r.places[item.path] = Place{Line: node.Line, Column: node.Column}
		read(item)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// shown is a name from the file as messages show it: cut, and quoted if it holds
// anything that could be taken for something else.
func shown(name string) string {
	const longest = 80
	if len(name) > longest {
		return strconv.QuoteToASCII(name[:longest]) + "…"
	}
	if strings.Trim(name, nameSigns) != "" || name == "" {
		return strconv.QuoteToASCII(name)
	}
	return name
}

const nameSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func fieldNames(fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}
