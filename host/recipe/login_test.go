package recipe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/host/recipe"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// withLogin is a recipe whose target takes a login.
func withLogin(login string) string {
	return "recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}}\nparameters: {token: {type: secret}}\nimport: {request: {path: /users, timeout: TIMEOUT, headers: {X-Auth: \"Token {param.token}\"}}, rows: ., total: {header: X-All}}\ntargets:\n  app:\n    login:\n" + login
}

// TestLoginMistakes: what a recipe says of a login is judged like a configuration.
func TestLoginMistakes(t *testing.T) {
	t.Parallel()
	for login, want := range map[string]string{
		"      - apiKey: {hedaer: X-Key}\n":                                                   "x.yaml:10:9: targets.app.login[0].apiKey.…: is no key here; known here: header, ",
		"      - bearer\n      - apiKey: {prefix: \"x \"}\n":                                  "x.yaml:11:9: targets.app.login[1]",
		"      - apiKey: {header: X, value: {secret: x}}\n":                                   "x.yaml:10:29: targets.app.login[0].apiKey.value: is who logs in, which no recipe says; remove it: the configuration has it",
		"      - session: {username: me, login: {path: /l}}\n":                                "x.yaml:10:19: targets.app.login[0].session.username: is who logs in",
		"      - session: {login: {path: /l, json: '{}'}, token: {pointer: /t}, header: X}\n": "targets.app.login[0]",
		"      - oauth2: {grant: jwtBearer, tokenPath: /t, assertion: {key: {secret: x}}}\n":  "targets.app.login[0].oauth2.assertion.key: is who logs in, which no recipe says",
		"      - oauth2: {grant: none, tokenPath: /t}\n":                                      "x.yaml:10:18: targets.app.login[0].oauth2.grant: is none; write one of clientCredentials, ",
		"      - session:\n          login: {paht: /l}\n":                                     "x.yaml:11:11: targets.app.login[0].session.login: path is missing; add it",
	} {
		_, err := recipe.Parse("x.yaml", []byte(strings.Replace(withLogin(login), "TIMEOUT", "10s", 1)))
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: have %v, want %s", login, err, want)
		}
	}
}

// TestConfiguration drafts what a recipe knows of logins, headers and times.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	const session = "      - session:\n          login: {path: /l, status: 201, headers: {X-A: \"200\"}, json: '{\"u\": \"${username}\", \"p\": \"${password}\"}'}\n          token: {body: true}\n          header: X-Session\n"
	for timeout, test := range map[string]struct {
		login  string
		has    []string
		hasNot []string
	}{
		"30s":   {session, nil, []string{"timeout:", "limits:"}},
		"31s":   {session, []string{"\n    timeout: 31s "}, []string{"limits:"}},
		"59s":   {session, []string{"\n    timeout: 59s "}, []string{"limits:"}},
		"1m":    {session, []string{"\n    timeout: 1m0s ", "\nlimits: {callTimeout: 2m0s}"}, nil},
		"1m30s": {"      - bearer\n" + session, []string{"\n    timeout: 1m30s ", "\n      - {bearer: {secret: app-login}}\n      # or:\n      # - session:\n      #     username: USER\n      #     password: {secret: app-login}\n"}, nil},
	} {
		f, err := recipe.Parse("x.yaml", []byte(strings.Replace(withLogin(test.login), "TIMEOUT", timeout, 1)))
		if err != nil {
			t.Fatal(err)
		}
		text := f.Configuration("x.yaml")
		c, err := config.Parse("draft.yaml", []byte(text), nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		for _, want := range test.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: want %q in\n%s", timeout, want, text)
			}
		}
		for _, not := range test.hasNot {
			if strings.Contains(text, not) {
				t.Errorf("%s: want no %q in\n%s", timeout, not, text)
			}
		}
		if have := c.Targets[0].ResponseHeaders; len(have) != len(hostfuncs.DefaultResponseHeaders())+1 || have[len(have)-1] != "X-All" {
			t.Errorf("grants the headers %q", have)
		}
		if slots := c.Targets[0].Slots; len(slots) != 1 || slots[0].Header != "X-Auth" || slots[0].Prefix != "Token " {
			t.Errorf("grants the slots %+v", slots)
		}
		if s := c.Targets[0].Credentials[0].Session; test.login == session && (s == nil || s.Username != "USER" || s.Password != "app-login" || s.Login.Status != 201 ||
			s.Login.Headers[0].Value != "200" || !s.Token.Body || !strings.Contains(s.Login.JSON, "${password}")) {
			t.Errorf("logs in by %+v", s)
		}
	}
}

