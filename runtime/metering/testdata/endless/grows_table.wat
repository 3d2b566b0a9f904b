;; The same with a table.
(module
  (table $t 1 1000 funcref)
  (func (export "run")
    loop
      ref.null func
      i32.const 1
      table.grow $t
      drop
      br 0
    end))
