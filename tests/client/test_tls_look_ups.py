"""Look-ups trust whom the order socket trusts: an order that could be sent can be looked up."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from local_proxy import LOGIN, USER_INFO, LocalProxy, over_http, over_socks5

from kucoin_wsapi import LookUpError, Options
from kucoin_wsapi._records import OrderName
from kucoin_wsapi._rest import RestClient
from kucoin_wsapi.options import Credentials

ORDER = OrderName("spot", "BTC-USDT", client_oid="abc")


class Answering(BaseHTTPRequestHandler):
    """The exchange's answer to every look-up."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Found."""
        body = b'{"code":"200000","data":{"id":"found"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Keeps quiet about clients that do not trust it."""

    daemon_threads = False

    def handle_error(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that no machine trusts by itself."""
    return trustme.CA()


@contextmanager
def exchange(authority: trustme.CA, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The base URL of a server for localhost that answers look-ups."""
    context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with Server(("127.0.0.1", 0), Answering) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def found(rest_url: str, **options: Any) -> Any:
    """The record of an order, found by a client made for this."""
    client = RestClient(Credentials("key", "secret", "passphrase"), Options(rest_url=rest_url, **options))
    with closing(client):
        return client.find_order(ORDER)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The side of a client that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_context_of_the_users_own_serves_look_ups(authority: trustme.CA) -> None:
    """Its authority is trusted, and it comes out as it went in."""
    context = trusting(authority)
    with exchange(authority) as url:
        assert found(url, ssl_context=context) == {"id": "found"}
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == len(trusting(authority).get_ca_certs()), "no authority was added"


def test_a_context_that_trusts_nobody_stays_so(authority: trustme.CA) -> None:
    """The authorities that come with requests are not added to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with exchange(authority) as url, pytest.raises(LookUpError, match="SSLError"):
        found(url, ssl_context=context)
    assert context.get_ca_certs() == []


def test_without_a_context_the_authorities_of_the_system_are_trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as for orders, a company's own among them; and no others."""
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with exchange(authority) as url:
        with pytest.raises(LookUpError, match="SSLError"):
            found(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        assert found(url) == {"id": "found"}


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA) -> None:
    """The name is checked, not only the authority; urllib3 before 2 refuses an address by another error."""
    with exchange(authority) as url, pytest.raises(LookUpError, match=r"SSLError|ValueError: check_hostname"):
        found(url.replace("localhost", "127.0.0.1"), ssl_context=trusting(authority))


def test_a_client_certificate_is_shown(authority: trustme.CA) -> None:
    """To who asks for it."""
    serving, context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trusting(authority)
    serving.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(serving)
    authority.issue_cert("trader@example.com").configure_cert(context)
    with exchange(authority, serving) as url:
        assert found(url, ssl_context=context) == {"id": "found"}


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_context_without_verification_is_the_users_decision(authority: trustme.CA) -> None:
    """It is used as it is given, and stays as it was."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with exchange(authority) as url:
        assert found(url, ssl_context=context) == {"id": "found"}
    assert context.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_look_ups_pass_through_the_proxy(authority: trustme.CA, scheme: str) -> None:
    """By a tunnel, at whose end the certificate is checked; user and password are given."""
    negotiate = over_http(LOGIN) if scheme == "http" else over_socks5(LOGIN)
    with exchange(authority) as url, LocalProxy(negotiate) as proxy:
        proxied = proxy.url(scheme, USER_INFO)
        assert found(url, ssl_context=trusting(authority), proxy=proxied) == {"id": "found"}
        with pytest.raises(LookUpError, match="SSLError"):
            found(url, proxy=proxied)
        host = "127.0.0.1" if scheme == "socks5" else "localhost"
        assert set(proxy.tunnels) == {(host, int(url.rpartition(":")[2]))}
