// Command vectors is the connector behind testdata/abi/conversation: it uses all
// of the ABI and does nothing useful. abi/c/vectors is the same connector in C,
// and both must speak byte for byte alike.
package main

import (
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/guest/partitions"
	"github.com/ecmabox/ecmabox/abi/guest/password"
	"github.com/ecmabox/ecmabox/connectors-wasm/vectors/connector"
)

var served = connector.New(guest.Host())

func init() {
	guest.Serve(served)
	partitions.Serve(served)
	importer.Serve(served)
	exporter.Serve(served)
	password.Serve(served)
}

func main() {}
