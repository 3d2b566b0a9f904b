;; A function with several results that calls itself for ever.
(module
  (func $f (param i64) (result i32 i64)
    local.get 0
    call $f)
  (func (export "run")
    i64.const 7
    call $f
    drop
    drop))
