package connector

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// OpenImportConnection makes a watermark of the time, a nonce and kept state.
func (c *Connector) OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (string, error) {
	c.kind = step.ImportType
	if c.kind == abi.Delta && step.CustomData == "" {
		return "", abi.NewError(abi.WarningNoWatermark, "a delta import needs a watermark")
	}
	var types []string
	for _, t := range step.Schema.Types {
		types = append(types, t.Name)
	}
	if err := c.host.Log(ctx, abi.LogEntry{Message: "open import", Fields: []abi.Field{
		{Name: "type", Value: step.ImportType.String()}, {Name: "page_size", Value: strconv.Itoa(step.PageSize)},
		{Name: "types", Value: strings.Join(types, ",")}, {Name: "partition", Value: step.Partition.DN},
	}}); err != nil {
		return "", err
	}
	watermark, err := c.watermark(ctx)
	if c.kind == abi.Delta {
		watermark = "since " + step.CustomData + ";" + watermark
	}
	c.opened = watermark
	return watermark, err
}

func (c *Connector) watermark(ctx context.Context) (string, error) {
	now, err := c.host.Clock(ctx)
	if err != nil {
		return "", err
	}
	nonce, err := c.host.Random(ctx, 4)
	if err != nil {
		return "", err
	}
	seen, err := c.host.StateGet(ctx, "seen")
	if abi.CodeOf(err) == abi.NotFound {
		seen, err = []byte("never"), nil
	}
	return "at " + strconv.FormatInt(now.UnixNano(), 10) + ";nonce " + hexadecimal(nonce) + ";seen " + string(seen), err
}

// hexadecimal is what encoding/hex does, which would bring fmt along.
func hexadecimal(b []byte) string {
	const digits = "0123456789abcdef"
	var s []byte
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&15])
	}
	return string(s)
}

// GetImportEntries returns all it has at once: the limits of a page are kept by
// the binding.
func (c *Connector) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	c.asked++
	switch {
	case c.kind == abi.FullObject:
		return fullObjects(step.FullObjectEntries), nil
	case c.kind == abi.Delta && c.asked == 1:
		return abi.GetImportEntriesResults{CustomData: step.CustomData + ";empty", MoreToImport: true}, nil
	case c.kind == abi.Delta:
		return abi.GetImportEntriesResults{CustomData: step.CustomData + ";done", Entries: changes}, nil
	case c.asked == 1:
		return c.firstPage(ctx)
	}
	return c.lastPage(ctx)
}

func anchor(id string) []abi.AnchorAttribute {
	return []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(id)}}
}

var everyType = abi.CSEntryChange{
	ObjectType: "person", DN: "CN=u-1,OBJECT=person", Anchor: anchor("u-1"),
	Attributes: []abi.AttributeChange{
		abi.Add("näme", abi.StringValue(odd)),
		abi.Add("number", abi.IntegerValue(math.MinInt64)),
		abi.Add("active", abi.BooleanValue(true)),
		abi.Add("photo", abi.BinaryValue([]byte{0, 0xff, 0x10, 0x80})),
		abi.Add("manager", abi.ReferenceValue("CN=u-2,OBJECT=person")),
		abi.AddAll("tags", abi.StringValue("a"), abi.StringValue("")),
		abi.AddAll("numbers", abi.IntegerValue(0), abi.IntegerValue(-1), abi.IntegerValue(math.MaxInt64)),
	},
}

// firstPage asks for three things side by side and makes entries of the answers.
func (c *Connector) firstPage(ctx context.Context) (page abi.GetImportEntriesResults, err error) {
	answers, err := c.host.HTTP(ctx, abi.HTTPRequests{Concurrency: 2, MaxBytes: 65536, Requests: []abi.HTTPRequest{
		{Target: "hr", Method: "GET", Path: "/people", Query: []abi.Field{{Name: "page", Value: "1"}, {Name: "q", Value: "a b&ç"}, {Name: "all", Value: ""}},
			Headers: []abi.Field{{Name: "Accept", Value: "text/csv"}}, Safety: abi.Safe, Timeout: 5 * time.Second},
		{Target: "hr", Method: "POST", Path: "/photo", Body: "\x00\xff", Safety: abi.Idempotent, IdempotencyKey: "k-1"},
		{Target: "hr", Method: "POST", Path: "/ghost%20x", Body: "boo\n"},
	}})
	if err != nil {
		return page, err
	}
	if len(answers.Answers) != 3 {
		return page, abi.NewError(abi.UnexpectedData, "three answers were expected")
	}
	page.Entries = []abi.CSEntryChange{everyType}
	for line := range strings.Lines(answers.Answers[0].Body) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ",")
		page.Entries = append(page.Entries, abi.CSEntryChange{Anchor: anchor(id),
			Attributes: []abi.AttributeChange{abi.Add("näme", abi.StringValue(name))}})
	}
	page.Entries = append(page.Entries, abi.CSEntryChange{Anchor: anchor("u-photo"), Attributes: []abi.AttributeChange{
		abi.Add("active", abi.BooleanValue(false)), abi.Add("photo", abi.BinaryValue([]byte(answers.Answers[1].Body))),
	}})
	if e := answers.Answers[2].Error; e != nil {
		page.Entries = append(page.Entries, abi.CSEntryChange{Anchor: anchor("u-ghost"),
			Error: &abi.EntryError{Code: abi.ImportErrorReadError, Name: e.Code.String(), Detail: e.Message}})
	}
	page.CustomData, page.MoreToImport = "page 2", true
	return page, c.host.Progress(ctx, abi.Progress{Done: int64(len(page.Entries)), What: "people"})
}

