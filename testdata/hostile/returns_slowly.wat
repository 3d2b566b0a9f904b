;; Calls itself 32,000 times, and behind each call loads what no cache has: paid for on the way down, done on the way up.
(module
  (memory (export "memory") 1024)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  ;; Makes of 64 MiB one circle of a million lines, each of which names the next, far away.
  (func $shuffle (local $i i32)
    (loop $next
      (i32.store (i32.shl (local.get $i) (i32.const 6))
        (i32.shl (i32.and (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904223)) (i32.const 0xfffff)) (i32.const 6)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 0x100000)))))
  (func $down (param $calls i32) (param $at i32) (result i32)
    (if (result i32) (local.get $calls)
      (then (call $down (i32.sub (local.get $calls) (i32.const 1)) (local.get $at)))
      (else (local.get $at)))
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load
      i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load)
  (func $page (param $length i32) (result i64) (local $at i32)
    (call $shuffle)
    (loop $for_ever
      (local.set $at (call $down (i32.const 32000) (local.get $at)))
      (br $for_ever))
    unreachable)
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
)
