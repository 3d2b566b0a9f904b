package runtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// defence is a place in the code that can be switched off: there, in a build of its
// own, if stands for what is read. Each is off in turn, and its row must fail.
type defence struct {
	file, is, off string
	// switches are the names by which it is off, each with rows that fail. A defence in
	// more places than one has its switch in the first of them.
	switches map[string][]string
}

// one is the switch of a defence that has a single one.
func one(name string, rows ...string) map[string][]string { return map[string][]string{name: rows} }

// defences are all that the corpus depends on. In off, off("NAME") tells whether a
// switch is off.
func defences() []defence {
	var terms []defence
	for _, s := range sums() {
		terms = append(terms, s.defence())
	}
	return append(terms, []defence{
		{"admission/code.go", `if used > int64(allowed) {`, `if used > int64(allowed) && !off(limit) {`, admissionSwitches(limitRows())},
		{"admission/code.go", `if int64(locals)+group > int64(f.limits.Locals) {`, `if int64(locals)+group > int64(f.limits.Locals) && !off(LimitLocals) {`, nil},
		{"admission/code.go", `if index >= int64(there) {`, `if index >= int64(there) && !off(space) {`, admissionSwitches(indexRows())},
		{"admission/sections.go", `if bytes.HasPrefix(name, []byte(ReservedPrefix)) {`, `if bytes.HasPrefix(name, []byte(ReservedPrefix)) && !off("reserved names") {`,
			one("reserved names", "export_reserved")},
		{"admission/segments.go", `func (c *checker) outOfBounds(at int, used, allowed int64) {`, `func (c *checker) outOfBounds(at int, used, allowed int64) { if off("bounds") { return };`,
			one("bounds", "elements_out_of_bounds")},
		{"internal/wasmcode/wasmcode.go", `Stop(&Error{Offset: at, Feature: feature,`, `if off("features") { return }; Stop(&Error{Offset: at, Feature: feature,`,
			one("features", "shared_memory", "threads")},
		{"internal/wasmcode/opcode.go", `r.at > i.At+2 && r.module[r.at-1] == 0 {`, `r.at > i.At+2 && r.module[r.at-1] == 0 && !off("shortest form") {`,
			one("shortest form", "long_bulk_number")},

		{"metering/code.go", `	f.charge(weight)
	f.fuelLeft()
	if !loop.cold {`, `	if off("fuel of loops") { return }; f.charge(weight)
	f.fuelLeft()
	if !loop.cold {`, one("fuel of loops", "spins_with_operands", "spins", "spins_in_start", "spins_in_initialize", "spins_in_buffer", "spins_in_close", "spins_by_table", "spins_on_vectors", "nested_loops", "divides")},
		{"metering/code.go", `	weight := f.plan.regions[0].weight
`, `	weight := f.plan.regions[0].weight; if off("fuel of calls") { weight = 0 }
`, one("fuel of calls", "tree_of_calls", "tree_in_start", "recurses_and_spins")},
		{"metering/code.go", `func (f *function) look() {`, `func (f *function) look() { if off("looks outside of loops") { return };`,
			one("looks outside of loops", "calls_slow_leaves")},
		{"fuel.go", `more := min(owed+slice, f.most-f.granted)`, `more := min(owed+slice, f.most-f.granted); if off("small grants") { more = min(owed+100_000_000, f.most-f.granted) }`,
			one("small grants", "chases_pointers")},
		{"fuel.go", `	switch before := min(left, grace); {`, `	if off("small slices at the end") { left = grace }; if off("small slices before a short grace") { grace = left }
	switch before := min(left, grace); {`,
			map[string][]string{"small slices at the end": {"touches_memory_late"}, "small slices before a short grace": {"touches_memory_when_told"}}},
		{"unwind.go", `	l.shrinkSlice()`, `	if !off("slices behind host calls") { l.shrinkSlice() }`, one("slices behind host calls", "waits_and_touches_memory", "sleeps_and_touches_memory")},
		// On a busy machine any guest may be taken for a slow one.
		{"fuel.go", `	if p.slow {`, `	if p.slow && !off("small slices at the end") && !off("small slices before a short grace") {`, nil},
		{"metering/code.go", `	f.indexed(wasmcode.GlobalGet, f.mark())`, `	if off("looks at returns") { f.op(wasmcode.End); return }; f.indexed(wasmcode.GlobalGet, f.mark())`,
			one("looks at returns", "returns_slowly")},
		{"metering/regions.go", `	if weight == 0 || b.bornDead {`, `	if weight == 0 || b.bornDead || off("moves of variables") {`, one("moves of variables", "moves_variables_for_fuel")},
		{"metering/bulk.go", `func (f *function) payAhead(shift int64) {`, `func (f *function) payAhead(shift int64) { if off("fuel by length") { return };`,
			one("fuel by length", "initializes_much")},
		{"metering/bulk.go", `		f.payAhead(0)`, `		if !off("fuel of tables") { f.payAhead(0) }`, one("fuel of tables", "fills_table_for_fuel")},
		{"metering/bulk.go", `func (f *function) payAfter(growth []byte, shift int64) {`, `func (f *function) payAfter(growth []byte, shift int64) { if off("fuel of growth") { f.code = append(f.code, growth...); return };`,
			one("fuel of growth", "grows_for_fuel")},
		{"metering/parts.go", `	f.indexed(wasmcode.LocalTee, f.locals)`, `	if off("fuel of fills and copies") { f.code = append(f.code, as...); return }; f.indexed(wasmcode.LocalTee, f.locals)`,
			one("fuel of fills and copies", "fills_memory", "copies_memory", "calls_what_fills")},
		{"metering/parts.go", `	f.op(wasmcode.Loop, emptyBlock)`, `	if off("parts of copies") { return }; f.op(wasmcode.Loop, emptyBlock)`, one("parts of copies", "copies_slowly")},
		{"callout.go", `if used := f.used(); used > f.most {`, `if used := f.used(); used > f.most && !off("depth") {`, one("depth", "recurses", "recurses_in_start", "recurses_by_turns", "recurses_through_table", "recurses_with_operands")},
		{"callout.go", `f.take(stackBytes(f.granted+more) - stackBytes(f.granted)); refusal != nil {`,
			`f.take(stackBytes(f.granted+more) - stackBytes(f.granted)); refusal != nil && !off("budget of stacks") {`, one("budget of stacks", "recurses_in_many_sessions")},
		{"callout.go", `case cause != nil:`, `case cause != nil && !off("stop"):`, one("stop", "sleeps_again", "watches_the_clock", "calls_the_host_for_ever")},
		{"unwind.go", `if cause != nil {`, `if cause != nil && !off("stop") && !off("stop behind host calls") {`,
			one("stop behind host calls", "wants_randomness_for_ever")},
		{"fuel.go", `if more <= 0 || more < owed {`, `if (more <= 0 || more < owed) && !off("limit of fuel") {`, one("limit of fuel", "spins_until_fuel_is_gone")},
		{"fuel.go", `if l.fuel.used() <= l.fuel.most {`, `if l.fuel.used() <= l.fuel.most || off("limit of fuel at the end") {`, one("limit of fuel at the end", "ends_past_its_fuel")},
		{"fuel.go", `	f.most = f.perRun
`, `	f.most = f.perRun; if off("fuel of runs") { f.most = UnlimitedFuel }
`, one("fuel of runs", "spins_until_the_run_is_over")},
		{"stop.go", `func (s *stopper) shorten() {`, `func (s *stopper) shorten() { if off("grace") { return };`, one("grace", "spins_although_told")},

		{"snapshot/budget.go", `if after > b.allowed {`, `if after > b.allowed && !off("budget of memory") {`, one("budget of memory", "grows_memory_past_the_budget")},
		{"snapshot/prepare.go", `if name, is := obstacles[i.Op]; is {`, `if name, is := obstacles[i.Op]; is && !off("obstacles to snapshots") {`,
			one("obstacles to snapshots", "changes_its_table")},
		{"snapshot/memory.go", `if size > m.most {`, `if size > m.most && !off("limit of memory") {`, one("limit of memory", "grows_memory", "grows_memory_for_ever", "grows_memory_in_start")},
		{"admit.go", `bounded := boundTables(module, m, uint32(s.Limits.TableElements))`,
			`bounded := boundTables(module, m, uint32(s.Limits.TableElements)); if off("limit of tables") { bounded, s.Limits.TableMaximum = module, false }`,
			one("limit of tables", "grows_table", "grows_tables", "greedy_table")},
		{"compile.go", `	describe(m)`, `	if !off("description of functions") { describe(m) }`, one("description of functions", "spins_among_exports")},
		{"load.go", `if len(module) > rt.config.MaxModuleBytes {`, `if len(module) > rt.config.MaxModuleBytes && !off("size of modules") {`, one("size of modules", "large_module")},

		{"poll.go", `	timer := time.NewTimer(d)
`, `	if off("end of sleep") { <-time.After(d) }; timer := time.NewTimer(d)
`, one("end of sleep", "sleeps", "sleeps_in_start")},
		{"poll.go", `case u.sleptInCall+d > c.SleepPerCall:`, `case u.sleptInCall+d > c.SleepPerCall && !off("sleep of calls"):`, one("sleep of calls", "sleeps_a_little", "sleeps_until_doomsday")},
		{"poll.go", `case u.slept+d > c.SleepPerRun:`, `case u.slept+d > c.SleepPerRun && !off("sleep of runs"):`, one("sleep of runs", "sleeps_until_the_run_is_over")},
		{"poll.go", `if count == 0 || count > maxSubscriptions {`, `if (count == 0 || count > maxSubscriptions) && !off("subscriptions") {`, one("subscriptions", "polls_outside_memory")},
		{"wasi.go", `if !inMemory(c.memory, pointer, left) {`, `if !inMemory(c.memory, pointer, left) && !off("pointers of random_get") {`,
			one("pointers of random_get", "wants_4_gib_of_randomness")},
		{"wasi.go", `	noFile := func(*wasiCall) errno { return badf }`, `	noFile := func(*wasiCall) errno { if off("no files") { return success }; return badf }`, one("no files", "looks_around")},
		{"wasi.go", `	return c.put(c.memory.WriteUint32Le(c.u32(0), 0), c.memory.WriteUint32Le(c.u32(1), 0))`,
			`	if off("no environment") { return c.put(c.memory.WriteUint32Le(c.u32(0), 1), c.memory.WriteUint32Le(c.u32(1), 1)) }
	return c.put(c.memory.WriteUint32Le(c.u32(0), 0), c.memory.WriteUint32Le(c.u32(1), 0))`, one("no environment", "looks_around")},
		{"wasi.go", `func exit(c *wasiCall) errno {`, `func exit(c *wasiCall) errno { if off("exits") { return success };`, one("exits", "exits", "exits_in_close", "exits_in_start", "exits_in_initialize", "exits_in_marker")},
		{"wasi.go", `func raise(c *wasiCall) errno {`, `func raise(c *wasiCall) errno { if off("signals") { return success };`, one("signals", "raises_a_signal")},
		{"failure.go", `	return l.retire(l.failure(op, err))`, `	if off("retirement") { return l.failure(op, err) }; return l.retire(l.failure(op, err))`, one("retirement", "traps", "calls_nothing", "calls_past_its_table", "calls_by_another_type", "reads_past_memory", "divides_by_nothing")},
		{"imports.go", `			r.find(RuleImport, Refusal,`, `			if off("list of imports") { continue }; r.find(RuleImport, Refusal,`, one("list of imports", "imports_callout")},
		{"load.go", `if r.Memory.Min > rt.config.MemoryLimitBytes {`, `if r.Memory.Min > rt.config.MemoryLimitBytes && !off("memory at the start") {`, one("memory at the start", "large_memory")},
		{"load.go", `if int64(t.limits.min) > int64(rt.config.MaxTableElements) {`, `if int64(t.limits.min) > int64(rt.config.MaxTableElements) && !off("tables at the start") {`,
			one("tables at the start", "large_table")},
		{"../abi/codec_entry.go", `if !d.within("MaxAnchorAttributes",`, `if !off("attributes of an anchor") && !d.within("MaxAnchorAttributes",`, one("attributes of an anchor", "results_of_many_anchors")},
		{"wasi.go", `	c.lease.unwindIfDue()`, `	if !off("deadline of randomness") { c.lease.unwindIfDue() }`, one("deadline of randomness", "wants_randomness_everywhere")},
		{"wasi.go", `if count > maxVectors {`, `if count > maxVectors && !off("vectors") {`, one("vectors", "writes_wild_vectors")},
		{"wasi.go", `if written+length < written {`, `if written+length < written && !off("length of vectors") {`, one("length of vectors", "writes_wild_vectors")},

		{"hostmodule.go", `if l.starting {`, `if l.starting && !off("calls while starting") {`, one("calls while starting", "host_call_in_start", "host_call_in_marker")},
		{"hostmodule.go", `if request.length > abi.MaxMessageBytes || l.answers.full() {`,
			`if request.length > abi.MaxMessageBytes && !off("length of requests") || l.answers.full() && !off("answers that wait") {`,
			map[string][]string{"length of requests": {"long_request"}, "answers that wait": {"leaves_answers"}}},
		{"hostmodule.go", `if !ok || !inMemory(memory, buffer.pointer, buffer.length) {`,
			`if !off("pointers of host calls") && (!ok || !inMemory(memory, buffer.pointer, buffer.length)) {`, one("pointers of host calls", "wild_pointers")},
		{"hostmodule.go", `case !inMemory(memory, buffer.pointer, buffer.length):`, `case !inMemory(memory, buffer.pointer, buffer.length) && !off("pointers of take"):`,
			one("pointers of take", "takes_what_is_not_there")},
		{"hostmodule.go", `case !ok:`, `case !ok && !off("ids of take"):`, one("ids of take", "takes_what_is_not_there")},
		{"hostmodule.go", `if !l.mayCallHost(int64(request.length)) {`, `if !l.mayCallHost(int64(request.length)) && !off("number of host calls") {`,
			one("number of host calls", "calls_the_host_too_often")},

		{"usage.go", `u.hostBytes+request > c.HostBytesPerRun {`, `u.hostBytes+request > c.HostBytesPerRun && !off("bytes of host calls") {`,
			one("bytes of host calls", "asks_the_host_for_too_much")},
		{"call.go", `used > most {`, `used > most && !off("bytes of replies") {`, one("bytes of replies", "replies_too_much")},
		{"call.go", `case int64(length) > int64(most):`, `case int64(length) > int64(most) && !off("length of replies"):`, one("length of replies", "reply_too_long", "reply_of_4_gib", "reply_longer_than_asked")},
		{"call.go", `	view, ok := memory.Read(pointer, length)
`, `	view, ok := memory.Read(pointer, length); ok = ok || off("pointers of replies")
`, one("pointers of replies", "reply_beyond_memory", "reply_wraps")},
		{"call.go", `if uint64(pointer)+uint64(want) > uint64(memory.Size()) {`, `if uint64(pointer)+uint64(want) > uint64(memory.Size()) && !off("pointers of buffers") {`,
			one("pointers of buffers", "buffer_beyond_memory", "buffer_wraps")},
		{"call.go", `if !memory.Write(l.buffer.pointer, request) {`, `if !memory.Write(l.buffer.pointer, request) && !off("pointers of buffers") {`, nil},

		{"../abi/wire/reader.go", `if n == MaxDepth {`, `if n == MaxDepth && !off("depth of JSON") {`, one("depth of JSON", "request_nested", "reply_nested_unknown", "manifest_nested")},
		{"../abi/wire/reader.go", `if r.most > 0 && `, `if r.most > 0 && !off("number of keys") && `, one("number of keys", "reply_many_keys")},
		{"../abi/codec.go", `	if d.shares {
`, `	if d.shares || off("text of its own") {
`, one("text of its own", "results_in_long_requests", "state_in_long_requests")},
		{"../abi/codec.go", `	if sharesText(m) && d.Err() == nil {`, `	if (sharesText(m) || off("text of its own")) && d.Err() == nil {`, nil},
		{"../abi/codec.go", `	if goOn != nil {`, `	if goOn != nil && !off("deadline of reading") {`, one("deadline of reading", "reply_at_the_deadline")},
		{"../abi/wire/keyset.go", `	if twice {
`, `	if twice = twice && !off("keys that are there twice"); twice {
`, one("keys that are there twice", "reply_duplicate_keys")},
		{"../abi/codec.go", `if used <= allowed {`, `if used <= allowed || off("limits of the ABI") {`, one("limits of the ABI", "reply_empty_entries", "reply_many_entries", "reply_long_watermark", "schema_many_attributes", "schema_many_attributes_when_opened")},
		{"contract/seen.go", `case !ok && len(s.objects) == s.most:`, `case !ok && len(s.objects) == s.most && !off("number of objects"):`, one("number of objects", "names_objects_for_ever")},
		{"importsession.go", `l.frames.take(bytes - s.remembered); refusal != nil {`, `l.frames.take(bytes - s.remembered); refusal != nil && !off("budget of objects") {`,
			one("budget of objects", "names_objects_past_the_budget")},
		{"hostcalls.go", `l.frames.holdMessage(made); refusal != nil {`, `l.frames.holdMessage(made); refusal != nil && !off("budget of messages") {`, one("budget of messages", "reply_past_the_budget")},
		{"hostmodule.go", `l.frames.take(int64(w.Len())); refusal != nil {`, `l.frames.take(int64(w.Len())); refusal != nil && !off("budget of answers") {`, one("budget of answers", "leaves_answers_past_the_budget")},
		{"contract/mistakes.go", `if len(m.errs) < maxMistakes {`, `if len(m.errs) < maxMistakes || off("number of mistakes") {`,
			one("number of mistakes", "schema_many_mistakes", "schema_many_mistakes_when_opened")},
		{"../abi/codec_host.go", `d.spread += len(fields)`, `if !off("number of fields") { d.spread += len(fields) }`, one("number of fields", "request_many_fields")},
		{"../abi/codec_entry.go", `	d.values++
`, `	if !off("number of values") { d.values++ }
`, one("number of values", "reply_many_numbers")},
		{"../abi/codec_entry.go", ` && d.within("MaxListValues", len(d.slabs.values)-start+1, MaxListValues); {`, ` && (off("values of a list") || d.within("MaxListValues", len(d.slabs.values)-start+1, MaxListValues)); {`,
			one("values of a list", "reply_many_values")},
		{"../abi/codec.go", `	if len(s) <= limit {
		return s`, `	if len(s) <= limit || off("cut of errors") {
		return s`, one("cut of errors", "reply_long_error")},
		{"../abi/codec.go", `if fromGuest && !failure.Code.FromGuest() {`, `if fromGuest && !failure.Code.FromGuest() && !off("codes of the host") {`,
			one("codes of the host", "reply_own_code")},
		{"../abi/codec_host.go", `e.Message = d.own(cutText(d.String(), MaxLogMessage))`, `if e.Message = d.own(d.String()); !off("cut of log lines") { e.Message = cutText(e.Message, MaxLogMessage) }`,
			one("cut of log lines", "floods_the_log")},
		{"../abi/wire/reader.go", `if c == utf8.RuneError && size <= 1 {`, `if c == utf8.RuneError && size <= 1 && !off("UTF-8") {`, one("UTF-8", "reply_bad_utf8")},
		{"../abi/wire/reader.go", `n, said := escapeLength(s[i:])`, `n, said := escapeLength(s[i:]); if n == 0 && off("pairs of surrogates") { n, said = 6, 3 }`,
			one("pairs of surrogates", "reply_half_pair", "reply_lone_surrogate")},
		{"../abi/wire/reader.go", `case c < 0x20:`, `case c < 0x20 && off("control characters"): i++
		case c < 0x20:`, one("control characters", "reply_nul")},
		{"../abi/wire/reader.go", `	r.Fail("data after the end of the message")`, `	if off("end of messages") { return nil }; r.Fail("data after the end of the message")`,
			one("end of messages", "reply_two_messages")},
		{"../abi/wire/reader.go", `n, err := strconv.ParseInt(text[:min(len(text), maxIntText)], 10, 64)`, `n, err := strconv.ParseInt(text[:min(len(text), maxIntText)], 10, 64); if off("size of numbers") { n, err = 0, nil }`,
			one("size of numbers", "reply_long_number")},

		{"../hostfuncs/log.go", `if !g.limiter.AllowN(g.now.now(), 1) {`, `if !g.limiter.AllowN(g.now.now(), 1) && !off("pacing of the log") {`, one("pacing of the log", "floods_the_log")},
		{"../hostfuncs/log.go", `used > MaxLogBytes {`, `used > MaxLogBytes && !off("size of the log") {`, one("size of the log", "floods_the_log")},
		{"../hostfuncs/state.go", `used := l.state.used - old + len(key) + len(value); used > abi.MaxStateBytes {`,
			`used := l.state.used - old + len(key) + len(value); used > abi.MaxStateBytes && !off("size of the state") {`, one("size of the state", "floods_the_state")},
		{"../hostfuncs/vault.go", `	name, secret = strings.Clone(name), strings.Clone(secret)
`, `	if !off("sealed text of its own") { name, secret = strings.Clone(name), strings.Clone(secret) }
`, one("sealed text of its own", "seals_in_long_answers")},
		{"../hostfuncs/answer.go", `l.vault.secrets.Scan(ctx, text)`, `func() (bool, error) { if off("deadline of scans") { return l.vault.secrets.In(text), nil }; return l.vault.secrets.Scan(ctx, text) }()`,
			one("deadline of scans", "seals_of_every_length")},
		{"../hostfuncs/lease.go", `if !slices.Contains(l.host.policy.Reveal, s.name) {`, `if !slices.Contains(l.host.policy.Reveal, s.name) && !off("names to reveal") {`,
			one("names to reveal", "asks_for_a_secret")},
		{"exportsession.go", `case at == abi.MaxPageEntries:`, `case at == abi.MaxPageEntries && !off("number of results"):`,
			one("number of results", "reports_for_strangers")},
		{"hostmodule.go", `a.bytes > abi.MaxMessageBytes`, `a.bytes > abi.MaxMessageBytes && !off("bytes that wait")`, one("bytes that wait", "leaves_large_answers")},
		{"hostmodule.go", `	delete(l.answers.waiting, id)
`, `	if !off("answers are taken once") { delete(l.answers.waiting, id) }
`, one("answers are taken once", "takes_what_is_not_there")},
		{"output.go", `if end > o.left {`, `if off("size of the output") { o.left = 1 << 30 }; if end > o.left {`, one("size of the output", "floods_output", "floods_output_in_start")},
		{"output.go", `logfield.Clean(string(o.line))`, `func() string { if off("signs in the output") { return string(o.line) }; return logfield.Clean(string(o.line)) }()`,
			one("signs in the output", "says_signs", "says_signs_and_traps")},
		{"output.go", `	return quoteUpTo(string(bytes.TrimSpace(o.tail)), maxLastWords)`, `	if off("signs in last words") { return string(o.tail) }; return quoteUpTo(string(bytes.TrimSpace(o.tail)), maxLastWords)`,
			one("signs in last words", "says_signs_and_traps")},
		{"../abi/error.go", `			b = appendVisible(append(b, ": "...), part)`, `			if off("signs in errors") || off("signs in last words") { b = append(append(b, ": "...), part...); continue }; b = appendVisible(append(b, ": "...), part)`,
			one("signs in errors", "says_signs")},
		{"../hostfuncs/log.go", `	b.WriteString(logfield.Clean(cut(entry.Message, abi.MaxLogMessage)))`, `	if off("signs in messages") { b.WriteString(entry.Message) } else { b.WriteString(logfield.Clean(cut(entry.Message, abi.MaxLogMessage))) }`,
			one("signs in messages", "says_signs")},
		{"../hostfuncs/log.go", `		b.WriteString(logfield.Clean(cut(f.Name, abi.MaxLogField)))`, `		if off("signs in names of fields") { b.WriteString(f.Name) } else { b.WriteString(logfield.Clean(cut(f.Name, abi.MaxLogField))) }`,
			one("signs in names of fields", "says_signs")},
		{"../hostfuncs/log.go", `		b.WriteString(strconv.Quote(logfield.Clean(cut(f.Value, abi.MaxLogField))))`, `		if off("signs in values of fields") { b.WriteString(f.Value) } else { b.WriteString(strconv.Quote(logfield.Clean(cut(f.Value, abi.MaxLogField)))) }`,
			one("signs in values of fields", "says_signs")},
		{"output.go", `o.look()`, `if !off("deadline between lines") { o.look() }`, one("deadline between lines", "writes_lines", "writes_lines_in_start")},
		{"poll.go", `timeout -= min(timeout, uint64(now))`, `if !off("times that have passed") { timeout -= min(timeout, uint64(now)) }`,
			one("times that have passed", "sleeps_in_the_past")},
		{"inspect.go", `if len(text) > maxManifest {`, `if len(text) > maxManifest && !off("size of manifests") {`, one("size of manifests", "manifest_large")},
		{"inspect.go", `if len(s) > most {`, `if len(s) > most && !off("cut of names") {`, one("cut of names", "imports_from_afar")},
		{"admission/admission.go", `if err := c.run(); err != nil {`, `if err := c.run(); err != nil && !(off("binary format") && asRefusal(err).(*Refusal).Limit == RuleMalformed) {`,
			one("binary format", "long_leb128", "wide_leb128", "hidden_loop", "hidden_grant", "unknown_instruction", "unfinished_function", "section_twice", "unknown_section", "cut_short")},
		{"inspect.go", `	if problem != nil {
`, `	if problem != nil && !off("first reading") {
`, one("first reading", "cut_short", "long_leb128", "gc_type")},
		{"inspect.go", `if f.Severity == Refusal {`, `if f.Severity == Refusal && !off(f.Code) {`, ruleSwitches()},
		{"exports.go", `	for _, e := range m.exports {
		if _, twice`, `	for _, e := range m.exports {
		if off("names by their bytes") { e.name = strings.ReplaceAll(e.name, "\u0435", "e") }
		if _, twice`, one("names by their bytes", "export_look_alike")},

		{"metering/regions.go", `			r.weight = max(r.weight, 1)`, `			if !off("charge of what weighs nothing") { r.weight = max(r.weight, 1) }`, one("charge of what weighs nothing", "spins")},
		{"metering/code.go", `	f.take(f.depthAt(), uint64(f.frame))`, `	if off("depth of calls") { f.frame = 0 }; f.take(f.depthAt(), uint64(f.frame))`, one("depth of calls", "recurses_by_turns")},
		{"metering/weights.go", `	return weightHanded *`, `	if off("fuel of what calls hand on") { return 0 }; return weightHanded *`, one("fuel of what calls hand on", "hands_on_for_fuel")},
		{"metering/weights.go", `	return weightReload *`, `	if off("fuel of globals behind calls") { return 0 }; return weightReload *`, one("fuel of globals behind calls", "reads_globals_for_fuel")},
		{"metering/frames.go", `return 1 + values/valuesPerFrame`, `if off("frames of large functions") { return 1 }; return 1 + values/valuesPerFrame`,
			one("frames of large functions", "recurses_with_large_frames", "recurses_with_vectors")},
		{"metering/sections.go", `func (w *rewriter) fuel() uint32    { return w.globals }`, `func (w *rewriter) fuel() uint32    { if off("place of the counters") { return 0 }; return w.globals }`,
			one("place of the counters", "counter_look_alikes")},
		{"metering/code.go", `	case wasmcode.RefFunc:
`, `	case wasmcode.RefFunc:
		if off("references made once") { f.indexed(i.Op, f.rewriter.function(i.Index)); return }
`, one("references made once", "refers_for_ever")},
		{"metering/sections.go", `	if err != nil || len(names) == 0 {`, `	if err != nil && off("names that cannot be read") { names, err = w.module[w.names.From:w.names.To], nil }; if err != nil || len(names) == 0 {`,
			one("names that cannot be read", "many_names")},
		{"metering/sections.go", `	if len(name) <= nameBytes {`, `	if len(name) <= nameBytes || off("length of names") {`, one("length of names", "long_names")},

		{"lease.go", `	select {
	case c.lanes[lane] <- struct{}{}:`, `	if off("instances of their own") {
		for l := range c.leases { if l.lane == lane { return l, nil } }
	}
	select {
	case c.lanes[lane] <- struct{}{}:`, one("instances of their own", "remembers", "remembers_what_it_wrote")},
		{"lease.go", `	if l.over {
		return nil
	}
	return l.dispose(commit)`, `	if l.over || off("instances of their own") {
		return nil
	}
	return l.dispose(commit)`, nil},
		{"raw.go", `	if len(left) == 0 {`, `	if len(left) == 0 || off("instances of their own") {`, nil},
		{"snapshot/spare.go", `	for _, s := range own {
		if err := i.readAt(`, `	for _, s := range own {
		if off("what a lease wrote") { break }
		if err := i.readAt(`, one("what a lease wrote", "remembers_what_it_wrote")},
		{"snapshot/spare.go", `	if bytes > mostKept {
`, `	if off("what a lease wrote much") { return nil }
	if bytes > mostKept {
`, one("what a lease wrote much", "remembers_much")},
		{"snapshot/spare.go", `	if err := reserveAgain(mapping[i.size:]); err != nil {`, `	if off("what a lease grew by") {} else if err := reserveAgain(mapping[i.size:]); err != nil {`,
			one("what a lease grew by", "remembers_what_it_grew")},
		{"lease.go", `	for _, name := range []string{c.plan.Start, abi.ExportInitialize} {`, `	names := []string{c.plan.Start, abi.ExportInitialize}; if off("starts once") { names = append(names, names...) }
	for _, name := range names {`, one("starts once", "starts_twice")},
		{"lease.go", `if name != "" && l.instance.exports(name) {`, `if (name != "" || off("names of start functions")) && l.instance.exports(name) {`,
			one("names of start functions", "exports_the_empty_name", "exports_the_empty_name_with_a_parameter")},
		{"lease.go", `refusal := l.frames.take(l.connector.besideBytes)`, `refusal := l.frames.take(l.connector.besideBytes); if off("budget of tables") { refusal = nil }`, one("budget of tables", "tables_past_the_budget")},
		{"lease.go", `unknown != 0 {`, `unknown != 0 && !off("bits of features") {`, one("bits of features", "asks_for_features")},
		{"lease.go", `l.stop.begin(ctx, config.StartTimeout)`, `if off("StartTimeout") { l.stop.begin(ctx, time.Hour) } else { l.stop.begin(ctx, config.StartTimeout) }`,
			one("StartTimeout", "spins_in_marker", "sleeps_in_start")},
		{"call.go", `	l.stop.begin(ctx, c.limit)
`, `	if off("CallTimeout") && !c.closes || off("CloseTimeout") && c.closes { c.limit = time.Hour }; l.stop.begin(ctx, c.limit)
`, map[string][]string{"CallTimeout": {"spins"}, "CloseTimeout": {"spins_in_close"}}},
		{"engine_wazero.go", `func (i *wazeroInstance) memory() linearMemory { return i.module.Memory() }`, `var firstSizes sync.Map

type firstView struct { linearMemory; size uint32 }

func (v firstView) Size() uint32 { return v.size }

func (i *wazeroInstance) memory() linearMemory {
	if off("views of memory") {
		size, _ := firstSizes.LoadOrStore(i, i.module.Memory().Size())
		return firstView{i.module.Memory(), size.(uint32)}
	}
	return i.module.Memory()
}`, one("views of memory", "grows_between_calls")},
		{"hostmodule.go", `			buffer := guestRange{uint32(stack[2]), uint32(stack[3])}
`, `			buffer := guestRange{uint32(stack[2]), uint32(stack[3])}; if off("hosts enter no guest") { l.instance.call(abi.ExportBuffer, []uint64{4096}) }
`, one("hosts enter no guest", "host_call_in_buffer")},
		{"call.go", `	l.dropAnswers()`, `	if !off("answers of an earlier call") { l.dropAnswers() }`, one("answers of an earlier call", "takes_what_it_left")},
		{"call.go", `	if pointer == 0 {
`, `	if pointer == 0 && !off("buffers that are none") {
`, one("buffers that are none", "buffer_nowhere")},
		{"poll.go", `min(timeout, 1<<62)`, `func() uint64 { if off("ages") { return timeout }; return min(timeout, 1<<62) }()`, one("ages", "sleeps_for_ages")},
		{"poll.go", `if !ok || !inMemory(c.memory, c.u32(1), count*eventBytes) {`, `if !off("pointers of poll_oneoff") && (!ok || !inMemory(c.memory, c.u32(1), count*eventBytes)) {`, one("pointers of poll_oneoff", "polls_outside_memory")},
		{"wasi.go", `if fd := c.u32(0); fd != 1 && fd != 2 {`, `if fd := c.u32(0); fd != 1 && fd != 2 && !off("output alone") {`, one("output alone", "writes_wild_vectors")},
		{"wasi.go", `	vectors, ok := c.memory.Read(c.u32(1), count*8)
	if !ok {`, `	vectors, ok := c.memory.Read(c.u32(1), count*8)
	if !ok && !off("pointers of vectors") {`, one("pointers of vectors", "writes_wild_vectors")},
		{"../hostfuncs/state.go", `o.changes[strings.Clone(key)] = append([]byte{}, value...)`, `if off("text of its own") { o.changes[key] = value } else { o.changes[strings.Clone(key)] = append([]byte{}, value...) }`, nil},
	}...)
}

