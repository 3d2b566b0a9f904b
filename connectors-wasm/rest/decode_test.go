package rest_test

import (
	"context"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

// A null in a list is no value, neither for an attribute that takes the list as it is
// nor for one that converts it.
func TestNullsInLists(t *testing.T) {
	t.Parallel()
	c, _ := connect(parse(t, `{"import":{"request":"/users","rows":"."},"attributes":{"id":{"access":"read"},"one":{},"many":{"multi":true},
		"low":{"convert":["lower","trim"]},"lows":{"multi":true,"read":"many","access":"read","convert":["lower"]}}}`),
		&target{answer: func(*abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`[{"id":["1",null],"one":[null,"é\n",null],"many":["A",null,"\u00e9","B"],"low":[null," X "]},{"id":2,"one":[null],"many":[],"low":null}]`)
		}})
	have, _, err := imported(t, c, abi.Full, "")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, have, []string{"1 one=é\n many=A,é,B low=x lows=a,é,b", "2"})
}

// A host that hands over rows with another number of fields is not believed.
func TestRowsOfAnotherWidth(t *testing.T) {
	t.Parallel()
	for rows, right := range map[string]bool{`[]`: false, `["1"]`: false, `["1","x"]`: true, `["1","x","y"]`: false} {
		host := &guesttest.Host{Target: func(context.Context, abi.HTTPRequest) abi.HTTPAnswer {
			return abi.HTTPAnswer{Status: 200, Wanted: `{"rows":[` + rows + `]}`, Tries: 1}
		}}
		r := parse(t, `{"import":{"request":"/users","rows":"."}}`)
		c := guesttest.Connector(func(h abi.Host) guest.Connector { return rest.Follow(h, r, nil) }, host)
		have, _, err := imported(t, c, abi.Full, "")
		if right {
			wantLines(t, have, []string{"1 name=x"})
			continue
		}
		wantError(t, err, abi.UnexpectedData, "another number of fields")
	}
}
