package want_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

// page is a page of users, some 330 bytes each.
func page(users int) string {
	var b strings.Builder
	b.WriteString(`{"users":[`)
	for i := range users {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"username":"user%05d","name":"Given%d Family","email":"user%05d@example.org","state":"active",`+
			`"created_at":"2026-01-01T00:00:00Z","is_admin":false,"department":"Research and Development","title":"Engineer level %d",`+
			`"phone":"+49 30 %07d","identities":[{"provider":"ldap","uid":"cn=user%d"}],"manager":{"id":%d,"name":"Somebody"}}`, i, i, i, i, i%9, i, i, i/10)
	}
	b.WriteString(`],"next":"https://app.example/users?page=2"}`)
	return b.String()
}

var pageWant = abi.Want{
	Rows:   []string{"users"},
	Fields: []string{"id", "username", "name", "email", "state", "is_admin", "department", "title", "identities.#.uid", "manager.id"},
	Values: []string{"next"},
}

func BenchmarkRead(b *testing.B) {
	body := page(1000)
	for name, w := range map[string]abi.Want{
		"names":  pageWant,
		"filter": {Rows: []string{`users.#(is_admin==false)#`}, Fields: append([]string{`identities.#(provider=="ldap").uid`}, pageWant.Fields...)},
		"values": {Values: []string{"next"}},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				plan, err := want.Compile(w)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := plan.Read(context.Background(), body, abi.MaxHTTPBody); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// native is what a native client reads the page into.
type native struct {
	Users []struct {
		ID                           int
		Username, Name, Email, State string
		IsAdmin                      bool `json:"is_admin"`
		Department, Title            string
		Identities                   []struct{ UID string }
		Manager                      struct{ ID int }
	}
	Next string
}

func readNatively(b *testing.B, body []byte) {
	var doc native
	if err := json.Unmarshal(body, &doc); err != nil || len(doc.Users) != 1000 {
		b.Fatal(err)
	}
}

// BenchmarkStructs is what a native client does: encoding/json into structs.
func BenchmarkStructs(b *testing.B) {
	body := []byte(page(1000))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		readNatively(b, body)
	}
}

// BenchmarkRatio does both in turn, so that a busy machine slows both, and tells
// how long reading takes where a native client takes 1.
func BenchmarkRatio(b *testing.B) {
	body := page(1000)
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		plan, err := want.Compile(pageWant)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := plan.Read(context.Background(), body, abi.MaxHTTPBody); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		readNatively(b, []byte(body))
		ours += between.Sub(start)
		theirs += time.Since(between)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "of-structs")
}
