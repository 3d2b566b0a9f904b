package contract_test

import (
	"context"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// panicking is a connector that panics when a session is opened, while it is on.
type panicking struct {
	*fake
	on bool
}

func (p *panicking) look() {
	if p.on {
		panic("a connector")
	}
}

func (p *panicking) OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (abi.ImportSession, error) {
	p.look()
	return p.fake.OpenImportConnection(ctx, step)
}

func (p *panicking) OpenExportConnection(ctx context.Context, step abi.OpenExportConnectionRunStep) (abi.ExportSession, error) {
	p.look()
	return p.fake.OpenExportConnection(ctx, step)
}

func (p *panicking) OpenPasswordConnection(ctx context.Context, step abi.OpenPasswordConnectionRunStep) (abi.PasswordSession, error) {
	p.look()
	return p.fake.OpenPasswordConnection(ctx, step)
}

// Who recovers from a panic of the connector that opened a session has the place for one.
func TestRecoveredOpen(t *testing.T) {
	t.Parallel()
	inner := &panicking{fake: newFake(quiet())}
	c, err := contract.Enforce(inner, contract.Promise{PasswordMapped: true})
	noError(t, err)
	ended, cancel := context.WithCancel(t.Context()) // nobody waits
	cancel()
	for name, open := range map[string]func() error{
		"import": func() error { _, err := c.OpenImportConnection(ended, abi.OpenImportConnectionRunStep{}); return err },
		"export": func() error { _, err := c.OpenExportConnection(ended, abi.OpenExportConnectionRunStep{}); return err },
		"password": func() error {
			_, err := c.OpenPasswordConnection(ended, abi.OpenPasswordConnectionRunStep{})
			return err
		},
	} {
		inner.on = true
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nothing panics", name)
				}
			}()
			open()
		}()
		inner.on = false
		if err := open(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := open(); err == nil {
			t.Errorf("%s: two are open", name)
		}
	}
}
