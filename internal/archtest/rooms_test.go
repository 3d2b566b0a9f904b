package archtest

import (
	"slices"
	"strings"
	"testing"
)

// room is one part of the code and what it may know. A package belongs to the
// room with the longest path above it; inside a room everything may import
// everything.
type room struct {
	path string
	// may names the rooms it may import.
	may []string
	// modules names the modules from outside that it may hold, transitively. A
	// list of what is allowed keeps out what nobody thought of: databases,
	// metrics and tracing libraries most of all.
	modules []string
	// never names packages, or trees of them ending in "/...", that it must not
	// hold, transitively.
	never []string
	// why is the reason for both.
	why string
	// pending rooms are not built yet. The rule is in force the day they are,
	// and this mark must go then.
	pending bool
}

const (
	wazero   = "github.com/tetratelabs/wazero"
	zerolog  = "github.com/rs/zerolog"
	colours  = "github.com/mattn/go-colorable"
	terminal = "github.com/mattn/go-isatty"
	sys      = "golang.org/x/sys"
)

// logging is zerolog and what it needs.
var logging = []string{zerolog, colours, terminal, sys}

// guestNever is what would make every guest larger and slower: each of these pulls
// in reflection or an operating system that a guest has not got.
var guestNever = []string{"net", "net/...", "os", "os/...", "fmt", "reflect", "encoding/json", "log", "log/..."}

var rooms = []room{
	{
		path: "abi", never: guestNever,
		why: "abi is the vocabulary of host and guest alike: it is linked into every connector, so it does no I/O and no reflection and knows nobody",
	},
	{
		path: "abi/abitest", may: []string{"abi"}, never: []string{"testing", "testing/..."},
		why:     "the kit is data that the command line runs too: importing testing would put test flags into ecmabox",
		pending: true,
	},
	{
		path: "abi/guest", may: []string{"abi"}, never: guestNever,
		why: "the binding is linked into every connector; what it holds costs each of them size and start-up time",
	},
	{
		path: "runtime", may: []string{"abi", "runtime/contract", "runtime/snapshot", "internal/filelock", "internal/logfield"}, modules: append([]string{wazero}, logging...),
		why: "the runtime knows memory and nothing of the world: hosts come in as abi.Host, so anybody's will do",
	},
	{
		path: "runtime/snapshot", may: []string{"runtime/internal/wasmcode"}, modules: []string{wazero, sys},
		why: "a snapshot is memory and numbers of any module: it maps memory, so it needs the engine and the operating system, and it knows neither ABI nor metering",
	},
	{
		path: "runtime/contract", may: []string{"abi"},
		why: "the contract is pure checks over abi.Connector: it must hold for a connector in plain Go as well, without an engine",
	},
	{
		path: "hostfuncs", may: []string{"abi", "internal/logfield"}, modules: append([]string{"golang.org/x/time", "code.dny.dev/ssrf"}, logging...),
		why: "the host functions know the world and no memory: they must be testable and usable without an engine",
	},
	{
		path: "connectors-wasm", may: []string{"abi", "abi/guest", "connectors-wasm/rest/recipe"},
		why: "a connector has what any author has: the binding and nothing else of ours, but for the language of the one that follows recipes",
	},
	{
		path: "connectors-wasm/rest/recipe", may: []string{"abi", "internal/spelling"}, never: append([]string{"regexp", "regexp/..."}, guestNever...),
		why: "the language of recipes is read on the host, to tell mistakes, and in the guest, to follow it: it holds no more than a guest may",
	},
	{
		path: "scim",
		why:  "scim is RFC 7643 and 7644 alone: it knows no ECMA word and serves any backend",
	},
	{
		path: "host", may: []string{"abi", "runtime", "runtime/contract", "hostfuncs", "scim", "internal/filelock", "internal/logfield", "internal/spelling", "connectors-wasm/rest/recipe"},
		modules: append([]string{"go.yaml.in/yaml/v3", "golang.org/x/time", "code.dny.dev/ssrf", wazero}, logging...),
		why: "host is the connector host: the one translator between scim and abi; commands use it, it knows none. It reads recipes, whose language is " +
			"the connector's, so that there is one reader and one meaning",
	},
	{
		path: "cmd", may: []string{"abi", "abi/abitest", "abi/guest", "abi/want", "connectors-wasm/rest", "runtime", "runtime/contract", "hostfuncs", "host", "scim", "internal", "connectors-wasm/rest/recipe"},
		modules: append([]string{"go.yaml.in/yaml/v3", "golang.org/x/time", "golang.org/x/term", "code.dny.dev/ssrf", wazero,
			"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/inconshreveable/mousetrap", "github.com/rogpeppe/go-internal"}, logging...),
		why: "commands are wiring: they may know everybody, and nobody knows them",
	},
	{
		path: "internal",
		why:  "internal holds tools that any room may use, so they must not use rooms themselves",
	},
	{
		path: "internal/filelock", modules: []string{sys},
		why: "locks on files are the system's, and other for each system",
	},
	{
		path: "internal/lookalike",
		why:  "look-alikes of applications are for tests alone: no program holds them, and they know nobody",
	},
}

