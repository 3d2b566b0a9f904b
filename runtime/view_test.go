package runtime_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// keepingHosts give out leases that keep all that they are told, as it is.
type keepingHosts struct {
	fakeHosts
	kept []any
}

func (h *keepingHosts) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	l, err := h.fakeHosts.Lease(ctx, request)
	return &keepingLease{l, h}, err
}

type keepingLease struct {
	abi.HostLease
	hosts *keepingHosts
}

func (l *keepingLease) keep(said ...any) { l.hosts.kept = append(l.hosts.kept, said...) }

func (l *keepingLease) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	l.keep(requests)
	return l.HostLease.HTTP(ctx, requests)
}

func (l *keepingLease) SOAP(ctx context.Context, request abi.SOAPRequest) (abi.SOAPAnswer, error) {
	l.keep(request)
	return l.HostLease.SOAP(ctx, request)
}

func (l *keepingLease) Log(_ context.Context, entry abi.LogEntry) error {
	l.keep(entry)
	return nil
}

func (l *keepingLease) StateGet(ctx context.Context, key string) ([]byte, error) {
	l.keep(key)
	return l.HostLease.StateGet(ctx, key)
}

func (l *keepingLease) StatePut(_ context.Context, key string, value []byte) error {
	l.keep(key, value)
	return nil
}

func (l *keepingLease) StateDelete(_ context.Context, key string) error {
	l.keep(key)
	return nil
}

func (l *keepingLease) Progress(_ context.Context, progress abi.Progress) error {
	l.keep(progress)
	return nil
}

func (l *keepingLease) Reveal(ctx context.Context, placeholder string) (string, error) {
	l.keep(placeholder)
	return l.HostLease.Reveal(ctx, placeholder)
}

func (l *keepingLease) ExportResult(ctx context.Context, result abi.CSEntryChangeResult) error {
	l.keep(result)
	return l.HostLease.ExportResult(ctx, result)
}

// allSaid is what the fixture changes_what_it_said says, in its order.
var allSaid = []any{
	abi.HTTPRequests{
		Requests: []abi.HTTPRequest{{Target: "target", Method: "POST", Path: "/path", Query: []abi.Field{{Name: "query", Value: "one"}},
			Headers: []abi.Field{{Name: "header", Value: "two"}}, Body: "body", IdempotencyKey: "key", Want: &abi.Want{Values: []string{"values"}}}},
		Ahead: []abi.HTTPRequest{{Target: "target", Method: "GET", Path: "/next"}},
	},
	abi.SOAPRequest{Target: "target", Operation: "operation", Body: "{}"},
	abi.LogEntry{Level: abi.LogInfo, Message: "message", Fields: []abi.Field{{Name: "field", Value: "value"}}},
	"got", "put", []byte("value"), "deleted",
	abi.Progress{Done: 1, What: "users"},
	"placeholder",
	abi.CSEntryChangeResult{Identifier: "identifier", Code: abi.ExportErrorInvalidDN, Name: "name", Detail: "detail",
		Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("anchor")}}},
}

// What a guest says is read from its memory. When it writes over that, or its memory is
// gone, what was kept of it is as it was.
func TestGuestChangesWhatItSaid(t *testing.T) {
	t.Parallel()
	ctx, hosts := t.Context(), &keepingHosts{}
	c := load(t, newRuntime(t, runtime.Config{}), "changes_what_it_said", hosts)
	check := func(what string, have, want any) {
		t.Helper()
		if !reflect.DeepEqual(have, want) {
			t.Errorf("%s: have %+v, want %+v", what, have, want)
		}
	}
	schema, err := c.GetSchema(ctx, nil) // whose instance is gone now
	if err != nil {
		t.Fatal(err)
	}
	check("schema", schema, abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true}, {Name: "mail"}}}}})

	s := openImport(t, c, nil)
	page, err := s.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	if err != nil {
		t.Fatal(err)
	}
	check("host calls of an import", hosts.kept, allSaid)
	if _, err := s.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
	check("page", page, abi.GetImportEntriesResults{CustomData: "w", Entries: []abi.CSEntryChange{{Modification: abi.ObjectAdd,
		Anchor:     []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("1")}},
		Attributes: []abi.AttributeChange{abi.Add("mail", abi.StringValue("a@example.org"))}}}})

	hosts.kept = nil
	x := openExport(t, c)
	results, err := x.PutExportEntries(ctx, []abi.CSEntryChange{{Identifier: "identifier"}})
	if err != nil {
		t.Fatal(err)
	}
	check("host calls of an export", hosts.kept, allSaid)
	check("results", results.Results, []abi.CSEntryChangeResult{allSaid[len(allSaid)-1].(abi.CSEntryChangeResult)})
	if err := x.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}); err != nil {
		t.Fatal(err)
	}
}

// What is copied for a guest is copied in pieces, and not to its end when its call must
// end.
func TestCopyInPieces(t *testing.T) {
	t.Parallel()
	const piece = 64 << 10
	for n, want := range map[int][][2]int{0: nil, 1: {{0, 1}}, piece: {{0, piece}}, piece + 1: {{0, piece}, {piece, piece + 1}},
		2 * piece: {{0, piece}, {piece, 2 * piece}}} {
		if have, left := runtime.CopyInPieces(n, time.Hour); left || !reflect.DeepEqual(have, want) {
			t.Errorf("%d bytes: have %v and left %v, want %v", n, have, left, want)
		}
	}
	if have, left := runtime.CopyInPieces(2*piece, -time.Second); !left || len(have) != 1 {
		t.Errorf("when its time is up: have %v and left %v", have, left)
	}
}
