"""A Python app on WASI 0.3: one async handler, streamed bodies. Build: see README.md."""

import json
import os
from urllib.parse import urlsplit

import wit_world
from componentize_py_async_support import spawn
from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports import monotonic_clock
from wit_world.imports.wasi_http_types import Fields, Method_Get, Method_Post, Request, Response


class Handler(exports.Handler):
    """The component's one export, `wasi:http/handler`."""

    async def handle(self, request: Request) -> Response:
        path = urlsplit(request.get_path_with_query() or "/").path
        match request.get_method(), path:
            case Method_Get(), "/":
                return text("text/html; charset=utf-8", home())
            case Method_Get(), "/json":
                about = {"language": "Python", "wasi": "0.3", "site": site()}
                return text("application/json", json.dumps(about))
            case Method_Get(), "/stream":
                return respond("text/plain", chunks)
            case Method_Post(), "/echo":
                return echo(request)
            case _:
                return text("text/plain", "Not found\n", status=404)


def site() -> str:
    """App settings and the platform's own variables arrive as environment variables."""
    return os.environ.get("WEBSITE_SITE_NAME", "an unnamed site")


def home() -> str:
    return f"<!doctype html><title>Python</title><h1>Hello from Python (WASI 0.3) on {site()}</h1>\n"


async def chunks(body) -> None:
    """Five chunks, each sent as soon as it exists."""
    for number in range(1, 6):
        await monotonic_clock.wait_for(100_000_000)  # nanoseconds
        await body.write_all(f"chunk {number}\n".encode())


def echo(request: Request) -> Response:
    """The request body goes back as it comes in; nothing is collected."""
    _, done = wit_world.result_unit_wasi_http_types_error_code_future(lambda: Ok(None))
    incoming, _trailers = Request.consume_body(request, done)
    return respond("application/octet-stream", incoming)


def text(content_type: str, content: str, status: int = 200) -> Response:
    async def write(body) -> None:
        await body.write_all(content.encode())

    return respond(content_type, write, status)


def respond(content_type: str, content, status: int = 200) -> Response:
    """A response whose body is either a stream to pass on or a coroutine function that writes it."""
    headers = Fields.from_list([("content-type", content_type.encode())])
    # The unwritten future stands for its default: no trailers.
    _, trailers = wit_world.result_option_wasi_http_types_fields_wasi_http_types_error_code_future(lambda: Ok(None))
    if callable(content):
        writer, reader = wit_world.byte_stream()
        # Runs on after `handle` has returned: a write ends when the host has read. Not asyncio.create_task, which
        # would not keep the request alive.
        spawn(write_and_close(writer, content))
    else:
        reader = content
    response, _sent = Response.new(headers, reader, trailers)
    response.set_status_code(status)
    return response


async def write_and_close(writer, content) -> None:
    with writer:
        await content(writer)

