package rest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest/recipe"
)

// defaultGone are the statuses that say that there is no such object.
var defaultGone = []recipe.StatusRange{{From: 404, To: 404}, {From: 410, To: 410}}

func isGone(gone []recipe.StatusRange, a *abi.HTTPAnswer) bool {
	if len(gone) == 0 {
		gone = defaultGone
	}
	return a.Error == nil && inRange(gone, a.Status)
}

// maxBatch is how many requests go into one call of the host.
const maxBatch = 256

// sendAll carries out any number of requests and hands each answer to take. What
// the host put off, for all answers together grew too large, is asked again.
func (e *engine) sendAll(ctx context.Context, calls []call, atOnce int, take func(i int, a *abi.HTTPAnswer) error) error {
	for at := 0; at < len(calls); {
		batch := calls[at:min(at+maxBatch, len(calls))]
		answers, err := e.send(ctx, batch, atOnce)
		if err != nil {
			return err
		}
		for i := range answers {
			if err := answers[i].Error; err != nil && err.Code == abi.LimitExceeded && i > 0 {
				break
			}
			if err := take(at, &answers[i]); err != nil {
				return err
			}
			at++
		}
	}
	return nil
}

// detailCall makes the request for the detail of a row.
func (e *engine) detailCall(p *plan, s scope) (call, error) {
	c, err := e.build(&p.detail.Request, &s)
	if err != nil {
		return c, err
	}
	c.values = make([]string, 0, len(p.details)+1)
	c.values = append(c.values, p.detail.Object)
	if p.detail.Object == "" {
		c.values[0] = "."
	}
	for _, path := range p.details {
		c.values = append(c.values, inside(p.detail.Object, path))
	}
	e.addRules(&c)
	c.http.Want = &abi.Want{Values: c.values}
	return c, nil
}

// detailOf judges the answer to a detailCall; nil without an error says that the
// object is gone.
func (e *engine) detailOf(p *plan, c *call, a *abi.HTTPAnswer) (*found, error) {
	if isGone(p.detail.Gone, a) {
		return nil, nil
	}
	f, err := e.judge(c, a)
	if err != nil {
		return nil, err
	}
	if len(f.raws) <= len(p.details) || wire.NewReader(f.raws[0]).Peek() != wire.KindObject {
		return nil, abi.NewError(abi.UnexpectedData, what(c)+": there is no object at "+c.values[0])
	}
	return &found{paths: p.details, raws: f.raws[1 : 1+len(p.details)]}, nil
}

// atOnce is how many details are asked for side by side.
func atOnce(d *recipe.Detail) int {
	if d.AtOnce > 0 {
		return d.AtOnce
	}
	return 8
}

// objectCall makes the request that reads an object, or finds some.
func (e *engine) objectCall(q *recipe.Read, fields []string, s *scope) (call, error) {
	c, err := e.build(&q.Request, s)
	if err != nil {
		return c, err
	}
	c.rules = q.OnError
	if len(q.Rows) > 0 {
		e.addRules(&c)
		c.http.Want = &abi.Want{Rows: q.Rows, Fields: fields, Values: c.values}
		return c, nil
	}
	c.values = append(c.values, inside(q.Object, "."))
	for _, path := range fields {
		c.values = append(c.values, inside(q.Object, path))
	}
	e.addRules(&c)
	c.http.Want = &abi.Want{Values: c.values}
	return c, nil
}

// objects judges the answer to an objectCall: none, one or more objects.
func (e *engine) objects(q *recipe.Read, fields []string, c *call, a *abi.HTTPAnswer) ([]found, error) {
	if isGone(q.Gone, a) {
		return nil, nil
	}
	f, err := e.judge(c, a)
	if err != nil {
		if abi.CodeOf(err) == abi.ObjectNotFound {
			return nil, nil
		}
		return nil, err
	}
	if len(q.Rows) > 0 {
		return rowsOf(c, a, fields)
	}
	if len(f.raws) <= len(fields) || wire.NewReader(f.raws[0]).Peek() != wire.KindObject {
		return nil, abi.NewError(abi.UnexpectedData, what(c)+": there is no object at "+c.values[0])
	}
	return []found{{paths: fields, raws: f.raws[1 : 1+len(fields)]}}, nil
}

// rowsOf reads all rows of an answer.
func rowsOf(c *call, a *abi.HTTPAnswer, fields []string) (all []found, err error) {
	r := wire.NewReader(a.Wanted)
	there := false
	for r.Object(); r.NextKey(); {
		if r.Key() != "rows" {
			r.Skip()
			continue
		}
		there = true
		for r.Array(); r.NextItem(); {
			all = append(all, found{paths: fields, raws: readRaws(r, len(fields))})
		}
	}
	if err = r.End(); err == nil && !there {
		err = abi.NewError(abi.UnexpectedData, what(c)+": the host handed over no rows")
	}
	return all, err
}
