;; A memory of 64 bits.
(module
  (memory (export "memory") i64 1)
  (func (export "ecma_abi_1") (param i64) (result i64) (i64.const 0))
)
