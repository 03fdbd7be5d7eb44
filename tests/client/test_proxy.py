"""A connection through an HTTP proxy, and only where one was asked for."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from kucoin_wsapi import TransportError, WebsocketAPIClient
from kucoin_wsapi.sandbox import Sandbox


class ConnectProxy:
    """An HTTP proxy on loopback that tunnels; it keeps the requests that it got."""

    def __init__(self, status: bytes = b"200 Connection established") -> None:
        self.requests: list[bytes] = []
        self._status = status
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)  # type: ignore[arg-type]  # one of the methods
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):  # an attempt that was given up
            self._tunnel(client)

    def _tunnel(self, client: socket.socket) -> None:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            received = client.recv(4096)
            if not received:
                return
            request += received
        self.requests.append(request)
        client.sendall(b"HTTP/1.1 " + self._status + b"\r\n\r\n")
        if not self._status.startswith(b"200"):
            client.close()
            return
        host, _, port = request.split()[1].decode().partition(":")
        server = socket.create_connection((host, int(port)))
        self._sockets.append(server)
        self._start(self._pump, server, client)
        self._pump(client, server)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for sock in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    """A running proxy."""
    with contextlib.closing(ConnectProxy()) as running:
        yield running


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_that_was_asked_for_carries_the_connection(proxy: ConnectProxy, host: str) -> None:
    """It is asked for a tunnel, with user and password, and an order passes through it."""
    with Sandbox() as sandbox:
        options = sandbox.client_options()
        options["ws_url"] = options["ws_url"].replace("127.0.0.1", host)
        target = options["ws_url"].removeprefix("ws://").encode()
        url = f"http://trader:s%40crt@127.0.0.1:{proxy.port}"
        with WebsocketAPIClient(**options, proxy=url, attach_event_listeners=False) as client:
            client.submit_new_spot_order(
                symbol="BTC-USDT", side="buy", type="limit", price="50000", size="0.001"
            ).result()

        assert len(sandbox.orders) == 1
    (request,) = proxy.requests
    assert request.startswith(b"CONNECT " + target)
    assert base64.b64encode(b"trader:s@crt") in request


def test_a_proxy_of_the_environment_is_not_used(proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed URLs go through no machine that the program has not named."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    with (
        Sandbox() as sandbox,
        WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as client,
    ):
        client.connect_ws_api()

    assert proxy.requests == []


def test_an_exception_for_the_host_in_the_environment_does_not_bypass_the_proxy(
    proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the program has said counts."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Sandbox() as sandbox:
        options = sandbox.client_options()
        url = f"http://127.0.0.1:{proxy.port}"
        with WebsocketAPIClient(**options, proxy=url, attach_event_listeners=False) as client:
            client.connect_ws_api()

    assert len(proxy.requests) == 1


def test_a_proxy_that_refuses_is_a_transport_error_without_its_password() -> None:
    """The error says that the handshake failed; the password is in neither text nor cause."""
    refusing = ConnectProxy(status=b"407 Proxy Authentication Required")
    with (
        contextlib.closing(refusing),
        Sandbox() as sandbox,
        WebsocketAPIClient(
            **sandbox.client_options(),
            proxy=f"http://trader:secret-word@127.0.0.1:{refusing.port}",
            attach_event_listeners=False,
        ) as client,
    ):
        with pytest.raises(TransportError) as caught:
            client.connect_ws_api(timeout=0.5)

        assert "secret-word" not in repr(caught.value) + repr(caught.value.__cause__) + repr(client)
