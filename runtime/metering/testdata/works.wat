;; The works of testdata/benchguest whose cost is all in a few instructions, without
;; what a compiler of Go adds.
(module
  (memory (export "memory") 32)
  (func $fib (export "fib") (param $n i32) (result i64)
    local.get $n
    i32.const 2
    i32.lt_s
    if (result i64)
      local.get $n
      i64.extend_i32_u
    else
      local.get $n
      i32.const 1
      i32.sub
      call $fib
      local.get $n
      i32.const 2
      i32.sub
      call $fib
      i64.add
    end)
  (func (export "tight") (param $n i32) (result i64) (local $x i64)
    i64.const 88172645463325252
    local.set $x
    loop $next
      local.get $x
      local.get $x
      i64.const 13
      i64.shl
      i64.xor
      local.tee $x
      local.get $x
      i64.const 7
      i64.shr_u
      i64.xor
      local.tee $x
      local.get $x
      i64.const 17
      i64.shl
      i64.xor
      local.set $x
      local.get $n
      i32.const 1
      i32.sub
      local.tee $n
      br_if $next
    end
    local.get $x)
  (func (export "checksum") (param $n i32) (result i64) (local $sum i64)
    loop $next
      local.get $sum
      local.get $n
      i32.const 1
      i32.sub
      local.tee $n
      i64.load8_u
      i64.add
      i64.const 1
      i64.add
      local.set $sum
      local.get $n
      br_if $next
    end
    local.get $sum)
  ;; The tightest loop there is: two instructions of the processor.
  (func (export "countdown") (param $n i32) (result i64)
    loop $next
      local.get $n
      i32.const 1
      i32.sub
      local.tee $n
      br_if $next
    end
    i64.const 0))
