;; Operations on a large table in a row, in a function that is called in a loop.
(module
  (table $t 65536 funcref)
  (func (export "run")
    loop
      i32.const 0
      ref.null func
      i32.const 65536
      table.fill $t
      i32.const 0
      i32.const 1
      i32.const 65535
      table.copy $t $t
      br 0
    end))
