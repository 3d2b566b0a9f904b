;; Asks for the time, once as it should and then, without end, with an object of 1,600,000 different keys.
(module
  (import "ecma_host_v1" "clock" (func $clock (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 512)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $keys (param $at i32) (param $n i32) (result i32) ;; writes so many members and the end of two objects
    (local $i i32)
    (loop $key
      (i32.store16 (local.get $at) (i32.const 0x222c)) ;; ,"
      (i32.store8 offset=2 (local.get $at) (i32.add (i32.const 97) (i32.and (local.get $i) (i32.const 15))))
      (i32.store8 offset=3 (local.get $at) (i32.add (i32.const 97) (i32.and (i32.shr_u (local.get $i) (i32.const 4)) (i32.const 15))))
      (i32.store8 offset=4 (local.get $at) (i32.add (i32.const 97) (i32.and (i32.shr_u (local.get $i) (i32.const 8)) (i32.const 15))))
      (i32.store8 offset=5 (local.get $at) (i32.add (i32.const 97) (i32.and (i32.shr_u (local.get $i) (i32.const 12)) (i32.const 15))))
      (i32.store8 offset=6 (local.get $at) (i32.add (i32.const 97) (i32.shr_u (local.get $i) (i32.const 16))))
      (i32.store offset=7 (local.get $at) (i32.const 0x7d303a22)) ;; ":0}
      (local.set $at (i32.add (local.get $at) (i32.const 10)))
      (br_if $key (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.store16 (local.get $at) (i32.const 0x7d7d)) ;; }}
    (i32.add (local.get $at) (i32.const 2)))
  (func $page (param $length i32) (result i64)
    (local $end i32)
    (memory.copy (i32.const 131072) (i32.const 8192) (i32.const 17))
    (local.set $end (call $keys (i32.const 131089) (i32.const 1600000)))
    (drop (call $clock (i32.const 8448) (i32.const 2) (i32.const 16384) (i32.const 4096)))
    (loop $again
      (drop (call $clock (i32.const 131072) (i32.sub (local.get $end) (i32.const 131072)) (i32.const 16384) (i32.const 4096)))
      (br $again))
    unreachable)
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
  (export "OpenExportConnection" (func $answer))
  (export "PutExportEntries" (func $answer))
  (export "CloseExportConnection" (func $answer))
  (data (i32.const 8448) "{}")
  (data (i32.const 8192) "{\"pad\":{\"zzzzz\":0")
)
