;; A core module: valid WebAssembly, but no component, and without WASI there is nothing to run in it.
(module
  (func (export "answer") (result i32) (i32.const 42)))
