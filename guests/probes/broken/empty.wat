;; A valid component that exports neither wasi:http nor wasi:cli.
(component)
