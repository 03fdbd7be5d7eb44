"""What no client can leave out: JSON both ways, masks, and futures that are found by id."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from concurrent.futures import Future
from typing import Any

import orjson

from kucoin_wsapi._frames import TEXT, FrameDecoder, encode_frame
from kucoin_wsapi._random_bytes import RandomBytes

from .floors import READ_SIZE, connected
from .server import ORDER

__all__ = ["Least"]


class Least:
    """Floor (c): floor (b) with that. No checks, deadlines, verdicts, limits, states, events; nothing may go wrong."""

    def __init__(self, url: str, ca: str | None) -> None:
        self._sock = connected(url, ca)
        self._ids = itertools.count(1)
        self._masks = RandomBytes(4)
        self._in_flight: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def submit(self) -> Future[Any]:
        """Write; the future settles when its answer has come."""
        future: Future[Any] = Future()
        request_id = f"6710d8336afc-{next(self._ids)}"
        text = orjson.dumps({"id": request_id, "op": "spot.order", "args": ORDER})
        frame = encode_frame(TEXT, text, self._masks.take())
        self._in_flight[request_id] = future
        with self._lock:
            self._sock.sendall(frame)
        return future

    def order(self) -> None:
        """Write, wait."""
        self.submit().result()

    def _read(self) -> None:
        decoder = FrameDecoder()
        with contextlib.suppress(OSError, ssl.SSLError):
            while data := self._sock.recv(READ_SIZE):
                for _, text in decoder.feed(data):
                    answer = orjson.loads(text)
                    self._in_flight.pop(answer["id"]).set_result(answer)

    def close(self) -> None:
        """The end; the reader ends with it."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
