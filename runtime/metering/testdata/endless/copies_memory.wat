;; The same with copies.
(module
  (memory (export "memory") 1024)
  (func (export "run")
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy
    i32.const 0
    i32.const 8
    i32.const 0x3fffff0
    memory.copy))
