package config_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/config"
)

const head = "connector: x\nmodule: m\n"

func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "{}", []string{
			"x.yaml:1:1: connector is missing; add it",
			"x.yaml:1:1: nothing says what runs; add recipe: PATH, module: PATH, or catalog: NAME",
		}},
		{"a list", "[a]", []string{"x.yaml:1:1: is a list; write connector, module, recipe, catalog, parameters, secrets, targets, reveal, state, tokens, " +
			"objectType, partition, anchor, attributes, exportPassword, pageSize, limits"}},
		{"misspelt key", head + "objecttype: user\n", []string{"x.yaml:3:1: objecttype: is no key here; did you mean objectType?"}},
		{"key twice", head + "module: n\n", []string{"x.yaml:3:1: module: stands in line 2 already; keep one of the two"}},
		{"contradiction", head + "catalog: x\n", []string{"x.yaml:1:1: module and catalog both say what runs; keep one of the two"}},
		{"two recipes", "connector: x\nrecipe: r.yaml\ncatalog: x\n", []string{"x.yaml:1:1: recipe and catalog both say what runs; keep one of the two: a version in the catalog has its own recipe"}},
		{"empty value", head + "anchor:\n", []string{"x.yaml:3:8: anchor: is empty; give it a value or leave the key out"}},
		{"blank value", head + "anchor: ' '\n", []string{"x.yaml:3:9: anchor: is empty; give it a value or leave the key out"}},
		{"number for text", head + "anchor: 010\n", []string{"x.yaml:3:9: anchor: is a number; write text; numbers, true and false need quotes"}},
		{"bad name", "connector: ../x\nmodule: m", []string{`x.yaml:1:12: connector: is "../x"; write 1 to 63 lower-case letters, digits and hyphens, no hyphen first`}},
		{"bad reference", "connector: x\ncatalog: x@zz", []string{`x.yaml:2:10: catalog: is "x@zz"; write NAME or NAME@DIGEST, as connector list shows them`}},
		{"page size", head + "pageSize: {import: 0, export: 10001}", []string{
			"x.yaml:3:20: pageSize.import: is 0; write a whole number from 1 to 10000",
			"x.yaml:3:31: pageSize.export: is 10001; write a whole number from 1 to 10000",
		}},
		{"limits", head + "limits: {memory: 5GiB, callTimeout: 30}", []string{
			"x.yaml:3:18: limits.memory: is 5GiB; write a size with its unit, such as 64KiB or 8MiB, at most 4194240KiB",
			"x.yaml:3:37: limits.callTimeout: is a number; write a duration with its unit, such as 10s or 1m30s, at most 1h0m0s",
		}},
		{"limits of runs", head + "limits: {fuelPerRun: 1000000000000001, hostCallsPerRun: 0, hostBytesPerRun: 1025GiB}", []string{
			"x.yaml:3:22: limits.fuelPerRun: is 1000000000000001; write a whole number from 1 to 1000000000000000",
			"x.yaml:3:57: limits.hostCallsPerRun: is 0; write a whole number from 1 to 1000000000",
			"x.yaml:3:77: limits.hostBytesPerRun: is 1025GiB; write a size with its unit, such as 64KiB or 8MiB, at most 1024GiB",
		}},
		{"decimal size", head + "limits: {memory: 8MB, callTimeout: -1s}", []string{
			"x.yaml:3:18: limits.memory: is 8MB; write a size with its unit, such as 64KiB or 8MiB, at most 4194240KiB",
			"x.yaml:3:36: limits.callTimeout: is -1s; write a duration with its unit, such as 10s or 1m30s, at most 1h0m0s",
		}},
		{"attributes", head + "attributes: [a, b, a, export_password]", []string{
			"x.yaml:3:13: attributes: holds export_password; write exportPassword: true instead",
			"x.yaml:3:20: attributes[2]: a stands in line 3 already; keep one of the two",
		}},
		{"parameter", head + "parameters: {a: 1, b: {secret: s}, c: {file: missing.pem}, d: {}}", []string{
			"x.yaml:3:17: parameters.a: is a number; write text (numbers, true and false in quotes), {secret: NAME} or {file: PATH}",
			"x.yaml:3:32: parameters.b.secret: names a secret that is not declared; declare it under secrets: NAME: {env: VARIABLE} or {file: PATH}",
			"x.yaml:3:39: parameters.c: open missing.pem: file does not exist; paths are relative to the configuration file",
			"x.yaml:3:63: parameters.d: must have exactly one of secret and file",
		}},
		{"misspelt secret", head + "secrets: {api-key: {env: A}}\nparameters: {b: {secret: apikey}}", []string{
			"x.yaml:4:26: parameters.b.secret: names a secret that is not declared; did you mean api-key?",
		}},
		{"target", head + "targets:\n  a: {baseURL: ftp://x, methods: [get], path: /}\n", []string{
			"x.yaml:4:6: targets.a: paths is missing; add it",
			"x.yaml:4:16: targets.a.baseURL: has neither https nor http as its scheme; write https://HOST or https://HOST:PORT/PATH",
			"x.yaml:4:34: targets.a.methods: holds get; write methods in capitals, such as GET",
			"x.yaml:4:41: targets.a.path: is no key here; did you mean paths?",
		}},
		{"networks", head + "targets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], networks: [10.0.0.1/8, x]}}", []string{
			"x.yaml:3:78: targets.a.networks[0]: is 10.0.0.1/8, an address within a network; write 10.0.0.0/8",
			"x.yaml:3:90: targets.a.networks[1]: is x; write a network such as 10.1.0.0/16, or an address",
		}},
		{"words", head + "targets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], redirects: follow, tls: {minVersion: '1.1'}}}", []string{
			"x.yaml:3:78: targets.a.redirects: is follow; write one of answer, sameTarget",
			`x.yaml:3:104: targets.a.tls.minVersion: is "1.1"; did you mean 1.2?`,
		}},
		{"slot", head + "targets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], slots: [{header: a, query: b, paths: [/**], accepts: ['parameter:P']}]}}\nparameters: {P: v}", []string{
			"x.yaml:3:75: targets.a.slots[0]: names 2 places; write exactly one of header, query, pointer and form",
			"x.yaml:3:120: targets.a.slots[0].accepts: names the parameter P, which is no secret; give it {secret: NAME}",
		}},
		{"oauth2", head + "secrets: {s: {env: A}}\ntargets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], credentials: [{oauth2: {grant: implicit, clientSecret: s, clientauth: body, assertion: {algorithm: none}}}]}}", []string{
			"x.yaml:4:98: targets.a.credentials[0].oauth2.grant: is implicit; write one of clientCredentials, password, refreshToken, jwtBearer",
			"x.yaml:4:122: targets.a.credentials[0].oauth2.clientSecret: must say where the secret is; write {secret: NAME} or {parameter: NAME}; a secret never stands in this file",
			"x.yaml:4:125: targets.a.credentials[0].oauth2.…: is no key here; known here: grant, tokenURL, tokenPath, allowHTTP, networks, tls, clientID, clientSecret, " +
				"clientAuth, scopes, parameters, username, password, refreshToken, assertion, header, prefix",
			"x.yaml:4:154: targets.a.credentials[0].oauth2.assertion: key is missing; add it",
			"x.yaml:4:166: targets.a.credentials[0].oauth2.assertion.algorithm: is none; write one of RS256, ES256, HS256",
		}},
		{"what an oauth2 lacks", head + "secrets: {s: {env: A}}\ntargets:\n  a:\n    baseURL: https://x\n    methods: [GET]\n    paths: [/**]\n    credentials:\n      - oauth2:\n          grant: clientCredentials\n          tokenPath: /a/../b\n          clientSecret: {secret: s}\n          clientID: c\n          username: u\n", []string{
			"x.yaml:10:9: targets.a.credentials[0].oauth2: username and password belong to the grant password",
			"x.yaml:12:11: targets.a.credentials[0].oauth2.tokenPath: \"/a/../b\": the path has a dot segment",
		}},
		{"session", head + "secrets: {s: {env: A}}\ntargets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], credentials: [{session: {password: {secret: s}, login: {path: /in, status: 500}, token: {}}}]}}", []string{
			"x.yaml:4:142: targets.a.credentials[0].session.login.status: is 500; write a whole number from 200 to 399",
		}},
		{"slot without accepts", head + "targets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], slots: [{pointer: /a, paths: [/**], encoding: md5}, {pointer: /a, paths: [/**], generate: {length: 4, classes: [upper, rune]}}]}}", []string{
			"x.yaml:3:75: targets.a.slots[0]: accepts is missing; add it, or generate",
			"x.yaml:3:113: targets.a.slots[0].encoding: is md5; write one of base64, utf16leQuoted, ssha, ssha256, ssha512",
			"x.yaml:3:166: targets.a.slots[1].generate.length: is 4; write a whole number from 12 to 128",
			"x.yaml:3:186: targets.a.slots[1].generate.classes[1]: is rune; write one of upper, lower, digit, sign",
		}},
		{"reveal", head + "reveal: ['parameter:P']", []string{"x.yaml:3:9: reveal: names the parameter P, which is not there"}},
		{"alias", "connector: &a x\nmodule: *a\n", []string{
			"x.yaml:1:12: has an anchor; remove it, or quote text that begins with an ampersand",
			"x.yaml:2:9: is an alias; write the value out, or quote text that begins with an asterisk",
		}},
		{"tag", "connector: !!str x\nmodule: m\n", []string{"x.yaml:1:12: has a tag; remove it, or quote text that begins with an exclamation mark"}},
		{"two documents", head + "---\na: b\n", []string{"x.yaml:3:1: a second document begins here; write one connector per file"}},
		{"no YAML", head + "a: b: c\n", []string{"x.yaml:3:1: is no YAML: mapping values are not allowed in this context; quote text that holds signs of YAML"}},
		{"odd keys", head + "? [a]\n: b\n1: c\n", []string{
			"x.yaml:3:3: a key is a list; keys are text",
			"x.yaml:5:1: 1: is no key here; known here: connector, module, recipe, catalog, parameters, secrets, targets, reveal, state, tokens, " +
				"objectType, partition, anchor, attributes, exportPassword, pageSize, limits",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Parse("x.yaml", []byte(tt.text), files)
			mistakes(t, err, tt.want...)
		})
	}
}

