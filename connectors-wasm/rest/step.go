package rest

import (
	"context"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// carryOut reads the object if that is needed, and carries out the steps in order.
func (r *exportRun) carryOut(ctx context.Context, w *work) error {
	if r.reads[w.op] {
		there, err := r.look(ctx, w)
		switch {
		case err != nil:
			return err
		case there && w.creates():
			return abi.NewError(abi.ObjectAlreadyExists, "there is such an object")
		case !there && w.name == "delete":
			return nil
		case !there && !w.creates():
			return abi.NewError(abi.ObjectNotFound, "there is no such object")
		}
	}
	if w.creates() && r.alike(w) {
		before := w.anchor
		if there, _, err := r.find(ctx, w); err != nil || there {
			w.anchor, w.made = before, false
			if err == nil {
				err = abi.NewError(abi.ObjectAlreadyExists, "there is such an object: find found it before the create was sent")
			}
			return err
		}
	}
	if err := r.lookUp(ctx, w); err != nil {
		return err
	}
	for i := range w.op.Steps {
		s := &w.op.Steps[i]
		if !w.holds(s.When) {
			continue
		}
		err := r.step(ctx, w, i, s)
		switch gone := abi.CodeOf(err) == abi.ObjectNotFound; {
		case gone && w.name == "delete":
			return r.missing(ctx, w, i, err)
		case gone:
			return r.nothing(ctx, w, err)
		case err != nil:
			return err
		}
	}
	if w.creates() && w.anchor == nil {
		return w.partial(len(w.op.Steps)-1, "looking for the new object", r.seek(ctx, w))
	}
	if w.hasPassword() && !w.passwordSent {
		return w.passwordLost()
	}
	return r.left(ctx, w)
}

// seek looks for the new object whose anchor nobody captured. Where no answer as the recipe
// knows it said that it was made, it is compared with all that was to be sent.
func (r *exportRun) seek(ctx context.Context, w *work) error {
	const lost = "no answer told the anchor of the new object; import, and look for it, before it is sent again; "
	if r.recipe.Find == nil {
		return abi.NewError(abi.EntryExport, lost+"the recipe needs find where "+r.recipe.Anchor+" is not captured each time")
	}
	there, _, err := r.find(ctx, w)
	if err == nil && !there {
		return abi.NewError(abi.EntryExport, lost+"find did not find it: capture "+r.recipe.Anchor+", or let find ask for what a new object has at once")
	}
	if err == nil && w.vague {
		err = r.agrees(ctx, w, len(w.op.Steps)-1)
	}
	if err == nil {
		err = r.claim(w)
	}
	if err != nil {
		w.anchor, w.made = nil, false
	}
	return err
}

// hasPassword says whether the target is to be told a password.
func (w *work) hasPassword() bool {
	a := w.entry.Attribute(abi.ExportPassword)
	return w.password != "" || a != nil && len(a.Values) > 0 && w.entry.Modification != abi.ObjectDelete
}

// passwordLost is the error of a password of which no request told the target.
func (w *work) passwordLost() error {
	text := "no step of " + w.name + " that was taken has {password}; write it into one, or into setPassword"
	if w.name == "update" && w.recipe.SetPassword != nil {
		text = "the recipe has setPassword, and no password goes with an update; send it by SetPassword"
	}
	return &abi.Error{Code: abi.EntryExport, Name: w.partialName(), Attribute: abi.ExportPassword, Message: "the password was not sent: " + text}
}

// partialName is the name of an error behind which something was changed.
func (w *work) partialName() string {
	if len(w.writes) > 0 {
		return guest.Partial
	}
	return ""
}

// step carries out one step, once or for each value. What a delete sends DELETE for, and
// is not there, is as good as removed; whether the object is gone, too, the steps behind
// it tell.
func (r *exportRun) step(ctx context.Context, w *work, i int, s *recipe.Step) error {
	do := func(each *scalar) error {
		err := r.request(ctx, w, i, s, each)
		if w.name == "delete" && s.Request.Method == "DELETE" && abi.CodeOf(err) == abi.ObjectNotFound {
			return r.confirm(ctx, w, i, s, err)
		}
		return err
	}
	if s.Each == nil {
		return do(nil)
	}
	multi := ours(w.eachValue(s.Each), true)
	for j := range multi.items {
		err := do(&multi.items[j])
		if w.name == "update" && abi.CodeOf(err) == abi.ObjectNotFound {
			return refused(err) // the value may be what is missing
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// confirm is an error if read still has what step i of a delete found nothing at, as lost
// tells: many answer 404 to who may not delete. It is asked where it asks for the very
// thing that the step is about, or where nothing else was done and the step is the last:
// any other one may be about a part.
func (r *exportRun) confirm(ctx context.Context, w *work, i int, s *recipe.Step, lost error) error {
	all, same := len(w.writes) == 0 && s.Each == nil && !w.goesOn(i), r.readsAt(s)
	if r.recipe.Read == nil || !all && !same {
		return nil
	}
	there, err := r.look(ctx, w)
	switch {
	case err == nil && there:
		e := *abi.AsError(refused(lost))
		e.Message += ", and read still finds the object; if it is deleted all the same, write a rule with then: ok for the step"
		return &e
	case !same && abi.CodeOf(err) == abi.EntryExport:
		return nil // a search that brings others does not find it either
	}
	return err
}

// goesOn says whether there is a step behind step i to be taken.
func (w *work) goesOn(i int) bool {
	return slices.ContainsFunc(w.op.Steps[i+1:], func(s recipe.Step) bool { return w.holds(s.When) })
}

// readsAt says whether read asks for the very thing that a step is about: at its path, with
// nothing of the object in the query that the step has not.
func (r *exportRun) readsAt(s *recipe.Step) bool {
	q := r.recipe.Read
	if q == nil || q.Request.Target != s.Request.Target || q.Request.Method != "GET" || !isTemplate(q.Request.Path, s.Request.Path) {
		return false
	}
	return !slices.ContainsFunc(q.Request.Query, func(read recipe.TemplateField) bool {
		own := slices.ContainsFunc(read.Value, func(p recipe.Piece) bool { return p.Ref != nil && p.Ref[0] != "param" })
		return own && !slices.ContainsFunc(s.Request.Query, func(f recipe.TemplateField) bool {
			return f.Name == read.Name && isTemplate(read.Value, f.Value)
		})
	})
}

func isTemplate(a, b recipe.Template) bool {
	return slices.EqualFunc(a, b, func(a, b recipe.Piece) bool { return a.Text == b.Text && slices.Equal(a.Ref, b.Ref) })
}

// missing says what it means that step i of a delete, which sent no DELETE, found
// nothing, as lost tells: behind the last step that the object is gone, before others only
// if read says so, too, for they might have removed it.
func (r *exportRun) missing(ctx context.Context, w *work, i int, lost error) error {
	if !w.goesOn(i) && w.op.Steps[i].Each == nil {
		return nil
	}
	if r.recipe.Read == nil {
		return refused(lost)
	}
	there, err := r.look(ctx, w)
	if err == nil && there {
		err = refused(lost)
	}
	return err
}

// nothing says what it means that a step of anything but a delete found nothing, as lost
// tells: that the object is gone if read says so, too, and without read if no step before
// it found the object. Else it is about a part, or a place, that is not there.
func (r *exportRun) nothing(ctx context.Context, w *work, lost error) error {
	there := w.creates() || len(w.writes) > 0
	if !w.creates() && r.recipe.Read != nil {
		found, err := r.look(ctx, w)
		there = found || err != nil
	}
	if there {
		return refused(lost)
	}
	return lost
}

// refused is an error that is about a request, and not about the object.
func refused(err error) error {
	e := *abi.AsError(err)
	e.Code = abi.EntryExport
	return &e
}

// request carries out a step's request.
func (r *exportRun) request(ctx context.Context, w *work, i int, s *recipe.Step, each *scalar) error {
	sc := w.scope(w.key(i, each))
	sc.each = each
	var c call
	err := r.withLookups(ctx, func() (err error) {
		c, err = r.build(&s.Request, sc)
		return err
	})
	if err != nil {
		return w.partial(i, s.At, err)
	}
	c.rules, c.expect = s.OnError, s.Expect
	for k := range s.Capture {
		c.values = addPath(c.values, s.Capture[k].Value)
	}
	c.also = r.alsoRead(w, s, &c)
	answer, f, err := r.ask(ctx, c)
	changes := c.http.Safety != abi.Safe
	if err == nil && changes && !f.quiet {
		err = r.doubt(w, s, &c, &answer, &f)
	}
	resolved := false
	if err != nil && changes && w.creates() && len(w.writes) == 0 {
		resolved, err = r.settle(ctx, w, i, &answer, f.ruled, err)
	}
	if err != nil {
		return w.partial(i, what(&c), err)
	}
	w.passwordSent = w.passwordSent || s.Request.SendsPassword()
	if changes && (len(w.writes) == 0 || w.writes[len(w.writes)-1] != i) {
		w.writes = append(w.writes, i)
	}
	if resolved || f.quiet {
		w.vague = w.vague || f.quiet && changes
		return nil
	}
	if err := r.capture(w, s, &c, &answer, &f); err != nil {
		return w.partial(i, what(&c), err)
	}
	return w.partial(i, what(&c), r.respell(w, &c, &f))
}

// settle says what became of the first step of a create that failed with err: it may have
// been carried out where its answer was lost, or that of an earlier try, which the host
// says in the same way, or where the answer is of an application that broke in the middle.
// Then find tells, or the outcome is unknown. Too busy is a refusal unless find says else,
// and 500 an error of the entry if find meets nobody: then the next ones may do better. A
// later try that merely finds the object there met somebody else's: an earlier one that was
// refused, for a limit or an expired login, made nothing.
func (r *exportRun) settle(ctx context.Context, w *work, i int, a *abi.HTTPAnswer, ruled bool, err error) (resolved bool, _ error) {
	refusal, busy := err, !ruled && a.Error == nil && a.Status == 503
	if !ruled && a.Error == nil && isOpen(a.Status) {
		e := *abi.AsError(err)
		e.Code, e.Name, e.Message = abi.OutcomeUnknown, "", e.Message+": it may have been carried out"
		err = &e
	}
	if r.recipe.Find == nil || !busy && abi.CodeOf(err) != abi.OutcomeUnknown {
		return false, err
	}
	resolved, nobody, lost := r.adopt(ctx, w, i, err)
	switch {
	case resolved:
		return true, nil
	case busy, nobody && a.Error == nil && a.Status == 500:
		return false, refusal
	}
	return false, lost
}

// isOpen says whether a status leaves open if a request was carried out: it broke, or its
// result is elsewhere.
func isOpen(status int) bool {
	switch status {
	case 304, 307, 308, 501, 503, 505, 511:
		return false
	}
	return status == 408 || status >= 300 && status < 400 || status >= 500
}

// capture keeps what later steps want of an answer.
func (r *exportRun) capture(w *work, s *recipe.Step, c *call, a *abi.HTTPAnswer, f *found) error {
	for i := range s.Capture {
		k := &s.Capture[i]
		raw := w.kept(k, c, a, f)
		isAnchor := w.isAnchor(k)
		if raw == "" {
			if isAnchor && r.recipe.Find != nil {
				w.vague = true
				continue // it is looked for when all is done
			}
			return abi.NewError(abi.EntryExport, what(c)+" was answered without "+k.Name+", which is to be kept")
		}
		w.captured.paths, w.captured.raws = append(w.captured.paths, k.Name), append(w.captured.raws, raw)
		if isAnchor {
			if single, ok := parseSingle(raw); !ok {
				return abi.NewError(abi.EntryExport, what(c)+" was answered with an anchor that is a list")
			} else if err := r.isSent(w, s, c, f, single); err != nil {
				return err
			} else if err := w.setAnchor(single); err != nil {
				return err
			}
			if err := r.claim(w); err != nil {
				w.anchor, w.made = nil, false
				return err
			}
		}
	}
	return nil
}

// isAnchor says whether a capture is of the anchor of a new object.
func (w *work) isAnchor(k *recipe.Capture) bool { return w.creates() && k.Name == w.recipe.Anchor }

// kept is what an answer has at the place of a capture, "" for nothing. Of the anchor
// of a new object truth is nothing, too, and so are 0 and -1, by which applications say
// that they made none.
func (w *work) kept(k *recipe.Capture, c *call, a *abi.HTTPAnswer, f *found) string {
	raw := f.at(k.Value)
	if k.Header != "" {
		raw = headerValue(c, a, k.Header)
	}
	switch raw {
	case "null", `""`:
		return ""
	case "true", "false", "0", `"0"`, "-1", `"-1"`:
		if w.isAnchor(k) {
			return ""
		}
	}
	return raw
}

// headerValue is a header as JSON. Of Location, which names the new object, it is the
// last segment of the path; nothing where it leads to the place that was posted to.
func headerValue(c *call, a *abi.HTTPAnswer, name string) string {
	text := strings.TrimSpace(a.Header(name))
	if strings.EqualFold(name, "Location") {
		text, _, _ = strings.Cut(text, "#")
		text, _, _ = strings.Cut(text, "?")
		_, text = cutOrigin(text)
		text = strings.TrimRight(text, "/")
		if place := strings.TrimRight(c.http.Path, "/"); c.http.Method == "POST" && place != "" && strings.HasSuffix(text, place) {
			return "null"
		}
		text = text[strings.LastIndexByte(text, '/')+1:]
		if plain, ok := unescape(strings.ReplaceAll(text, "+", "%2B")); ok {
			text = plain
		}
	}
	v := textOrNothing(text)
	return v.json()
}

// partial says of an error which step it is in, and what was done before.
func (w *work) partial(i int, what string, err error) error {
	e := abi.AsError(err)
	if e == nil || len(w.writes) == 0 {
		return err
	}
	var steps, done []string
	for _, step := range w.writes {
		if step != i {
			steps = append(steps, itoa(step+1))
		}
	}
	switch len(steps) {
	case 0:
	case 1:
		done = append(done, "step "+steps[0])
	default:
		done = append(done, "steps "+strings.Join(steps, ", "))
	}
	if slices.Contains(w.writes, i) {
		done = append(done, "a part of it")
	}
	out := *e
	out.Detail = strings.TrimSuffix(e.Message+": "+e.Detail, ": ")
	out.Message = "step " + itoa(i+1) + " of " + itoa(len(w.op.Steps)) + " (" + what + ") failed after " + strings.Join(done, " and ") + " succeeded"
	if out.Name = guest.Partial; e.Code == abi.OutcomeUnknown {
		out.Name = ""
	}
	return &out
}
