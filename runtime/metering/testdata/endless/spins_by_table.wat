;; A loop that goes on by br_table.
(module
  (func (export "run") (local $n i32)
    loop $again
      block $one
        block $two
          local.get $n
          i32.const 1
          i32.add
          local.tee $n
          i32.const 3
          i32.and
          br_table $one $two $again $again
        end
        br $again
      end
      br $again
    end))
