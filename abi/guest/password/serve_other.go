//go:build !wasip1

package password

import "github.com/ecmabox/ecmabox/abi/guest"

// Serve hands the connector to the module's exports. Outside of WebAssembly it
// does nothing.
func Serve(guest.Passworder) {}
