"""What the exchange can do wrong, or refuse, between TCP and the welcome."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from fault_server import (
    API_SECRET,
    BINARY,
    SESSION_ID,
    TEXT,
    FaultServer,
    Peer,
    frame,
    refusal,
    refused_port,
    serve,
    text_frame,
)
from fault_support import SPOT, Recorder, client_of, outcome, place, settled

from kucoin_wsapi import AuthenticationError, NotReadyError, TransportError, WSAPIResponse
from kucoin_wsapi.options import Backoff

FATAL_CODES = [
    *["400001", "400003", "400004", "400005", "400006", "400007", "400008", "400011"],
    *["400200", "400201", "400202", "400301", "400302", "4001002"],
]
PASSING_CODES = ["400012", "408000", "420001", "429000", "429002", "500000", "501000", "503000"]


def refused_before_challenge(message: object) -> Callable[[Peer], None]:
    """The upgrade succeeds, the first frame is a refusal."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        peer.say(message)
        peer.end()
        peer.await_end()

    return script


def refused_after_answer(message: object) -> Callable[[Peer], None]:
    """The challenge is answered, the next frame is a refusal."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        peer.check_answer(peer.challenge())
        peer.say(message)
        peer.end()
        peer.await_end()

    return script


def refused_over_http(message: object) -> Callable[[Peer], None]:
    """The upgrade is answered with a refusal as its body."""
    return lambda peer: peer.refuse_upgrade("403 Forbidden", json.dumps(message).encode())


STEPS = [refused_before_challenge, refused_after_answer, refused_over_http]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", ["400003", "400004", "400005", "400006", "4001002"])
@pytest.mark.parametrize("more", [{}, {"id": "1", "op": "login"}], ids=["without id", "with id"])
def test_a_refused_login_is_raised_from_the_first_call_and_from_connect(
    step: Callable[[object], Callable[[Peer], None]], code: str, more: dict[str, str]
) -> None:
    """The exchange's code and text reach the caller, and the key is tried once only."""
    message = refusal(code, "no entry", **more)
    with FaultServer(step(message)) as server, client_of(server) as client:
        error = outcome(place(client, "first"))
        assert type(error) is NotReadyError
        assert error.client_oid == "first"
        cause = error.__cause__
        assert type(cause) is AuthenticationError
        assert (cause.code, cause.message) == (code, "no entry")
        assert code in str(error)
        assert "no entry" in str(error)
        late = place(client, "second")
        assert late.done(), "a call after a fatal refusal fails at once"
        assert type(late.exception()) is NotReadyError
        assert len(server.peers) == 1
        with pytest.raises(AuthenticationError, match=code):
            client.connect(SPOT)
        assert len(server.peers) == 2, "connect() is the user's wish to try again"
        assert server.requests == []


@pytest.mark.parametrize("code", FATAL_CODES)
def test_every_code_about_the_key_is_fatal(code: str) -> None:
    """A key that the exchange refuses is not tried in a loop."""
    with FaultServer(refused_before_challenge(refusal(code))) as server, client_of(server) as client:
        with pytest.raises(AuthenticationError) as caught:
            client.connect(SPOT)
        assert caught.value.code == code
        assert len(server.peers) == 1


def test_a_code_sent_as_a_number_is_understood() -> None:
    """The code of a refusal is text in the documentation, and a number from some gateways."""
    with FaultServer(refused_before_challenge(refusal(400003))) as server, client_of(server) as client:
        with pytest.raises(AuthenticationError) as caught:
            client.connect(SPOT)
        assert caught.value.code == "400003"


