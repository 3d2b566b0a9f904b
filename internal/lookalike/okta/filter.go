package okta

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tokens of an expression: brackets, quoted values, words.
var tokens = regexp.MustCompile(`^\s*(?:([()])|"((?:[^"\\]|\\.)*)"|([A-Za-z][\w.]*))`)

// filterable are the properties that filter takes; search takes all.
var filterable = []string{"status", "lastUpdated", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"}

var errFilter = errors.New("invalid expression")

// parser reads an expression of filter or search.
type parser struct {
	rest   string
	search bool
}

// parseFilter returns what the expression means: comparisons with and, or and
// brackets. With filter there are fewer properties, only lastUpdated has other
// operators than eq, and values are compared as they are written.
func parseFilter(expression string, search bool) (func(*User) bool, error) {
	p := &parser{rest: expression, search: search}
	wanted, err := p.either()
	if err != nil || strings.TrimSpace(p.rest) != "" {
		return nil, errFilter
	}
	return wanted, nil
}

// next takes one token off: its kind is '(', ')', '"' for values, 'a' for words, or
// 0 when there is none.
func (p *parser) next() (kind byte, text string) {
	found := tokens.FindStringSubmatch(p.rest)
	if found == nil {
		return 0, ""
	}
	p.rest = p.rest[len(found[0]):]
	switch {
	case found[1] != "":
		return found[1][0], ""
	case found[3] != "":
		return 'a', found[3]
	default:
		return '"', strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(found[2])
	}
}

// word takes the word off if it comes next.
func (p *parser) word(word string) bool {
	before := p.rest
	if kind, text := p.next(); kind == 'a' && strings.EqualFold(text, word) {
		return true
	}
	p.rest = before
	return false
}

func (p *parser) either() (func(*User) bool, error) {
	left, err := p.both()
	for err == nil && p.word("or") {
		first := left
		var second func(*User) bool
		second, err = p.both()
		left = func(u *User) bool { return first(u) || second(u) }
	}
	return left, err
}

func (p *parser) both() (func(*User) bool, error) {
	left, err := p.comparison()
	for err == nil && p.word("and") {
		first := left
		var second func(*User) bool
		second, err = p.comparison()
		left = func(u *User) bool { return first(u) && second(u) }
	}
	return left, err
}

func (p *parser) comparison() (func(*User) bool, error) {
	kind, property := p.next()
	if kind == '(' {
		inner, err := p.either()
		if kind, _ := p.next(); err != nil || kind != ')' {
			return nil, errFilter
		}
		return inner, nil
	}
	operator, name := p.next()
	name = strings.ToLower(name)
	if kind != 'a' || operator != 'a' || !p.search && (!slices.Contains(filterable, property) || name != "eq" && property != "lastUpdated") {
		return nil, errFilter
	}
	if name == "pr" && p.search {
		return func(u *User) bool { return u.property(property) != "" }, nil
	}
	quoted, value := p.next()
	compare := comparisons[name]
	if quoted != '"' || compare == nil {
		return nil, errFilter
	}
	fold := func(s string) string { return s }
	if p.search {
		fold = strings.ToLower
	}
	return func(u *User) bool { return compare(fold(u.property(property)), fold(value)) }, nil
}

// comparisons are the operators; ne is none of them.
var comparisons = map[string]func(have, value string) bool{
	"eq": func(have, value string) bool { return have == value },
	"gt": func(have, value string) bool { return have > value },
	"ge": func(have, value string) bool { return have >= value },
	"lt": func(have, value string) bool { return have < value },
	"le": func(have, value string) bool { return have <= value },
	"sw": strings.HasPrefix,
	"co": strings.Contains,
}

// property returns a property as text; "" if the user has it not.
func (u *User) property(name string) string {
	if in, ok := strings.CutPrefix(name, "profile."); ok {
		if value := u.Profile[in]; value != nil {
			return fmt.Sprint(value)
		}
		return ""
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	switch name {
	case "id":
		return u.ID
	case "status":
		return u.Status
	case "created":
		return u.Created
	case "lastUpdated":
		return u.LastUpdated
	case "activated":
		return text(u.Activated)
	case "statusChanged":
		return text(u.StatusChanged)
	}
	return ""
}
