package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one file, parsed.
type source struct {
	// path is seen from the root, with slashes.
	path string
	set  *token.FileSet
	file *ast.File
}

// test says whether the file is part of tests alone.
func (s *source) test() bool {
	return strings.HasSuffix(s.path, "_test.go") || strings.Contains("/"+s.path, "/testdata/")
}

// command says whether the file is part of a program.
func (s *source) command() bool { return s.file.Name.Name == "main" }

// at names a place in the file.
func (s *source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.set.Position(n.Pos()).Line)
}

// sources parses every Go file of this module, whatever its build tags, but for
// fixtures that are broken on purpose.
func sources(t *testing.T) []*source {
	t.Helper()
	var all []*source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		slashed := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if entry.IsDir() && (slashed == ".git" || slashed == ".cache" || strings.HasSuffix(slashed, "testdata/broken") || slashed != root && otherModule(path)) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(slashed, ".go") {
			return nil
		}
		s, err := parse(path, slashed, nil)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no Go files found")
	}
	return all
}

// otherModule says whether the folder is the root of a module.
func otherModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(path, name string, text any) (*source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	return &source{path: name, set: set, file: file}, err
}

// exception lets one place do what a rule forbids.
type exception struct {
	// where is a file, or a folder and all below it.
	where, why string
}

func excepted(s *source, list []exception) bool {
	return slices.ContainsFunc(list, func(e exception) bool { return within(s.path, e.where) })
}

// rule forbids names: "fmt.Print" is an identifier of the package with the path
// before the last dot, a bare word a built-in function.
type rule struct {
	names []string
	why   string
	// tests and commands say that the rule holds for them too.
	tests, commands bool
	except          []exception
}

var rules = []rule{
	{
		names:  []string{"fmt.Print", "fmt.Printf", "fmt.Println", "os.Stdout", "os.Stderr", "os.Stdin", "print", "println"},
		why:    "a library has no terminal: it returns errors and takes a Logger",
		except: []exception{{"runtime/compilechild.go", compiles}},
	},
	{
		names: []string{"log.Print", "log.Printf", "log.Println", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln", "log.Default", "log.SetOutput",
			"log/slog.Info", "log/slog.Warn", "log/slog.Error", "log/slog.Debug", "log/slog.Default", "github.com/rs/zerolog/log.Logger"},
		why:      "there is no global logger: a Config takes one, and its zero value is silent",
		commands: true,
	},
	{
		names: []string{"panic"},
		why:   "nothing panics on input: constructors validate everything and return all mistakes",
		except: []exception{
			{"abi/guest/host_wasip1.go", twice},
			{"abi/guest/exporter/exports_wasip1.go", twice},
			{"abi/guest/importer/exports_wasip1.go", twice},
			{"abi/guest/partitions/exports_wasip1.go", twice},
			{"abi/guest/password/exports_wasip1.go", twice},
			{"scim/coreschemas.go", "its core schemas are constants: a mistake in them is found at start-up by every test"},
			{"runtime/internal/wasmcode", "its reader stops as that of runtime/sections.go does, and whoever reads recovers it"},
			{"runtime/unwind.go", "the engine lets a host function leave the guest in no other way; the engine recovers it"},
			{"runtime/sections.go", "its reader stops at the first mistake by panicking with it, and recovers it in the same file"},
			{"runtime/engine_wasmtime.go", "it passes on what is no leaving of the guest"},
			{"hostfuncs/panics.go", "it hands the panic of a goroutine to the call that it works for"},
		},
	},
	{
		names:  []string{"os.Exit", "runtime.Goexit"},
		why:    "only a command decides that the process ends",
		except: []exception{{"runtime/compilechild.go", compiles}},
	},
	{
		names: []string{"net/http.Client", "net/http.DefaultClient", "net/http.Transport", "net/http.DefaultTransport", "net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
			"net.Dial", "net.DialTimeout", "net.DialIP", "net.DialTCP", "net.DialUDP", "net.DialUnix", "net.Dialer", "net.Resolver", "net.DefaultResolver",
			"net.LookupHost", "net.LookupIP", "net.LookupAddr", "net.LookupCNAME", "net.LookupMX", "net.LookupNS", "net.LookupSRV", "net.LookupTXT", "net.LookupPort",
			"net.ResolveIPAddr", "net.ResolveTCPAddr", "net.ResolveUDPAddr", "crypto/tls.Dial", "crypto/tls.DialWithDialer", "crypto/tls.Dialer", "crypto/tls.Client", "net/smtp.Dial", "net/rpc.Dial"},
		why:      "what leaves the process goes through hostfuncs, where policy is checked at dial time",
		commands: true,
		except:   []exception{{"hostfuncs", "it is the one way out"}, {"scim/internal/scimbench", "a load generator for benchmarks, which no program holds"}},
	},
	{
		names: []string{"runtime.SetFinalizer", "os.Setenv", "os.Unsetenv", "os.Chdir"},
		why:   "it changes the whole process, which belongs to the embedder",
	},
	{
		names:    []string{"time.Sleep"},
		why:      "a sleep neither heeds cancellation nor knows when the thing it waits for has come",
		tests:    true,
		commands: true,
		except: []exception{
			{"host/catalog/kill_test.go", "it kills at a random moment and waits for nothing"},
			{"runtime/contract/importsession_test.go", "it sleeps in testing/synctest, where time passes by itself"},
		},
	},
}

const compiles = "it is all that a process does which a Runtime started: the module comes in its standard input"

const twice = "an author who calls Serve twice has two connectors in one module: a mistake at start-up"

// TestForbidden checks what files of each kind must not use.
func TestForbidden(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, finding := range forbidden(s) {
			t.Error(finding)
		}
	}
}

