package hostfuncs

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/hostfuncs/internal/jsonfields"
)

func statusText(status int) string { return strconv.Itoa(status) }

// readBody reads an answer's body within the target's limits. An *abi.Error says
// which limit or rule was broken; any other error is the connection's.
func readBody(response *http.Response, p *plan) (string, error) {
	status, t, safety := response.StatusCode, p.target, p.request.Safety
	if response.Request.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified {
		return "", nil
	}
	most := bodyLimit(p, status)
	if response.ContentLength > most.bytes {
		return "", carriedOut(safety, most.passed(t, response.ContentLength), status)
	}
	body := &bounded{from: response.Body, left: most.bytes}
	switch strings.ToLower(strings.Join(response.Header.Values("Content-Encoding"), ",")) {
	case "", "identity":
		return readAll(response.Request.Context(), body, body, p, status, response.ContentLength)
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(body)
		if err == io.EOF {
			return "", nil // no body at all, as behind a DELETE
		}
		if err != nil {
			return "", err
		}
		return readAll(response.Request.Context(), unpacked, body, p, status, 0)
	default:
		return "", carriedOut(safety, denied(RuleEncoding, "the answer of target %s has a content encoding that was not asked for", t.name), status)
	}
}

// sizeLimit is a limit of a body.
type sizeLimit struct {
	name  string
	bytes int64
}

// bodyLimit is what the body of an answer may have. One of which something is wanted
// is read by the host alone; but of a failure the connector sees the text.
func bodyLimit(p *plan, status int) sizeLimit {
	if p.want != nil && p.turn != nil && status/100 == 2 {
		return sizeLimit{"wanted_bytes", int64(p.target.maxWantedBytes)}
	}
	return sizeLimit{"response_bytes", int64(p.target.maxResponseBytes)}
}

func (s sizeLimit) passed(t *target, used int64) *abi.Error {
	return exceeded(s.name, used, s.bytes, "the answer of target "+t.name+" is too long")
}

// bounded counts what comes from the connection and ends it above a limit.
type bounded struct {
	from io.Reader
	read int64
	left int64
}

var errTooLong = errors.New("the answer is too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	b.read += int64(n)
	b.left -= int64(n)
	if b.left < 0 {
		return n, errTooLong
	}
	return n, err
}

// readChunk is how much is unpacked before limits are looked at again.
const readChunk = 32 << 10

// readAll reads from, which unpacks packed or is the same. Size is how long the body is
// said to be, 0 or less if nobody says. What comes of it tells how much room it gets: words
// alone would keep others waiting.
func readAll(ctx context.Context, from io.Reader, packed *bounded, p *plan, status int, size int64) (string, error) {
	b := new(strings.Builder)
	t, safety := p.target, p.request.Safety
	most, step := bodyLimit(p, status), int64(readChunk)
	if size > 0 {
		b.Grow(int(min(size, FreeBodyBytes+readChunk)))
		step = min(size+1, step)
	}
	chunk := make([]byte, step)
	for {
		n, err := from.Read(chunk)
		b.Write(chunk[:n])
		got := int64(b.Len())
		switch {
		case got > most.bytes || errors.Is(err, errTooLong):
			return "", carriedOut(safety, most.passed(t, max(got, packed.read)), status)
		case got > RatioFreeBytes && got > packed.read*int64(t.maxRatio):
			return "", carriedOut(safety, exceeded("ratio", got/max(packed.read, 1), int64(t.maxRatio), "the answer of target "+t.name+" unpacks to far more than was sent"), status)
		}
		ended, need := err == io.EOF, mayBecome(got, size, most.bytes)
		if ended {
			err, need = nil, got
		}
		if err == nil {
			err = p.turn.begin(ctx, need)
		}
		switch {
		case err != nil:
			return "", err
		case ended:
			p.turn.keep(got)
			return b.String(), nil
		case need == size && int64(b.Cap()) < size:
			b = inWhole(b, size)
		}
	}
}

// inWhole returns what is in b, in memory for size bytes. B itself would take twice what it
// has besides.
func inWhole(b *strings.Builder, size int64) *strings.Builder {
	whole := new(strings.Builder)
	whole.Grow(int(size))
	whole.WriteString(b.String())
	return whole
}

// mayBecome is how much room a body needs of which got bytes are there, and which is said
// to have size, if that is above 0.
func mayBecome(got, size, most int64) int64 {
	switch {
	case got <= FreeBodyBytes:
		return 0
	case size > 0:
		return size
	case got <= abi.MaxHTTPBody:
		return min(most, abi.MaxHTTPBody)
	}
	return most
}

// present makes of an outcome what the connector sees: fields dropped and sealed,
// granted headers alone, no secret anywhere, and of all that what is wanted. The
// secrets are looked for in the whole answer, wanted or not. All that ends with ctx, and
// the body of out with it.
func (l *lease) present(ctx context.Context, p *plan, out *outcome) abi.HTTPAnswer {
	answer, err := l.presented(ctx, p, out)
	switch {
	case errors.Is(err, errUnpresented):
		return abi.HTTPAnswer{Error: unpresented(ctx, p, out)}
	case err != nil:
		return abi.HTTPAnswer{Error: carriedOut(p.request.Safety, abi.AsError(err), out.status)}
	}
	return presentWanted(ctx, p, answer, out)
}

