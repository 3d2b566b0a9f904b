package abi

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ecmabox/ecmabox/abi/wire"
)

func (m *HTTPRequests) encode(w *wire.Writer) {
	w.Object()
	w.Key("requests")
	w.Array()
	for i := range m.Requests {
		m.Requests[i].encode(w)
	}
	w.EndArray()
	optionalInt(w, "concurrency", int64(m.Concurrency))
	optionalInt(w, "max_bytes", int64(m.MaxBytes))
	if len(m.Ahead) > 0 {
		w.Key("ahead")
		w.Array()
		for i := range m.Ahead {
			m.Ahead[i].encode(w)
		}
		w.EndArray()
	}
	w.EndObject()
}

func (m *HTTPRequests) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "requests":
			there = true
			d.list("MaxBatchRequests", MaxBatchRequests, func() {
				var r HTTPRequest
				r.decode(d)
				m.Requests = append(m.Requests, r)
			})
		case "concurrency":
			m.Concurrency = d.count()
		case "max_bytes":
			m.MaxBytes = d.count()
		case "ahead":
			d.list("MaxAhead", MaxAhead, func() {
				var r HTTPRequest
				r.decode(d)
				m.Ahead = append(m.Ahead, r)
			})
		default:
			d.Skip()
		}
	}
	d.need(there, "requests")
}

func (r *HTTPRequest) encode(w *wire.Writer) {
	w.Object()
	w.Key("target")
	w.String(r.Target)
	w.Key("method")
	w.String(r.Method)
	w.Key("path")
	w.String(r.Path)
	encodeFields(w, "query", r.Query)
	optionalString(w, "origin", r.Origin)
	encodeFields(w, "headers", r.Headers)
	encodeBody(w, r.Body)
	optionalWord(w, "safety", safeties, uint8(r.Safety))
	optionalString(w, "idempotency_key", r.IdempotencyKey)
	optionalInt(w, "timeout_ms", r.Timeout.Milliseconds())
	if r.Want != nil {
		w.Key("want")
		r.Want.encode(w)
	}
	w.EndObject()
}

func (m *Want) encode(w *wire.Writer) {
	w.Object()
	encodePaths(w, "rows", m.Rows)
	encodePaths(w, "fields", m.Fields)
	encodePaths(w, "values", m.Values)
	optionalInt(w, "body", int64(m.Body))
	w.EndObject()
}

func encodePaths(w *wire.Writer, key string, paths []string) {
	if len(paths) == 0 {
		return
	}
	w.Key(key)
	w.Array()
	for _, path := range paths {
		w.String(path)
	}
	w.EndArray()
}

func (m *Want) decode(d *decoder) {
	all := 0
	paths := func() (list []string) {
		d.list("MaxWantPaths", MaxWantPaths, func() { list = append(list, d.text("MaxWantPath", MaxWantPath)) })
		all += len(list)
		return list
	}
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "rows":
			m.Rows = paths()
		case "fields":
			m.Fields = paths()
		case "values":
			m.Values = paths()
		case "body":
			m.Body = d.count()
			d.within("MaxWantBody", m.Body, MaxWantBody)
		default:
			d.Skip()
		}
	}
	d.within("MaxWantPaths", all, MaxWantPaths)
}

func (r *HTTPRequest) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "target":
			r.Target = d.name()
		case "method":
			r.Method = d.name()
		case "path":
			r.Path = d.text("MaxHTTPBody", MaxHTTPBody)
		case "query":
			r.Query = d.requestFields()
		case "origin":
			r.Origin = d.name()
		case "headers":
			r.Headers = d.requestFields()
		case "body":
			r.Body = d.text("MaxHTTPBody", MaxHTTPBody)
		case "body_base64":
			r.Body = d.base64("MaxHTTPBody", MaxHTTPBody)
		case "safety":
			r.Safety = Safety(d.word(safeties))
		case "idempotency_key":
			r.IdempotencyKey = d.name()
		case "timeout_ms":
			r.Timeout = time.Duration(d.count()) * time.Millisecond
		case "want":
			r.Want = &Want{}
			r.Want.decode(d)
		default:
			d.Skip()
		}
	}
	d.need(r.Target != "", "target")
	d.need(r.Method != "", "method")
	d.need(r.Path != "", "path")
}