// lastPage reads an answer that is larger than the buffers that bindings begin
// with.
func (c *Connector) lastPage(ctx context.Context) (page abi.GetImportEntriesResults, err error) {
	answers, err := c.host.HTTP(ctx, abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "hr", Method: "GET", Path: "/people", Safety: abi.Safe}}})
	if err != nil {
		return page, err
	}
	if len(answers.Answers) != 1 {
		return page, abi.NewError(abi.UnexpectedData, "one answer was expected")
	}
	answer := &answers.Answers[0]
	lines := int64(strings.Count(answer.Body, "\n"))
	page.CustomData = c.opened
	page.Entries = []abi.CSEntryChange{{Anchor: anchor("u-last"), Attributes: []abi.AttributeChange{
		abi.Add("number", abi.IntegerValue(lines)),
		abi.AddAll("tags", abi.StringValue(answer.Header("x-total")), abi.StringValue(strconv.Itoa(answer.Status))),
		abi.AddAll("numbers", abi.IntegerValue(int64(answer.Tries)), abi.IntegerValue(int64(len(answer.Body)))),
	}}}
	return page, c.host.Progress(ctx, abi.Progress{Done: lines, Total: lines})
}

// changes has every way in which an object and an attribute change.
var changes = []abi.CSEntryChange{
	{Modification: abi.ObjectUpdate, ObjectType: "person", DN: "CN=u-1,OBJECT=person", NewDN: "CN=u-9,OBJECT=person", Anchor: anchor("u-1"),
		Attributes: []abi.AttributeChange{
			{Name: "näme", Modification: abi.AttributeReplace, Values: []abi.Value{abi.StringValue("Zoë")}},
			{Name: "tags", Modification: abi.AttributeUpdate, Values: []abi.Value{abi.StringValue("b")}, Deletes: []abi.Value{abi.StringValue("a")}},
			{Name: "numbers", Modification: abi.AttributeUpdate, Deletes: []abi.Value{abi.IntegerValue(-1)}},
			{Name: "number", Modification: abi.AttributeDelete},
			abi.Add("active", abi.BooleanValue(false)),
		}},
	{Modification: abi.ObjectReplace, ObjectType: "person", Anchor: anchor("u-2"),
		Attributes: []abi.AttributeChange{abi.Add("näme", abi.StringValue(""))}},
	{Modification: abi.ObjectUpdate, Anchor: anchor("u-3"), Attributes: []abi.AttributeChange{
		{Name: "tags", Modification: abi.AttributeReplace, MultiValued: true},
		{Name: "numbers", Modification: abi.AttributeUpdate, Values: []abi.Value{abi.IntegerValue(7)}},
	}},
	{Modification: abi.ObjectDelete, Anchor: anchor("u-4")},
	{Anchor: anchor("u-5"), Error: &abi.EntryError{Code: abi.ImportErrorCustomContinueRun, Name: "bad-row", Detail: odd}},
}

// fullObjects returns the objects wanted, named by anchor, DN or name.
func fullObjects(wanted []abi.CSEntryChange) (page abi.GetImportEntriesResults) {
	for i := range wanted {
		id := wanted[i].AnchorText("id")
		name := wanted[i].Attribute("näme")
		switch {
		case id == "u-1", wanted[i].DN == everyType.DN, name != nil && len(name.Values) == 1 && name.Values[0].Text() == "Zoë":
			page.Entries = append(page.Entries, everyType)
		default:
			page.Entries = append(page.Entries, abi.CSEntryChange{DN: wanted[i].DN, Anchor: wanted[i].Anchor,
				Error: &abi.EntryError{Code: abi.ImportErrorReadError, Name: "no-such-object"}})
		}
	}
	return page
}

// CloseImportConnection keeps the watermark of a run that ended well.
func (c *Connector) CloseImportConnection(ctx context.Context, step abi.CloseImportConnectionRunStep) (string, error) {
	if step.Reason != abi.CloseNormal {
		return "", c.host.Log(ctx, abi.LogEntry{Level: abi.LogWarn, Message: "the import ended early",
			Fields: []abi.Field{{Name: "reason", Value: step.Reason.String()}}})
	}
	if err := c.host.StatePut(ctx, "seen", []byte(step.CustomData)); err != nil {
		return "", err
	}
	return step.CustomData, c.host.StateDelete(ctx, "tmp")
}
