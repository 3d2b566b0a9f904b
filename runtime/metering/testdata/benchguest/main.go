// Command benchguest is a guest in Go that does nothing but work, for measuring
// what metering costs: each export does n turns of it and returns a number that
// depends on all of them.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"strconv"
)

func main() {}

// user is an entry like those that connectors read.
type user struct {
	ID       string            `json:"id"`
	Name     string            `json:"displayName"`
	Mails    []string          `json:"emails"`
	Active   bool              `json:"active"`
	Number   int64             `json:"employeeNumber"`
	Manager  *user             `json:"manager,omitempty"`
	Other    map[string]string `json:"other,omitempty"`
	Quotient float64           `json:"quotient"`
}

var (
	users = makeUsers()
	text  = must(json.Marshal(users))
	block = make([]byte, 64<<10)
)

func makeUsers() []user {
	all := make([]user, 100)
	for i := range all {
		id := strconv.Itoa(i)
		all[i] = user{ID: id, Name: "Anna \"Q\" Müller " + id, Mails: []string{"a" + id + "@example.org", "b@example.com"}, Active: i%3 == 0,
			Number: int64(i) * 7919, Quotient: float64(i) / 7, Other: map[string]string{"department": "d" + id, "city": "Bern"}}
		if i > 0 {
			all[i].Manager = &user{ID: strconv.Itoa(i - 1)}
		}
	}
	return all
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

//go:wasmexport json_encode
func jsonEncode(n int32) (sum int64) {
	for range n {
		sum += int64(len(must(json.Marshal(users))))
	}
	return sum
}

//go:wasmexport json_decode
func jsonDecode(n int32) (sum int64) {
	for range n {
		var all []user
		if err := json.Unmarshal(text, &all); err != nil {
			panic(err)
		}
		sum += int64(len(all)) + all[len(all)-1].Number
	}
	return sum
}

//go:wasmexport hash
func hash(n int32) (sum int64) {
	for range n {
		h := sha256.Sum256(block)
		copy(block, h[:])
		f := fnv.New64a()
		f.Write(block[:8<<10])
		sum += int64(f.Sum64()) ^ int64(binary.LittleEndian.Uint64(h[:]))
	}
	return sum
}

//go:wasmexport fib
func fib(n int32) int64 { return fibonacci(int64(n)) }

func fibonacci(n int64) int64 {
	if n < 2 {
		return n
	}
	return fibonacci(n-1) + fibonacci(n-2)
}

//go:wasmexport tight
func tight(n int32) int64 {
	x := uint64(88172645463325252)
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return int64(x)
}

//go:wasmexport checksum
func checksum(n int32) (sum int64) {
	for range n {
		for _, c := range block {
			sum += int64(c) + 1
		}
	}
	return sum
}
