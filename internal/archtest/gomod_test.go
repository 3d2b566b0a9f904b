package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// requirement is one direct requirement of go.mod with the comment above its
// block.
type requirement struct {
	path, comment string
}

// requirements reads the direct requirements. A comment stands for the one
// statement or block below it.
func requirements(text string) []requirement {
	var all []requirement
	var comment string
	block := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		rest, statement := strings.CutPrefix(line, "require ")
		switch {
		case strings.HasPrefix(line, "//") && !block:
			comment = strings.TrimSpace(strings.TrimLeft(comment+" "+strings.TrimLeft(line, "/ "), " "))
		case statement && rest == "(":
			block = true
		case line == ")":
			block, comment = false, ""
		case statement, block && line != "" && !strings.HasPrefix(line, "//"):
			if !strings.HasSuffix(line, "// indirect") {
				path, _, _ := strings.Cut(rest, " ")
				all = append(all, requirement{path, comment})
			}
			if !block {
				comment = ""
			}
		case line == "" && !block:
			comment = ""
		}
	}
	return all
}

// rooms names what stands before the colon: "runtime, host: logging" names two.
func (r requirement) rooms() []string {
	names, _, ok := strings.Cut(r.comment, ":")
	if !ok {
		return nil
	}
	var rooms []string
	for name := range strings.SplitSeq(names, ",") {
		rooms = append(rooms, strings.TrimSpace(name))
	}
	return rooms
}

// testsOnly is what go.mod says instead of a room for what only tests need, tagOnly
// for what is built with a tag alone.
const (
	testsOnly = "Tests only"
	tagOnly   = "Build tag wasmtime"
)

// TestRequirements checks that each direct requirement of go.mod says which rooms
// need it, that they do, and that no other room does.
func TestRequirements(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	all := requirements(string(text))
	if len(all) == 0 {
		t.Fatal("go.mod requires nothing: this test reads it wrongly")
	}
	for _, r := range all {
		if len(r.rooms()) == 0 {
			t.Errorf("go.mod: %s stands under no comment that names the room that needs it, as in // runtime: the engine", r.path)
		}
		importers := roomsImporting(t, r.path)
		for _, name := range r.rooms() {
			if name == testsOnly || name == tagOnly {
				continue
			}
			if of := roomOf(name); of == nil {
				t.Errorf("go.mod: %s is said to be needed by %q, which is no room", r.path, name)
			} else if !slices.Contains(importers, of.path) {
				t.Errorf("go.mod: %s is said to be needed by %s, which does not import it", r.path, name)
			}
		}
		for _, importer := range importers {
			if !slices.ContainsFunc(r.rooms(), func(name string) bool { return roomOf(name) != nil && roomOf(name).path == importer }) {
				t.Errorf("go.mod: %s imports %s, and the comment above it does not say so", importer, r.path)
			}
		}
	}
}

// roomsImporting names the rooms whose packages import the module, tests left
// out.
func roomsImporting(t *testing.T, mod string) []string {
	t.Helper()
	var found []string
	for _, b := range builds {
		for _, p := range packages(t, b.name) {
			r := roomOf(p.room())
			if !p.ours() || r == nil || slices.Contains(found, r.path) {
				continue
			}
			if slices.ContainsFunc(p.Imports, func(path string) bool { return within(path, mod) }) {
				found = append(found, r.path)
			}
		}
	}
	return found
}

func TestRequirementsAreRead(t *testing.T) {
	t.Parallel()
	have := requirements(`module m

go 1.26.0

// runtime: the engine,
// and more.
require a.example/one v1.0.0

require b.example/two v1.0.0

// host, cmd/ecmabox: two.
require (
	c.example/three v1.0.0
	d.example/four v1.0.0 // indirect
)
`)
	want := []requirement{{"a.example/one", "runtime: the engine, and more."}, {"b.example/two", ""}, {"c.example/three", "host, cmd/ecmabox: two."}}
	if !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
	if rooms := have[2].rooms(); !slices.Equal(rooms, []string{"host", "cmd/ecmabox"}) {
		t.Errorf("have rooms %q", rooms)
	}
}
