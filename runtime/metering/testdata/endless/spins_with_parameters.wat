;; A loop that keeps operands on the stack.
(module
  (func (export "run")
    i32.const 1
    i64.const 2
    loop (param i32 i64)
      drop
      drop
      i32.const 3
      i64.const 4
      br 0
    end))
