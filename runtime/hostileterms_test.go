package runtime_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sum is where package admission adds something to what it counts.
type sum struct {
	file string
	// is stands in the file once, but for the marks ⟨ and ⟩ around each of its terms: an
	// expression, or a statement.
	is    string
	terms []term
}

// term is one of what is added up. Without it a module that has much of that alone is let in.
type term struct {
	// name is that of its switch, row one that fails without it.
	name, row string
	// why says why there is no switch.
	why string
}

// sums are all places where admission adds up, in the order of its files.
// TestEveryTermHasASwitch holds that none is left out.
func sums() []sum {
	t := func(name, row string) term { return term{name: "count of " + name, row: row} }
	no := func(name, why string) term { return term{name: "count of " + name, why: why} }
	const (
		code, depth, find, height, meeting = "admission/code.go", "admission/depth.go", "admission/find.go", "admission/height.go", "admission/meeting.go"
		lives                              = "admission/lives.go"
		sections, segments                 = "admission/sections.go", "admission/segments.go"
	)
	return []sum{
		{code, `⟨f.meets(2, 0)⟩ // metering looks at the fuel`, []term{t("look where a function begins", "variables_where_functions_begin")}},
		{code, `locals += ⟨int(group)⟩`, []term{t("groups of variables", "variables_in_two_groups")}},
		{code, `f.report.Locals += ⟨locals⟩`, []term{t("variables of each function", "many_locals_in_all")}},
		{code, `f.work += ⟨int64(work[i.Op])⟩`, []term{t("work of instructions", "many_loads")}},
		{code, "⟨f.slots++⟩", []term{t("instructions on the stack", "instructions_before_functions")}},
		{code, `f.most(LimitWork, ⟨f.work⟩+⟨f.operands⟩, f.limits.Work, i.At)`, []term{t("instructions in Work", "loads_and_wide_calls"), t("operands in Work", "loads_and_wide_calls")}},
		{code, "⟨f.flow(chargedControl)⟩\n\t\t⟨f.meets(2, 0)\n\t\tf.meets(2, 0)⟩", []term{t("control flow of bulk operations", "many_fills"), t("ways of bulk operations", "fills_and_variables")}},
		{code, "case wasmcode.CallIndirect:\n\t\t⟨f.flow(1)⟩", []term{t("control flow of indirect calls", "indirect_calls")}},
		{code, "⟨f.exits++⟩\n\t\t⟨f.blocks[0].branches++⟩\n\t\t⟨f.hand(i.At, int64(f.blocks[0].results))⟩", []term{t("returns", "returns"), t("ways of returns", "returns_that_meet"), t("values of returns", "many_returns_of_many")}},
		{code, "case wasmcode.Unreachable:\n\t\t⟨f.exits++⟩", []term{t("instructions that trap", "many_traps")}},
		{code, "case wasmcode.Block, wasmcode.Loop, wasmcode.If:\n\t\t⟨f.flow(1)⟩", []term{t("control flow of blocks", "many_blocks")}},
		{code, "⟨f.loops++⟩\n\t\t\tf.depth += ⟨2⟩ // for metering's look\n\t\t\tf.looping += ⟨f.locals⟩ + ⟨f.height⟩", []term{t("loops", "many_loops"), t("looks of loops", "labels_behind_loops"), t("variables of loops", "variables_over_loops"), t("operands of loops", "operands_over_loops")}},
		{code, "⟨f.reloads++⟩", []term{t("globals at else", "globals_at_else")}},
		{code, `f.height = ⟨top.floor⟩ + ⟨top.parameters⟩`, []term{no("operands beside other arms", "there are as many as below their block behind each instruction, whatever it does"), t("parameters of other arms", "parameters_over_other_arms")}},
		{code, `f.height, f.known = ⟨b.floor⟩+⟨b.results⟩, meet`, []term{t("operands beside blocks", "operands_behind_blocks"), t("results of blocks", "results_of_blocks_over_branches")}},
		{code, `f.control += ⟨n⟩`, []term{t("control flow", "tables_of_labels")}},
		{code, `f.live += ⟨n * f.alive()⟩`, []term{t("what lives over control flow", "live_variables_in_all")}},
		{code, `f.bounds += ⟨n * max(f.known, 0)⟩`, []term{t("addresses over control flow", "addresses_and_variables")}},
		{code, `f.depth += ⟨n⟩`, []term{t("depth of control flow", "labels_behind_loops")}},
		{code, "for range n {\n\t\tf.kept.flow(⟨f.alive()⟩, ⟨max(f.known, 0)⟩)", []term{t("what is kept", "lives_elsewhere"), t("addresses kept", "addresses_elsewhere")}},
		{code, `f.reloads += ⟨n⟩ // for a look`, []term{t("globals at control flow", "globals_at_branches")}},
		{code, `⟨f.hand(i.At, int64(f.arity[i.Type]))⟩`, []term{t("values of blocks", "wide_blocks")}},
		{code, "case wasmcode.LabelIndex:\n\t\t⟨f.flow(1)⟩", []term{t("control flow of branches", "branches")}},
		{code, `f.searched += ⟨int64(f.blocks[len(f.blocks)-1-int(i.Index)].branches)⟩`, []term{t("branches among others", "branches_and_labels")}},
		{code, `⟨f.hand(i.At, f.widest)⟩`, []term{t("values of branches", "wide_branches")}},
		{code, `f.hand(i.At, ⟨1⟩+⟨int64(f.arity[f.functions[i.Index]])⟩)`, []term{no("calls themselves", "each is one, beside the 16 units of work that it weighs wherever it counts"), t("values of calls", "wide_calls_in_all")}},
		{code, `f.hand(i.At, ⟨1⟩+⟨int64(f.arity[i.Index])⟩)`, []term{no("indirect calls themselves", "each is one, beside the 36 units of work that it weighs wherever it counts"), t("values of indirect calls", "wide_indirect_calls")}},
		{code, "func (f *function) labels(i *wasmcode.Instruction) {\n\t⟨f.flow(1)⟩", []term{t("control flow of tables of labels", "tables_of_labels")}},
		{code, `f.targets += ⟨len(i.Labels)⟩`, []term{t("labels", "many_branch_targets")}},
		{code, `f.work += ⟨int64(workOfLabel * len(i.Labels))⟩`, []term{t("work of labels", "work_of_labels")}},
		{code, `f.above += ⟨int64(len(i.Labels)) * int64(f.depth)⟩`, []term{t("labels behind blocks", "labels_behind_loops")}},
		{code, "for range i.Labels {\n\t\tf.kept.flow(⟨f.alive()⟩, ⟨max(f.known, 0)⟩)", []term{t("what is kept for labels", "variables_at_labels_elsewhere"), t("addresses kept for labels", "addresses_at_labels")}},
		{code, `f.labelled += ⟨cellsOfLabel * len(i.Labels) * f.alive()⟩`, []term{t("what lives at labels", "variables_over_labels")}},
		{code, `⟨f.hand(i.At, f.widest*int64(len(i.Labels)))⟩`, []term{t("values of labels", "wide_labels")}},
		{code, `f.operands += ⟨values⟩`, []term{t("values handed on", "wide_blocks")}},
		{code, `(int(⟨f.work⟩+⟨f.operands⟩)+⟨f.live⟩)/lookWork`, []term{t("looks for work", "globals_at_loads"), t("looks for operands", "globals_at_returns"), t("looks for what lives", "globals_at_operands")}},
		{code, `(⟨f.reloads⟩ + ⟨reloadsOfFunction⟩ + ⟨looks⟩) * f.mutable`, []term{t("globals at calls and control flow", "globals_at_branches"), t("globals at begin and end", "globals_at_branches"), t("globals at looks", "globals_at_loads")}},
		{code, `cells := ⟨f.live⟩ + ⟨f.labelled⟩ + ⟨f.control*(f.control/16)⟩ + ⟨16*f.looping⟩ + ⟨reloaded⟩ + ⟨f.bounds/boundsPerCell⟩`, []term{
			t("cells of what lives", "operands_over_a_few_branches"), t("cells of labels", "variables_over_labels"), t("cells of control flow", "many_growths"), t("cells of loops", "variables_over_loops"), t("cells of globals", "globals_at_branches"), t("cells of addresses", "addresses_and_variables")}},
		{code, `r.BranchTargets += ⟨f.targets⟩`, []term{t("labels in all", "many_branch_targets_in_all")}},
		{code, `r.Operands += ⟨int(f.operands)⟩`, []term{t("operands in all", "wide_calls_in_all")}},
		{code, `work := int(⟨f.work⟩ + ⟨f.operands⟩)`, []term{t("instructions in all", "many_loads_in_all"), t("operands in TotalWork", "loads_and_wide_calls_in_all")}},
		{code, `own := ⟨work⟩ + ⟨(cells-f.labelled)/2⟩ -`, []term{t("work in TotalWork", "many_loads_in_all"), t("cells in TotalWork", "live_variables_and_loads")}},
		{code, `labels := ⟨max(0, f.labelled-own/labelledOfOwn) / 2⟩`, []term{t("labels in TotalWork", "labels_and_truncations")}},
		{code, `loops := ⟨16*f.looping⟩ + ⟨f.loops*(f.loops/8)⟩`, []term{t("what lives over loops", "variables_over_loops_in_all"), t("square of loops", "loops_in_all")}},
		{code, `declared := (⟨len(f.fixed)⟩ + ⟨len(f.parameters)⟩ + ⟨f.several⟩) / declaredPerUnit`, []term{t("functions and globals", "functions_and_globals"), t("functions and types", "functions_and_types"), t("functions and types of several results", "types_of_several_results")}},
		{code, `r.Work += ⟨own⟩ + ⟨labels⟩ + ⟨loops⟩ + ⟨f.exits*f.exits/16⟩ + ⟨f.brought(own)⟩ + ⟨f.found()⟩ + ⟨f.climbed()⟩ + ⟨declared⟩`, []term{
			t("own work", "many_loads_in_all"), t("work of labels in all", "labels_and_truncations"), t("work of loops", "variables_over_loops_in_all"), t("square of returns", "returns"), t("work of what meets", "unchanged_variables"), t("work of finding", "chains_that_meet"), t("work of depth", "labels_behind_loops"), t("work of declarations", "functions_and_globals")}},
		{code, `r.Control += ⟨f.control⟩`, []term{t("control flow in all", "many_blocks_in_all")}},
		{code, `r.Loops += ⟨f.loops⟩`, []term{t("loops in all", "many_loops_in_all")}},
		{code, `r.LiveCells += ⟨cells⟩`, []term{t("cells in all", "live_variables_in_all")}},
		{code, `⟨c.report.Elements++⟩`, []term{t("references in code", "many_references")}},

		{depth, `max(f.largest, ⟨f.depth⟩+⟨f.targets⟩)`, []term{t("blocks of the largest function", "rows_of_looks"), t("labels of the largest function", "rows_of_blocks")}},
		{depth, `int(⟨f.above/deepPerUnit⟩ + ⟨looks/(2*deepPerUnit)⟩ + ⟨f.searched/searchedPerUnit⟩ + ⟨f.knownAtCalls/knownPerUnit⟩ + int64(⟨f.largest/rowsPerUnit⟩+⟨f.mostSlots/slotsPerUnit⟩))`, []term{
			t("work of labels behind blocks", "labels_behind_loops"), t("work of looks behind blocks", "deep_looks"), t("work of branches among others", "branches_and_labels"), t("work of addresses at calls", "addresses_and_calls"), t("work of the largest function", "rows_of_blocks"), t("work of the largest stack", "values_before_functions")}},
		{depth, `max(f.mostSlots, ⟨f.slots⟩+⟨int(f.operands)⟩)`, []term{t("values of the largest stack", "values_before_functions"), t("results of the largest stack", "results_before_functions")}},
		{depth, `max(⟨k.front.sum⟩, ⟨k.back.sum⟩) + ⟨k.known.sum⟩`, []term{t("kept from the begin", "operands_from_the_begin"), t("kept from the end", "lives_elsewhere"), t("kept addresses", "addresses_elsewhere")}},
		{depth, `l.sum += ⟨int(more)⟩`, []term{t("kept in all", "lives_elsewhere")}},

		{find, `⟨f.walk(1)⟩`, []term{t("steps of variables and globals", "reads_behind_loops")}},
		{find, "case wasmcode.BrIf:\n\t\t⟨f.next()⟩", []term{t("blocks behind branches", "ways_round_a_loop")}},
		{find, `⟨f.walk(2)⟩`, []term{t("steps of memory", "far_memory")}},
		{find, `⟨f.instructions++⟩`, []term{t("instructions", "shifts_by_nothing")}},
		{find, `f.steps += ⟨f.way(values)⟩`, []term{t("steps of reads", "reads_behind_loops")}},
		{find, `f.way(⟨f.locals⟩ + ⟨1⟩)`, []term{t("variables on ways", "chains_that_meet"), t("held fuel on ways", "labels_behind_traps")}},
		{find, `⟨f.back++⟩`, []term{t("blocks of one way", "reads_behind_loops")}},
		{find, `= b.ways+⟨1⟩, f.back, b.steps+⟨f.ways()⟩`, []term{t("ways to labels", "names_of_variables"), t("steps of ways", "chains_that_meet")}},
		{find, "case wasmcode.If:\n\t\t⟨f.next()⟩", []term{t("blocks behind conditions", "reads_within_conditions")}},
		{find, `b.steps = ⟨f.ways()⟩`, []term{t("steps into loops", "loops_in_other_arms")}},
		{find, "f.back = b.back\n\t⟨f.next()⟩", []term{t("blocks behind other arms", "reads_within_other_arms")}},
		{find, `if ⟨f.next()⟩; b.ways > 0 {
			f.steps += ⟨b.steps⟩
		} else if f.back >= 0 {
			f.back += ⟨b.back + 1⟩`, []term{t("blocks behind loops", "reads_behind_loops"), t("steps of loops", "ways_round_a_loop"), t("blocks before loops", "reads_behind_loops")}},
		{find, "⟨f.meets(b.branches+1, b.results)⟩", []term{t("ways to the end of a function", "returns_that_meet")}},
		{find, "f.back = ⟨b.far + 1⟩", []term{t("blocks before blocks of one way", "reads_behind_blocks")}},
		{find, "⟨f.depth++⟩", []term{t("depth of arms that go on", "labels_behind_traps")}},
		{find, "default:\n\t\tf.steps += ⟨b.steps⟩", []term{t("steps of blocks", "chains_that_meet")}},
		{find, "⟨f.meets(b.ways, b.results)⟩", []term{t("ways to the end of a block", "unchanged_variables")}},
		{find, "⟨f.shifts++⟩", []term{t("shifts", "shifts_by_nothing")}},
		{find, "int(⟨f.steps/stepsPerUnit⟩) + f.shifts*(⟨f.instructions⟩+⟨f.live⟩+⟨int(f.operands)⟩)/aliasesPerUnit", []term{t("work of steps", "chains_that_meet"), t("shifts and instructions", "shifts_by_nothing"), t("shifts and what lives", "shifts_and_branches"), t("shifts and operands", "shifts_and_wide_calls")}},

		{height, "done += ⟨f.call(f.functions[i.Index])⟩", []term{t("work behind calls", "variables_at_looks")}},
		{height, "done += ⟨f.call(i.Index)⟩", []term{t("work behind indirect calls", "variables_at_looks_behind_indirect_calls")}},
		{height, "f.height += ⟨int(effects[i.Op])⟩", []term{t("operands of instructions", "operands_over_a_few_branches")}},
		{height, "⟨f.known++⟩", []term{t("addresses that are known", "addresses_and_variables")}},
		{height, "f.unlooked += ⟨done⟩", []term{t("work that was not looked at", "variables_at_looks")}},
		{height, "⟨f.depth++⟩\n\t\t⟨f.look()⟩\n\t\t⟨f.meets(2, 0)⟩", []term{t("depth of looks", "deep_looks"), t("looks behind calls", "variables_at_looks"), t("ways of looks", "variables_behind_looks")}},
		{height, "if ⟨f.accesses++⟩; f.accesses == accessesToLook {\n\t\tf.accesses = 0\n\t\t⟨f.look()⟩", []term{t("accesses of memory", "operands_over_loads"), t("looks at memory", "operands_over_loads")}},
		{height, "f.live += ⟨f.alive()⟩\n\tf.kept.flow(⟨f.alive()⟩, 0)", []term{t("what lives at looks", "variables_at_looks"), t("what is kept for looks", "variables_at_looks_elsewhere")}},
		{height, "⟨b.branches++⟩", []term{t("branches to labels", "branches_and_labels")}},
		{height, "f.height += ⟨int(f.arity[typ]) - 2*parameters⟩", []term{t("results of calls", "results_of_calls_over_branches")}},
		{height, "return ⟨int(f.arity[typ])⟩ + ⟨workOfCallee⟩", []term{t("work of what calls hand on", "variables_at_looks_behind_wide_calls"), t("work of what is called", "variables_at_looks")}},
		{height, "f.knownAtCalls += ⟨int64(max(f.known, 0))⟩", []term{t("addresses at calls", "addresses_and_calls")}},
		{height, "f.reloads += ⟨2⟩", []term{t("globals at calls", "globals_at_calls")}},

		{lives, "return ⟨f.locals⟩ + ⟨f.height⟩ + ⟨f.carried.values/carriedPerCell⟩ + ⟨f.constants⟩", []term{
			t("variables that live", "live_variables_in_all"), t("operands that live", "operands_over_a_few_branches"), t("what lived where loops began", "operands_behind_a_loop"), t("constants that live", "constants_over_branches")}},
		{lives, "⟨set++⟩", []term{t("variables set since", "loops_in_turn")}},
		{lives, "carried{⟨f.carried.values⟩ + ⟨set⟩ + ⟨f.height⟩, f.sets}", []term{
			t("what lived where earlier loops began", "loops_in_turn"), t("variables where loops begin", "loops_in_turn"), t("operands where loops begin", "operands_behind_a_loop")}},
		{lives, "⟨f.constants++⟩", []term{t("constants", "constants_over_branches")}},
		{lives, "changed := ⟨min(f.sets-b.sets, f.locals)⟩ + ⟨b.parameters⟩ + ⟨b.results⟩", []term{
			t("variables behind blocks", "variables_inside_blocks"), t("parameters behind blocks", "looks_behind_blocks_of_parameters"), t("results behind blocks", "looks_behind_blocks_of_results")}},
		{lives, "f.joined += ⟨weightJoined * max(changed-joinedInRegisters, 0)⟩", []term{t("charges behind blocks", "variables_inside_blocks")}},
		{lives, "⟨f.look()⟩\n\t\t⟨f.meets(2, 0)⟩", []term{t("looks behind blocks", "looks_behind_blocks"), t("ways of looks behind blocks", "variables_inside_blocks")}},
		{lives, "⟨l.sets++⟩", []term{t("variables that are set", "variables_inside_blocks")}},

		{meeting, "at.copies += ⟨b.parameters⟩", []term{t("parameters handed round", "parameters_handed_round")}},
		{meeting, "m.passed += ⟨float64(blocks) * float64(values) * float64(values)⟩", []term{t("values on one way", "loops_of_one_way")}},
		{meeting, "round += ⟨float64(at.ways) * float64(values+1)⟩", []term{t("values in a round", "labels_and_loops")}},
		{meeting, "float64(⟨f.depth⟩+⟨f.targets⟩)", []term{t("blocks in a round", "blocks_and_loops"), t("labels in a round", "labels_and_loops")}},
		{meeting, "f.named += ⟨int64(f.coming()-max(f.variables[read].from, f.begun))⟩ + ⟨int64(len(f.meeting.loops))⟩", []term{t("names of variables", "names_of_a_variable"), t("names of variables in loops", "names_of_a_variable_in_loops")}},
		{meeting, "f.named += ⟨int64(f.coming() - min(f.coming(), f.stored))⟩", []term{t("names out of globals", "names_of_a_global")}},
		{meeting, "⟨m.places[from].more++⟩", []term{t("variables that are brought together", "unchanged_variables")}},
		{meeting, "⟨m.loops[last].copies++⟩", []term{t("copies in loops", "variables_handed_round_inside")}},
		{meeting, "⟨f.meets(0, 0)⟩", []term{t("places of loops", "variables_behind_loops")}},
		{meeting, "⟨f.meets(2, 0)⟩ // metering", []term{t("ways of looks in loops", "variables_behind_loops")}},
		{meeting, "= b.branches+⟨1⟩, b.parameters", []term{t("ways into loops", "variables_behind_loops")}},
		{meeting, "f.meeting.loops[last-1].copies += ⟨l.copies - l.own⟩", []term{t("copies in loops inside loops", "variables_handed_round_inside")}},
		{meeting, "f.named += ⟨int64(operands) * int64(f.coming())⟩", []term{t("names of operands", "names_of_operands")}},
		{meeting, "values := ⟨min(variables, f.locals)⟩ + ⟨at.operands⟩", []term{t("variables that meet", "unchanged_variables"), t("operands that meet", "merged_results")}},
		{meeting, "moved += ⟨float64(moves)⟩", []term{t("moved values of places", "variables_on_many_ways")}},
		{meeting, "merged += ⟨float64(at.ways) * float64(values) * float64(values)⟩", []term{t("merged values of places", "unchanged_variables")}},
		{meeting, "named += ⟨float64(at.ways) * float64(variables*n-first)⟩", []term{t("names of ways", "names_of_variables")}},
		{meeting, "max(depth, at.depth), handed+⟨min(at.copies, values)⟩", []term{t("rounds of variables", "variables_handed_round")}},
		{meeting, "rounds := ⟨depth⟩ + ⟨handed⟩", []term{t("rounds of loops", "merged_results"), t("rounds of handing", "loops_that_hand_on")}},
		{meeting, "f.slots += ⟨values⟩", []term{t("values on the stack", "values_before_functions")}},
		{meeting, "f.slots += ⟨moves⟩\n\t\t\tmoves += ⟨moves⟩", []term{t("values on the stack round loops", "ways_round_before_functions"), t("moves round loops", "moves_round_a_loop")}},
		{meeting, "f.moves += ⟨moves⟩", []term{t("moves", "moves")}},
		{meeting, "⟨float64(rounds)*round/roundPerUnit⟩+⟨f.passed/passedPerUnit⟩+⟨beyond(moved*workOfMoved, movedOfOwn)⟩+⟨beyond(merged*float64(2+rounds), mergedOfOwn)/mergedPerUnit⟩+⟨beyond(named, namesOfOwn)/namesPerUnit⟩", []term{
			t("work of rounds", "labels_and_loops"), t("work of values on one way", "loops_of_one_way"), t("work of moved values", "variables_on_many_ways"), t("work of merged values", "merged_results"), t("work of names", "names_of_variables")}},

		{sections, "⟨c.several++⟩", []term{t("types of several results", "types_of_several_results")}},
		{sections, "arity := ⟨parameters⟩ + ⟨c.valueTypes(r)⟩", []term{t("parameters of types", "many_types_of_many"), t("results of types", "many_types_of_many_results")}},
		{sections, "c.report.TypeValues += ⟨arity⟩", []term{t("values of types", "many_types_of_many")}},
		{sections, "⟨c.report.CustomSections++⟩", []term{t("custom sections", "many_custom_sections")}},
		{sections, "c.report.CustomBytes += ⟨r.Left()⟩", []term{t("bytes of custom sections", "large_custom_section")}},
		{sections, "c.mutable += ⟨int(mutable)⟩", []term{t("globals that may change", "globals_at_branches")}},
		{segments, "c.report.Elements += ⟨n⟩", []term{t("elements of segments", "many_elements")}},
	}
}

