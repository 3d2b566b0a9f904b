;; Asks the host to reveal a secret by a name it made up, and one whose placeholder it was given;
;; traps if it gets one.
(module
  (import "ecma_host_v1" "reveal" (func $reveal (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $open (param $length i32) (result i64)
    (local $at i32)
    (local.set $at (i32.const 4096))
    (loop $again
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.gt_u (local.get $at) (i32.add (i32.const 4096) (local.get $length))) (then unreachable))
      (br_if $again (i64.ne (i64.load (local.get $at)) (i64.const 0x6c616573616d6365)))) ;; ecmaseal
    (memory.copy (i32.const 522) (local.get $at) (i32.const 42))
    (call $ok))
  (func $reveal_nothing (param $at i32) (param $length i32)
    (drop (call $reveal (local.get $at) (local.get $length) (i32.const 8192) (i32.const 4096)))
    (if (i32.ne (i32.load (i32.const 8192)) (i32.const 0x7265227b)) (then unreachable))) ;; {"er
  (func $page (param $length i32) (result i64)
    (call $reveal_nothing (i32.const 600) (i32.const 20))
    (call $reveal_nothing (i32.const 512) (i32.const 54))
    (call $ok))
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $open))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
  (data (i32.const 512) "{\"value\":\"                                          \"}")
  (data (i32.const 600) "{\"value\":\"password\"}")
)
