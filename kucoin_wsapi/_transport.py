"""A connected WebSocket as a non-blocking byte stream; the only module that imports websocket-client.

``dial`` blocks and runs on a thread of its own. ``Transport`` never blocks; its owner calls it under one lock,
reads included, so that no two threads are ever inside one TLS object (CPython issue 137583 is what happens
otherwise).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

import websocket

from ._frames import close_frame
from .exceptions import TransportError

__all__ = ["RefusedUpgradeError", "Transport", "dial"]

# One mebibyte would be allocated anew for every read; no answer is longer than a few kilobytes.
READ_SIZE = 1 << 16
_DEFAULT_PORTS = MappingProxyType({"ws": 80, "wss": 443})
_MOST_CONTROL_FRAMES = 1000  # waiting at once; a peer that reads never sees ten
_LINGER_ZERO = struct.pack("ii", 1, 0)


def _holds_no_credentials(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    return "passphrase=" not in text and "Proxy-Authorization" not in text


# `websocket.enableTrace`, which another package of the process may have called, logs what is sent in a handshake.
logging.getLogger("websocket").addFilter(_holds_no_credentials)


class RefusedUpgradeError(TransportError):
    """The upgrade was answered with another status than 101; ``body`` is what came with it."""

    def __init__(self, status: int, body: bytes | None) -> None:
        super().__init__(f"the upgrade was refused with HTTP status {status}", status=status)
        self.body = body


class Transport:
    """An open WebSocket after its handshake.

    Invariant: at most one frame is written in part, or waits whole, in ``_tail``; behind it wait only pings,
    pongs and the like, in ``_control``. Requests wait elsewhere, where they can still expire unsent.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._tls = isinstance(sock, ssl.SSLSocket)
        self._tail = memoryview(b"")
        self._control: list[bytes] = []
        sock.setblocking(False)

    def fileno(self) -> int:
        """For a selector."""
        return self._sock.fileno()

    @property
    def blocked(self) -> bool:
        """Whether something waits for the socket to become writable."""
        return bool(self._tail)

    def read(self) -> bytes | None:
        """Up to 64 KiB; None when there is nothing to read now, ``b""`` at the end. Raises ``OSError``."""
        try:
            return self._sock.recv(READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def has_pending(self) -> bool:
        """Whether decrypted bytes wait inside the TLS object, where a selector does not see them."""
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def write(self, frame: bytes) -> bool:
        """Write a frame without waiting; what does not fit becomes the tail. Not while ``blocked``.

        Returns whether any byte may have left. Raises ``OSError``: the connection is over.
        """
        assert not self._tail
        taken = self._send(memoryview(frame))
        if taken < len(frame):
            self._tail = memoryview(frame)[taken:]
        # Over TLS a refused write may have put a part of the record on the wire.
        return taken > 0 or self._tls

    def write_control(self, frame: bytes) -> None:
        """Write a frame of ours that no caller waits for, behind the tail if there is one. Raises ``OSError``."""
        if len(self._control) == _MOST_CONTROL_FRAMES:
            raise ConnectionAbortedError("the peer asks without reading the answers")
        if self._tail:
            self._control.append(frame)
        else:
            self.write(frame)

    def flush(self) -> bool:
        """Go on writing, once: returns whether any byte of the tail has left. Raises ``OSError``: none of it has."""
        taken = self._send(self._tail)
        self._tail = self._tail[taken:]
        if not self._tail and self._control:
            self._tail = memoryview(self._control.pop(0))
        return taken > 0

    def drop_tail(self) -> None:
        """Forget a tail of which no byte has left."""
        assert not self._tls
        self._tail = memoryview(self._control.pop(0)) if self._control else memoryview(b"")

    def _send(self, data: memoryview) -> int:
        try:
            return self._sock.send(data)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    @property
    def failed_write_may_have_left(self) -> bool:
        """Whether a frame counts as sent when the first ``write`` of it raised: over TLS nobody can tell."""
        return self._tls

    def close(self, code: int = 1000) -> None:
        """Say goodbye as far as it can be done without waiting, and close."""
        with contextlib.suppress(OSError):
            if not self._tail:
                self._send(memoryview(close_frame(code)))
            _shut_down(self._sock)
        self._sock.close()

    def abort(self) -> None:
        """Close so that the kernel drops what it has not delivered: it must not travel after its verdict."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._sock.close()


def _shut_down(sock: socket.socket) -> None:
    # The method of SSLSocket drops its TLS object, which another thread may be using.
    socket.socket.shutdown(sock, socket.SHUT_RDWR)


def interrupt(sock: socket.socket) -> None:
    """End whatever another thread is waiting for on this socket."""
    with contextlib.suppress(OSError):
        _shut_down(sock)


def dial(
    url: str,
    *,
    timeout: float,
    proxy: str | None,
    ssl_context: Callable[[], ssl.SSLContext],
    connecting: Callable[[socket.socket], None],
) -> Transport:
    """Open a WebSocket: name resolution, TCP, proxy, TLS, upgrade.

    Blocks for about ``timeout`` seconds at most, unless name resolution hangs or the server drips; the owner then
    abandons the attempt and calls ``interrupt`` on the socket that ``connecting`` was told, before it connects.

    Raises ``TransportError``, and what ``connecting`` raises. The URL holds credentials: nothing raised here contains
    it, nor a frame that does.
    """
    deadline = time.monotonic() + timeout
    try:
        client = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
        if proxy is None:
            sock = _open(url, deadline, ssl_context, connecting)
            _upgrade(client, url, sock, deadline)
        else:
            _upgrade_through_proxy(client, url, proxy, deadline, ssl_context)
        opened = client.sock
        assert opened is not None
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Transport(opened)
    except (OSError, ValueError, websocket.WebSocketException) as error:
        failure = _translated(error)
    # Outside the handler, so that the library's exception, whose frames know the URL, is not its context.
    raise failure


def _open(
    url: str,
    deadline: float,
    ssl_context: Callable[[], ssl.SSLContext],
    connecting: Callable[[socket.socket], None],
) -> socket.socket:
    parts = urlsplit(url)
    host = parts.hostname or ""
    addresses = socket.getaddrinfo(host, parts.port or _DEFAULT_PORTS[parts.scheme], type=socket.SOCK_STREAM)
    sock = _open_first(addresses, deadline, connecting)
    try:
        if parts.scheme == "wss":
            sock.settimeout(_remaining(deadline))
            sock = ssl_context().wrap_socket(sock, server_hostname=host)
            connecting(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def _open_first(
    addresses: Sequence[tuple[Any, Any, int, str, Any]],
    deadline: float,
    connecting: Callable[[socket.socket], None],
) -> socket.socket:
    """Try each address in turn; a dead one may use up its share of the time, not the time of the next."""
    failure: OSError = OSError("the name resolves to no address")
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        share = _remaining(deadline) / (len(addresses) - index)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a family that this machine does not have
            failure = error
            continue
        try:
            sock.settimeout(share)
            connecting(sock)
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
    raise failure


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("timed out")
    return remaining


def _upgrade(client: websocket.WebSocket, url: str, sock: socket.socket, deadline: float) -> None:
    try:
        sock.settimeout(_remaining(deadline))
        # redirect_limit: a redirect would hand the signed URL to another host.
        client.connect(url, socket=sock, suppress_origin=True, redirect_limit=0)  # type: ignore[no-untyped-call]  # the library's
    except BaseException:
        sock.close()
        raise
    _check_status(client)


def _upgrade_through_proxy(
    client: websocket.WebSocket,
    url: str,
    proxy: str,
    deadline: float,
    ssl_context: Callable[[], ssl.SSLContext],
) -> None:
    parts = urlsplit(proxy)
    client.sock_opt.sslopt = {"context": ssl_context()} if url.startswith("wss:") else {}
    client.connect(  # type: ignore[no-untyped-call]  # the library's
        url,
        timeout=_remaining(deadline),
        suppress_origin=True,
        redirect_limit=0,
        proxy_type=parts.scheme,
        http_proxy_host=parts.hostname,
        http_proxy_port=parts.port or (8080 if parts.scheme == "http" else 1080),
        http_proxy_auth=(unquote(parts.username), unquote(parts.password or "")) if parts.username else None,
        http_proxy_timeout=_remaining(deadline),
        http_no_proxy=["no.host.invalid"],  # an empty list would consult the environment
    )
    _check_status(client)


def _check_status(client: websocket.WebSocket) -> None:
    status = client.getstatus()
    if status != 101:
        client.shutdown()  # type: ignore[no-untyped-call]  # the library's
        raise RefusedUpgradeError(status or 0, None)


def _translated(error: Exception) -> TransportError:
    """One of our exceptions for one of the library's or the system's; the traceback's frames know the URL."""
    if isinstance(error, websocket.WebSocketBadStatusException):
        return RefusedUpgradeError(error.status_code, error.resp_body)
    if isinstance(error, TransportError):
        return error
    if isinstance(error, (TimeoutError, websocket.WebSocketTimeoutException)):
        translated = TransportError("no connection in time")
    elif isinstance(error, ssl.SSLCertVerificationError):
        translated = TransportError(f"the server's certificate is not trusted: {error.verify_message}")
    elif isinstance(error, socket.gaierror):
        translated = TransportError(f"the host name cannot be resolved: {error.strerror}")
    elif isinstance(error, OSError):
        translated = TransportError(f"cannot connect: {error.strerror or type(error).__name__}")
    else:
        translated = TransportError(f"the WebSocket handshake failed: {type(error).__name__}")
    if isinstance(
        error, OSError
    ):  # the library quotes the server in its texts, and a server may quote the signed URL
        translated.__cause__ = error.with_traceback(None)
    return translated
