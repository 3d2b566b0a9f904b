package guest_test

import (
	"net/url"
	"testing"

	"github.com/ecmabox/ecmabox/abi/guest"
)

func TestPathSegment(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"empty":        {"", ""},
		"plain":        {"aZ09-._~", "aZ09-._~"},
		"delimiters":   {"a/b?c#d e%f+g&h@i", "a%2Fb%3Fc%23d%20e%25f%2Bg%26h%40i"},
		"near letters": {"@[`{", "%40%5B%60%7B"},
		"not ASCII":    {"zoë", "zo%C3%AB"},
		"not UTF-8":    {"\xff\x00", "%FF%00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			have := guest.PathSegment(test.text)
			if have != test.want {
				t.Errorf("PathSegment(%q) = %q, want %q", test.text, have, test.want)
			}
			if back, err := url.PathUnescape(have); err != nil || back != test.text {
				t.Errorf("%q reads back as %q (%v), want %q", have, back, err, test.text)
			}
		})
	}
}