// TestNoSecretInMessages writes a secret where a hasty writer puts it; no message
// may show it.
func TestNoSecretInMessages(t *testing.T) {
	t.Parallel()
	target := "targets: {a: {baseURL: 'https://x', methods: [GET], paths: [/**], credentials: [%s]}}"
	for _, text := range []string{
		"secrets: {a: %s}", "secrets: {a: {%s}}", "secrets: {a: {value: %s}}", "secrets: {a: {env: %s}}", "secrets: {a: [%s]}",
		"secrets: {a: {env: A, file: B, %s: C}}", "parameters: {a: {secret: %s}}", "parameters: {a: {%s: b}}",
		"parameters: {a: *%s}", "parameters: {a: !%s x}", "parameters: {a: &%s x}", "parameters: {a: {value: %s}}",
		strings.Replace(target, "%s", "{basic: {username: u, password: %s}}", 1),
		strings.Replace(target, "%s", "{basic: {username: u, password: {%s}}}", 1),
		strings.Replace(target, "%s", "{bearer: %s}", 1),
		strings.Replace(target, "%s", "{bearer: {secret: %s}}", 1),
		strings.Replace(target, "%s", "{apiKey: {header: X, value: %s}}", 1),
		strings.Replace(target, "%s", "{oauth2: {grant: password, clientSecret: %s}}", 1),
		strings.Replace(target, "%s", "{oauth2: {grant: password, password: {secret: %s}}}", 1),
		strings.Replace(target, "%s", "{oauth2: {grant: refreshToken, %s: x}}", 1),
		strings.Replace(target, "%s", "{oauth2: {assertion: {algorithm: RS256, key: %s}}}", 1),
		strings.Replace(target, "%s", "{session: {password: %s}}", 1),
		strings.Replace(target, "%s", "{session: {password: {secret: a}, login: {path: /, form: {p: [%s]}}}}", 1),
		strings.Replace(target, "%s", "{awsSigV4: {accessKey: A, secretKey: %s}}", 1),
		"targets: {a: {baseURL: 'https://admin:%s@x', methods: [GET], paths: [/**]}}",
		"targets: {a: {baseURL: 'https://admin:%s@%%x', methods: [GET], paths: [/**]}}",
	} {
		_, err := config.Parse("x.yaml", []byte(head+strings.ReplaceAll(strings.ReplaceAll(text, "%s", canary), "%%", "%")), files)
		if err == nil {
			t.Errorf("%s: no mistake was found", text)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the message shows the secret: %v", text, err)
		}
	}
}