// bookkeeping is where admission adds up what it does not count.
func bookkeeping() map[string][]string {
	return map[string][]string{
		"admission/admission.go": {`mistake.Feature+" are not offered: "+mistake.Message`},
		"admission/code.go": {
			// Numbers of functions, and places in the module.
			"c.bodies = c.bodies + 1; c.imported+c.bodies > len(c.functions)", "from, from+size)", "c.imported+c.bodies-1",
			// The same is held behind it, of the sum of all groups; here it must fit.
			"if int64(locals)+group > ", "Used: int64(locals) + group,",
		},
		"admission/find.go": {"= b.ways+", ", b.steps+"}, // what there was before
		"admission/height.go": {
			"n < len(ranges); n += 2 {\n\t\t\tfor op := ranges[n]; op <= ranges[n+1]; op++ {\n\t\t\t\tt[op] = effect",
			"n < len(ranges); n += 2 {\n\t\t\tfor op := ranges[n]; op <= ranges[n+1]; op++ {\n\t\t\t\tt[op] = true",
			"n < len(simd); n += 2", "set(-1, wasmcode.SIMD|simd[n], wasmcode.SIMD|simd[n+1])",
		},
		"admission/meeting.go": {
			"m.places[from].first += first", "m.loops[first].own++", // taken off
			"= b.branches+", "last+1", "variables+at.more, first+at.first", ", handed+", // what there was before, and numbers
		},
		"admission/sections.go": {"arity > parameters+1", "c.memories++", "c.declare(at+1", "IndexTable, at+1", "IndexMemory, at+1", "IndexGlobal, at+1"},
		"admission/segments.go": {"uint64(offset)+uint64(n)", "int64(offset)+int64(n), int64(c.tables", "c.segments++", "int64(offset)+int64(n) > size", "int64(offset)+int64(n), size"},
		"admission/work.go":     {"op++"},
	}
}