func (m *HTTPAnswers) encode(w *wire.Writer) {
	w.Object()
	w.Key("answers")
	w.Array()
	for i := range m.Answers {
		m.Answers[i].encode(w)
	}
	w.EndArray()
	w.EndObject()
}

func (m *HTTPAnswers) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "answers":
			there = true
			d.list("MaxBatchRequests", MaxBatchRequests, func() {
				var a HTTPAnswer
				a.decode(d)
				m.Answers = append(m.Answers, a)
			})
		default:
			d.Skip()
		}
	}
	d.need(there, "answers")
}

func (a *HTTPAnswer) encode(w *wire.Writer) {
	w.Object()
	optionalInt(w, "status", int64(a.Status))
	encodeFields(w, "headers", a.Headers)
	encodeBody(w, a.Body)
	if a.Wanted != "" {
		w.Key("wanted")
		w.Raw(a.Wanted)
	}
	optionalInt(w, "tries", int64(a.Tries))
	if a.Error != nil {
		w.Key("error")
		a.Error.encode(w)
	}
	w.EndObject()
}

func (a *HTTPAnswer) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "status":
			a.Status = d.count()
		case "headers":
			a.Headers = d.fields()
		case "body":
			a.Body = d.String()
		case "body_base64":
			a.Body = d.base64("MaxMessageBytes", MaxMessageBytes)
		case "wanted":
			d.LimitKeys(0) // the target's
			a.Wanted = d.Raw()
			d.LimitKeys(MaxObjectKeys)
		case "tries":
			a.Tries = d.count()
		case "error":
			a.Error = &Error{}
			a.Error.decode(d)
		default:
			d.Skip()
		}
	}
}

// encodeBody writes text as it is and anything else as base64.
func encodeBody(w *wire.Writer, body string) {
	switch {
	case body == "":
	case utf8.ValidString(body):
		w.Key("body")
		w.String(body)
	default:
		w.Key("body_base64")
		w.Base64(body)
	}
}

func (d *decoder) base64(limit string, allowed int) string {
	text := d.String()
	if padding := len(text) - len(strings.TrimRight(text, "=")); !d.within(limit, len(text)/4*3-padding, allowed) {
		return ""
	}
	data, ok := d.DecodeBase64(text)
	if !ok {
		d.Fail("this is no base64 with padding")
	}
	return data
}

// encodeFields writes names and values as a list of pairs.
func encodeFields(w *wire.Writer, key string, fields []Field) {
	if len(fields) == 0 {
		return
	}
	w.Key(key)
	w.Array()
	for _, f := range fields {
		w.Array()
		w.String(f.Name)
		w.String(f.Value)
		w.EndArray()
	}
	w.EndArray()
}

// requestFields reads a list of a request, of which one message may have many.
func (d *decoder) requestFields() []Field {
	fields := d.fields()
	d.spread += len(fields)
	d.within("MaxFields", d.spread, MaxFields)
	return fields
}

func (d *decoder) fields() []Field {
	var all []Field
	d.list("MaxParameters", MaxParameters, func() {
		var pair []string
		d.list("a pair", 2, func() { pair = append(pair, d.own(d.String())) })
		if len(pair) != 2 {
			d.Fail("a pair of name and value was expected")
			return
		}
		all = append(all, Field{pair[0], pair[1]})
	})
	return all
}

func (r *SOAPRequest) encode(w *wire.Writer) {
	w.Object()
	w.Key("target")
	w.String(r.Target)
	w.Key("operation")
	w.String(r.Operation)
	optionalString(w, "body", r.Body)
	optionalWord(w, "safety", safeties, uint8(r.Safety))
	w.EndObject()
}

func (r *SOAPRequest) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "target":
			r.Target = d.name()
		case "operation":
			r.Operation = d.name()
		case "body":
			r.Body = d.text("MaxHTTPBody", MaxHTTPBody)
		case "safety":
			r.Safety = Safety(d.word(safeties))
		default:
			d.Skip()
		}
	}
	d.need(r.Target != "", "target")
	d.need(r.Operation != "", "operation")
}

