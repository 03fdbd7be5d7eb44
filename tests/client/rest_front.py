"""A door of REST that stands before a sandbox: it notes who comes, and a test may hold or answer a request itself."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from attrs import define

_HEADERS = ("KC-API-", "Content-Type")


class LostError(Exception):
    """Raised by a hook: the connection ends without an answer."""


@define
class Call:
    """A request as it came in; ``at`` is monotonic seconds."""

    method: str
    path: str
    body: Any
    at: float


Hook = Callable[[Call], "dict[str, Any] | None"]


class RestFront:
    """Passes requests on to ``target`` and answers back. Hooks run on the thread of the request, and may block.

    ``before`` may answer in place of the exchange, which then never sees the request; ``after`` may do so when the
    exchange has executed it. Either may raise ``LostError``.
    """

    def __init__(self, target: str) -> None:
        self.before: Hook = lambda _: None
        self.after: Hook = lambda _: None
        self.calls: list[Call] = []
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(LostError, OSError):
                    super().handle_one_request()
                    return
                self.close_connection = True

            def _serve(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                call = Call(self.command, self.path, json.loads(raw) if raw else None, time.monotonic())
                front.calls.append(call)
                answer = front.before(call)
                if answer is None:
                    status, body = self._forward(target, raw)
                    answer = front.after(call)
                if answer is not None:
                    status, body = 200, json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _forward(self, target: str, raw: bytes) -> tuple[int, bytes]:
                headers = {name: value for name, value in self.headers.items() if name.startswith(_HEADERS)}
                request = urllib.request.Request(
                    target + self.path, raw or None, headers, method=self.command
                )
                try:
                    with urllib.request.urlopen(request, timeout=10) as response:
                        return response.status, response.read()
                except urllib.error.HTTPError as error:
                    with error:
                        return error.code, error.read()

            do_GET = do_POST = do_DELETE = _serve

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> RestFront:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def timeouts(self) -> list[int]:
        """What the dead-man switch was set to, in the order of the requests; -1 ended it."""
        return [call.body["timeout"] for call in self.calls if call.path.endswith("/dead-cancel-all")]
