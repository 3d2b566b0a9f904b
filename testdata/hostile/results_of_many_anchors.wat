;; Reports ten results with 4,001 anchors each, nearly as many as an object may have keys, and one with none.
(module
  (import "ecma_host_v1" "export_result" (func $export_result (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 4)
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
  (func $put (param $length i32) (result i64)
    (local $end i32) (local $i i32)
    (memory.copy (i32.const 131072) (i32.const 8192) (i32.const 29))
    (local.set $end (call $keys (i32.const 131101) (i32.const 4000)))
    (loop $again
      (i32.store8 (i32.const 131079) (i32.add (i32.const 97) (local.get $i)))
      (drop (call $export_result (i32.const 131072) (i32.sub (local.get $end) (i32.const 131072)) (i32.const 16384) (i32.const 4096)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))
    (drop (call $export_result (i32.const 8448) (i32.const 10) (i32.const 16384) (i32.const 4096)))
    (call $ok))
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $answer))
  (export "CloseImportConnection" (func $answer))
  (export "OpenExportConnection" (func $answer))
  (export "PutExportEntries" (func $put))
  (export "CloseExportConnection" (func $answer))
  (data (i32.const 8448) "{\"id\":\"a\"}")
  (data (i32.const 8192) "{\"id\":\"_\",\"anchor\":{\"zzzzz\":0")
)
