// Package ctest holds the tests of the binding for C that need no WebAssembly: its
// constants are package abi's, and its reader and writer, built as a native
// program, agree with those of package wire. A folder with C sources can hold no Go
// package, hence a folder of their own.
package ctest
