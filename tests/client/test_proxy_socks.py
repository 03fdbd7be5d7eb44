"""What is particular to SOCKS: the extra, where names are resolved, and the steps of the login."""

from __future__ import annotations

import re
import socket
import sys

import pytest
from fault_server import FaultServer, serve
from local_proxy import (
    LOGIN,
    SPOT,
    USER_INFO,
    LocalProxy,
    client_of,
    exactly,
    first_failure,
    over_socks5,
    saying,
)

from kucoin_wsapi import ConfigurationError, WebsocketAPIClient
from kucoin_wsapi.options import Options


@pytest.mark.parametrize("missing", ["python_socks", "socks"])
@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
def test_without_the_extra_the_error_names_it(
    missing: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At construction, before anything is started; both libraries of it are needed, for orders and for look-ups."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigurationError, match=r"proxy: .*kucoin_wsapi\[socks\]") as caught:
        WebsocketAPIClient(proxy=f"{scheme}://user:canary@127.0.0.1:1080")
    assert "canary" not in str(caught.value)
    assert Options(proxy="http://127.0.0.1:8080").proxy, "an HTTP proxy needs no extra"


@pytest.mark.parametrize(("scheme", "asked_for"), [("socks5", "127.0.0.1"), ("socks5h", "localhost")])
def test_the_h_decides_who_resolves_the_name_of_the_exchange(scheme: str, asked_for: str) -> None:
    """With it the proxy does and is told the name; without it we do, and it is told an address."""
    with LocalProxy(over_socks5()) as proxy, FaultServer(serve) as server:
        with client_of(f"ws://localhost:{server.port}", proxy=proxy.url(scheme)) as client:
            client.connect(SPOT)
        assert proxy.tunnels == [(asked_for, server.port)]


def test_a_name_that_nobody_here_knows_is_resolved_by_the_proxy() -> None:
    """Which is what ``socks5h`` is for."""
    with LocalProxy(over_socks5()) as proxy, FaultServer(serve) as server:
        with client_of(f"ws://exchange.invalid:{server.port}", proxy=proxy.url("socks5h")) as client:
            client.connect(SPOT)
        assert proxy.tunnels == [("exchange.invalid", server.port)]


def test_a_password_is_not_sent_to_a_proxy_that_does_not_ask_for_it() -> None:
    """It may choose the method without a login; what it then gets is the request."""
    asked: list[int] = []

    def choose_no_login(client: socket.socket) -> tuple[str, int]:
        _, count = exactly(client, 2)
        assert 0 in exactly(client, count)
        client.sendall(b"\x05\x00")
        asked.append(exactly(client, 1)[0])
        return saying()(client)

    with (
        LocalProxy(choose_no_login) as proxy,
        client_of("ws://127.0.0.1:9", proxy=proxy.url("socks5", USER_INFO)) as client,
    ):
        client.send_ws_api_request(SPOT, "spot.order", {})
        proxy.wait_for(lambda: bool(asked), "the request")
    assert asked[0] == 5, "a request begins with the version of SOCKS, a login with 1"


def test_a_proxy_that_wants_a_login_when_none_was_given_is_a_transport_error() -> None:
    """No method is common to both; nothing is guessed."""
    with LocalProxy(over_socks5(LOGIN)) as proxy:
        with client_of("ws://127.0.0.1:9", proxy=proxy.url("socks5")) as client:
            failure = str(first_failure(client))
        assert re.search("refused the tunnel: .*authentication methods", failure)
        assert proxy.tunnels == []


def over_socks4(client: socket.socket) -> tuple[str, int]:
    """The proxy of SOCKS 4, which knows addresses, and of 4a, which knows names too."""
    assert exactly(client, 2) == b"\x04\x01"
    port, address = int.from_bytes(exactly(client, 2), "big"), exactly(client, 4)
    words = b""
    for _ in range(1 + (address[:3] == b"\0\0\0")):
        while not words.endswith(b"\0"):
            words += exactly(client, 1)
        user_or_host, words = words[:-1], b""
    client.sendall(b"\x00\x5a" + bytes(6))
    named = address[:3] == b"\0\0\0"
    return user_or_host.decode() if named else socket.inet_ntoa(address), port


@pytest.mark.parametrize(("scheme", "asked_for"), [("socks4", "127.0.0.1"), ("socks4a", "localhost")])
def test_the_older_version_of_socks_works_too(scheme: str, asked_for: str) -> None:
    """With the same meaning of the letter behind it."""
    with LocalProxy(over_socks4) as proxy, FaultServer(serve) as server:
        with client_of(f"ws://localhost:{server.port}", proxy=proxy.url(scheme)) as client:
            client.connect(SPOT)
        assert proxy.tunnels == [(asked_for, server.port)]
