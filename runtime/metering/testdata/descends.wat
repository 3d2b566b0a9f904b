;; Functions that call themselves as often as they are told and come back, each by
;; another way out.
(module
  (table 4 funcref)
  (elem (i32.const 0) $falls)
  (func $leaf (export "leaf"))
  (func $falls (export "falls") (param i32)
    local.get 0
    if
      local.get 0
      i32.const 1
      i32.sub
      call $falls
    end)
  (func $returns (export "returns") (param i32)
    local.get 0
    i32.eqz
    if
      return
    end
    local.get 0
    i32.const 1
    i32.sub
    call $returns
    return)
  (func $branches (export "branches") (param i32) (result i32)
    block
      i32.const 5
      local.get 0
      i32.eqz
      br_if 1
      drop
      local.get 0
      i32.const 1
      i32.sub
      call $branches
      br 1
    end
    unreachable)
  (func $by_table (export "by_table") (param i32)
    local.get 0
    if
      local.get 0
      i32.const 1
      i32.sub
      call $by_table
      block
        local.get 0
        br_table 0 1 2
      end
    end)
  (func $in_condition (export "in_condition") (param i32) (result i64)
    local.get 0
    if (result i64)
      local.get 0
      i32.const 1
      i32.sub
      call $in_condition
      return
    else
      loop (result i64)
        i64.const 3
        br 2
      end
    end)
  (func $two_results (export "two_results") (param i32) (result i32 i64)
    i32.const 1
    i64.const 2
    local.get 0
    i32.eqz
    br_if 0
    drop
    drop
    local.get 0
    i32.const 1
    i32.sub
    call $two_results
    return))
