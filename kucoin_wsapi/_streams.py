"""A TCP stream to the exchange, directly or through a proxy, and TLS over it; the head of an HTTP answer.

All of it blocks, on the thread of an attempt. Every socket is told to ``connecting`` before anything is awaited on it,
so that another thread can interrupt the attempt at any point; ``connecting`` may raise.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import Any, BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit

from .exceptions import TransportError

__all__ = ["http_answer", "open_stream", "remaining"]

_DEFAULT_PORTS = MappingProxyType({"ws": 80, "wss": 443})


def remaining(deadline: float) -> float:
    """Seconds until a time of the monotonic clock; raises ``TimeoutError`` when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


def open_stream(
    url: str,
    proxy: str | None,
    deadline: float,
    ssl_context: Callable[[], ssl.SSLContext],
    connecting: Callable[[socket.socket], None],
) -> socket.socket:
    """A stream to the host of a ``ws`` or ``wss`` URL, through the proxy of another URL if one is given.

    Raises ``OSError``, ``TransportError`` when the proxy refuses, and what ``connecting`` raises.
    """
    parts, hop = urlsplit(url), urlsplit(proxy or url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    addresses = socket.getaddrinfo(hop.hostname, hop.port if proxy else port, type=socket.SOCK_STREAM)
    sock = _connect_first(addresses, deadline, connecting)
    try:
        sock.settimeout(remaining(deadline))
        if proxy is not None:
            _ask_for_tunnel(sock, hop, host, port)
        if parts.scheme == "wss":
            sock = ssl_context().wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            connecting(sock)  # wrapping has emptied the plain one
            sock.settimeout(remaining(deadline))
            sock.do_handshake()
    except BaseException:
        sock.close()
        raise
    return sock


def _connect_first(
    addresses: Sequence[tuple[Any, Any, int, str, Any]],
    deadline: float,
    connecting: Callable[[socket.socket], None],
) -> socket.socket:
    """Try each address in turn; a dead one may use up its share of the time, not the time of the next."""
    failure: OSError = OSError("the name resolves to no address")
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        share = remaining(deadline) / (len(addresses) - index)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a family that this machine does not have
            failure = error
            continue
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def _ask_for_tunnel(sock: socket.socket, proxy: SplitResult, host: str, port: int) -> None:
    user, password = (
        (None, None) if not proxy.username else (unquote(proxy.username), unquote(proxy.password or ""))
    )
    if proxy.scheme == "http":
        _ask_over_http(sock, host, port, user, password)
    else:
        _ask_over_socks(sock, proxy, host, port, user, password)


def _ask_over_http(sock: socket.socket, host: str, port: int, user: str | None, password: str | None) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if user is not None:
        lines.append("Proxy-Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    with closing(http_answer(sock, "CONNECT")) as answer:
        status = answer.status
    if not 200 <= status < 300:
        # The usual phrase, not the proxy's own, which may repeat what it was asked.
        phrase = http.client.responses.get(status, "unknown status")
        raise TransportError(
            f"the proxy refused the tunnel with HTTP status {status} ({phrase})", status=status
        )


def _ask_over_socks(
    sock: socket.socket, proxy: SplitResult, host: str, port: int, user: str | None, password: str | None
) -> None:
    from python_socks import ProxyError, ProxyType  # an extra
    from python_socks.sync import Proxy

    tunnel = Proxy(
        ProxyType.SOCKS5 if proxy.scheme.startswith("socks5") else ProxyType.SOCKS4,
        proxy.hostname or "",
        proxy.port or 0,
        user,
        password,
        rdns=proxy.scheme in ("socks4a", "socks5h"),
        forward=_Opened(sock),  # type: ignore[arg-type]  # all that is asked of it is `connect`
    )
    try:
        tunnel.connect(host, port)
        return
    except ProxyError as error:
        refusal = TransportError(f"the proxy refused the tunnel: {error}")
    # Outside the handler: the frames of the library's exception know the password.
    raise refusal


class _Opened:
    """Stands where python-socks expects a proxy before the proxy: the way there is open already.

    Else it would open a socket of its own, which nobody could interrupt and whose options nobody sets.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def connect(self, dest_host: str, dest_port: int, timeout: float) -> socket.socket:
        """Called by python-socks with the address of the proxy."""
        return self._sock


def http_answer(sock: socket.socket, method: str) -> http.client.HTTPResponse:
    """Read the head of the answer to a request, and not one byte of what follows it.

    Raises ``OSError``, and ``http.client.HTTPException`` for what is no HTTP or has no end.
    """
    answer = http.client.HTTPResponse(_Bytewise(sock), method=method)  # type: ignore[arg-type]  # `makefile` is all it uses
    try:
        answer.begin()
    except BaseException:
        answer.close()
        raise
    return answer


class _Bytewise:
    """A socket as ``http.client`` uses it, without reading ahead: what comes next may be for another protocol."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> BinaryIO:
        """Called by ``http.client`` with ``"rb"``."""
        return self._sock.makefile("rb", buffering=1)
