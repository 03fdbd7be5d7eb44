"""The same over TLS: bytes wait where no selector sees them, and no two threads may be inside OpenSSL."""

from __future__ import annotations

import contextlib
import os
import ssl
import threading

import pytest
import trustme
from fault_server import SESSION_ID, FaultServer, Peer, serve, success, text_frame
from fault_support import SPOT, Recorder, client_of, outcome, place, settled

from kucoin_wsapi import ConnectionLostError, NotReadyError, ReplyTimeoutError, TransportError, WSAPIResponse


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody trusts by itself."""
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """The server's side, for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The client's side, trusting the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_orders_travel_over_tls(tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """The whole way, with a large answer."""

    def script(peer: Peer) -> None:
        peer.log_in()
        while True:
            peer.say(success(peer.next_request(), msg="x" * 200_000))

    with FaultServer(script, tls=tls) as server, client_of(server, ssl_context=trusting) as client:
        outcomes = settled(place(client, f"order-{number}") for number in range(20))
        assert [response.data["clientOid"] for response in outcomes] == [f"order-{n}" for n in range(20)]


def test_a_server_that_is_not_trusted_gets_no_credentials(tls: ssl.SSLContext) -> None:
    """The certificate is checked by default, before a byte of the signed URL leaves."""
    with FaultServer(serve, tls=tls) as server, client_of(server) as client:
        recorder = Recorder(client)
        place(client, "makes it connect")
        recorder.wait_for("exception")
        error = outcome(place(client, "order", timeout=0.2))
        assert type(error) is NotReadyError
        assert type(error.__cause__) is TransportError
        assert isinstance(error.__cause__.__cause__, ssl.SSLCertVerificationError)
        assert all(peer.bytes_read == 0 for peer in server.peers)


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    """A trusted authority is not enough."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("kucoin.example").configure_cert(context)
    with FaultServer(serve, tls=context) as server, client_of(server, ssl_context=trusting) as client:
        with pytest.raises(TransportError, match="certificate is not trusted"):
            client.connect(SPOT, 0.3)
        assert all(peer.bytes_read == 0 for peer in server.peers)


def test_a_challenge_in_the_record_of_the_upgrade_is_seen(
    tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """It is decrypted together with the HTTP answer, so that the socket never becomes readable for it."""

    def script(peer: Peer) -> None:
        asked = f'{{"sessionId":"{SESSION_ID}","timestamp":1742175983882}}'
        peer.read_upgrade()
        peer.send(peer.switching_protocols() + text_frame(asked))
        peer.check_answer(asked)
        peer.welcome()
        peer.answer_all()

    with FaultServer(script, tls=tls) as server, client_of(server, ssl_context=trusting) as client:
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 1


def test_many_answers_in_one_record_are_all_seen(tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """More than one read takes."""

    def script(peer: Peer) -> None:
        peer.log_in()
        requests = [peer.next_request() for _ in range(500)]
        peer.say(*[success(request, msg="x" * 500) for request in requests])
        peer.await_end()

    with FaultServer(script, tls=tls) as server, client_of(server, ssl_context=trusting) as client:
        outcomes = settled(place(client, f"order-{number}") for number in range(500))
        assert all(isinstance(response, WSAPIResponse) for response in outcomes)


@pytest.mark.parametrize("how", ["reset", "end", "tls close"])
def test_a_tls_connection_that_ends_leaves_unknown_outcomes(
    tls: ssl.SSLContext, trusting: ssl.SSLContext, how: str
) -> None:
    """However it ends: with a reset, a TCP end without a TLS goodbye, or with one."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        if how == "reset":
            peer.reset()
        elif how == "end":
            peer.end()
        else:
            with contextlib.suppress(OSError):  # the client does not wait for the goodbye of both sides
                peer.sock.unwrap()  # type: ignore[attr-defined]  # a TLS socket here

    with FaultServer(script, serve, tls=tls) as server, client_of(server, ssl_context=trusting) as client:
        error = outcome(place(client, "lost"))
        assert type(error) is ConnectionLostError
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert [request["args"]["clientOid"] for request in server.requests] == ["lost", "next"]


def test_a_tls_peer_that_stops_reading_blocks_nobody(tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """What OpenSSL has seen of a frame nobody can tell, so it is unknown; what waits behind it is not sent."""
    read_again = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert read_again.wait(20)
        peer.read_on()

    options = {"ssl_context": trusting, "max_send_delay": 0.4, "request_timeout": 0.6}
    with FaultServer(script, tls=tls, receive_buffer=4096) as server, client_of(server, **options) as client:
        client.connect(SPOT)
        outcomes = settled(place(client, f"order-{number}", remark="x" * 400_000) for number in range(50))
        unknown = {error.client_oid for error in outcomes if isinstance(error, ReplyTimeoutError)}
        assert unknown
        assert len(unknown) < 50
        read_again.set()
        client.close_all()
        server.drain()
        arrived = {request["args"]["clientOid"] for request in server.requests}
        assert arrived <= unknown


def test_eight_writers_and_a_reader_share_one_tls_connection(
    tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """Ten thousand orders, or as many as ``TLS_ORDERS`` says, each with its own answer, and nobody hangs."""
    each = int(os.environ.get("TLS_ORDERS", "10000")) // 8
    patience = {"request_timeout": 300, "max_send_delay": 300, "max_in_flight": 8 * each}
    with (
        FaultServer(serve, tls=tls) as server,
        client_of(server, ssl_context=trusting, **patience) as client,
    ):
        client.connect(SPOT)
        futures: list[list[object]] = [[] for _ in range(8)]

        def write(number: int) -> None:
            for order in range(each):
                futures[number].append(place(client, f"{number}-{order}"))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        for number in range(8):
            for order, response in enumerate(settled(futures[number])):
                assert response.data["clientOid"] == f"{number}-{order}"
        assert len(server.requests) == 8 * each
        assert len(server.peers) == 1
