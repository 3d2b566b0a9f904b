package rest

import (
	"context"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// engine follows one recipe with the parameters of one call or run.
type engine struct {
	converter
	host       abi.Host
	recipe     *recipe.Recipe
	anchor     *recipe.Attribute
	parameters abi.ConfigParameters
	// watch, if not nil, is told of every request before it is sent.
	watch func(*call)
	// stand, if not nil, knows what lookups do not.
	stand StandIn
	// failed are the errors of lookups that an entry needed and that could not be read.
	failed map[string]error
	// now is the time of the run as RFC 3339; it is only asked for where a
	// reference wants it.
	now string
}

// newEngine reads the recipe among the parameters, or takes the fixed one.
func newEngine(host abi.Host, fixed *recipe.Recipe, watch func(*call), parameters abi.ConfigParameters) (*engine, error) {
	r := fixed
	if r == nil {
		text := parameters.Get(Parameter)
		if text == "" {
			return nil, &abi.Error{Code: abi.NoSuchParameter, Parameter: Parameter, Message: "there is no recipe to follow"}
		}
		var problems []recipe.Problem
		if r, problems = recipe.Parse(text); len(problems) > 0 {
			return nil, recipeError(problems)
		}
	}
	anchor := r.Attribute(r.Anchor)
	if anchor == nil {
		return nil, &abi.Error{Code: abi.NoSuchParameter, Parameter: Parameter, Message: "the recipe has no attribute for its anchor"}
	}
	return &engine{host: host, recipe: r, anchor: anchor, parameters: parameters, watch: watch,
		converter: converter{lookups: make(map[string]*table)}}, nil
}

// maxProblems is how many of a recipe's problems one error tells.
const maxProblems = 10

func recipeError(problems []recipe.Problem) error {
	texts := make([]string, 0, maxProblems)
	for _, p := range problems[:min(len(problems), maxProblems)] {
		texts = append(texts, p.String())
	}
	return &abi.Error{Code: abi.ExtensibleExtension, Name: "bad-recipe", Parameter: Parameter,
		Message: "the recipe cannot be followed", Detail: strings.Join(texts, "\n")}
}

// parameter returns the value of a parameter of the recipe's.
func (e *engine) parameter(name string) value {
	text, there := e.parameters.Lookup(name)
	for i := range e.recipe.Parameters {
		p := &e.recipe.Parameters[i]
		if p.Name != name {
			continue
		}
		if !there || text == "" {
			text = p.Default
		}
		if p.Type == recipe.Flag {
			return one(boolScalar(text == "1" || text == "true"))
		}
	}
	return textOrNothing(text)
}

// allPages has prepare read all there is.
const allPages = int(^uint(0) >> 1)

// prepare reads what the references of a run need besides its answers: lookups, of
// which it reads so many pages at most, and the time. It says whether that is all; if
// not, it is called again and goes on.
func (e *engine) prepare(ctx context.Context, n needs, pages int) (ready bool, err error) {
	for _, name := range n.lookups {
		if ready, err = e.readLookup(ctx, name, &pages); err != nil || !ready {
			return false, err
		}
	}
	if n.now && e.now == "" {
		now, err := e.host.Clock(ctx)
		if err != nil {
			return false, err
		}
		e.now = now.UTC().Format(time.RFC3339)
	}
	return true, nil
}

func parseSingle(raw string) (scalar, bool) {
	v := parseValue(raw)
	return v.single()
}
