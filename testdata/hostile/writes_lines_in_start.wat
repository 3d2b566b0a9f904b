;; The start section writes a megabyte of lines of one letter to its standard error, in one vector, without end.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 600)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $start
    (local $i i32)
    (loop $line
      (i32.store16 offset=65536 (local.get $i) (i32.const 0x0a61)) ;; "a\n"
      (local.set $i (i32.add (local.get $i) (i32.const 2)))
      (br_if $line (i32.lt_u (local.get $i) (i32.const 1048576))))
    (i32.store (i32.const 8192) (i32.const 65536))
    (i32.store (i32.const 8196) (i32.const 1048576))
    (loop $again
      (if (call $fd_write (i32.const 2) (i32.const 8192) (i32.const 1) (i32.const 4096)) (then unreachable))
      (br $again)))
  (start $start)
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $answer))
  (export "CloseImportConnection" (func $answer))
)
