package recipe

import (
	"github.com/ecmabox/ecmabox/abi/wire"
)

// MaxBytes is the most that the canonical JSON of a recipe may have, MaxItems the
// most that one list or map of it may hold.
const (
	MaxBytes = 1 << 20
	MaxItems = 2000
)

// Problem is one thing that is wrong with a recipe.
type Problem struct {
	// Path is where, such as create[0].request.path; empty for the whole recipe.
	Path string
	// Message says what is wrong, Cure what to do about it; it may be empty.
	Message, Cure string
}

// String returns path: message; cure.
func (p Problem) String() string {
	s := p.Message
	if p.Path != "" {
		s = p.Path + ": " + s
	}
	if p.Cure != "" {
		s += "; " + p.Cure
	}
	return s
}

// Parse reads a recipe from its canonical JSON. It tells all problems at once, in
// the order of the recipe as far as one key is concerned; with problems there is no
// recipe. JSON that cannot be read is one problem.
func Parse(json string) (*Recipe, []Problem) {
	p := &parser{}
	r := p.parse(json)
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return r, nil
}

// parser reads one recipe and collects what is wrong with it.
type parser struct {
	problems []Problem
	// known, if not nil, is told of every key that a map may have, such as
	// request.method, and of the words that may stand there: the documentation is
	// compared with them.
	known func(key string, words []string)
}

func (p *parser) parse(json string) *Recipe {
	if len(json) > MaxBytes {
		p.wrong("", "is larger than "+number(MaxBytes)+" bytes", "")
		return nil
	}
	reader := wire.NewReader(json)
	root := readNode(reader)
	if err := reader.End(); err != nil {
		p.wrong("", "is no JSON that can be read: "+err.Error(), "")
		return nil
	}
	r := &Recipe{}
	if p.recipe(r, value{p: p, n: root}) {
		p.check(r)
	}
	return r
}

func (p *parser) wrong(path, message, cure string) {
	p.problems = append(p.problems, Problem{path, message, cure})
}

// recipe reads the whole recipe.
func (p *parser) recipe(r *Recipe, v value) bool {
	ok := v.object("recipe",
		field{"recipe", true, func(v value) { v.integer(Version, Version) }},
		field{"name", true, func(v value) { r.Name = v.slug() }},
		field{"about", false, func(v value) { r.About = v.text() }},
		field{"target", false, func(v value) { r.Target = v.targetName() }},
		field{"targets", false, func(v value) { v.entries(func(name string, v value) { r.Targets = append(r.Targets, v.target(name)) }) }},
		field{"parameters", false, func(v value) {
			v.entries(func(name string, v value) { r.Parameters = append(r.Parameters, v.parameter(name)) })
		}},
		field{"object", false, func(v value) { r.Object = v.objectName() }},
		field{"anchor", true, func(v value) { r.Anchor = v.text() }},
		field{"attributes", true, func(v value) {
			v.entries(func(name string, v value) { r.Attributes = append(r.Attributes, v.attribute(name)) })
		}},
		field{"export", false, func(v value) { r.ExportType = ExportType(v.word(exportTypes)) }},
		field{"test", false, func(v value) { r.Test = v.test() }},
		field{"import", false, func(v value) { r.Import = v.lists() }},
		field{"delta", false, func(v value) { r.Delta = v.delta() }},
		field{"read", false, func(v value) { r.Read = v.read() }},
		field{"find", false, func(v value) { r.Find = v.find() }},
		field{"lookups", false, func(v value) {
			v.entries(func(name string, v value) { r.Lookups = append(r.Lookups, v.lookup(name)) })
		}},
		field{"create", false, func(v value) { r.Create = v.operation() }},
		field{"update", false, func(v value) { r.Update = v.operation() }},
		field{"delete", false, func(v value) { r.Delete = v.operation() }},
		field{"setPassword", false, func(v value) { r.SetPassword = v.operation() }},
		field{"changePassword", false, func(v value) { r.ChangePassword = v.operation() }},
		field{"errors", false, func(v value) { r.Errors = v.errorRules() }},
	)
	if !ok {
		return false
	}
	if r.Object == "" {
		r.Object = "user"
	}
	if r.Target == "" {
		r.Target = r.Name
	}
	return true
}

var exportTypes = []string{AttributeReplace: "attributeReplace", ObjectReplace: "objectReplace"}

// slug reads a name of lower-case letters, digits and hyphens.
func (v value) slug() string {
	s := v.text()
	if s != "" && (len(s) > maxSlug || s[0] == '-' || !made(s, "abcdefghijklmnopqrstuvwxyz0123456789-")) {
		v.wrong("is "+shown(s), "write 1 to "+number(maxSlug)+" lower-case letters, digits and hyphens, no hyphen first")
		return ""
	}
	return s
}

const maxSlug = 63

// targetName reads the name of a target, as grants have it.
func (v value) targetName() string {
	s := v.text()
	if s != "" && !isTargetName(s) {
		v.wrong("is "+shown(s)+", no name of a target", "write letters, digits, dots, hyphens and underscores")
		return ""
	}
	return s
}

