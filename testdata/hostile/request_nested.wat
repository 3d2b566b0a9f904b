;; Hands the host a request of as many levels as there may be, one of a level more, and one of
;; sixteen million without end; traps unless the first is answered and the second is not.
(module
  (import "ecma_host_v1" "clock" (func $clock (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 600)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $nested (param $n i32) (result i32) ;; the answer's first four letters
    (memory.copy (i32.const 65536) (i32.const 512) (i32.const 5))
    (memory.fill (i32.const 65541) (i32.const 91) (local.get $n))
    (memory.fill (i32.add (i32.const 65541) (local.get $n)) (i32.const 93) (local.get $n))
    (i32.store8 (i32.add (i32.const 65541) (i32.mul (local.get $n) (i32.const 2))) (i32.const 125))
    (drop (call $clock (i32.const 65536) (i32.add (i32.const 6) (i32.mul (local.get $n) (i32.const 2))) (i32.const 8192) (i32.const 4096)))
    (i32.load (i32.const 8192)))
  (func $page (param $length i32) (result i64)
    (if (i32.ne (call $nested (i32.const 63)) (i32.const 0x6572227b)) (then unreachable)) ;; {"re
    (if (i32.ne (call $nested (i32.const 64)) (i32.const 0x7265227b)) (then unreachable)) ;; {"er
    (memory.fill (i32.const 65541) (i32.const 91) (i32.const 16777211))
    (loop $again (drop (call $clock (i32.const 65536) (i32.const 16777216) (i32.const 8192) (i32.const 4096))) (br $again))
    unreachable)
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
  (data (i32.const 512) "{\"x\":")
)
