//go:build !wasmtime

package runtime_test

// tellsGrowth says that the engine tells which growth of a memory it refused.
const tellsGrowth = true

// stopsUnmetered says that the engine has a way of its own to stop guests.
const stopsUnmetered = true