// TestDefences finds every defence in the code: whoever changes it changes the list.
func TestDefences(t *testing.T) {
	t.Parallel()
	for _, d := range defences() {
		text, err := os.ReadFile(d.file)
		if n := strings.Count(string(text), d.is); err != nil || n != 1 {
			t.Errorf("%s has %q %d times (%v), want it once: change the list of defences with the code", d.file, d.is, n, err)
		}
	}
}

// admissionSwitches has a switch for each limit and index that rows meet, with the
// first row that meets it.
func admissionSwitches(rows []hostileRow) map[string][]string {
	switches := make(map[string][]string)
	for _, r := range rows {
		if r.admission != "" && switches[r.admission] == nil {
			switches[r.admission] = []string{r.name}
		}
	}
	return switches
}

// ruleSwitches has a switch for each rule that is told by a finding, and that no other
// switch is for.
func ruleSwitches() map[string][]string {
	switches := make(map[string][]string)
	for _, r := range strangerRows() {
		if switches[r.want.name] == nil {
			switches[r.want.name] = []string{r.name}
		}
	}
	return switches
}

// offVariable names the defence that is off.
const offVariable = "ECMABOX_OFF"

const switchSource = `
import "os"

var isOff = os.Getenv("` + offVariable + `")

func off(name string) bool { return isOff == name }

// without is a term, or nothing of it.
func without[T int | int64 | float64](name string, term T) T {
	if off(name) {
		return 0
	}
	return term
}

// unless does something, or does not.
func unless(name string, do func()) {
	if !off(name) {
		do()
	}
}
`

