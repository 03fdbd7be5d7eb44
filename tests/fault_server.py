"""A scripted exchange on real sockets: whatever can go wrong with a connection, a test writes down as a script.

``FaultServer(first, second, ...)`` runs the first script on the first connection, the second on the second, and the
last one on all that follow, each on its own thread. A script is a function that is given a ``Peer``: it talks to
the client with the methods of that object and may do anything else to its socket. All that was read is recorded.

The handshake is written from KuCoin's documentation ("Add Order", 3470133w0), independently of the client.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

API_KEY, API_SECRET, API_PASSPHRASE = (
    "key-6710d8336afc",
    "secret-1ac2f1d4-9f4e",
    "correct horse+battery/staple",
)
SESSION_ID = "92f2aec4-d87e-47cc-917d-4e7c93911bdc"

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA

_PATIENCE = 20.0  # seconds after which a script that waits for something gives up


class GoneError(Exception):
    """The client has ended the connection, or the server stops: the normal end of a script."""


def signature(text: str) -> str:
    """What the exchange expects as proof of the secret over ``text``."""
    digest = hmac.new(API_SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def frame(
    opcode: int, payload: bytes, *, final: bool = True, reserved: int = 0, masked: bool = False
) -> bytes:
    """One frame as a server sends it; the keywords break rules on purpose."""
    head = bytes(((0x80 if final else 0) | reserved << 4 | opcode,))
    size, mask_bit = len(payload), 0x80 if masked else 0
    if size < 126:
        head += bytes((mask_bit | size,))
    elif size < 1 << 16:
        head += bytes((mask_bit | 126,)) + size.to_bytes(2, "big")
    else:
        head += bytes((mask_bit | 127,)) + size.to_bytes(8, "big")
    if masked:
        head += b"\0\0\0\0"
    return head + payload


def text_frame(message: object) -> bytes:
    """A text frame with a JSON message, or with a string as it is."""
    text = message if isinstance(message, str) else json.dumps(message, separators=(",", ":"))
    return frame(TEXT, text.encode())


def success(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The answer to an accepted order: its id echoed, ``changes`` on top."""
    now = time.time_ns() // 1_000_000
    args = request.get("args")
    client_oid = args.get("clientOid") if isinstance(args, dict) else None
    data = {"orderId": f"order-{request['id']}", "clientOid": client_oid}
    answer = {"id": request["id"], "op": request["op"], "code": "200000", "data": data}
    return answer | {"inTime": now, "outTime": now} | changes


def refusal(code: str | int, msg: str = "refused by the script", **more: Any) -> dict[str, Any]:
    """An error message without ``id`` and ``op``, as a refused login gets it; ``more`` on top."""
    now = time.time_ns() // 1_000_000
    return {"code": code, "msg": msg, "inTime": now, "outTime": now} | more


