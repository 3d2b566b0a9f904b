;; A start function that calls itself.
(module
  (func $start
    call $start)
  (start $start)
  (func (export "run")))
