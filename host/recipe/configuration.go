package recipe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/internal/yamltext"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// Configuration drafts a configuration for a connector that follows the recipe:
// what it must be granted, no more, and what the operator has to fill in, as
// comments. path is how the configuration names the recipe's file. Who keeps the
// draft has consented to what stands in it.
func (f *File) Configuration(path string) string {
	return f.configuration("recipe", path)
}

// CatalogConfiguration is Configuration for a version in a catalog; reference is how
// the configuration names it, NAME or NAME@DIGEST.
func (f *File) CatalogConfiguration(reference string) string {
	return f.configuration("catalog", reference)
}

func (f *File) configuration(key, from string) string {
	r := f.Recipe
	d := &drafter{}
	d.line(0, "# Drafted from %s: everything it needs, and nothing else. What you leave out is denied.", yamltext.Comment(from))
	d.line(0, "connector: %s", r.Name)
	d.line(0, "%s: %s", key, yamltext.Scalar(from))
	d.line(0, "")
	d.line(0, "secrets:")
	d.line(1, "%s: {env: %s}", secretName(r), envName(r))
	if client := clientOf(secretName(r)); slices.ContainsFunc(r.Targets, func(t recipe.Target) bool {
		l := drafted(&t)
		return l != nil && slices.ContainsFunc(loginLines(l, secretName(r)), func(line string) bool { return strings.Contains(line, client) })
	}) {
		d.line(1, "%s: {env: %s}", client, envOf(r.Name+"_client_secret"))
	}
	for i := range r.Parameters {
		if p := &r.Parameters[i]; p.Type == recipe.Secret {
			d.line(1, "%s: {env: %s}", yamltext.Scalar(p.Name), envOf(r.Name+"_"+p.Name))
		}
	}
	d.parameters(r)
	d.line(0, "targets:")
	longest := time.Duration(0)
	for _, need := range recipe.Needs(r) {
		d.target(r, &need)
		longest = max(longest, need.Timeout)
	}
	d.line(0, "")
	d.line(0, "objectType: %s", yamltext.Scalar(r.Object))
	if r.Create != nil || r.Update != nil || r.Delete != nil {
		d.line(0, "pageSize: {export: 50}    # changes of one call: fewer where the application is slow, or a longer limits.callTimeout, 60s unless it is given")
	}
	if longest >= callTime {
		d.line(0, "limits: {callTimeout: %s}    # one call must have time for the longest request, and for others beside it", longest+callTime)
	}
	if r.TakesPassword() {
		d.line(0, "exportPassword: true    # new users may be given a password")
	}
	return d.b.String()
}

// callTime is what a call of the connector has unless a configuration says otherwise.
const callTime = time.Minute

// drafter writes lines of YAML.
type drafter struct{ b strings.Builder }

func (d *drafter) line(depth int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text != "" {
		d.b.WriteString(strings.Repeat("  ", depth))
	}
	d.b.WriteString(text + "\n")
}

// list writes a key with a list, unless that is empty.
func (d *drafter) list(depth int, key string, items []string) {
	if len(items) == 0 {
		return
	}
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = yamltext.Scalar(item)
	}
	d.line(depth, "%s: [%s]", key, strings.Join(quoted, ", "))
}

func (d *drafter) parameters(r *recipe.Recipe) {
	if len(r.Parameters) == 0 {
		d.line(0, "")
		return
	}
	d.line(0, "")
	if slices.ContainsFunc(r.Parameters, func(p recipe.Parameter) bool { return p.Type == recipe.Secret || p.Required }) {
		d.line(0, "parameters:")
	} else {
		d.line(0, "# parameters:") // a key with comments alone would be a mistake
	}
	for i := range r.Parameters {
		p := &r.Parameters[i]
		name, about := yamltext.Scalar(p.Name), ""
		if p.About != "" {
			about = "    # " + yamltext.Comment(p.About)
		}
		switch {
		case p.Type == recipe.Secret:
			d.line(1, "%s: {secret: %s}%s", name, name, about)
		case p.Required:
			d.line(1, "%s: \"\"%s    # needed: fill it in", name, about)
		default:
			d.line(1, "# %s: %s%s", name, yamltext.Scalar(p.Default), about)
		}
	}
	d.line(0, "")
}