// TestConfigurationOfKinds drafts credentials of every kind, with what is usual where
// the recipe says no more, and what it drafts is a configuration.
func TestConfigurationOfKinds(t *testing.T) {
	t.Parallel()
	const usual = "    # what stands here is usual; yours may differ"
	for login, want := range map[string][]string{
		"basic":    {"- {basic: {username: USER, password: {secret: app-login}}}"},
		"bearer":   {"- {bearer: {secret: app-login}}"},
		"apiKey":   {"- apiKey:" + usual, "    value: {secret: app-login}", "    header: X-API-Key"},
		"awsSigV4": {"- awsSigV4:" + usual, "    accessKey: KEY", "    secretKey: {secret: app-login}", "    region: us-east-1", "    service: execute-api"},
		"oauth2": {"- oauth2:" + usual, "    clientID: CLIENT", "    clientSecret: {secret: app-login}", "    grant: clientCredentials",
			"    tokenURL: https://login.example/oauth/token"},
		"oauth2: {grant: clientCredentials, tokenPath: /t, clientAuth: assertion}": {"- oauth2:", "    clientID: CLIENT", "    assertion:", "      algorithm: RS256", "      key: {secret: app-login}",
			"    grant: clientCredentials", "    tokenPath: /t", "    clientAuth: assertion"},
		"oauth2: {grant: password, tokenPath: /t}": {"- oauth2:", "    clientID: CLIENT", "    username: USER", "    password: {secret: app-login}", "    clientSecret: {secret: app-login-client}",
			"    grant: password", "    tokenPath: /t"},
		"oauth2: {grant: refreshToken, tokenPath: /t}": {"- oauth2:", "    clientID: CLIENT", "    refreshToken: {secret: app-login}", "    clientSecret: {secret: app-login-client}",
			"    grant: refreshToken", "    tokenPath: /t"},
		"oauth2: {grant: jwtBearer, tokenPath: /t, assertion: {algorithm: ES256}}": {"- oauth2:", "    clientID: CLIENT", "    grant: jwtBearer", "    tokenPath: /t", "    assertion:",
			"      algorithm: ES256", "      key: {secret: app-login}"},
		// Nothing is known of a session that the recipe does not describe.
		"session": {"# - session: see docs/configuration.md", "- {bearer: {secret: app-login}}"},
	} {
		f, err := recipe.Parse("x.yaml", []byte(strings.Replace(withLogin("      - "+login+"\n"), "TIMEOUT", "10s", 1)))
		if err != nil {
			t.Fatal(err)
		}
		text := f.Configuration("x.yaml")
		if _, err := config.Parse("draft.yaml", []byte(text), nil); err != nil {
			t.Errorf("%s: %v in\n%s", login, err, text)
		}
		if block := "\n    credentials:\n      " + strings.Join(want, "\n      ") + "\n    methods:"; !strings.Contains(text, block) {
			t.Errorf("%s: want %s\nin\n%s", login, block, text)
		}
		client := "\nsecrets:\n  app-login: {env: APP_SECRET}\n  app-login-client: {env: APP_CLIENT_SECRET}\n"
		if needs := strings.Contains(strings.Join(want, ""), "app-login-client"); strings.Contains(text, client) != needs {
			t.Errorf("%s: the client's secret stands there or not, unlike %v:\n%s", login, needs, text)
		}
	}
}

// TestFollowedPaths: a draft grants no more than the recipe asks for, and says what links
// to further pages may need besides, where that is not granted already.
func TestFollowedPaths(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"request: /users, rows: ., paging: {link: true}":                                                                           "    # if the links to further pages lead below GET /users, add \"GET /users/*\"\n",
		"request: /users/, rows: ., paging: {next: n}":                                                                             "    # if the links to further pages lead below GET /users/, add \"GET /users/*\"\n",
		"request: /users, rows: ., paging: {cursor: c, from: n}":                                                                   "",
		"request: /users, rows: ., paging: {link: true}, detail: {request: '/users/{row.id}'}":                                     "",
		"request: /users, rows: ., paging: {link: true}, detail: {request: {method: POST, safety: safe, path: '/users/{row.id}'}}": "    # if the links to further pages lead below GET /users, add \"GET /users/*\"\n",
	} {
		f, err := recipe.Parse("x.yaml", []byte("recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}, n: {access: read, read: detail.n}}\nimport: {"+list+"}\n"))
		if !strings.Contains(list, "detail") {
			f, err = recipe.Parse("x.yaml", []byte("recipe: 1\nname: app\nanchor: id\nattributes: {id: {access: read}}\nimport: {"+list+"}\n"))
		}
		if err != nil {
			t.Fatal(err)
		}
		text := f.Configuration("x.yaml")
		_, comment, _ := strings.Cut(text, "    paths: [")
		_, comment, _ = strings.Cut(comment, "\n")
		if want == "" && strings.Contains(text, "further pages") || !strings.HasPrefix(comment, want) {
			t.Errorf("%s: want %q in\n%s", list, want, text)
		}
	}
}
