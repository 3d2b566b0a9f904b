package abi_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestAppendManifest has sections of one- and two-byte lengths in place, and the
// module before them unchanged.
func TestAppendManifest(t *testing.T) {
	t.Parallel()
	module := []byte("\x00asm\x01\x00\x00\x00")
	for name, want := range map[string]string{
		"a":                       "\x00asm\x01\x00\x00\x00" + "\x00\x1a" + "\x0decma.manifest" + `{"name":"a"}`,
		strings.Repeat("n", 0x80): "\x00asm\x01\x00\x00\x00" + "\x00\x99\x01" + "\x0decma.manifest" + `{"name":"` + strings.Repeat("n", 0x80) + `"}`,
	} {
		have := abi.AppendManifest(module, &abi.Manifest{Name: name})
		if string(have) != want {
			t.Errorf("have %q\nwant %q", have, want)
		}
	}
	if !bytes.Equal(module, []byte("\x00asm\x01\x00\x00\x00")) {
		t.Error("the module was changed")
	}
}