func (d *drafter) target(r *recipe.Recipe, need *recipe.Need) {
	t := recipe.Target{Name: need.Target}
	if i := slices.IndexFunc(r.Targets, func(t recipe.Target) bool { return t.Name == need.Target }); i >= 0 {
		t = r.Targets[i]
	}
	d.line(1, "%s:", need.Target)
	if t.About != "" {
		d.line(2, "# %s", yamltext.Comment(t.About))
	}
	base := t.BaseURL
	if base == "" {
		base = "https://" + need.Target + ".example"
	}
	d.line(2, "baseURL: %s    # yours", yamltext.Scalar(base))
	d.line(2, "# networks: [10.0.0.0/8]    # where it is, unless its address is public; plain http needs this, too")
	d.credentials(r, &t)
	if need.Timeout > hostfuncs.DefaultTimeout {
		d.line(2, "timeout: %s    # the longest that the recipe gives a request", need.Timeout)
	}
	d.list(2, "methods", need.Methods)
	d.list(2, "paths", need.Paths)
	for _, path := range need.Followed {
		method, pattern, _ := strings.Cut(strings.TrimSuffix(path, "/")+"/*", " ")
		if !slices.ContainsFunc(need.Paths, func(line string) bool {
			methods, have, _ := strings.Cut(line, " ")
			return have == pattern && slices.Contains(strings.Split(methods, ","), method)
		}) {
			d.line(2, "# if the links to further pages lead below %s, add %s", yamltext.Comment(path), yamltext.Comment(yamltext.Scalar(method+" "+pattern)))
		}
	}
	request, response := need.RequestHeaders, beyondUsual(need.ResponseHeaders)
	if len(request)+len(response) > 0 {
		d.line(2, "headers:")
		d.list(3, "request", request)
		d.list(3, "response", response)
	}
	d.slots(need.Slots)
	d.list(2, "drop", need.Drop)
	if len(need.Seal) > 0 {
		d.line(2, "seal:")
		for _, pointer := range need.Seal {
			d.line(3, "- {pointer: %s, name: %s}", yamltext.Scalar(pointer), yamltext.Scalar(recipe.SealName(pointer)))
		}
	}
}

func (d *drafter) slots(slots []recipe.Slot) {
	if len(slots) == 0 {
		return
	}
	d.line(2, "slots:")
	for i := range slots {
		s := &slots[i]
		place := ""
		for _, p := range []struct{ key, value string }{{"header", s.Header}, {"query", s.Query}, {"pointer", s.Pointer}, {"form", s.Form}} {
			if p.value != "" {
				place = p.key + ": " + yamltext.Scalar(p.value)
			}
		}
		d.line(3, "- %s", place)
		d.list(4, "paths", s.Paths)
		d.list(4, "accepts", s.Accepts)
		if s.Prefix != "" {
			d.line(4, "prefix: %s", yamltext.Scalar(s.Prefix))
		}
		if s.Encoding != "" {
			d.line(4, "encoding: %s", s.Encoding)
		}
		if s.Generate {
			d.line(4, "generate: {length: 24}")
		}
	}
}

// credentials writes the first of the kinds that the target takes, and the others
// as comments.
func (d *drafter) credentials(r *recipe.Recipe, t *recipe.Target) {
	d.line(2, "credentials:")
	drafted := drafted(t)
	for i := range t.Login {
		l := &t.Login[i]
		lines := loginLines(l, secretName(r))
		switch {
		case lines == nil:
			d.line(3, "# - %s: see docs/configuration.md", yamltext.Comment(l.Kind))
		case l == drafted:
			d.lines(3, lines, "")
		default:
			d.line(3, "# or:")
			d.lines(3, lines, "# ")
		}
	}
	if drafted == nil {
		d.lines(3, loginLines(&recipe.Login{Kind: "bearer"}, secretName(r)), "")
	}
}

func (d *drafter) lines(depth int, lines []string, sign string) {
	for _, line := range lines {
		d.line(depth, "%s", sign+line)
	}
}

// drafted is the login of a target that a draft has, or nil.
func drafted(t *recipe.Target) *recipe.Login {
	for i := range t.Login {
		if loginLines(&t.Login[i], "") != nil {
			return &t.Login[i]
		}
	}
	return nil
}

// loginLines are the lines of a credential; nil if too little is known of it.
func loginLines(l *recipe.Login, secret string) []string {
	switch l.Kind {
	case "basic":
		return []string{"- {basic: {username: USER, password: {secret: " + secret + "}}}"}
	case "bearer":
		return []string{"- {bearer: {secret: " + secret + "}}"}
	}
	lines := credential(l, secret)
	if l.Settings == "" && lines != nil {
		lines[0] += "    # what stands here is usual; yours may differ"
	}
	return lines
}

// beyondUsual are the headers of answers that must be granted, none if all are let
// through by themselves.
func beyondUsual(headers []string) (beyond []string) {
	usual := hostfuncs.DefaultResponseHeaders()
	for _, h := range headers {
		if !slices.ContainsFunc(usual, func(u string) bool { return strings.EqualFold(u, h) }) {
			beyond = append(beyond, h)
		}
	}
	if len(beyond) == 0 {
		return nil
	}
	// A list of one's own takes the place of the usual headers.
	return append(usual, beyond...)
}

func secretName(r *recipe.Recipe) string { return r.Name + "-login" }

func envName(r *recipe.Recipe) string { return envOf(r.Name + "_secret") }

// envOf makes a variable's name: capitals, digits and underscores.
func envOf(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
