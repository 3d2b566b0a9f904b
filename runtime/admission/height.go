package admission

import "github.com/ecmabox/ecmabox/runtime/internal/wasmcode"

const (
	// reloadsOfFunction is how often metering may call out where a function begins and
	// ends.
	reloadsOfFunction = 2
	// unlookedWork is after how much work behind a call metering may look at the fuel,
	// with a branch and a callout, and workOfCallee what it may take a call to do besides.
	// Without calls it looks after lookWork at the earliest, and after accessesToLook reads
	// and writes of the memory.
	unlookedWork   = 64
	workOfCallee   = 20
	lookWork       = 4096
	accessesToLook = 512
	// declaredPerUnit is how many globals and types the compiler goes through, for each
	// function, in the time of a unit of work.
	declaredPerUnit = 32
	// boundsPerCell is how many addresses, which the engine carries from block to block
	// once it has checked them, take as much as a live cell.
	boundsPerCell = 2
	// cellsOfLabel is how often all that lives counts for each label of a br_table: the
	// engine makes a block of each, the same label or not, which hands on what differs
	// at the target.
	cellsOfLabel = 3
	// labelledOfOwn is what part of a function's own work those cells may be before they
	// count as work: code in Go has a sixth.
	labelledOfOwn = 2
)

// operate follows the height of the operands, and what metering adds behind calls. Code
// that cannot be reached has no operands but those below its block.
func (f *function) operate(i *wasmcode.Instruction) {
	done := int(work[i.Op])
	f.fresh = distinct[i.Op]
	switch i.Op {
	case wasmcode.Block, wasmcode.Loop, wasmcode.If:
		f.open(i)
	case wasmcode.Call:
		done += f.call(f.functions[i.Index])
	case wasmcode.CallIndirect:
		f.height--
		done += f.call(i.Index)
	case wasmcode.Br, wasmcode.BrTable, wasmcode.Return, wasmcode.Unreachable:
		f.height, f.known = 0, -1
	default:
		f.height += int(effects[i.Op])
	}
	f.access(i)
	if last := len(f.blocks) - 1; last >= 0 {
		f.height = max(f.height, f.blocks[last].floor)
	}
	if f.unlooked += done; f.called && f.unlooked >= unlookedWork {
		f.unlooked, f.called = 0, false
		f.depth++
		f.look()
		f.meets(2, 0)
	}
}

// access follows what reads and writes the memory.
func (f *function) access(i *wasmcode.Instruction) {
	if i.Kind != wasmcode.MemoryArgument && i.Kind != wasmcode.MemoryLane {
		return
	}
	if f.known >= 0 {
		f.known++
	}
	if f.accesses++; f.accesses == accessesToLook {
		f.accesses = 0
		f.look()
	}
}

// look counts what lives over a look of metering.
func (f *function) look() {
	f.live += f.alive()
	f.kept.flow(f.alive(), 0)
}

// branch brings what is known to the end of a block.
func (f *function) branch(label uint32) {
	b := &f.blocks[len(f.blocks)-1-int(label)]
	b.met = meet(b.met, f.known)
	f.arrive(b)
	b.branches++
}

// meet is what is known where two ways meet, of which either may not be there.
func meet(a, b int) int {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// open takes the type of the block that was opened.
func (f *function) open(i *wasmcode.Instruction) {
	b := &f.blocks[len(f.blocks)-1]
	if i.Op == wasmcode.If {
		f.height--
	}
	if i.Type >= 0 {
		b.parameters = int(f.parameters[i.Type])
		b.results = int(f.arity[i.Type]) - b.parameters
	} else if i.Type != wasmcode.BlockEmpty {
		b.results = 1
	}
	b.floor = max(f.height-b.parameters, 0)
}

// call takes and leaves what a type says, and returns what that is as work.
func (f *function) call(typ uint32) int {
	parameters := int(f.parameters[typ])
	f.height += int(f.arity[typ]) - 2*parameters
	f.called = true
	f.knownAtCalls += int64(max(f.known, 0))
	f.reloads += 2 // for itself, and a look behind it
	f.fresh = int(f.arity[typ]) > parameters
	return int(f.arity[typ]) + workOfCallee
}

// effects holds by how much each instruction changes the height of the operands, but
// for those of blocks, branches and calls.
var effects = func() (t [0x300]int8) {
	set := func(effect int8, ranges ...wasmcode.Op) { // each from and to
		for n := 0; n < len(ranges); n += 2 {
			for op := ranges[n]; op <= ranges[n+1]; op++ {
				t[op] = effect
			}
		}
	}
	one := func(effect int8, ops ...wasmcode.Op) {
		for _, op := range ops {
			t[op] = effect
		}
	}
	one(1, wasmcode.LocalGet, wasmcode.GlobalGet, 0x3f, wasmcode.RefNull, wasmcode.RefFunc, wasmcode.TableSize, wasmcode.V128Const)
	set(1, wasmcode.I32Const, wasmcode.F64Const)
	one(-1, wasmcode.BrIf, wasmcode.Drop, wasmcode.LocalSet, wasmcode.GlobalSet, wasmcode.TableGrow)
	set(-1, 0x46, 0x4f, 0x51, 0x66, 0x6a, 0x78, 0x7c, 0x8a, 0x92, 0x98, 0xa0, 0xa6) // of two numbers
	one(-2, 0x1b, 0x1c, wasmcode.TableSet)                                          // select
	set(-2, 0x36, 0x3e)                                                             // stores
	one(-3, wasmcode.MemoryInit, wasmcode.MemoryCopy, wasmcode.MemoryFill, wasmcode.TableInit, wasmcode.TableCopy, wasmcode.TableFill)

	var simd = [...]wasmcode.Op{13, 14, 35, 76, 78, 81, 84, 87, 101, 102, 107, 115, 118, 121, 123, 123, 130, 130, 133, 134, 139, 147, 149, 159,
		171, 191, 203, 223, 228, 235, 240, 247} // of two vectors, a lane, or a shift
	for n := 0; n < len(simd); n += 2 {
		set(-1, wasmcode.SIMD|simd[n], wasmcode.SIMD|simd[n+1])
	}
	for _, lane := range []wasmcode.Op{23, 26, 28, 30, 32, 34} { // replace_lane
		t[wasmcode.SIMD|lane] = -1
	}
	one(-2, wasmcode.SIMD|11, wasmcode.SIMD|82) // a store, bitselect
	set(-2, wasmcode.SIMD|88, wasmcode.SIMD|91) // stores of a lane
	return t
}()

// distinct holds the instructions that leave a value which is no other's, but for calls.
var distinct = func() (t [0x300]bool) {
	set := func(ranges ...wasmcode.Op) { // each from and to
		for n := 0; n < len(ranges); n += 2 {
			for op := ranges[n]; op <= ranges[n+1]; op++ {
				t[op] = true
			}
		}
	}
	// select, loads, the size of memory and its growth, constants, numbers, trunc_sat
	set(0x1b, 0x1c, 0x28, 0x35, 0x3f, 0x40, 0x41, 0xc4, wasmcode.Misc, wasmcode.Misc|7)
	// all of vectors but the stores
	set(wasmcode.SIMD, wasmcode.SIMD|10, wasmcode.SIMD|12, wasmcode.SIMD|87, wasmcode.SIMD|92, wasmcode.SIMD|255)
	return t
}()
