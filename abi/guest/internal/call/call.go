// Package call serves the exports of a Go guest: the kept buffers, the way from
// a request to its reply, and the pages of an import. What it does is plain Go,
// so that it is tested natively; the exports themselves are a line each in the
// role packages.
package call

import (
	"context"
	"runtime"
	"unsafe"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// Failure turns a connector's error into one that may leave it. Package guest
// sets it.
var Failure = func(err error) *abi.Error { return abi.NewError(abi.ExtensibleExtension, err.Error()) }

// The kept buffers: the host writes requests into input, replies lie in output
// until the next call. They only grow.
var (
	input  []byte
	output wire.Writer
	cancel = func() {}
)

// inputUnit is what input grows by, so that a host asks seldom.
const inputUnit = 64 << 10

// Buffer makes input at least minimum bytes long and returns where it is; 0 when
// the minimum is more than any message may be.
func Buffer(minimum uint32) uint32 {
	if minimum > abi.MaxMessageBytes {
		return 0
	}
	if uint32(len(input)) < minimum || input == nil {
		input = make([]byte, (max(minimum, 1)+inputUnit-1)/inputUnit*inputUnit)
	}
	return uint32(uintptr(unsafe.Pointer(&input[0])))
}

// Cancel ends the context of the call that runs now: the host has said that it
// was cancelled.
func Cancel() { cancel() }

// Serve answers one call: it reads the request of so many bytes from the input
// buffer, has it handled, and returns where the reply lies. The handler returns
// the result, or writes the whole reply itself and returns nil.
//
// Before it returns it yields, because the garbage collector of a Go guest works
// only while the goroutine of an export does not: without it memory grows
// without end.
func Serve(length uint32, request abi.Message, types *abi.TypeIndex,
	handle func(ctx context.Context, w *wire.Writer) (abi.Message, error)) uint64 {
	reply := Reply(string(input[:min(int(length), len(input))]), request, types, handle)
	runtime.Gosched()
	return abi.PackPointer(uint32(uintptr(unsafe.Pointer(&reply[0]))), uint32(len(reply)))
}

// Reply is Serve without pointers.
func Reply(text string, request abi.Message, types *abi.TypeIndex,
	handle func(ctx context.Context, w *wire.Writer) (abi.Message, error)) []byte {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	cancel = stop
	output.Reset()
	var result abi.Message
	err := abi.Decode(text, request, types)
	if err == nil {
		result, err = handle(ctx, &output)
	}
	switch {
	case err != nil:
		fail(err)
	case result != nil:
		abi.EncodeReply(&output, result, nil)
	}
	if err := output.Err(); err != nil {
		fail(abi.NewError(abi.UnexpectedData, "the reply holds text that is not UTF-8; send such bytes as a Binary value"))
	}
	return output.Bytes()
}

func fail(err error) {
	output.Reset()
	abi.EncodeReply(&output, nil, Failure(err))
}
