package abi

import (
	"time"

	"github.com/ecmabox/ecmabox/abi/wire"
)

func (e *Error) encode(w *wire.Writer) {
	w.Object()
	w.Key("code")
	w.String(e.Code.String())
	optionalString(w, "name", cutText(e.Name, MaxErrorText))
	optionalString(w, "message", cutText(e.Message, MaxErrorText))
	optionalString(w, "detail", cutText(e.Detail, MaxErrorText))
	optionalString(w, "dn", e.DN)
	optionalString(w, "object_type", e.ObjectType)
	optionalString(w, "attribute", e.Attribute)
	optionalString(w, "parameter", e.Parameter)
	optionalBool(w, "retryable", e.Retryable)
	optionalInt(w, "retry_after_ms", e.RetryAfter.Milliseconds())
	optionalString(w, "rule", e.Rule)
	optionalString(w, "limit", e.Limit)
	optionalInt(w, "used", e.Used)
	optionalInt(w, "allowed", e.Allowed)
	w.EndObject()
}

func (e *Error) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "code":
			e.Code = d.code()
		case "name":
			e.Name = d.cut()
		case "message":
			e.Message = d.cut()
		case "detail":
			e.Detail = d.cut()
		case "dn":
			e.DN = d.cut()
		case "object_type":
			e.ObjectType = d.cut()
		case "attribute":
			e.Attribute = d.cut()
		case "parameter":
			e.Parameter = d.cut()
		case "retryable":
			e.Retryable = d.Bool()
		case "retry_after_ms":
			e.RetryAfter = time.Duration(d.count()) * time.Millisecond
		case "rule":
			e.Rule = d.cut()
		case "limit":
			e.Limit = d.cut()
		case "used":
			e.Used = d.Int()
		case "allowed":
			e.Allowed = d.Int()
		default:
			d.Skip()
		}
	}
	d.need(e.Code != 0, "code")
}

func (d *decoder) code() Code {
	s := d.String()
	c, ok := codeNumbers[s]
	if !ok {
		d.Fail("no error code of the ABI")
	}
	return c
}

func (r *CSEntryChangeResult) encode(w *wire.Writer) {
	w.Object()
	w.Key("id")
	w.String(r.Identifier)
	optionalWord(w, "code", exportErrors, uint8(r.Code))
	optionalString(w, "name", cutText(r.Name, MaxErrorText))
	optionalString(w, "detail", cutText(r.Detail, MaxErrorText))
	encodeAnchor(w, r.Anchor)
	optionalBool(w, "retryable", r.Retryable)
	optionalInt(w, "retry_after_ms", r.RetryAfterMillis)
	w.EndObject()
}

func (r *CSEntryChangeResult) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "id":
			r.Identifier = d.name()
		case "code":
			r.Code = ExportError(d.word(exportErrors))
		case "name":
			r.Name = d.cut()
		case "detail":
			r.Detail = d.cut()
		case "anchor":
			r.Anchor = d.anchor()
		case "retryable":
			r.Retryable = d.Bool()
		case "retry_after_ms":
			r.RetryAfterMillis = int64(d.count())
		default:
			d.Skip()
		}
	}
	d.need(r.Identifier != "", "id")
}

func (e *EntryError) encode(w *wire.Writer) {
	w.Object()
	w.Key("code")
	w.String(e.Code.String())
	optionalString(w, "name", cutText(e.Name, MaxErrorText))
	optionalString(w, "detail", cutText(e.Detail, MaxErrorText))
	w.EndObject()
}

func (e *EntryError) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "code":
			e.Code = ImportError(d.word(importErrors))
		case "name":
			e.Name = d.cut()
		case "detail":
			e.Detail = d.cut()
		default:
			d.Skip()
		}
	}
	d.need(e.Code != ImportSuccess, "an import error's code")
}
