package rest_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

// noter counts the requests that were named ahead by the call before.
type noter struct {
	abi.Host
	named []abi.HTTPRequest
	hits  *int
}

func (n *noter) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	for _, r := range requests.Requests {
		for _, named := range n.named {
			if reflect.DeepEqual(r, named) {
				*n.hits++
			}
		}
	}
	n.named = requests.Ahead
	return n.Host.HTTP(ctx, requests)
}

// The next page is named before the rows of this one are taken, where it is known.
func TestAhead(t *testing.T) {
	t.Parallel()
	next := func(r *abi.HTTPRequest, name string) (int, string) {
		offset := number(r, name)
		if offset == 20 {
			return offset, "null"
		}
		return offset, fmt.Sprintf(`"/users?%s=%d"`, name, offset+10)
	}
	for name, test := range map[string]struct {
		paging string
		answer func(r *abi.HTTPRequest) abi.HTTPAnswer
		hits   int
		city   string
	}{
		"pages": {`"paging":{"pages":"page","size":"per","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part((number(r, "page")-1)*10, 10) + `]}`)
		}, 3, "city"},
		"pages at once": {`"paging":{"pages":"page","by":2,"atOnce":5}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part((number(r, "page")-1)*2, 2) + `]}`)
		}, 15, "city"},
		"offset": {`"paging":{"offset":"start","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), 10) + `]}`)
		}, 2, "city"}, // the last page is short, and the empty one begins where it ends
		"offset, fewer come": {`"paging":{"offset":"start","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			return ok(`{"rows":[` + part(number(r, "start"), 7) + `]}`)
		}, 0, "city"},
		"next": {`"paging":{"next":"next"}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			offset, url := next(r, "o")
			return ok(`{"next":` + url + `,"rows":[` + part(offset, 10) + `]}`)
		}, 2, "city"},
		"details come between": {`"detail":{"request":{"path":"/users/{row.id}"}},"paging":{"pages":"page","by":10}`, func(r *abi.HTTPRequest) abi.HTTPAnswer {
			if r.Path != "/users" {
				return ok(`{"city":null}`)
			}
			return ok(`{"rows":[` + part((number(r, "page")-1)*10, 10) + `]}`)
		}, 0, "detail.city"},
		"not safe": {`"paging":{"pages":"page","by":10}`, nil, 0, "city"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := `"/users"`
			if test.answer == nil {
				request = `{"method":"POST","path":"/users"}`
				test.answer = func(r *abi.HTTPRequest) abi.HTTPAnswer {
					return ok(`{"rows":[` + part((number(r, "page")-1)*10, 10) + `]}`)
				}
			}
			app := &target{answer: test.answer}
			r := parse(t, `{"attributes":{"id":{"access":"read"},"name":{},"city":{"read":"`+test.city+`"}},"import":{"request":`+request+`,"rows":"rows",`+test.paging+`}}`)
			hits := 0
			c := guesttest.Connector(func(h abi.Host) guest.Connector { return rest.Follow(&noter{Host: h, hits: &hits}, r, nil) }, &guesttest.Host{Target: app.serve})
			have, _, err := imported(t, c, abi.Full, "")
			if err != nil || len(have) != 25 {
				t.Fatalf("have %d users and error %v", len(have), err)
			}
			if hits != test.hits {
				t.Errorf("%d of %d requests were named ahead, want %d", hits, len(app.asked), test.hits)
			}
		})
	}
}
