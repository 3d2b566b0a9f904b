// Command module is the connector for RabbitMQ as a WebAssembly module. Build it
// with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o rabbitmq.wasm ./connectors-wasm/rabbitmq/module
package main

import (
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/abi/guest/password"
	"github.com/ecmabox/ecmabox/connectors-wasm/rabbitmq"
)

var connector = rabbitmq.New(guest.Host())

func init() {
	guest.Serve(connector)
	importer.Serve(connector)
	exporter.Serve(connector)
	password.Serve(connector)
}

func main() {}
