"""Connections through a proxy of any kind, and only where one was asked for."""

from __future__ import annotations

import itertools
import json
import logging
import pickle
import re
import socket
import ssl
import time
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import trustme
from fault_server import API_KEY, FaultServer, refused_port, serve
from local_proxy import (
    LOGIN,
    ONE_ATTEMPT,
    PASSWORD,
    SPOT,
    USER_INFO,
    LocalProxy,
    Negotiate,
    client_of,
    dripping,
    first_failure,
    mute,
    over_http,
    over_socks5,
    saying,
)

from kucoin_wsapi import (
    ClientClosedError,
    ConfigurationError,
    KucoinError,
    NotReadyError,
    TransportError,
    WebsocketAPIClient,
)
from kucoin_wsapi._transport import dial
from kucoin_wsapi.options import Options
from kucoin_wsapi.sandbox import Sandbox

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
NEGOTIATIONS = {"http": over_http, "socks5": over_socks5, "socks5h": over_socks5}
KINDS = list(NEGOTIATIONS)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A local exchange."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("login", [None, LOGIN], ids=["open", "with a password"])
@pytest.mark.parametrize("scheme", KINDS)
def test_orders_and_look_ups_pass_through_the_proxy(sandbox: Sandbox, scheme: str, login: str | None) -> None:
    """Every connection of the client does, REST included; user and password arrive as they are meant."""
    # An HTTP proxy is asked for plain http:// URLs without a tunnel, which is not how KuCoin is reached.
    looks_up = scheme != "http"
    with LocalProxy(NEGOTIATIONS[scheme](login)) as proxy:
        url = proxy.url(scheme, USER_INFO if login else "")
        options = sandbox.client_options()
        with WebsocketAPIClient(**options, proxy=url, attach_event_listeners=False) as client:
            order = client.submit_new_spot_order(**RESTING).result()
            assert client.submit_futures_order(
                symbol="XBTUSDTM", side="buy", price="20000", size=2, leverage=5
            ).result()
            if looks_up:
                (report,) = client.resolve(order.data.client_oid, product="spot", symbol="BTC-USDT")
                assert report.order_id == order.data.order_id
        host, port = options["ws_url"].removeprefix("ws://").split(":")
        assert proxy.tunnels == [(host, int(port))] * (3 if looks_up else 2)
    assert len(sandbox.orders) == 2


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_tls_is_spoken_with_the_exchange_not_with_the_proxy(scheme: str) -> None:
    """The certificate is that of a host whose name only the proxy can resolve, and it is checked."""
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("exchange.invalid").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with FaultServer(serve, tls=serving) as server, LocalProxy(NEGOTIATIONS[scheme]()) as proxy:
        options: dict[str, Any] = {"proxy": proxy.url(scheme), "ssl_context": trusting}
        with client_of(f"wss://exchange.invalid:{server.port}", **options) as client:
            client.connect(SPOT)
            assert (
                client.send_ws_api_request(SPOT, "spot.order", {"clientOid": "a"}).result().code == "200000"
            )
        assert proxy.tunnels == [("exchange.invalid", server.port)]
        with client_of(f"wss://localhost:{server.port}", **options, backoff=ONE_ATTEMPT) as client:
            assert "certificate is not trusted: Hostname mismatch" in str(first_failure(client))


