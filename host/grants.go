package host

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	language "github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs"
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
	p := prober{ctx: ctx, lease: lease, targets: c.config.Targets}
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
		p.encoding(need.Target, &need.Slots[i])
	}
}

// encoding notes that no slot at the place of s puts a secret in as the recipe wants it:
// the application would take another form for the password.
func (p *prober) encoding(target string, s *language.Slot) {
	var have []string
	for _, t := range p.targets {
		for _, granted := range t.Slots {
			if t.Name == target && granted.Pointer == s.Pointer && granted.Form == s.Form {
				have = append(have, granted.Encoding.String())
			}
		}
	}
	same := func(have string) bool { return strings.EqualFold(strings.ReplaceAll(have, "_", ""), s.Encoding) }
	if s.Encoding == "" || len(have) == 0 || slices.ContainsFunc(have, same) {
		return
	}
	p.missing = append(p.missing, Missing{Target: target, What: "the encoding " + s.Encoding + " at " + s.Pointer + s.Form,
		Why: hostfuncs.RuleSecretSlot + ": the slot there has the encoding " + strings.Join(have, ", ")})
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
		_, err := strconv.Atoi(key)
		if lists[i] = err == nil; lists[i] {
			w.Array() // the place of the element does not matter here
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
