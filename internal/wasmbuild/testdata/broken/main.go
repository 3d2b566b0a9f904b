// Command broken does not compile, in two places.
package main

func main() {
	first := missing
	second()
}
