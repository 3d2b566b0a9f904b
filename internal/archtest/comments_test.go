package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestComments checks that everything exported, and every package, is explained.
func TestComments(t *testing.T) {
	t.Parallel()
	explained := make(map[string]bool)
	for _, s := range sources(t) {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		dir := path.Dir(s.path)
		explained[dir] = explained[dir] || s.file.Doc != nil
		for _, finding := range unexplained(s) {
			t.Error(finding)
		}
	}
	for dir, ok := range explained {
		if !ok {
			t.Errorf("%s: the package has no comment", dir)
		}
	}
}

// unexplained names what the file exports without a comment, or with one that
// begins with another name. The comment of an interface stands for its methods,
// that of a struct for its fields, and that of a group for its members.
func unexplained(s *source) (findings []string) {
	report := func(n ast.Node, name, fault string) { findings = append(findings, s.at(n)+": "+name+" "+fault) }
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if ast.IsExported(d.Name.Name) && exportedReceiver(d) {
				check(report, d, d.Name.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if ast.IsExported(spec.Name.Name) {
						check(report, spec, spec.Name.Name, firstOf(spec.Doc, d.Doc))
					}
				case *ast.ValueSpec:
					checkValues(report, d, spec)
				}
			}
		}
	}
	return findings
}

// check demands a comment that begins with the name, after an article at most.
func check(report func(ast.Node, string, string), n ast.Node, name string, doc *ast.CommentGroup) {
	if doc == nil || strings.TrimSpace(doc.Text()) == "" {
		report(n, name, "has no comment")
		return
	}
	words := strings.Fields(doc.Text())
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	if strings.TrimRight(words[0], ",.:;") != name && words[0] != "Deprecated:" {
		report(n, name, "has a comment that begins with "+words[0]+"; begin it with the name")
	}
}

// checkValues demands a comment of each constant or variable, or of its group.
func checkValues(report func(ast.Node, string, string), d *ast.GenDecl, spec *ast.ValueSpec) {
	for _, name := range spec.Names {
		if ast.IsExported(name.Name) && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
			report(spec, name.Name, "has no comment, nor has its group")
		}
	}
}

// exportedReceiver is false for a method that nobody outside can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return ast.IsExported(x.Name)
		default:
			return true
		}
	}
}

func firstOf(groups ...*ast.CommentGroup) *ast.CommentGroup {
	for _, g := range groups {
		if g != nil {
			return g
		}
	}
	return nil
}

// TestCommentsFind leaves each kind of comment out and expects it to be missed.
func TestCommentsFind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"a function":                {"package x\nfunc F() {}", "F has no comment"},
		"explained":                 {"package x\n// F does.\nfunc F() {}", ""},
		"unexported":                {"package x\nfunc f() {}", ""},
		"a method":                  {"package x\nfunc (*T) M() {}", "M has no comment"},
		"a method of a generic":     {"package x\nfunc (*T[A, B]) M() {}", "M has no comment"},
		"a method nobody can name":  {"package x\nfunc (*t) M() {}", ""},
		"a type":                    {"package x\ntype T int", "T has no comment"},
		"a method of an interface":  {"package x\n// T is.\ntype T interface { M() }", ""},
		"an article before it":      {"package x\n// A T is.\ntype T int", ""},
		"another name":              {"package x\n// U is.\ntype T int", "T has a comment that begins with U"},
		"a directive alone":         {"package x\n//go:noinline\nfunc F() {}", "F has no comment"},
		"a constant":                {"package x\nconst C = 1", "C has no comment"},
		"a group of constants":      {"package x\n// The Cs.\nconst (\n\tC = 1\n\tD = 2\n)", ""},
		"a constant with its own":   {"package x\nconst (\n\tC = 1 // one\n\tD = 2\n)", "D has no comment"},
		"a variable of two letters": {"package x\nvar A, b = 1, 2", "A has no comment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := parse("x.go", "x.go", test.text)
			if err != nil {
				t.Fatal(err)
			}
			findings := unexplained(s)
			if test.want == "" && len(findings) > 0 || test.want != "" && (len(findings) != 1 || !strings.Contains(findings[0], test.want)) {
				t.Errorf("have %q, want one finding that says %q, or none", findings, test.want)
			}
		})
	}
}