func isTargetName(s string) bool {
	const longest = 64
	return s != "" && len(s) <= longest && made(s, nameSigns+".")
}

// isName says whether s may name an attribute, a parameter, a lookup or a capture:
// templates must be able to hold it.
func isName(s string) bool {
	const longest = 128
	return s != "" && len(s) <= longest && made(s, nameSigns) && s[0] != '-'
}

// checkName tells whether the name of v is one that templates can hold.
func (v value) checkName(name string) {
	if !isName(name) {
		v.wrong("has a name that cannot be used", "write letters, digits, hyphens and underscores, no hyphen first")
	}
}

func (v value) objectName() string {
	s := v.text()
	if s != "" && !isName(s) {
		v.wrong("is "+shown(s), "write letters, digits, hyphens and underscores, such as user")
		return ""
	}
	return s
}

func (v value) target(name string) Target {
	t := Target{Name: name}
	if !isTargetName(name) {
		v.wrong("has a name that no target has", "write letters, digits, dots, hyphens and underscores")
	}
	v.objectOrNull("target",
		field{"about", false, func(v value) { t.About = v.text() }},
		field{"baseURL", false, func(v value) { t.BaseURL = v.baseURL() }},
		field{"login", false, func(v value) { t.Login = v.logins() }},
		field{"headers", false, func(v value) { t.Headers = v.headerNames() }},
		field{"drop", false, func(v value) { t.Drop = v.pointers() }},
		field{"seal", false, func(v value) { t.Seal = v.pointers() }},
	)
	return t
}

// describable are the kinds of logins of which a recipe can say more than their name.
var describable = []string{"apiKey", "awsSigV4", "oauth2", "session"}

// logins reads kinds of credentials: words, or maps of one kind with its settings.
func (v value) logins() []Login {
	var all []Login
	v.eachOrOne(func(v value) {
		l := Login{Path: v.path}
		switch {
		case v.n.kind != wire.KindObject:
			l.Kind = v.name()
		case len(v.n.keys) != 1 || !has(describable, v.n.keys[0]):
			v.wrong("is a map of something else than one of "+listed(describable), "write {apiKey: {header: X-API-Key}}, or the kind alone")
		case v.n.items[0].kind != wire.KindObject || len(v.n.items[0].keys) == 0:
			v.wrong("says nothing of "+v.n.keys[0], "write the kind alone, or a map with the keys that a configuration has there")
		default:
			var w wire.Writer
			v.n.items[0].write(&w)
			l.Kind, l.Settings = v.n.keys[0], string(w.Bytes())
		}
		all = append(all, l)
	})
	return all
}

func (v value) baseURL() string {
	s := v.text()
	if s != "" && !hasPrefix(s, "https://") && !hasPrefix(s, "http://") {
		v.wrong("is no URL", "write https://HOST or https://HOST/PATH, an example for the operator")
	}
	return s
}

// pointers reads JSON pointers, with * and ** as grants have them.
func (v value) pointers() []string {
	var all []string
	v.each(func(v value) {
		s := v.text()
		if s != "" && s[0] != '/' {
			v.wrong("is no JSON pointer", "write one such as /password_hash, or /*/password_hash for every row")
			return
		}
		all = append(all, s)
	})
	return all
}

var parameterTypes = []string{Text: "text", Secret: "secret", Choice: "choice", Flag: "flag"}

// ReservedParameter is the parameter that holds the recipe itself.
const ReservedParameter = "recipe"

func (v value) parameter(name string) Parameter {
	m := Parameter{Name: name}
	v.checkName(name)
	if name == ReservedParameter {
		v.wrong("is the parameter that holds the recipe itself", "choose another name")
	}
	v.objectOrNull("parameter",
		field{"about", false, func(v value) { m.About = v.text() }},
		field{"type", false, func(v value) { m.Type = ParameterType(v.word(parameterTypes)) }},
		field{"default", false, func(v value) { m.Default = v.loose() }},
		field{"choices", false, func(v value) { v.each(func(v value) { m.Choices = append(m.Choices, v.loose()) }) }},
		field{"pattern", false, func(v value) { m.Pattern = v.text() }},
		field{"required", false, func(v value) { m.Required = v.flag() }},
	)
	switch {
	case m.Type == Secret && m.Default != "":
		v.wrong("is a secret with a default", "remove default: a recipe holds no secret")
	case m.Required && m.Default != "":
		v.wrong("is required and has a default", "keep one of the two")
	case m.Type == Choice && len(m.Choices) == 0:
		v.wrong("is a choice without choices", "add choices: [a, b]")
	case m.Type != Choice && len(m.Choices) > 0:
		v.wrong("has choices and is no choice", "add type: choice")
	case m.Type == Choice && m.Default != "" && !has(m.Choices, m.Default):
		v.wrong("has a default that is none of its choices", "write one of "+listed(m.Choices))
	case m.Type == Flag && m.Default != "" && m.Default != "true" && m.Default != "false":
		v.wrong("is a flag with the default "+shown(m.Default), "write true or false")
	case m.Pattern != "" && m.Type != Text && m.Type != Secret:
		v.wrong("has a pattern, which only text and secrets have", "remove pattern")
	}
	return m
}
