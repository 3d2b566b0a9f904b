//go:build wasip1

// Command guest is the smallest thing that Build makes a module of.
package main

func main() {}

//go:wasmexport answer
func answer() int32 { return 42 }
