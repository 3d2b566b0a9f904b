package recipe

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// converter makes JSON of YAML, and notes where everything stands.
type converter struct {
	w        wire.Writer
	places   map[string]Place
	mistakes []Mistake
	// bad are the paths of values that cannot be read.
	bad map[string]bool
}

func (c *converter) convert(root *yaml.Node) string {
	c.places[""] = Place{}
	c.value(root, "")
	return string(c.w.Bytes())
}

func (c *converter) wrong(node *yaml.Node, path, what, cure string) {
	c.mistakes = append(c.mistakes, Mistake{Place: Place{Line: node.Line, Column: node.Column}, Path: path, What: what, Cure: cure})
}

func (c *converter) value(node *yaml.Node, path string) {
	switch node.Kind {
	case yaml.MappingNode:
		c.mapping(node, path)
	case yaml.SequenceNode:
		c.w.Array()
		for i, item := range node.Content {
			at := recipe.Index(path, i)
			c.places[at] = Place{Line: item.Line, Column: item.Column}
			c.value(item, at)
		}
		c.w.EndArray()
	default:
		c.scalar(node, path)
	}
}

// mapping leaves out the keys that cannot be used, so that the rest can be read.
// reference finds what looks like the inside of a reference.
var reference = regexp.MustCompile(`^(anchor|password|old_password|generated|now|key|(attr|old|current|capture|each|param|row|detail|page|delta)\.[^ ]+)( *\|.*)?$`)

// bareReference reports whether a map is a reference without its quotes, which YAML
// takes for a map of one key with nothing behind it.
func bareReference(node *yaml.Node) bool {
	if node.Style&yaml.FlowStyle == 0 || len(node.Content) != 2 {
		return false
	}
	key, member := node.Content[0], node.Content[1]
	return member.ShortTag() == "!!null" && member.Value == "" && reference.MatchString(key.Value)
}

func (c *converter) mapping(node *yaml.Node, path string) {
	// Directly below attributes and such, the one key may be a name.
	if strings.ContainsRune(path, '.') && bareReference(node) {
		c.wrong(node, path, "is a map to YAML, which reads braces so", fmt.Sprintf("put the reference in quotes: %q", "{"+node.Content[0].Value+"}"))
	}
	first := make(map[string]int)
	c.w.Object()
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, member := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" || key.ShortTag() == "!!merge" || key.Value == "" {
			c.wrong(key, path, "a key is no text", "keys are text; what is odd stands in quotes")
			continue
		}
		at := recipe.Key(path, key.Value)
		if line, twice := first[key.Value]; twice {
			c.wrong(key, at, fmt.Sprintf("stands in line %d already", line), "keep one of the two")
			continue
		}
		first[key.Value] = key.Line
		c.places[at] = Place{Line: key.Line, Column: key.Column}
		c.w.Key(key.Value)
		c.value(member, at)
	}
	c.w.EndObject()
}

// scalar writes text as text, and numbers, true and false as themselves if they are
// written as JSON has them: nobody shall have to know what YAML makes of 010.
func (c *converter) scalar(node *yaml.Node, path string) {
	switch node.ShortTag() {
	case "!!null":
		c.w.Null()
	case "!!bool":
		if node.Value != "true" && node.Value != "false" {
			c.wrong(node, path, "is "+node.Value, "write true or false, or quote it if it is text")
		}
		c.w.Bool(strings.EqualFold(node.Value, "true"))
	case "!!int", "!!float":
		if !isNumber(node.Value) {
			c.bad[path] = true
			c.wrong(node, path, "is a number as JSON has none", "write it in decimal digits, or quote it if it is text")
			c.w.Int(0)
			return
		}
		c.w.Raw(node.Value)
	default:
		if strings.ContainsRune(node.Value, 0) {
			c.wrong(node, path, "holds a NUL", "remove it")
		}
		c.w.String(node.Value)
	}
}

func isNumber(s string) bool {
	r := wire.NewReader(s)
	return r.Number() == s && r.End() == nil
}
