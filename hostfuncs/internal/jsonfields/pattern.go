// Package jsonfields changes single fields of JSON text and leaves every other
// byte as it was: numbers keep their digits, members their order.
package jsonfields

import (
	"errors"
	"fmt"
	"strings"
)

// maxTokens bounds a pattern, so that the places reached in it fit 64 bits.
const maxTokens = 60

// Pattern names fields: a JSON pointer (RFC 6901) in which * stands for any one
// index or key and ** for any number of them, none included.
type Pattern struct {
	tokens []string
}

// Parse reads a pattern. The empty one, which would be the whole text, is
// refused.
func Parse(text string) (Pattern, error) {
	if text == "" || text[0] != '/' {
		return Pattern{}, errors.New("a pointer begins with a slash")
	}
	tokens := strings.Split(text[1:], "/")
	if len(tokens) > maxTokens {
		return Pattern{}, fmt.Errorf("a pointer has at most %d parts", maxTokens)
	}
	for i, token := range tokens {
		rest := strings.ReplaceAll(strings.ReplaceAll(token, "~0", ""), "~1", "")
		if strings.Contains(rest, "~") {
			return Pattern{}, fmt.Errorf("in a pointer, ~ is written ~0 and / is written ~1: %q", token)
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	if tokens[len(tokens)-1] == "**" {
		return Pattern{}, errors.New("a pointer does not end in **, which would name everything")
	}
	return Pattern{tokens}, nil
}

// places is the set of places reached in a pattern: bit n says that the first n
// tokens are used up.
type places uint64

func (p *Pattern) start() places { return p.widen(1) }

// widen adds the places behind a ** that stands for nothing.
func (p *Pattern) widen(at places) places {
	for i, token := range p.tokens {
		if token == "**" && at&(1<<i) != 0 {
			at |= 1 << (i + 1)
		}
	}
	return at
}

// step returns the places reached one level further down, under key.
func (p *Pattern) step(at places, key string) places {
	var next places
	for i, token := range p.tokens {
		if at&(1<<i) == 0 {
			continue
		}
		switch token {
		case "**":
			next |= 1 << i
		case "*", key:
			next |= 1 << (i + 1)
		}
	}
	return p.widen(next)
}

func (p *Pattern) done(at places) bool { return at&(1<<len(p.tokens)) != 0 }
