package catalog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ecmabox/ecmabox/host/catalog"
)

func accept(context.Context, []byte) error { return nil }

func open(t *testing.T, dir string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func upload(t *testing.T, c *catalog.Catalog, name, module string) catalog.Version {
	t.Helper()
	v, _, err := c.Upload(t.Context(), name, strings.NewReader(module), accept)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func digestOf(module string) string {
	sum := sha256.Sum256([]byte(module))
	return hex.EncodeToString(sum[:])
}

func want(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("have error %v, want one that is %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "catalog")
	c := open(t, dir)
	if all, err := c.List(); err != nil || len(all) != 0 {
		t.Fatalf("a catalog that does not exist: %v, %v", all, err)
	}
	one := upload(t, c, "rabbitmq", "one")
	if one.Digest != digestOf("one") || one.Size != 3 || one.Active {
		t.Fatalf("uploaded %+v", one)
	}
	_, _, err := c.Open(t.Context(), "rabbitmq", "")
	want(t, err, catalog.ErrNoVersion, "activate one")
	two := upload(t, c, "rabbitmq", "two")
	for _, digest := range []string{one.Digest[:6], "sha256:" + two.Digest} {
		if _, err := c.Activate(t.Context(), "rabbitmq", digest); err != nil {
			t.Fatal(err)
		}
	}
	v, module, err := c.Open(t.Context(), "rabbitmq", "")
	if err != nil || string(module) != "two" || !v.Active {
		t.Fatalf("opened %+v, %q, %v", v, module, err)
	}
	if v, err = c.Rollback(t.Context(), "rabbitmq"); err != nil || v.Digest != one.Digest || !v.Active {
		t.Fatalf("rolled back to %+v, %v", v, err)
	}
	_, err = c.Rollback(t.Context(), "rabbitmq")
	want(t, err, catalog.ErrNoVersion)
	shown, err := c.Show("rabbitmq")
	if err != nil || shown.Active != one.Digest || len(shown.Versions) != 2 || shown.Previous != "" {
		t.Fatalf("shown %+v, %v", shown, err)
	}
	var actions []string
	for _, e := range shown.History {
		actions = append(actions, e.Action+" "+e.Digest[:4])
	}
	if have, want := strings.Join(actions, ", "), "activate "+one.Digest[:4]+", activate "+two.Digest[:4]+", rollback "+one.Digest[:4]; have != want {
		t.Errorf("history: have %s, want %s", have, want)
	}
	all, err := c.List()
	if err != nil || len(all) != 1 || all[0].Name != "rabbitmq" {
		t.Errorf("listed %+v, %v", all, err)
	}
}

func TestRollbackGoesFurtherBack(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	var digests []string
	for _, m := range []string{"a", "b", "c"} {
		digests = append(digests, upload(t, c, "x", m).Digest)
		if _, err := c.Activate(t.Context(), "x", digests[len(digests)-1]); err != nil {
			t.Fatal(err)
		}
	}
	// Activating what is active is no step that a rollback would have to undo.
	if _, err := c.Activate(t.Context(), "x", digests[2]); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 0} {
		if v, err := c.Rollback(t.Context(), "x"); err != nil || v.Digest != digests[i] {
			t.Fatalf("rolled back to %+v, %v; want %s", v, err, digests[i])
		}
	}
}

func TestSameUploadTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	first := upload(t, c, "x", "same")
	if _, err := c.Activate(t.Context(), "x", first.Digest); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	v, known, err := c.Upload(t.Context(), "x", strings.NewReader("same"), accept)
	if err != nil || !known || !v.Active || v.Digest != first.Digest {
		t.Fatalf("second upload: %+v, known %v, %v", v, known, err)
	}
	if after := files(t, dir); after != before {
		t.Errorf("the directory changed from\n%s\nto\n%s", before, after)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	for _, m := range []string{"a", "b", "c"} {
		if _, err := c.Activate(t.Context(), "x", upload(t, c, "x", m).Digest); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Remove(t.Context(), "x", digestOf("c"), false)
	want(t, err, catalog.ErrInUse, "active", "force")
	_, err = c.Remove(t.Context(), "x", digestOf("b"), false)
	want(t, err, catalog.ErrInUse, "rollback", "force")
	if _, err := c.Remove(t.Context(), "x", digestOf("a"), false); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Remove(t.Context(), "x", digestOf("c"), true); err != nil {
		t.Fatal(err)
	}
	shown, err := c.Show("x")
	if err != nil || shown.Active != "" || shown.Previous != digestOf("b") || len(shown.Versions) != 1 {
		t.Fatalf("shown %+v, %v", shown, err)
	}
	if v, err := c.Rollback(t.Context(), "x"); err != nil || v.Digest != digestOf("b") {
		t.Fatalf("rolled back to %+v, %v", v, err)
	}
	if v, err := c.Remove(t.Context(), "x", digestOf("b"), true); err != nil || !v.Active {
		t.Fatalf("removed %+v, %v", v, err)
	}
	_, err = c.Show("x")
	want(t, err, catalog.ErrNotFound)
	if have := files(t, dir); have != ".lock" {
		t.Errorf("left behind: %s", have)
	}
}

// TestRemoveBetween: with b removed from a, b, a, a rollback from the active a
// must not go to a.
func TestRemoveBetween(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	for _, m := range []string{"a", "b", "a"} {
		if _, err := c.Activate(t.Context(), "x", upload(t, c, "x", m).Digest); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Remove(t.Context(), "x", digestOf("b"), true); err != nil {
		t.Fatal(err)
	}
	_, err := c.Rollback(t.Context(), "x")
	want(t, err, catalog.ErrNoVersion)
}

func TestNames(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	for _, name := range []string{"a", "0", "a-b-", strings.Repeat("a", 63)} {
		if err := catalog.CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "-a", "A", "a_b", "a/b", `a\b`, "..", ".", "a.b", "ä", "a\x00", "a b", strings.Repeat("a", 64)} {
		_, _, err := c.Upload(t.Context(), name, strings.NewReader("m"), accept)
		want(t, err, catalog.ErrInvalidName)
		_, err = c.Show(name)
		want(t, err, catalog.ErrInvalidName)
		_, err = c.Activate(t.Context(), name, "0123")
		want(t, err, catalog.ErrInvalidName)
	}
}

func TestDigests(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	// Two modules whose digests begin alike.
	seen := map[string]string{}
	var a, b string
	for i := 0; a == ""; i++ {
		m := strings.Repeat("m", i)
		d := digestOf(m)[:4]
		if other, ok := seen[d]; ok {
			a, b = other, m
		}
		seen[d] = m
	}
	upload(t, c, "x", a)
	upload(t, c, "x", b)
	for digest, kind := range map[string]error{
		digestOf(a)[:4]: catalog.ErrAmbiguous, digestOf(a)[:3]: catalog.ErrInvalidName, "": catalog.ErrInvalidName,
		"zzzz": catalog.ErrInvalidName, digestOf(a) + "0": catalog.ErrInvalidName, "../../etc": catalog.ErrInvalidName,
		digestOf("elsewhere"): catalog.ErrNotFound,
	} {
		_, err := c.Activate(t.Context(), "x", digest)
		want(t, err, kind)
	}
	if _, err := c.Activate(t.Context(), "x", strings.ToUpper(digestOf(a))); err != nil {
		t.Error(err)
	}
}

func TestUploadRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "catalog")
	c := open(t, dir)
	no := errors.New("no connector")
	_, _, err := c.Upload(t.Context(), "x", strings.NewReader("m"), func(context.Context, []byte) error { return no })
	want(t, err, no)
	_, _, err = c.Upload(t.Context(), "x", io.MultiReader(strings.NewReader("half"), failing{no}), accept)
	want(t, err, no)
	if _, _, err = c.Upload(t.Context(), "x", strings.NewReader("m"), nil); err == nil {
		t.Error("an upload without a check was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = c.Upload(ctx, "x", strings.NewReader("m"), accept)
	want(t, err, context.Canceled)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused upload made the directory: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestDamage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(t *testing.T, path string)
	}{
		{"a byte changed", func(t *testing.T, path string) { write(t, path, "modulE") }},
		{"cut short", func(t *testing.T, path string) { write(t, path, "mod") }},
		{"grown", func(t *testing.T, path string) { write(t, path, "module and more") }},
		{"gone", func(t *testing.T, path string) { must(t, os.Remove(path)) }},
		{"a directory", func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o700)) }},
		{"a link", func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".elsewhere"))
			must(t, os.Symlink(path+".elsewhere", path))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := open(t, dir)
			v := upload(t, c, "x", "module")
			path := filepath.Join(dir, "x", v.Digest+".wasm")
			tt.damage(t, path)
			_, _, err := c.Open(t.Context(), "x", v.Digest)
			want(t, err, catalog.ErrDamaged, path, "upload the same module again")
			_, err = c.Activate(t.Context(), "x", v.Digest)
			want(t, err, catalog.ErrDamaged)
			if tt.name == "a directory" {
				must(t, os.Remove(path))
			}
			upload(t, c, "x", "module")
			if _, module, err := c.Open(t.Context(), "x", v.Digest); err != nil || string(module) != "module" {
				t.Errorf("after the cure: %q, %v", module, err)
			}
		})
	}
}

