//go:build wasip1

// Command guest is a plug-in for knqyf263/go-plugin.
package main

import (
	"context"

	"github.com/ecmabox/ecmabox/testdata/bench/knq/page"
	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

type connector struct{ reply page.PageReply }

func (c *connector) Echo(_ context.Context, payload *page.Payload) (*page.Payload, error) {
	return payload, nil
}

func (c *connector) NextPage(_ context.Context, request *page.PageRequest) (*page.PageReply, error) {
	for i, entry := range c.reply.Entries {
		entry.Anchor = workload.Anchor(int(request.First) + i)
	}
	return &c.reply, nil
}

func init() {
	c := &connector{}
	for _, e := range workload.Page(0) {
		entry := &page.Entry{Anchor: e.Anchor}
		for _, a := range e.Attributes {
			entry.Attributes = append(entry.Attributes, &page.Attribute{Name: a.Name, Values: a.Values})
		}
		c.reply.Entries = append(c.reply.Entries, entry)
	}
	page.RegisterConnector(c)
}

func main() {}
