package leak

// Window is window, Stride stride, and MostNested mostNested.
const (
	Window     = window
	Stride     = stride
	MostNested = mostNested
)

// Weaken has a set that is still empty take sums with a factor of the test's choice.
func (s *Set) Weaken(factor uint64) { s.factor = factor }

// Unescape resolves one layer of escapes.
func Unescape(text string) (plain string, changed bool) {
	plain, changed, _ = unescape(text, &meter{look: goOn})
	return plain, changed
}

// Patterns are the texts that a set looks for on behalf of a secret.
func Patterns(secret string) []string {
	all := patterns(secret)
	if plain, changed := unescapeAll(secret); changed && len(plain) >= MinSecret {
		all = append(all, patterns(plain)...)
	}
	return all
}

func patterns(secret string) (texts []string) {
	if extra := len(secret) - longest; extra > 0 {
		secret = middleOf(secret, extra/2)
	}
	for f := range allForms {
		texts = append(texts, f.text(secret))
	}
	return texts
}
