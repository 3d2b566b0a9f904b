;; A loop that does nothing but call the host.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (func (export "run")
    loop
      call $yield
      drop
      br 0
    end))
