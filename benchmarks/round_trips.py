"""How often the network is crossed: through a relay that takes a fixed time for each direction."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .ours import client_of
from .server import Server

__all__ = ["measure"]

_DELAY = 0.05  # seconds for each direction: what computing takes is little beside it
_ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.0001"}
_SPOT = "wsApiSpotV1"


class _Relay:
    """Relays connections to the server, each chunk ``_DELAY`` after it came."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    chunks: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                    threading.Thread(target=_read, args=(one, chunks), daemon=True).start()
                    threading.Thread(target=_write, args=(other, chunks), daemon=True).start()

    def drop(self) -> None:
        """Cut what is open now."""
        dropped, self._open = self._open, []
        for sock in dropped:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def close(self) -> None:
        """The end."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()


def _read(sock: socket.socket, chunks: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    data = b"-"
    while data:
        try:
            data = sock.recv(1 << 16)
        except OSError:
            data = b""
        chunks.put((time.monotonic() + _DELAY, data))


def _write(sock: socket.socket, chunks: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, data = chunks.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                sock.shutdown(socket.SHUT_WR)
                return
            sock.sendall(data)


@contextlib.contextmanager
def _relayed(server: Server) -> Iterator[_Relay]:
    address = urlsplit(server.url)
    assert address.hostname is not None
    assert address.port is not None
    relay = _Relay((address.hostname, address.port))
    try:
        yield relay
    finally:
        relay.close()


def measure(server: Server) -> dict[str, float]:
    """Round trips of a first order from cold, of one on a warm connection, and of coming back after a drop.

    The relay accepts at once, so that TCP's own handshake is not seen: one more where a connection is made. Over TLS
    the least is: TLS 1.3 one, upgrade and challenge one, answer and welcome one, order one.
    """
    with client_of(server.url, server.ca) as client:
        client.connect_ws_api()  # which loads what a process loads once: the network is measured here
    with _relayed(server) as relay:
        scheme = urlsplit(server.url).scheme
        with client_of(f"{scheme}://localhost:{relay.port}", server.ca) as client:
            cold = _round_trips(lambda: _order(client))
            warm = _round_trips(lambda: _order(client))
            back = threading.Event()
            client.get_ws_client().on("authenticated", lambda event: back.set())
            lost = threading.Event()
            client.get_ws_client().on("reconnect", lambda event: lost.set())
            relay.drop()
            lost.wait(10)
            reconnect = _round_trips(lambda: back.wait(10))
        return {"cold first order": cold, "warm order": warm, "reconnect": reconnect}


def _order(client: Any) -> None:
    client.get_ws_client().send_ws_api_request(_SPOT, "spot.order", _ORDER).result()


def _round_trips(action: Any) -> float:
    start = time.monotonic()
    action()
    return (time.monotonic() - start) / (2 * _DELAY)
