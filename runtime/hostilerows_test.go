package runtime_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/contract"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmtest"
)

// The outcomes that many rows share.
var (
	tooLong    = outcome{code: abi.DeadlineExceeded, name: "CallTimeout"}
	tooLate    = outcome{code: abi.DeadlineExceeded, name: "CloseTimeout"}
	trapped    = outcome{code: abi.Trap}
	nonsense   = outcome{code: abi.InvalidMessage}
	wrongPlace = outcome{code: abi.BadPointer}
	tooDeep    = outcome{code: abi.LimitExceeded, name: "CallDepth"}
	noMemory   = outcome{code: abi.LimitExceeded, name: "MemoryLimitBytes"}
	tooSleepy  = outcome{code: abi.LimitExceeded, name: "SleepPerCall"}
)

// slowLog takes a tenth of a millisecond or so over a line, of the processor.
type slowLog struct{}

func (slowLog) Write(line []byte) (int, error) {
	sha256.Sum256(make([]byte, 100_000))
	return len(line), nil
}

// refused is a call that a host refuses for a limit.
func refused(call, limit string) arrival {
	return arrival{call, outcome{code: abi.LimitExceeded, name: limit}}
}

func refusedBy(rule string) outcome { return outcome{code: abi.InvalidModule, name: rule} }

func cannotStart(cause abi.Code) outcome {
	return outcome{abi.InvalidModule, runtime.RuleStart, cause}
}

// What is in the way of several rows.
const (
	byMetering   = "metering: every loop and call pays fuel, and asks the host about every hundredth of a millisecond"
	byLooks      = "metering: every way through a function looks at its fuel after 16,384 units, and after 256 behind a call"
	byMoves      = "metering: variables that a loop or a block sets are paid for where its ways meet"
	byLength     = "metering: bulk operations pay by length before they run"
	byParts      = "metering: fills and copies are done in parts, with a look before each"
	byCounting   = "of many mistakes ten are told, and the rest is counted"
	byDepth      = "metering: calls that are under way are counted"
	byMemory     = "the allocator gives no more than the limit"
	bySlices     = "metering: looks after 512 accesses of memory, and small grants of fuel in the last second before a deadline"
	byShortGrace = "metering: the same grants all along, where `StopGrace` is below a second"
	byShrinking  = "what a guest has of a larger grant is taken back when a call of the host ends in the last second before a deadline"
	bySigns      = "what a guest says is cleaned in the log, and escaped in an error"
	byTables     = "a table without a maximum gets one, and growth pays fuel"
	bySleep      = "the host's sleep ends with the call"
	byAsking     = "what a guest asks to sleep is counted before it sleeps"
	byPointers   = "every pointer and length is held against the memory before it is used"
	byAdmission  = "admission, before a compiler sees the module"
	byIndices    = "admission: every index is one of the module's own"
	byDecoder    = "the decoder: strict, bounded, 64 levels"
	byReading    = "the decoder: the deadline is looked at as it goes"
	byWriting    = "the encoder: the deadline is looked at as it goes"
	byValidation = "the engine validates what metering made"
	byInstances  = "every session has an instance of its own"
	byStartName  = "no name is no start function's"
	bySignature  = "a connector imports and exports what the ABI has, of its types"
	byMemoryKind = "a connector's memory is one, its own, and exported"
	byEngine     = "the engine traps, and the instance is retired"
	byUnwinding  = "the host leaves the guest, and the instance is retired"
)

// hostileRows is the corpus.
func hostileRows() []hostileRow {
	var all []hostileRow
	for _, rows := range [][]hostileRow{endlessRows(), memoryRows(), depthRows(), waitingRows(), outputRows(), hostCallRows(), endingRows(),
		replyRows(), keepingRows(), otherRows(), strangerRows(), limitRows(), termRows(), indexRows(), formatRows()} {
		all = append(all, rows...)
	}
	return all
}

func endlessRows() []hostileRow {
	return []hostileRow{
		{name: "spins", tries: "an endless loop in a page", defence: byMetering, want: tooLong},
		{name: "spins_in_start", tries: "an endless loop in the start section", defence: byMetering, want: cannotStart(abi.DeadlineExceeded)},
		{name: "spins_in_initialize", tries: "an endless loop in `_initialize`", defence: byMetering, want: cannotStart(abi.DeadlineExceeded)},
		{name: "spins_in_marker", tries: "an endless loop in the marker", defence: byMetering, want: cannotStart(abi.DeadlineExceeded)},
		{name: "spins_in_buffer", tries: "an endless loop in `ecma_buffer`", defence: byMetering, want: tooLong, play: playLongRequest},
		{name: "spins_in_close", tries: "an endless loop when it is closed", defence: byMetering, want: tooLate, play: playClose},
		{name: "spins_until_fuel_is_gone", file: "spins", tries: "an endless loop, under a limit of fuel", defence: byMetering,
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.FuelPerCall = 50_000_000 }},
		{name: "spins_until_the_run_is_over", file: "spins", tries: "an endless loop, under a limit of fuel for all calls together", defence: byMetering,
			want: outcome{code: abi.LimitExceeded, name: "FuelPerRun"}, limits: func(c *runtime.Config) { c.FuelPerRun = 50_000_000 }},
		{name: "ends_past_its_fuel", made: withPage(adds(20)...), tries: "does more than its fuel allows, and returns before it looks", defence: "fuel is held against its limits when a call returns, too",
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.FuelPerCall = 19 }},
		{name: "spins_although_told", file: "spins_when_asked_to_stop", tries: "spins on after its caller gave up", defence: "the stop: hard after `StopGrace`",
			want: outcome{code: abi.Cancelled, name: "StopGrace"}, limits: func(c *runtime.Config) { c.StopGrace = 50 * time.Millisecond }, play: playCancel},
		{name: "spins_by_table", file: "spins_without_loop_instruction", tries: "a state machine on `br_table`", defence: byMetering, want: tooLong},
		{name: "spins_with_operands", tries: "a loop that carries operands", defence: byMetering, want: tooLong},
		{name: "spins_on_vectors", tries: "an endless loop of SIMD", defence: byMetering, want: tooLong},
		{name: "nested_loops", tries: "loops in loops that end after years", defence: byMetering, want: tooLong},
		{name: "tree_of_calls", tries: "a million million calls without loop or recursion", defence: byMetering, want: tooLong},
		{name: "tree_in_start", tries: "the same in the start section", defence: byMetering, want: cannotStart(abi.DeadlineExceeded)},
		{name: "tree_through_table", tries: "the same through a table, with calls of WASI", defence: byMetering, want: tooLong},
		{name: "calls_slow_leaves", made: slowLeaves(10_000, 60_000), tries: "calls a function without calls or loops, of 60,000 square roots, 10,000 times in a row",
			defence: byLooks, want: tooLong},
		{name: "moves_variables", made: rotation(800), tries: "a loop that moves 800 vectors from one variable to the next, and does nothing else", defence: byMoves, want: tooLong},
		{name: "moves_variables_for_fuel", made: rotation(800), tries: "the same, under a limit of fuel", defence: byMoves,
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.FuelPerCall = 500_000_000 }},
		{name: "hands_on_for_fuel", made: handsOn(1000), tries: "a loop of a call that hands on 1,000 values, under a limit of fuel", defence: "metering: calls pay for what they hand on",
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.FuelPerCall = 500_000_000 }},
		{name: "reads_globals_for_fuel", made: globalsBehindCalls(10_900), tries: "a loop of a call beside 10,900 globals, which are read in an arm that is never taken, under a limit of fuel",
			defence: "metering: calls pay for the globals that are loaded anew behind them", want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.CallTimeout, c.FuelPerCall = 5*time.Second, 200_000_000 }},
		{name: "chases_pointers", tries: "loads what no cache has, without end", defence: "a guest is granted little at a time", want: tooLong, heavy: true},
		{name: "returns_slowly", tries: "32,000 calls that return, each of which loads what no cache has", defence: "metering: after 128 frames that returned, 16 in the last second and 4 in the last quarter of it, the host is asked",
			want: tooLong, heavy: true},
		{name: "divides", tries: "divisions without end", defence: byMetering, want: tooLong},
		{name: "fills_memory", made: manyBulk(1200, 0xfc, 11, 0), tries: "fills 32 MiB 1,200 times, in a row", defence: byLength, want: tooLong, heavy: true},
		{name: "copies_memory", made: manyBulk(1200, 0xfc, 10, 0, 0), tries: "copies 32 MiB 1,200 times, in a row", defence: byLength, want: tooLong, heavy: true},
		{name: "copies_slowly", tries: "copies 192 MiB that it has just got one byte further", defence: byParts, want: tooLong,
			limits: func(c *runtime.Config) { c.MemoryLimitBytes, c.CallTimeout = 192<<20, 60*time.Millisecond }},
		{name: "initializes_much", made: initialization(14 << 20), tries: "`memory.init` of 14 MiB without end", defence: byLength, want: tooLong, overrun: 10 * time.Millisecond, heavy: true},
		{name: "calls_what_fills", tries: "calls a function without calls that fills 62 MiB", defence: byLength, want: tooLong, overrun: 10 * time.Millisecond},
		{name: "initializes_memory", tries: "`memory.init` without end", defence: byLength, want: tooLong},
		{name: "fills_table", tries: "fills and copies a table of 65,536 elements without end", defence: byLength, want: tooLong},
		{name: "fills_table_for_fuel", file: "fills_table", tries: "the same, under a limit of fuel", defence: byLength,
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.FuelPerCall = 500_000_000 }},
		{name: "grows_for_fuel", made: withPage(0x41, 0xe8, 0x07, 0x40, 0, 0x1a), tries: "1,000 pages of memory at once, under a limit of fuel", defence: "metering: growth is paid for when it is done",
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.FuelPerCall = 100_000 }},
	}
}

