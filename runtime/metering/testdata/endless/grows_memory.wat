;; Growth that is refused, over and over.
(module
  (memory (export "memory") 1)
  (func (export "run")
    loop
      i32.const 65536
      memory.grow
      drop
      i32.const 1
      memory.grow
      drop
      br 0
    end))
