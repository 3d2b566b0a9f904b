;; Answers every page with 900 objects that it has not named before, and says that there are more.
(module
  (memory (export "memory") 2)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $answer (param $length i32) (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (global $named (mut i32) (i32.const 0))
  (func $number (param $at i32) (param $n i32) ;; n in 8 digits
    (local $i i32)
    (local.set $i (i32.const 8))
    (loop $again
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (i32.store8 (i32.add (local.get $at) (local.get $i)) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $again (local.get $i))))
  (func $page (param $length i32) (result i64)
    (local $at i32) (local $left i32)
    (memory.copy (i32.const 65536) (i32.const 512) (i32.const 62))
    (local.set $at (i32.const 65598))
    (local.set $left (i32.const 900))
    (loop $again
      (memory.copy (local.get $at) (i32.const 640) (i32.const 29))
      (call $number (i32.add (local.get $at) (i32.const 17)) (global.get $named))
      (global.set $named (i32.add (global.get $named) (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 29)))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (memory.copy (i32.const 91697) (i32.const 704) (i32.const 3)) ;; over the last comma
    (i64.const 0x0001000000006634)) ;; 26164 bytes at 65536
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $answer))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $page))
  (export "CloseImportConnection" (func $answer))
  (data (i32.const 512) "{\"result\":{\"more_to_import\":true,\"custom_data\":\"w\",\"entries\":[")
  (data (i32.const 640) "{\"anchor\":{\"id\":\"00000000\"}},")
  (data (i32.const 704) "]}}")
)