// forbidden says which rules the file breaks.
func forbidden(s *source) (findings []string) {
	imported := imports(s.file)
	ast.Inspect(s.file, func(n ast.Node) bool {
		name := used(n, imported)
		for _, r := range rules {
			if !slices.Contains(r.names, name) || s.test() && !r.tests || s.command() && !r.commands || excepted(s, r.except) {
				continue
			}
			findings = append(findings, s.at(n)+" uses "+name+": "+r.why)
		}
		return true
	})
	return findings
}

// imports maps the name that a file gives each package to the package's path.
func imports(file *ast.File) map[string]string {
	names := make(map[string]string)
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	return names
}

// used names what the node uses, as rules spell it; "" if it is of no interest.
func used(n ast.Node, imported map[string]string) string {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && imported[x.Name] != "" {
			return imported[x.Name] + "." + n.Sel.Name
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok {
			return f.Name
		}
	}
	return ""
}

// TestForbiddenFinds breaks each kind of rule and expects it to be found.
func TestForbiddenFinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path, text string
		want       string
	}{
		"a library prints":         {"abi/x.go", `package abi; import "fmt"; func f() { fmt.Println() }`, "fmt.Println"},
		"under another name":       {"abi/x.go", `package abi; import f "fmt"; func g() { f.Println() }`, "fmt.Println"},
		"a command prints":         {"cmd/ecmabox/x.go", `package main; import "fmt"; func f() { fmt.Println() }`, ""},
		"a test prints":            {"abi/x_test.go", `package abi; import "fmt"; func f() { fmt.Println() }`, ""},
		"a library panics":         {"runtime/x.go", `package runtime; func f() { panic(1) }`, "panic"},
		"a method called panic":    {"runtime/x.go", `package runtime; func (t) panic() {}; func f(x t) { x.panic() }`, ""},
		"a room dials":             {"host/x.go", `package host; import "net"; var d net.Dialer`, "net.Dialer"},
		"a connector dials":        {"connectors-wasm/x/main.go", `package main; import "net/http"; var c http.Client`, "net/http.Client"},
		"hostfuncs dials":          {"hostfuncs/dial.go", `package hostfuncs; import "net"; var d net.Dialer`, ""},
		"a folder named alike":     {"hostfuncsx/dial.go", `package hostfuncsx; import "net"; var d net.Dialer`, "net.Dialer"},
		"a room serves":            {"scim/x.go", `package scim; import "net/http"; var h http.Handler`, ""},
		"a command logs globally":  {"cmd/ecmabox/x.go", `package main; import "log"; func f() { log.Fatal() }`, "log.Fatal"},
		"a test sleeps":            {"host/x_test.go", `package host; import "time"; func f() { time.Sleep(1) }`, "time.Sleep"},
		"a variable named as fmt":  {"abi/x.go", `package abi; func f(fmt p) { fmt.Println() }`, ""},
		"our runtime, not theirs":  {"host/x.go", `package host; import "github.com/ecmabox/ecmabox/runtime"; var _ = runtime.Goexit`, ""},
		"theirs under a good name": {"runtime/x.go", `package runtime; import goruntime "runtime"; func f() { goruntime.Goexit() }`, "runtime.Goexit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := parse(test.path, test.path, test.text)
			if err != nil {
				t.Fatal(err)
			}
			findings := forbidden(s)
			if test.want == "" && len(findings) > 0 || test.want != "" && (len(findings) != 1 || !strings.Contains(findings[0], " uses "+test.want+": ")) {
				t.Errorf("have %q, want one finding about %q, or none", findings, test.want)
			}
		})
	}
}

// An exception for what is no longer there would let the next one slip through.
func TestExceptionsAreUsed(t *testing.T) {
	t.Parallel()
	all := sources(t)
	for _, r := range rules {
		for _, e := range r.except {
			if of := roomOf(e.where); of != nil && of.pending {
				continue
			}
			used := slices.ContainsFunc(all, func(s *source) bool { return within(s.path, e.where) && breaks(s, r) })
			if !used {
				t.Errorf("%s no longer uses any of %s: take the exception out", e.where, strings.Join(r.names, ", "))
			}
		}
	}
}

// breaks says whether the file uses a name of the rule, excepted or not.
func breaks(s *source, r rule) bool {
	found := false
	imported := imports(s.file)
	ast.Inspect(s.file, func(n ast.Node) bool {
		found = found || slices.Contains(r.names, used(n, imported))
		return !found
	})
	return found && (!s.test() || r.tests)
}

// todo is a note to do something later; it carries the number of its issue.
var todo = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b(\(#\d+\))?`)

// TestNotesCarryIssues keeps notes that nobody would find again out of the code.
func TestNotesCarryIssues(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.path == "internal/archtest/source_test.go" {
			continue // It has to name what it looks for.
		}
		for _, group := range s.file.Comments {
			for _, found := range todo.FindAllStringSubmatch(group.Text(), -1) {
				if found[1] != "TODO" || found[2] == "" {
					t.Errorf("%s: %s: write TODO(#n) with the number of its issue", s.at(group), found[0])
				}
			}
		}
	}
}

// TestPackageNames keeps out packages that are named after nothing.
func TestPackageNames(t *testing.T) {
	t.Parallel()
	empty := []string{"util", "utils", "common", "helper", "helpers", "types", "manager", "service", "misc", "shared", "base", "core"}
	for _, s := range sources(t) {
		if name := s.file.Name.Name; slices.Contains(empty, name) {
			t.Errorf("%s: package %s: name it after what it is", s.path, name)
		}
	}
}
