;; Is closed: waits for most of the second there is for that, and then replies with 16 MiB that
;; take as long to read again.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 600)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $answer (param $length i32) (result i64) (call $ok))
  (func $repeat (param $at i32) (param $n i32) (param $most i32) ;; the n bytes at a place again and again behind it
    (loop $again
      (memory.copy (i32.add (local.get $at) (local.get $n)) (local.get $at)
        (select (local.get $n) (i32.sub (local.get $most) (local.get $n)) (i32.le_u (i32.mul (local.get $n) (i32.const 2)) (local.get $most))))
      (br_if $again (i32.lt_u (local.tee $n (i32.mul (local.get $n) (i32.const 2))) (local.get $most)))))
  (func $open (param $length i32) (result i64)
    (memory.copy (i32.const 65536) (i32.const 512) (i32.const 16))
    (memory.copy (i32.const 65552) (i32.const 640) (i32.const 7))
    (call $repeat (i32.const 65552) (i32.const 7) (i32.const 16777194))
    (memory.copy (i32.const 16842746) (i32.const 768) (i32.const 4))
    (call $ok))
  (func $now (result i64)
    (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 8192)))
    (i64.load (i32.const 8192)))
  (func $close (param $length i32) (result i64)
    (local $until i64)
    (local.set $until (i64.add (call $now) (i64.const 960000000))) ;; nanoseconds
    (loop $again (br_if $again (i64.lt_u (call $now) (local.get $until))))
    (i64.const 0x0001000000fffffe)) ;; 16777214 bytes at 65536
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $open))
  (export "GetImportEntries" (func $answer))
  (export "CloseImportConnection" (func $close))
  (data (i32.const 512) "{\"result\":{\"x\":[")
  (data (i32.const 640) "{\"\":0},")
  (data (i32.const 768) "0]}}")
)
