package rest

import (
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// work is one entry that is being carried out.
type work struct {
	*engine
	op *recipe.Operation
	// name is the operation's: create, update, delete, setPassword, changePassword.
	name  string
	entry *abi.CSEntryChange

	// anchor is the object's, nil while nobody knows it; made says that the target
	// told it.
	anchor *abi.Value
	made   bool

	// object is what was read of the object before: current is all of it, old what
	// the attributes were; nil if it was not read.
	object  *found
	current string
	old     *abi.CSEntryChange

	// met is what find found.
	met met

	captured              found
	password, oldPassword string
	// passwordSent says that a request carried the new password.
	passwordSent bool
	// vague says that the answer to a write was made a success of by a rule, or had no
	// anchor where the recipe captures it.
	vague bool
	// writes are the steps that changed something.
	writes []int
}

// met is an object that was found: as it is read, and what it was read from.
type met struct {
	entry  *abi.CSEntryChange
	object *found
}

func (w *work) creates() bool { return w.name == "create" }

// scope is what the references of the entry's requests find.
func (w *work) scope(key string) *scope {
	return &scope{engine: w.engine, work: w, key: key, code: abi.EntryExport}
}

func (w *work) takeAnchor(anchor []abi.AnchorAttribute) {
	for i := range anchor {
		if anchor[i].Name == w.recipe.Anchor {
			w.anchor = &anchor[i].Value
		}
	}
}

// values returns the values that an attribute has after the change, and whether the
// change sets it.
func (w *work) values(name string) ([]abi.Value, bool) {
	change := w.entry.Attribute(name)
	switch {
	case change == nil && name == w.recipe.Anchor && w.creates() && w.anchor != nil:
		return []abi.Value{*w.anchor}, true
	case change == nil:
		return nil, w.entry.Modification == abi.ObjectReplace
	case change.Modification == abi.AttributeUpdate:
		return guest.Apply(w.before(name), change), true
	}
	return change.Values, true
}

// before returns the values that an attribute had.
func (w *work) before(name string) []abi.Value {
	if w.old == nil {
		return nil
	}
	if a := w.old.Attribute(name); a != nil {
		return a.Values
	}
	for i := range w.old.Anchor {
		if w.old.Anchor[i].Name == name {
			return []abi.Value{w.old.Anchor[i].Value}
		}
	}
	return nil
}

// ref returns what a reference to the entry finds.
func (w *work) ref(kind, name string) value {
	switch kind {
	case "attr":
		return w.attribute(name)
	case "old":
		return ours(w.before(name), w.multi(name))
	case "anchor":
		if w.anchor != nil {
			return ours([]abi.Value{*w.anchor}, false)
		}
	case "current":
		return lookAt(w.object, name)
	case "capture":
		return lookAt(&w.captured, name)
	case "password":
		if w.password == "" {
			values, _ := w.values(abi.ExportPassword)
			return ours(values, false)
		}
		return textOrNothing(w.password)
	case "old_password":
		return textOrNothing(w.oldPassword)
	}
	return value{}
}

func (w *work) multi(name string) bool {
	a := w.recipe.Attribute(name)
	return a != nil && a.Multi
}

// attribute is an attribute's new value: the old one, if it is known, where the
// change does not set it.
func (w *work) attribute(name string) value {
	values, set := w.values(name)
	if !set {
		values = w.before(name)
	}
	v := ours(values, w.multi(name))
	if !v.there() {
		v = value{list: set && v.list && !w.creates(), null: set && !w.creates()}
	}
	return v
}

// written is an attribute as it stands in a body, by its number in the recipe; false
// if it is not to stand there. changed leaves out what the change does not set.
func (w *work) written(i int, changed bool) (string, bool, error) {
	a := &w.recipe.Attributes[i]
	if a.Access == recipe.ReadOnly || a.Access == recipe.CreateOnly && !w.creates() {
		return "", false, nil
	}
	values, set := w.values(a.Name)
	if !set {
		if values = w.before(a.Name); changed {
			return "", false, nil
		}
		if raw := w.asRead(a); raw != "" && raw != "null" {
			return raw, true, nil
		}
	}
	// Nothing is written where nothing was, and as nothing where something is to go.
	cleared := set && !w.creates() && (changed || w.entry.Modification != abi.ObjectReplace)
	if len(values) == 0 && !cleared {
		return "", false, nil
	}
	v, wrong := w.write(a.Convert, ours(values, a.Multi))
	for j := 0; j < len(v.items) && wrong == ""; j++ {
		v.items[j], wrong = as(a.As, v.items[j])
	}
	if wrong != "" {
		return "", false, &abi.Error{Code: abi.EntryExport, Name: "bad-value", Attribute: a.Name, Message: "the value " + string(wrong)}
	}
	if !v.there() && !v.list && a.As == recipe.AsText {
		v = one(textScalar(""))
	}
	return v.json(), true, nil
}

// asRead is an attribute in the target's own form, if it is written where it is read:
// what does not change is written back as it came, also where our form of it says less.
func (w *work) asRead(a *recipe.Attribute) string {
	if w.object == nil || a.Detail || a.Read != strings.Join(a.Write, ".") {
		return ""
	}
	return w.object.at(a.Read)
}

// setAnchor takes over the anchor that the target gave a new object.
func (w *work) setAnchor(s scalar) error {
	v, ok := typed(types[w.engine.anchor.Type], s)
	if !ok || s.text == "" {
		return abi.NewError(abi.EntryExport, "what the target says is the anchor "+w.recipe.Anchor+" is none")
	}
	w.anchor, w.made = &v, true
	return nil
}

// result is the anchor for the entry's result.
func (w *work) result() []abi.AnchorAttribute {
	if !w.made || w.name != "create" {
		return nil
	}
	return []abi.AnchorAttribute{{Name: w.recipe.Anchor, Value: *w.anchor}}
}

// key is the idempotency key of a request: the same whenever the same change is
// carried out again, and another one for each step and value.
func (w *work) key(step int, each *scalar) string {
	if w.entry.Identifier == "" {
		return ""
	}
	key := w.entry.Identifier
	if step > 0 {
		key += "-" + itoa(step+1)
	}
	if each != nil {
		key += "-" + strconv.FormatUint(hash(each.text), 36)
	}
	return key
}
