package rabbitmq_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

// broker is a fake of RabbitMQ's management API behind a host, as 3.10 was seen
// to answer: what a PUT leaves out is lost, the account's faults are 401, and a
// tag over 255 bytes is a 500.
type broker struct {
	mu    sync.Mutex
	users map[string]account
	// asked are the requests so far, as method and path.
	asked []string
	// answer, if not nil, may answer in the broker's place.
	answer func(request abi.HTTPRequest) *abi.HTTPAnswer
}

type account struct {
	Name      string   `json:"name"`
	Hash      *string  `json:"password_hash,omitempty"`
	Algorithm string   `json:"hashing_algorithm,omitempty"`
	Tags      []string `json:"tags"`
	Limits    any      `json:"limits,omitempty"`
}

// sealed is what stands before a hash once a host has sealed it.
const sealed = "ecmasealed"

func newBroker(accounts ...account) *broker {
	b := &broker{users: make(map[string]account)}
	for _, a := range accounts {
		b.users[a.Name] = a
	}
	return b
}

// user returns a user whose password has the hash.
func newUser(name, hash string, tags ...string) account {
	if tags == nil {
		tags = []string{}
	}
	return account{Name: name, Hash: &hash, Algorithm: "rabbit_password_hashing_sha256", Tags: tags, Limits: struct{}{}}
}

// serve is the Target of a guesttest.Host.
func (b *broker) serve(_ context.Context, r abi.HTTPRequest) abi.HTTPAnswer {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Method+" "+r.Path)
	if b.answer != nil {
		if answer := b.answer(r); answer != nil {
			return *answer
		}
	}
	name, of := strings.CutPrefix(r.Path, "/api/users/")
	name, err := url.PathUnescape(name)
	switch {
	case r.Target != "rabbitmq" || err != nil:
		return failed(abi.Denied, "no such target or path")
	case r.Method == "GET" && r.Path == "/api/whoami":
		return answerJSON(200, newUser("admin", "", "administrator"))
	case r.Method == "GET" && r.Path == "/api/users":
		return b.list(r)
	case of:
		return b.one(r, name)
	}
	return abi.HTTPAnswer{Status: 405}
}

func (b *broker) list(r abi.HTTPRequest) abi.HTTPAnswer {
	if len(r.Query) != 1 || r.Query[0] != (abi.Field{Name: "columns", Value: "name,tags"}) {
		return failed(abi.Denied, "the list would hold hashes")
	}
	list := make([]account, 0, len(b.users))
	for _, name := range b.names() {
		list = append(list, account{Name: name, Tags: b.users[name].Tags})
	}
	return answerJSON(200, list)
}

func (b *broker) names() (names []string) {
	for name := range b.users {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (b *broker) one(r abi.HTTPRequest, name string) abi.HTTPAnswer {
	user, there := b.users[name]
	switch {
	case r.Method == "PUT":
		return b.put(r, name, there)
	case !there:
		return abi.HTTPAnswer{Status: 404, Body: `{"error":"Object Not Found","reason":"Not Found"}`, Tries: 1}
	case r.Method == "DELETE":
		delete(b.users, name)
		return abi.HTTPAnswer{Status: 204, Tries: 1}
	}
	if user.Hash != nil && *user.Hash != "" {
		hash := sealed + *user.Hash
		user.Hash = &hash
	}
	return answerJSON(200, user)
}

func (b *broker) put(r abi.HTTPRequest, name string, there bool) abi.HTTPAnswer {
	var body struct {
		account
		Password *string `json:"password"`
	}
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil || body.Tags == nil {
		return abi.HTTPAnswer{Status: 400, Body: `{"error":"bad_request","reason":"tags_not_present"}`}
	}
	user := newUser(name, "", body.Tags...)
	user.Algorithm = cmp.Or(body.Algorithm, user.Algorithm)
	switch {
	case body.Password != nil && body.Hash != nil:
		return abi.HTTPAnswer{Status: 400, Body: `{"error":"bad_request","reason":"both_password_and_password_hash_are_provided"}`}
	case body.Password != nil:
		hash := "hash of " + *body.Password
		user.Hash = &hash
	case body.Hash != nil:
		hash := strings.TrimPrefix(*body.Hash, sealed)
		user.Hash = &hash
	}
	for i, tag := range user.Tags {
		user.Tags[i] = strings.TrimSpace(tag)
		if len(tag) > 255 {
			return abi.HTTPAnswer{Status: 500}
		}
	}
	user.Limits = b.users[name].Limits
	b.users[name] = user
	return abi.HTTPAnswer{Status: map[bool]int{false: 201, true: 204}[there], Tries: 1}
}

func answerJSON(status int, v any) abi.HTTPAnswer {
	text, err := json.Marshal(v)
	if err != nil {
		return failed(abi.HostFailure, err.Error())
	}
	return abi.HTTPAnswer{Status: status, Body: string(text), Tries: 1}
}

func failed(code abi.Code, message string) abi.HTTPAnswer {
	return abi.HTTPAnswer{Error: abi.NewError(code, message)}
}

// describe writes a user in one line.
func describe(a account) string {
	hash := "none"
	if a.Hash != nil {
		hash = fmt.Sprintf("%q", *a.Hash)
	}
	return fmt.Sprintf("%s %q hash %s by %s", a.Name, a.Tags, hash, strings.TrimPrefix(a.Algorithm, "rabbit_password_hashing_"))
}
