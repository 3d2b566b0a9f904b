// Package recording records what a connector asks of its host, and plays it back.
//
// A [Recorder] stands between a connector and its host and writes every call with
// its answer into one file. A [Replay] stands in the host's place: it answers from
// the file, reaches nothing, needs no secret, and tells with a [Difference] when a
// run asks for anything else. docs/recordings.md describes the file.
//
//	recorder, err := recording.NewRecorder(hosts, file, recording.Header{Connector: "app"})
//	connector, err := rt.Load(ctx, module, recorder, promise)
//	…
//	err = recorder.Finish(recording.Result{})
//
//	taken, err := recording.Read(file)
//	replay := taken.Replay()
//	connector, err := rt.Load(ctx, module, replay, promise)
//	…
//	err = replay.Finish(recording.Result{})
//
// So that a recording is small and a replay exact, two things are other than
// without one: random bytes come from a generator whose seed is in the file, and
// the connector's clock moves at host calls, at sleeps, and else in steps of
// ClockResolution.
package recording

import (
	"encoding/json"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// Version is the version of the format.
const Version = 1

// MaxBytes is the most a recording may take: a run that needs more is not
// recorded, and a longer file is not read. A replay holds all of it in memory.
const MaxBytes = 512 << 20

// ClockResolution is how far the clock that a connector sees may lag while it
// makes no host call. It is longer than connectors compute between two calls: then
// the time that one sees does not hang on how often it looked, and a new build of
// it, which may look more often, sees the same.
const ClockResolution = time.Second

// SecretFinder is what a lease has that knows its secrets. A Recorder asks it
// about every line. It is safe for concurrent use.
type SecretFinder interface {
	// HoldsSecret reports whether text holds a secret that the lease knows, in
	// whatever usual encoding.
	HoldsSecret(text string) bool
}

// Header says what a recording is of.
type Header struct {
	// Connector is the connector's name, ModuleSHA256 the digest of its module in
	// hexadecimal, RecipeSHA256 that of the recipe it follows, or empty.
	Connector, ModuleSHA256, RecipeSHA256 string
	// Recorded is when the run began. Zero: now.
	Recorded time.Time
	// Operation is what was run.
	Operation Operation
}

// Operation is what was run, in the words of whoever ran it.
type Operation struct {
	// Name is its name, such as import.
	Name string `json:"name"`
	// Options are what it was told, by name. No secret may be among them.
	Options map[string]string `json:"options,omitempty"`
}

// Result is what came of a run.
type Result struct {
	// Exit is an exit code, or whatever number tells how the run ended.
	Exit int `json:"exit"`
	// Error is the code of the error that ended the run; empty if none did.
	Error string `json:"error,omitempty"`
	// Watermark is where the next delta begins, if the run kept one.
	Watermark string `json:"watermark,omitempty"`
	// Fuel is what the connector computed. Zero is not compared.
	Fuel Fuel `json:"fuel,omitzero"`
	// Output is what the run printed.
	Output Output `json:"output"`
}

// Fuel is an amount of computing.
type Fuel struct {
	Units int64 `json:"units"`
	// Weights is the version of what each instruction weighs: units of different
	// versions are not compared.
	Weights int `json:"weights"`
}

// The first line and the last as they stand in the file.
type (
	headerLine struct {
		Version   int        `json:"ecmabox_recording"`
		ABI       int        `json:"abi"`
		Connector string     `json:"connector"`
		Module    moduleLine `json:"module"`
		Recorded  time.Time  `json:"recorded"`
		Operation Operation  `json:"operation"`
		Seed      string     `json:"random_seed"`
	}
	moduleLine struct {
		SHA256 string `json:"sha256"`
		Recipe string `json:"recipe_sha256,omitempty"`
	}
	resultLine struct {
		Result *Result `json:"result"`
	}
	endLine struct {
		End *end `json:"end"`
	}
	// end vouches for all lines before it.
	end struct {
		Lines  int    `json:"lines"`
		SHA256 string `json:"sha256"`
	}
)

// abiVersion is the version of the ABI that the calls are in.
const abiVersion = 1

// callLine is any line between the first and the result. A lease begins with a
// line that has Open; all others have Call.
type callLine struct {
	Lease   int             `json:"lease"`
	Open    string          `json:"open"`
	Time    time.Time       `json:"time"`
	Call    string          `json:"call"`
	Request json.RawMessage `json:"request"`
	Answer  json.RawMessage `json:"answer"`
	// Reads counts how often the clock was read since the line before of the same
	// lease; only lines of the clock have it.
	Reads int64 `json:"reads"`
	// At is the connector's time after the call, in nanoseconds since the lease
	// began.
	At int64 `json:"at"`
	failureLine

	number int // of the line in the file
}

// failureLine is the part of a line that says why there is no answer.
type failureLine struct {
	// Error is the error as the connector got it, Side and Op what it does not get
	// to see.
	Error json.RawMessage `json:"error"`
	Side  string          `json:"side"`
	Op    string          `json:"op"`
	// Failure is the text of an error that is none of the ABI's.
	Failure string `json:"failure"`
}

// The calls that are no functions of the ABI.
const (
	callSeal  = "seal"
	callClose = "close"
	callSleep = "sleep"
	callClock = "clock"
)

// The requests of those calls.
type (
	sealRequest struct {
		Name string `json:"name"`
	}
	closeRequest struct {
		Commit bool `json:"commit"`
	}
	sleepRequest struct {
		Nanos int64 `json:"nanos"`
	}
)

// laneOf returns the lane of that name.
func laneOf(name string) (abi.Lane, bool) {
	for lane := abi.LaneConfiguration; lane <= abi.LanePassword; lane++ {
		if lane.String() == name {
			return lane, true
		}
	}
	return 0, false
}
