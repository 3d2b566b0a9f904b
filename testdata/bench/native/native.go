// Package native is the peer that is none: the same work in plain Go, with no
// boundary to cross. It is what a sandbox costs nothing against.
package native

import (
	"bytes"
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/testdata/bench/directory"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// Peer is a connector in plain Go.
type Peer struct {
	entries []abi.CSEntryChange
	types   *abi.TypeIndex
	writer  wire.Writer
}

var (
	_ peer.Peer     = (*Peer)(nil)
	_ peer.Importer = (*Peer)(nil)
)

// New returns a Peer.
func New() *Peer {
	return &Peer{entries: Changes(workload.Page(0)), types: abi.NewTypeIndex(Schema())}
}

// Schema is the schema of the entries.
func Schema() abi.Schema {
	user := abi.SchemaType{Name: "user", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true}}}
	for _, name := range workload.Names {
		user.Attributes = append(user.Attributes, abi.SchemaAttribute{Name: name, MultiValued: name == "memberOf"})
	}
	return abi.Schema{Types: []abi.SchemaType{user}}
}

// Changes turns entries into those of the ABI.
func Changes(entries []workload.Entry) []abi.CSEntryChange {
	all := make([]abi.CSEntryChange, len(entries))
	for i, e := range entries {
		all[i].Anchor = []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue(e.Anchor)}}
		all[i].Attributes = make([]abi.AttributeChange, 0, len(e.Attributes))
		for _, a := range e.Attributes {
			change := abi.Add(a.Name, abi.StringValue(a.Values[0]))
			if a.Name == "memberOf" {
				change = abi.AddAll(a.Name, abi.StringValue(a.Values[0]), abi.StringValue(a.Values[1]))
			}
			all[i].Attributes = append(all[i].Attributes, change)
		}
	}
	return all
}

// Echo returns a copy of data.
func (p *Peer) Echo(_ context.Context, data []byte) ([]byte, error) { return bytes.Clone(data), nil }

// Page returns a page counted from first, encoded and decoded with the codec of
// the ABI: all that a guest does, without the guest.
func (p *Peer) Page(_ context.Context, first int) (peer.Page, error) {
	for i := range p.entries {
		p.entries[i].Anchor[0].Value = abi.StringValue(workload.Anchor(first + i))
	}
	p.writer.Reset()
	abi.EncodeReply(&p.writer, &abi.GetImportEntriesResults{Entries: p.entries, MoreToImport: true}, nil)
	var results abi.GetImportEntriesResults
	err := abi.DecodeReply(string(p.writer.Bytes()), &results, p.types)
	return peer.Page{Entries: len(results.Entries), At: func(i int) workload.Entry { return Entry(results.Entries[i]) }}, err
}

// Entry is Changes the other way round.
func Entry(e abi.CSEntryChange) workload.Entry {
	entry := workload.Entry{Anchor: e.AnchorText("id")}
	for _, a := range e.Attributes {
		values := make([]string, len(a.Values))
		for i, v := range a.Values {
			values[i] = v.Text()
		}
		entry.Attributes = append(entry.Attributes, workload.Attribute{Name: a.Name, Values: values})
	}
	return entry
}

// Import reads the directory at url and counts its users.
func (p *Peer) Import(ctx context.Context, url string) (users int, err error) {
	for n := 0; ; n++ {
		read, more, err := directory.Read(ctx, url, n)
		if err != nil {
			return 0, err
		}
		users += len(Changes(directory.Entries(read)))
		if !more {
			return users, nil
		}
	}
}

// Close does nothing.
func (p *Peer) Close(context.Context) error { return nil }