func memoryRows() []hostileRow {
	large := func(c *runtime.Config) { c.MemoryLimitBytes = 0 }
	longer := func(c *runtime.Config) {
		c.MemoryLimitBytes, c.CallTimeout, c.SleepPerCall = 0, 1200*time.Millisecond, 1200*time.Millisecond
	}
	return []hostileRow{
		{name: "grows_memory", tries: "takes and touches all memory there is", defence: byMemory, want: noMemory, heavy: true},
		{name: "grows_memory_for_ever", tries: "asks for memory without end", defence: byMemory, want: tooLong, heavy: true},
		{name: "grows_memory_past_the_budget", file: "grows_memory", tries: "takes all memory there is, of which others have their part", defence: "all instances together have `MemoryBudget`",
			want: outcome{code: abi.LimitExceeded, name: "MemoryBudget"}, limits: func(c *runtime.Config) { c.MemoryBudget = runtime.NewMemoryBudget(8 << 20) }, heavy: true},
		{name: "grows_memory_in_start", tries: "takes all memory in the start section", defence: byMemory,
			want: cannotStart(abi.LimitExceeded), heavy: true},
		{name: "touches_memory_late", made: touchesMemoryLate(197*time.Millisecond, 250), tries: "writes to 250 MiB that it did not meet before, in code without loops, 3 ms before its deadline", defence: bySlices,
			want: tooLong, limits: large, overrun: 30 * time.Millisecond, play: inTurn(playPage)},
		{name: "touches_memory_when_told", made: touchesMemoryLate(47*time.Millisecond, 250), tries: "the same, 3 ms before its caller gives up, who leaves it 5 ms", defence: byShortGrace,
			want: outcome{code: abi.Cancelled, name: "StopGrace"}, limits: func(c *runtime.Config) { c.MemoryLimitBytes, c.StopGrace = 0, 5*time.Millisecond }, overrun: 40 * time.Millisecond, play: inTurn(playCancel)},
		{name: "waits_and_touches_memory", tries: "writes to 250 MiB that it did not meet before, in a loop, 20 to 30 ms before its deadline of 1.2 s; until then the host makes random bytes for it", defence: byShrinking,
			want: tooLong, limits: longer, overrun: 30 * time.Millisecond},
		{name: "sleeps_and_touches_memory", tries: "the same; until then it sleeps", defence: byShrinking,
			want: tooLong, limits: longer, overrun: 30 * time.Millisecond},
		{name: "grows_table", tries: "a table of 100,000,000 elements", defence: byTables, want: tooLong, heavy: true},
		{name: "grows_tables", tries: "sixteen tables as large as may be", defence: byTables, heavy: true},
		{name: "refers_for_ever", made: refers(1000), tries: "takes references to functions without end, under a limit of fuel", defence: "metering: a function's reference is made once",
			want: outcome{code: abi.LimitExceeded, name: "FuelPerCall"}, limits: func(c *runtime.Config) { c.CallTimeout, c.FuelPerCall = 10*time.Second, 1_000_000_000 }, heavy: true},
		{name: "grows_between_calls", tries: "memory that moves between host calls", defence: "the host keeps no view of a guest's memory", arrive: arrivals{well("clock"): 100}},
		{name: "changes_its_table", tries: "keeps in a table what no image of its memory holds", defence: "a module whose code changes tables is started anew for each instance"},
		{name: "remembers", tries: "finds what an instance before it left", defence: byInstances, play: playTwice},
		{name: "remembers_what_it_wrote", made: withPage(marks(60_000)...), tries: "finds what an instance before it wrote, in memory that begins as an image", defence: byInstances, play: playTwice},
		{name: "remembers_much", made: marksMuch, tries: "the same, of more than is written again", defence: byInstances, play: playTwice},
		{name: "remembers_what_it_grew", made: withPage(wasmtest.Join([]byte{0x41, 1, 0x40, 0, 0x1a}, marks(70_000))...), tries: "the same, in memory that it grew by", defence: byInstances, play: playTwice},
		{name: "tables_past_the_budget", file: "grows_tables", tries: "tables for which there is no memory any more", defence: "all instances together have `MemoryBudget`",
			want: outcome{code: abi.LimitExceeded, name: "MemoryBudget"}, limits: func(c *runtime.Config) { c.MemoryBudget = runtime.NewMemoryBudget(8 << 20) }},
	}
}

func depthRows() []hostileRow {
	return []hostileRow{
		{name: "recurses", tries: "recursion without end", defence: byDepth, want: tooDeep, heavy: true},
		{name: "recurses_in_start", tries: "the same in the start section", defence: byDepth, want: cannotStart(abi.LimitExceeded), heavy: true},
		{name: "recurses_by_turns", tries: "two functions that call each other", defence: byDepth, want: tooDeep, heavy: true},
		{name: "recurses_through_table", tries: "recursion through a table", defence: byDepth, want: tooDeep, heavy: true},
		{name: "recurses_with_large_frames", made: recursion(1900, 0), tries: "recursion with 1,900 live variables", defence: byDepth, want: tooDeep, heavy: true},
		{name: "recurses_with_operands", made: recursion(0, 20_000), tries: "recursion with 20,000 live operands", defence: byDepth, want: tooDeep, heavy: true},
		{name: "recurses_with_vectors", made: vectorRecursion(liveVectors), tries: "recursion with thousands of live vectors", defence: byDepth, want: tooDeep, heavy: true},
		{name: "recurses_in_many_sessions", made: deepPage(1500, 1000), tries: "recursion with 1,000 parameters, as deep as may be, in ten sessions at once",
			defence: "the engine's stacks come out of the budget of all memory, before they grow", want: outcome{code: abi.LimitExceeded, name: "MemoryBudget"},
			limits: func(c *runtime.Config) { c.MemoryBudget = runtime.NewMemoryBudget(144 << 20) }, play: playManyDeep, heavy: true},
		{name: "recurses_and_spins", tries: "down and up a deep stack without end", defence: byMetering, want: tooLong, heavy: true},
	}
}

func waitingRows() []hostileRow {
	hour := func(c *runtime.Config) { c.SleepPerCall = time.Hour }
	large := func(c *runtime.Config) { c.MemoryLimitBytes, c.StartTimeout = 0, 20*time.Second }
	return []hostileRow{
		{name: "sleeps", tries: "sleeps for an hour, which it may", defence: bySleep, want: tooLong, limits: hour},
		{name: "sleeps_past_its_limit", file: "sleeps", tries: "sleeps for an hour", defence: byAsking, want: tooSleepy, uses: map[string]int64{"SleepPerCall": 0}},
		{name: "sleeps_a_little", tries: "sleeps for a millisecond without end, under a limit of 10 ms", defence: byAsking, want: tooSleepy,
			limits: func(c *runtime.Config) { c.SleepPerCall = 10 * time.Millisecond }, uses: map[string]int64{"SleepPerCall": 10_000_000}},
		{name: "sleeps_until_the_run_is_over", file: "sleeps_a_little", tries: "the same, under a limit for all calls together", defence: byAsking,
			want: outcome{code: abi.LimitExceeded, name: "SleepPerRun"}, limits: func(c *runtime.Config) { c.SleepPerRun = 10 * time.Millisecond }, uses: map[string]int64{"SleepPerRun": 10_000_000}},
		{name: "sleeps_again", tries: "sleeps for a nanosecond, without end", defence: byMetering, want: tooLong},
		{name: "sleeps_in_start", tries: "sleeps for an hour in the start section, which it may", defence: bySleep, want: cannotStart(abi.DeadlineExceeded), limits: hour},
		{name: "sleeps_in_start_past_its_limit", file: "sleeps_in_start", tries: "sleeps for an hour in the start section", defence: byAsking, want: cannotStart(abi.LimitExceeded)},
		{name: "sleeps_a_little_in_start", tries: "sleeps for ten milliseconds in the start section, as long as it may", defence: byAsking,
			limits: func(c *runtime.Config) { c.SleepPerCall = 10 * time.Millisecond }, uses: map[string]int64{"SleepPerCall": startsOfAPage * 10_000_000, "SleepPerRun": startsOfAPage * 10_000_000}},
		{name: "sleeps_until_doomsday", tries: "sleeps until 2262", defence: byAsking, want: tooSleepy},
		{name: "sleeps_for_ages", tries: "sleeps for 584 years, a negative number", defence: byAsking, want: tooSleepy},
		{name: "sleeps_in_the_past", tries: "sleeps until a time that has passed", defence: "the host answers at once"},
		{name: "polls_outside_memory", tries: "wild pointers and counts in `poll_oneoff`", defence: byPointers},
		{name: "watches_the_clock", tries: "asks for the time without end", defence: byMetering, want: tooLong},
		{name: "wants_4_gib_of_randomness", tries: "`random_get` of 4 GiB, and outside its memory", defence: byPointers},
		{name: "wants_randomness_everywhere", tries: "`random_get` of 250 MiB of its own, again and again", defence: "`random_get` looks at the deadline as it goes", want: tooLong, limits: large},
		{name: "wants_randomness_for_ever", tries: "`random_get` without end", defence: "`random_get` looks at the deadline as it goes", want: tooLong},
	}
}

