package main

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/hostfuncs/recording"
	"github.com/ecmabox/ecmabox/internal/canary"
	"github.com/ecmabox/ecmabox/internal/userdirectory"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// directoryToken is a canary.
const directoryToken = "c4n4ry-T0ken"

// taped is a directory's connector in a folder, to be recorded and replayed.
type taped struct {
	t   *testing.T
	app *userdirectory.Directory
	url *httptest.Server
	dir string
}

func newTaped(t *testing.T) *taped {
	t.Helper()
	module, err := wasmbuild.Build(t.Context(), demoConnector)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ECMABOX_CACHE", cache)
	t.Setenv("TOKEN", directoryToken)
	d := &taped{t: t, app: userdirectory.New(directoryToken), dir: t.TempDir()}
	d.url = httptest.NewServer(d.app)
	t.Cleanup(d.url.Close)
	d.write("m.wasm", string(module))
	d.write("c.yaml", "connector: directory\nmodule: m.wasm\nsecrets: {token: {env: TOKEN}}\nparameters: {Token: {secret: token}}\nobjectType: user\nexportPassword: true\n"+
		"targets:\n  directory:\n    baseURL: "+d.url.URL+"\n    networks: [127.0.0.1]\n    methods: [GET, POST, PATCH, PUT, DELETE]\n    paths: [/users, /users/*, PUT /users/*/password]\n"+
		"    headers: {idempotency: Idempotency-Key}\n    credentials: [{bearer: {parameter: Token}}]\n    slots: [{pointer: /password, paths: [PUT /users/*/password], accepts: [new_password]}]\n")
	for _, u := range demoUsers() {
		if _, err := d.app.Create(u, ""); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *taped) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *taped) read(name string) string {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.t.Fatal(err)
	}
	return string(data)
}

// run runs a command on the files of the folder and returns its output.
func (d *taped) run(want int, args ...string) string {
	d.t.Helper()
	for i, arg := range args {
		if strings.Contains(arg, ".") {
			args[i] = filepath.Join(d.dir, arg)
		}
	}
	var out, errs bytes.Buffer
	args = append([]string{"run", args[0], "-c", filepath.Join(d.dir, "c.yaml")}, args[1:]...)
	if code := run(d.t.Context(), args, strings.NewReader(""), &out, &errs); code != want {
		d.t.Errorf("%v: exit code %d, want %d: %s", args, code, want, errs.String())
	}
	return out.String()
}

// TestReplayOfDelta: a delta begins at the watermark of the recording, and neither
// it nor its file is touched. What a target makes up, such as anchors, comes from
// the recording, too.
func TestReplayOfDelta(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a connector")
	}
	d := newTaped(t)
	d.write("changes.jsonl", `{"attributes":{"login":"mary","name":"Mary","export_password":"`+newPassword+`"}}`+"\n"+`{"change":"Update","anchor":{"id":"u-1"},"attributes":{"mail":{"replace":"x@example.test"}}}`+"\n")
	first := d.run(exitOK, "import", "--watermark", "mark.json", "--record", "first.rec")
	export := d.run(exitOK, "export", "--record", "export.rec", "changes.jsonl")
	delta := d.run(exitOK, "import", "--delta", "--watermark", "mark.json", "--record", "delta.rec")
	if strings.Count(first, "\n") != 5 || strings.Count(delta, "\n") != 2 || !strings.Contains(export, `"password":"done"`) {
		t.Fatalf("the runs that are recorded go wrong:\n%s\n%s\n%s", first, export, delta)
	}
	d.url.Close()
	if err := os.Unsetenv("TOKEN"); err != nil {
		t.Fatal(err)
	}
	mark := d.read("mark.json")
	d.write("changes.jsonl", strings.ReplaceAll(d.read("changes.jsonl"), newPassword, "another"))
	for name, want := range map[string]string{"first": first, "delta": delta} {
		if have := d.run(exitOK, "import", "--replay", name+".rec"); have != want {
			t.Errorf("the replay of %s prints\n%s\nwant\n%s", name, have, want)
		}
	}
	if have := d.run(exitOK, "export", "--replay", "export.rec", "changes.jsonl"); have != export {
		t.Errorf("the replay of the export prints\n%s\nwant\n%s", have, export)
	}
	if d.read("mark.json") != mark || mark == "" {
		t.Errorf("the watermark was %s and is %s", mark, d.read("mark.json"))
	}
	for _, secret := range []string{directoryToken, newPassword} {
		for _, name := range []string{"first.rec", "delta.rec", "export.rec"} {
			if found := canary.New(secret).Find([]byte(d.read(name))); len(found) > 0 {
				t.Errorf("%s holds a secret as %v", name, found)
			}
		}
	}
}

// TestOutputCut: what the output did not take is no result to compare with.
func TestOutputCut(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a connector")
	}
	d := newTaped(t)
	var errs bytes.Buffer
	file := filepath.Join(d.dir, "cut.rec")
	if code := run(t.Context(), []string{"run", "import", "-c", filepath.Join(d.dir, "c.yaml"), "--record", file}, strings.NewReader(""), &brokenPipe{}, &errs); code != exitFailed {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if !strings.Contains(errs.String(), "cut.rec was not made: recording: the output was cut: broken pipe") || d.read("cut.rec") != "" {
		t.Errorf("have %s", errs.String())
	}
}

// TestOptionsOfRecording: options that no command writes are refused.
func TestOptionsOfRecording(t *testing.T) {
	t.Parallel()
	for _, options := range []map[string]string{{optionLimit: "many"}, {optionWatermark: "{"}} {
		var b bytes.Buffer
		r, err := recording.NewRecorder(nil, &b, recording.Header{Connector: "x", Operation: recording.Operation{Name: "import", Options: options}})
		if err == nil {
			err = r.Finish(recording.Result{})
		}
		file := filepath.Join(t.TempDir(), "x.rec")
		if err = errors.Join(err, os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		if code := run(t.Context(), []string{"run", "import", "-c", "x.yaml", "--replay", file}, strings.NewReader(""), &b, &errs); code != exitUsage || !strings.Contains(errs.String(), "its options make no sense") {
			t.Errorf("%v: exit code %d: %s", options, code, errs.String())
		}
	}
}
