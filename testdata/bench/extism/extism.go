// Package extism is the peer Extism, by its Go SDK.
package extism

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	sdk "github.com/extism/go-sdk"
	"github.com/tetratelabs/wazero"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// Peer is one plug-in, instantiated.
type Peer struct {
	plugin *sdk.Plugin
	first  uint64
}

var _ peer.Peer = (*Peer)(nil)

// Start loads the plug-in. Without a timeout nothing can stop it.
func Start(ctx context.Context, timeout time.Duration) (*Peer, error) {
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/testdata/bench/extism/guest")
	if err != nil {
		return nil, err
	}
	dir, err := wasmbuild.CacheDir()
	if err != nil {
		return nil, err
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, err
	}
	manifest := sdk.Manifest{Wasm: []sdk.Wasm{sdk.WasmData{Data: module}}, Timeout: uint64(timeout.Milliseconds())}
	config := sdk.PluginConfig{EnableWasi: true, RuntimeConfig: wazero.NewRuntimeConfig().WithCompilationCache(cache)}
	plugin, err := sdk.NewPlugin(ctx, manifest, config, nil)
	if err != nil {
		return nil, err
	}
	return &Peer{plugin: plugin}, nil
}

// Echo sends data and returns what came back.
func (p *Peer) Echo(ctx context.Context, data []byte) ([]byte, error) {
	return p.call(ctx, "echo", data)
}

// Page returns the next page.
func (p *Peer) Page(ctx context.Context) (peer.Page, error) {
	encoded, err := p.call(ctx, "page", binary.LittleEndian.AppendUint64(nil, p.first))
	p.first += workload.PageEntries
	if err != nil {
		return peer.Page{}, err
	}
	var entries []workload.Entry
	err = json.Unmarshal(encoded, &entries)
	return peer.Page{Entries: len(entries), At: func(i int) workload.Entry { return entries[i] }}, err
}

func (p *Peer) call(ctx context.Context, name string, data []byte) ([]byte, error) {
	code, out, err := p.plugin.CallWithContext(ctx, name, data)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s returned %d", name, code)
	}
	return out, err
}

// Close ends the plug-in.
func (p *Peer) Close(ctx context.Context) error { return p.plugin.Close(ctx) }