func outputRows() []hostileRow {
	return []hostileRow{
		{name: "floods_output", tries: "terabytes on standard error, in thousands of vectors", defence: "output is cut at `StderrBytes`, and only that is read", want: tooLong, heavy: true, uses: map[string]int64{"StderrBytes": runtime.DefaultStderrBytes}},
		{name: "writes_lines", tries: "a hundred thousand lines on standard error at once, for a log that is slow", defence: "the deadline is looked at after each line",
			want: tooLong, limits: func(c *runtime.Config) { c.Logger = zerolog.New(slowLog{}).Level(zerolog.DebugLevel) }},
		{name: "writes_lines_in_start", tries: "the same in the start section", defence: "the deadline is looked at after each line",
			want: cannotStart(abi.DeadlineExceeded), limits: func(c *runtime.Config) { c.Logger = zerolog.New(slowLog{}).Level(zerolog.DebugLevel) }},
		{name: "floods_output_in_start", tries: "40 GB on standard error in the start section, and answers well", defence: "output is cut at `StderrBytes`, and only that is read",
			heavy: true, uses: map[string]int64{"StderrBytes": startsOfAPage * runtime.DefaultStderrBytes}},
		{name: "writes_wild_vectors", tries: "a million vectors, lengths that wrap, files it has not", defence: byPointers},
		{name: "floods_the_log", tries: "1,200 log lines of 8 KiB at once", defence: "`hostfuncs`: log lines are cut, paced and bounded", heavy: true,
			arrive: arrivals{well("log"): 128, refused("log", "log_bytes"): 1, refused("log", "log_entries_per_second"): 1},
			uses:   map[string]int64{"log_bytes": hostfuncs.MaxLogBytes}},
		{name: "says_signs", made: saysSigns(false), tries: "clears the screen, forges a line, colours it and turns it around: on standard error, in the log and in an error",
			defence: bySigns, want: outcome{code: abi.ServerDown}, arrive: arrivals{well("log"): 1},
			shows: []string{"written\ufffd[2J\ufffd", "\ufffd\ufffd31m\ufffd\ufffd\ufffd\ufffd\ufffdends", "said" + cleanedSigns, "named" + cleanedSigns + `="valued` + cleanedSigns + `"`,
				"named" + escapedSigns, "erred" + escapedSigns, "in detail" + escapedSigns}},
		{name: "says_signs_and_traps", made: saysSigns(true), tries: "the same on standard error, and traps", defence: bySigns, want: trapped, arrive: arrivals{well("log"): 1},
			shows: []string{`it wrote last: "written` + escapedSigns + `\xffends"`}},
		{name: "looks_around", tries: "arguments, environment, files, sockets", defence: "WASI has none"},
		{name: "long_names", made: longNames, tries: "a function's name of 4 MB in each frame of a stack trace", defence: "metering cuts the names of functions", want: trapped, heavy: true},
		{name: "spins_among_exports", made: spinsAmongExports, tries: "an endless loop among 50,000 functions and 10,000 exports, which the engine holds against each other for its first stack trace",
			defence: "the engine describes functions when their module is loaded", want: tooLong},
	}
}

func hostCallRows() []hostileRow {
	return []hostileRow{
		{name: "wild_pointers", tries: "host calls with pointers outside its memory", defence: byPointers, arrive: arrivals{well("clock"): 1}, turnedAway: 8},
		{name: "long_request", tries: "requests of 16 MiB + 1 and of 4 GiB", defence: "bounded before it is read", arrive: arrivals{}},
		{name: "request_large", tries: "log lines of 16 MiB without end", defence: "`hostfuncs`: log lines are cut, paced and bounded", want: tooLong, heavy: true,
			arrive: arrivals{well("log"): 1}},
		{name: "request_nested", tries: "requests of 65 levels, and of 16,000,000", defence: byDecoder, want: tooLong, heavy: true,
			arrive: arrivals{well("clock"): 1}, turnedAway: anyNumber, limits: func(c *runtime.Config) { c.HostBytesPerRun = 1 << 50 }}, // they are many in no time
		{name: "request_empty_lists", tries: "5,592,402 empty lists under a key that is not read, in requests without end", defence: byReading, want: tooLong, heavy: true,
			arrive: arrivals{well("clock"): 1}, limits: patiently},
		{name: "request_escapes", tries: "log lines of 8,388,593 escapes, without end", defence: byReading, want: tooLong, heavy: true,
			arrive: arrivals{well("log"): 1}, limits: patiently},
		{name: "leaves_answers", tries: "takes no answer", defence: "16 answers may wait, and none is added to more than 16 MiB", want: tooLong, heavy: true, arrive: arrivals{well("random"): 16}, limits: patiently},
		{name: "leaves_large_answers", tries: "takes no answer, of 1.3 MB each", defence: "16 answers may wait, and none is added to more than 16 MiB", heavy: true,
			arrive: arrivals{well("state_put"): 1, well("state_get"): 13}},
		{name: "leaves_answers_past_the_budget", file: "leaves_large_answers", tries: "the same, for which there is no memory", defence: "all instances together have `MemoryBudget`", heavy: true,
			want: outcome{code: abi.LimitExceeded, name: "MemoryBudget"}, arrive: arrivals{well("state_put"): 1, well("state_get"): 6}, limits: func(c *runtime.Config) { c.MemoryBudget = runtime.NewMemoryBudget(16 << 20) }},
		{name: "takes_what_is_not_there", tries: "takes answers by made-up ids", defence: "an id is good once, for the instance that got it", arrive: arrivals{well("clock"): 1}},
		{name: "takes_what_it_left", tries: "takes an answer of the call before", defence: "an answer waits until its call is over", play: playPages, arrive: arrivals{well("clock"): 1}},
		{name: "floods_the_state", tries: "fills its state without end", defence: "`hostfuncs`: 1 MiB a connector", want: tooLong, heavy: true,
			arrive: arrivals{well("state_put"): 21, refused("state_put", "state_bytes"): 1},
			uses:   map[string]int64{"state_bytes": 21 * (4 + 48<<10)}},
		{name: "reports_for_strangers", tries: "reports 10,001 results for entries it never got", defence: "10,000 results a call", play: playExport, heavy: true,
			arrive: arrivals{well("export_result"): abi.MaxPageEntries, refused("export_result", "MaxPageEntries"): 1}},
		{name: "calls_the_host_for_ever", tries: "asks without end for what was not granted", defence: byMetering, want: tooLong, arrive: arrivals{well("http"): 100}},
		{name: "asks_for_quotes", file: "calls_the_host_for_ever", tries: "asks without end for 8 MiB of quotes, each of which needs an escape", defence: byWriting, want: tooLong, heavy: true,
			target: answers(`"`), arrive: arrivals{well("http"): 1}, limits: patiently},
		{name: "asks_for_bytes", file: "calls_the_host_for_ever", tries: "asks without end for 8 MiB that are no text", defence: byWriting, want: tooLong, heavy: true,
			target: answers("\xff"), arrive: arrivals{well("http"): 1}, limits: patiently},
		{name: "calls_the_host_too_often", tries: "more host calls than it may make", defence: "`HostCallsPerRun`",
			limits: func(c *runtime.Config) { c.HostCallsPerRun = 1000 }, arrive: arrivals{well("clock"): 1000}},
		{name: "asks_the_host_for_too_much", file: "calls_the_host_too_often", tries: "more bytes of requests and answers than it may have", defence: "`HostBytesPerRun`",
			limits: func(c *runtime.Config) { c.HostBytesPerRun = 999*(2+47) + 2 }, arrive: arrivals{well("clock"): 1000}},
		{name: "host_call_in_start", tries: "a host call in the start section", defence: "host calls are refused while an instance starts", want: refusedBy(runtime.RuleStartHostCall)},
		{name: "host_call_in_marker", tries: "a host call in the marker", defence: "host calls are refused while an instance starts", want: refusedBy(runtime.RuleStartHostCall)},
		{name: "host_call_in_buffer", tries: "calls itself and the host in `ecma_buffer`", defence: "no host function enters a guest", arrive: arrivals{well("clock"): 2}},
		{name: "asks_for_a_secret", tries: "has secrets revealed, a made-up one and one of its own", defence: "`hostfuncs`: revealing is granted by name", play: playSecret,
			arrive: arrivals{{"reveal", outcome{code: abi.NotFound}}: 1, {"reveal", outcome{code: abi.Denied, name: hostfuncs.RuleReveal}}: 1}},
	}
}

