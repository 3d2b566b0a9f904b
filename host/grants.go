package host

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
)

// Missing is something that a recipe needs and the configuration does not grant.
// That may be meant: what is not granted is denied when it is tried.
type Missing struct {
	// Target is the target's name, What the request or the slot.
	Target, What string
	// Why is the denial that a run would get, in the host's words.
	Why string
}

// missing tries everything that the recipe needs, on a host that sends nothing.
func (c *Connector) missing(ctx context.Context) ([]Missing, error) {
	if c.module.Recipe == nil || c.options.Replay != nil {
		return nil, nil
	}
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: c.config.Targets, DryRun: func(hostfuncs.DryRunRequest) {}}, c.secrets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.config.At("targets"), err)
	}
	defer hosts.Close()
	lease, err := hosts.Lease(ctx, abi.LeaseRequest{Instance: "check"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = lease.Close(context.WithoutCancel(ctx), false) }()
	if err := sealAll(lease, c.config, c.secrets); err != nil {
		return nil, err
	}
	p := prober{ctx: ctx, lease: lease, targets: c.config.Targets, call: cmp.Or(c.config.Limits.CallTimeout, runtime.DefaultCallTimeout)}
	for _, need := range language.Needs(c.module.Recipe.Recipe) {
		p.need(&need)
	}
	return p.missing, nil
}

