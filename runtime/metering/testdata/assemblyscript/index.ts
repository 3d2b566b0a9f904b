// A guest in AssemblyScript that computes, for the tests of package metering: each
// export of one u32 and a u64 does work that hangs on its argument and returns a
// number that hangs on all of it.
//
// The tests build it as internal/wasmbuild does:
//
//     asc index.ts -O3 --use abort= -o guest.wasm

export { arrays, floats, hash, integers } from "./numbers";
export { growth, maps, sorts, tables, recursion } from "./collections";
export { formats, json, utf8 } from "./text";
export { descends, descends_through_table, fans_out, spins, traps } from "./ends";
export { vectors } from "./vectors";
