package recipe

// KeysOf returns every key that the maps of a recipe may have, such as
// request.method, with the words that may stand there.
func KeysOf(json string) map[string][]string {
	keys := make(map[string][]string)
	p := &parser{known: func(key string, words []string) {
		if keys[key] == nil || len(words) > 0 {
			keys[key] = present(words)
		}
	}}
	p.parse(json)
	return keys
}

// The words of templates.
var (
	RefWords  = refWords
	PipeNames = pipeNames
)

// ParseTemplate reads a template, and returns the mistake instead.
func ParseTemplate(text string) (Template, string) {
	t, m := parseTemplate(text)
	if m != nil {
		return nil, m.message
	}
	return t, ""
}

// DateMistake says what is wrong with the format of a date.
func DateMistake(format string) string {
	if m := dateMistake(format); m != nil {
		return m.message
	}
	return ""
}

// MaxWanted is maxWanted.
const MaxWanted = maxWanted