func (a *SOAPAnswer) encode(w *wire.Writer) {
	w.Object()
	optionalString(w, "body", a.Body)
	if a.Error != nil {
		w.Key("error")
		a.Error.encode(w)
	}
	w.EndObject()
}

func (a *SOAPAnswer) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "body":
			a.Body = d.String()
		case "error":
			a.Error = &Error{}
			a.Error.decode(d)
		default:
			d.Skip()
		}
	}
}

func (e *LogEntry) encode(w *wire.Writer) {
	w.Object()
	w.Key("level")
	w.String(e.Level.String())
	w.Key("message")
	w.String(cutText(e.Message, MaxLogMessage))
	encodeFields(w, "fields", e.Fields)
	w.EndObject()
}

func (e *LogEntry) decode(d *decoder) {
	level := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "level":
			level = true
			e.Level = LogLevel(d.word(logLevels))
		case "message":
			e.Message = d.own(cutText(d.String(), MaxLogMessage))
		case "fields":
			e.Fields = d.fields()
		default:
			d.Skip()
		}
	}
	d.need(level, "level")
}

// ClockAnswer is the answer of clock.
type ClockAnswer struct {
	// UnixNanos counts nanoseconds since 1970-01-01T00:00:00Z; a decimal string
	// on the wire.
	UnixNanos int64
}

func (a *ClockAnswer) encode(w *wire.Writer) {
	w.Object()
	w.Key("unix_nanos")
	w.IntString(a.UnixNanos)
	w.EndObject()
}

func (a *ClockAnswer) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "unix_nanos":
			there = true
			n, err := strconv.ParseInt(d.String(), 10, 64)
			if err != nil {
				d.Fail("a whole number in quotes was expected")
			}
			a.UnixNanos = n
		default:
			d.Skip()
		}
	}
	d.need(there, "unix_nanos")
}

// RandomRequest is the request of random.
type RandomRequest struct {
	// Bytes is how many are wanted, at most MaxRandomBytes.
	Bytes int
}

func (r *RandomRequest) encode(w *wire.Writer) {
	w.Object()
	optionalInt(w, "bytes", int64(r.Bytes))
	w.EndObject()
}

func (r *RandomRequest) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "bytes":
			r.Bytes = d.count()
		default:
			d.Skip()
		}
	}
	d.within("MaxRandomBytes", r.Bytes, MaxRandomBytes)
}

// StateMessage is the request of state_get, state_put and state_delete, and the
// answer of state_get and random: bytes under a key.
type StateMessage struct {
	Key   string
	Value []byte
}

func (m *StateMessage) encode(w *wire.Writer) {
	w.Object()
	optionalString(w, "key", m.Key)
	if len(m.Value) > 0 {
		w.Key("value")
		w.Base64(string(m.Value))
	}
	w.EndObject()
}

func (m *StateMessage) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "key":
			m.Key = d.text("MaxStateKey", MaxStateKey)
		case "value":
			m.Value = []byte(d.base64("MaxStateBytes", MaxStateBytes))
		default:
			d.Skip()
		}
	}
}

func (p *Progress) encode(w *wire.Writer) {
	w.Object()
	w.Key("done")
	w.Int(p.Done)
	optionalInt(w, "total", p.Total)
	optionalString(w, "what", p.What)
	w.EndObject()
}

func (p *Progress) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "done":
			p.Done = d.Int()
		case "total":
			p.Total = d.Int()
		case "what":
			p.What = d.text("MaxNameBytes", MaxNameBytes)
		default:
			d.Skip()
		}
	}
}

// RevealMessage is the request of reveal, a placeholder, and its answer, the
// secret.
type RevealMessage struct {
	Value string
}

func (m *RevealMessage) encode(w *wire.Writer) {
	w.Object()
	w.Key("value")
	w.String(m.Value)
	w.EndObject()
}

func (m *RevealMessage) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "value":
			there = true
			m.Value = d.text("MaxValueBytes", MaxValueBytes)
		default:
			d.Skip()
		}
	}
	d.need(there, "value")
}
