;; Operations on 64 MiB of memory in a row, without a loop.
(module
  (memory (export "memory") 1024)
  (func (export "run")
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 0
    i32.const 0x4000000
    memory.fill
    i32.const 0
    i32.const 1
    i32.const 0x4000000
    memory.fill))
