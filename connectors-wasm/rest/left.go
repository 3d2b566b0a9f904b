package rest

import (
	"context"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// left compares what an update sets, and no step that was carried out is about, with
// the object as it is: no step was taken where it is so already, or because the recipe
// knows no way, and only the former is success. Where a step that was carried out asked
// for such an attribute it may have changed it all the same: the object is read again.
func (r *exportRun) left(ctx context.Context, w *work) error {
	all := w.untold()
	if len(all) == 0 {
		return nil
	}
	asked := slices.ContainsFunc(w.writes, func(step int) bool { return slices.ContainsFunc(all, w.op.Steps[step].Asks) })
	if (w.old == nil || asked) && r.recipe.Read != nil {
		there, err := r.look(ctx, w)
		if err == nil && !there {
			err = abi.NewError(abi.ObjectNotFound, "there is no such object")
		}
		if err != nil {
			return w.partial(len(w.op.Steps)-1, "reading what the object is like", err)
		}
	}
	var names []string
	for _, a := range all {
		if want, _ := w.values(a.Name); w.old == nil || a.Read == "" || !w.same(a, want, w.before(a.Name)) {
			names = append(names, a.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &abi.Error{Code: abi.EntryExport, Name: w.partialName(), Attribute: names[0],
		Message: "nothing was sent for " + strings.Join(names, ", ") + ": no step of update was taken that is about it, and the object is not known to be so"}
}

// untold are the attributes that an update sets and that no step which changed
// something is about.
func (w *work) untold() (all []*recipe.Attribute) {
	for i := range w.recipe.Attributes {
		a := &w.recipe.Attributes[i]
		if w.name != "update" || a.Access == recipe.ReadOnly || a.Access == recipe.CreateOnly || a.Name == w.recipe.Anchor {
			continue
		}
		// What a Replace does not name is only taken away where it is known to be there.
		change := w.entry.Attribute(a.Name)
		if change == nil && (w.entry.Modification != abi.ObjectReplace || len(w.before(a.Name)) == 0) {
			continue
		}
		if !slices.ContainsFunc(w.writes, func(step int) bool { return w.op.Steps[step].About(a) }) {
			all = append(all, a)
		}
	}
	return all
}

// same says whether an attribute has values, read as have. Wanted values are compared
// as they would be read: a recipe may read another case, or another form of a date. What
// cannot be written, such as a word that is only read, is compared as it is.
func (w *work) same(a *recipe.Attribute, want, have []abi.Value) bool {
	return slices.Equal(w.reread(a, want), texts(have))
}

// texts are the texts of values, in order.
func texts(values []abi.Value) (all []string) {
	for i := range values {
		all = append(all, values[i].Text())
	}
	slices.Sort(all)
	return all
}

// reread are the texts of values as they would be read once they are written, in order.
func (w *work) reread(a *recipe.Attribute, want []abi.Value) (texts []string) {
	v := ours(want, a.Multi)
	if written, wrong := w.write(a.Convert, v); wrong == "" {
		if again, wrong := w.read(a.Convert, written); wrong == "" {
			v = again
		}
	}
	for _, s := range v.items {
		if s.text != "" {
			texts = append(texts, s.text)
		}
	}
	slices.Sort(texts)
	return texts
}
