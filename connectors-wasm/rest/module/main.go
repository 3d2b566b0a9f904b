// Command module is the connector for REST applications as a WebAssembly module. Build it
// with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o rest.wasm ./connectors-wasm/rest/module
package main

import (
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/guest/password"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

var connector = rest.New(guest.Host())

func init() {
	guest.Serve(connector)
	importer.Serve(connector)
	exporter.Serve(connector)
	password.Serve(connector)
}

func main() {}
