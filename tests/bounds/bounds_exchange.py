"""An exchange in a process of its own that answers a million orders and remembers none.

``python bounds_exchange.py [PEM]`` prints its port, serves plain TCP, or TLS with the key and certificates of that
file, and ends with its standard input. It logs everybody in and does what the ``remark`` of an order says, see
``ORDERS`` and ``ENDINGS``. It shares no code with the client.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import hashlib
import json
import socket
import ssl
import struct
import sys
import threading
import time
from typing import Any

LATE = 0.15  # seconds after which an order marked "late" is answered

ORDERS = ("accept", "refuse", "late", "silent")  # what an order may ask for; without a remark: "accept"
ENDINGS = (
    "close",
    "end",
    "reset",
    "garbage",
)  # it may also ask for one of these ends of its connection, and then,
OUTAGES = (
    "refuse",
    "bar",
    "hang",
    "drop",
)  # after a blank, for one of these ends of the attempt that follows

_TEXT, _CLOSE = 0x1, 0x8
_CHALLENGE = '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","timestamp":%d}'
_WELCOME = (
    '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","data":"welcome",'
    '"pingInterval":18000,"pingTimeout":10000}'
)
_BUSY = '{"code":"500000","msg":"busy"}'


class _EndError(Exception):
    """The connection is over."""


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    head = bytes((0x80 | opcode, size)) if size < 126 else struct.pack(">BBH", 0x80 | opcode, 126, size)
    return head + payload


class Exchange:
    """What its connections share: the outages that are asked for, one for each attempt to come."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.outages: collections.deque[str] = collections.deque()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """For ever."""
        while True:
            sock, _ = self._listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve_one, args=(sock,), daemon=True).start()

    def _serve_one(self, sock: socket.socket) -> None:
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            outage = self.outages.popleft() if self.outages else ""
            _Peer(self, sock).converse(outage)
        except (OSError, _EndError):
            pass
        finally:
            sock.close()


class _Peer:
    """One connection."""

    def __init__(self, exchange: Exchange, sock: socket.socket) -> None:
        self._exchange, self._sock = exchange, sock
        self._buffer = bytearray()
        self._held: collections.deque[tuple[float, bytes]] = (
            collections.deque()
        )  # late answers, by their time

    def converse(self, outage: str) -> None:
        """From the upgrade to the end."""
        if outage == "drop":
            return
        key = self._upgrade_key()
        if outage == "refuse":
            self._sock.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            raise _EndError
        if outage == "hang":
            self._fill()  # until the client gives up
            return
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        self._sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._say(_BUSY if outage == "bar" else _CHALLENGE % (time.time_ns() // 1_000_000))
        while not (texts := self._texts()):
            self._fill()
        self._say(_WELCOME)
        for text in texts[1:]:
            self._answer(text)
        while True:
            self._fill()
            for text in self._texts():
                self._answer(text)

    def _upgrade_key(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer[:] = rest
        fields = (line.partition(b":") for line in head.split(b"\r\n"))
        return next(value.strip() for name, _, value in fields if name.lower() == b"sec-websocket-key")

    def _fill(self) -> None:
        while True:
            if not self._held:
                self._sock.settimeout(None)
                break
            wait = self._held[0][0] - time.monotonic()
            if wait <= 0:
                self._sock.sendall(self._held.popleft()[1])
                continue
            self._sock.settimeout(wait)
            break
        try:
            data = self._sock.recv(1 << 16)
        except TimeoutError:
            return
        if not data:
            raise _EndError
        self._buffer += data

    def _texts(self) -> list[bytes]:
        """The text messages that are complete; the client's frames are masked and hold less than 64 KiB."""
        texts, buffer, start = [], self._buffer, 0
        while len(buffer) - start >= 6:
            size, at = buffer[start + 1] & 0x7F, start + 2
            if size == 126:
                size, at = int.from_bytes(buffer[at : at + 2], "big"), at + 2
            end = at + 4 + size
            if len(buffer) < end:
                break
            if buffer[start] & 0x0F == _CLOSE:
                raise _EndError
            mask = (bytes(buffer[at : at + 4]) * (size // 4 + 1))[:size]
            payload = int.from_bytes(buffer[at + 4 : end], "big") ^ int.from_bytes(mask, "big")
            texts.append(payload.to_bytes(size, "big"))
            start = end
        del buffer[:start]
        return texts

    def _say(self, text: str) -> None:
        self._sock.sendall(_frame(_TEXT, text.encode()))

    def _answer(self, text: bytes) -> None:
        message = json.loads(text)
        if message["op"] == "ping":
            self._say(json.dumps({"id": message["id"], "op": "pong"}))
            return
        wish, _, outage = message["args"].get("remark", "accept").partition(" ")
        if wish in ENDINGS:
            if outage:
                self._exchange.outages.append(outage)
            self._end(wish)
        answer: dict[str, Any] = {"id": message["id"], "op": message["op"], "code": "200000"}
        if wish == "refuse":
            answer |= {"code": "400100", "msg": "refused on request"}
        else:
            answer["data"] = {"orderId": message["id"], "clientOid": message["args"]["clientOid"]}
        answer["userRateLimit"] = {"limit": 2000, "remaining": 1999, "reset": 30000}
        framed = _frame(_TEXT, json.dumps(answer).encode())
        if wish == "late":
            self._held.append((time.monotonic() + LATE, framed))
        elif wish != "silent":
            self._sock.sendall(framed)

    def _end(self, how: str) -> None:
        if how == "close":
            self._sock.sendall(_frame(_CLOSE, b"\x03\xf4"))
        elif how == "garbage":
            self._sock.sendall(b"\xff" * 100)
        if how == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            socket.socket.shutdown(self._sock, socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while self._sock.recv(1 << 16):
                    pass
        raise _EndError


def main() -> None:
    """Serve until nobody is there any more to close standard input."""
    tls = None
    if len(sys.argv) > 1:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1])
    exchange = Exchange(tls)
    print(exchange.port, flush=True)
    threading.Thread(target=exchange.serve, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
