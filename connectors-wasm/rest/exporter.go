package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// exportRun is one export, or one connection for passwords.
type exportRun struct {
	*engine
	ready bool
	// plan reads objects; fields are its columns, and what references want besides.
	plan   *plan
	fields []string
	// reads says which operations read the object first.
	reads map[*recipe.Operation]bool
	// made are hashes of the anchors of new objects, and of the identifier of the entry
	// that each belongs to: a target that tells one twice has not made two objects.
	made map[uint64]uint64
}

func newExport(e *engine) *exportRun {
	r := &exportRun{engine: e, reads: make(map[*recipe.Operation]bool), made: make(map[uint64]uint64)}
	kept := []string{"."}
	for _, op := range r.operations() {
		for i := range op.Steps {
			kept = requestRefs(kept, &op.Steps[i].Request, "current")
			kept = conditionRefs(kept, op.Steps[i].When)
		}
		// What is to be created is only looked for where the recipe says so.
		r.reads[op] = op.ReadFirst || op != e.recipe.Create && readsFirst(op)
	}
	var detail *recipe.Detail
	if e.recipe.Read != nil {
		detail = e.recipe.Read.Detail
	}
	r.plan = newPlan(e, detail, "", nil, kept).raw()
	r.fields = r.plan.fields
	return r
}

// operations are those that the recipe has.
func (r *exportRun) operations() (all []*recipe.Operation) {
	q := r.recipe
	for _, op := range []*recipe.Operation{q.Create, q.Update, q.Delete, q.SetPassword, q.ChangePassword} {
		if op != nil {
			all = append(all, op)
		}
	}
	return all
}

func conditionRefs(paths []string, c *recipe.Condition) []string {
	if c == nil {
		return paths
	}
	for _, ref := range c.Has {
		paths = templateRefs(paths, recipe.Template{{Ref: ref}}, "current")
	}
	paths = conditionRefs(paths, c.Not)
	for i := range c.Any {
		paths = conditionRefs(paths, &c.Any[i])
	}
	for i := range c.All {
		paths = conditionRefs(paths, &c.All[i])
	}
	return paths
}

// begin begins a call. What the anchor needs is read, once; lookups that entries need
// are read when the first of them comes to it, and are tried anew if that failed before.
func (r *exportRun) begin(ctx context.Context) error {
	clear(r.failed)
	if r.ready {
		return nil
	}
	var n needs
	for _, op := range r.operations() {
		n.operation(op)
	}
	for i := range r.recipe.Attributes {
		n.attribute(&r.recipe.Attributes[i])
	}
	if q := r.recipe.Read; q != nil {
		eachTemplate(&q.Request, n.template)
	}
	if q := r.recipe.Find; q != nil {
		eachTemplate(&q.Request, n.template)
	}
	n.lookups = nil // but those of the anchor
	n.attribute(r.engine.anchor)
	_, err := r.prepare(ctx, n, allPages)
	r.ready = err == nil
	return err
}

// put carries out one entry.
func (r *exportRun) put(ctx context.Context, entry *abi.CSEntryChange) ([]abi.AnchorAttribute, error) {
	w := &work{engine: r.engine, entry: entry}
	switch entry.Modification {
	case abi.ObjectAdd:
		w.op, w.name = r.recipe.Create, "create"
	case abi.ObjectUpdate, abi.ObjectReplace:
		w.op, w.name = r.recipe.Update, "update"
	case abi.ObjectDelete:
		w.op, w.name = r.recipe.Delete, "delete"
	}
	if w.op == nil {
		return nil, abi.NewError(abi.EntryExport, "the recipe has no "+w.name+": the application cannot do that")
	}
	w.takeAnchor(entry.Anchor)
	if a := entry.Attribute(r.recipe.Anchor); w.anchor == nil && a != nil && len(a.Values) == 1 {
		w.anchor = &a.Values[0]
	}
	if err := w.allowed(); err != nil {
		return nil, err
	}
	err := r.carryOut(ctx, w)
	if w.name == "delete" && err == nil && w.anchor != nil {
		delete(r.made, hash(w.anchor.Text()))
	}
	return w.result(), err
}

// claim notes that the new object with w's anchor is that of w's entry; an error if it
// is another one's.
func (r *exportRun) claim(w *work) error {
	key, own := hash(w.anchor.Text()), hash(w.entry.Identifier)
	if other, there := r.made[key]; there && other != own {
		return abi.NewError(abi.EntryExport, "the target says that the new object is "+cut(w.anchor.Text())+", which another entry of this run has made")
	}
	r.made[key] = own
	return nil
}

// allowed refuses a change that the application would refuse by the recipe's word: a
// new object without what is required, and an update of what can be set in a new
// object alone. It also refuses a new object whose anchor nobody could know.
func (w *work) allowed() error {
	if err := w.required(); err != nil {
		return err
	}
	if w.hasPassword() && !w.op.SendsPassword() {
		return w.passwordLost()
	}
	if w.creates() && w.anchor == nil && w.recipe.Find == nil && !w.op.Captures(w.recipe.Anchor) {
		return &abi.Error{Code: abi.EntryExport, Attribute: w.recipe.Anchor,
			Message: "the entry has no " + w.recipe.Anchor + ", and nothing else says what anchor the new object has: the recipe neither captures it nor has find"}
	}
	if w.entry.Modification != abi.ObjectUpdate {
		return nil
	}
	for i := range w.recipe.Attributes {
		a := &w.recipe.Attributes[i]
		if a.Access == recipe.CreateOnly && w.entry.Attribute(a.Name) != nil {
			return &abi.Error{Code: abi.EntryExport, Attribute: a.Name, Message: "the application takes this attribute with a new object alone"}
		}
	}
	return nil
}

// required refuses an entry that lacks a required attribute, or takes it away.
func (w *work) required() error {
	if w.entry.Modification == abi.ObjectDelete {
		return nil
	}
	missing, first := "", ""
	for i := range w.recipe.Attributes {
		a := &w.recipe.Attributes[i]
		change := w.entry.Attribute(a.Name)
		if !a.Required || change != nil && len(change.Values) > 0 || change == nil && w.entry.Modification == abi.ObjectUpdate ||
			a.Name == w.recipe.Anchor && w.anchor != nil {
			continue
		}
		if missing != "" {
			missing += ", "
		} else {
			first = a.Name
		}
		missing += a.Name
	}
	if missing == "" {
		return nil
	}
	return &abi.Error{Code: abi.EntryExport, Attribute: first, Message: "the application requires " + missing}
}

// password carries out a password operation.
func (r *exportRun) password(ctx context.Context, op *recipe.Operation, name string, entry *abi.CSEntry, password, old string) error {
	if op == nil {
		return lacks(name)
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	w := &work{engine: r.engine, op: op, name: name, password: password, oldPassword: old,
		entry: &abi.CSEntryChange{Modification: abi.ObjectUpdate, Anchor: entry.Anchor, Attributes: entry.Attributes}}
	w.takeAnchor(entry.Anchor)
	return r.carryOut(ctx, w)
}