@pytest.mark.parametrize("code", PASSING_CODES)
@pytest.mark.parametrize("step", STEPS)
def test_a_passing_fault_is_tried_again(step: Callable[[object], Callable[[Peer], None]], code: str) -> None:
    """Overload, maintenance and a late answer to the challenge do not end the client."""
    with FaultServer(step(refusal(code)), serve) as server, client_of(server) as client:
        recorder = Recorder(client)
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 2
        (event,) = recorder.wait_for("exception")
        assert type(event.error) is TransportError
        assert event.error.code == code
        assert [request["args"]["clientOid"] for request in server.requests] == ["order"]


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests", "503 Busy", "200 OK", "101"])
@pytest.mark.parametrize(
    "body", [b"", b"<html>error 1015</html>", b'{"hello": 1}', b"\xff\xfe[", b"{" * 5000]
)
def test_an_upgrade_refused_without_a_code_is_tried_again(status: str, body: bytes) -> None:
    """A front end that answers instead of the exchange is a passing fault, and its status is told."""
    with (
        FaultServer(lambda peer: peer.refuse_upgrade(status, body), serve) as server,
        client_of(server) as client,
    ):
        recorder = Recorder(client)
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        error = recorder.wait_for("exception")[0].error
        assert type(error) is TransportError
        if not status.startswith("101"):
            assert error.status == int(status[:3])


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_is_not_followed(status: str) -> None:
    """The signed URL is not handed to another host."""
    with (
        FaultServer(serve) as elsewhere,
        FaultServer(
            lambda peer: peer.refuse_upgrade(status, Location=f"{elsewhere.url}/v1/private"), serve
        ) as server,
        client_of(server) as client,
    ):
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 2
        assert elsewhere.peers == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nnonsense\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: bm8=\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 500\r\n\r\nshort",
        b"HTTP/1.1 \xff\xff\r\n\r\n",
        b"",
    ],
)
def test_an_upgrade_answered_with_nonsense_is_tried_again(answer: bytes) -> None:
    """Whatever speaks on the port, the attempt fails with a typed error and another one follows."""

    def nonsense(peer: Peer) -> None:
        peer.read_upgrade()
        peer.send(answer)
        peer.end()
        peer.await_end()

    with FaultServer(nonsense, serve) as server, client_of(server) as client:
        recorder = Recorder(client)
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert isinstance(recorder.wait_for("exception")[0].error, TransportError)
        assert server.requests == server.peers[1].requests


def test_a_refused_tcp_connection_fails_the_call_at_its_deadline_as_not_sent() -> None:
    """The last reason is the cause."""
    with refused_port() as url, client_of(url, max_send_delay=5) as client:
        started = time.monotonic()
        error = outcome(place(client, "order", timeout=0.3))
        assert type(error) is NotReadyError
        assert time.monotonic() - started < 5
        assert type(error.__cause__) is TransportError
        assert isinstance(error.__cause__.__cause__, ConnectionRefusedError)
        with pytest.raises(TransportError, match=r"not ready after 0\.2 s"):
            client.connect(SPOT, 0.2)


def mute_after_tcp(peer: Peer) -> None:
    """The connection is accepted, nothing is ever said."""
    peer.read_upgrade()
    peer.await_end()


def mute_after_upgrade(peer: Peer) -> None:
    """No challenge."""
    peer.upgrade()
    peer.await_end()


def mute_after_challenge(peer: Peer) -> None:
    """No welcome."""
    peer.upgrade()
    peer.check_answer(peer.challenge())
    peer.fill()


def dripping(peer: Peer) -> None:
    """The upgrade is answered a byte at a time, without end."""
    peer.read_upgrade()
    answer = peer.switching_protocols().removesuffix(b"\r\n") + b"X-Padding: " + b"x" * 100_000
    pause = threading.Event()
    for index in range(len(answer)):
        peer.send(answer[index : index + 1])
        pause.wait(0.01)


@pytest.mark.parametrize("script", [mute_after_tcp, mute_after_upgrade, mute_after_challenge, dripping])
def test_a_login_that_does_not_come_to_an_end_is_given_up(script: Callable[[Peer], None]) -> None:
    """An attempt has ``connect_timeout`` for everything; another follows, and nothing is sent before the welcome."""
    with FaultServer(script, serve) as server, client_of(server, connect_timeout=0.3) as client:
        started = time.monotonic()
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert time.monotonic() - started < 3
        assert server.peers[0].requests == []
        assert len(server.peers) == 2