// errUnpresented: the context ended while an answer was looked through.
var errUnpresented = errors.New("the answer was not looked through")

// unpresented says that there is an answer, and no time for it.
func unpresented(ctx context.Context, p *plan, out *outcome) *abi.Error {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return targetError(abi.OutcomeUnknown, p, "it answered with status "+statusText(out.status)+", which could not be looked through within the request's time")
	}
	return cancelled(p, out.sent)
}

func (l *lease) presented(ctx context.Context, p *plan, out *outcome) (abi.HTTPAnswer, error) {
	body, err := l.presentBody(ctx, p, out)
	if err != nil {
		return abi.HTTPAnswer{}, err
	}
	answer := abi.HTTPAnswer{Status: out.status, Body: body}
	for _, name := range p.target.responseHeaders {
		if n := len(answer.Headers) + len(out.header.Values(name)); n > MaxAnswerHeaders {
			e := exceeded("response_headers", int64(n), MaxAnswerHeaders, "the answer of target "+p.target.name+" has too many headers "+quoteCut(name))
			return abi.HTTPAnswer{}, e
		}
		for _, value := range out.header.Values(name) {
			if err := l.free(ctx, p, value, "header "+name); err != nil {
				return abi.HTTPAnswer{}, err
			}
			text := strings.Clone(strings.ToValidUTF8(value, "�")) // which may be short in much memory
			answer.Headers = append(answer.Headers, abi.Field{Name: name, Value: text})
		}
	}
	return answer, nil
}

// free makes sure that no secret is in a part of an answer.
func (l *lease) free(ctx context.Context, p *plan, text, where string) error {
	switch found, err := l.vault.secrets.Scan(ctx, text); {
	case err != nil:
		return errUnpresented
	case found:
		return denied(RuleSecretEcho, "the %s of the answer of target %s holds a secret; drop or seal that field in the grant", where, p.target.name)
	}
	return nil
}

// presentWanted puts what is wanted in the place of the body. An answer without it
// keeps its status, and what the connector asks for of its text: they tell it what the
// target made of the request.
func presentWanted(ctx context.Context, p *plan, answer abi.HTTPAnswer, out *outcome) abi.HTTPAnswer {
	if p.want == nil {
		return answer
	}
	answer, err := p.want.Answer(ctx, answer, p.target.maxResponseBytes)
	if err != nil && ctx.Err() != nil {
		return abi.HTTPAnswer{Error: unpresented(ctx, p, out)}
	}
	if e := abi.AsError(err); e != nil {
		e.Message = "target " + p.target.name + ": " + e.Message
		return abi.HTTPAnswer{Status: answer.Status, Body: answer.Body, Error: carriedOut(p.request.Safety, e, answer.Status)}
	}
	return answer
}

func (l *lease) presentBody(ctx context.Context, p *plan, out *outcome) (string, error) {
	body, err := l.presentFields(ctx, p, out)
	out.body = "" // which would be in memory beside what was made of it
	if err != nil {
		return "", err
	}
	return body, l.free(ctx, p, body, "body")
}

// withheldBody stands for a body that is no JSON, of a target with fields to drop or
// seal: whoever gets it must not take it for an answer without one.
const withheldBody = "(withheld: no JSON, of which fields could be dropped or sealed)"

// presentFields drops and seals. An answer that cannot be read as JSON is not
// shown, since what should be dropped may be anywhere in it.
func (l *lease) presentFields(ctx context.Context, p *plan, out *outcome) (string, error) {
	t := p.target
	if len(t.fields) == 0 || out.body == "" {
		return out.body, nil
	}
	var failed *abi.Error
	text, err := jsonfields.Rewrite(ctx, out.body, t.fields, func(f jsonfields.Field) (jsonfields.Change, error) {
		change, err := l.presentField(t, f)
		if err != nil {
			failed = err
			return change, err
		}
		return change, nil
	})
	switch {
	case failed != nil:
		return "", failed
	case err == nil:
		return text, nil
	case ctx.Err() != nil:
		return "", errUnpresented
	case out.status >= 300:
		return withheldBody, nil
	case p.want != nil:
		return "", &abi.Error{Code: abi.UnexpectedData, Side: abi.SideTarget, Rule: RuleAnswerJSON,
			Message: "target " + t.name + ": the answer is not one whole JSON document, so its fields cannot be dropped or sealed"}
	}
	return "", denied(RuleAnswerFields, "the answer of target %s is not JSON, so its fields cannot be dropped or sealed", t.name)
}

// presentField changes one field. Drops stand before seals, so the first pattern
// decides.
func (l *lease) presentField(t *target, f jsonfields.Field) (jsonfields.Change, *abi.Error) {
	name := t.fieldSeals[f.Patterns[0]]
	switch {
	case name == "":
		return jsonfields.Change{Action: jsonfields.Drop}, nil
	case f.Kind == wire.KindNull || f.Kind == wire.KindString && f.Text == "":
		return jsonfields.Change{}, nil
	case f.Kind != wire.KindString:
		return jsonfields.Change{}, denied(RuleAnswerFields, "a field of the answer of target %s that is sealed as %s is no string; drop it instead", t.name, quoteCut(name))
	}
	placeholder, err := l.vault.seal(name, f.Text)
	return jsonfields.Change{Action: jsonfields.Replace, JSON: `"` + placeholder + `"`}, err
}