const openMark, closeMark = "⟨", "⟩"

var inMarks = regexp.MustCompile(openMark + "[^" + closeMark + "]*" + closeMark)

// unmarked is what stands in the file.
func (s sum) unmarked() string { return strings.NewReplacer(openMark, "", closeMark, "").Replace(s.is) }

// defence puts each term behind its switch.
func (s sum) defence() defence {
	n := -1
	switches := make(map[string][]string)
	off := inMarks.ReplaceAllStringFunc(s.is, func(marked string) string {
		n++
		is, t := strings.Trim(marked, openMark+closeMark), s.terms[n]
		if t.why != "" {
			return is
		}
		switches[t.name] = []string{t.row}
		if isStatement(is) {
			return fmt.Sprintf("unless(%q, func() { %s })", t.name, is)
		}
		return fmt.Sprintf("without(%q, %s)", t.name, is)
	})
	return defence{s.file, s.unmarked(), off, switches}
}

// isStatement tells a term that is a statement.
func isStatement(is string) bool {
	if strings.HasSuffix(is, "++") {
		return true
	}
	return slices.ContainsFunc(addingMethods, func(call string) bool { return strings.HasPrefix(is, "f."+call+"(") })
}

// addingMethods are those that count.
var addingMethods = []string{"flow", "hand", "meets", "walk", "next", "look"}

