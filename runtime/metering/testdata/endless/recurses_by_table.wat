;; Two functions that call each other by the table for ever.
(module
  (type $t (func))
  (table 2 funcref)
  (elem (i32.const 0) $run $other)
  (func $run (export "run")
    i32.const 1
    call_indirect (type $t))
  (func $other
    i32.const 0
    call_indirect (type $t)))