// answers is a target of 8 MiB of one letter.
func answers(letter string) http.HandlerFunc {
	body := strings.Repeat(letter, 8<<20)
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

// patiently gives a call the time to come to what it is about, on a busy machine too.
func patiently(c *runtime.Config) { c.CallTimeout = 2 * time.Second }

func endingRows() []hostileRow {
	rows := []hostileRow{
		{name: "exits_in_buffer", tries: "exits in `ecma_buffer`", defence: byUnwinding, want: trapped, play: playOpen},
		{name: "exits", tries: "exits in a page, with code 0", defence: byUnwinding, want: trapped},
		{name: "exits_in_close", tries: "exits when it is closed", defence: byUnwinding, want: trapped, play: playClose},
		{name: "raises_a_signal", tries: "raises SIGKILL", defence: byUnwinding, want: trapped},
		{name: "traps_in_buffer", tries: "traps in `ecma_buffer`", defence: byEngine, want: trapped, play: playOpen},
		{name: "traps_in_open", tries: "traps when it is opened", defence: byEngine, want: trapped, play: playOpen},
		{name: "traps", tries: "traps in a page", defence: byEngine, want: trapped},
		{name: "traps_in_close", tries: "traps when it is closed", defence: byEngine, want: trapped, play: playClose},
		{name: "calls_nothing", tries: "calls a null element of a table", defence: byEngine, want: trapped},
		{name: "calls_past_its_table", tries: "calls past the end of a table", defence: byEngine, want: trapped},
		{name: "calls_by_another_type", tries: "calls a function as one of another type", defence: byEngine, want: trapped},
		{name: "reads_past_memory", tries: "reads past the address space", defence: byEngine, want: trapped},
		{name: "divides_by_nothing", tries: "an impossible division", defence: byEngine, want: trapped},
	}
	for _, phase := range []string{"start", "initialize", "marker"} {
		rows = append(rows,
			hostileRow{name: "exits_in_" + phase, tries: "exits in the " + phase, defence: byUnwinding, want: cannotStart(abi.Trap)},
			hostileRow{name: "traps_in_" + phase, tries: "traps in the " + phase, defence: byEngine, want: cannotStart(abi.Trap)})
	}
	return rows
}

func replyRows() []hostileRow {
	tooMany := func(limit string) outcome { return outcome{code: abi.LimitExceeded, name: limit} }
	cut := "limits of the ABI, before memory is taken"
	return []hostileRow{
		{name: "reply_beyond_memory", tries: "a reply that ends past its memory", defence: byPointers, want: wrongPlace},
		{name: "reply_wraps", tries: "a reply around the end of the address space", defence: byPointers, want: wrongPlace},
		{name: "reply_of_4_gib", tries: "a reply of 4 GiB", defence: cut, want: tooMany("MaxPageBytes")},
		{name: "reply_too_long", tries: "a page of 8 MiB + 1", defence: cut, want: tooMany("MaxPageBytes")},
		{name: "reply_nowhere", tries: "no reply", defence: byPointers, want: nonsense},
		{name: "reply_nested", tries: "8,000,000 nested arrays for entries", defence: byDecoder, want: nonsense, heavy: true, replies: 8_000_023, wrongAt: 22},
		{name: "reply_nested_unknown", tries: "nested arrays under a key that is not read", defence: byDecoder, want: nonsense, heavy: true, replies: 7_800_021, wrongAt: 205},
		{name: "reply_many_entries", tries: "10,001 entries", defence: cut, want: tooMany("MaxPageEntries"), heavy: true, replies: 220_046, wrongAt: 220_022},
		{name: "reply_empty_entries", tries: "2,500,000 empty entries", defence: cut, want: tooMany("MaxPageEntries"), heavy: true, replies: 7_500_027, wrongAt: 30_022},
		{name: "reply_many_values", tries: "1,390,000 empty values in one list", defence: "a list has 400,000 values at most", want: tooMany("MaxListValues"), heavy: true, replies: 4_170_073, wrongAt: 1_200_065},
		{name: "reply_many_escapes", tries: "340,000 escapes in one value", defence: byDecoder, heavy: true, replies: 2_040_071, holds: page{1, 340_000}},
		{name: "reply_many_keys", tries: "500,000 different keys in one object", defence: "an object has 4,096 keys at most", want: nonsense, heavy: true, replies: 6_500_041, wrongAt: 53_284},
		{name: "reply_skipped", tries: "4,000,000 values under a key that is not read", defence: byDecoder, heavy: true, replies: 8_000_037},
		{name: "reply_longer_than_asked", file: "reply_spaces", tries: "a reply longer than this runtime takes", defence: cut, want: tooMany("MaxReplyBytes"),
			limits: func(c *runtime.Config) { c.MaxReplyBytes = 1 << 20 }},
		{name: "replies_too_much", file: "reply_spaces", tries: "replies of more bytes than an instance may give", defence: "`ReplyBytesPerRun`", want: tooMany("ReplyBytesPerRun"),
			limits: func(c *runtime.Config) { c.ReplyBytesPerRun = 1 << 20 }},
		{name: "names_objects_for_ever", tries: "a full import that names new objects without end", defence: "`MaxImportObjects`", want: tooMany("MaxImportObjects"), play: playImport, heavy: true,
			limits: func(c *runtime.Config) { c.MaxImportObjects = 100_000 }, uses: map[string]int64{"MaxImportObjects": 100_000}},
		{name: "names_objects_past_the_budget", file: "names_objects_for_ever", tries: "the same, of which there is no memory to remember any more", defence: "all instances together have `MemoryBudget`",
			want: tooMany("MemoryBudget"), play: playImport, heavy: true, limits: func(c *runtime.Config) {
				c.MemoryBudget, c.MaxImportObjects = runtime.NewMemoryBudget(8<<20), 1_000_000
			}},
		{name: "reply_past_the_budget", file: "reply_many_numbers", tries: "10 entries of 400,000 numbers, for which there is no memory", defence: "all instances together have `MemoryBudget`",
			want: tooMany("MemoryBudget"), heavy: true, replies: 8_000_484, limits: func(c *runtime.Config) { c.MemoryBudget = runtime.NewMemoryBudget(80 << 20) }},
		{name: "reply_spaces", tries: "8 MiB of blanks", defence: byDecoder, heavy: true, replies: 8_388_585},
		{name: "reply_long_error", tries: "an error text of 8 MB", defence: "text of a guest is quoted and cut", want: outcome{code: abi.ServerDown}, heavy: true, replies: 8_000_044},
		{name: "reply_long_watermark", tries: "a watermark of 64 KiB + 1", defence: cut, want: tooMany("MaxCustomData"), replies: 65_579, wrongAt: 65_577},
		{name: "reply_lone_surrogate", tries: "half a surrogate pair", defence: byDecoder, want: nonsense, wrongAt: 65},
		{name: "reply_half_pair", tries: "a surrogate pair turned around", defence: byDecoder, want: nonsense, wrongAt: 65},
		{name: "reply_bad_utf8", tries: "text that is no UTF-8", defence: byDecoder, want: nonsense, wrongAt: 39},
		{name: "reply_nul", tries: "a raw NUL in a text", defence: byDecoder, want: nonsense, wrongAt: 40},
		{name: "reply_duplicate_keys", tries: "the same key twice, once in escapes", defence: byDecoder, want: nonsense, wrongAt: 39},
		{name: "reply_two_messages", tries: "two messages in one", defence: byDecoder, want: nonsense, wrongAt: 25},
		{name: "reply_long_number", tries: "a number of 10,000 digits, for a time to wait", defence: byDecoder, want: nonsense, replies: 10_049, wrongAt: 10_047},
		{name: "reply_at_the_deadline", tries: "a reply of 16 MiB when nearly all its time is up", defence: byReading, want: tooLate, play: playClose, heavy: true,
			limits: func(c *runtime.Config) { c.CloseTimeout = time.Second }, replies: 16_777_214},
		{name: "schema_many_attributes", tries: "a schema of 16 MiB, of 340,000 attributes with three mistakes each", defence: cut, want: tooMany("MaxSchemaNames"),
			play: playSchema, heavy: true, replies: 15_981_071, wrongAt: 940_107},
		{name: "schema_many_attributes_when_opened", file: "schema_many_attributes", tries: "the same when an import is opened", defence: cut, want: tooMany("MaxSchemaNames"),
			play: playOpenWhole, heavy: true, replies: 15_981_071, wrongAt: 940_107},
		{name: "schema_many_mistakes", tries: "a schema of 16 MiB, of all attributes it may have with three mistakes each", defence: byCounting,
			want: outcome{code: abi.ContractViolation, name: "ECMA-NAME-INVALID"}, play: playSchema, heavy: true, replies: 16_576_201},
		{name: "schema_many_mistakes_when_opened", file: "schema_many_mistakes", tries: "the same when an import is opened", defence: byCounting,
			want: outcome{code: abi.ContractViolation, name: "ECMA-NAME-INVALID"}, play: playOpenWhole, heavy: true, replies: 16_576_201},
		{name: "reply_own_code", tries: "an error that only hosts raise", defence: byDecoder, want: nonsense, wrongAt: 50},
	}
}

func otherRows() []hostileRow {
	return []hostileRow{
		{name: "buffer_beyond_memory", tries: "a buffer that ends past its memory", defence: byPointers, want: wrongPlace, play: playOpen},
		{name: "buffer_wraps", tries: "a buffer around the end of the address space", defence: byPointers, want: wrongPlace, play: playOpen},
		{name: "buffer_nowhere", tries: "no buffer", defence: byPointers, want: trapped, play: playOpen},
		{name: "buffer_over_everything", tries: "buffers at odd places, over its own data", defence: "a guest's memory is its own alone", want: nonsense, play: playLongRequest},
		{name: "counter_look_alikes", tries: "globals that are called almost as the counters of metering", defence: "the counters stand behind the module's own globals", want: tooLong},
		{name: "export_look_alike", tries: "an export with a Cyrillic letter", defence: "exports are known by their bytes", want: refusedBy(runtime.RuleRolePartial)},
		{name: "export_reserved", tries: "a global under the name of the fuel counter", defence: byAdmission, want: refusedBy(runtime.RuleReservedName), admission: admission.RuleReservedName},
		{name: "imports_callout", tries: "imports the callout of metering", defence: "imports come from a list", want: refusedBy(runtime.RuleImport), admission: admission.RuleReservedName},
		{name: "imports_from_afar", made: with(func(m *wasmtest.Module) { m.Imports = again(20, wasmtest.Import(strings.Repeat("x", 4000), "f", 0)...) }), tries: "20 imports of a module with a name of 4,000 bytes",
			defence: "text of a guest is quoted and cut", want: refusedBy(runtime.RuleImport)},
		{name: "asks_for_features", made: with(func(m *wasmtest.Module) { m.Bodies[0] = wasmtest.Body(nil, wasmtest.I64(1<<40)...) }), tries: "asks for a feature that nobody offered",
			defence: "the marker's bits are held against those of this host", want: refusedBy(runtime.RuleFeatures)},
		{name: "starts_twice", tries: "a start section and `_initialize`", defence: "each runs once"},
		{name: "exports_the_empty_name", made: exportsEmptyName(typeNothing, 0x00), tries: "exports a function that traps under the empty name, and has no start section", defence: byStartName},
		{name: "exports_the_empty_name_with_a_parameter", made: exportsEmptyName(typePage, 0x00), tries: "the same, of a function with a parameter and a result", defence: byStartName},
		{name: "dead_code", tries: "code that nothing reaches, on operands that are not there", defence: "metering counts by structure alone"},
		{name: "manifest_nested", made: custom(abi.ManifestSection, manifest(strings.Repeat("[", 500_000)+strings.Repeat("]", 500_000))), tries: "a manifest of 500,000 nested arrays", defence: byDecoder,
			want: refusedBy(runtime.RuleManifest), heavy: true},
		{name: "manifest_large", made: custom(abi.ManifestSection, manifest("0"+strings.Repeat(" ", 1<<20+1-len(manifest("0"))))), tries: "a manifest of 1 MiB + 1", defence: byAdmission, want: refusedBy(runtime.RuleManifest)},
		{name: "many_names", made: manyNames, tries: "a name section that announces 4,000,000,000 names", defence: "metering leaves out names that cannot be read"},
		{name: "long_numbers", made: longNumbers, tries: "numbers longer than they need be", defence: "the format allows it"},
	}
}

// strangerRows are not what the ABI asks for.
func strangerRows() []hostileRow {
	row := func(name, rule, tries, defence string, change func(*wasmtest.Module)) hostileRow {
		return hostileRow{name: name, made: with(change), tries: tries, defence: defence, want: refusedBy(rule)}
	}
	return []hostileRow{
		row("imports_by_another_type", runtime.RuleImportType, "imports `proc_exit` with nine parameters", bySignature, func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 9), ""))
			m.Imports = [][]byte{wasmtest.Import(abi.WASIModule, "proc_exit", 4)}
		}),
		row("exports_by_another_type", runtime.RuleExportType, "a page that takes nothing and returns nothing", bySignature, func(m *wasmtest.Module) {
			setPage(m, firstFunction)
			addFunction(m, typeNothing, nil)
		}),
		row("exports_nothing", runtime.RuleExportMissing, "exports nothing but its memory", bySignature, func(m *wasmtest.Module) { m.Exports = m.Exports[:1] }),
		row("exports_nothing_but_the_empty_name", runtime.RuleExportMissing, "exports nothing but its memory, and a function under the empty name", bySignature, func(m *wasmtest.Module) {
			m.Exports = append(m.Exports[:1], wasmtest.Export("", 0, 2))
		}),
		row("hides_its_memory", runtime.RuleMemory, "exports no memory", byMemoryKind, func(m *wasmtest.Module) { m.Exports = m.Exports[1:] }),
		row("imports_its_memory", runtime.RuleMemoryImported, "has a memory that others may have, too", byMemoryKind, func(m *wasmtest.Module) {
			m.Imports, m.Memories = [][]byte{wasmtest.Join(wasmtest.Sized("env"), wasmtest.Sized("memory"), []byte{2, 0, 1})}, nil
		}),
	}
}

