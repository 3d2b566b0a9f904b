;; Grows its memory after every host call, so that a view of it that the host had kept would be of
;; another memory.
(module
  (import "ecma_host_v1" "clock" (func $clock (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $want (param $have i64) (param $want i64)
    (if (i64.ne (local.get $have) (local.get $want)) (then unreachable)))
  (func $page (param $length i32) (result i64)
    (local $i i32)
    (loop $again
      (call $want (call $clock (i32.const 512) (i32.const 2) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 64)) (i32.const 64)) (i64.const 47))
      (call $want (i64.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 64))) (i64.const 123)) ;; {
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 100))))
    (call $ok))
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
  (data (i32.const 512) "{}")
)
