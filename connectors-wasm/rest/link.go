package rest

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// nextLink returns the URL with rel="next" in the Link headers (RFC 8288). Quotes may
// be single ones, too. It fails when there is none and a header cannot be read: what
// it says may be the next page.
func nextLink(headers []abi.Field) (url string, err error) {
	for i := range headers {
		if !strings.EqualFold(headers[i].Name, "Link") {
			continue
		}
		for rest := headers[i].Value; ; {
			if rest = strings.TrimLeft(rest, ", \t"); rest == "" {
				break
			}
			link, parameters, ok := strings.Cut(rest[1:], ">")
			if rest[0] != '<' || !ok || strings.ContainsAny(link, "<\" \t") {
				err = badLink
				break
			}
			// The parameters end where the next link begins.
			parameters, rest, ok = cutOutside(strings.TrimLeft(parameters, " \t"), ',')
			if !ok || parameters != "" && parameters[0] != ';' {
				err = badLink
				break
			}
			if isNext(parameters) {
				return link, nil
			}
		}
	}
	return "", err
}

var badLink = abi.NewError(abi.UnexpectedData, "the header Link, which names the next page, cannot be read")

// cutOutside cuts at the first sign outside of quotes, which stand behind an equals
// sign. It fails where they are not closed.
func cutOutside(s string, at byte) (before, after string, ok bool) {
	quote := byte(0)
	for i := range len(s) {
		switch {
		case quote != 0 && s[i] == quote:
			quote = 0
		case quote != 0:
		case s[i] == '"' || s[i] == '\'' && i > 0 && s[i-1] == '=':
			quote = s[i]
		case s[i] == at:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", quote == 0
}

func isNext(parameters string) bool {
	for parameters != "" {
		var one string
		one, parameters, _ = cutOutside(parameters, ';')
		name, text, _ := strings.Cut(one, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(text), `"'`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}

// place is a path below the target's base, and a query. origin is where the URL that
// they are of leads, which the host compares; empty for a URL that does not say.
type place struct {
	path   string
	query  []abi.Field
	origin string
}

// below takes a URL apart that the target named in its answer to a request for the path
// asked. It must be at the path of the list's first request, or go on with it: the
// target's own base path is what stands before that, and nothing else tells a connector
// where its target is. A path that does not begin at the root is resolved against asked,
// as RFC 3986 says.
func below(url, asked, list string) (place, error) {
	url, _, _ = strings.Cut(url, "#")
	path, query, _ := strings.Cut(url, "?")
	origin, path := cutOrigin(path)
	if len(origin) > abi.MaxNameBytes {
		return place{}, abi.NewError(abi.UnexpectedData, "the URL of the next page has a host that is too long")
	}
	switch {
	case path == "":
		path = asked
	case path[0] != '/':
		path = resolve(path, asked)
	default:
		path = path[max(beginOf(list, path), 0):]
	}
	if beginOf(list, path) != 0 {
		return place{}, abi.NewError(abi.UnexpectedData, "the next page is at another path than "+list)
	}
	fields, ok := parseQuery(query)
	if !ok {
		return place{}, abi.NewError(abi.UnexpectedData, "the URL of the next page has a query that cannot be read")
	}
	return place{path, fields, origin}, nil
}

// beginOf is where list stands in a path as whole segments, -1 where it does not. A slash
// at the end of list need not be there.
func beginOf(list, path string) int {
	if bare := strings.TrimSuffix(list, "/"); bare != "" {
		list = bare
	}
	return strings.Index(path+"/", list+"/")
}

// resolve puts a path behind the last slash of the one that was asked for, and takes the
// dots out. One that leads out above the target's base, which only the host knows, stays
// "..".
func resolve(path, asked string) string {
	var kept []string
	segments := strings.Split(asked[:strings.LastIndexByte(asked, '/')+1]+path, "/")
	for i, segment := range segments {
		switch {
		case segment == ".." && len(kept) < 2:
			return ".."
		case segment == "..":
			kept = kept[:len(kept)-1]
		case segment != ".":
			kept = append(kept, segment)
			continue
		}
		if i == len(segments)-1 {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}

// cutOrigin cuts scheme, host and port off a URL without its query: https://host, or
// //host. What of it is a user's name stays, for the host to refuse.
func cutOrigin(url string) (origin, path string) {
	host := 2
	if !strings.HasPrefix(url, "//") {
		i := strings.Index(url, "://")
		if i < 0 || strings.IndexByte(url, '/') < i {
			return "", url
		}
		host += i + 1
	}
	if i := strings.IndexByte(url[host:], '/'); i >= 0 {
		return url[:host+i], url[host+i:]
	}
	return url, "/"
}

func parseQuery(query string) (fields []abi.Field, ok bool) {
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, ok = unescape(name)
		if !ok {
			return nil, false
		}
		if value, ok = unescape(value); !ok {
			return nil, false
		}
		fields = append(fields, abi.Field{Name: name, Value: value})
	}
	return fields, true
}

// unescape takes the encoding off a part of a query.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] != '%':
			b = append(b, s[i])
		case i+2 < len(s) && digit(s[i+1]) < 16 && digit(s[i+2]) < 16:
			b = append(b, digit(s[i+1])<<4|digit(s[i+2]))
			i += 2
		default:
			return "", false
		}
	}
	return string(b), true
}

// digit returns what a hexadecimal digit is worth, 16 or more for none.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
