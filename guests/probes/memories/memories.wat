;; Probe for limits on memory that is spread over several linear memories, as a WASI 0.2 HTTP component.
;;
;;   GET /?mib=N     takes N MiB (8192 if left out) in four memories of one component instance, N/4 each, and
;;                   writes to every page; answers {"mib":GOT}, less than asked for where growing was refused.
;;                   What is taken stays taken: with instance reuse every request takes more.
;;
;; One 32-bit memory ends at 4 GiB, so a limit that looks at single memories lets this component have 16. By hand,
;; because compilers make one memory per component. Each memory is in a core instance of its own: a module with
;; several memories would not load where the multi-memory proposal is off.

(component $memories
  ;; ---- Imports: the part of WASI that is used, with the oldest version of 0.2, which every host matches. ----
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-t))

  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer $memories $error-t (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (export "output-stream" (type $output-stream (sub resource)))
    (type $error-of-stream (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $error-of-stream)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $output-stream)) (param "contents" (list u8))
      (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream-t))

  (import "wasi:http/types@0.2.0" (instance $http
    (alias outer $memories $output-stream-t (type $outer-output-stream))
    (export "output-stream" (type $output-stream (eq $outer-output-stream)))
    (export "fields" (type $fields (sub resource)))
    (export "trailers" (type $trailers (eq $fields)))
    (export "headers" (type $headers (eq $fields)))
    (export "incoming-request" (type $incoming-request (sub resource)))
    (export "outgoing-response" (type $outgoing-response (sub resource)))
    (export "outgoing-body" (type $outgoing-body (sub resource)))
    (export "response-outparam" (type $response-outparam (sub resource)))

    (type $dns (record (field "rcode" (option string)) (field "info-code" (option u16))))
    (export "DNS-error-payload" (type $dns-error-payload (eq $dns)))
    (type $tls (record (field "alert-id" (option u8)) (field "alert-message" (option string))))
    (export "TLS-alert-received-payload" (type $tls-alert-received-payload (eq $tls)))
    (type $size (record (field "field-name" (option string)) (field "field-size" (option u32))))
    (export "field-size-payload" (type $field-size-payload (eq $size)))
    (type $code (variant
      (case "DNS-timeout")
      (case "DNS-error" $dns-error-payload)
      (case "destination-not-found")
      (case "destination-unavailable")
      (case "destination-IP-prohibited")
      (case "destination-IP-unroutable")
      (case "connection-refused")
      (case "connection-terminated")
      (case "connection-timeout")
      (case "connection-read-timeout")
      (case "connection-write-timeout")
      (case "connection-limit-reached")
      (case "TLS-protocol-error")
      (case "TLS-certificate-error")
      (case "TLS-alert-received" $tls-alert-received-payload)
      (case "HTTP-request-denied")
      (case "HTTP-request-length-required")
      (case "HTTP-request-body-size" (option u64))
      (case "HTTP-request-method-invalid")
      (case "HTTP-request-URI-invalid")
      (case "HTTP-request-URI-too-long")
      (case "HTTP-request-header-section-size" (option u32))
      (case "HTTP-request-header-size" (option $field-size-payload))
      (case "HTTP-request-trailer-section-size" (option u32))
      (case "HTTP-request-trailer-size" $field-size-payload)
      (case "HTTP-response-incomplete")
      (case "HTTP-response-header-section-size" (option u32))
      (case "HTTP-response-header-size" $field-size-payload)
      (case "HTTP-response-body-size" (option u64))
      (case "HTTP-response-trailer-section-size" (option u32))
      (case "HTTP-response-trailer-size" $field-size-payload)
      (case "HTTP-response-transfer-coding" (option string))
      (case "HTTP-response-content-coding" (option string))
      (case "HTTP-response-timeout")
      (case "HTTP-upgrade-failed")
      (case "HTTP-protocol-error")
      (case "loop-detected")
      (case "configuration-error")
      (case "internal-error" (option string))))
    (export "error-code" (type $error-code (eq $code)))

    (export "[constructor]fields" (func (result (own $fields))))
    (export "[method]incoming-request.path-with-query" (func
      (param "self" (borrow $incoming-request)) (result (option string))))
    (export "[constructor]outgoing-response" (func
      (param "headers" (own $headers)) (result (own $outgoing-response))))
    (export "[method]outgoing-response.body" (func
      (param "self" (borrow $outgoing-response)) (result (result (own $outgoing-body)))))
    (export "[method]outgoing-body.write" (func
      (param "self" (borrow $outgoing-body)) (result (result (own $output-stream)))))
    (export "[static]outgoing-body.finish" (func
      (param "this" (own $outgoing-body)) (param "trailers" (option (own $trailers)))
      (result (result (error $error-code)))))
    (export "[static]response-outparam.set" (func
      (param "param" (own $response-outparam))
      (param "response" (result (own $outgoing-response) (error $error-code)))))))
  (alias export $http "incoming-request" (type $incoming-request))
  (alias export $http "response-outparam" (type $response-outparam))

  ;; ---- The memory that values are passed through. ----
  (core module $abi
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 4096))
    ;; Hands out memory until `reset` takes all of it back; below 4096 is the scratch space of $main. The only thing
    ;; that asks for any is a request's target.
    (func (export "reset") (global.set $free (i32.const 4096)))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
      (result i32) (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $abi (instantiate $abi))
  (alias core export $abi "memory" (core memory $memory))
  (alias core export $abi "realloc" (core func $realloc))

  ;; ---- The memories that are filled. ----
  (core module $heap
    (memory 0)
    ;; Grows by up to $mib MiB and writes to every 4 KiB of them. Returns how many MiB it got.
    (func (export "take") (param $mib i32) (result i32) (local $got i32) (local $page i32) (local $at i32)
      (block $refused
        (loop $more
          (br_if $refused (i32.ge_u (local.get $got) (local.get $mib)))
          (local.set $page (memory.grow (i32.const 16)))
          (br_if $refused (i32.eq (local.get $page) (i32.const -1)))
          (local.set $at (i32.shl (local.get $page) (i32.const 16)))
          (local.set $page (i32.const 256))
          (loop $write
            (i32.store8 (local.get $at) (i32.const 0xa5))
            (local.set $at (i32.add (local.get $at) (i32.const 4096)))
            (local.set $page (i32.sub (local.get $page) (i32.const 1)))
            (br_if $write (local.get $page)))
          (local.set $got (i32.add (local.get $got) (i32.const 1)))
          (br $more)))
      (local.get $got)))
  (core instance $heap-1 (instantiate $heap))
  (core instance $heap-2 (instantiate $heap))
  (core instance $heap-3 (instantiate $heap))
  (core instance $heap-4 (instantiate $heap))

  ;; ---- What $main calls. ----
  (core func $fields (canon lower (func $http "[constructor]fields")))
  (core func $path (canon lower (func $http "[method]incoming-request.path-with-query")
    (memory $memory) (realloc $realloc)))
  (core func $response (canon lower (func $http "[constructor]outgoing-response")))
  (core func $body (canon lower (func $http "[method]outgoing-response.body") (memory $memory)))
  (core func $stream (canon lower (func $http "[method]outgoing-body.write") (memory $memory)))
  (core func $set (canon lower (func $http "[static]response-outparam.set") (memory $memory)))
  (core func $finish (canon lower (func $http "[static]outgoing-body.finish")
    (memory $memory) (realloc $realloc)))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory $memory)))
  (core func $drop-stream (canon resource.drop $output-stream-t))
  (core func $drop-request (canon resource.drop $incoming-request))

  (core module $main
    (import "abi" "memory" (memory 1))
    (import "abi" "reset" (func $reset))
    (import "heap-1" "take" (func $take-1 (param i32) (result i32)))
    (import "heap-2" "take" (func $take-2 (param i32) (result i32)))
    (import "heap-3" "take" (func $take-3 (param i32) (result i32)))
    (import "heap-4" "take" (func $take-4 (param i32) (result i32)))
    (import "http" "fields" (func $fields (result i32)))
    (import "http" "path" (func $path (param i32 i32)))
    (import "http" "response" (func $response (param i32) (result i32)))
    (import "http" "body" (func $body (param i32 i32)))
    (import "http" "stream" (func $stream (param i32 i32)))
    (import "http" "set" (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
    (import "http" "finish" (func $finish (param i32 i32 i32 i32)))
    (import "http" "write" (func $write (param i32 i32 i32 i32)))
    (import "http" "drop-stream" (func $drop-stream (param i32)))
    (import "http" "drop-request" (func $drop-request (param i32)))

    ;; Scratch space: 0 results of calls, 256 the answer.
    (data (i32.const 256) "{\"mib\":")

    (func (export "handle") (param $request i32) (param $out i32)
      (local $quarter i32) (local $got i32) (local $response i32) (local $body i32) (local $stream i32)
      (call $reset)
      ;; A quarter, rounded up.
      (local.set $quarter (i32.shr_u
        (i32.add (call $asked (local.get $request)) (i32.const 3)) (i32.const 2)))
      (call $drop-request (local.get $request))
      (local.set $got (i32.add
        (i32.add (call $take-1 (local.get $quarter)) (call $take-2 (local.get $quarter)))
        (i32.add (call $take-3 (local.get $quarter)) (call $take-4 (local.get $quarter)))))

      (local.set $response (call $response (call $fields)))
      (call $body (local.get $response) (i32.const 0))
      (local.set $body (i32.load (i32.const 4)))
      (call $stream (local.get $body) (i32.const 0))
      (local.set $stream (i32.load (i32.const 4)))
      (call $set (local.get $out) (i32.const 0) (local.get $response)
        (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $write (local.get $stream) (i32.const 256) (call $answer (local.get $got)) (i32.const 0))
      (call $drop-stream (local.get $stream))
      (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 0)))

    ;; The first number in the request's target, or 8192.
    (func $asked (param $request i32) (result i32) (local $at i32) (local $end i32) (local $digit i32)
      (local $number i32)
      (call $path (local.get $request) (i32.const 0))
      (if (i32.eqz (i32.load8_u (i32.const 0))) (then (return (i32.const 8192))))
      (local.set $at (i32.load (i32.const 4)))
      (local.set $end (i32.add (local.get $at) (i32.load (i32.const 8))))
      (local.set $number (i32.const -1))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (if (i32.lt_u (local.get $digit) (i32.const 10))
            (then
              (if (i32.eq (local.get $number) (i32.const -1)) (then (local.set $number (i32.const 0))))
              (local.set $number (i32.add
                (i32.mul (local.get $number) (i32.const 10)) (local.get $digit))))
            (else (br_if $done (i32.ne (local.get $number) (i32.const -1)))))
          (br $next)))
      (select (i32.const 8192) (local.get $number) (i32.eq (local.get $number) (i32.const -1))))

    ;; Completes the answer with a number; returns the answer's length.
    (func $answer (param $number i32) (result i32) (local $at i32) (local $rest i32)
      ;; Find the number's last digit, then write from there to the front.
      (local.set $at (i32.const 263))
      (local.set $rest (local.get $number))
      (loop $digits
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
        (br_if $digits (local.get $rest)))
      (i32.store16 (local.get $at) (i32.const 0x0a7d)) ;; "}\n"
      (local.set $rest (local.get $at))
      (loop $write
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at)
          (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
        (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
        (br_if $write (local.get $number)))
      (i32.sub (local.get $rest) (i32.const 254))))
  (core instance $main (instantiate $main
    (with "abi" (instance $abi))
    (with "heap-1" (instance $heap-1))
    (with "heap-2" (instance $heap-2))
    (with "heap-3" (instance $heap-3))
    (with "heap-4" (instance $heap-4))
    (with "http" (instance
      (export "fields" (func $fields))
      (export "path" (func $path))
      (export "response" (func $response))
      (export "body" (func $body))
      (export "stream" (func $stream))
      (export "set" (func $set))
      (export "finish" (func $finish))
      (export "write" (func $write))
      (export "drop-stream" (func $drop-stream))
      (export "drop-request" (func $drop-request))))))

  ;; ---- The export. ----
  (func $handle (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))
    (canon lift (core func $main "handle")))
  (instance $incoming-handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $incoming-handler)))
