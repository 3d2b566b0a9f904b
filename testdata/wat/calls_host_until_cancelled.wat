;; Every call asks the host for the time until the answer is an error, then gives up with an error
;; of its own.
(module
  (import "ecma_host_v1" "clock" (func $clock (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (data (i32.const 512) "{}")
  (data (i32.const 2048) "{\"error\":{\"code\":\"TerminateRun\"}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $call (param $length i32) (result i64)
    (loop $more
      (drop (call $clock (i32.const 512) (i32.const 2) (i32.const 600) (i32.const 256)))
      ;; {"result… has an r third, {"error… an e.
      (br_if $more (i32.eq (i32.load8_u (i32.const 602)) (i32.const 114))))
    (i64.const 0x0000080000000021) ;; 33 bytes at 2048
    ;; $ok
  )
  (export "GetCapabilities" (func $call))
  (export "GetConfigParameters" (func $call))
  (export "ValidateConfigParameters" (func $call))
  (export "GetSchema" (func $call))
  (export "OpenImportConnection" (func $call))
  (export "GetImportEntries" (func $call))
  (export "CloseImportConnection" (func $call))
  (export "OpenExportConnection" (func $call))
  (export "PutExportEntries" (func $call))
  (export "CloseExportConnection" (func $call))
  (export "OpenPasswordConnection" (func $call))
  (export "SetPassword" (func $call))
  (export "ChangePassword" (func $call))
  (export "ClosePasswordConnection" (func $call))
)
