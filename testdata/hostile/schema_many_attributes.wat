;; Answers with a schema of 16 MiB: hundreds of thousands of attributes with three mistakes each.
(module
  (memory (export "memory") 400)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param $size i32) (result i32) (i32.const 4096))
  (func $answer (param $length i32) (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $repeat (param $at i32) (param $n i32) (param $most i32) ;; the n bytes at a place again and again behind it
    (loop $again
      (memory.copy (i32.add (local.get $at) (local.get $n)) (local.get $at)
        (select (local.get $n) (i32.sub (local.get $most) (local.get $n)) (i32.le_u (i32.mul (local.get $n) (i32.const 2)) (local.get $most))))
      (br_if $again (i32.lt_u (local.tee $n (i32.mul (local.get $n) (i32.const 2))) (local.get $most)))))
  (func $schema (param $length i32) (result i64)
    (memory.copy (i32.const 65536) (i32.const 512) (i32.const 20))
    (memory.copy (i32.const 65556) (i32.const 544) (i32.const 27))
    (memory.copy (i32.const 65583) (i32.const 640) (i32.const 45))
    (memory.copy (i32.const 65628) (i32.const 704) (i32.const 2))
    (call $repeat (i32.const 65583) (i32.const 47) (i32.const 187953)) ;; 3,999 attributes
    (memory.copy (i32.const 253536) (i32.const 768) (i32.const 32))
    (call $repeat (i32.const 65556) (i32.const 188012) (i32.const 15981020)) ;; 85 object types
    (memory.copy (i32.const 16046576) (i32.const 832) (i32.const 31))
    (i64.const 0x0001000000f3da0f)) ;; 15981071 bytes at 65536
  (export "GetCapabilities" (func $answer))
  (export "GetConfigParameters" (func $answer))
  (export "ValidateConfigParameters" (func $answer))
  (export "GetSchema" (func $schema))
  (export "OpenImportConnection" (func $answer))
  (export "GetImportEntries" (func $answer))
  (export "CloseImportConnection" (func $answer))
  (data (i32.const 512) "{\"result\":{\"types\":[")
  (data (i32.const 544) "{\"name\":\"\\t\",\"attributes\":[")
  (data (i32.const 640) "{\"name\":\"\\t\",\"type\":\"String\",\"sensitive\":true")
  (data (i32.const 704) "},")
  (data (i32.const 768) "{\"name\":\"\\t\",\"type\":\"Binary\"}]},")
  (data (i32.const 832) "{\"name\":\"t\",\"attributes\":[]}]}}")
)
