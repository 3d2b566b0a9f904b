//go:build !wasmtime

package runtime_test

// tellsGrowth says that the engine tells which growth of a memory it refused.
const tellsGrowth = true

// stopsUnmetered says that the engine has a way of its own to stop guests.
const stopsUnmetered = true

// liveVectors is how many vectors a function keeps alive that recurses with them: the
// engine's stack has room for as many frames of it as CallDepth allows.
const liveVectors, holdsVectors = 10_000, true

// startsOfAPage is how often a module is started that is loaded and asked for a page: once,
// since instances begin as an image of the start.
const startsOfAPage = 1
