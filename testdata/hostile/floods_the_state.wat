;; Puts values of 48 KiB into its state until that is full, and then without end.
(module
  (import "ecma_host_v1" "state_put" (func $state_put (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 4)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $page (param $length i32) (result i64)
    (local $i i32)
    (memory.fill (i32.const 8192) (i32.const 65) (i32.const 70000)) ;; base64 of noughts
    (memory.copy (i32.const 8192) (i32.const 512) (i32.const 23))
    (memory.copy (i32.const 73751) (i32.const 535) (i32.const 2)) ;; 65,536 letters between
    (loop $again
      (i32.store8 (i32.const 8201) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 26))))
      (i32.store8 (i32.const 8202) (i32.add (i32.const 97) (i32.rem_u (i32.div_u (local.get $i) (i32.const 26)) (i32.const 26))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (drop (call $state_put (i32.const 8192) (i32.const 65561) (i32.const 100000) (i32.const 4096)))
      (br $again))
    unreachable)
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
  (data (i32.const 512) "{\"key\":\"____\",\"value\":\"\"}")
)
