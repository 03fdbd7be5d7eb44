"""A connected WebSocket as a non-blocking byte stream; the only module that imports websocket-client.

``dial`` blocks and runs on a thread of its own. ``Transport`` never blocks; its owner sees to it that no two threads
are ever inside one TLS object (CPython issue 137583 is what happens otherwise).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse

from ._frames import close_frame
from ._streams import http_answer, open_stream, remaining
from .exceptions import TransportError

__all__ = ["WOULD_BLOCK", "RefusedUpgradeError", "Transport", "dial"]

# One mebibyte would be allocated anew for every read; no answer is longer than a few kilobytes.
_READ_SIZE = 1 << 16
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_LINGER_ZERO = struct.pack("ii", 1, 0)
_MOST_OF_A_BODY = 1 << 16  # bytes of a refusal
_BODY_PATIENCE = 1.0  # seconds that any part of it may take


def _holds_no_credentials(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    return "passphrase=" not in text and "Proxy-Authorization" not in text


# `websocket.enableTrace`, which another package of the process may have called, logs what is sent in a handshake. The
# filter is there before websocket-client is loaded, so before the first handshake of this package.
logging.getLogger("websocket").addFilter(_holds_no_credentials)


class RefusedUpgradeError(TransportError):
    """The upgrade was answered with another status than 101; ``body`` is what came with it."""

    def __init__(self, status: int, body: bytes | None) -> None:
        super().__init__(f"the upgrade was refused with HTTP status {status}", status=status)
        self.body = body


class Transport:
    """An open WebSocket after its handshake.

    One thread at a time reads, one at a time writes; over TLS, where ``tls`` is set, no two do either.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.tls = isinstance(sock, ssl.SSLSocket)
        sock.setblocking(False)

    def fileno(self) -> int:
        """For a selector."""
        return self._sock.fileno()

    def read(self) -> tuple[bytes | None, bool]:
        """Up to 64 KiB (None: nothing now, empty: the end), and whether to read on. Raises ``OSError``."""
        sock = self._sock
        try:
            data = sock.recv(_READ_SIZE)
        except WOULD_BLOCK:
            return None, False
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b"", False
        # What is decrypted and waits inside the TLS object no selector sees.
        return data, len(data) == _READ_SIZE or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)

    @property
    def send(self) -> Callable[[bytes | memoryview], int]:
        """The function of the socket that takes bytes without waiting, and returns how many.

        Of a plain socket it is one step, in which no signal handler runs. It raises what is in ``WOULD_BLOCK`` when it
        takes none: over TLS a part may be on its way all the same, and the same bytes have to be offered next. Another
        ``OSError``: the connection is over.
        """
        return self._sock.send

    def close(self, code: int | None = 1000) -> None:
        """Say goodbye as far as it can be done without waiting, unless ``code`` is None, and close."""
        with contextlib.suppress(OSError):
            if code is not None:
                self.send(close_frame(code))
            _shut_down(self._sock)
        self._sock.close()

    def cut(self) -> None:
        """Have nothing leave any more, whoever is writing; to be closed when nobody is."""
        interrupt(self._sock)

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
    abandons the attempt and calls ``interrupt`` on the socket that ``connecting`` was told last.

    Raises ``TransportError``, and what ``connecting`` raises. The URL holds credentials: nothing raised here contains
    it, nor a frame that does.
    """
    import websocket  # here, on the thread of the attempt: whoever asked for the connection need not wait for it

    deadline = time.monotonic() + timeout
    try:
        sock = open_stream(url, proxy, deadline, ssl_context, connecting)
        try:
            sock.settimeout(remaining(deadline))
            _upgrade(url, sock)
        except BaseException:
            sock.close()
            raise
        return Transport(sock)
    except (OSError, ValueError, HTTPException, websocket.WebSocketException, TransportError) as error:
        failure = _translated(error)
    # Outside the handler, so that the library's exception, whose frames know the URL, is not its context.
    raise failure


def _upgrade(url: str, sock: socket.socket) -> None:
    import websocket

    client = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
    client.connect(url, socket=_UpgradeSocket(sock), suppress_origin=True)  # type: ignore[no-untyped-call]  # the library's


class _UpgradeSocket:
    """The socket as websocket-client sees it during the upgrade.

    The library follows redirects, which would hand the signed URL to another host, and of a refusal it reads all of the
    body, or none of it if it comes in chunks. So it never sees another answer than 101: that one ends the upgrade here.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._head = b""

    def gettimeout(self) -> float | None:
        """Called by the library before it reads or writes."""
        return self._sock.gettimeout()

    def send(self, data: bytes) -> int:
        """All of it: the library does not look at what it gets back."""
        self._sock.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        """The head of the answer, if it is a 101; raises ``RefusedUpgradeError`` if not."""
        if not self._head:
            self._head = _accepting_head(self._sock)
        taken, self._head = self._head[:size], self._head[size:]
        return taken

    def close(self) -> None:
        """Called by the library when the upgrade has failed."""
        self._sock.close()


def _accepting_head(sock: socket.socket) -> bytes:
    with contextlib.closing(http_answer(sock, "GET")) as answer:
        if answer.status != 101:
            sock.settimeout(min(sock.gettimeout() or _BODY_PATIENCE, _BODY_PATIENCE))
            raise RefusedUpgradeError(answer.status, _some_of_the_body(answer))
        # What the library checks, and no cookies, which it would keep for the whole process.
        checked = ("Upgrade", "Connection", "Sec-WebSocket-Accept")
        fields = "".join(f"{name}: {answer.getheader(name, '')}\r\n" for name in checked)
    return f"HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n".encode()


def _some_of_the_body(answer: HTTPResponse) -> bytes:
    """What comes of it soon, if that is not too much: a code of the exchange comes with the head."""
    body = b""
    with contextlib.suppress(OSError, HTTPException):
        while len(body) < _MOST_OF_A_BODY and (more := answer.read1(_MOST_OF_A_BODY - len(body))):
            body += more
    return body


def _translated(error: Exception) -> TransportError:
    """One of our exceptions for one of the library's or the system's; the traceback's frames know the URL."""
    if isinstance(error, TransportError):
        return error.with_traceback(None)
    import websocket

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
