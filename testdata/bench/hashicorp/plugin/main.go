// Command plugin is a plug-in for HashiCorp's go-plugin: a process of its own that
// speaks gRPC.
package main

import (
	"context"
	"math"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/ecmabox/ecmabox/testdata/bench/directory"
	"github.com/ecmabox/ecmabox/testdata/bench/hashicorp"
	"github.com/ecmabox/ecmabox/testdata/bench/hashicorp/page"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

type connector struct {
	page.UnimplementedConnectorServer
	reply page.PageReply
}

func (c *connector) Echo(_ context.Context, payload *page.Payload) (*page.Payload, error) {
	return payload, nil
}

func (c *connector) NextPage(_ context.Context, request *page.PageRequest) (*page.PageReply, error) {
	for i, entry := range c.reply.Entries {
		entry.Anchor = workload.Anchor(int(request.First) + i)
	}
	return &c.reply, nil
}

// Users reads one page of the directory and passes it on.
func (c *connector) Users(ctx context.Context, request *page.UsersRequest) (*page.PageReply, error) {
	users, more, err := directory.Read(ctx, request.Url, int(request.Page))
	if err != nil {
		return nil, err
	}
	return &page.PageReply{Entries: hashicorp.Entries(directory.Entries(users)), More: more}, nil
}

func main() {
	c := &connector{}
	c.reply.Entries = hashicorp.Entries(workload.Page(0))
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: hashicorp.Handshake,
		Plugins:         plugin.PluginSet{hashicorp.Name: &hashicorp.Plugin{Connector: c}},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxSendMsgSize(math.MaxInt32))...)
		},
	})
}
