package want_test

import (
	"context"
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/want"
)

// The model below reads a document with encoding/json into any, walks it step by
// step and knows nothing of bytes. Objects keep their order.

type object struct {
	keys   []string
	values map[string]any
}

// tree reads the next value of a document that is known to be JSON.
func tree(d *json.Decoder) any {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			list = append(list, tree(d))
		}
		d.Token()
		return list
	case json.Delim('{'):
		o := object{values: map[string]any{}}
		for d.More() {
			key, _ := d.Token()
			o.keys = append(o.keys, key.(string))
			o.values[key.(string)] = tree(d)
		}
		d.Token()
		return o
	}
	return token
}

// plainly makes of a tree what encoding/json makes of the document.
func plainly(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainly(v[i])
		}
		return out
	case object:
		out := map[string]any{}
		for k, x := range v.values {
			out[k] = plainly(x)
		}
		return out
	}
	return v
}

// modelStep is a step before it is written.
type modelStep struct {
	kind    string // name, #, *, first, all
	name    string
	cond    []string
	not     bool
	literal string
}

func (s modelStep) String() string {
	switch s.kind {
	case "name":
		return escaped(s.name)
	case "#", "*":
		return s.kind
	}
	var names []string
	for _, n := range s.cond {
		names = append(names, escaped(n))
	}
	op := "=="
	if s.not {
		op = "!="
	}
	text := "#(" + strings.Join(names, ".") + op + s.literal + ")"
	if s.kind == "all" {
		text += "#"
	}
	return text
}

