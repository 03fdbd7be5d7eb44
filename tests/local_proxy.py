"""Proxies on loopback, written from RFC 9110 (section 9.3.6), RFC 1928 and RFC 1929, that do what a test wants.

``LocalProxy(negotiate)`` gives each connection to ``negotiate(client)``, which talks to the client and returns the
address of the tunnel that was asked for, or raises. It knows the name ``exchange.invalid``, which nobody else does.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET

from kucoin_wsapi import TransportError, WebsocketClient, WsKey
from kucoin_wsapi.options import Backoff

USER, PASSWORD = "trader@desk", "canary:p%ss/word"  # made up
LOGIN = f"{USER}:{PASSWORD}"
USER_INFO = "trader%40desk:canary%3Ap%25ss%2Fword"  # the same in a URL

SPOT = WsKey.WS_API_SPOT_V1
PATIENCE = 20.0  # seconds

# For a server that speaks TLS and refuses: a client that leaves in the middle of the next attempt makes the ssl module
# of the server, which is reset before it has begun, forget a socket (a flaw of CPython's `SSLSocket._create`).
ONE_ATTEMPT = Backoff(base=1e6, cap=1e6)

Address = tuple[str, int]
Negotiate = Callable[[socket.socket], Address]


class EndedError(Exception):
    """This connection gets no tunnel, or the client has ended it."""


def client_of(ws_url: str, **options: Any) -> WebsocketClient:
    """A client that does not wait long for anything."""
    defaults = {"close_timeout": 0.2, "backoff": Backoff(base=0.01, cap=0.05)}
    return WebsocketClient(API_KEY, API_SECRET, API_PASSPHRASE, ws_url=ws_url, **defaults | options)


def first_failure(client: WebsocketClient) -> TransportError:
    """What ``connect`` raises once an attempt has failed, however long that took."""
    failed = threading.Event()
    client.on("exception", lambda _: failed.set())
    waiting = client.send_ws_api_request(SPOT, "spot.order", {}, timeout=60)
    assert failed.wait(PATIENCE), "no attempt has failed"
    with pytest.raises(TransportError) as caught:
        client.connect(SPOT, 0.01)
    assert not waiting.done()
    return caught.value


def exactly(client: socket.socket, size: int) -> bytes:
    """So many bytes, read one by one so that not one too many is taken."""
    data = b""
    while len(data) < size:
        received = client.recv(1)
        if not received:
            raise EndedError
        data += received
    return data


def await_end(client: socket.socket) -> None:
    """Read until the client ends the connection."""
    with contextlib.suppress(OSError):
        while client.recv(4096):
            pass
    raise EndedError


def over_http(login: str | None = None, status: str = "200 Connection established") -> Negotiate:
    """An HTTP proxy that lets ``user:password`` in only, or everybody; and answers those with ``status``."""

    def negotiate(client: socket.socket) -> Address:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += exactly(client, 1)
        method, target, version = head.decode().split("\r\n")[0].split(" ")
        fields = dict(line.split(": ", 1) for line in head.decode().strip().split("\r\n")[1:])
        assert method == "CONNECT"
        assert version == "HTTP/1.0" or fields["Host"] == target
        kind, _, token = fields.get("Proxy-Authorization", "").partition(" ")
        given = base64.b64decode(token).decode() if kind == "Basic" else None
        answer = status if given == login else "407 Proxy Authentication Required"
        client.sendall(f"HTTP/1.1 {answer}\r\nVia: 1.1 local\r\n\r\n".encode())
        if not answer.startswith("200"):
            raise EndedError
        host, _, port = target.rpartition(":")
        return host.strip("[]"), int(port)

    return negotiate


def over_socks5(login: str | None = None, reply: int = 0) -> Negotiate:
    """A SOCKS 5 proxy that lets ``user:password`` in only, or everybody; and answers those with the code ``reply``."""

    def negotiate(client: socket.socket) -> Address:
        version, count = exactly(client, 2)
        offered = exactly(client, count)
        method = 0 if login is None else 2
        if version != 5 or method not in offered:
            client.sendall(b"\x05\xff")
            raise EndedError
        client.sendall(bytes((5, method)))
        if login is not None:
            check_login(client, login)
        target = requested(client)
        client.sendall(bytes((5, reply, 0, 1, 127, 0, 0, 1, 0, 0)))
        if reply:
            raise EndedError
        return target

    return negotiate


def check_login(client: socket.socket, login: str) -> None:
    """RFC 1929."""
    version, size = exactly(client, 2)
    user = exactly(client, size)
    password = exactly(client, exactly(client, 1)[0])
    right = version == 1 and f"{user.decode()}:{password.decode()}" == login
    client.sendall(bytes((1, 0 if right else 1)))
    if not right:
        raise EndedError


def requested(client: socket.socket) -> Address:
    """The address in a CONNECT request of SOCKS 5: a name as it is, an IP address as text."""
    version, command, reserved, kind = exactly(client, 4)
    assert (version, command, reserved) == (5, 1, 0)
    if kind == 3:
        host = exactly(client, exactly(client, 1)[0]).decode()
    else:
        family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, exactly(client, size))
    return host, int.from_bytes(exactly(client, 2), "big")


class LocalProxy:
    """``with`` starts and stops it. ``tunnels`` are the addresses that were granted, in order."""

    def __init__(self, negotiate: Negotiate) -> None:
        self.tunnels: list[Address] = []
        self.connections = 0
        self.ended = 0  # of the connections, those that got no tunnel
        self._negotiate = negotiate
        self._changed = threading.Condition()
        self._failures: list[BaseException] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def url(self, scheme: str, user_info: str = "") -> str:
        """For the option ``proxy``."""
        return f"{scheme}://{user_info}{'@' if user_info else ''}127.0.0.1:{self.port}"

    def __enter__(self) -> LocalProxy:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for sock in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        for sock in (self._listener, *self._sockets):
            sock.close()
        if kind is None and self._failures:
            raise self._failures[0]

    def wait_for(self, happened: Callable[[], bool], what: str) -> None:
        """Until ``happened()``; raises after a generous time."""
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, f"it never happened: {what}"
            with self._changed:
                self._changed.wait(0.005)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="local-proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.settimeout(PATIENCE)
                self._sockets.append(client)
                with self._changed:
                    self.connections += 1
                    self._changed.notify_all()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            host, port = self._negotiate(client)
            self.tunnels.append((host, port))
            server = socket.create_connection(("127.0.0.1" if host == "exchange.invalid" else host, port))
            self._sockets.append(server)
            self._start(self._pump, server, client)
            self._pump(client, server)
        except (EndedError, OSError):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            with self._changed:
                self.ended += 1
                self._changed.notify_all()
        except BaseException as error:
            self._failures.append(error)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            source.settimeout(None)
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def mute(client: socket.socket) -> Address:
    """Says nothing at all."""
    await_end(client)
    raise EndedError


def saying(*parts: bytes) -> Negotiate:
    """Says each part after some bytes of the client, and then nothing any more."""

    def negotiate(client: socket.socket) -> Address:
        for part in parts:
            exactly(client, 3)
            client.sendall(part)
        await_end(client)
        raise EndedError

    return negotiate


def dripping(data: Callable[[], Iterator[bytes]]) -> Negotiate:
    """Says something, a byte every hundredth of a second, that never ends."""

    def negotiate(client: socket.socket) -> Address:
        exactly(client, 3)
        pause = threading.Event()
        until = time.monotonic() + PATIENCE
        for byte in data():
            client.sendall(byte)
            pause.wait(0.01)
            assert time.monotonic() < until, "the client listens for ever"
        raise EndedError

    return negotiate
