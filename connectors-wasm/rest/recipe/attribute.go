package recipe

import "strings"

var (
	valueTypes = []string{String: "text", Integer: "integer", Boolean: "boolean", Reference: "reference", Binary: "binary"}
	accesses   = []string{ReadWrite: "readWrite", ReadOnly: "read", WriteOnly: "write", CreateOnly: "create"}
	jsonTypes  = []string{AsText: "text", AsNumber: "number", AsBoolean: "boolean"}
)

// none is the word for no place to read from or write to.
const none = "none"

func (v value) attribute(name string) Attribute {
	a := Attribute{Name: name, Path: v.path, Read: nameAsPath(name), Write: []string{name}}
	v.checkName(name)
	if has([]string{"export_password", "password"}, name) {
		v.wrong("is no attribute: passwords are none", "write {password} where it goes, in setPassword or update")
	}
	v.objectOrNull("attribute",
		field{"about", false, func(v value) { a.About = v.text() }},
		field{"type", false, func(v value) { a.Type = ValueType(v.word(valueTypes)) }},
		field{"multi", false, func(v value) { a.Multi = v.flag() }},
		field{"access", false, func(v value) { a.Access = Access(v.word(accesses)) }},
		field{"required", false, func(v value) { a.Required = v.flag() }},
		field{"sensitive", false, func(v value) { a.Sensitive = v.flag() }},
		field{"read", false, func(v value) { a.Read, a.Detail = v.readFrom() }},
		field{"write", false, func(v value) { a.Write = v.writeTo() }},
		field{"as", false, func(v value) { a.As = JSONType(v.word(jsonTypes)) }},
		field{"convert", false, func(v value) { a.Convert = v.conversions() }},
		field{"template", false, func(v value) { a.Template = v.template() }},
	)
	v.agree(&a)
	return a
}

// readFrom reads the path of an attribute, in the row or, behind detail., in the
// detail.
func (v value) readFrom() (path string, detail bool) {
	s := v.text()
	if s == none {
		return "", false
	}
	if rest, ok := strings.CutPrefix(s, "detail."); ok {
		v.n = &node{kind: v.n.kind, text: rest}
		return v.fieldPath(), true
	}
	if s == "" {
		return "", false
	}
	return v.fieldPath(), false
}

func (v value) writeTo() []string {
	if v.n.text == none {
		return nil
	}
	return v.memberNames()
}

// agree settles what follows from what stands there, and tells what contradicts.
func (v value) agree(a *Attribute) {
	if v.has("template") {
		a.Access, a.Read, a.Write = ReadOnly, "", nil
		for _, key := range []string{"read", "write", "as", "convert", "sensitive"} {
			if v.has(key) {
				v.wrong("has template and "+key, "remove one of the two: a template is made when reading")
			}
		}
		if a.Multi {
			v.wrong("is multi and has a template, which makes one value", "remove multi")
		}
	}
	if a.Read == "" && a.Template == nil && !v.has("access") {
		a.Access = WriteOnly
	}
	switch {
	case a.Read == "" && a.Template == nil && a.Access == ReadOnly:
		v.wrong("has access: read and read: none", "remove one of the two")
	case a.Read == "" && a.Template == nil && a.Access != WriteOnly:
		v.wrong("has read: none and an access that reads", "write access: write, or say where it is read")
	case a.Access == WriteOnly && v.has("read") && a.Read != "":
		v.wrong("has access: write and says where it is read", "remove one of the two")
	case a.Access == WriteOnly:
		a.Read, a.Detail = "", false
	}
	if a.Access == ReadOnly {
		if v.has("write") && a.Write != nil {
			v.wrong("has access: read and says where it is written", "remove one of the two")
		}
		if a.Required {
			v.wrong("is required and cannot be written", "remove required, or let it be written: access: readWrite or create")
		}
		a.Write = nil
	}
	v.agreeTypes(a)
}

// agreeTypes compares the type with what goes with it.
func (v value) agreeTypes(a *Attribute) {
	if a.Sensitive {
		switch {
		case a.Access != WriteOnly:
			v.wrong("is sensitive and is read", "add read: none: sensitive values go to the application alone")
		case a.Type != String || a.Multi || len(a.Convert) > 0 || a.As != AsIs:
			v.wrong("is sensitive and not a single text as it comes", "remove type, multi, as and convert: the connector sees a placeholder")
		}
	}
	if len(a.Convert) > 0 && a.Convert[0].Kind == Wrap && strings.HasSuffix(a.Read, "."+nameAsPath(a.Convert[0].Text)) {
		value{v.p, v.n, a.Convert[0].Path, ""}.wrong("wrap takes "+shown(a.Convert[0].Text)+" out of objects, and read names it already",
			"read the objects: take #."+shown(a.Convert[0].Text)+" off read")
	}
	list := a.Multi
	for i := len(a.Convert) - 1; i >= 0; i-- {
		c := &a.Convert[i]
		at := value{v.p, v.n, c.Path, ""}
		switch c.Kind {
		case Split:
			if !list {
				at.wrong("split makes a list, and the attribute has one value", "add multi: true")
			}
			list = false
		case Join:
			if list {
				at.wrong("join makes one text, and the attribute is multi", "remove multi, or write split, which is for texts that hold lists")
			}
			list = true
		case Words, Not:
			if a.Type != Boolean {
				at.wrong("makes true and false, and the attribute is "+valueTypes[a.Type], "add type: boolean")
			}
			if c.Kind == Words && (len(c.True) == 0 || len(c.False) == 0) && len(a.Write) > 0 {
				at.wrong("has words for one side only, and the attribute is written", "add the word to write to the empty side")
			}
		}
	}
}