// limitRows have one more than is allowed.
func limitRows() []hostileRow {
	bound := func(name, limit, tries string, made func() []byte) hostileRow {
		return hostileRow{name: name, made: made, tries: tries, defence: byAdmission, want: refusedBy(runtime.RuleBound), admission: limit, heavy: true}
	}
	rows := []hostileRow{
		bound("many_types", admission.LimitTypes, "10,001 types", with(func(m *wasmtest.Module) { m.Types = append(m.Types, again(9_997, wasmtest.Func("", "")...)...) })),
		bound("many_parameters", admission.LimitParameters, "1,001 parameters", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, wasmtest.Func(strings.Repeat("\x7f", 1001), ""))
		})),
		bound("many_types_of_many", admission.LimitTypeValues, "200 types of 1,000 parameters: thousands of them take seconds, even from the cache", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, again(200, wasmtest.Func(strings.Repeat("\x7f", 1000), "")...)...)
		})),
		bound("many_imports", admission.LimitImports, "1,001 imports", with(func(m *wasmtest.Module) {
			m.Imports = again(1001, wasmtest.Import(abi.WASIModule, "sched_yield", 0)...)
		})),
		bound("many_functions", admission.LimitFunctions, "50,001 functions", manyFunctions(49_998, nil)),
		bound("many_exports", admission.LimitExports, "10,001 exports", with(func(m *wasmtest.Module) {
			m.Exports = append(m.Exports, again(9_991, wasmtest.Export("x", 0, 2)...)...)
		})),
		bound("long_name", admission.LimitNameBytes, "a name of 4,097 bytes", with(func(m *wasmtest.Module) {
			m.Exports = append(m.Exports, wasmtest.Export(strings.Repeat("x", 4097), 0, 2))
		})),
		bound("many_globals", admission.LimitGlobals, "50,001 globals", with(func(m *wasmtest.Module) { m.Globals = again(50_001, 0x7f, 1, 0x41, 0, 0x0b) })),
		bound("many_tables", admission.LimitTables, "17 tables", with(func(m *wasmtest.Module) { m.Tables = again(17, 0x70, 0, 0) })),
		bound("many_element_segments", admission.LimitElementSegments, "10,001 element segments", with(func(m *wasmtest.Module) { m.Elements = again(10_001, 1, 0, 0) })),
		bound("many_elements", admission.LimitElements, "200,001 elements", with(func(m *wasmtest.Module) {
			m.Elements = [][]byte{wasmtest.Join([]byte{1, 0}, wasmtest.Vector(again(200_001, 0)...))}
		})),
		bound("many_data_segments", admission.LimitDataSegments, "100,001 data segments", with(func(m *wasmtest.Module) { m.Data = again(100_001, 1, 0) })),
		bound("many_custom_sections", admission.LimitCustomSections, "1,001 custom sections", with(func(m *wasmtest.Module) { m.Customs = again(1001, 1, 'x') })),
		bound("large_custom_section", admission.LimitCustomBytes, "custom sections of 8 MiB + 1", custom("x", make([]byte, 8<<20-1))),
		bound("large_function", admission.LimitBodyBytes, "a function of 512 KiB + 1", withCode(bytes.Repeat([]byte{1}, 512<<10-1)...)),
		bound("four_million_bytes_of_code", admission.LimitBodyBytes, "a function of 4.5 MB, which takes 1.2 GiB to compile", withCode(bytes.Repeat([]byte{0x41, 1, 0x1a}, 1_500_000)...)),
		bound("many_locals", admission.LimitLocals, "2,001 variables", withLocals(2001)),
		bound("four_thousand_million_locals", admission.LimitLocals, "4,000,000,000 variables, in 6 bytes", withLocals(4_000_000_000)),
		bound("locals_in_groups", admission.LimitLocals, "variables whose number does not fit 32 bits", with(func(m *wasmtest.Module) {
			addFunction(m, typeNothing, again(3, append(wasmtest.U32(1<<32-1), 0x7f)...))
		})),
		bound("nested_blocks", admission.LimitNesting, "2,001 nested blocks", withCode(nested(2001)...)),
		bound("a_hundred_thousand_nested_blocks", admission.LimitNesting, "100,000 nested blocks, which compile for 38 s", withCode(nested(100_000)...)),
		bound("large_branch_table", admission.LimitBranchTable, "a `br_table` of 8,193 labels", withCode(branchTable(8193)...)),
		bound("million_branch_table", admission.LimitBodyBytes, "a `br_table` of 1,000,000 labels, which compiles for minutes", withCode(branchTable(1_000_000)...)),
		bound("many_branch_targets", admission.LimitBranchTargets, "16,385 labels in the tables of a function", withCode(append(bytes.Repeat(branchTable(8192), 2), branchTable(1)...)...)),
		bound("many_branch_targets_in_all", admission.LimitTotalBranchTargets, "320,001 labels in the tables of all functions", manyFunctions(40, nil, branchTable(8192)...)),
		bound("wide_calls", admission.LimitOperands, "calls of two bytes that hand on 2,000 values each, which compile for minutes", withResults(1, 1000, 200_000)),
		bound("wide_calls_in_all", admission.LimitTotalOperands, "the same spread over many functions", withResults(1600, 50, 19)),
		bound("many_bulk_operations", admission.LimitControl, "5,462 fills of memory, each of which metering gives two ways", manyBulk(5462, 0xfc, 11, 0)),
		bound("live_variables_over_loops", admission.LimitLiveCells, "300 variables live over 1,000 nested loops, which compile for a minute",
			withLocals(300, slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, 1000), liveBranches(300, 100), bytes.Repeat([]byte{0x20, 0, 0x0d, 0, 0x0b}, 1000))...)),
		bound("many_growths", admission.LimitLiveCells, "4,000 growths of memory, which compile for seconds", withCode(bytes.Repeat([]byte{0x41, 0, 0x40, 0, 0x1a}, 4000)...)),
		bound("many_blocks", admission.LimitControl, "16,385 blocks in a function", withCode(blocks(16_385, 0x02)...)),
		bound("many_blocks_in_all", admission.LimitTotalControl, "1,000,001 blocks in all", manyFunctions(4001, nil, blocks(250, 0x02)...)),
		bound("many_loops", admission.LimitLoops, "1,025 loops in a function", withCode(blocks(1025, 0x03)...)),
		bound("many_loops_in_all", admission.LimitTotalLoops, "50,001 loops in all", manyFunctions(1001, nil, blocks(50, 0x03)...)),
		bound("live_variables", admission.LimitLiveCells, "2,000 variables live over 1,500 branches: 35 KB that take seconds and 230 MiB to compile", withLocals(2000, liveBranches(2000, 1500)...)),
		bound("live_variables_in_all", admission.LimitTotalLiveCells, "100 variables over 200 branches, in each of 1,000 functions", manyFunctions(1000, [][]byte{{100, 0x7f}}, bytes.Repeat([]byte{0x20, 0, 0x0d, 0}, 200)...)),
		bound("moves", admission.LimitMoves, "300 variables that differ behind 1,680 conditions: 91 KB that take 600 MiB", withLocals(300, variablesInConditions(300, 16, 105)...)),
		bound("many_loads", admission.LimitWork, "20,001 loads from memory in a function, each from where the last one said", withLocals(1, slices.Concat([]byte{0x20, 0}, bytes.Repeat([]byte{0x28, 2, 0}, 20_001), []byte{0x1a})...)),
		bound("many_loads_in_all", admission.LimitTotalWork, "1,020,000 loads in all: 16 MiB of them compile for half a minute", manyFunctions(51, [][]byte{{1, 0x7f}}, slices.Concat([]byte{0x20, 0}, bytes.Repeat([]byte{0x28, 2, 0}, 20_000), []byte{0x1a})...)),
		bound("operands_over_branches", admission.LimitLiveCells, "20,000 operands that wait for 1,900 branches to pass: 130 KB that take 2 GB to compile", withLocals(1, operandsOver(20_000, 1900)...)),
		bound("calls_and_globals", admission.LimitLiveCells, "1,000 calls beside 10,000 globals, each of which the engine reads anew after each call: 52 KB that take 1.7 GB to compile", with(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(10_000)
			addFunction(m, typeNothing, nil, bytes.Repeat([]byte{0x10, firstFunction}, 1000)...)
		})),
		bound("addresses_over_branches", admission.LimitLiveCells, "loads from 14,000 places before 3,900 branches, over each of which the engine carries what it knows of them: 140 KB that take 640 MiB to compile", withLocals(1, addressesOver(14_000, 3900)...)),
		bound("chain_of_blocks", admission.LimitTotalWork, "160,000 reads of a variable behind 3,900 blocks of one way, through which the engine looks for it each time: 496 KB that take five seconds", withLocals(1, chainOfBlocks(3900, bytes.Repeat([]byte{0x20, 0, 0x1a}, 160_000))...)),
		bound("chains_that_meet", admission.LimitTotalWork, "390 variables behind a block with 1,900 ways to its end, along each of which the engine looks for them: 9.5 KB that take six seconds",
			withLocals(390, slices.Concat(chainOfBlocks(1900, nil), variables(390, 0x20), bytes.Repeat([]byte{0x1a}, 390))...)),
		bound("shifts_by_nothing", admission.LimitTotalWork, "90,000 uses of a value that was shifted by nothing 25,000 times, each of which is another name for the engine: 435 KB that take four seconds", with(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(1)
			addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, shiftsByNothing(25_000, 90_000)...)
		})),
		bound("names_that_meet", admission.LimitTotalWork, "120,000 reads of a variable, in each of 33 functions, behind 1,000 places where ways meet, at each of which the engine makes another name for it: 16 MB that take nine seconds", with(func(m *wasmtest.Module) {
			m.Globals = mutableGlobals(1)
			for range 33 {
				addFunction(m, typeNothing, [][]byte{{1, 0x7e}}, namesThatMeet(1000, 120_000)...)
			}
		})),
		bound("unchanged_variables", admission.LimitTotalWork, "1,990 variables, read behind 160 ways from other places where ways meet, on which they are all the same: 10 KB that take 2.6 seconds",
			withLocals(1990, unchangedVariables(1990, 160)...)),
		bound("fills_and_variables", admission.LimitTotalWork, "150 fills of memory, of each of which the engine makes a loop, before 1,990 variables are read, in each of four functions: 37 KB that take 13 seconds",
			manyFunctions(4, i32s(1990), append(bytes.Repeat([]byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0}, 150), summed(1990)...)...)),
		bound("many_locals_in_all", admission.LimitTotalLocals, "2,000 variables in each of 49,900 functions, of which a host keeps 800 MiB", manyFunctions(49_900, i32s(2000))),
		bound("addresses_elsewhere", admission.LimitKeptCells, "loads from 1,500 places before 260 branches, behind more and more of them from one function to the next, for each of which the engine keeps the longest list there was",
			with(elsewhere(12, func(n int) []byte { return slices.Concat(ifs(n*260), addressesOver(1500, 0), ifs(260)) }))),
		bound("lives_elsewhere", admission.LimitKeptCells, "2,000 operands over 440 ifs, before more and more labels from one function to the next: 216 KB that take 480 MiB",
			with(elsewhere(12, func(n int) []byte { return slices.Concat(operandsOverIfs(2000, 440), labelsInAll(n*1320)) }))),
		bound("deep_labels", admission.LimitTotalWork, "16,380 labels behind 3,700 blocks, all of which the engine goes up from each of them, in each of 19 functions: 593 KB that take 22 seconds",
			manyFunctions(19, nil, labelsBehind(chainOnly(3700), 16_380)...)),
		bound("deep_looks", admission.LimitTotalWork, "4,700 calls behind which metering looks, each of them a block that is in all before, in each of 49 functions: 2.3 MB that take 17 seconds",
			with(lookedAt(49, 4700, nil))),
		bound("rows_of_blocks", admission.LimitTotalWork, "a function of 27,000 blocks, which the engine goes through again for each of 49,900 others: 238 KB that take ten seconds",
			with(beforeMany(labelsBehind(ifs(3500), 16_380), 49_900))),
		bound("names_out_of_a_global", admission.LimitTotalWork, "110,000 reads of a global that has a variable's value with 1,400 names, in each of 33 functions: 15 MB that take ten seconds",
			with(namesFrom(33, nil, 1400, slices.Concat([]byte{0x20, 0, 0x24, 0}, bytes.Repeat([]byte{0x23, 0, 0x24, 1}, 110_000))))),
		bound("names_behind_a_loop", admission.LimitTotalWork, "the same of a variable, behind a loop that has a parameter and does not loop",
			with(namesFrom(33, []byte{0x41, 0, 0x03, typeParameter, 0x1a, 0x0b}, 1400, bytes.Repeat([]byte{0x20, 0, 0x24, 1}, 115_000)))),
		bound("addresses_and_calls", admission.LimitTotalWork, "5,000 calls behind loads from 15,000 places, which the engine goes through at each, in each of 16 functions",
			with(callsBehind(16, 15_000, 5000))),
		bound("branches_and_labels", admission.LimitTotalWork, "3,700 branches to where 16,380 labels lead, among which the engine looks for each, in each of 19 functions: 2.1 MB that take seven seconds",
			manyFunctions(19, nil, inLoop(labelsOutwards(16_380), chainOnly(3700))...)),
		bound("types_of_several_results", admission.LimitTotalWork, "9,900 types of several results, for each of which metering makes another, and 49,900 functions, for each of which the engine goes through all: 428 KB that take eight seconds",
			with(typesAndFunctions(9900, 49_900))),
		bound("moved_variables", admission.LimitTotalWork, "45 variables that change places, and differ on 16 ways, which the engine moves on each: 7 MB that take 570 MiB",
			manyFunctions(3900, i32s(45), movedVariables(45, 16, 5)...)),
		bound("labels_over_variables", admission.LimitLiveCells, "a br_table of 8,000 labels to where 1,900 variables differ, each of which the engine brings there once for each label: 30 KB that take all memory to compile",
			withLocals(1900, labelsOver(1900, 8000)...)),
		bound("merged_results", admission.LimitTotalWork, "190 branches to a block of 1,000 results, which the engine goes through once more for each of 400 loops inside one another: 11 KB that take 46 seconds to compile",
			with(mergedResults(1000, 190, 400, 0))),
		bound("variables_handed_round", admission.LimitTotalWork, "the same, once more for each of 400 variables that take what the next one has in a loop",
			with(mergedResults(1000, 190, 0, 400))),
		bound("wide_returns", admission.LimitOperands, "250 returns of 1,000 results in each of 31 functions, which metering makes branches: 16 MB that take 20 seconds to compile",
			with(wideReturns(31, 1000, 250, 0))),
		bound("functions_and_globals", admission.LimitTotalWork, "20,000 functions beside 49,000 globals, which the engine goes through for each function", with(func(m *wasmtest.Module) {
			m.Globals = again(49_000, 0x7f, 0, 0x41, 0, 0x0b)
			m.Functions = append(m.Functions, again(20_000, typeNothing)...)
			m.Bodies = append(m.Bodies, again(20_000, wasmtest.Body(nil)...)...)
		})),
		bound("functions_and_types", admission.LimitTotalWork, "49,000 functions of six loads beside 9,900 types, which the engine goes through for each function", with(func(m *wasmtest.Module) {
			m.Types = append(m.Types, again(9_900, wasmtest.Func("", "")...)...)
			m.Functions = append(m.Functions, again(49_000, typeNothing)...)
			m.Bodies = append(m.Bodies, again(49_000, wasmtest.Body(nil, slices.Concat([]byte{0x41, 0}, bytes.Repeat([]byte{0x28, 2, 0}, 6), []byte{0x1a})...)...)...)
		})),
	}
	return append(rows,
		hostileRow{name: "large_module", made: damaged(func(b []byte) []byte { return append(b, make([]byte, 16<<20+1-len(b))...) }),
			tries: "a module of 16 MiB + 1", defence: "`MaxModuleBytes`", want: refusedBy(runtime.RuleTooLarge), admission: admission.LimitBytes, heavy: true},
		hostileRow{name: "large_memory", made: with(func(m *wasmtest.Module) { m.Memories[0] = wasmtest.Join([]byte{0}, wasmtest.U32(1025)) }),
			tries: "begins with a page more than it may have", defence: "`MemoryLimitBytes`", want: refusedBy(runtime.RuleMemoryLimit), admission: admission.LimitMemoryPages, heavy: true},
		hostileRow{name: "large_table", made: with(func(m *wasmtest.Module) { m.Tables = [][]byte{wasmtest.Join([]byte{0x70, 0}, wasmtest.U32(65_537))} }),
			tries: "begins with a table of 65,537 elements", defence: "`MaxTableElements`", want: refusedBy(runtime.RuleTableLimit), admission: admission.LimitTableElements, heavy: true},
		hostileRow{name: "greedy_table", made: with(func(m *wasmtest.Module) {
			m.Tables = [][]byte{wasmtest.Join([]byte{0x70, 1, 1}, wasmtest.U32(100_000_000))}
		}), tries: "a table that may grow to 100,000,000", defence: byTables, heavy: true},
	)
}

