package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// TestVectorsThroughRuntime plays the conversations and the malformed messages to guests
// that were loaded like any other: admitted, metered, started of their image where there
// are images, on the engine of this build. Every byte is that of the vectors, or for a
// malformed message that of the bare guest: so both engines give the same.
func TestVectorsThroughRuntime(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(conversations, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations in %s: %v", conversations, err)
	}
	for _, speaker := range speakers {
		t.Run(speaker.name, func(t *testing.T) {
			t.Parallel()
			module := speaker.build(t)
			loaded, taken := loadVoice(t, module), 0
			for _, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
					speech := loaded.start(t)
					play(t, speech, file, false)
					taken += speech.taken
				})
			}
			t.Run("malformed", func(t *testing.T) {
				have, want := playMalformed(t, loaded.start(t)), playMalformed(t, newEngine(t, module).start(t))
				if !slices.Equal(have, want) {
					t.Errorf("replies\nhave %q\nwant %q", have, want)
				}
			})
			if taken == 0 && !t.Failed() {
				t.Error("no answer was fetched with take: make one larger")
			}
		})
	}
}

// loaded is a connector that is called with bytes, on one instance at a time, and the
// host that it has.
type loaded struct {
	fakeHosts
	connector *runtime.Connector
	speech    *loadedSpeech // that runs
}

// loadVoice loads a module.
func loadVoice(t *testing.T, module []byte) *loaded {
	t.Helper()
	l, rt := &loaded{}, newRuntime(t, cachedConfig(t))
	err := runtime.Tap(t.Context(), rt, runtime.Wire{
		Begin: func(function string, request []byte) abi.Code { return l.speech.begin(function, request) },
		End:   func(c runtime.HostCall) []byte { return l.speech.end(c) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if l.connector, err = rt.Load(t.Context(), module, l, contract.Promise{}); err != nil {
		t.Fatal(err)
	}
	return l
}

// Lease leases what answers as the vectors say.
func (l *loaded) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	fake, err := l.fakeHosts.Lease(ctx, request)
	return &scriptedLease{fake, l}, err
}

// loadedSpeech is one instance, and what it says in the call that runs.
type loadedSpeech struct {
	instance runtime.Instance
	script   []spokenHostCall
	said     []spokenHostCall
	asking   bool // a host function was called, and the host was not asked yet
	answered int  // of what was said
	taken    int
	err      error
}

// start makes an instance.
func (l *loaded) start(t *testing.T) *loadedSpeech {
	t.Helper()
	instance, err := runtime.StartInstance(t.Context(), l.connector)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := instance.End(context.Background()); err != nil {
			t.Error(err)
		}
	})
	l.speech = &loadedSpeech{instance: instance}
	return l.speech
}

// call makes one call with the request as it is. The runtime must have read the reply to
// the last byte, too.
func (s *loadedSpeech) call(t *testing.T, export string, request []byte, script []spokenHostCall) spokenCall {
	t.Helper()
	s.knowTypes(t, request)
	s.script, s.said, s.answered, s.err = script, nil, 0, nil
	reply, read, err := s.instance.CallWith(t.Context(), export, request)
	if err = errors.Join(s.err, err); err != nil {
		t.Errorf("%s: %v", export, err)
	}
	if s.answered != len(s.said) {
		t.Errorf("%s: of %d host calls the guest has the answers to %d", export, len(s.said), s.answered)
	}
	if !bytes.Equal(read, reply) {
		t.Errorf("%s: the runtime read\nhave %s\nwant %s", export, read, reply)
	}
	return spokenCall{Export: export, Reply: reply, Host: s.said}
}

// knowTypes gives the instance the schema of a request that opens a session.
func (s *loadedSpeech) knowTypes(t *testing.T, request []byte) {
	var open struct{ Schema json.RawMessage }
	if json.Unmarshal(request, &open) != nil || open.Schema == nil {
		return
	}
	var schema abi.Schema
	if err := abi.Decode(string(open.Schema), &schema, nil); err != nil {
		t.Fatal(err)
	}
	s.instance.KnowTypes(schema)
}

// begin notes a host call and finds its answer in the script.
func (s *loadedSpeech) begin(function string, request []byte) abi.Code {
	said := spokenHostCall{Function: function, Request: request, Answer: json.RawMessage(`{"result":{}}`)}
	if n := len(s.said); n < len(s.script) {
		said.Answer, said.Failure = s.script[n].Answer, s.script[n].Failure
	}
	s.said = append(s.said, said)
	if said.Failure != "" {
		return codeNamed(said.Failure)
	}
	s.asking = true
	return 0
}

