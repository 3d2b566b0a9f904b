;; A start function that does not end.
(module
  (func $start
    loop
      br 0
    end)
  (start $start)
  (func (export "run")))
