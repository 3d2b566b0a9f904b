;; A command: main runs from _start and ends. What Go builds without -buildmode=c-shared.
(module
  (memory (export "memory") 1)
  (func (export "_start"))
)
