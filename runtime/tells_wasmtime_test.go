//go:build wasmtime

package runtime_test

// tellsGrowth says that the engine tells which growth of a memory it refused.
// Wasmtime does not: a guest that crashes for it is told as a trap.
const tellsGrowth = false

// stopsUnmetered says that the engine has a way of its own to stop guests.
const stopsUnmetered = false
