// Package library is not a command.
package library

// Answer is something to compile.
const Answer = 42
