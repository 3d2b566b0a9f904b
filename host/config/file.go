package config

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/spelling"
)

// The greatest values of Limits: what an instance can have, a call nobody waits for, and
// runs of more than a day.
const (
	maxMemory        = 4<<30 - 64<<10
	maxCallTimeout   = time.Hour
	maxFuelPerRun    = 1_000_000_000_000_000
	maxSleepPerRun   = 24 * time.Hour
	maxHostCalls     = 1_000_000_000
	maxBytesPerRun   = 1 << 40
	maxImportObjects = 1_000_000_000
)

// read reads the whole file.
func (c *Config) read(root value) {
	root.object(false,
		field{"connector", true, c.readConnector},
		field{"module", false, func(v value) { c.Module = c.readPath(v) }},
		field{"recipe", false, func(v value) { c.Recipe = c.readPath(v) }},
		field{"catalog", false, c.readCatalog},
		field{"parameters", false, func(v value) { v.entries(c.readParameter) }},
		field{"secrets", false, func(v value) { v.entries(c.readSecret) }},
		field{"targets", false, func(v value) { v.entries(c.readTarget) }},
		field{"reveal", false, c.readReveal},
		field{"state", false, func(v value) { c.State = c.readPath(v) }},
		field{"tokens", false, func(v value) { c.Tokens = c.readPath(v) }},
		field{"objectType", false, func(v value) { c.Promise.ObjectType, _ = v.name(abi.MaxNameBytes) }},
		field{"partition", false, func(v value) { c.Promise.Partition, _ = v.name(maxText) }},
		field{"anchor", false, func(v value) { c.Promise.Anchor, _ = v.name(abi.MaxNameBytes) }},
		field{"attributes", false, c.readAttributes},
		field{"exportPassword", false, func(v value) { c.Promise.PasswordMapped = v.boolean() }},
		field{"pageSize", false, c.readPageSize},
		field{"limits", false, c.readLimits},
	)
	if root.node.Kind != yaml.MappingNode {
		return
	}
	_, module := root.r.places["module"]
	_, recipe := root.r.places["recipe"]
	_, reference := root.r.places["catalog"]
	switch {
	case module && reference:
		root.wrong("module and catalog both say what runs", "keep one of the two")
	case recipe && reference:
		root.wrong("recipe and catalog both say what runs", "keep one of the two: a version in the catalog has its own recipe")
	case !module && !recipe && !reference:
		root.wrong("nothing says what runs", "add recipe: PATH, module: PATH, or catalog: NAME")
	}
}

func (c *Config) readConnector(v value) {
	name, ok := v.name(maxText)
	if !ok {
		return
	}
	if catalog.CheckName(name) != nil {
		v.wrong("is "+shown(name), "write 1 to 63 lower-case letters, digits and hyphens, no hyphen first")
		return
	}
	c.Connector = name
}

func (c *Config) readCatalog(v value) {
	text, ok := v.name(maxText)
	if !ok {
		return
	}
	name, digest, pinned := strings.Cut(text, "@")
	if catalog.CheckName(name) != nil || pinned && catalog.CheckDigest(digest) != nil {
		v.wrong("is "+shown(text), "write NAME or NAME@DIGEST, as connector list shows them")
		return
	}
	c.Catalog = Reference{name, digest}
}

func (c *Config) readPath(v value) string {
	p, ok := v.name(maxText)
	if !ok {
		return ""
	}
	return c.path(p)
}

func (c *Config) readAttributes(v value) {
	c.Promise.Attributes = v.texts(abi.MaxSchemaAttributes)
	if i := slices.Index(c.Promise.Attributes, abi.ExportPassword); i >= 0 {
		v.wrong("holds "+abi.ExportPassword, "write exportPassword: true instead")
	}
	if v.node.Kind == yaml.SequenceNode && len(v.node.Content) == 0 {
		v.wrong("is an empty list", "name attributes, or leave the key out for all")
	}
}

func (c *Config) readPageSize(v value) {
	v.object(false,
		field{"import", false, func(v value) { c.Promise.ImportPageSize = v.integer(1, abi.MaxPageEntries) }},
		field{"export", false, func(v value) { c.Promise.ExportBatchSize = v.integer(1, abi.MaxPageEntries) }},
	)
}

func (c *Config) readLimits(v value) {
	v.object(false,
		field{"memory", false, func(v value) { c.Limits.MemoryBytes = v.size(maxMemory) }},
		field{"callTimeout", false, func(v value) { c.Limits.CallTimeout = v.duration(maxCallTimeout) }},
		field{"closeTimeout", false, func(v value) { c.Limits.CloseTimeout = v.duration(maxCallTimeout) }},
		field{"fuelPerRun", false, func(v value) { c.Limits.FuelPerRun = v.long(1, maxFuelPerRun) }},
		field{"sleepPerRun", false, func(v value) { c.Limits.SleepPerRun = v.duration(maxSleepPerRun) }},
		field{"hostCallsPerRun", false, func(v value) { c.Limits.HostCallsPerRun = v.long(1, maxHostCalls) }},
		field{"hostBytesPerRun", false, func(v value) { c.Limits.HostBytesPerRun = v.size(maxBytesPerRun) }},
		field{"replyBytesPerRun", false, func(v value) { c.Limits.ReplyBytesPerRun = v.size(maxBytesPerRun) }},
		field{"importObjects", false, func(v value) { c.Limits.ImportObjects = v.integer(1, maxImportObjects) }},
	)
}

