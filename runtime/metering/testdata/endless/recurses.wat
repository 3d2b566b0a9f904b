;; A function that calls itself for ever.
(module
  (func $run (export "run")
    call $run))
