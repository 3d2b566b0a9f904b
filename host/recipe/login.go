package recipe

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/config"
)

// loginSecrets are, by kind, the keys of credentials that a configuration adds to what
// a recipe says of a login.
var loginSecrets = map[string][]string{"apiKey": {"value"}, "session": {"username", "password"}}

// logins checks what the recipe says of logins, as a configuration that has it would be
// checked.
func (f *File) logins(r *recipe.Recipe) (mistakes []Mistake) {
	for i := range r.Targets {
		for _, l := range r.Targets[i].Login {
			if l.Settings != "" {
				mistakes = append(mistakes, f.login(&l)...)
			}
		}
	}
	return mistakes
}

func (f *File) login(l *recipe.Login) (mistakes []Mistake) {
	at := recipe.Key(l.Path, l.Kind)
	wrong := func(path, what, cure string) {
		mistakes = append(mistakes, Mistake{Place: f.PlaceOf(path), Path: path, What: what, Cure: cure})
	}
	for _, key := range loginSecrets[l.Kind] {
		if path := recipe.Key(at, key); f.places[path] != (Place{}) {
			wrong(path, "is who logs in, which no recipe says", "remove it: the configuration has it")
		}
	}
	if len(mistakes) > 0 {
		return mistakes
	}
	const target = "targets.x.credentials[0]"
	text := "connector: x\nmodule: x.wasm\nsecrets: {x: {env: X}}\ntargets:\n  x:\n    baseURL: https://x.example\n    methods: [GET]\n    paths: [/x]\n    credentials:\n      " +
		strings.Join(credential(l, "x"), "\n      ")
	_, err := config.Parse(f.Name, []byte(text), nil)
	if all := (*config.Error)(nil); errors.As(err, &all) {
		for _, m := range all.Mistakes {
			wrong(l.Path+strings.TrimPrefix(m.Path, target), m.What, m.Cure)
		}
	}
	return mistakes
}

// credential returns the lines of a configuration's credential, as an item of a list.
func credential(l *recipe.Login, secret string) []string {
	var settings yaml.Node
	// JSON is YAML, and this was just written.
	if err := yaml.Unmarshal([]byte(l.Settings), &settings); err != nil || len(settings.Content) != 1 {
		return nil
	}
	node := settings.Content[0]
	plainStyle(node)
	for i, key := range loginSecrets[l.Kind] {
		value := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{word("secret"), word(secret)}}
		if key == "username" {
			value = word("USER")
		}
		node.Content = slices.Insert(node.Content, 2*i, word(key), value)
	}
	var text bytes.Buffer
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	if err := e.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{word(l.Kind), node}}); err != nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(text.String()) {
		sign := "  "
		if len(lines) == 0 {
			sign = "- "
		}
		lines = append(lines, sign+strings.TrimSuffix(line, "\n"))
	}
	return lines
}

func word(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: text}
}

// plainStyle has a node that was JSON written as people write YAML.
func plainStyle(n *yaml.Node) {
	n.Style = 0
	for _, inner := range n.Content {
		plainStyle(inner)
	}
}