// writtenOtherwise holds the answers of the vectors that the runtime writes otherwise: the
// members of an error in its own order, no key that was asked for, and a whole error as the
// text of an InvalidMessage.
var writtenOtherwise = map[string]string{
	`{"error":{"code":"Denied","rule":"HTTP-METHOD","message":"the grant of target \"hr\" has no PUT"}}`:             `{"error":{"code":"Denied","message":"the grant of target \"hr\" has no PUT","rule":"HTTP-METHOD"}}`,
	`{"error":{"code":"Denied","rule":"HTTP-PATH","message":"the grant of target \"hr\" has no path that matches"}}`: `{"error":{"code":"Denied","message":"the grant of target \"hr\" has no path that matches","rule":"HTTP-PATH"}}`,
	`{"error":{"code":"Denied","rule":"REVEAL","message":"the module was not granted reveal"}}`:                      `{"error":{"code":"Denied","message":"the module was not granted reveal","rule":"REVEAL"}}`,
	`{"error":{"code":"InvalidMessage","message":"no entry 12 runs"}}`:                                               `{"error":{"code":"InvalidMessage","message":"InvalidMessage: no entry 12 runs"}}`,
	`{"result":{"key":"seen","value":"WsO2w6sgIngi"}}`:                                                               `{"result":{"value":"WsO2w6sgIngi"}}`,
}

// end compares what the guest was answered with the script. What the runtime writes
// otherwise the guest gets as it stands in the vector.
func (s *loadedSpeech) end(c runtime.HostCall) []byte {
	s.answered++
	if c.Taken {
		s.taken++
	}
	want := s.said[len(s.said)-1]
	switch {
	case want.Failure != "" || c.Failure == 0 && bytes.Equal(c.Answer, want.Answer):
		return nil
	case c.Failure != 0:
		s.err = errors.Join(s.err, fmt.Errorf("%s failed with %v", c.Function, c.Failure))
		return nil
	}
	if other, there := writtenOtherwise[string(want.Answer)]; !there || other != string(c.Answer) {
		s.err = errors.Join(s.err, fmt.Errorf("%s: answer\nhave %s\nwant %s", c.Function, c.Answer, want.Answer))
	}
	return want.Answer
}

// answer is what the script says to the host call that runs. The host must have been asked
// what the guest asked.
func (l *loaded) answer(request, answer abi.Message) error {
	s := l.speech
	said := s.said[len(s.said)-1]
	s.asking = false
	var w wire.Writer
	if abi.Encode(&w, request); !bytes.Equal(w.Bytes(), said.Request) {
		s.err = errors.Join(s.err, fmt.Errorf("%s: the host was asked\nhave %s\nwant %s", said.Function, w.Bytes(), said.Request))
	}
	return abi.DecodeHostReply(string(said.Answer), answer)
}

// scriptedLease is a host whose every answer is that of a vector.
type scriptedLease struct {
	abi.HostLease
	loaded *loaded
}

// asked says that a guest asked, and not its language's library by WASI.
func (l *scriptedLease) asked() bool { return l.loaded.speech != nil && l.loaded.speech.asking }

func (l *scriptedLease) HTTP(_ context.Context, requests abi.HTTPRequests) (answers abi.HTTPAnswers, err error) {
	err = l.loaded.answer(&requests, &answers)
	return answers, err
}

func (l *scriptedLease) SOAP(_ context.Context, request abi.SOAPRequest) (answer abi.SOAPAnswer, err error) {
	err = l.loaded.answer(&request, &answer)
	return answer, err
}

func (l *scriptedLease) Log(_ context.Context, entry abi.LogEntry) error {
	return l.loaded.answer(&entry, &abi.Empty{})
}

func (l *scriptedLease) Clock(ctx context.Context) (time.Time, error) {
	if !l.asked() {
		return l.HostLease.Clock(ctx)
	}
	var answer abi.ClockAnswer
	err := l.loaded.answer(&abi.Empty{}, &answer)
	return time.Unix(0, answer.UnixNanos), err
}

func (l *scriptedLease) Random(ctx context.Context, n int) ([]byte, error) {
	if !l.asked() {
		return l.HostLease.Random(ctx, n)
	}
	var answer abi.StateMessage
	err := l.loaded.answer(&abi.RandomRequest{Bytes: n}, &answer)
	return answer.Value, err
}

func (l *scriptedLease) StateGet(_ context.Context, key string) ([]byte, error) {
	var answer abi.StateMessage
	err := l.loaded.answer(&abi.StateMessage{Key: key}, &answer)
	return answer.Value, err
}

func (l *scriptedLease) StatePut(_ context.Context, key string, value []byte) error {
	return l.loaded.answer(&abi.StateMessage{Key: key, Value: value}, &abi.Empty{})
}

func (l *scriptedLease) StateDelete(_ context.Context, key string) error {
	return l.loaded.answer(&abi.StateMessage{Key: key}, &abi.Empty{})
}

func (l *scriptedLease) Progress(_ context.Context, progress abi.Progress) error {
	return l.loaded.answer(&progress, &abi.Empty{})
}

func (l *scriptedLease) ExportResult(_ context.Context, result abi.CSEntryChangeResult) error {
	return l.loaded.answer(&result, &abi.Empty{})
}

func (l *scriptedLease) Reveal(_ context.Context, placeholder string) (string, error) {
	var answer abi.RevealMessage
	err := l.loaded.answer(&abi.RevealMessage{Value: placeholder}, &answer)
	return answer.Value, err
}
