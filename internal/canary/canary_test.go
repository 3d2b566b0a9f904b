package canary_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/internal/canary"
)

const secret = "p/s+w?rd"

func TestFind(t *testing.T) {
	t.Parallel()
	f := canary.New(secret)
	for before := range 5 {
		for after := range 5 {
			plain := strings.Repeat("a", before) + secret + strings.Repeat("é", after)
			for name, text := range map[string]string{
				"raw": plain, "hex": hex.EncodeToString([]byte(plain)), "HEX": fmt.Sprintf("%X", plain),
				"base64": base64.StdEncoding.EncodeToString([]byte(plain)),
				"UTF-16": strings.Join(strings.Split(plain, ""), "\x00") + "\x00",
			} {
				if len(f.Find([]byte(text))) == 0 {
					t.Errorf("not found as %s in %q", name, text)
				}
			}
		}
	}
	all := ""
	for _, c := range []byte(secret) {
		all += fmt.Sprintf("%%%02x", c)
	}
	for _, text := range []string{all, strings.ToUpper(all)} {
		if len(f.Find([]byte(text))) == 0 {
			t.Errorf("not found in %q", text)
		}
	}
	if text, _ := url.QueryUnescape(all); text != secret {
		t.Fatalf("the test encodes wrongly: %q", text)
	}
}

func TestFindNothing(t *testing.T) {
	t.Parallel()
	half := secret[:len(secret)-1]
	for _, text := range []string{"", half, base64.StdEncoding.EncodeToString([]byte(half + "x")), hex.EncodeToString([]byte(half))} {
		if found := canary.New(secret).Find([]byte(text)); len(found) > 0 {
			t.Errorf("found as %v in %q", found, text)
		}
	}
}
