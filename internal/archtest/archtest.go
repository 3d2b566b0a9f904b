// Package archtest holds the project's rules as tests: which room may import
// which, what may come in from outside, what no library does, and that everything
// exported is explained. It has no code of its own.
//
// A rule that hurts is changed in its table, with the reason beside it. The tables
// are in rooms_test.go (arrows between rooms and modules from outside) and
// source_test.go (what files may say).
package archtest
