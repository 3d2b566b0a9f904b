package contract_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

var update = flag.Bool("update", false, "write docs/contract.md anew")

// asserted holds the rules that a test asserted: every rule of the table must be
// in it when all tests ran.
var asserted sync.Map

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	all := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == ""
	if code == 0 && all && flag.Lookup("test.list").Value.String() == "" {
		for _, r := range contract.Rules() {
			if _, ok := asserted.Load(r.Code); !ok {
				fmt.Printf("rule %s has no test that asserts it\n", r.Code)
				code = 1
			}
		}
	}
	os.Exit(code)
}

func ruleOf(t *testing.T, code string) contract.Rule {
	t.Helper()
	for _, r := range contract.Rules() {
		if r.Code == code {
			asserted.Store(code, true)
			return r
		}
	}
	t.Fatalf("there is no rule %s", code)
	return contract.Rule{}
}

// violations returns the errors with a rule in err, however joined.
func violations(err error) []*abi.Error {
	switch e := err.(type) {
	case nil:
		return nil
	case *abi.Error:
		if e.Rule != "" {
			return []*abi.Error{e}
		}
	case interface{ Unwrap() []error }:
		var all []*abi.Error
		for _, part := range e.Unwrap() {
			all = append(all, violations(part)...)
		}
		return all
	}
	return violations(errors.Unwrap(err))
}

// wantRule asserts that err is this one violation, of the side and code that the
// table says.
func wantRule(t *testing.T, err error, code string) *abi.Error {
	t.Helper()
	return wantRuleOf(t, err, code, ruleOf(t, code).Side)
}

func wantRuleOf(t *testing.T, err error, code string, side abi.Side) *abi.Error {
	t.Helper()
	r := ruleOf(t, code)
	if r.Effect != contract.Refuse {
		t.Fatalf("rule %s does not refuse", code)
	}
	broken := violations(err)
	if len(broken) != 1 || broken[0].Rule != code {
		t.Fatalf("have error %v, want the one violation %s", err, code)
	}
	e := broken[0]
	if e.Code != r.Error || e.Side != side || e.Message == "" {
		t.Fatalf("%s has code %s, side %s, message %q; want %s, %s and a message", code, e.Code, e.Side, e.Message, r.Error, side)
	}
	return e
}

// wantFinding asserts that the rule was seen so often.
func wantFinding(t *testing.T, findings []contract.Finding, code string, count int64) {
	t.Helper()
	r := ruleOf(t, code)
	if r.Effect == contract.Refuse || r.Error != 0 {
		t.Fatalf("rule %s refuses", code)
	}
	for _, f := range findings {
		if f.Rule == code {
			if f.Count != count || f.Effect != r.Effect || f.Message == "" {
				t.Fatalf("have finding %v with count %d, want count %d, effect %s and a message", f, f.Count, count, r.Effect)
			}
			return
		}
	}
	t.Fatalf("have findings %v, want %s", findings, code)
}

func wantNoFinding(t *testing.T, findings []contract.Finding, code string) {
	t.Helper()
	for _, f := range findings {
		if f.Rule == code {
			t.Fatalf("have finding %v, want none of this rule", f)
		}
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}
