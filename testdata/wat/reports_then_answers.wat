;; PutExportEntries, like every call, reports the entries a and b with export_result, a as failed,
;; and answers that b failed.
(module
  (import "ecma_host_v1" "export_result" (func $result (param i32 i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "{\"result\":{\"export_type\":\"AttributeUpdate\",\"support_import\":true,\"support_export\":true,\"support_password\":true,\"types\":[{\"name\":\"user\",\"attributes\":[{\"name\":\"id\",\"type\":\"String\",\"anchor\":true},{\"name\":\"mail\",\"type\":\"String\"}]}],\"entries\":[{\"anchor\":{\"id\":\"1\"},\"attributes\":{\"mail\":\"a@example.org\"}}],\"custom_data\":\"w\"}}")
  (data (i32.const 512) "{\"id\":\"a\",\"code\":\"ExportErrorInvalidDN\"}{\"id\":\"b\"}") ;; 40 and 10 bytes
  (data (i32.const 2048) "{\"result\":{\"results\":[{\"id\":\"b\",\"code\":\"ExportErrorDuplicateAnchor\"}]}}")
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
  (func (export "ecma_buffer") (param i32) (result i32) (i32.const 4096))
  (func $ok (result i64)
    (i64.const 0x000004000000013f) ;; 319 bytes at 1024
  )
  (func $call (param $length i32) (result i64)
    (drop (call $result (i32.const 512) (i32.const 40) (i32.const 700) (i32.const 256)))
    (drop (call $result (i32.const 552) (i32.const 10) (i32.const 700) (i32.const 256)))
    (i64.const 0x0000080000000047) ;; 71 bytes at 2048 ;; $ok
  )
  (func $well (param i32) (result i64) (call $ok))
  (export "GetCapabilities" (func $well))
  (export "GetConfigParameters" (func $well))
  (export "ValidateConfigParameters" (func $well))
  (export "GetSchema" (func $well))
  (export "OpenImportConnection" (func $well))
  (export "GetImportEntries" (func $well))
  (export "CloseImportConnection" (func $well))
  (export "OpenExportConnection" (func $well))
  (export "PutExportEntries" (func $call))
  (export "CloseExportConnection" (func $well))
  (export "OpenPasswordConnection" (func $well))
  (export "SetPassword" (func $well))
  (export "ChangePassword" (func $well))
  (export "ClosePasswordConnection" (func $well))
)
