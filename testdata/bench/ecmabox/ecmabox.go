// Package ecmabox is what all this is about: a connector through package runtime,
// with its contract, its checks and a deadline on every call.
package ecmabox

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/testdata/bench/entries"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// Peer is one connector with an import and an export under way.
type Peer struct {
	runtime *runtime.Runtime
	module  []byte
	pages   run
	echo    abi.ExportSession

	// reader is the connector that Import uses, and from where it may read.
	reader *runtime.Connector
	url    string
}

// run is an import run.
type run struct {
	connector *runtime.Connector
	session   abi.ImportSession
	watermark string
	served    int
}

var (
	_ peer.Peer     = (*Peer)(nil)
	_ peer.Importer = (*Peer)(nil)
)

// Start loads the connector and opens the runs.
func Start(ctx context.Context) (*Peer, error) {
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/testdata/bench/ecmabox/guest")
	if err != nil {
		return nil, err
	}
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		return nil, err
	}
	p := &Peer{module: module}
	if p.runtime, err = runtime.New(ctx, runtime.Config{CacheDir: cache}); err != nil {
		return nil, err
	}
	if p.pages.connector, err = p.load(ctx, &guesttest.Host{}, entries.Pages); err != nil {
		return nil, err
	}
	p.echo, err = p.pages.connector.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{})
	return p, errors.Join(err, p.pages.open(ctx))
}

func (p *Peer) load(ctx context.Context, hosts abi.HostProvider, objectType string) (*runtime.Connector, error) {
	return p.runtime.Load(ctx, p.module, hosts, contract.Promise{ObjectType: objectType})
}

func (r *run) open(ctx context.Context) (err error) {
	if r.session, err = r.connector.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{}); err != nil {
		return err
	}
	r.watermark, r.served = r.session.CustomData(), 0
	return nil
}

func (r *run) close(ctx context.Context) error {
	_, err := r.session.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{CustomData: r.watermark})
	return err
}

// next gets the next page.
func (r *run) next(ctx context.Context) (abi.GetImportEntriesResults, error) {
	results, err := r.session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{CustomData: r.watermark})
	r.watermark, r.served = results.CustomData, r.served+len(results.Entries)
	return results, err
}

// Echo exports an entry with data as a value and returns the detail of its result.
func (p *Peer) Echo(ctx context.Context, data []byte) ([]byte, error) {
	results, err := p.echo.PutExportEntries(ctx, []abi.CSEntryChange{{
		Identifier: "1", Modification: abi.ObjectAdd, ObjectType: entries.Pages,
		Anchor:     []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("user-1")}},
		Attributes: []abi.AttributeChange{abi.Add("displayName", abi.StringValue(string(data)))},
	}})
	if err != nil || len(results.Results) != 1 {
		return nil, fmt.Errorf("have %d results and error %w, want one", len(results.Results), err)
	}
	return []byte(results.Results[0].Detail), nil
}

// Page returns the next page. After workload.Users entries it begins a new run,
// because a run remembers the anchors it has seen.
func (p *Peer) Page(ctx context.Context) (peer.Page, error) {
	if p.pages.served == workload.Users {
		if err := errors.Join(p.pages.close(ctx), p.pages.open(ctx)); err != nil {
			return peer.Page{}, err
		}
	}
	results, err := p.pages.next(ctx)
	return peer.Page{Entries: len(results.Entries), At: func(i int) workload.Entry { return entries.Entry(results.Entries[i]) }}, err
}

// Import reads the directory at url, which the connector's policy grants, and
// counts its users.
func (p *Peer) Import(ctx context.Context, url string) (int, error) {
	if err := p.grant(ctx, url); err != nil {
		return 0, err
	}
	r := run{connector: p.reader}
	if err := r.open(ctx); err != nil {
		return 0, err
	}
	for more := true; more; {
		results, err := r.next(ctx)
		if err != nil {
			return 0, err
		}
		more = results.MoreToImport
	}
	return r.served, r.close(ctx)
}

// grant loads the connector once more, as one that may read the directory at url.
func (p *Peer) grant(ctx context.Context, url string) error {
	if p.url == url {
		return nil
	}
	hosts, err := hostfuncs.New(hostfuncs.Policy{Targets: []hostfuncs.Target{{
		Name: "directory", BaseURL: url, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Methods: []string{"GET"}, Paths: []string{"/users"}, RatePerSecond: 10_000,
	}}}, nil)
	if err != nil {
		return err
	}
	p.url = url
	p.reader, err = p.load(ctx, hosts, entries.Users)
	return err
}

// Close ends the runs, the connectors and the engine.
func (p *Peer) Close(ctx context.Context) error {
	return errors.Join(p.echo.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}), p.pages.close(ctx), p.runtime.Close(ctx))
}
