package pathrule_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/hostfuncs/internal/pathrule"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/":              {""},
		"/a":             {"a"},
		"/a/":            {"a", ""},
		"/a/b%20c":       {"a", "b c"},
		"/%41":           {"A"},
		"/a;b=c":         {"a;b=c"},
		"/...":           {"..."},
		"/a%25b":         {"a%b"},
		"/%E6%97%A5":     {"日"},
		"/a/.well-known": {"a", ".well-known"},
	} {
		have, err := pathrule.Split(path, false)
		if err != nil || !slices.Equal(have, want) {
			t.Errorf("%s: have %q, %v; want %q", path, have, err, want)
		}
	}
	for path, want := range map[string]error{
		"": pathrule.ErrRelative, "a": pathrule.ErrRelative, "*": pathrule.ErrRelative, "http://a/b": pathrule.ErrRelative,
		"//": pathrule.ErrEmpty, "/a//b": pathrule.ErrEmpty,
		"/.": pathrule.ErrDot, "/a/..": pathrule.ErrDot, "/%2e": pathrule.ErrDot, "/.%2E/a": pathrule.ErrDot, "/..;x/a": pathrule.ErrDot,
		"/a%2fb": pathrule.ErrSlash, "/a%5Cb": pathrule.ErrBackslash, `/a\b`: pathrule.ErrSign,
		"/%00": pathrule.ErrControl, "/%0a": pathrule.ErrControl, "/%7f": pathrule.ErrControl, "/%c2%85": pathrule.ErrControl,
		"/a b": pathrule.ErrSign, "/ä": pathrule.ErrSign, "/a?b": pathrule.ErrSign, "/a#b": pathrule.ErrSign, "/a\r\n": pathrule.ErrSign, "/\"": pathrule.ErrSign,
		"/%": pathrule.ErrEscape, "/%4": pathrule.ErrEscape, "/%4g": pathrule.ErrEscape,
		"/%ff": pathrule.ErrText, "/%c0%ae": pathrule.ErrText,
		"/%252e": pathrule.ErrTwice, "/a%252Fb": pathrule.ErrTwice, "/%25%32%65": pathrule.ErrTwice, "/%25255c": pathrule.ErrTwice,
	} {
		if have, err := pathrule.Split(path, false); !errors.Is(err, want) {
			t.Errorf("%q: have %q, %v; want %v", path, have, err, want)
		}
	}
}

func TestSplitWithSlashes(t *testing.T) {
	t.Parallel()
	have, err := pathrule.Split("/p/%2F/a%2fb", true)
	if want := []string{"p", "/", "a/b"}; err != nil || !slices.Equal(have, want) {
		t.Errorf("have %q, %v; want %q", have, err, want)
	}
	for _, path := range []string{"/a%2F..%2Fb", "/..%2Fa", "/a%2F.", "/a%2F..;x"} {
		if have, err := pathrule.Split(path, true); !errors.Is(err, pathrule.ErrDot) {
			t.Errorf("%s: have %q, %v", path, have, err)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, yes, no string
	}{
		{"/", "/", "/a"},
		{"/users", "/users /%75sers", "/ /users/ /Users /users/1 /user /usersx"},
		{"/users/", "/users/", "/users /users/1"},
		{"/users/*", "/users/1 /users/a%20b /users/*", "/users /users/ /users/1/x /users/1/"},
		{"/users/*/roles", "/users/1/roles", "/users//roles /users/roles /users/1/roles/2"},
		{"/users/**", "/users/ /users/1 /users/1/2/3", "/users /user/1 /usersx/1"},
		{"/**", "/ /a /a/b", ""},
		{"/*/**", "/a/ /a/b/c", "/a /"},
		{"/a b/ä", "/a%20b/%C3%A4", "/a"},
		{"GET /a", "/a", "/b"},
		{"GET,PUT /a", "/a", "/b"},
	} {
		p, err := pathrule.Parse(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		for want, paths := range map[bool]string{true: c.yes, false: c.no} {
			for path := range strings.FieldsSeq(paths) {
				segments, err := pathrule.Split(path, false)
				if have := err == nil && p.Match("GET", segments); have != want {
					t.Errorf("%s covers %s: have %v, want %v (%v)", c.pattern, path, have, want, err)
				}
			}
		}
	}
	limited, _ := pathrule.Parse("GET,PUT /a")
	if limited.Match("DELETE", []string{"a"}) || !limited.Match("PUT", []string{"a"}) {
		t.Error("the methods of a pattern do not hold")
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "users", "*", "/a/**/b", "/a*", "/user-*", "/***", "/a//b", "/../a", "/a/%2e", "/a?b", "/a#b", "/a\x00", `/a\b`, "GET users", "GET", "/a/.."} {
		if p, err := pathrule.Parse(text); err == nil {
			t.Errorf("%q was taken as %v", text, p)
		}
	}
}

// FuzzSplit holds what is let through against net/url's reading of it.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"/users/1", "/a%2Fb", "/%2e%2e/x", "/..;/", "/%252e", "/ä", "//", "/%zz"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	all, _ := pathrule.Parse("/**")
	f.Fuzz(func(t *testing.T, path string, slashes bool) {
		segments, err := pathrule.Split(path, slashes)
		if err != nil {
			return
		}
		if !all.Match("GET", segments) {
			t.Errorf("/** does not cover %q", path)
		}
		u, err := url.Parse("http://host" + path)
		if err != nil || u.Host != "host" || u.RawQuery != "" || u.Fragment != "" || u.EscapedPath() != path {
			t.Errorf("%q is read by net/url as %+v, %v", path, u, err)
		}
		if clean := u.JoinPath().Path; !slashes && clean != u.Path {
			t.Errorf("%q is cleaned to %q", path, clean)
		}
		if decoded := "/" + strings.Join(segments, "/"); decoded != u.Path {
			t.Errorf("%q: segments %q, net/url %q", path, segments, u.Path)
		}
	})
}
