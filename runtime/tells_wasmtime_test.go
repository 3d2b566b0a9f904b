//go:build wasmtime

package runtime_test

// tellsGrowth says that the engine tells which growth of a memory it refused.
// Wasmtime does not: a guest that crashes for it is told as a trap.
const tellsGrowth = false

// stopsUnmetered says that the engine has a way of its own to stop guests.
const stopsUnmetered = false

// liveVectors is how many vectors a function keeps alive that recurses with them.
// Wasmtime's stack has no room for as many frames of it as CallDepth allows, and
// overflows first, which is told as a trap. Its compiler takes fifteen seconds for
// 10,000 of them.
const liveVectors, holdsVectors = 2_000, false

// startsOfAPage is how often a module is started that is loaded and asked for a page:
// Wasmtime has no images of starts.
const startsOfAPage = 2

// useCache is of the other engine, which keeps what it compiles.
func useCache(string) { panic("there is no such cache") }
