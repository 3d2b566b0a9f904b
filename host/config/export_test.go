package config

// KeysOf returns every key that the objects of a file may have.
func KeysOf(file string, data []byte, open func(string) ([]byte, error)) map[string]bool {
	_, _, keys := parse(file, data, open)
	return keys
}
