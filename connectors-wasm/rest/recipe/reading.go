package recipe

import "strings"

// Reading is a part of a target's answers by which a recipe follows and counts lists,
// tells objects apart or errors from successes, or which it captures. Without it a run
// would not fail, but go on with less.
type Reading struct {
	// Path is that in the recipe.
	Path string
	// keys lead to it in an answer; anyItem and anyMember stand for all of a list or map.
	keys []string
	// sealable says that a placeholder for it is as good.
	sealable bool
}

const (
	anyItem   = "#"
	anyMember = "*"
)

// Taken returns the paths of n.Readings that a pattern of a target's drop, or of its seal
// if sealed, takes away: what it names, or what is around it.
func (n *Need) Taken(pattern string, sealed bool) (paths []string) {
	tokens := pointerKeys(pattern)
	for _, r := range n.Readings {
		if !(sealed && r.sealable) && names(tokens, r.keys) {
			paths = add(paths, r.Path)
		}
	}
	return paths
}

// names says whether a pattern names what keys lead to, or something on the way there.
func names(pattern, keys []string) bool {
	switch {
	case len(pattern) == 0:
		return true
	case pattern[0] == "**":
		return names(pattern[1:], keys) || len(keys) > 0 && names(pattern, keys[1:])
	case len(keys) == 0:
		return false
	}
	same := pattern[0] == "*" || pattern[0] == keys[0] || keys[0] == anyItem && made(pattern[0], "0123456789")
	return same && names(pattern[1:], keys[1:])
}

// Blinded tells of what a target's own drop and seal take away although the recipe reads
// it. Such a recipe can be followed where the grant does not have them, so Parse takes it.
func Blinded(r *Recipe) []Problem {
	c := checker{parser: &parser{}, r: r}
	for _, need := range Needs(r) {
		for _, patterns := range []struct {
			key    string
			all    []string
			sealed bool
		}{{"drop", need.Drop, false}, {"seal", need.Seal, true}} {
			for i, pattern := range patterns.all {
				if paths := need.Taken(pattern, patterns.sealed); len(paths) > 0 {
					c.wrong(Index(Key(Key("targets", need.Target), patterns.key), i), shown(pattern)+" takes away "+strings.Join(paths, ", ")+
						", which the recipe reads", "write a pattern that leaves it, or read something else")
				}
			}
		}
	}
	return c.problems
}

// readings notes what is read of the answers to a request, below keys.
func (n *needs) readings(r *Request, below []string, sealable bool, paths ...string) {
	need := n.of(r)
	for _, path := range paths {
		for _, keys := range pathKeys(path) {
			all := append(append([]string(nil), below...), keys...)
			need.Readings = append(need.Readings, Reading{Path: path, keys: all, sealable: sealable})
		}
	}
}

// listReadings notes what a list is followed and counted by, and what tells its rows
// apart: fields of them.
func (n *needs) listReadings(l *List, fields ...string) {
	n.readings(&l.Request, nil, false, l.Total, l.Paging.From, l.Paging.More())
	for _, m := range l.Incomplete {
		n.readings(&l.Request, nil, false, m.Path)
	}
	n.ruleReadings(&l.Request, l.OnError)
	for _, matches := range [][]RowMatch{l.Only, l.Skip} {
		for i := range matches {
			fields = append(fields, matches[i].Path)
		}
	}
	fields = append(fields, l.Paging.Field)
	for _, path := range l.Rows {
		path = strings.TrimSuffix(path, "?")
		n.readings(&l.Request, nil, false, path)
		all := pathKeys(path)
		keys := all[len(all)-1] // before it are what filters compare
		if last := len(keys) - 1; last < 0 || keys[last] != anyItem && keys[last] != anyMember {
			keys = append(keys, anyItem)
		}
		n.readings(&l.Request, keys, false, fields...)
	}
}

func (n *needs) ruleReadings(r *Request, rules []ErrorRule) {
	for _, rules := range [][]ErrorRule{rules, n.r.Errors} {
		for i := range rules {
			n.readings(r, nil, false, rules[i].Value)
		}
	}
}

// anchorFields are the paths of the anchor in the rows of a list.
func (n *needs) anchorFields(own string) []string {
	a := n.r.Attribute(n.r.Anchor)
	switch {
	case own != "":
		return []string{own}
	case a == nil:
		return nil
	}
	fields := []string{a.Read}
	for _, piece := range a.Template {
		if len(piece.Ref) > 1 && piece.Ref[0] == "row" {
			fields = append(fields, piece.Ref[1])
		}
	}
	return fields
}

// pathKeys takes a path apart: the keys that lead to what its filters compare, and last
// those to what it names. None lead to the thing itself.
func pathKeys(path string) (all [][]string) {
	keys := []string{}
	if path == "" {
		return nil
	}
	for rest := path; rest != "" && path != "."; {
		step, filter := rest, ""
		switch {
		case rest[0] == '@': // the name or number of a row, and nothing in it
			return append(all, keys)
		case strings.HasPrefix(rest, "#("):
			filter, rest = cutFilter(rest)
			all = append(all, append(append(append([]string(nil), keys...), anyItem), cutNames(filter)...))
			step = anyItem
		default:
			step, rest = cutStep(rest)
		}
		keys = append(keys, step)
	}
	return append(all, keys)
}

// cutStep cuts the first step off a path: a name without its backslashes, anyItem or
// anyMember.
func cutStep(path string) (step, rest string) {
	for i := 0; i < len(path); i++ {
		switch path[i] {
		case '\\':
			i++
		case '.':
			return cutNames(path[:i])[0], path[i+1:]
		}
	}
	return cutNames(path)[0], ""
}

// cutFilter cuts a step such as #(a.b=="c")# off a path, and returns the a.b of it.
func cutFilter(path string) (compared, rest string) {
	quoted, end := false, len(path)
	for i := 2; i < len(path) && end == len(path); i++ {
		switch {
		case path[i] == '\\':
			i++
		case path[i] == '"':
			quoted = !quoted
		case !quoted && compared == "" && (path[i] == '=' || path[i] == '!') && i+1 < len(path) && path[i+1] == '=':
			compared = path[2:i]
		case !quoted && path[i] == ')' && compared != "":
			end = i + 1
		}
	}
	rest = strings.TrimPrefix(path[end:], "#")
	return compared, strings.TrimPrefix(rest, ".")
}