func TestDamagedState(t *testing.T) {
	t.Parallel()
	good := `{"format":1,"versions":[{"digest":"` + digestOf("m") + `","size":1,"uploaded":"2026-01-02T03:04:05Z"}]`
	for name, text := range map[string]string{
		"empty": "", "cut": good, "binary": "\x00\xff", "other format": `{"format":2,"versions":[]}`,
		"a path for a digest": `{"format":1,"versions":[{"digest":"../../x","size":1,"uploaded":"2026-01-02T03:04:05Z"}]}`,
		"unknown active":      good + `,"active":"` + digestOf("n") + `"}`,
		"twice":               good + `}{}`, "huge": strings.Repeat(" ", 5<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := open(t, dir)
			upload(t, c, "ok", "module")
			upload(t, c, "x", "m")
			path := filepath.Join(dir, "x", "state.json")
			write(t, path, text)
			_, err := c.Show("x")
			want(t, err, catalog.ErrDamaged, path)
			_, _, err = c.Upload(t.Context(), "x", strings.NewReader("n"), accept)
			want(t, err, catalog.ErrDamaged, path)
			if _, err := os.Stat(filepath.Join(dir, "x", digestOf("m")+".wasm")); err != nil {
				t.Errorf("a module was swept although nobody knows whose it is: %v", err)
			}
			all, err := c.List()
			if want(t, err, catalog.ErrDamaged, path); len(all) != 1 || all[0].Name != "ok" {
				t.Errorf("listed %+v", all)
			}
		})
	}
}

