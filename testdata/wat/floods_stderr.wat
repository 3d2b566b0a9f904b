;; Every call writes 64 KiB to standard error ten thousand times, then a last line, and traps.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (data (i32.const 16) "\00\00\01\00\00\00\01\00") ;; 64 KiB at 65536
  (data (i32.const 32) "\28\00\00\00\14\00\00\00") ;; 20 bytes at 40
  (data (i32.const 40) "\nthe last \1b[31mword\n")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param i32) (result i32) (i32.const 4096))
  (func $call (param $length i32) (result i64)
    (local $i i32)
    (loop $more
      (drop (call $write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 8)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 10000))))
    (drop (call $write (i32.const 2) (i32.const 32) (i32.const 1) (i32.const 8)))
    unreachable
  )
  (export "GetCapabilities" (func $call))
  (export "GetConfigParameters" (func $call))
  (export "ValidateConfigParameters" (func $call))
  (export "GetSchema" (func $call))
  (export "OpenImportConnection" (func $call))
  (export "GetImportEntries" (func $call))
  (export "CloseImportConnection" (func $call))
  (export "OpenExportConnection" (func $call))
  (export "PutExportEntries" (func $call))
  (export "CloseExportConnection" (func $call))
  (export "OpenPasswordConnection" (func $call))
  (export "SetPassword" (func $call))
  (export "ChangePassword" (func $call))
  (export "ClosePasswordConnection" (func $call))
)
