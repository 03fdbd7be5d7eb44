"""An order socket on loopback whose behaviour a test writes: plain threads and sockets, no code of the package."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 20.0  # seconds that a test waits for what must come; far more than it takes

_CHALLENGE = '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","timestamp":%d}'
_TEXT, _CLOSE, _PING = 0x1, 0x8, 0x9


def eventually(condition: Callable[[], Any], what: str = "the condition") -> None:
    """Wait until a condition that no event tells of becomes true."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {PATIENCE:g} s"
        pause.wait(0.005)


class Connection:
    """One client of a ``ScriptedExchange``."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._stream = sock.makefile("rb")
        self._lock = threading.Lock()
        self.target = ""  # the request line's path and query
        self.ended = threading.Event()

    def upgrade(self) -> None:
        """Answer the opening handshake (RFC 6455, section 4.2.2)."""
        self.target = self._stream.readline().decode().split(" ")[1]
        headers = dict(line.lower().split(": ", 1) for line in iter(self._header_line, ""))
        key = headers["sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1(self._key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        assert key
        self._sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    def _header_line(self) -> str:
        line = self._stream.readline().strip()
        name, _, value = line.partition(b":")
        if name.lower() == b"sec-websocket-key":
            self._key = value.strip()  # its letters' case matters
        return line.decode()

    def send(self, message: dict[str, Any] | str) -> None:
        """Send one text message."""
        payload = (message if isinstance(message, str) else json.dumps(message)).encode()
        size = len(payload)
        head = bytes((0x80 | _TEXT, size)) if size < 126 else struct.pack(">BBH", 0x80 | _TEXT, 126, size)
        with self._lock, contextlib.suppress(OSError):
            self._sock.sendall(head + payload)

    def receive(self) -> str | None:
        """The next text message; None at the end."""
        while True:
            with contextlib.suppress(OSError):
                head = self._stream.read(2)
                if len(head) == 2 and head[0] & 0x0F != _CLOSE:
                    payload = self._payload(head[1] & 0x7F)
                    if head[0] & 0x0F == _TEXT:
                        return payload.decode()
                    continue
            return None

    def _payload(self, size: int) -> bytes:
        if size == 126:
            (size,) = struct.unpack(">H", self._stream.read(2))
        mask, masked = self._stream.read(4), self._stream.read(size)
        if len(masked) < size:
            raise ConnectionResetError("it hung up in the middle of a frame")
        return bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked))

    def drop(self) -> None:
        """End the connection without a word."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the socket; by the thread that serves it."""
        self._stream.close()
        self._sock.close()
        self.ended.set()


Answer = Callable[[Connection, dict[str, Any]], None]


def acknowledge(connection: Connection, request: dict[str, Any]) -> None:
    """Accept an order as KuCoin does."""
    args = request["args"]
    client_oid = args.get("clientOid") if isinstance(args, dict) else None
    data = {"orderId": f"order-{request['id']}", "clientOid": client_oid}
    connection.send({"id": request["id"], "op": request["op"], "code": "200000", "data": data})


def pong(connection: Connection, ping: dict[str, Any]) -> None:
    """Answer a ping."""
    connection.send({"id": ping["id"], "op": "pong"})


def stay_silent(connection: Connection, request: dict[str, Any]) -> None:
    """Take an order and never answer."""


class ScriptedExchange:
    """Logs every client in and gives each of its requests to ``answer``, on the connection's thread.

    ``pings`` and ``requests`` hold what came, ``connections`` who came, in order.
    """

    def __init__(
        self,
        answer: Answer = acknowledge,
        *,
        challenge: bool = True,
        refusal: dict[str, Any] | None = None,
        ping_interval: int = 18_000,
        ping_timeout: int = 10_000,
    ) -> None:
        """``challenge=False``: never says anything after the upgrade; ``refusal``: sent instead of the challenge.
        The intervals are milliseconds, for the welcome."""
        self.answer, self.answer_ping = answer, pong
        self.connections: list[Connection] = []
        self.requests: list[dict[str, Any]] = []
        self.pings: list[dict[str, Any]] = []
        self._challenge, self.refusal = challenge, refusal
        self._welcome = {
            "sessionId": "92f2aec4-d87e-47cc-917d-4e7c93911bdc",
            "data": "welcome",
            "pingInterval": ping_interval,
            "pingTimeout": ping_timeout,
        }
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def client_options(self) -> dict[str, str]:
        """The keywords of a client of this exchange."""
        return {
            "api_key": "key",
            "api_secret": "secret",
            "api_passphrase": "passphrase",
            "ws_url": f"ws://127.0.0.1:{self.port}",
        }

    def __enter__(self) -> ScriptedExchange:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(PATIENCE)
        self._listener.close()
        for connection in self.connections:
            connection.drop()
        for thread in self._threads:
            thread.join(PATIENCE)

    def forget(self) -> None:
        """Forget who came and what was asked, after everybody has left."""
        for thread in self._threads[1:]:
            thread.join(PATIENCE)
        del self._threads[1:], self.connections[:], self.requests[:]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection = Connection(sock)
                self.connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.upgrade()
            if self._challenge:
                self._converse(connection)
            else:
                connection.receive()
        except (OSError, IndexError, KeyError, struct.error):
            pass  # it hung up in the middle of something
        finally:
            connection.close()

    def _converse(self, connection: Connection) -> None:
        if self.refusal is not None:
            connection.send(self.refusal)
            return
        connection.send(_CHALLENGE % (time.time_ns() // 1_000_000))
        if connection.receive() is None:
            return
        connection.send(self._welcome)
        while (text := connection.receive()) is not None:
            message = json.loads(text)
            if message["op"] == "ping":
                self.pings.append(message)
                self.answer_ping(connection, message)
            else:
                self.requests.append(message)
                self.answer(connection, message)
