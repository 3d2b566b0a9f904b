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