class Peer:
    """One connection as its script sees it, with all that was read from it.

    The recording lists are appended to by the script's thread and may be read by any.
    """

    def __init__(self, number: int, sock: socket.socket) -> None:
        self.number = number  # from 0, in the order of the connections
        self.sock = sock
        self.target = ""  # path and query of the upgrade
        self.headers: dict[str, str] = {}
        self.bytes_read = 0
        self.frames: list[tuple[int, bytes]] = []
        self.texts: list[str] = []  # every text message, in order
        self.requests: list[dict[str, Any]] = []  # JSON with an op other than ping
        self.pings: list[dict[str, Any]] = []
        self.arrived_at: list[float] = []  # monotonic seconds, one for each text
        self.answered_challenge: str | None = None
        self._buffer = bytearray()

    # Reading

    def fill(self) -> None:
        """Read some bytes into the buffer."""
        try:
            data = self.sock.recv(1 << 16)
        except (OSError, ValueError) as error:
            raise GoneError from error
        if not data:
            raise GoneError
        self.bytes_read += len(data)
        self._buffer += data

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes."""
        while len(self._buffer) < size:
            self.fill()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def next_frame(self) -> tuple[int, bytes]:
        """The client's next frame, unmasked and recorded; one that is not masked is an error of the client."""
        head, size = self.take(2)
        assert size & 0x80, "the client sent a frame that is not masked"
        size &= 0x7F
        if size >= 126:
            size = int.from_bytes(self.take(2 if size == 126 else 8), "big")
        mask, masked = self.take(4), self.take(size)
        key = (mask * (size // 4 + 1))[:size]
        payload = (int.from_bytes(masked, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
        self.frames.append((head & 0x0F, payload))
        return head & 0x0F, payload

    def next_text(self) -> str:
        """The next text message; protocol pings are answered, a close frame is the end."""
        while True:
            opcode, payload = self.next_frame()
            if opcode == TEXT:
                text = payload.decode()
                self.arrived_at.append(time.monotonic())
                self.texts.append(text)
                return text
            if opcode == CLOSE:
                raise GoneError
            if opcode == PING:
                self.send(frame(PONG, payload))

    def next_message(self) -> dict[str, Any]:
        """The next JSON message, a ping or a request, recorded."""
        message: dict[str, Any] = json.loads(self.next_text())
        (self.pings if message["op"] == "ping" else self.requests).append(message)
        return message

    def next_request(self) -> dict[str, Any]:
        """The next request; pings before it are answered."""
        while True:
            message = self.next_message()
            if message["op"] != "ping":
                return message
            self.pong(message)

    def read_on(self) -> None:
        """Read and record requests until the client ends the connection, answering nothing."""
        while True:
            self.next_message()

    def await_end(self) -> None:
        """Read until the client ends the connection, whatever it sends."""
        while True:
            self.next_text()

    # Writing

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        try:
            self.sock.sendall(data)
        except (OSError, ValueError) as error:
            raise GoneError from error

    def say(self, *messages: object) -> None:
        """Text messages, all in one packet."""
        self.send(b"".join(text_frame(message) for message in messages))

    def pong(self, ping: dict[str, Any]) -> None:
        """Answer an application ping."""
        self.say({"id": ping["id"], "op": "pong", "timestamp": time.time_ns() // 1_000_000})

    def close(self, code: int | None = 1000) -> None:
        """A close frame with a code, and the end of the stream."""
        self.send(frame(CLOSE, b"" if code is None else code.to_bytes(2, "big")))
        self.end()

    def end(self) -> None:
        """End the stream without a word; what was sent still arrives."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def reset(self) -> None:
        """A TCP reset; of what has been reset already, nothing."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    # The handshake, step by step

    def read_upgrade(self) -> None:
        """The HTTP request."""
        while b"\r\n\r\n" not in self._buffer:
            self.fill()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer[:] = rest
        lines = head.decode().split("\r\n")
        self.target = lines[0].split(" ")[1]
        self.headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the signed URL."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def switching_protocols(self) -> bytes:
        """The answer that accepts the upgrade."""
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1((self.headers["sec-websocket-key"] + guid).encode()).digest())
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    def upgrade(self) -> None:
        """Read the request, check the login in its URL, accept."""
        self.read_upgrade()
        query = self.query
        assert query["apikey"] == API_KEY
        assert query["sign"] == signature(API_KEY + query["timestamp"])
        assert query["passphrase"] == signature(API_PASSPHRASE)
        self.send(self.switching_protocols())

    def refuse_upgrade(self, status: str, body: bytes = b"", **headers: str) -> None:
        """Read the request and answer with another status than 101."""
        self.read_upgrade()
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.send(f"HTTP/1.1 {status}\r\n{named}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.end()
        self.await_end()

    def challenge(self, text: str | None = None) -> str:
        """Ask for proof of the secret; returns the text that is to be signed."""
        stamp = time.time_ns() // 1_000_000
        asked = f'{{"sessionId":"{SESSION_ID}","timestamp":{stamp}}}' if text is None else text
        self.say(asked)
        return asked

    def check_answer(self, asked: str) -> None:
        """The client's proof must be right."""
        self.answered_challenge = self.next_text()
        assert self.answered_challenge == signature(asked), (
            "the challenge was not answered over its exact text"
        )

    def welcome(self, ping_interval: int = 18000, ping_timeout: int = 10000) -> None:
        """Let the client in, announcing milliseconds."""
        self.say(
            {
                "sessionId": SESSION_ID,
                "data": "welcome",
                "pingInterval": ping_interval,
                "pingTimeout": ping_timeout,
            }
        )

    def log_in(self, ping_interval: int = 18000, ping_timeout: int = 10000) -> None:
        """The whole handshake as it should be."""
        self.upgrade()
        self.check_answer(self.challenge())
        self.welcome(ping_interval, ping_timeout)

    def answer_all(self) -> None:
        """Accept every order until the client ends the connection."""
        while True:
            self.say(success(self.next_request()))


Script = Callable[[Peer], None]


def serve(peer: Peer) -> None:
    """The script of an exchange without faults."""
    peer.log_in()
    peer.answer_all()


class FaultServer:
    """Listens on loopback; ``with`` starts and stops it. A script's failed assertion fails the test at the end."""

    def __init__(
        self, *scripts: Script, tls: ssl.SSLContext | None = None, receive_buffer: int | None = None
    ) -> None:
        self.peers: list[Peer] = []
        self.connected_at: list[float] = []  # monotonic seconds, one for each connection
        self._scripts = scripts
        self._tls = tls
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._failures: list[BaseException] = []
        self._stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        if receive_buffer is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'ws' if tls is None else 'wss'}://localhost:{self.port}"
        if tls is None:
            self.url = f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultServer:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stopping = True
        self._listener.shutdown(socket.SHUT_RDWR)
        for sock in list(self._sockets):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE)
        self._listener.close()
        if kind is None and self._failures:
            raise self._failures[0]

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(
            target=target, args=arguments, name=f"fault-server-{self.port}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(sock)
            if self._stopping:
                sock.close()
                return
            with self._changed:
                peer = Peer(len(self.peers), sock)
                self.peers.append(peer)
                self.connected_at.append(time.monotonic())
                self._changed.notify_all()
            self._start(self._run, peer)

    def _run(self, peer: Peer) -> None:
        script = self._scripts[min(peer.number, len(self._scripts) - 1)]
        plain = peer.sock
        try:
            if self._tls is not None:
                try:
                    peer.sock = self._tls.wrap_socket(plain, server_side=True)
                except OSError as error:
                    raise GoneError from error
                self._sockets.append(peer.sock)
                self._sockets.remove(plain)
            script(peer)
        except GoneError:
            pass
        except BaseException as error:
            self._failures.append(error)
        finally:
            peer.sock.close()
            plain.close()
            with self._changed:
                self._changed.notify_all()

    # For the test

    def wait_for(self, happened: Callable[[], bool], what: str = "what the test waits for") -> None:
        """Until ``happened()``; what the server recorded may be looked at in it."""
        deadline = time.monotonic() + _PATIENCE
        while not happened():
            with self._changed:
                self._changed.wait(0.005)
            assert time.monotonic() < deadline, f"{what} did not happen; {len(self.peers)} connections"

    def drain(self) -> None:
        """Until every script has ended: the records are complete then."""
        self.wait_for(
            lambda: not any(thread.is_alive() for thread in self._threads[1:]), "the end of the scripts"
        )

    @property
    def requests(self) -> list[dict[str, Any]]:
        """All requests of all connections, in order."""
        return [request for peer in self.peers for request in peer.requests]

    def request_ids(self) -> list[str]:
        """The ids of all requests, in the order of their arrival."""
        return [request["id"] for request in self.requests]


@contextlib.contextmanager
def refused_port() -> Iterator[str]:
    """The URL of a port that refuses TCP connections for as long as this lasts."""
    holder = socket.socket()
    try:
        holder.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{holder.getsockname()[1]}"
    finally:
        holder.close()