// readParameter reads text, {secret: NAME} or {file: PATH}.
func (c *Config) readParameter(name string, v value) {
	if len(name) > abi.MaxNameBytes {
		v.wrong("has too long a name", "no connector has such a parameter")
		return
	}
	p := Parameter{Name: name}
	for _, key := range []string{"secret", "file"} {
		v.r.keys[join(v.pattern, key)] = true
	}
	if v.node.Kind != yaml.MappingNode {
		text, ok := v.scalar("write text (numbers, true and false in quotes), {secret: NAME} or {file: PATH}", "!!str")
		if ok && len(text) > abi.MaxValueBytes {
			v.wrong("is too long", "")
		}
		p.Value = text
		c.Parameters = append(c.Parameters, p)
		return
	}
	file := ""
	v.object(true,
		field{"secret", false, func(v value) { p.Secret = c.secretName(v) }},
		field{"file", false, func(v value) { file = c.readPath(v) }},
	)
	if p.Secret != "" && file != "" || len(v.node.Content) == 0 {
		v.wrong("must have exactly one of secret and file", "")
	}
	if file != "" {
		p.Value = v.contents(file)
	}
	c.Parameters = append(c.Parameters, p)
}

// contents reads a text file that the configuration names.
func (v value) contents(path string) string {
	data, err := v.r.open(path)
	switch {
	case err != nil:
		v.wrong(err.Error(), "paths are relative to the configuration file")
	case !utf8.Valid(data):
		v.wrong(path+" is no UTF-8 text", "")
	}
	return string(data)
}

func (c *Config) readSecret(name string, v value) {
	if name == "" || len(name) > hostfuncs.MaxTargetName || strings.Trim(name, nameSigns+".") != "" {
		v.wrong("is no name for a secret", "write letters, digits, dots, hyphens and underscores")
		return
	}
	c.Secrets[name] = Secret{}
	const cure = "write {env: VARIABLE} or {file: PATH}; a secret never stands in this file"
	for _, key := range []string{"env", "file"} {
		v.r.keys[join(v.pattern, key)] = true
	}
	if v.node.Kind != yaml.MappingNode {
		v.wrong("must say where the secret is", cure)
		return
	}
	var s Secret
	v.object(true,
		field{"env", false, func(v value) { s.Env = variable(v) }},
		field{"file", false, func(v value) { s.File = c.readPath(v) }},
	)
	if len(v.node.Content) != 2 {
		v.wrong("must have exactly one of env and file", cure)
	}
	c.Secrets[name] = s
}

const maxVariable = 200

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variable reads the name of an environment variable. Anything else is not shown:
// it may be the secret itself.
func variable(v value) string {
	const cure = "write the name of an environment variable, such as API_PASSWORD"
	s, ok := v.scalar(cure, "!!str")
	if !ok {
		return ""
	}
	if len(s) > maxVariable || !variableName.MatchString(s) {
		v.wrong("is no name of an environment variable", cure)
		return ""
	}
	return s
}

// secretName reads the name of a secret that the file must declare.
func (c *Config) secretName(v value) string {
	name, ok := v.name(maxText)
	if !ok {
		return ""
	}
	v.r.last = append(v.r.last, func() {
		if _, ok := c.Secrets[name]; ok {
			return
		}
		var names []string
		for n := range c.Secrets {
			names = append(names, n)
		}
		slices.Sort(names)
		cure := spelling.Nearest(name, names)
		if cure == "" {
			cure = "declare it under secrets: NAME: {env: VARIABLE} or {file: PATH}"
		}
		// The name is not shown: it may be the secret itself.
		v.wrong("names a secret that is not declared", cure)
	})
	return name
}

func (c *Config) readReveal(v value) {
	c.Reveal = v.texts(maxItems)
	v.r.last = append(v.r.last, func() { c.checkSealed(v, c.Reveal) })
}

// checkSealed looks up the parameters among names of sealed things.
func (c *Config) checkSealed(v value, names []string) {
	for _, name := range names {
		if parameter, ok := strings.CutPrefix(name, "parameter:"); ok {
			c.checkSecretParameter(v, parameter)
		}
	}
}

func (c *Config) checkSecretParameter(v value, name string) {
	var secret []string
	for _, p := range c.Parameters {
		if p.Secret != "" {
			secret = append(secret, p.Name)
		} else if p.Name == name {
			v.wrong("names the parameter "+shown(name)+", which is no secret", "give it {secret: NAME}")
			return
		}
	}
	if !slices.Contains(secret, name) {
		v.wrong("names the parameter "+shown(name)+", which is not there", spelling.Nearest(name, secret))
	}
}
