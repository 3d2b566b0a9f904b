;; A loop in a function that calls no other.
(module
  (func $leaf (param $n i32) (result i32)
    loop $l
      local.get $n
      i32.const 1
      i32.add
      local.tee $n
      br_if $l
      br $l
    end
    local.get $n)
  (func (export "run")
    i32.const 0
    call $leaf
    drop))
