//go:build !wasip1

package recipes_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Lists that call their keys otherwise are one import.
func TestUnionWithKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	const recipe = `recipe: 1
name: app
anchor: id
attributes: {id: {access: read}, name: {access: read}}
import:
  - {request: /users, rows: .}
  - {request: /bots, rows: ., anchor: key.uid}
  - {request: /guests, rows: "*", anchor: "@key"}
`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, map[string]string{
			"/users":  `[{"id": "1", "name": "u"}]`,
			"/bots":   `[{"key": {"uid": "b1"}, "id": "none", "name": "b"}]`,
			"/guests": `{"g1": {"name": "g"}, "g2": {"name": "h"}}`,
		}[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	have := open(t, app{recipe: written(t, recipe), url: server.URL}).full(t)
	if want := (users{"1": "name=u", "b1": "name=b", "g1": "name=g", "g2": "name=h"}); !maps.Equal(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
}
