// Package native is the peer that is none: the same work in plain Go, with no
// boundary to cross. It is what a sandbox is measured against.
package native

import (
	"bytes"
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/testdata/bench/directory"
	"github.com/ecmabox/ecmabox/testdata/bench/entries"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// Peer is a connector in plain Go.
type Peer struct {
	page   []abi.CSEntryChange
	first  int
	types  *abi.TypeIndex
	writer wire.Writer
}

var (
	_ peer.Peer     = (*Peer)(nil)
	_ peer.Importer = (*Peer)(nil)
)

// New returns a Peer.
func New() *Peer {
	return &Peer{page: entries.Changes(workload.Page(0)), types: abi.NewTypeIndex(entries.Schema())}
}

// Echo returns a copy of data.
func (p *Peer) Echo(_ context.Context, data []byte) ([]byte, error) { return bytes.Clone(data), nil }

// Page returns the next page, encoded and decoded with the codec of
// the ABI: all that a guest does, without the guest.
func (p *Peer) Page(context.Context) (peer.Page, error) {
	entries.Renumber(p.page, p.first)
	p.first += workload.PageEntries
	p.writer.Reset()
	abi.EncodeReply(&p.writer, &abi.GetImportEntriesResults{Entries: p.page, MoreToImport: true}, nil)
	var results abi.GetImportEntriesResults
	err := abi.DecodeReply(string(p.writer.Bytes()), &results, p.types)
	return peer.Page{Entries: len(results.Entries), At: func(i int) workload.Entry { return entries.Entry(results.Entries[i]) }}, err
}

// Import reads the directory at url and counts its users.
func (p *Peer) Import(ctx context.Context, url string) (users int, err error) {
	for n := 0; ; n++ {
		read, more, err := directory.Read(ctx, url, n)
		if err != nil {
			return 0, err
		}
		users += len(entries.Changes(directory.Entries(read)))
		if !more {
			return users, nil
		}
	}
}

// Close does nothing.
func (p *Peer) Close(context.Context) error { return nil }
