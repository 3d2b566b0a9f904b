//go:build wasmtime

package runtime_test

// tellsGrowth says that the engine tells which growth of a memory it refused.
// Wasmtime does not: a guest that crashes for it is told as a trap.
const tellsGrowth = false

// stopsUnmetered says that the engine has a way of its own to stop guests.
const stopsUnmetered = false

// holdsVectors says that the engine's stack has room for as many vectors as the depth of
// calls allows, and its compiler for a function full of them. Wasmtime's overflows first,
// which is told as a trap.
const holdsVectors = false