// indexRows name what is one past the end of what the module has: where metering
// puts what is its own.
func indexRows() []hostileRow {
	index := func(name, space, tries string, made func() []byte) hostileRow {
		return hostileRow{name: name, made: made, tries: tries, defence: byIndices, want: refusedBy(runtime.RuleIndex), admission: space}
	}
	withTable := func(code ...byte) func() []byte {
		return with(func(m *wasmtest.Module) {
			m.Tables = [][]byte{{0x70, 1, 1, 1}}
			m.Elements = [][]byte{{1, 0, 1, 0}}
			m.Data = append(m.Data, []byte{1, 1, 'x'})
			m.DataCount = []byte{2}
			addFunction(m, typeNothing, nil, code...)
		})
	}
	return []hostileRow{
		index("names_the_fuel", admission.IndexGlobal, "`global.set` of the global that will be its fuel", withCode(0x42, 0x7f, 0x24, 0)),
		index("names_the_depth", admission.IndexGlobal, "`global.set` of the global that will be its depth", withCode(0x42, 0x7f, 0x24, 1)),
		index("exports_the_fuel", admission.IndexGlobal, "exports the global that will be its fuel", with(func(m *wasmtest.Module) {
			m.Exports = append(m.Exports, wasmtest.Export("x", 3, 0))
		})),
		index("names_a_function", admission.IndexFunction, "calls the function past its own", withCode(0x10, 4)),
		index("names_a_reference", admission.IndexFunction, "`ref.func` of the function past its own", withCode(0xd2, 4, 0x1a)),
		index("names_an_element_function", admission.IndexFunction, "an element segment with the function past its own", with(func(m *wasmtest.Module) {
			m.Elements = [][]byte{{1, 0, 1, 3}}
		})),
		index("names_a_type", admission.IndexType, "a block of the type past its own", withCode(0x02, 4, 0x0b)),
		index("names_a_called_type", admission.IndexType, "`call_indirect` of the type past its own", withTable(0x41, 0, 0x11, 4, 0)),
		index("names_a_table", admission.IndexTable, "`table.size` of the table past its own", withTable(0xfc, 16, 1, 0x1a)),
		index("names_a_memory", admission.IndexMemory, "`memory.fill` of the memory past its own", withCode(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 1)),
		index("names_a_memory_at_length", admission.IndexMemory, "`memory.size` of memory 0, which is one byte, in two", withCode(0x3f, 0x80, 0, 0x1a)),
		index("names_elements", admission.IndexElement, "`elem.drop` of the segment past its own", withTable(0xfc, 13, 1)),
		index("names_data", admission.IndexData, "`data.drop` of the segment past its own", withTable(0xfc, 9, 2)),
		index("names_a_local", admission.IndexLocal, "sets the variable past its own, where bulk operations keep their length", withCode(0x41, 0, 0x21, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0)),
		index("names_a_label", admission.IndexLabel, "branches to the label past its own", withCode(0x0c, 1)),
	}
}

