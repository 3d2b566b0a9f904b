package hostfuncs_test

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// TestGuessesAreNotTold puts a guess into every part of a request that an error quotes. What
// is told of the right one must be what is told of any other: no request is sent, and a
// million guesses a second would find what is short.
func TestGuessesAreNotTold(t *testing.T) {
	t.Parallel()
	const right, wrong = "481516", "162342"
	target := slotted("http://127.0.0.1:1")
	target.Paths = []string{"/users/**"}
	l := lease(t, target, nil)
	placeholder := seal(t, l, "parameter:Password", right)
	seal(t, l, "export_password", right)
	headers := func(name, value string) []abi.Field { return []abi.Field{{Name: name, Value: value}} }
	for name, request := range map[string]func(guess string) abi.HTTPRequest{
		"target":       func(g string) abi.HTTPRequest { return abi.HTTPRequest{Target: g} },
		"method":       func(g string) abi.HTTPRequest { return abi.HTTPRequest{Method: g} },
		"origin":       func(g string) abi.HTTPRequest { return abi.HTTPRequest{Origin: "https://" + g + ".example"} },
		"path":         func(g string) abi.HTTPRequest { return abi.HTTPRequest{Path: "/" + g} },
		"broken path":  func(g string) abi.HTTPRequest { return abi.HTTPRequest{Path: "/users//" + g} },
		"header":       func(g string) abi.HTTPRequest { return abi.HTTPRequest{Headers: headers("X-"+g, "1")} },
		"no header":    func(g string) abi.HTTPRequest { return abi.HTTPRequest{Headers: headers(" "+g, "1")} },
		"slot's query": func(g string) abi.HTTPRequest { return abi.HTTPRequest{Query: headers(g, placeholder)} },
		"slot's form key": func(g string) abi.HTTPRequest {
			return abi.HTTPRequest{Headers: headers("Content-Type", "application/x-www-form-urlencoded"), Body: g + "=" + placeholder}
		},
		"content type": func(g string) abi.HTTPRequest {
			return abi.HTTPRequest{Headers: headers("Content-Type", "text/"+g), Body: placeholder}
		},
		"wanted": func(g string) abi.HTTPRequest { return abi.HTTPRequest{Want: &abi.Want{Rows: []string{g + "."}}} },
	} {
		t.Run(name, func(t *testing.T) {
			told := func(guess string) string {
				asked := request(guess)
				if asked.Method == "" {
					asked.Method = "POST"
				}
				if asked.Path == "" {
					asked.Path = "/users/1"
				}
				a := ask(t, l, asked)
				if wantError(t, a, abi.Denied, a.Error.Rule); !strings.Contains(a.Error.Message, guess) {
					t.Errorf("have %q, the words of the request are not in it", a.Error.Message)
				}
				return a.Error.Message
			}
			if have, want := told(right), strings.ReplaceAll(told(wrong), wrong, right); have != want {
				t.Errorf("have %q; want %q, as of any other guess", have, want)
			}
		})
	}
}

// TestFilledTypeIsNotQuoted fills a secret into the header whose value an error quotes. It
// is too short to be looked for.
func TestFilledTypeIsNotQuoted(t *testing.T) {
	t.Parallel()
	const secret = "pw/1"
	target := slotted("http://127.0.0.1:1")
	target.Slots = append(target.Slots, hostfuncs.Slot{Header: "Content-Type", Paths: []string{"/**"}, Accepts: []string{"parameter:Password"}})
	l := lease(t, target, nil)
	placeholder := seal(t, l, "parameter:Password", secret)
	a := ask(t, l, abi.HTTPRequest{Method: "POST", Headers: []abi.Field{{Name: "Content-Type", Value: placeholder}}, Body: placeholder})
	if wantError(t, a, abi.Denied, hostfuncs.RuleSecretSlot); strings.Contains(a.Error.Message, secret) {
		t.Errorf("have %q", a.Error.Message)
	}
}

// TestDenialsAreLoggedRedacted: what the connector must not hear the log must not hold.
func TestDenialsAreLoggedRedacted(t *testing.T) {
	t.Parallel()
	l, log := logged(t, newClock())
	seal(t, l, "parameter:Password", "sealed-parameter")
	ask(t, l, abi.HTTPRequest{Target: "of sealed-parameter", Method: "sealed-parameter"})
	l.Close(background, false)
	all := lines(t, log)
	if len(all) != 1 || all[0]["target"] != "of «redacted»" || all[0]["method"] != "«redacted»" {
		t.Errorf("have %v", all)
	}
}
