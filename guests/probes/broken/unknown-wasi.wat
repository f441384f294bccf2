;; A wasi:cli command that would do nothing, but wants an interface that bears the name WASI and is a draft.
(component
  (import "wasi:keyvalue/store@0.2.0-draft" (instance
    (export "bucket" (type $bucket (sub resource)))
    (type $cases (variant (case "no-such-store") (case "access-denied") (case "other" string)))
    (export "error" (type $error (eq $cases)))
    (export "open" (func (param "identifier" string) (result (result (own $bucket) (error $error)))))))
  (core module $main (func (export "run") (result i32) (i32.const 0)))
  (core instance $main (instantiate $main))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $cli-run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $cli-run)))