// formatRows are not WebAssembly 2.0, or not at all.
func formatRows() []hostileRow {
	feature := func(name, tries string, made func() []byte) hostileRow {
		return hostileRow{name: name, made: made, tries: tries, defence: byAdmission, want: refusedBy(runtime.RuleWasmFeature), admission: admission.RuleFeature}
	}
	kind := func(name, tries string, memories ...[]byte) hostileRow {
		return hostileRow{name: name, made: with(func(m *wasmtest.Module) { m.Memories = memories }), tries: tries, defence: byAdmission,
			want: refusedBy(runtime.RuleMemoryKind), admission: admission.RuleFeature}
	}
	malformed := func(name, rule, tries string, made func() []byte) hostileRow {
		return hostileRow{name: name, made: made, tries: tries, defence: byAdmission, want: refusedBy(rule), admission: admission.RuleMalformed}
	}
	return []hostileRow{
		kind("memory_of_64_bits", "a memory of 64 bits", []byte{4, 1}),
		kind("shared_memory", "a shared memory", []byte{3, 1, 2}),
		kind("two_memories", "two memories", []byte{0, 1}, []byte{0, 1}),
		feature("threads", "atomic instructions", withCode(0x41, 0, 0x41, 1, 0xfe, 0x1e, 2, 0, 0x1a)),
		feature("tail_calls", "tail calls", withCode(0x12, 3)),
		feature("exceptions", "exceptions", withCode(0x06, 0x40, 0x0b)),
		feature("garbage_collection", "types of garbage collection", withCode(0xfb, 0, 0)),
		feature("function_references", "`call_ref`", withCode(0x14, 0)),
		feature("relaxed_simd", "relaxed SIMD", withCode(0xfd, 0x80, 2)),
		feature("other_memory", "a load from a second memory", withCode(0x41, 0, 0x28, 0x42, 1, 0, 0x1a)),
		feature("extended_constant", "an addition in a constant", with(func(m *wasmtest.Module) {
			m.Globals = [][]byte{{0x7f, 0, 0x41, 0, 0x41, 0, 0x6a, 0x0b}}
		})),
		{name: "gc_type", made: with(func(m *wasmtest.Module) { m.Types = append(m.Types, []byte{0x5f, 0}) }), tries: "a struct type", defence: byAdmission,
			want: refusedBy(runtime.RuleMalformed), admission: admission.RuleFeature},
		malformed("cut_short", runtime.RuleTruncated, "a module that ends in its code", damaged(func(b []byte) []byte { return b[:len(b)*2/3] })),
		malformed("long_leb128", runtime.RuleMalformed, "a number of six bytes", with(func(m *wasmtest.Module) {
			m.Functions[0] = []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0}
		})),
		malformed("wide_leb128", runtime.RuleMalformed, "a number of 35 bits", with(func(m *wasmtest.Module) {
			m.Functions[0] = []byte{0x80, 0x80, 0x80, 0x80, 0x70}
		})),
		malformed("hidden_loop", runtime.RuleMalformed, "an endless loop in what is a constant to one reader and code to another", withPage(hidden(0x03, 0x40, 0x0c, 0, 0x0b)...)),
		malformed("hidden_grant", runtime.RuleMalformed, "gives itself fuel without end in such a constant",
			withPage(hidden(0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f, 0x24, 0)...)),
		malformed("long_bulk_number", runtime.RuleMalformed, "`memory.fill` whose number is longer than it need be", withCode(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x8b, 0, 0)),
		malformed("unknown_instruction", runtime.RuleMalformed, "an instruction that is not there", withCode(0xff)),
		malformed("undeclared_reference", runtime.RuleMalformed, "`ref.func` of a function that no segment, global or export names, which metering would hide from the engine", with(func(m *wasmtest.Module) {
			addFunction(m, typeNothing, nil)
			addFunction(m, typeNothing, nil, 0xd2, firstFunction, 0x1a)
		})),
		malformed("unfinished_function", runtime.RuleMalformed, "a function whose block does not end", withCode(0x02, 0x40)),
		malformed("section_twice", runtime.RuleMalformed, "two sections of data", damaged(func(b []byte) []byte {
			return wasmtest.Section(b, 11, wasmtest.Vector())
		})),
		malformed("unknown_section", runtime.RuleMalformed, "a section that is not there", damaged(func(b []byte) []byte { return wasmtest.Section(b, 77, nil) })),
		{name: "data_out_of_bounds", made: with(func(m *wasmtest.Module) {
			m.Data = append(m.Data, wasmtest.Join([]byte{0}, wasmtest.I32(65535), []byte{0x0b}, wasmtest.Sized("xx")))
		}), tries: "data past its memory", defence: byAdmission, want: refusedBy(runtime.RuleSegmentBounds), admission: admission.RuleSegmentBounds},
		{name: "elements_out_of_bounds", made: with(func(m *wasmtest.Module) {
			m.Tables, m.Elements = [][]byte{{0x70, 1, 1, 1}}, [][]byte{{0, 0x41, 1, 0x0b, 1, 0}}
		}), tries: "elements past its table, which the engine would not mind", defence: byAdmission, want: refusedBy(runtime.RuleSegmentBounds), admission: admission.RuleSegmentBounds},
		{name: "wrong_operands", made: withCode(0x42, 0, 0x41, 0, 0x6a, 0x1a), tries: "adds numbers of different types", defence: byValidation, want: refusedBy(runtime.RuleInvalid)},
		{name: "leaves_operands", made: withCode(0x41, 0), tries: "leaves an operand behind", defence: byValidation, want: refusedBy(runtime.RuleInvalid)},
		{name: "leaves_operands_in_loop", made: withCode(0x03, 0x40, 0x41, 0, 0x0b), tries: "leaves an operand behind in a loop", defence: byValidation, want: refusedBy(runtime.RuleInvalid)},
		{name: "leaves_operands_in_loop_with_result", made: withCode(0x03, 0x7f, 0x41, 0, 0x41, 0, 0x0b, 0x1a), tries: "leaves an operand behind in a loop that has a result", defence: byValidation, want: refusedBy(runtime.RuleInvalid)},
		{name: "dances_under_metering", made: withCode(0x42, 0x7f, 0x03, 0x40, 0x0b), tries: "an operand where metering would put its own", defence: byValidation, want: refusedBy(runtime.RuleInvalid)},
	}
}