// added are the terms that a file of package admission adds up, as their places in it: what is
// added to something by += or ++, by a method that counts, or in a sum.
func added(t *testing.T, file string) (source string, terms [][2]int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	add := func(n ast.Node) {
		terms = append(terms, [2]int{files.Position(n.Pos()).Offset, files.Position(n.End()).Offset})
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IncDecStmt:
			if n.Tok == token.INC {
				add(n)
			}
		case *ast.AssignStmt:
			if n.Tok == token.ADD_ASSIGN && !hasSum(n.Rhs[0]) {
				add(n.Rhs[0])
			}
		case *ast.CallExpr:
			if method, is := n.Fun.(*ast.SelectorExpr); is && slices.Contains(addingMethods, method.Sel.Name) && !slices.ContainsFunc(n.Args, hasSum) {
				add(n)
			}
		case *ast.BinaryExpr:
			if n.Op == token.ADD {
				for _, side := range []ast.Expr{n.X, n.Y} {
					if !hasSum(side) {
						add(side)
					}
				}
			}
		}
		return true
	})
	return string(text), terms
}

// hasSum tells an expression that has a sum in it.
func hasSum(e ast.Expr) (has bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		sum, is := n.(*ast.BinaryExpr)
		has = has || is && sum.Op == token.ADD
		return true
	})
	return has
}

