//go:build wasip1

package guest

import (
	"context"
	"runtime"
	"time"
	"unsafe"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

//go:wasmimport ecma_host_v1 http
func hostHTTP(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 soap
func hostSOAP(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 log
func hostLog(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 clock
func hostClock(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 random
func hostRandom(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 state_get
func hostStateGet(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 state_put
func hostStatePut(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 state_delete
func hostStateDelete(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 progress
func hostProgress(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 export_result
func hostExportResult(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 reveal
func hostReveal(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

//go:wasmimport ecma_host_v1 take
func hostTake(id uint32, buffer unsafe.Pointer, capacity uint32) int64

// Host returns the host that runs this module. It may be called while the module
// is being set up; the functions of what it returns may not.
func Host() abi.Host { return host{} }

// Serve hands the connector to the module's exports. Call it once, in an init
// function.
func Serve(c Connector) {
	if served != nil {
		panic("guest: Serve called twice")
	}
	served = c
}

type host struct{}

// answerBuffer is the one kept buffer for answers. It is safe to share because a
// host call is one uninterrupted step of the whole module: nobody yields between
// the call and the copy.
var answerBuffer = make([]byte, 16<<10)

type hostFunction func(request unsafe.Pointer, length uint32, buffer unsafe.Pointer, capacity uint32) int64

// ask carries out one host call: encode, call, copy the answer out, and only then
// yield, so that the garbage collector and other goroutines get their turn.
func ask(f hostFunction, request, answer abi.Message) error {
	var w wire.Writer
	abi.Encode(&w, request)
	if err := w.Err(); err != nil {
		return &abi.Error{Code: abi.UnexpectedData, Message: "a request to the host", Err: err}
	}
	body := w.Bytes()
	packed := f(unsafe.Pointer(&body[0]), uint32(len(body)), unsafe.Pointer(&answerBuffer[0]), uint32(len(answerBuffer)))
	text, err := answerText(packed)
	runtime.Gosched()
	if err == nil {
		err = abi.DecodeHostReply(text, answer)
	}
	if abi.CodeOf(err) == abi.Cancelled {
		call.Cancel()
	}
	return err
}

func answerText(packed int64) (string, error) {
	if packed < 0 {
		return "", abi.NewError(abi.Code(-packed), "the host refuses the call")
	}
	id, length := abi.UnpackPointer(uint64(packed))
	if id != 0 {
		answerBuffer = make([]byte, (length+0xffff)&^0xffff)
		if n := hostTake(id, unsafe.Pointer(&answerBuffer[0]), uint32(len(answerBuffer))); n < 0 {
			return "", abi.NewError(abi.Code(-n), "the host did not keep its answer")
		}
	}
	return string(answerBuffer[:length]), nil
}

func (host) HTTP(_ context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	var answers abi.HTTPAnswers
	err := ask(hostHTTP, &requests, &answers)
	return answers, err
}

func (host) SOAP(_ context.Context, request abi.SOAPRequest) (abi.SOAPAnswer, error) {
	var answer abi.SOAPAnswer
	err := ask(hostSOAP, &request, &answer)
	return answer, err
}

func (host) Log(_ context.Context, entry abi.LogEntry) error {
	return ask(hostLog, &entry, &abi.Empty{})
}

func (host) Clock(context.Context) (time.Time, error) {
	var answer abi.ClockAnswer
	err := ask(hostClock, &abi.Empty{}, &answer)
	return time.Unix(0, answer.UnixNanos).UTC(), err
}

func (host) Random(_ context.Context, n int) ([]byte, error) {
	var answer abi.StateMessage
	err := ask(hostRandom, &abi.RandomRequest{Bytes: n}, &answer)
	return answer.Value, err
}

func (host) StateGet(_ context.Context, key string) ([]byte, error) {
	var answer abi.StateMessage
	err := ask(hostStateGet, &abi.StateMessage{Key: key}, &answer)
	return answer.Value, err
}

func (host) StatePut(_ context.Context, key string, value []byte) error {
	return ask(hostStatePut, &abi.StateMessage{Key: key, Value: value}, &abi.Empty{})
}

func (host) StateDelete(_ context.Context, key string) error {
	return ask(hostStateDelete, &abi.StateMessage{Key: key}, &abi.Empty{})
}

func (host) Progress(_ context.Context, progress abi.Progress) error {
	return ask(hostProgress, &progress, &abi.Empty{})
}

func (host) ExportResult(_ context.Context, result abi.CSEntryChangeResult) error {
	return ask(hostExportResult, &result, &abi.Empty{})
}

func (host) Reveal(_ context.Context, placeholder string) (string, error) {
	var answer abi.RevealMessage
	err := ask(hostReveal, &abi.RevealMessage{Value: placeholder}, &answer)
	return answer.Value, err
}
