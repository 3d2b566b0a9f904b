;; A loop without anything in it.
(module
  (func (export "run")
    loop
      br 0
    end))