@pytest.mark.parametrize("script", [mute_after_tcp, mute_after_upgrade, mute_after_challenge, dripping])
def test_a_call_during_a_login_without_end_keeps_its_own_deadline(script: Callable[[Peer], None]) -> None:
    """The deadline of a call does not wait for the end of the attempt."""
    with FaultServer(script) as server, client_of(server, connect_timeout=30) as client:
        started = time.monotonic()
        error = outcome(place(client, "order", timeout=0.2))
        assert type(error) is NotReadyError
        assert time.monotonic() - started < 3
        client.close_all()
        assert time.monotonic() - started < 6
        server.drain()
        assert server.requests == []


@pytest.mark.parametrize(
    "garbage",
    [
        text_frame("not JSON"),
        text_frame("[1, 2]"),
        text_frame("null"),
        text_frame({"hello": "world"}),
        text_frame('{"sessionId": 1e99999999999999999999, "timestamp": 1}'),
        frame(BINARY, b"\0\1\2"),
        frame(TEXT, b"\xff\xfe"),
        frame(0x3, b"reserved"),
        frame(TEXT, b"{}", reserved=4),
        frame(TEXT, b"{}", masked=True),
        b"\x81\x7f" + (100 << 20).to_bytes(8, "big"),
        b"\x81\x7f" + b"\xff" * 8,
        frame(0x8, b""),
        frame(0x8, b"\x03"),
        frame(0x8, b"\x03\xe8" + b"\xff" * 20),
        b"",
    ],
)
@pytest.mark.parametrize("after_answer", [False, True])
def test_garbage_during_the_login_is_tried_again(garbage: bytes, after_answer: bool) -> None:
    """Nonsense before the welcome costs the attempt, not the client."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        if after_answer:
            peer.check_answer(peer.challenge())
        peer.send(garbage)
        peer.end()
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server) as client:
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 2
        assert server.peers[0].requests == []


@pytest.mark.parametrize(
    "challenge",
    [
        f'{{"sessionId":"{SESSION_ID}", "timestamp": 1742175983882}}',
        f'{{"timestamp":1742175983882,"sessionId":"{SESSION_ID}"}}',
        f' {{ "timestamp" : 1742175983882 , "more": [1.50, "\\u00e4ä"], "sessionId" : "{SESSION_ID}" }} ',
        f'{{"sessionId":"{SESSION_ID}","timestamp":"1742175983882"}}',
        f'{{"sessionId":"{SESSION_ID}","timestamp":99999999999999999999999999}}',
    ],
)
def test_the_challenge_is_answered_over_its_exact_text(challenge: str) -> None:
    """Blanks, order and spelling of the challenge are signed as they came."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        peer.check_answer(peer.challenge(challenge))
        peer.welcome()
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)


def test_a_challenge_in_the_packet_of_the_upgrade_is_seen() -> None:
    """What comes right behind the HTTP answer belongs to the WebSocket."""

    def script(peer: Peer) -> None:
        asked = f'{{"sessionId":"{SESSION_ID}","timestamp":1742175983882}}'
        peer.read_upgrade()
        peer.send(peer.switching_protocols() + text_frame(asked))
        peer.check_answer(asked)
        peer.welcome()
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 1


def test_nothing_but_the_proof_is_sent_before_the_welcome() -> None:
    """Requests wait for the welcome, in whatever pieces the login comes."""
    permitted = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_upgrade()
        for byte in peer.switching_protocols():
            peer.send(bytes((byte,)))
        asked = f'{{"sessionId":"{SESSION_ID}","timestamp":{time.time_ns() // 1_000_000}}}'
        for byte in text_frame(asked):
            peer.send(bytes((byte,)))
        peer.check_answer(asked)
        assert permitted.wait(20)
        peer.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.sock.recv(1, socket.MSG_PEEK)
        peer.sock.setblocking(True)
        peer.welcome()
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        futures = [place(client, f"order-{number}") for number in range(20)]
        server.wait_for(lambda: bool(server.peers and server.peers[0].answered_challenge), "the proof")
        futures += [place(client, f"order-{number}") for number in range(20, 40)]
        permitted.set()
        assert all(isinstance(result, WSAPIResponse) for result in settled(futures))
        assert [request["args"]["clientOid"] for request in server.requests] == [
            f"order-{number}" for number in range(40)
        ]
        assert API_SECRET not in server.peers[0].target


