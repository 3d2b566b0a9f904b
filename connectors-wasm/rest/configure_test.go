package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

const configured = `{"recipe":1,"name":"app","anchor":"id","object":"person",
	"parameters":{"domain":{"about":"which","default":"main","pattern":"^[a-z]+$"},"key":{"type":"secret","required":true},
		"kind":{"type":"choice","choices":["a","b"],"default":"a"},"all":{"type":"flag","default":"true"}},
	"attributes":{"id":{"access":"read","type":"integer"},"name":{"required":true},"roles":{"multi":true},"hash":{"access":"write","sensitive":true},"login":{"access":"create"}},
	"test":{"request":{"path":"/me","query":{"domain":"{param.domain}","all":"{param.all}"}}},
	"import":{"request":"/users","rows":"."}}`

func configuredBy(app *target) abi.Connector {
	return guesttest.Connector(func(h abi.Host) guest.Connector { return rest.New(h) }, &guesttest.Host{Target: app.serve})
}

func parameters(pairs ...string) (all abi.ConfigParameters) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, abi.ConfigParameter{Name: pairs[i], Value: pairs[i+1]})
	}
	return all
}

func TestParameters(t *testing.T) {
	t.Parallel()
	c := configuredBy(&target{})
	names := func(page abi.ConfigParameterPage, given abi.ConfigParameters) string {
		all, err := c.GetConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: page, PageNumber: 1, Parameters: given})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, d := range all {
			text += fmt.Sprintf("%s %v %q %v %s;", d.Name, d.Type, d.DefaultValue, d.Choices, d.Validation)
		}
		return text
	}
	if have := names(abi.PageConnectivity, nil); have != `recipe File "" [] ;` {
		t.Errorf("have %s", have)
	}
	want := `recipe File "" [] ;domain String "main" [] ^[a-z]+$;key EncryptedString "" [] ;kind DropDown "a" [a b] ;all CheckBox "1" [] ;`
	if have := names(abi.PageConnectivity, parameters("recipe", configured)); have != want {
		t.Errorf("have %s", have)
	}
	if have := names(abi.PageGlobal, parameters("recipe", configured)); have != "" {
		t.Errorf("have %s", have)
	}
}

func TestValidation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		parameters abi.ConfigParameters
		answer     abi.HTTPAnswer
		parameter  string
		word       string
		code       abi.Code
	}{
		"right":            {parameters("recipe", configured, "key", "k"), ok(`{}`), "", "", 0},
		"no JSON is fine":  {parameters("recipe", configured, "key", "k"), ok(`pong`), "", "", 0},
		"a page to log in": {parameters("recipe", configured, "key", "k"), ok(`<html>`), "", "HTML", abi.UnexpectedData},
		"no recipe":        {nil, ok(``), "recipe", "no recipe", 0},
		"a broken one":     {parameters("recipe", `{"recipe":1}`), ok(``), "recipe", "anchor", 0},
		"no key":           {parameters("recipe", configured), ok(``), "key", "required", 0},
		"a wrong password": {parameters("recipe", configured, "key", "k"), status(401, "who?"), "", "who?", 0},
		"no right":         {parameters("recipe", configured, "key", "k"), status(403, ""), "", "403", 0},
		"another mistake":  {parameters("recipe", configured, "key", "k"), status(404, ""), "", "404", abi.ObjectNotFound},
		"no target":        {parameters("recipe", configured, "key", "k"), abi.HTTPAnswer{Error: abi.NewError(abi.NotSent, "refused")}, "", "refused", abi.FailedConnection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return test.answer }}
			have, err := configuredBy(app).ValidateConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: abi.PageConnectivity, PageNumber: 1, Parameters: test.parameters})
			text := have.ErrorMessage
			if err != nil {
				text = err.Error()
			}
			failed := test.word != "" && test.code == 0
			if abi.CodeOf(err) != test.code || (have.Code == abi.ValidationFailure) != failed || have.ErrorParameter != test.parameter || !strings.Contains(text, test.word) {
				t.Errorf("have %+v and %v", have, err)
			}
			if len(app.asked) > 0 && app.asked[0] != "GET /me?domain=main&all=true" {
				t.Errorf("asked %q", app.asked)
			}
		})
	}
}

// Without a test the first page of the import is one.
func TestValidationByTheImport(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]abi.Code{`[{"id":1}]`: 0, `[]`: 0, `{"error":1}`: abi.UnexpectedData} {
		app := &target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer { return ok(answer) }}
		c, _ := connect(parse(t, `{"import":{"request":"/users","rows":".","paging":{"pages":"p","size":"n","by":100}}}`), app)
		_, err := c.ValidateConfigParameters(t.Context(), abi.ConfigParametersRunStep{Page: abi.PageConnectivity, PageNumber: 1})
		if abi.CodeOf(err) != want || app.asked[0] != "GET /users?p=1&n=1" {
			t.Errorf("%s: have %v after %q, want %v", answer, err, app.asked, want)
		}
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	s, err := configuredBy(&target{}).GetSchema(t.Context(), parameters("recipe", configured))
	if err != nil {
		t.Fatal(err)
	}
	text := s.Types[0].Name + ":"
	for _, a := range s.Types[0].Attributes {
		text += fmt.Sprintf(" %s %v %v", a.Name, a.Type, a.Operation)
		for word, is := range map[string]bool{" anchor": a.Anchor, " multi": a.MultiValued, " sensitive": a.Sensitive} {
			if is {
				text += word
			}
		}
	}
	if want := "person: id Integer ImportOnly anchor name String ImportExport roles String ImportExport multi hash String ExportOnly sensitive login String ImportExport"; text != want {
		t.Errorf("have %s, want %s", text, want)
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	const step = `[{"request":{"method":"POST","path":"/x","json":{"p":"{key}"}},"capture":{"id":"id"}}]`
	const password = `[{"request":{"method":"POST","path":"/x","json":{"p":"{password}"}}}]`
	for name, test := range map[string]struct {
		keys string
		want abi.Capabilities
	}{
		"import":          {`"import":{"request":"/users","rows":"."}`, abi.Capabilities{SupportImport: true, ExportType: abi.ExportAttributeReplace}},
		"create":          {`"create":` + step, abi.Capabilities{SupportExport: true, ExportType: abi.ExportAttributeReplace}},
		"whole objects":   {`"export":"objectReplace","update":` + step, abi.Capabilities{SupportExport: true, ExportType: abi.ExportObjectReplace}},
		"passwords alone": {`"setPassword":` + password, abi.Capabilities{SupportPassword: true, ExportType: abi.ExportAttributeReplace}},
		"reading": {`"import":{"request":"/users","rows":"."},"read":{"request":"/users/{anchor}"},"delta":{"lists":{"request":{"path":"/u","query":{"s":"{delta.since}"}},"rows":"."},"mark":{"date":true}}`,
			abi.Capabilities{SupportImport: true, DeltaImport: true, SupportFullObject: true, ExportType: abi.ExportAttributeReplace}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.ConcurrentOperation, test.want.ConnectionSecurityLevel = true, abi.Secure
			c, _ := connect(parse(t, `{`+test.keys+`}`), &target{})
			have, err := c.GetCapabilities(t.Context(), nil)
			if err != nil || fmt.Sprint(have) != fmt.Sprint(test.want) {
				t.Errorf("have %+v and %v, want %+v", have, err, test.want)
			}
		})
	}
}