// sealAll seals the parameters that are secret, which credentials may name.
func sealAll(lease abi.HostLease, c *config.Config, secrets hostfuncs.SecretMap) error {
	for _, p := range c.ConfigParameters(secrets) {
		if p.Encrypted {
			if _, err := lease.Seal("parameter:"+p.Name, p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// prober asks for what a recipe needs.
type prober struct {
	ctx     context.Context
	lease   abi.HostLease
	targets []hostfuncs.Target
	// call is what one call of the connector has.
	call    time.Duration
	missing []Missing
}

func (p *prober) need(need *language.Need) {
	for _, line := range need.Paths {
		p.each(line, func(method, path string) {
			p.ask(method+" "+path, abi.HTTPRequest{Target: need.Target, Method: method, Path: sample(path), Safety: abi.Safe})
		})
	}
	for _, name := range need.RequestHeaders {
		if len(need.Paths) == 0 {
			break
		}
		methods, path, _ := strings.Cut(need.Paths[0], " ")
		method, _, _ := strings.Cut(methods, ",")
		p.ask("the header "+name, abi.HTTPRequest{Target: need.Target, Method: method, Path: sample(path), Safety: abi.Safe,
			Headers: []abi.Field{{Name: name, Value: "x"}}})
	}
	for i := range need.Slots {
		p.slot(need.Target, &need.Slots[i])
	}
	if i := slices.IndexFunc(p.targets, func(t hostfuncs.Target) bool { return t.Name == need.Target }); i >= 0 {
		p.granted(need, &p.targets[i])
	}
}

// granted compares what no request shows: how the target's answers are changed, and
// how secrets are put in.
func (p *prober) granted(need *language.Need, t *hostfuncs.Target) {
	tell := func(what, why string) {
		p.missing = append(p.missing, Missing{Target: t.Name, What: what, Why: why})
	}
	for _, name := range need.ResponseHeaders {
		if !shows(t, name) {
			tell("the header "+name+" of answers", hidden)
		}
	}
	for _, pointer := range need.Drop {
		if !slices.ContainsFunc(t.Drop, func(have string) bool { return covers(have, pointer) }) {
			tell("dropping "+pointer, "no pattern of the target's drop covers it, so that the connector sees it")
		}
	}
	for _, pointer := range need.Seal {
		name := language.SealName(pointer)
		if !slices.ContainsFunc(t.Seal, func(have hostfuncs.SealedField) bool { return have.Name == name && covers(have.Pointer, pointer) }) {
			tell("sealing "+pointer+" as "+name, "no entry of the target's seal covers it under this name")
		}
	}
	for i := range need.Slots {
		form(&need.Slots[i], t, tell)
	}
	if longest := cmp.Or(t.Timeout, hostfuncs.DefaultTimeout); need.Timeout > longest {
		tell("the timeout of "+need.Timeout.String(), "the target's timeout is "+longest.String()+", and no request has more: one that takes longer fails")
	}
	if need.Timeout >= p.call {
		tell("the timeout of "+need.Timeout.String(), "limits.callTimeout is "+p.call.String()+", and ends the call, with all that goes with it, before such a request has its time")
	}
}

const hidden = "the target's headers.response leaves it out, so that the connector does not see it"

// shows reports whether a connector sees a header of a target's answers.
func shows(t *hostfuncs.Target, name string) bool {
	names := t.ResponseHeaders
	if names == nil {
		names = hostfuncs.DefaultResponseHeaders()
	}
	return slices.ContainsFunc(names, func(have string) bool { return strings.EqualFold(have, name) })
}

// hiddenFromLists returns the target, and its headers that the recipe's lists read and
// the configuration hides, in the order of the targets: a list would seem to end where
// its first page does.
func hiddenFromLists(r *language.Recipe, targets []hostfuncs.Target) (all []hiddenHeaders) {
	for _, need := range language.Needs(r) {
		for i := range targets {
			if targets[i].Name != need.Target {
				continue
			}
			names := slices.DeleteFunc(slices.Clone(need.ListHeaders), func(name string) bool { return shows(&targets[i], name) })
			if len(names) > 0 {
				all = append(all, hiddenHeaders{need.Target, names})
			}
		}
	}
	return all
}

// blinding is a pattern of a target's drop or seal, and what it takes away of what a
// recipe reads.
type blinding struct {
	// path is that of the pattern in the configuration.
	path, pattern string
	reads         []string
}

// blindings returns the patterns of the targets that take away what the recipe follows
// its lists by, or captures: a run would go on with less.
func blindings(r *language.Recipe, targets []hostfuncs.Target) (all []blinding) {
	for _, need := range language.Needs(r) {
		for i := range targets {
			t := &targets[i]
			if t.Name != need.Target {
				continue
			}
			for k, pattern := range t.Drop {
				if reads := need.Taken(pattern, false); len(reads) > 0 {
					all = append(all, blinding{fmt.Sprintf("targets.%s.drop[%d]", t.Name, k), pattern, reads})
				}
			}
			for k := range t.Seal {
				if reads := need.Taken(t.Seal[k].Pointer, true); len(reads) > 0 {
					all = append(all, blinding{fmt.Sprintf("targets.%s.seal[%d]", t.Name, k), t.Seal[k].Pointer, reads})
				}
			}
		}
	}
	return all
}

type hiddenHeaders struct {
	target string
	names  []string
}

// covers reports whether a pointer pattern finds all that another one does.
func covers(have, want string) bool {
	return covered(strings.Split(have, "/"), strings.Split(want, "/"))
}

func covered(have, want []string) bool {
	switch {
	case len(have) == 0:
		return len(want) == 0
	case have[0] == "**":
		return covered(have[1:], want) || len(want) > 0 && covered(have, want[1:])
	}
	return len(want) > 0 && want[0] != "**" && (have[0] == "*" || have[0] == want[0]) && covered(have[1:], want[1:])
}

// form tells that no slot at the place of s puts a secret in as the recipe wants it:
// the application would take another form for the password.
func form(s *language.Slot, t *hostfuncs.Target, tell func(what, why string)) {
	var encodings, prefixes []string
	for _, granted := range t.Slots {
		switch {
		case s.Header != "" && strings.EqualFold(granted.Header, s.Header):
			prefixes = append(prefixes, granted.Prefix)
		case s.Header == "" && granted.Pointer == s.Pointer && granted.Form == s.Form && granted.Query == s.Query:
			encodings = append(encodings, granted.Encoding.String())
		}
	}
	same := func(have string) bool { return strings.EqualFold(strings.ReplaceAll(have, "_", ""), s.Encoding) }
	if s.Encoding != "" && len(encodings) > 0 && !slices.ContainsFunc(encodings, same) {
		tell("the encoding "+s.Encoding+" at "+s.Pointer+s.Form, hostfuncs.RuleSecretSlot+": the slot there has the encoding "+strings.Join(encodings, ", "))
	}
	if len(prefixes) > 0 && !slices.Contains(prefixes, s.Prefix) {
		tell("the prefix "+quoted(s.Prefix)+" in the header "+s.Header, hostfuncs.RuleSecretSlot+": the slot there has the prefix "+quotedList(prefixes))
	}
}

// each calls f for every method of a pattern's line, such as GET,PUT /users/*.
func (p *prober) each(line string, f func(method, path string)) {
	methods, path, _ := strings.Cut(line, " ")
	for method := range strings.SplitSeq(methods, ",") {
		f(method, path)
	}
}

// sample is a path that a pattern stands for.
func sample(pattern string) string { return strings.ReplaceAll(pattern, "*", "x") }

// slot tries everything that may stand in a slot, in every request it belongs to.
func (p *prober) slot(target string, s *language.Slot) {
	var words []abi.Field
	for _, name := range s.Accepts {
		if placeholder, err := p.lease.Seal(name, "a secret that nobody has"); err == nil {
			words = append(words, abi.Field{Name: name, Value: placeholder})
		}
	}
	if s.Generate {
		words = append(words, abi.Field{Name: "a password that the host makes", Value: hostfuncs.GeneratedMarker})
	}
	for _, line := range s.Paths {
		p.each(line, func(method, path string) {
			for _, word := range words {
				r := abi.HTTPRequest{Target: target, Method: method, Path: sample(path), Safety: abi.Safe}
				place := put(&r, s, word.Value)
				p.ask(fmt.Sprintf("%s in the %s of %s %s", word.Name, place, method, path), r)
			}
		})
	}
}

// put puts a word into a slot's place, and names it.
func put(r *abi.HTTPRequest, s *language.Slot, word string) string {
	content := func(kind string) { r.Headers = []abi.Field{{Name: "Content-Type", Value: kind}} }
	switch {
	case s.Header != "":
		r.Headers = []abi.Field{{Name: s.Header, Value: word}}
		return "header " + s.Header
	case s.Query != "":
		r.Query = []abi.Field{{Name: s.Query, Value: word}}
		return "query parameter " + s.Query
	case s.Form != "":
		content("application/x-www-form-urlencoded")
		r.Body = s.Form + "=" + word
		return "form key " + s.Form
	}
	content("application/json")
	r.Body = document(s.Pointer, word)
	return "place " + s.Pointer
}

// document is JSON with a word at a pointer.
func document(pointer, word string) string {
	var w wire.Writer
	keys := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	lists := make([]bool, len(keys))
	for i, key := range keys {
		n, err := strconv.ParseUint(key, 10, 16)
		if lists[i] = err == nil && strconv.FormatUint(n, 10) == key; lists[i] {
			w.Array()
			for range n {
				w.Null()
			}
			continue
		}
		w.Object()
		w.Key(strings.NewReplacer("~1", "/", "~0", "~", "*", "x").Replace(key))
	}
	w.String(word)
	for i := range keys {
		if lists[len(keys)-1-i] {
			w.EndArray()
		} else {
			w.EndObject()
		}
	}
	return string(w.Bytes())
}

// ask notes what is denied.
func (p *prober) ask(what string, r abi.HTTPRequest) {
	if r.Method == http.MethodGet && r.Body != "" {
		r.Safety = abi.Neither
	}
	answers, err := p.lease.HTTP(p.ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{r}})
	if err != nil || len(answers.Answers) != 1 {
		return
	}
	if e := answers.Answers[0].Error; e != nil && e.Code == abi.Denied {
		p.missing = append(p.missing, Missing{Target: r.Target, What: what, Why: e.Rule + ": " + e.Message})
	}
}