@pytest.mark.parametrize("scheme", ["direct", *KINDS])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_small_messages_are_never_held_back(scheme: str, tls: bool) -> None:
    """TCP_NODELAY is set on the socket of every kind of connection."""
    authority = trustme.CA()
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(serving)
    authority.configure_trust(trusting)

    def upgrade(peer: Any) -> None:
        peer.read_upgrade()
        peer.send(peer.switching_protocols())
        peer.await_end()

    sockets: list[socket.socket] = []
    with (
        FaultServer(upgrade, tls=serving if tls else None) as server,
        LocalProxy(NEGOTIATIONS.get(scheme, over_http)()) as proxy,
    ):
        transport = dial(
            f"{server.url}/v1/private",
            timeout=20,
            proxy=None if scheme == "direct" else proxy.url(scheme),
            ssl_context=lambda: trusting,
            connecting=sockets.append,
        )
        assert transport.fileno() == sockets[-1].fileno()
        assert sockets[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert proxy.connections == (scheme != "direct")
        transport.close()


def test_an_ip_version_6_address_is_written_as_one() -> None:
    """In brackets, so that its port is not taken for a part of it."""
    asked: list[str] = []

    def refuse(client: socket.socket) -> tuple[str, int]:
        asked.append(client.recv(4096).decode().split("\r\n")[0])
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return mute(client)

    with LocalProxy(refuse) as proxy, client_of("ws://[::1]:9000", proxy=proxy.url("http")) as client:
        assert "502" in str(first_failure(client))
    assert asked[0] == "CONNECT [::1]:9000 HTTP/1.1"


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed URLs go through no machine that the program has not named."""
    with LocalProxy(over_http()) as proxy, FaultServer(serve) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"):
            monkeypatch.setenv(name, proxy.url("http"))
            monkeypatch.setenv(name.upper(), proxy.url("http"))
        with client_of(server.url) as client:
            client.connect(SPOT)
        assert proxy.connections == 0


def test_an_exception_for_the_host_in_the_environment_does_not_bypass_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the program has said counts."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost,*")
    with LocalProxy(over_http()) as proxy, FaultServer(serve) as server:
        with client_of(server.url, proxy=proxy.url("http")) as client:
            client.connect(SPOT)
        assert len(proxy.tunnels) == 1


def test_the_same_proxy_serves_the_next_connection() -> None:
    """After a loss the way is the same."""

    def drop(peer: Any) -> None:
        peer.log_in()
        peer.end()

    with LocalProxy(over_http()) as proxy, FaultServer(drop, serve) as server:
        with client_of(server.url, proxy=proxy.url("http")) as client:
            client.connect(SPOT)
            proxy.wait_for(lambda: proxy.connections == 2, "the second connection")
            client.connect(SPOT)
        assert len(proxy.tunnels) == 2


# Refusals: what the proxy does, the scheme, the text and the status of the error.
REFUSALS: dict[str, tuple[Negotiate, str, str, int | None]] = {
    "407": (over_http(LOGIN + "?"), "http", r"proxy refused.*407 \(Proxy Authentication Required\)", 407),
    "403": (over_http(LOGIN, "403 Go away"), "http", r"proxy refused.*403 \(Forbidden\)", 403),
    "999": (over_http(LOGIN, "999 What"), "http", r"proxy refused.*999", 999),
    "302": (over_http(LOGIN, "302 Found\r\nLocation: http://other"), "http", r"proxy refused.*302", 302),
    "password": (over_socks5(LOGIN + "?"), "socks5h", "proxy refused.*[Aa]uthentication", None),
    "method": (saying(b"\x05\xff"), "socks5", "proxy refused.*No acceptable", None),
    "rule": (over_socks5(LOGIN, 2), "socks5", "proxy refused.*not allowed by ruleset", None),
    "target": (over_socks5(LOGIN, 5), "socks5h", "proxy refused.*Connection refused", None),
    "code": (over_socks5(LOGIN, 99), "socks5h", "proxy refused.*code", None),
    "socks to http": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "socks5", "proxy refused.*version", None),
    "http to socks": (saying(b"\x05\x00"), "http", "no welcome within 0.5 s|in time", None),
}


class Canary:
    """The password of the proxy and the key of the exchange, which must come out nowhere."""

    def assert_absent(self, text: str) -> None:
        """In no spelling."""
        for secret in (PASSWORD, quote(PASSWORD, safe=""), "canary", json.dumps(PASSWORD), API_KEY):
            assert secret not in text


def told(error: BaseException | None) -> Iterator[str]:
    """Everything that a program may do with an exception and its causes to see or to store it."""
    pending, seen = [error], []
    while pending:
        link = pending.pop()
        if link is None or link in seen:
            continue
        seen.append(link)
        pending += [link.__cause__, link.__context__]
        captured = traceback.TracebackException.from_exception(link, capture_locals=True)
        yield from (str(entry.locals) for entry in captured.stack if "/kucoin_wsapi/_" in entry.filename)
        yield f"{link!r} {link} {vars(link)}"
        if isinstance(link, KucoinError):
            yield pickle.dumps(link).decode("latin-1")


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_of_the_proxy_says_why_and_tells_no_secret(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the error of ``connect`` and in that of an order; the exchange is never reached, and no password shows."""
    caplog.set_level(logging.DEBUG)
    negotiate, scheme, text, status = REFUSALS[case]
    events: list[Any] = []
    with LocalProxy(negotiate) as proxy, FaultServer(serve) as server:
        url = proxy.url(scheme, USER_INFO)
        with client_of(server.url, proxy=url, connect_timeout=0.5) as client:
            for name in ("reconnect", "exception", "close"):
                client.on(name, events.append)
            failure = first_failure(client)
            assert re.search(text, str(failure))
            error = client.send_ws_api_request(SPOT, "spot.order", {}, timeout=0.02).exception(20)
            assert isinstance(error, NotReadyError)
            assert re.search(text, str(error))
            assert isinstance(error.__cause__, TransportError)
            assert error.__cause__.status == status
            shown = [repr(client), repr(vars(client)), *map(repr, client._connections.values())]
        assert server.peers == []
    shown += [caplog.text, repr(events), *told(failure), *told(error)]
    shown += [part for event in events for part in told(getattr(event, "error", None))]
    shown += [part for event in events for part in told(getattr(event, "reason", None))]
    Canary().assert_absent("\n".join(shown))


def endless_head() -> Iterator[bytes]:
    """An HTTP answer whose head has no end."""
    yield b"HTTP/1.1 200 OK\r\n"
    for byte in itertools.cycle(b"X-Header: y\r\n"):
        yield bytes((byte,))


STALLS: dict[str, tuple[Negotiate, str]] = {
    "http mute": (mute, "http"),
    "http half a line": (saying(b"HTTP/1.1 20"), "http"),
    "http no end": (saying(b"HTTP/1.1 200 OK\r\nVia: x\r\n"), "http"),
    "http dripping": (dripping(endless_head), "http"),
    "socks mute": (mute, "socks5"),
    "socks after the method": (saying(b"\x05\x00"), "socks5h"),
    "socks half a reply": (saying(b"\x05\x00", b"\x05\x00\x00\x01\x7f"), "socks5h"),
}


@pytest.mark.parametrize("case", STALLS)
def test_an_attempt_ends_in_time_when_the_proxy_stalls(case: str) -> None:
    """Wherever it stalls; the proxy sees the end of each attempt, and the next one begins."""
    negotiate, scheme = STALLS[case]
    with LocalProxy(negotiate) as proxy:
        with client_of("ws://127.0.0.1:9", proxy=proxy.url(scheme), connect_timeout=0.3) as client:
            started = time.monotonic()
            future = client.send_ws_api_request(SPOT, "spot.order", {}, timeout=30)
            proxy.wait_for(lambda: proxy.ended >= 2, "the end of two attempts")
            assert time.monotonic() - started > 0.5
            assert not future.done()
        assert isinstance(future.exception(5), ClientClosedError)
        proxy.wait_for(lambda: proxy.ended == proxy.connections, "the end of all attempts")


@pytest.mark.parametrize("case", STALLS)
def test_closing_ends_an_attempt_at_a_proxy_that_stalls(case: str) -> None:
    """At once: neither ``close`` nor the attempt behind it waits for its time to run out."""
    negotiate, scheme = STALLS[case]
    with LocalProxy(negotiate) as proxy:
        client = client_of("ws://127.0.0.1:9", proxy=proxy.url(scheme), connect_timeout=60)
        future = client.send_ws_api_request(SPOT, "spot.order", {}, timeout=50)
        proxy.wait_for(lambda: proxy.connections == 1, "the attempt")
        started = time.monotonic()
        client.close_all()
        assert time.monotonic() - started < 10
        assert isinstance(future.exception(5), ClientClosedError)
        proxy.wait_for(lambda: proxy.ended == 1, "the end of the attempt")


@pytest.mark.parametrize("scheme", KINDS)
def test_a_proxy_that_is_not_there_is_a_transport_error(scheme: str) -> None:
    """Which says what the system said."""
    with refused_port() as url:
        proxy = url.replace("ws://", f"{scheme}://{USER_INFO}@")
        with client_of("ws://127.0.0.1:9", proxy=proxy) as client:
            failure = first_failure(client)
    assert "refused" in str(failure)
    Canary().assert_absent("\n".join(told(failure)))


@pytest.mark.parametrize("scheme", KINDS)
def test_a_proxy_that_hangs_up_is_a_transport_error(scheme: str) -> None:
    """In the middle of its answer, or before."""
    with LocalProxy(hang_up) as proxy, client_of("ws://127.0.0.1:9", proxy=proxy.url(scheme)) as client:
        failure = str(first_failure(client))
    assert re.search(r"cannot connect|handshake failed|refused the tunnel", failure)


def hang_up(client: socket.socket) -> tuple[str, int]:
    """Half an answer, and the end."""
    client.recv(3)
    client.sendall(b"\x05")
    raise OSError


@pytest.mark.parametrize("proxy", ["http://host", "socks5://user:canary@host", "socks5h://host:0"])
def test_a_proxy_needs_a_port(proxy: str) -> None:
    """What is usual differs, and orders and look-ups must take the same way."""
    with pytest.raises(ConfigurationError, match=r"proxy: .*host:port") as caught:
        Options(proxy=proxy)
    assert "canary" not in str(caught.value)
