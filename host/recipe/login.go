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

// whoLogsIn are, by kind, the keys of credentials that say who logs in: a
// configuration has them, and no recipe.
var whoLogsIn = map[string][]string{
	"apiKey":   {"value"},
	"awsSigV4": {"accessKey", "secretKey", "sessionToken"},
	"oauth2":   {"clientID", "clientSecret", "username", "password", "refreshToken", "assertion.key"},
	"session":  {"username", "password"},
}

// usualSettings are what is drafted of a kind of which a recipe says nothing more.
var usualSettings = map[string]string{
	"apiKey":   `{"header": "X-API-Key"}`,
	"awsSigV4": `{"region": "us-east-1", "service": "execute-api"}`,
	"oauth2":   `{"grant": "clientCredentials", "tokenURL": "https://login.example/oauth/token"}`,
}

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
	for _, key := range whoLogsIn[l.Kind] {
		path := at
		for _, part := range strings.Split(key, ".") {
			path = recipe.Key(path, part)
		}
		if f.places[path] != (Place{}) {
			wrong(path, "is who logs in, which no recipe says", "remove it: the configuration has it")
		}
	}
	if len(mistakes) > 0 {
		return mistakes
	}
	const target = "targets.x.credentials[0]"
	text := "connector: x\nmodule: x.wasm\nsecrets: {x: {env: X}, x-client: {env: X}}\ntargets:\n  x:\n    baseURL: https://x.example\n    methods: [GET]\n    paths: [/x]\n    credentials:\n      " +
		strings.Join(credential(l, "x"), "\n      ")
	_, err := config.Parse(f.Name, []byte(text), nil)
	if all := (*config.Error)(nil); errors.As(err, &all) {
		for _, m := range all.Mistakes {
			wrong(l.Path+strings.TrimPrefix(m.Path, target), m.What, m.Cure)
		}
	}
	return mistakes
}

// credential returns the lines of a configuration's credential, as an item of a list;
// nil for a kind of which nothing is known. secret names the secret that it logs in
// with; that of an OAuth 2 client which logs in for somebody is clientOf(secret).
func credential(l *recipe.Login, secret string) []string {
	known := l.Settings
	if known == "" {
		known = usualSettings[l.Kind]
	}
	var settings yaml.Node
	// JSON is YAML, and this was just written.
	if err := yaml.Unmarshal([]byte(known), &settings); err != nil || len(settings.Content) != 1 {
		return nil
	}
	node := settings.Content[0]
	plainStyle(node)
	for i, item := range added(l.Kind, node, secret) {
		node.Content = slices.Insert(node.Content, 2*i, word(item.key), item.value)
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

// clientOf names the secret of an OAuth 2 client beside the one it logs in with.
func clientOf(secret string) string { return secret + "-client" }

// setting is a key of a credential with its value.
type setting struct {
	key   string
	value *yaml.Node
}

// added are the keys that a draft has before what a recipe says of a login.
func added(kind string, settings *yaml.Node, secret string) []setting {
	source := func(name string) *yaml.Node {
		return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{word("secret"), word(name)}}
	}
	switch kind {
	case "apiKey":
		return []setting{{"value", source(secret)}}
	case "awsSigV4":
		return []setting{{"accessKey", word("KEY")}, {"secretKey", source(secret)}}
	case "session":
		return []setting{{"username", word("USER")}, {"password", source(secret)}}
	}
	all := []setting{{"clientID", word("CLIENT")}}
	client := secret // the client's own secret, if it has one
	switch valueOf(settings, "grant") {
	case "password":
		all = append(all, setting{"username", word("USER")}, setting{"password", source(secret)})
		client = clientOf(secret)
	case "refreshToken":
		all = append(all, setting{"refreshToken", source(secret)})
		client = clientOf(secret)
	case "jwtBearer":
		return append(all, signed(settings, source(secret))...)
	}
	if valueOf(settings, "clientAuth") == "assertion" {
		return append(all, signed(settings, source(client))...)
	}
	return append(all, setting{"clientSecret", source(client)})
}

// signed puts the key into the assertion that is there, or adds one.
func signed(settings *yaml.Node, key *yaml.Node) []setting {
	if a := nodeOf(settings, "assertion"); a != nil {
		a.Content = append(a.Content, word("key"), key)
		return nil
	}
	return []setting{{"assertion", &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{word("algorithm"), word("RS256"), word("key"), key}}}}
}

// nodeOf returns what a mapping has under a key, or nil.
func nodeOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func valueOf(mapping *yaml.Node, key string) string {
	if n := nodeOf(mapping, key); n != nil {
		return n.Value
	}
	return ""
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
