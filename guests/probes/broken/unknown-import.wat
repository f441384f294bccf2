;; A wasi:cli command that would do nothing, but wants an interface that no host has.
(component
  (import "acme:missing/thing@1.0.0" (instance
    (export "do" (func (param "what" string) (result u32)))))
  (core module $main (func (export "run") (result i32) (i32.const 0)))
  (core instance $main (instantiate $main))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $cli-run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $cli-run)))
