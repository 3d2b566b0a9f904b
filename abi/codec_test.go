package abi_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

var update = flag.Bool("update", false, "write the vectors anew; read the diff before committing it")

const vectors = "../testdata/abi"

func encode(t *testing.T, m abi.Message) string {
	t.Helper()
	var w wire.Writer
	abi.Encode(&w, m)
	if err := w.Err(); err != nil {
		t.Fatalf("encode: %v", err)
	}
	return string(w.Bytes())
}

// TestVectors holds the codec to the vectors that every other binding is held to:
// what is read is written again byte for byte, and it is the sample. It is not
// parallel, so that with -update the vectors are there when TestABIMD reads them.
func TestVectors(t *testing.T) {
	types := abi.NewTypeIndex(sampleSchema)
	seen := map[string]bool{}
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			file := filepath.Join(vectors, s.name+".json")
			seen[file] = true
			have := encode(t, s.message)
			if *update {
				if err := os.WriteFile(file, []byte(have+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(string(data), "\n")
			if have != want {
				t.Errorf("encoded:\nhave %s\nwant %s", have, want)
			}
			m := s.fresh()
			if err := abi.Decode(want, m, types); err != nil {
				t.Fatalf("decode: %v", err)
			}
			if again := encode(t, m); again != want {
				t.Errorf("decoded and encoded again:\nhave %s\nwant %s", again, want)
			}
			if !reflect.DeepEqual(m, s.message) {
				t.Errorf("decoded:\nhave %+v\nwant %+v", m, s.message)
			}
		})
	}
	files, err := filepath.Glob(filepath.Join(vectors, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", vectors, err)
	}
	for _, f := range files {
		if !seen[f] {
			t.Errorf("%s belongs to no sample: remove it or add the sample", f)
		}
	}
}

// inner are messages that travel only inside others.
var inner = map[string]bool{"HTTPRequest": true, "HTTPAnswer": true, "CSEntryChange": true, "CSEntry": true,
	"SchemaType": true, "EntryError": true, "Want": true}

// TestEveryMessageHasVector fails when a type that can be decoded is missing
// among the samples.
func TestEveryMessageHasVector(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, s := range samples() {
		have[reflect.TypeOf(s.message).Elem().Name()] = true
	}
	files, _ := filepath.Glob("*.go")
	found := 0
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func \((?:\w+ )?\*(\w+)\) decode\(`).FindAllStringSubmatch(string(source), -1) {
			found++
			if !have[m[1]] && !inner[m[1]] {
				t.Errorf("no vector for %s", m[1])
			}
		}
	}
	if found < 30 {
		t.Errorf("found %d messages in the source; the search is broken", found)
	}
}

// sharing are the messages that may keep parts of the text they were read from.
var sharing = map[string]bool{"GetImportEntriesRunStep": true, "GetImportEntriesResults": true, "EntriesMessage": true,
	"HTTPRequests": true, "HTTPAnswers": true, "SOAPRequest": true, "SOAPAnswer": true}

// TestOwnText has a message that says little in a long text keep none of the rest,
// and a page's watermark not the page.
func TestOwnText(t *testing.T) {
	t.Parallel()
	types := abi.NewTypeIndex(sampleSchema)
	for _, s := range samples() {
		text := encode(t, s.message)
		m := s.fresh()
		if err := abi.Decode(text, m, types); err != nil {
			t.Fatal(err)
		}
		kind := reflect.TypeOf(m).Elem()
		if shared := sharedText(reflect.ValueOf(m), text); len(shared) > 0 && !sharing[kind.Name()] {
			t.Errorf("%s keeps %q of the text", s.name, shared)
		}
		if chain := reflect.ValueOf(m).Elem().FieldByName("CustomData"); chain.IsValid() && len(sharedText(chain, text)) > 0 {
			t.Errorf("the watermark of %s keeps the text", s.name)
		}
	}
	text := `{"error":` + encode(t, &sampleFailure) + `}`
	if shared := sharedText(reflect.ValueOf(abi.AsError(abi.DecodeReply(text, &abi.GetImportEntriesResults{}, nil))), text); len(shared) > 0 {
		t.Errorf("an error keeps %q of the text", shared)
	}
	for message, text := range map[abi.Message]string{
		&abi.Error{}:               `{"code":"ServerDown","detail":"` + strings.Repeat("x", abi.MaxErrorText+1) + `"}`,
		&abi.CSEntryChangeResult{}: `{"id":"1","anchor":{"id":5,"b":["x"]}}`,
	} {
		if err := abi.Decode(text, message, types); err != nil {
			t.Fatal(err)
		}
		if shared := sharedText(reflect.ValueOf(message), text); len(shared) > 0 {
			t.Errorf("%T keeps %q of the text", message, shared)
		}
	}
}

// sharedText returns the strings in v that are parts of text.
func sharedText(v reflect.Value, text string) (shared []string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return sharedText(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			shared = append(shared, sharedText(v.Field(i), text)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			shared = append(shared, sharedText(v.Index(i), text)...)
		}
	case reflect.String:
		s := v.String()
		begins := uintptr(unsafe.Pointer(unsafe.StringData(text)))
		if at := uintptr(unsafe.Pointer(unsafe.StringData(s))); s != "" && at >= begins && at < begins+uintptr(len(text)) {
			return []string{s}
		}
	}
	return shared
}
