package call_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// TestReply is not parallel, nor are its cases: a module serves one call at a
// time and has one output buffer.
func TestReply(t *testing.T) {
	fine := func(context.Context, *wire.Writer) (abi.Message, error) {
		return &abi.CustomDataMessage{CustomData: "w"}, nil
	}
	tests := []struct {
		name, request, want string
		handle              func(context.Context, *wire.Writer) (abi.Message, error)
	}{
		{"result", `{}`, `{"result":{"custom_data":"w"}}`, fine},
		{"error", `{}`, `{"error":{"code":"ExtensibleExtension","message":"odd"}}`,
			func(context.Context, *wire.Writer) (abi.Message, error) { return nil, errors.New("odd") }},
		{"error after writing", `{}`, `{"error":{"code":"ExtensibleExtension","message":"odd"}}`,
			func(_ context.Context, w *wire.Writer) (abi.Message, error) {
				w.Object()
				return nil, errors.New("odd")
			}},
		{"not UTF-8", `{}`, `{"error":{"code":"ExtensibleExtension","message":"UnexpectedData: the reply holds text that is not UTF-8; send such bytes as a Binary value"}}`,
			func(context.Context, *wire.Writer) (abi.Message, error) {
				return &abi.CustomDataMessage{CustomData: "\xff"}, nil
			}},
	}
	for _, tt := range tests {
		if have := string(call.Reply(tt.request, &abi.Empty{}, nil, tt.handle)); have != tt.want {
			t.Errorf("%s:\nhave %s\nwant %s", tt.name, have, tt.want)
		}
	}
	called := false
	reply := string(call.Reply(`{"custom_data":1}`, &abi.CustomDataMessage{}, nil, func(context.Context, *wire.Writer) (abi.Message, error) {
		called = true
		return nil, nil
	}))
	var failure *abi.Error
	if !errors.As(abi.DecodeReply(reply, &abi.Empty{}, nil), &failure) || called {
		t.Errorf("a wrong request was answered %s", reply)
	}
}

// TestCancel ends the context of the running call and of no other.
func TestCancel(t *testing.T) {
	call.Reply(`{}`, &abi.Empty{}, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		call.Cancel()
		if ctx.Err() == nil {
			t.Error("the context goes on")
		}
		return &abi.Empty{}, nil
	})
	call.Reply(`{}`, &abi.Empty{}, nil, func(ctx context.Context, _ *wire.Writer) (abi.Message, error) {
		if ctx.Err() != nil {
			t.Error("the next call is cancelled too")
		}
		return &abi.Empty{}, nil
	})
}
