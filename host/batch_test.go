package host

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// TestBatchCountsBytes: a batch holds as many entries as a message has room for,
// and at least one.
func TestBatchCountsBytes(t *testing.T) {
	t.Parallel()
	schema := abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "name", Anchor: true}, {Name: "mail"}, {Name: "pin", Sensitive: true, Operation: abi.ExportOnly, MultiValued: true},
	}}}}
	run := func(attribute string, values ...string) *exportRun {
		e := &exportRun{c: &Connector{}, settled: &settled{agreement: &contract.Agreement{ExportBatchSize: 1_000, ExportSchema: schema, Anchor: "name"}}}
		for n := range 4 {
			change := abi.AttributeChange{Name: attribute, Modification: abi.AttributeAdd}
			for _, v := range values {
				change.Values = append(change.Values, abi.StringValue(v))
			}
			name := abi.AttributeChange{Name: "name", Modification: abi.AttributeAdd, Values: []abi.Value{abi.StringValue(fmt.Sprint(n))}}
			e.items = append(e.items, &item{entry: abi.CSEntryChange{Modification: abi.ObjectAdd, Attributes: []abi.AttributeChange{name, change}}})
		}
		return e
	}
	room := abi.MaxMessageBytes - batchRoom
	around := run("mail", "").bytes(run("mail", "").items[0], false)
	tests := []struct {
		name string
		run  *exportRun
		want int
	}{
		{"small ones", run("mail", "x"), 4},
		{"two fill it", run("mail", strings.Repeat("x", room/2-around)), 2},
		{"two are too much", run("mail", strings.Repeat("x", room/2-around+1)), 1},
		{"one is too much", run("mail", strings.Repeat("x", room)), 1},
		{"escaped text is longer", run("mail", strings.Repeat("\n", room/4-around)), 2},
		{"placeholders are longer than what they stand for", run("pin", strings.Split(strings.Repeat("1", room/placeholderRoom/2), "")...), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if n := tt.run.batch(tt.run.items, false); n != tt.want {
				t.Errorf("%d entries go together, want %d", n, tt.want)
			}
		})
	}
}

// TestNotEntered: only a message that the caller may not send never reached the
// connector.
func TestNotEntered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code abi.Code
		side abi.Side
		want bool
	}{
		{abi.ContractViolation, abi.SideCaller, true}, {abi.ContractViolation, abi.SideGuest, false},
		{abi.LimitExceeded, abi.SideCaller, true}, {abi.LimitExceeded, abi.SideGuest, false}, {abi.LimitExceeded, abi.SideHost, false},
		{abi.InvalidMessage, abi.SideCaller, true}, {abi.InvalidMessage, abi.SideGuest, false},
		{abi.Closed, abi.SideGuest, true}, {abi.Trap, abi.SideGuest, false}, {abi.ServerDown, abi.SideCaller, false},
	} {
		if have := notEntered(&abi.Error{Code: tt.code, Side: tt.side}); have != tt.want {
			t.Errorf("%s of %s: %t", tt.code, tt.side, have)
		}
	}
	if notEntered(errors.New("x")) {
		t.Error("an error of no kind")
	}
}