// TestWhatHostfuncsRefuses: the mistakes of another package have places too.
func TestWhatHostfuncsRefuses(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("x.yaml", []byte(head+"targets:\n  a:\n    baseURL: http://x.example\n    methods: [GET]\n    paths: [/a, b]\n"+
		"    headers: {request: [Host]}\n    tls: {ca: a.yaml}\n"), func(string) ([]byte, error) { return []byte("none"), nil })
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{"5:5: targets.a.baseURL: ", "7:17: targets.a.paths[1]: ", "8:25: targets.a.headers.request[0]: ", "9:5: targets.a.tls: "} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], "x.yaml:"+want) {
			t.Errorf("have\n%v\nwant line %d to begin with %s", err, i, want)
		}
	}
	if strings.Contains(err.Error(), "AllowHTTP") {
		t.Errorf("the message speaks Go: %v", err)
	}
}

func TestManyMistakes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(head)
	for range 150 {
		b.WriteString("x: y\n")
	}
	_, err := config.Parse("x.yaml", []byte(b.String()), files)
	lines := strings.Split(err.Error(), "\n")
	if have, want := len(lines), 101; have != want || lines[100] != "x.yaml: and 50 mistakes more" {
		t.Errorf("have %d lines, the last %q", have, lines[len(lines)-1])
	}
}

func TestDeepAndWide(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"deep": head + "x: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"wide": head + "x: [" + strings.Repeat("a,", 60_000) + "]",
		"bomb": "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n",
	} {
		if _, err := config.Parse("x.yaml", []byte(text), files); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(head))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? {a: b}\n: !!binary x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("x.yaml", data, files)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v and error %v", c, err)
		}
		if err == nil && (c.Connector == "" || (c.Module == "") == (c.Catalog.Name == "")) {
			t.Fatalf("taken without saying what runs: %+v", c)
		}
	})
}
