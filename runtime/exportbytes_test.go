package runtime

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
)

// HostCall is a call of a host function as it lies in the guest's memory. Failure is the
// code of one that got not even an answer.
type HostCall struct {
	Function        string
	Request, Answer []byte
	Failure         abi.Code
	Taken           bool // with take
}

// A Wire hears what the guests of a runtime and the host functions say to each other.
type Wire struct {
	// Begin is told each call. A code other than 0 is all that the guest gets, from the
	// wire and not from the host.
	Begin func(function string, request []byte) abi.Code
	// End is told what became of the call. What it returns lies in the guest's buffer
	// then, in place of an answer that did; nil changes nothing.
	End func(HostCall) []byte
}

// Tap puts a wire before the host functions of a runtime. The guests have one instance at
// a time.
func Tap(ctx context.Context, rt *Runtime, w Wire) error {
	t := &tap{wire: w}
	functions := hostImports()
	for i, f := range functions {
		serve := f.call
		functions[i].call = func(l *lease, stack []uint64) { t.hostCall(f.name, serve, l, stack) }
		if f.name == "take" {
			functions[i].call = func(l *lease, stack []uint64) { t.take(serve, l, stack) }
		}
	}
	return rt.engine.replace(ctx, functions)
}

type tap struct {
	wire Wire
	// pending is the call whose answer waits for take.
	pending HostCall
}

func (t *tap) hostCall(name string, serve func(*lease, []uint64), l *lease, stack []uint64) {
	c := HostCall{Function: name, Request: copied(l, uint32(stack[0]), uint32(stack[1]))}
	buffer, capacity := uint32(stack[2]), uint32(stack[3])
	if c.Failure = t.wire.Begin(name, c.Request); c.Failure != 0 {
		stack[0] = uint64(abi.HostCallFailure(c.Failure))
		t.wire.End(c)
		return
	}
	serve(l, stack)
	id, length := abi.UnpackPointer(stack[0])
	switch {
	case int64(stack[0]) < 0:
		c.Failure = abi.Code(-int64(stack[0]))
	case id != 0:
		t.pending = c
		return
	default:
		c.Answer = copied(l, buffer, length)
	}
	if other := t.wire.End(c); other != nil && len(other) <= int(capacity) && l.instance.memory().Write(buffer, other) {
		stack[0] = uint64(abi.HostCallAnswer(0, uint32(len(other))))
	}
}

func (t *tap) take(serve func(*lease, []uint64), l *lease, stack []uint64) {
	c, buffer := t.pending, uint32(stack[1])
	serve(l, stack)
	c.Taken = true
	if id, length := abi.UnpackPointer(stack[0]); id == 0 {
		c.Answer = copied(l, buffer, length)
	} else {
		c.Failure = abi.LimitExceeded // of its buffer
	}
	t.wire.End(c)
}

// copied is a part of the guest's memory; nil if it is not in there.
func copied(l *lease, pointer, length uint32) []byte {
	view, _ := l.instance.memory().Read(pointer, length)
	return bytes.Clone(view)
}

// CallWith calls an export with a request as it is. It returns the reply as it is, and what
// the runtime read in it, written anew. A reply that is an error of the connector's is a
// reply.
func (i Instance) CallWith(ctx context.Context, export string, request []byte) (reply, read []byte, err error) {
	l := i.lease
	l.turn.Lock()
	defer l.turn.Unlock()
	message := replyOf(export)
	err = l.ended(export)
	if err == nil {
		err = l.orDrop(func() error {
			return l.enter(ctx, guestCall{op: export, reply: message, limit: l.connector.runtime.config.CallTimeout, page: export == "GetImportEntries"}, request)
		})
	}
	if l.retired != nil || l.over {
		return nil, nil, fmt.Errorf("the instance is no more: %w", err)
	}
	w := l.connector.runtime.writer()
	defer l.connector.runtime.giveBack(w)
	abi.EncodeReply(w, message, err)
	pointer, length := abi.UnpackPointer(l.stack[0])
	return copied(l, pointer, length), bytes.Clone(w.Bytes()), w.Err()
}

// KnowTypes gives the instance the schema that a session is opened with.
func (i Instance) KnowTypes(schema abi.Schema) { i.lease.types = abi.NewTypeIndex(schema) }

// replyOf is the message that an export replies.
func replyOf(export string) abi.Message {
	switch export {
	case "GetCapabilities":
		return &abi.Capabilities{}
	case "GetConfigParameters":
		return &abi.DefinitionsMessage{}
	case "ValidateConfigParameters":
		return &abi.ParameterValidationResult{}
	case "GetSchema":
		return &abi.Schema{}
	case "GetPartitions":
		return &abi.PartitionsMessage{}
	case "OpenImportConnection", "CloseImportConnection":
		return &abi.CustomDataMessage{}
	case "GetImportEntries":
		return &abi.GetImportEntriesResults{}
	case "PutExportEntries":
		return &abi.PutExportEntriesResults{}
	}
	return &abi.Empty{}
}