// roomOf returns the room of a package of ours, or nil.
func roomOf(path string) *room {
	var best *room
	for i := range rooms {
		r := &rooms[i]
		if within(path, r.path) && (best == nil || len(r.path) > len(best.path)) {
			best = r
		}
	}
	return best
}

// within says whether path is dir or below it.
func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// matches says whether path is one of the patterns: a path, or a tree "path/...".
func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		tree, is := strings.CutSuffix(pattern, "/...")
		return path == pattern || is && strings.HasPrefix(path, tree+"/")
	})
}

// A table that names what is not there guards nothing.
func TestRoomsAreThere(t *testing.T) {
	t.Parallel()
	for _, r := range rooms {
		switch there := exists(t, r.path); {
		case there && r.pending:
			t.Errorf("%s has come: take pending off its rule in rooms_test.go", r.path)
		case !there && r.pending:
			t.Logf("NOT YET GUARDED: %s is not built yet; its rule holds from its first file on", r.path)
		case !there:
			t.Errorf("%s is gone, and its rule with it (%s): correct the table in rooms_test.go", r.path, r.why)
		}
		for _, may := range r.may {
			if roomOf(may) == nil {
				t.Errorf("%s may import %s, which is no room", r.path, may)
			}
		}
	}
}

// go list -e goes on after mistakes; none of them may hide an import.
func TestPackagesCanBeListed(t *testing.T) {
	t.Parallel()
	for _, b := range builds {
		for path, p := range packages(t, b.name) {
			if p.ours() && p.Error != nil && !strings.Contains(p.Error.Err, "build constraints exclude all Go files") {
				t.Errorf("%s: %s: %s", b.name, path, p.Error.Err)
			}
		}
	}
}

// TestArrows checks all packages on all builds.
func TestArrows(t *testing.T) {
	t.Parallel()
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			all := packages(t, b.name)
			for _, p := range all {
				for _, finding := range slices.Concat(arrows(all, p), holdings(all, p), importers(p)) {
					t.Error(finding)
				}
			}
		})
	}
}

// arrows says which of our rooms the package imports and must not. Tests may
// import more than their package does, but nobody's commands.
func arrows(all map[string]*pkg, p *pkg) (findings []string) {
	if !p.ours() {
		return nil
	}
	from := roomOf(p.room())
	if from == nil {
		return []string{p.room() + " is in no room: put it into one, or add a room to rooms_test.go and say what it may import and why"}
	}
	for _, path := range p.Imports {
		if q := all[path]; q == nil || !q.ours() {
			continue
		}
		if to := roomOf(inside(path)); to != nil && to != from && !from.mayImport(inside(path), to) {
			findings = append(findings, p.room()+" imports "+inside(path)+": "+from.why)
		}
	}
	for _, path := range p.all() {
		if within(inside(path), "cmd") && from.path != "cmd" {
			findings = append(findings, p.room()+" imports "+inside(path)+", in its tests at least: commands are wiring, nobody imports them")
		}
	}
	return findings
}

// mayImport says whether the room may import the package path of the room to,
// which its table names whole or in part.
func (r *room) mayImport(path string, to *room) bool {
	return slices.ContainsFunc(r.may, func(m string) bool { return m == to.path || within(m, to.path) && within(path, m) })
}

// holdings says what the package holds in the end and must not, by whatever way it
// comes in: packages of the standard library and modules from outside.
func holdings(all map[string]*pkg, p *pkg) (findings []string) {
	if !p.ours() || roomOf(p.room()) == nil {
		return nil
	}
	r := roomOf(p.room())
	for _, path := range p.Deps {
		if matches(path, r.never) {
			findings = append(findings, p.room()+" holds "+path+": "+r.why)
		}
		dep := all[path]
		if dep == nil || dep.Module == nil || dep.ours() {
			continue
		}
		if !slices.Contains(r.modules, dep.Module.Path) {
			findings = append(findings, p.room()+" holds "+path+" of the module "+dep.Module.Path+": "+r.why)
		}
	}
	return findings
}

// single names what one room alone, and the second that it needs for it, may
// import, tests included.
var single = []struct {
	path, room, and, why string
}{
	{wazero, "runtime", "runtime/snapshot", "the engine can be changed, or a second one added, only while one room and its snapshots know it"},
	{"github.com/spf13/cobra", "cmd", "", "flags and help belong to commands"},
	{"go.yaml.in/yaml/v3", "host", "", "configuration is read in one place, with file and line for every mistake"},
	{"database/sql", "host", "", "the store of the connector space is the one place that knows a database"},
	{"expvar", "cmd", "", "what a process measures is published by the process"},
}

