;; Loops in loops that end late: 2 to the power of 128 turns.
(module
  (func (export "run") (local $i i64) (local $j i64)
    loop $outer
      i64.const 0
      local.set $j
      loop $inner
        local.get $j
        i64.const 1
        i64.add
        local.tee $j
        i64.eqz
        i32.eqz
        br_if $inner
      end
      local.get $i
      i64.const 1
      i64.add
      local.tee $i
      i64.eqz
      i32.eqz
      br_if $outer
    end))
