//go:build !wasmtime

package runtime_test

// tellsGrowth says that the engine tells which growth of a memory it refused.
const tellsGrowth = true

// stopsUnmetered says that the engine has a way of its own to stop guests.
const stopsUnmetered = true

// holdsVectors says that the engine's stack has room for as many vectors as the depth of
// calls allows, and its compiler for a function full of them.
const holdsVectors = true