// importers says which imports of the package belong to another room alone.
func importers(p *pkg) (findings []string) {
	from := roomOf(p.room())
	if !p.ours() || from == nil {
		return nil
	}
	for _, path := range p.all() {
		for _, rule := range single {
			if within(path, rule.path) && from.path != rule.room && from.path != rule.and {
				findings = append(findings, p.room()+" imports "+path+": only "+rule.room+" may: "+rule.why)
			}
		}
	}
	return findings
}

// TestArrowsFind breaks each kind of rule and expects it to be found.
func TestArrowsFind(t *testing.T) {
	t.Parallel()
	own := func(path string) *pkg {
		return &pkg{ImportPath: module + "/" + path, Module: &struct{ Path string }{module}}
	}
	other := func(mod, path string) *pkg { return &pkg{ImportPath: path, Module: &struct{ Path string }{mod}} }
	all := make(map[string]*pkg)
	for _, p := range []*pkg{
		own("abi"), own("abi/wire"), own("runtime"), own("runtime/contract"), own("runtime/snapshot"), own("hostfuncs"), own("internal/logfield"), own("internal/wasmbuild"), own("internal/lookalike/gitlab"),
		other(wazero, wazero+"/api"), other("modernc.org/sqlite", "modernc.org/sqlite"), {ImportPath: "net/http", Standard: true}, {ImportPath: "fmt", Standard: true},
	} {
		all[p.ImportPath] = p
	}
	for name, test := range map[string]struct {
		room                 string
		imports, tests, deps []string
		want                 string
	}{
		"nothing":                     {room: "abi"},
		"inside a room":               {room: "abi", imports: []string{module + "/abi/wire"}},
		"an arrow of the table":       {room: "runtime", imports: []string{module + "/abi", module + "/runtime/contract", module + "/internal/logfield"}},
		"a wrong arrow":               {room: "runtime", imports: []string{module + "/hostfuncs"}, want: "runtime imports hostfuncs: "},
		"an arrow back":               {room: "abi", imports: []string{module + "/runtime"}, want: "abi imports runtime: "},
		"a tool it may not use":       {room: "runtime", imports: []string{module + "/internal/wasmbuild"}, want: "runtime imports internal/wasmbuild: "},
		"a tool in its tests":         {room: "runtime", tests: []string{module + "/internal/wasmbuild"}},
		"a look-alike":                {room: "cmd/ecmabox", imports: []string{module + "/internal/lookalike/gitlab"}, want: "cmd/ecmabox imports internal/lookalike/gitlab: "},
		"a look-alike in its tests":   {room: "cmd/ecmabox", tests: []string{module + "/internal/lookalike/gitlab"}},
		"a command in its tests":      {room: "runtime", tests: []string{module + "/cmd/ecmabox"}, want: "runtime imports cmd/ecmabox"},
		"no room":                     {room: "util", want: "util is in no room"},
		"a package far down":          {room: "abi", deps: []string{"net/http"}, want: "abi holds net/http: "},
		"one that the room may hold":  {room: "hostfuncs", deps: []string{"net/http", "fmt"}},
		"a module that it may hold":   {room: "runtime", imports: []string{wazero + "/api"}, deps: []string{wazero + "/api"}},
		"a module that it may not":    {room: "runtime", deps: []string{"modernc.org/sqlite"}, want: "of the module modernc.org/sqlite: "},
		"the snapshot's engine":       {room: "runtime/snapshot", imports: []string{wazero + "/api"}, deps: []string{wazero + "/api"}},
		"the snapshot's arrow back":   {room: "runtime/snapshot", imports: []string{module + "/abi"}, want: "runtime/snapshot imports abi: "},
		"another room's engine":       {room: "cmd/ecmabox", imports: []string{wazero + "/api"}, want: "only runtime may"},
		"the contract's, test":        {room: "runtime/contract", tests: []string{wazero + "/api"}, want: "only runtime may"},
		"another room's engine, test": {room: "host", tests: []string{wazero + "/api"}, want: "only runtime may"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := own(test.room)
			p.Imports, p.TestImports, p.Deps = test.imports, test.tests, test.deps
			findings := slices.Concat(arrows(all, p), holdings(all, p), importers(p))
			if test.want == "" && len(findings) > 0 || test.want != "" && (len(findings) != 1 || !strings.Contains(findings[0], test.want)) {
				t.Errorf("have %q, want one finding that says %q, or none", findings, test.want)
			}
		})
	}
}
