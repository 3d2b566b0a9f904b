// Command module is the connector for the demo's user directory as a WebAssembly
// module.
package main

import (
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/guest/password"
	"github.com/ecmabox/ecmabox/connectors-wasm/directory"
)

var connector = directory.New(guest.Host())

func init() {
	guest.Serve(connector)
	importer.Serve(connector)
	exporter.Serve(connector)
	password.Serve(connector)
}

func main() {}
