// Package hashicorp is the peer HashiCorp go-plugin: a subprocess that speaks
// gRPC. It is no sandbox: the process may do what its user may.
package hashicorp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/ecmabox/ecmabox/testdata/bench/hashicorp/page"
	"github.com/ecmabox/ecmabox/testdata/bench/peer"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// The files in page are made of page.proto, in this folder's parent:
//
//	protoc -I. --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative hashicorp/page/page.proto
//
// with protoc-gen-go v1.36.6 and protoc-gen-go-grpc v1.5.1 on PATH.

// Name is the plug-in's name in the set.
const Name = "connector"

// Handshake is what both sides agree on before they speak.
var Handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BENCH", MagicCookieValue: "bench"}

// Plugin connects the two sides.
type Plugin struct {
	plugin.NetRPCUnsupportedPlugin
	Connector page.ConnectorServer
}

var _ plugin.GRPCPlugin = (*Plugin)(nil)

// GRPCServer is called in the plug-in.
func (p *Plugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	page.RegisterConnectorServer(s, p.Connector)
	return nil
}

// GRPCClient is called in the host.
func (p *Plugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return page.NewConnectorClient(c), nil
}

// Entries turns entries into the peer's own types.
func Entries(entries []workload.Entry) []*page.Entry {
	all := make([]*page.Entry, len(entries))
	for i, e := range entries {
		entry := &page.Entry{Anchor: e.Anchor}
		for _, a := range e.Attributes {
			entry.Attributes = append(entry.Attributes, &page.Attribute{Name: a.Name, Values: a.Values})
		}
		all[i] = entry
	}
	return all
}

// Peer is one process.
type Peer struct {
	client    *plugin.Client
	connector page.ConnectorClient
	dir       string
	first     int64
}

var (
	_ peer.Peer     = (*Peer)(nil)
	_ peer.Importer = (*Peer)(nil)
)

// Start builds and starts the process.
func Start(ctx context.Context) (*Peer, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "plugin")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "github.com/ecmabox/ecmabox/testdata/bench/hashicorp/plugin")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the plug-in: %w\n%s", err, said)
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  Handshake,
		Plugins:          plugin.PluginSet{Name: &Plugin{}},
		Cmd:              exec.Command(program),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := protocol.Dispense(Name)
	if err != nil {
		return nil, err
	}
	return &Peer{client: client, connector: raw.(page.ConnectorClient), dir: dir}, nil
}

// Echo sends data and returns what came back.
func (p *Peer) Echo(ctx context.Context, data []byte) ([]byte, error) {
	payload, err := p.connector.Echo(ctx, &page.Payload{Data: data})
	return payload.GetData(), err
}

// Page returns the next page.
func (p *Peer) Page(ctx context.Context) (peer.Page, error) {
	reply, err := p.connector.NextPage(ctx, &page.PageRequest{First: p.first})
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

// Import reads the directory at url and counts its users.
func (p *Peer) Import(ctx context.Context, url string) (users int, err error) {
	for n := int64(0); ; n++ {
		reply, err := p.connector.Users(ctx, &page.UsersRequest{Url: url, Page: n})
		if err != nil {
			return 0, err
		}
		if users += len(reply.Entries); !reply.More {
			return users, nil
		}
	}
}

// Processor is the processor time of the process so far, in steps of 10 ms.
func (p *Peer) Processor() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.client.ReattachConfig().Pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; utime and stime are the twelfth
	// and thirteenth fields after it.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(errUser, errSystem)
}

// Close ends the process.
func (p *Peer) Close(context.Context) error {
	p.client.Kill()
	return os.RemoveAll(p.dir)
}
