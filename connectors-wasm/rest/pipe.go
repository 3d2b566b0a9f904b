package rest

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

var (
	backslashes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`)
	entities    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "\r", "&#13;")
)

// pipe applies one pipe of a template.
func (e *engine) pipe(p *recipe.Pipe, v value) (value, mistake) {
	switch p.Name {
	case "default":
		if !v.there() {
			return one(textScalar(p.Args[0])), ""
		}
		return v, ""
	case "join":
		return packed(v, p.Args[0])
	case "first":
		if v.there() {
			v = one(v.items[0])
		}
		return v, ""
	case "json":
		return one(textScalar(v.json())), ""
	}
	out := value{list: v.list, null: v.null, items: make([]scalar, len(v.items))}
	for i, s := range v.items {
		var wrong mistake
		if out.items[i], wrong = e.pipeScalar(p, s); wrong != "" {
			return v, wrong
		}
	}
	return out, ""
}

func (e *engine) pipeScalar(p *recipe.Pipe, s scalar) (scalar, mistake) {
	switch p.Name {
	case "lower":
		return textScalar(strings.ToLower(s.text)), ""
	case "upper":
		return textScalar(strings.ToUpper(s.text)), ""
	case "trim":
		return textScalar(strings.TrimSpace(s.text)), ""
	case "date":
		return writeDate(p.Args[0], s)
	case "lookup":
		return e.key(p.Args[0], s)
	case "words":
		return writeWord(s, p.Args[:1], p.Args[1:2])
	case "number":
		return asNumber(s)
	case "text":
		return textScalar(s.text), ""
	case "not":
		return negated(s)
	case "base64":
		return textScalar(wire.EncodeBase64(s.text)), ""
	case "odata":
		return textScalar(strings.ReplaceAll(s.text, "'", "''")), ""
	case "backslash":
		return textScalar(backslashes.Replace(s.text)), ""
	case "xml":
		if strings.ContainsFunc(s.text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff }) {
			return s, "holds a sign that XML has not"
		}
		return textScalar(entities.Replace(s.text)), ""
	}
	return s, "has the pipe " + mistake(p.Name) + ", which is not known"
}

// asNumber has a text stand as a number of JSON.
func asNumber(s scalar) (scalar, mistake) {
	r := wire.NewReader(s.text)
	if number := r.Number(); r.End() == nil && number == s.text {
		return scalar{wire.KindNumber, number}, ""
	}
	return s, "is no number"
}

// as has a scalar stand in JSON as an attribute says.
func as(t recipe.JSONType, s scalar) (scalar, mistake) {
	switch t {
	case recipe.AsText:
		return textScalar(s.text), ""
	case recipe.AsNumber:
		return asNumber(s)
	case recipe.AsBoolean:
		b, err := strconv.ParseBool(s.text)
		if err != nil {
			return s, "is neither true nor false"
		}
		return boolScalar(b), ""
	}
	return s, ""
}
