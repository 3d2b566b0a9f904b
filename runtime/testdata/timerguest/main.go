// Command timerguest is the connector of the test of what Go's own runtime sleeps: it has
// timers that are not to end for a day, waits for a goroutine that waits forty times for
// a millisecond, and has garbage collected.
package main

import (
	"context"
	"runtime"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
)

type connector struct{ guest.NoParameters }

func (connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{}, nil
}

func (connector) GetSchema(ctx context.Context, _ abi.ConfigParameters) (abi.Schema, error) {
	go func() { <-time.After(24 * time.Hour) }()
	ctx, cancel := context.WithTimeout(ctx, 24*time.Hour)
	defer cancel()
	done := make(chan struct{})
	go func() {
		for range 40 {
			<-time.After(time.Millisecond)
		}
		close(done)
	}()
	select {
	case <-ctx.Done():
		return abi.Schema{}, ctx.Err()
	case <-done:
	}
	runtime.GC()
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true}}}}}, nil
}

func init() { guest.Serve(connector{}) }

func main() {}
