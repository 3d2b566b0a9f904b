// Package knq is the peer knqyf263/go-plugin: protobuf over WebAssembly. Nothing
// can stop its plug-ins.
package knq

import (
	"context"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/testdata/bench/knq/page"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// The files in page are made of page.proto, in this folder's parent:
//
//	protoc -I. --go-plugin_out=. --go-plugin_opt=paths=source_relative knq/page/page.proto
//
// with protoc-gen-go-plugin v0.9.0 of the same project on PATH.

// Peer is one plug-in, instantiated.
type Peer struct {
	plugin interface {
		page.Connector
		Close(context.Context) error
	}
	first int64
}

var _ peer.Peer = (*Peer)(nil)

// Start loads the plug-in.
func Start(ctx context.Context) (*Peer, error) {
	path, remove, err := file(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	loader, err := page.NewConnectorPlugin(ctx, page.WazeroRuntime(cached))
	if err != nil {
		return nil, err
	}
	plugin, err := loader.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Peer{plugin: plugin}, nil
}

// file writes the module where the loader can read it.
func file(ctx context.Context) (path string, remove func(), err error) {
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/testdata/bench/knq/guest")
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "guest.wasm")
	return path, func() { _ = os.RemoveAll(dir) }, os.WriteFile(path, module, 0o600)
}

// cached is the loader's default runtime with a compile cache.
func cached(ctx context.Context) (wazero.Runtime, error) {
	dir, err := wasmbuild.CacheDir()
	if err != nil {
		return nil, err
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, err
	}
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(cache))
	_, err = wasi_snapshot_preview1.Instantiate(ctx, r)
	return r, err
}

// Echo sends data and returns what came back.
func (p *Peer) Echo(ctx context.Context, data []byte) ([]byte, error) {
	payload, err := p.plugin.Echo(ctx, &page.Payload{Data: data})
	return payload.GetData(), err
}

// Page returns the next page.
func (p *Peer) Page(ctx context.Context) (peer.Page, error) {
	reply, err := p.plugin.NextPage(ctx, &page.PageRequest{First: p.first})
	p.first += workload.PageEntries
	return peer.Page{Entries: len(reply.GetEntries()), At: func(i int) workload.Entry { return entry(reply.Entries[i]) }}, err
}

func entry(e *page.Entry) workload.Entry {
	entry := workload.Entry{Anchor: e.Anchor}
	for _, a := range e.Attributes {
		entry.Attributes = append(entry.Attributes, workload.Attribute{Name: a.Name, Values: a.Values})
	}
	return entry
}

// Close ends the plug-in.
func (p *Peer) Close(ctx context.Context) error { return p.plugin.Close(ctx) }
