// Command chanceguest is the connector of the test of what instances share: its
// schema has an attribute whose description says what it drew by chance, and what it
// remembers.
package main

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"hash/maphash"
	"math/rand"
	randv2 "math/rand/v2"
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
)

type connector struct {
	guest.NoParameters
	// calls are remembered by one instance.
	calls int
}

// global is drawn when the module starts.
var global = randv2.Uint64()

var seed = maphash.MakeSeed()

func (c *connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{}, nil
}

func (c *connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	c.calls++
	secret := make([]byte, 16)
	crand.Read(secret) // never fails
	number := func(n uint64) string { return strconv.FormatUint(n, 16) }
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true},
		{Name: "shared-" + number(global) + "-" + number(rand.Uint64()) + "-" + number(randv2.Uint64()) + "-" + number(maphash.String(seed, "x"))},
		{Name: "own-" + hex.EncodeToString(secret)},
		{Name: "calls-" + strconv.Itoa(c.calls)},
	}}}}, nil
}

func init() { guest.Serve(&connector{}) }

func main() {}