func escaped(name string) string {
	var b strings.Builder
	for _, c := range name {
		if strings.ContainsRune(`.\#*@?=! `, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func text(steps []modelStep) string {
	if len(steps) == 0 {
		return "."
	}
	var all []string
	for _, s := range steps {
		all = append(all, s.String())
	}
	return strings.Join(all, ".")
}

func child(v any, name string) (any, bool) {
	switch v := v.(type) {
	case object:
		x, ok := v.values[name]
		return x, ok
	case []any:
		if i, err := strconv.Atoi(name); err == nil && strconv.Itoa(i) == name && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

func (s modelStep) holds(v any) bool {
	there := true
	for _, name := range s.cond {
		if v, there = child(v, name); !there {
			v = nil
			break
		}
	}
	d := json.NewDecoder(strings.NewReader(s.literal))
	d.UseNumber()
	literal := tree(d)
	if a, ok := v.(json.Number); ok {
		if b, ok := literal.(json.Number); ok {
			x, _ := a.Float64()
			y, _ := b.Float64()
			return (x == y) != s.not
		}
	}
	_, isList := v.([]any)
	_, isObject := v.(object)
	return (!isList && !isObject && v == literal) != s.not
}

// hits walks, and says whether the path finds a list and whether that was begun.
func hits(v any, steps []modelStep) (found []any, many, begun bool) {
	if len(steps) == 0 {
		return []any{v}, false, false
	}
	s, rest := steps[0], steps[1:]
	var next []any
	switch list, isList := v.([]any); {
	case s.kind == "name":
		if x, ok := child(v, s.name); ok {
			next = []any{x}
		}
	case s.kind == "#":
		many, begun, next = true, isList, list
	case s.kind == "*":
		o, isObject := v.(object)
		many, begun = true, isObject
		for _, k := range o.keys {
			next = append(next, o.values[k])
		}
	default:
		many, begun = s.kind == "all", s.kind == "all" && isList
		for _, x := range list {
			if s.holds(x) && (many || len(next) == 0) {
				next = append(next, x)
			}
		}
	}
	restMany := false
	for _, r := range rest {
		restMany = restMany || r.kind == "#" || r.kind == "*" || r.kind == "all"
	}
	for _, x := range next {
		more, _, restBegun := hits(x, rest)
		found = append(found, more...)
		begun = begun || !many && restBegun
	}
	return found, many || restMany, begun
}

func find(v any, steps []modelStep) any {
	found, many, begun := hits(v, steps)
	switch {
	case many && begun:
		return plainly(append([]any{}, found...))
	case many || len(found) == 0:
		return nil
	}
	return plainly(found[0])
}

type modelRow struct {
	value any
	key   any
	index int
}

// rowsOf returns rows, or false when something is not there.
func rowsOf(v any, steps []modelStep, optional bool) (rows []modelRow, ok bool) {
	if v == nil && optional {
		return nil, true
	}
	list, isList := v.([]any)
	o, isObject := v.(object)
	if len(steps) == 0 {
		for i, x := range list {
			rows = append(rows, modelRow{x, nil, i})
		}
		return rows, isList
	}
	s, rest := steps[0], steps[1:]
	var next []modelRow
	switch s.kind {
	case "name":
		index, err := strconv.Atoi(s.name)
		isIndex := err == nil && strconv.Itoa(index) == s.name
		x, there := child(v, s.name)
		switch {
		case there:
			return rowsOf(x, rest, optional)
		case isObject || isList && isIndex:
			return nil, optional
		}
		return nil, false
	case "*":
		if !isObject {
			return nil, false
		}
		for i, k := range o.keys {
			next = append(next, modelRow{o.values[k], k, i})
		}
	default:
		if !isList {
			return nil, false
		}
		for i, x := range list {
			if s.kind == "#" || s.holds(x) {
				if s.kind == "first" {
					return rowsOf(x, rest, optional)
				}
				next = append(next, modelRow{x, nil, i})
			}
		}
		if s.kind == "first" {
			return nil, optional
		}
	}
	if len(rest) == 0 {
		return next, true
	}
	for _, n := range next {
		more, ok := rowsOf(n.value, rest, optional)
		if !ok {
			return nil, false
		}
		rows = append(rows, more...)
	}
	return rows, true
}

var (
	modelNames = []string{"a", "b", "c", "0", "1", "x.y", "#", "*", "@key", "q?", " s ", `\`, "ä", "=", "!="}
	leaves     = []string{`"v"`, `"w"`, `""`, `"\u0076"`, `"a b"`, "1", "1.0", "10e-1", "-0", "0", "2.50", "true", "false", "null"}
	space      = rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "\r "})
)

// document draws a document, its white space and its escapes.
func document(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 || kind == 0 {
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	}
	var b strings.Builder
	sp := func() { b.WriteString(space.Draw(t, "space")) }
	n := rapid.IntRange(0, 4).Draw(t, "n")
	if kind <= 3 {
		b.WriteByte('[')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			sp()
			b.WriteString(document(t, depth-1))
			sp()
		}
		return b.String() + "]"
	}
	b.WriteByte('{')
	for i, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(modelNames), 0, 6, rapid.ID[string]).Draw(t, "keys") {
		if i > 0 {
			b.WriteByte(',')
		}
		sp()
		quoted, _ := json.Marshal(key)
		if key == "a" && kind == 4 {
			quoted = []byte(`"\u0061"`)
		}
		b.Write(quoted)
		sp()
		b.WriteByte(':')
		sp()
		b.WriteString(document(t, depth-1))
		sp()
	}
	return b.String() + "}"
}

// modelPath draws a path; mostly one that leads somewhere in v.
func modelPath(t *rapid.T, v any) []modelStep {
	var steps []modelStep
	for range rapid.SampledFrom([]int{0, 1, 1, 2, 2, 3, 4}).Draw(t, "steps") {
		kinds, names := []string{"name", "#", "*", "first", "all"}, modelNames
		if rapid.IntRange(0, 9).Draw(t, "stray") > 0 {
			switch v := v.(type) {
			case object:
				kinds, names = []string{"name", "name", "*"}, append([]string{"missing"}, v.keys...)
			case []any:
				kinds, names = []string{"#", "#", "first", "all", "name"}, []string{"0", "1", "2"}
			default:
				return steps
			}
		}
		s := modelStep{kind: rapid.SampledFrom(kinds).Draw(t, "step")}
		switch s.kind {
		case "name":
			s.name = rapid.SampledFrom(names).Draw(t, "name")
		case "first", "all":
			s.cond = rapid.SliceOfN(rapid.SampledFrom(modelNames), 1, 2).Draw(t, "cond")
			s.not = rapid.Bool().Draw(t, "not")
			s.literal = rapid.SampledFrom(leaves).Draw(t, "literal")
		}
		steps = append(steps, s)
		if s.kind == "name" {
			v, _ = child(v, s.name)
			continue
		}
		if found, _, _ := hits(v, []modelStep{s}); len(found) > 0 {
			v = rapid.SampledFrom(found).Draw(t, "hit")
		} else {
			v = nil
		}
	}
	return steps
}

// TestModel compares with the model.
func TestModel(t *testing.T) {
	t.Parallel()
	rowsRead, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		body := document(t, 5)
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		root := tree(d)
		if _, err := d.Token(); err != io.EOF {
			t.Fatalf("%s is no document", body)
		}
		var rows, fields, values [][]modelStep
		for range rapid.IntRange(0, 2).Draw(t, "rows") {
			rows = append(rows, modelPath(t, root))
		}
		for range rapid.IntRange(0, 5).Draw(t, "values") {
			values = append(values, modelPath(t, root))
		}
		optional := rapid.Bool().Draw(t, "optional")
		var w abi.Want
		var all []modelRow
		there := true
		for _, p := range rows {
			mark := ""
			if optional {
				mark = "?"
			}
			w.Rows = append(w.Rows, text(p)+mark)
			more, ok := rowsOf(root, p, optional)
			there = there && ok
			all = append(all, more...)
		}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			of := root
			if len(all) > 0 {
				of = rapid.SampledFrom(all).Draw(t, "row").value
			}
			fields = append(fields, modelPath(t, of))
		}
		expected := map[string]any{}
		if len(rows) > 0 {
			w.Fields = []string{"@key", "@index"}
			list := []any{}
			for _, r := range all {
				row := []any{r.key, json.Number(strconv.Itoa(r.index))}
				for _, p := range fields {
					row = append(row, find(r.value, p))
				}
				list = append(list, row)
			}
			for _, p := range fields {
				w.Fields = append(w.Fields, text(p))
			}
			expected["rows"] = list
		}
		if len(values) > 0 {
			list := []any{}
			for _, p := range values {
				w.Values = append(w.Values, text(p))
				list = append(list, find(root, p))
			}
			expected["values"] = list
		}
		plan, err := want.Compile(w)
		if err != nil {
			t.Fatalf("%+v: %v", w, err)
		}
		have, err := plan.Read(context.Background(), body, abi.MaxHTTPBody)
		if !there {
			refused++
			if e := abi.AsError(err); e == nil || e.Rule != want.RuleRows {
				t.Fatalf("%s\n%+v\nrows are not there; have %s, %v", body, w, have, err)
			}
			return
		}
		rowsRead += len(all)
		if err != nil {
			t.Fatalf("%s\n%+v\n%v", body, w, err)
		}
		if back := decoded(t, have); !reflect.DeepEqual(back, any(expected)) {
			t.Fatalf("%s\n%+v\nhave %s\nwant %v", body, w, have, expected)
		}
	})
	t.Logf("%d rows read, %d times none there", rowsRead, refused)
}
