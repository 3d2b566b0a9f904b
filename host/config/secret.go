package config

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/internal/strictyaml"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// ReadSecrets reads every secret from where the file says it is. lookup is
// os.LookupEnv. The error is an *Error with a mistake for each that is missing or
// empty.
func (c *Config) ReadSecrets(lookup func(string) (string, bool)) (hostfuncs.SecretMap, error) {
	secrets := make(hostfuncs.SecretMap, len(c.Secrets))
	var mistakes []Mistake
	for name, s := range c.Secrets {
		text, err := s.read(lookup)
		if err != nil {
			path := join("secrets", name)
			mistakes = append(mistakes, Mistake{Place: c.places[path], Path: path, What: err.Error(), Cure: s.cure()})
		}
		secrets[name] = text
	}
	if len(mistakes) > 0 {
		return nil, &Error{File: c.File, Mistakes: strictyaml.Sorted(mistakes)}
	}
	return secrets, nil
}

// showable are the names of variables that messages show. Any other may be the
// secret itself, written where the name belongs.
var showable = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

func (s Secret) cure() string {
	switch {
	case s.Env != "" && showable.MatchString(s.Env):
		return "set it and run again"
	case s.Env != "":
		return "env is the name of a variable and never the secret; the name is shown if it is in capitals, such as API_PASSWORD"
	}
	return "paths are relative to the configuration file"
}

func (s Secret) read(lookup func(string) (string, bool)) (string, error) {
	if s.Env != "" {
		text, ok := lookup(s.Env)
		if !ok || text == "" {
			name := ""
			if showable.MatchString(s.Env) {
				name = " " + s.Env
			}
			return "", errors.New("the environment variable" + name + " is not set or empty")
		}
		return text, nil
	}
	data, err := readFile(s.File, maxSecret)
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" || !utf8.ValidString(text) {
		return "", errors.New(s.File + " is empty or no UTF-8 text")
	}
	return text, nil
}

// ConfigParameters returns the parameters as a connector's host hands them over,
// secrets in the clear: the runtime seals them before the connector sees them.
func (c *Config) ConfigParameters(secrets hostfuncs.SecretMap) abi.ConfigParameters {
	parameters := make(abi.ConfigParameters, len(c.Parameters))
	for i, p := range c.Parameters {
		parameters[i] = abi.ConfigParameter{Name: p.Name, Value: p.Value}
		if p.Secret != "" {
			parameters[i].Value, parameters[i].Encrypted = secrets[p.Secret], true
		}
	}
	return parameters
}