// The other ways to play.

// playOpen opens an import, which must end within the times of the start and of a
// call.
func playOpen(ctx context.Context, s *stage) error {
	config := s.theatre.config
	return s.within(config.StartTimeout+config.CallTimeout, func() error {
		_, err := s.open(ctx)
		return err
	})
}

// playManyDeep reads a page of each of ten connectors, at once, when all are open, and
// closes none before all have been read. Each answers well or is refused what its
// stack wants, and when they are over one can be read after all.
func playManyDeep(ctx context.Context, s *stage) error {
	var connectors [10]*runtime.Connector
	var open [len(connectors)]abi.ImportSession
	var errs [len(connectors)]error
	start := func(i int) (err error) {
		open[i], err = runtime.Raw(connectors[i]).OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 100})
		return err
	}
	read := func(i int) { _, errs[i] = open[i].GetImportEntries(ctx, abi.GetImportEntriesRunStep{}) }
	for i := range connectors {
		c, err := s.theatre.runtime.Load(ctx, s.row.bytes(s.t), s.hosts, contract.Promise{})
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		connectors[i] = c
		if err := start(i); err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	for i := range connectors {
		all.Go(func() { read(i) })
	}
	all.Wait()
	for i, session := range open {
		session.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
		if have := outcomeOf(errs[i]); errs[i] != nil && have != s.row.ends() {
			s.t.Errorf("a session ends with %q: %v", have, errs[i])
		}
	}
	err := errors.Join(errs[:]...)
	if again := start(0); again != nil {
		return again
	}
	if read(0); holdsVectors && errs[0] != nil {
		s.t.Errorf("alone it ends with %v", errs[0])
	}
	open[0].CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	return err
}

// playLongRequest asks for a page with a request for which the guest must give a
// larger buffer.
func playLongRequest(ctx context.Context, s *stage) error {
	return s.readFirst(ctx, abi.GetImportEntriesRunStep{CustomData: strings.Repeat("x", 8<<10)})
}

// playClose closes an import, which must end within CloseTimeout.
func playClose(ctx context.Context, s *stage) error {
	session, err := s.open(ctx)
	if err != nil {
		return err
	}
	return s.within(s.theatre.config.CloseTimeout, func() error {
		_, err := session.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
		return err
	})
}

// schemaWithin is how soon a schema must be judged, whatever time the call has.
const schemaWithin = time.Second

// playSchema asks for the schema, under the contract.
func playSchema(ctx context.Context, s *stage) error {
	return s.within(schemaWithin, func() error {
		_, err := s.loaded.GetSchema(ctx, nil)
		return err
	})
}

// playOpenWhole opens an import under the contract, which asks for the schema.
func playOpenWhole(ctx context.Context, s *stage) error {
	return s.within(schemaWithin, func() error {
		_, err := s.loaded.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{})
		return err
	})
}

// playImport reads a full import under the contract, to its end.
func playImport(ctx context.Context, s *stage) error {
	session, err := s.loaded.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{})
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		var page abi.GetImportEntriesResults
		page, err = session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		more = page.MoreToImport
	}
	if _, after := session.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{}); err == nil {
		return after
	}
	return err
}

// playPages reads two pages in one session.
func playPages(ctx context.Context, s *stage) error {
	session, err := s.open(ctx)
	if err != nil {
		return err
	}
	if _, err := session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{}); err != nil {
		return err
	}
	return s.readPage(ctx, session, abi.GetImportEntriesRunStep{})
}

// playTwice reads a page in each of two sessions.
func playTwice(ctx context.Context, s *stage) error {
	return errors.Join(playPage(ctx, s), playPage(ctx, s))
}

// playCancel gives up on a page, which must end within the grace. By how much it gives up
// late, because it waits for a processor, is not the guest's fault.
func playCancel(ctx context.Context, s *stage) error {
	session, err := s.open(ctx)
	if err != nil {
		return err
	}
	const patience = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return s.within(patience+s.theatre.config.StopGrace, func() error {
		begun := time.Now()
		defer time.AfterFunc(patience, func() {
			s.late.Store(int64(time.Since(begun) - patience))
			cancel()
		}).Stop()
		_, err := session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		return err
	})
}

// playSecret opens with a secret, and reads a page.
func playSecret(ctx context.Context, s *stage) error {
	session, err := s.raw.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{Schema: testSchema, PageSize: 100,
		Parameters: []abi.ConfigParameter{{Name: "Password", Value: "correct horse", Encrypted: true}}})
	if err != nil {
		return err
	}
	return s.readPage(ctx, session, abi.GetImportEntriesRunStep{})
}

// playExport sends an entry.
func playExport(ctx context.Context, s *stage) error {
	session, err := s.raw.OpenExportConnection(ctx, abi.OpenExportConnectionRunStep{Schema: testSchema})
	if err != nil {
		return err
	}
	err = s.within(s.theatre.config.CallTimeout, func() error {
		_, err := session.PutExportEntries(ctx, []abi.CSEntryChange{{Identifier: "a", Modification: abi.ObjectAdd, ObjectType: "user"}})
		return err
	})
	return errors.Join(err, session.CloseExportConnection(ctx, abi.CloseExportConnectionRunStep{}))
}