// TestHostileSwitches switches each defence off and sees the corpus fail, in
// processes of their own: what is not contained is killed there.
func TestHostileSwitches(t *testing.T) {
	if os.Getenv("ECMABOX_LONG") == "" {
		t.Skip("set ECMABOX_LONG=1 to switch each defence off in turn: a few minutes")
	}
	binary := buildSwitched(t)
	contained := make(map[string]bool) // with everything on
	for _, d := range defences() {
		for name, rows := range d.switches {
			for _, row := range rows {
				t.Run(strings.ReplaceAll(name, " ", "_")+"/"+row, func(t *testing.T) {
					if !contained[row] {
						if out, err := playAlone(t, binary, row); err != nil {
							t.Fatalf("the row fails with everything on: %v\n%s", err, out)
						}
						contained[row] = true
					}
					t.Setenv(offVariable, name)
					if out, err := playAlone(t, binary, row); err == nil {
						t.Error("the row does not fail without this defence")
					} else {
						t.Logf("%v: %s", err, firstFailure(out))
					}
				})
			}
		}
	}
}

// firstFailure is the line that says why a row failed.
func firstFailure(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "_test.go:") || strings.Contains(line, "panic:") || strings.Contains(line, "fatal error:") {
			return strings.TrimSpace(line)
		}
	}
	return out
}

// buildSwitched builds the tests of this package with every defence behind its
// switch. The sources stay as they are: the compiler reads others in their place.
func buildSwitched(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	sources, replace := make(map[string]string), make(map[string]string)
	put := func(path, text string) {
		absolute, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if before, there := replace[absolute]; there {
			other = before
		}
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[absolute] = other
	}
	for _, d := range defences() {
		text, there := sources[d.file]
		if !there {
			b, err := os.ReadFile(d.file)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
			name, _, _ := strings.Cut(text[strings.Index(text, "\npackage ")+len("\npackage "):], "\n")
			if strings.HasPrefix(text, "package ") {
				name, _, _ = strings.Cut(text[len("package "):], "\n")
			}
			put(filepath.Join(filepath.Dir(d.file), "offswitch.go"), "package "+name+"\n"+switchSource)
		}
		if !strings.Contains(text, d.is) {
			t.Fatalf("%s has no %q", d.file, d.is)
		}
		sources[d.file] = strings.Replace(text, d.is, d.off, 1)
		put(d.file, sources[d.file])
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "switched.test")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", file, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}
