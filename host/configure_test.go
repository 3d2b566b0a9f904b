package host_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
)

// openWithout opens d under a configuration that maps no password.
func openWithout(t *testing.T, d *directory) *host.Connector {
	t.Helper()
	c, err := config.Parse("x.yaml", []byte("connector: x\nmodule: m\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := host.OpenNative(c, host.Options{}, nil, d)
	if err != nil {
		t.Fatal(err)
	}
	return connector
}

var definitions = map[abi.ConfigParameterPage][]abi.ConfigParameterDefinition{
	abi.PageConnectivity: {
		{Name: "URL", Validation: "^https?://"}, {Type: abi.ParameterLabel, Text: "Account"},
		{Name: "Password", Type: abi.ParameterEncryptedString},
		{Name: "Kind", Type: abi.ParameterDropDown, Choices: []string{"a", "b"}, DefaultValue: "a"},
	},
	abi.PageSchema:  {{Name: "Groups", Type: abi.ParameterCheckBox}},
	abi.PageRunStep: {{Name: "Since", DefaultValue: "2020"}},
}

const parameters = `
secrets: {s: {env: S}}
parameters: {URL: "http://x", Password: {secret: s}}
`

func TestDefaultsAreFilledIn(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.definitions = definitions
	if _, err := openWith(t, d, host.Options{}, parameters).Agreement(t.Context()); err != nil {
		t.Fatal(err)
	}
	have := fmt.Sprint(d.parameters)
	if want := "[{URL http://x false} {Password " + canary + " true} {Kind a false} {Groups 0 false} {Since 2020 false}]"; have != want {
		t.Errorf("\nhave %s\nwant %s", have, want)
	}
}

func TestParameterMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"a secret in the file": {`parameters: {URL: "http://x", Password: ` + canary + `}`, []string{
			"x.yaml:4:31: parameters.Password: is a secret to the connector and stands in the file; write {secret: NAME} and declare the secret under secrets"}},
		"values": {`parameters: {URL: "x", Kind: c, Groups: "true"}`, []string{
			`x.yaml:4:14: parameters.URL: does not match what the connector asks for; it must match "^https?://"`,
			`x.yaml:4:24: parameters.Kind: is none of the choices; write one of "a", "b"`,
			`x.yaml:4:33: parameters.Groups: is a check box; write "1" for ticked or "0"`}},
		"an unknown one": {`parameters: {Url: "http://x", Nonsense: y}`, []string{
			`x.yaml:4:14: parameters.Url: is no parameter of the connector; did you mean URL?`,
			`x.yaml:4:31: parameters.Nonsense: is no parameter of the connector; it has "URL", "Password", "Kind", "Groups", "Since"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			d.definitions = definitions
			_, err := openWith(t, d, host.Options{}, tt.text).Agreement(t.Context())
			if err == nil || err.Error() != strings.Join(tt.want, "\n") {
				t.Errorf("have\n%v\nwant\n%s", err, strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestMistakesOfBothKinds: what is wrong with parameters and with the choice of
// objects is told at once, as far as the pages can be known.
func TestMistakesOfBothKinds(t *testing.T) {
	t.Parallel()
	pages := map[abi.ConfigParameterPage][]abi.ConfigParameterDefinition{
		abi.PageConnectivity: {{Name: "URL"}}, abi.PagePartition: {{Name: "Branch"}}, abi.PageRunStep: {{Name: "Since", Type: abi.ParameterCheckBox}},
	}
	given := "objectType: usr\nattributes: [nam]\nparameters: {Url: u, Branch: b, Since: \"0\"}\n"
	const unknown, objectType = `x.yaml:6:14: parameters.Url: is no parameter of the connector; did you mean URL?`, "ECMA-ONE-OBJECT-TYPE"
	for name, tt := range map[string]struct {
		partitions []abi.Partition
		text       string
		want       []string
		not        string
	}{
		"an object type":                {nil, given, []string{unknown, objectType}, "Branch"},
		"an attribute":                  {nil, strings.Replace(given, "objectType: usr", "", 1), []string{unknown, "ECMA-ATTRIBUTE-NOT-IN-TYPE"}, "Branch"},
		"a value on the last page":      {nil, strings.Replace(given, `Since: "0"`, "Since: x", 1), []string{unknown, objectType, "parameters.Since: is a check box"}, "Branch"},
		"the only partition":            {partitions("east"), given, []string{unknown, objectType}, "Branch"},
		"one of two, by its name":       {partitions("east", "west"), given + "partition: west", []string{unknown, objectType}, "Branch"},
		"one of two, by its identifier": {partitions("east", "west"), given + "partition: " + partitions("east")[0].Identifier, []string{unknown, objectType}, "Branch"},
		"a partition that is not there": {partitions("east", "west"), given + "partition: north", []string{objectType, "ECMA-ONE-PARTITION"}, "is no parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			d.definitions, d.partitions = pages, tt.partitions
			if tt.partitions != nil {
				d.capabilities.SupportPartitions, d.capabilities.DistinguishedNameStyle = true, abi.DNLdap
			}
			_, err := openWith(t, d, host.Options{}, tt.text).Check(t.Context())
			if err == nil {
				t.Fatal("it holds")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("have\n%v\nwithout %q", err, want)
				}
			}
			if strings.Contains(err.Error(), tt.not) {
				t.Errorf("have\n%v\nwith %q", err, tt.not)
			}
		})
	}
}

// partitions are valid ones with these names.
func partitions(names ...string) []abi.Partition {
	var all []abi.Partition
	for i, name := range names {
		all = append(all, abi.Partition{Identifier: fmt.Sprintf("00000000-0000-0000-0000-00000000000%x", 10+i), DN: "ou=" + name, Name: name})
	}
	return all
}

func TestCheck(t *testing.T) {
	t.Parallel()
	d := newDirectory()
	d.definitions = definitions
	var pages []string
	d.validate = func(step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
		pages = append(pages, fmt.Sprintf("%s %d with %d", step.Page, step.PageNumber, len(step.Parameters)))
		return abi.ParameterValidationResult{}, nil
	}
	report, err := openWith(t, d, host.Options{}, parameters).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "Connectivity 1 with 3, Capabilities 1 with 3, Schema 1 with 4, Schema 2 with 4, Global 1 with 4, Partition 1 with 4, RunStep 1 with 5"
	if have := strings.Join(pages, ", "); have != want {
		t.Errorf("validated:\nhave %s\nwant %s", have, want)
	}
	if len(report.Pages) != 3 || report.Agreement.ObjectType != "user" || report.Partitions[0] != abi.DefaultPartition || len(report.Schema.Types) != 1 {
		t.Errorf("%+v", report)
	}
}

func TestCheckTellsWhatTheConnectorSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		words, want string
		refused     bool
		// late is a value of a page behind the one that is judged.
		late string
	}{
		"a mistake":       {"no\nsuch host", `"no\nsuch host"`, false, ""},
		"no error's name": {"BadServerCredentials or so", `"BadServerCredentials or so"`, false, ""},
		"a refused login": {"BadServerCredentials: 401: GET /", `"BadServerCredentials: 401: GET /"; check the user and the secret that the target's credentials name`, true, ""},
		"a name alone":    {"BadServerCredentials", `"BadServerCredentials"; check the user and the secret that the target's credentials name`, true, ""},
		"too few rights":  {"AccessDenied: 403: GET /", `"AccessDenied: 403: GET /"`, true, ""},
		"and a mistake":   {"AccessDenied: 403: GET /", `"AccessDenied: 403: GET /"`, false, "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory()
			d.definitions = definitions
			d.validate = func(abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
				return abi.ParameterValidationResult{Code: abi.ValidationFailure, ErrorMessage: c.words, ErrorParameter: "URL"}, nil
			}
			want, text := "x.yaml:6:14: parameters.URL: the connector says of its Connectivity page: "+c.want, parameters
			if c.late != "" {
				text = strings.Replace(text, "Password: {", "Groups: "+c.late+"x, Password: {", 1)
				want += "\nx.yaml:6:31: parameters.Groups: is a check box; write \"1\" for ticked or \"0\""
			}
			_, err := openWith(t, d, host.Options{}, text).Check(t.Context())
			var refused *host.RefusedError
			var mistakes *config.Error
			if err == nil || err.Error() != want || errors.As(err, &refused) != c.refused || !errors.As(err, &mistakes) {
				t.Errorf("have %v (%T), want %s", err, err, want)
			}
		})
	}
}

// All pages together are kept, so together they may have as much as one.
func TestPagesTogether(t *testing.T) {
	t.Parallel()
	labels := func(n int) []abi.ConfigParameterDefinition {
		list := make([]abi.ConfigParameterDefinition, n)
		for i := range list {
			list[i].Type = abi.ParameterLabel
		}
		return list
	}
	long := func(n int) []abi.ConfigParameterDefinition {
		const choices = 8
		d := abi.ConfigParameterDefinition{Name: "Long", Type: abi.ParameterDropDown, Choices: make([]string, choices)}
		d.Text = strings.Repeat("x", n-len(d.Name)-16*choices)
		return []abi.ConfigParameterDefinition{d}
	}
	for limit, c := range map[string]struct {
		allowed int
		page    func(n int) []abi.ConfigParameterDefinition
	}{"MaxParameters": {abi.MaxParameters, labels}, "MaxMessageBytes": {abi.MaxMessageBytes, long}} {
		for more := range 2 {
			d := newDirectory()
			d.definitions = map[abi.ConfigParameterPage][]abi.ConfigParameterDefinition{
				abi.PageConnectivity: c.page(c.allowed / 2), abi.PageRunStep: c.page(c.allowed/2 + more)}
			_, err := openWithout(t, d).Agreement(t.Context())
			e := abi.AsError(err)
			switch {
			case more == 0 && err != nil:
				t.Errorf("%s, at the limit: %v", limit, err)
			case more == 1 && (e == nil || e.Limit != limit || e.Used != int64(c.allowed+1) || e.Allowed != int64(c.allowed)):
				t.Errorf("%s, one past it: %v", limit, err)
			}
		}
	}
}

// A connector's regular expression is tried unless it is too large.
func TestLargeExpressions(t *testing.T) {
	t.Parallel()
	steps := func(n int) string { // and two more: one that fails, one that matches
		return strings.Repeat("b{1000}", n/1000) + fmt.Sprintf("b{%d}", n%1000)
	}
	for expression, tried := range map[string]bool{
		strings.Repeat("b", 1000): true, strings.Repeat("b", 1001): false,
		steps(9_998): true, steps(9_999): false, strings.Repeat("(b?){1000}", 99): false,
	} {
		d := newDirectory()
		d.definitions = map[abi.ConfigParameterPage][]abi.ConfigParameterDefinition{abi.PageConnectivity: {{Name: "URL", Validation: expression}}}
		_, err := openWith(t, d, host.Options{}, "parameters: {URL: x}").Agreement(t.Context())
		var mistakes *config.Error
		if errors.As(err, &mistakes) != tried {
			t.Errorf("%.20s… of %d bytes: have %v, want it tried: %t", expression, len(expression), err, tried)
		}
	}
}
