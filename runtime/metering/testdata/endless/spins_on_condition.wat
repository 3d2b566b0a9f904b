;; A loop that goes on by br_if, with all its weight in a branch that is never taken.
(module
  (func (export "run")
    loop
      i32.const 1
      br_if 0
      unreachable
    end))
