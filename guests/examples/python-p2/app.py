"""A Python app on WASI 0.2: one blocking handler, streamed bodies. Build: see README.md."""

import json
import os
from urllib.parse import urlsplit

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import monotonic_clock
from wit_world.imports.streams import OutputStream, StreamError_Closed
from wit_world.imports.types import (
    Fields,
    IncomingRequest,
    Method_Get,
    Method_Post,
    OutgoingBody,
    OutgoingResponse,
    ResponseOutparam,
)


class IncomingHandler(exports.IncomingHandler):
    """The component's one export, `wasi:http/incoming-handler`."""

    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        path = urlsplit(request.path_with_query() or "/").path
        match request.method(), path:
            case Method_Get(), "/":
                text(response_out, "text/html; charset=utf-8", home())
            case Method_Get(), "/json":
                about = {"language": "Python", "wasi": "0.2", "site": site()}
                text(response_out, "application/json", json.dumps(about))
            case Method_Get(), "/stream":
                respond(response_out, "text/plain", chunks)
            case Method_Post(), "/echo":
                respond(response_out, "application/octet-stream", lambda body: echo(request, body))
            case _:
                text(response_out, "text/plain", "Not found\n", status=404)


def site() -> str:
    """App settings and the platform's own variables arrive as environment variables."""
    return os.environ.get("WEBSITE_SITE_NAME", "an unnamed site")


def home() -> str:
    return f"<!doctype html><title>Python</title><h1>Hello from Python (WASI 0.2) on {site()}</h1>\n"


def chunks(body: OutputStream) -> None:
    """Five chunks, each sent as soon as it exists."""
    for number in range(1, 6):
        monotonic_clock.subscribe_duration(100_000_000).block()  # nanoseconds
        body.blocking_write_and_flush(f"chunk {number}\n".encode())


def echo(request: IncomingRequest, body: OutputStream) -> None:
    """The request body goes back as it comes in; nothing is collected."""
    with request.consume() as incoming, incoming.stream() as source:
        try:
            while True:
                body.blocking_splice(source, 65536)
        except Err as error:
            if not isinstance(error.value, StreamError_Closed):
                raise


def text(response_out: ResponseOutparam, content_type: str, content: str, status: int = 200) -> None:
    def write(body: OutputStream) -> None:
        data = content.encode()
        for start in range(0, len(data), 4096):  # the most that one call takes
            body.blocking_write_and_flush(data[start : start + 4096])

    respond(response_out, content_type, write, status)


def respond(response_out: ResponseOutparam, content_type: str, write, status: int = 200) -> None:
    """Sends the head, then lets `write` send the body."""
    response = OutgoingResponse(Fields.from_list([("content-type", content_type.encode())]))
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(response_out, Ok(response))
    with body.write() as stream:
        write(stream)
    OutgoingBody.finish(body, None)