def skewed(peer: Peer) -> int:
    """By how many milliseconds the client's timestamp differs from our clock."""
    return int(peer.query["timestamp"]) - time.time_ns() // 1_000_000


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("more", [{}, {"id": "1", "op": "login"}], ids=["without id", "with id"])
def test_a_refused_clock_is_corrected_once_and_at_once(
    step: Callable[[object], Callable[[Peer], None]], hours: int, more: dict[str, str]
) -> None:
    """The second signature is made with the exchange's time."""
    offset = hours * 3_600_000
    now = time.time_ns() // 1_000_000
    message = refusal("400002", "Invalid KC-API-TIMESTAMP.", **more)
    message |= {"inTime": now + offset, "outTime": now + offset}
    skews: list[int] = []

    def corrected(peer: Peer) -> None:
        peer.upgrade()
        skews.append(skewed(peer))
        peer.check_answer(peer.challenge(f'{{"sessionId":"{SESSION_ID}","timestamp":{now + offset}}}'))
        peer.welcome()
        peer.answer_all()

    backoff = Backoff(base=60, cap=60)  # the second attempt does not wait for it
    with FaultServer(step(message), corrected) as server, client_of(server, backoff=backoff) as client:
        client.connect(SPOT)
        assert len(server.peers) == 2
        assert abs(skews[0] - offset) < 10_000


@pytest.mark.parametrize("step", STEPS)
def test_a_clock_refused_twice_is_fatal(step: Callable[[object], Callable[[Peer], None]]) -> None:
    """After one correction 400002 is like any other refusal."""
    with FaultServer(step(refusal("400002"))) as server, client_of(server) as client:
        with pytest.raises(AuthenticationError) as caught:
            client.connect(SPOT)
        assert caught.value.code == "400002"
        assert len(server.peers) == 2


def test_the_clock_of_the_challenge_corrects_the_next_signature() -> None:
    """A clock that drifts away is noticed before the exchange refuses it."""
    offset = -7_200_000
    skews: list[int] = []

    def first(peer: Peer) -> None:
        peer.upgrade()
        now = time.time_ns() // 1_000_000
        peer.check_answer(peer.challenge(f'{{"sessionId":"{SESSION_ID}","timestamp":{now + offset}}}'))
        peer.welcome()
        peer.next_request()
        peer.reset()

    def second(peer: Peer) -> None:
        peer.upgrade()
        skews.append(skewed(peer))
        peer.check_answer(peer.challenge())
        peer.welcome()
        peer.answer_all()

    with FaultServer(first, second) as server, client_of(server) as client:
        outcome(place(client, "lost"))
        client.connect(SPOT)
        assert abs(skews[0] - offset) < 10_000


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1008, 1011, 1012, 1013, 4000, None])
def test_a_bare_close_during_the_login_is_tried_again(code: int | None) -> None:
    """Without a code of the exchange nothing says that the key is at fault."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        peer.challenge()
        peer.close(code)
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server) as client:
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 2


def test_refusals_are_not_answered_with_a_storm_of_attempts() -> None:
    """However short the backoff, there are at most 15 attempts at once and one every two seconds after that."""
    backoff = Backoff(base=0.001, cap=0.001)
    with (
        FaultServer(lambda peer: peer.refuse_upgrade("429 Too Many Requests")) as server,
        client_of(server, backoff=backoff, max_send_delay=10) as client,
    ):
        error = outcome(place(client, "order", timeout=3))
        assert type(error) is NotReadyError
        assert 15 <= len(server.peers) <= 18