func TestLinkOutOfTheCatalog(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	must(t, os.Symlink(outside, filepath.Join(dir, "x")))
	c := open(t, dir)
	if _, _, err := c.Upload(t.Context(), "x", strings.NewReader("m"), accept); err == nil {
		t.Error("an upload followed a link out of the catalog")
	}
	if left := files(t, outside); left != "" {
		t.Errorf("written outside: %s", left)
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes are Unix's")
	}
	dir := filepath.Join(t.TempDir(), "catalog")
	upload(t, open(t, dir), "x", "m")
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %04o, want %04o", path, info.Mode().Perm(), want)
		}
		return nil
	}))
	must(t, os.Chmod(dir, 0o770))
	if _, err := catalog.New(dir); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a directory others write to: %v", err)
	}
}

func TestTwoUploadsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var group sync.WaitGroup
	modules := []string{"a", "b", "c", "d", "a", "b", "c", "d"}
	for _, m := range modules {
		group.Go(func() {
			// A catalog of its own, as another process has.
			c, err := catalog.New(dir)
			if err == nil {
				var v catalog.Version
				if v, _, err = c.Upload(context.Background(), "x", strings.NewReader(m), accept); err == nil {
					_, err = c.Activate(context.Background(), "x", v.Digest)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	c := open(t, dir)
	shown, err := c.Show("x")
	if err != nil || len(shown.Versions) != 4 || len(shown.History) < 4 {
		t.Errorf("shown %+v, %v", shown, err)
	}
	intact(t, dir)
}

// TestFullDisk lets every write stop after each number of bytes, and each step
// fail in turn: the upload then is an error, and the catalog is as it was.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	dir := t.TempDir()
	c := open(t, dir)
	must2(c.Activate(t.Context(), "x", upload(t, c, "x", "old").Digest))(t)
	before := files(t, dir)
	try := func(t *testing.T, wrap func(io.Writer) io.Writer, step func(string) error) bool {
		faulty := open(t, dir)
		faulty.Fault(wrap, step)
		_, _, err := faulty.Upload(t.Context(), "x", strings.NewReader("a new module"), accept)
		if err == nil {
			return true
		}
		want(t, err, full)
		// A change of anything sweeps what the failure left.
		must2(c.Activate(t.Context(), "x", digestOf("old")))(t)
		if after := files(t, dir); after != before {
			t.Fatalf("the directory changed from\n%s\nto\n%s", before, after)
		}
		return false
	}
	// Every byte of the module and around it; of the state, one in seven unless
	// there is time.
	every := 7
	if os.Getenv("ECMABOX_LONG") != "" {
		every = 1
	}
	n := 0
	for ; ; n++ {
		left := n
		if n > 40 && n%every != 0 {
			continue
		}
		if try(t, func(w io.Writer) io.Writer { return &short{w, &left, full} }, nil) {
			break
		}
		if n > 10_000 {
			t.Fatal("the upload never succeeded")
		}
	}
	if n < len("a new module")+100 {
		t.Errorf("only %d bytes were ever missing: module and state are larger", n)
	}
	must2(c.Remove(t.Context(), "x", digestOf("a new module"), false))(t)
	before = files(t, dir)
	for _, step := range []string{"sync", "rename"} {
		for at := 1; ; at++ {
			seen := 0
			done := try(t, nil, func(s string) error {
				if s == step {
					if seen++; seen == at {
						return full
					}
				}
				return nil
			})
			if done {
				if at != 3 {
					t.Errorf("%d of %s were seen, want 2", at-1, step)
				}
				must2(c.Remove(t.Context(), "x", digestOf("a new module"), false))(t)
				before = files(t, dir)
				break
			}
		}
	}
}

// short is a disk with so many bytes left.
type short struct {
	w    io.Writer
	left *int
	err  error
}

func (s *short) Write(p []byte) (int, error) {
	if len(p) <= *s.left {
		*s.left -= len(p)
		return s.w.Write(p)
	}
	n, _ := s.w.Write(p[:*s.left])
	*s.left = 0
	return n, s.err
}

// intact checks what holds in a catalog at any time: every state can be read,
// every version opens, and after one more change nothing nobody names is left.
func intact(t *testing.T, dir string) {
	t.Helper()
	c := open(t, dir)
	all, err := c.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, connector := range all {
		if connector.Active == "" && len(connector.History) > 0 && connector.History[len(connector.History)-1].Action != "remove" {
			t.Errorf("%s lost its active version: %+v", connector.Name, connector)
		}
		for _, v := range connector.Versions {
			_, module, err := c.Open(t.Context(), connector.Name, v.Digest)
			must(t, err)
			// A change that changes nothing sweeps all the same.
			upload(t, c, connector.Name, string(module))
		}
		entries, err := os.ReadDir(filepath.Join(dir, connector.Name))
		must(t, err)
		if len(entries) != len(connector.Versions)+1 {
			t.Errorf("%s has %d versions and these files: %v", connector.Name, len(connector.Versions), entries)
		}
	}
}

// files lists all files under dir with their contents' beginning.
func files(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		must(t, err)
		rel, err := filepath.Rel(dir, path)
		must(t, err)
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(rel)
		if len(data) > 0 && !strings.HasSuffix(path, "state.json") {
			b.WriteString(": " + string(data))
		} else if len(data) > 0 {
			b.WriteString(": " + versionsOf(string(data)))
		}
		return nil
	}))
	return b.String()
}

// versionsOf cuts the history, which grows, off a state.
func versionsOf(state string) string {
	s, _, _ := strings.Cut(state, `"history"`)
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must2[T any](_ T, err error) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		must(t, err)
	}
}
