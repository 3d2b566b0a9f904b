package main

import (
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// limitCures says of each limit of the runtime what an operator does about it: which key of
// the configuration moves it, or that none does, and what to do instead. CallTimeout has
// more than one. StderrBytes and CacheBytes have none: beyond them nothing fails.
var limitCures = map[string]string{
	"MemoryLimitBytes": "raise limits.memory in the configuration",
	"MemoryBudget":     "set ECMABOX_MEMORY_BUDGET to more, or limits.memory in the configuration to less",
	// The name by which the runtime tells of a system that has no more memory.
	"the operating system's memory": "let less run at once on this machine, or let this process have more memory",

	"SleepPerCall": "raise limits.callTimeout in the configuration: for half of it a call may sleep",
	"FuelPerCall":  fmt.Sprintf("let fewer entries go together with pageSize, or raise limits.callTimeout in the configuration: what a call may compute grows with it beyond %v", runtime.DefaultCallTimeout),
	"CloseTimeout": "raise limits.closeTimeout in the configuration, if the connector has that much to do when it is closed",

	"SleepPerRun":      "raise limits.sleepPerRun in the configuration, if the connector has that long to wait",
	"FuelPerRun":       ifThatMuch("fuelPerRun"),
	"HostCallsPerRun":  ifThatMuch("hostCallsPerRun"),
	"HostBytesPerRun":  ifThatMuch("hostBytesPerRun"),
	"ReplyBytesPerRun": ifThatMuch("replyBytesPerRun"),
	"MaxImportObjects": "raise limits.importObjects in the configuration, if the application has that many",

	"StartTimeout":     startCure,
	"StopGrace":        fixed("how long a connector may go on when it is told to stop", "return then"),
	"CallDepth":        fixed("how deep calls are nested", "not call itself without end, nor on data that is nested without end"),
	"MaxTableElements": fixed("how large tables are", "have fewer functions linked into it"),
	"MaxModuleBytes":   fixed("how large a module is", "have less linked into it"),

	"CompileMemoryBytes": compileCure,
	"CompileCPU":         compileCure,
	"CompileTimeout":     "run it again when this machine has less to do; else " + compileCure,

	"MaxReplyBytes":   pageCure,
	"MaxPageBytes":    pageCure,
	"MaxBytes":        pageCure,
	"MaxMessageBytes": pageCure,
	"MaxPageEntries":  pageCure,
}

var (
	startCure   = fixed("what a connector may do when it starts", "do less then")
	compileCure = fixed("what it takes to compile a module", "have no functions of enormous size")
)

// leaseCure is for a start whose time went by before the connector had any of it.
const leaseCure = "this host took too long to come up with what the connector's requests need, and no configuration allows more: look how long its secrets take to be read, and run it again"

const pageCure = "no configuration allows longer messages: let fewer entries go together with pageSize"

// fixed is the cure of a limit that the configuration does not move.
func fixed(what, less string) string {
	return what + " is bounded, and no configuration moves that; tell the connector's author that it has to " + less
}

// ifThatMuch is the cure of what bounds a whole run.
func ifThatMuch(key string) string {
	return "raise limits." + key + " in the configuration, if there is that much to do in one run; --usage tells what was used"
}

// runtimeHint says what to do about the limit of the runtime that err, or a cause of it, tells
// of; empty if there is none.
func runtimeHint(err error) string {
	if e, is := err.(*abi.Error); is {
		if cure := cureOf(e); cure != "" {
			return cure
		}
	}
	switch wraps := err.(type) {
	case interface{ Unwrap() error }:
		return runtimeHint(wraps.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range wraps.Unwrap() {
			if cure := runtimeHint(inner); cure != "" {
				return cure
			}
		}
	}
	return ""
}

// cureOf is runtimeHint for one error.
func cureOf(e *abi.Error) string {
	if e.Code == abi.InvalidModule {
		switch cause := abi.AsError(e.Err); {
		case e.Rule == runtime.RuleTooLarge:
			return limitCures["MaxModuleBytes"]
		case e.Rule == runtime.RuleTableLimit:
			return limitCures["MaxTableElements"]
		case e.Rule == runtime.RuleStart && cause != nil && (cause.Limit == "FuelPerCall" || cause.Limit == "SleepPerCall"):
			// A call may have more with another configuration, a start may not.
			return startCure
		}
		return ""
	}
	switch {
	case e.Limit == "StartTimeout" && e.Side == abi.SideHost:
		return leaseCure
	case e.Limit != "CallTimeout":
		return limitCures[e.Limit]
	}
	if e.Side == abi.SideGuest {
		return "the connector did not come back: tell its author; or, if it has that much to do in one call, let fewer entries go together with pageSize, or raise limits.callTimeout in the configuration"
	}
	return "raise limits.callTimeout in the configuration, or let fewer entries go together with pageSize"
}