// termPlaces are the places of the marked terms in a file, and of what is bookkeeping.
func termPlaces(t *testing.T, file, source string) (places [][2]int) {
	t.Helper()
	for _, s := range sums() {
		if s.file != file {
			continue
		}
		at, rest := strings.Index(source, s.unmarked()), s.is
		for n := 0; ; n++ {
			before, after, found := strings.Cut(rest, openMark)
			if !found {
				if n != len(s.terms) {
					t.Errorf("%s: %q has %d terms, not %d", file, s.is, n, len(s.terms))
				}
				break
			}
			is, behind, _ := strings.Cut(after, closeMark)
			at += len(before)
			places = append(places, [2]int{at, at + len(is)})
			at, rest = at+len(is), behind
		}
	}
	for _, text := range bookkeeping()[file] {
		if n := strings.Count(source, text); n != 1 {
			t.Errorf("%s has %q %d times, want it once", file, text, n)
		}
		at := strings.Index(source, text)
		places = append(places, [2]int{at, at + len(text)})
	}
	return places
}

// TestEveryTermHasASwitch holds that whatever package admission adds up is a term of one of
// the sums, each of which has a switch or a reason why not.
func TestEveryTermHasASwitch(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("admission/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, terms := added(t, file)
		places := termPlaces(t, filepath.ToSlash(file), source)
		for _, term := range terms {
			if !slices.ContainsFunc(places, func(p [2]int) bool {
				return p[0] <= term[0] && term[1] <= p[1] || term[0] <= p[0] && p[1] <= term[1]
			}) {
				t.Errorf("%s:%d adds up %q: it wants a switch and a row that fails without it", file, strings.Count(source[:term[0]], "\n")+1, source[term[0]:term[1]])
			}
		}
	}
}
