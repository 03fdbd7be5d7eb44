"""Which exchanges a client trusts over TLS: those of the system's authorities, or what its ``ssl_context`` says."""

from __future__ import annotations

import datetime
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from fault_server import FaultServer, Peer, serve
from local_proxy import ONE_ATTEMPT, SPOT, client_of, first_failure

from kucoin_wsapi import NotReadyError, WebsocketClient

NOW = datetime.datetime.now(tz=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)

Configure = Callable[[trustme.CA, ssl.SSLContext], object]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that no machine trusts by itself."""
    return trustme.CA()


def serving(authority: trustme.CA, configure: Configure | None = None) -> ssl.SSLContext:
    """The side of the exchange, with a certificate for localhost if nothing else is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if configure is None:
        authority.issue_cert("localhost").configure_cert(context)
    else:
        configure(authority, context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The side of a client that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def order(client: WebsocketClient) -> object:
    """The code that an order is answered with."""
    return client.send_ws_api_request(SPOT, "spot.order", {"clientOid": "order"}).result(20).code


def present_the_authority_itself(authority: trustme.CA, context: ssl.SSLContext) -> None:
    """A certificate that is its own authority."""
    authority_as_leaf = trustme.CA()
    with (
        authority_as_leaf.cert_pem.tempfile() as certificate,
        authority_as_leaf.private_key_pem.tempfile() as key,
    ):
        context.load_cert_chain(certificate, key)


def limited(**dates: datetime.datetime) -> Configure:
    """A certificate for localhost of another time."""
    return lambda authority, context: authority.issue_cert("localhost", **dates).configure_cert(context)


UNTRUSTED: dict[str, tuple[Configure, str]] = {
    "self-signed": (present_the_authority_itself, "self.signed certificate"),
    "unknown authority": (
        lambda _, context: trustme.CA().issue_cert("localhost").configure_cert(context),
        "unable to get local issuer certificate",
    ),
    "expired": (limited(not_after=NOW - DAY), "certificate has expired"),
    "not yet valid": (limited(not_before=NOW + DAY, not_after=NOW + 2 * DAY), "certificate is not yet valid"),
    "another host": (
        lambda authority, context: authority.issue_cert("api.kucoin.example").configure_cert(context),
        "Hostname mismatch, certificate is not valid for 'localhost'",
    ),
    "an address": (
        lambda authority, context: authority.issue_cert("127.0.0.1").configure_cert(context),
        "Hostname mismatch",
    ),
}


@pytest.mark.parametrize("case", UNTRUSTED)
def test_a_certificate_that_proves_nothing_is_refused_with_its_fault(
    authority: trustme.CA, case: str
) -> None:
    """Although its authority may be trusted; the text says why, and not a byte of the signed URL leaves."""
    configure, fault = UNTRUSTED[case]
    with (
        FaultServer(serve, tls=serving(authority, configure)) as server,
        client_of(server.url, ssl_context=trusting(authority), backoff=ONE_ATTEMPT) as client,
    ):
        assert re.search(f"certificate is not trusted: .*{fault}", str(first_failure(client)))
        error = client.send_ws_api_request(SPOT, "spot.order", {}, timeout=0.02).exception(20)
        assert isinstance(error, NotReadyError)
        assert re.search(fault, str(error))
    assert all(peer.bytes_read == 0 for peer in server.peers)


def test_without_a_context_the_authorities_of_the_system_are_trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As OpenSSL knows them, so that its environment variable for a company's own authority works; and nobody else."""
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with FaultServer(serve, tls=serving(authority)) as server:
        with client_of(server.url, backoff=ONE_ATTEMPT) as client:
            assert "certificate is not trusted" in str(first_failure(client))
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        with client_of(server.url) as client:
            assert order(client) == "200000"


def test_a_switch_of_the_library_below_trusts_nobody(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own environment variable neither widens nor replaces what the client trusts."""
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(bundle))
    with (
        FaultServer(serve, tls=serving(authority)) as server,
        client_of(server.url, backoff=ONE_ATTEMPT) as client,
    ):
        assert re.search("certificate is not trusted", str(first_failure(client)))


def test_a_context_without_verification_is_the_users_decision(authority: trustme.CA) -> None:
    """A context is used as it is given: nothing is switched on or off in it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    tls = serving(authority, present_the_authority_itself)
    with FaultServer(serve, tls=tls) as server, client_of(server.url, ssl_context=context) as client:
        assert order(client) == "200000"
    assert (context.check_hostname, context.verify_mode) == (False, ssl.CERT_NONE)


def test_a_client_certificate_is_shown_to_who_asks_for_it(authority: trustme.CA) -> None:
    """One that the exchange trusts lets the client in."""
    tls, context = serving(authority), trusting(authority)
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    authority.issue_cert("trader@example.com").configure_cert(context)
    with FaultServer(serve, tls=tls) as server, client_of(server.url, ssl_context=context) as client:
        assert order(client) == "200000"


def test_the_lack_of_a_client_certificate_is_told(authority: trustme.CA) -> None:
    """With what OpenSSL says about it; TLS 1.2, where the refusal comes within the handshake."""
    tls = serving(authority)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    with (
        FaultServer(serve, tls=tls) as server,
        client_of(server.url, ssl_context=trusting(authority), backoff=ONE_ATTEMPT) as client,
    ):
        assert re.search(r"(?i)cannot connect: .*alert", str(first_failure(client)))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_an_outdated_version_of_tls_is_refused(authority: trustme.CA) -> None:
    """TLS 1.1 is not spoken by default."""
    tls = serving(authority)
    tls.minimum_version = ssl.TLSVersion.TLSv1_1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        FaultServer(serve, tls=tls) as server,
        client_of(server.url, ssl_context=trusting(authority), backoff=ONE_ATTEMPT) as client,
    ):
        assert re.search(r"(?i)cannot connect: .*(version|alert|protocol)", str(first_failure(client)))


def test_an_exchange_without_tls_gets_no_credentials(authority: trustme.CA) -> None:
    """A ``wss`` URL never falls back to plain text."""

    def answer_plainly(peer: Peer) -> None:
        peer.fill()
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        read_on(peer)

    with FaultServer(answer_plainly) as server:
        url = server.url.replace("ws://", "wss://")
        with (
            client_of(url, ssl_context=trusting(authority)) as client,
        ):
            assert re.search("cannot connect", str(first_failure(client)))
        assert all(b"apikey" not in bytes(peer._buffer) for peer in server.peers)


def read_on(peer: Peer) -> None:
    """Accept the connection and never say a word, TLS or other."""
    while True:
        peer.fill()


def test_an_attempt_ends_in_time_when_tls_stalls(authority: trustme.CA) -> None:
    """The exchange accepts the connection and does not answer: after ``connect_timeout`` the next attempt begins."""
    with FaultServer(read_on) as server:
        url = server.url.replace("ws://", "wss://")
        with client_of(url, ssl_context=trusting(authority), connect_timeout=0.3) as client:
            client.send_ws_api_request(SPOT, "spot.order", {}, timeout=60)
            server.wait_for(lambda: len(server.peers) >= 3, "a third attempt")
            first, _, third = server.connected_at[:3]
            assert third - first > 0.5
        server.drain()


def test_closing_ends_a_tls_handshake_that_stalls(authority: trustme.CA) -> None:
    """At once: neither ``close`` nor the attempt behind it waits for its time to run out."""
    with FaultServer(read_on) as server:
        url = server.url.replace("ws://", "wss://")
        client = client_of(url, ssl_context=trusting(authority), connect_timeout=60)
        client.send_ws_api_request(SPOT, "spot.order", {}, timeout=50)
        server.wait_for(lambda: any(peer.bytes_read for peer in server.peers), "the first words of TLS")
        started = time.monotonic()
        client.close_all()
        assert time.monotonic() - started < 10
        server.drain()
