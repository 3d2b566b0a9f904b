;; A loop with a result that never comes.
(module
  (func (export "run")
    loop (result i64)
      i32.const 1
      br_if 0
      i64.const 0
    end
    drop))
