"""Answers that come late, twice, never, out of order, in pieces or as garbage: each call still gets its own verdict."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import Any

import pytest
from fault_server import (
    API_KEY,
    API_PASSPHRASE,
    API_SECRET,
    BINARY,
    PING,
    PONG,
    TEXT,
    FaultServer,
    Peer,
    frame,
    refusal,
    serve,
    success,
    text_frame,
)
from fault_support import SPOT, Recorder, client_of, outcome, place, settled

from kucoin_wsapi import (
    ConnectionLostError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    ReplyTimeoutError,
    ServerFaultError,
    UnreadableReplyError,
    WebsocketAPIClient,
    WSAPIResponse,
    _transport,
)


def test_an_answer_that_never_comes_is_an_unknown_outcome() -> None:
    """A timeout names the order to look up, and does not repeat it."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.read_on()

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        started = time.monotonic()
        error = outcome(place(client, "silent", timeout=0.3))
        assert type(error) is ReplyTimeoutError
        assert isinstance(error, TimeoutError)
        assert error.client_oid == "silent"
        assert error.sent_at is not None
        assert error.sent_at >= started
        assert 0.25 < time.monotonic() - started < 5
        client.close_all()
        server.drain()
        assert server.request_ids() == [error.request_id]


def test_a_late_answer_settles_nobody_and_arrives_as_an_event() -> None:
    """What became of the order is still told."""
    overdue = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        accepted, refused = peer.next_request(), peer.next_request()
        assert overdue.wait(20)
        peer.say(success(accepted), refusal("400100", "late no", id=refused["id"], op="spot.order"))
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        futures = [place(client, oid, timeout=0.2) for oid in ("accepted", "refused")]
        errors = settled(futures)
        assert [type(error) for error in errors] == [ReplyTimeoutError, ReplyTimeoutError]
        overdue.set()
        (response,) = recorder.wait_for("response")
        assert (response.id, response.late) == (futures[0].request_id, True)
        late = [event for event in recorder.wait_for("exception", 3) if event.late]
        assert len(late) == 1
        assert isinstance(late[0].error, RejectedError)
        assert late[0].error.client_oid == "refused"
        assert [future.exception() for future in futures] == errors
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)


def test_an_answer_that_comes_twice_settles_once() -> None:
    """The second one is an event, even if it says the opposite."""

    def script(peer: Peer) -> None:
        peer.log_in()
        request = peer.next_request()
        peer.say(success(request), refusal("400100", id=request["id"], op=request["op"]), success(request))
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        recorder = Recorder(client)
        assert isinstance(outcome(place(client, "first")), WSAPIResponse)
        assert isinstance(outcome(place(client, "second")), WSAPIResponse)
        unmatched = recorder.wait_for("exception", 2)
        assert [type(event.error) for event in unmatched] == [ProtocolError, ProtocolError]
        assert len(recorder.wait_for("response", 2)) == 2


def test_a_thousand_answers_in_random_order_find_their_calls() -> None:
    """Only the exact id counts, whatever words the rest of the answer holds."""
    nasty = ["pong", '{"op":"pong"}', "welcome", "}{", '","id":"', "\u2028", "💣", "sessionId"]

    def script(peer: Peer) -> None:
        peer.log_in()
        requests = [peer.next_request() for _ in range(1000)]
        random.Random(7).shuffle(requests)
        strangers = [success(request, id="stranger-" + request["id"]) for request in requests[:50]]
        answers = [success(request, msg=request["args"]["remark"]) for request in requests]
        peer.say(*strangers, *answers)
        peer.await_end()

    with FaultServer(script) as server, client_of(server) as client:
        futures = [place(client, f"order-{n}", remark=nasty[n % len(nasty)]) for n in range(1000)]
        for number, response in enumerate(settled(futures)):
            assert response.data["clientOid"] == f"order-{number}"
            assert response.msg == nasty[number % len(nasty)]


def test_an_answer_may_overtake_the_return_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is registered before its bytes leave: an answer that is there before ``send`` returns is its own."""
    from kucoin_wsapi._transport import Transport

    answered = threading.Event()
    send = Transport.send.fget

    def slow_to_return(self: Transport, data: bytes) -> int:
        taken: int = send(self)(data)
        assert answered.wait(20)
        return taken

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.say(success(peer.next_request()))
        answered.set()
        peer.await_end()

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        monkeypatch.setattr(Transport, "send", slow_to_return)
        assert isinstance(outcome(place(client, "fast")), WSAPIResponse)


@pytest.mark.parametrize("tick", [1, 2, 3, 7])
def test_frames_may_be_split_at_any_byte(tick: int) -> None:
    """Answers, a pong and a protocol ping in one stream, cut into small packets."""

    def script(peer: Peer) -> None:
        peer.log_in()
        requests = [peer.next_request() for _ in range(5)]
        answers = [
            text_frame(success(request, msg="x" * (60 * index))) for index, request in enumerate(requests)
        ]
        answers[1] = frame(TEXT, answers[1][4:20], final=False) + frame(0, answers[1][20:], final=True)
        stream = frame(PING, b"are you there").join(answers)
        for start in range(0, len(stream), tick):
            peer.send(stream[start : start + tick])
        assert peer.next_frame() == (PONG, b"are you there")
        peer.await_end()

    with FaultServer(script) as server, client_of(server) as client:
        outcomes = settled(place(client, f"order-{number}") for number in range(5))
        assert [response.data["clientOid"] for response in outcomes] == [f"order-{n}" for n in range(5)]


UNREADABLE = [
    text_frame(""),
    text_frame("not JSON"),
    text_frame("{"),
    text_frame("[]"),
    text_frame("17"),
    text_frame("NaN"),
    text_frame('"pong"'),
    text_frame("{}"),
    text_frame('{"code":{"a":1},"id":"x"}'),
    text_frame('{"code":null,"id":["x"]}'),
    text_frame('{"code":true,"id":"x"}'),
    text_frame('{"id":"x","op":"spot.order","data":{}}'),
    text_frame('{"a":1e99999999999999999999}'),
    text_frame('{"a":' + "9" * 10_000 + "}"),
    text_frame('{"a":"\\ud800"}'),
    text_frame("[" * 100_000),
    text_frame('{"a":' * 50_000),
    text_frame("\ufeff{}"),
    frame(BINARY, b'{"id":"1","op":"spot.order","code":"200000"}'),
    frame(BINARY, b"") * 100,
]


@pytest.mark.parametrize("garbage", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_unreadable_message_is_an_event_and_the_connection_stays(garbage: bytes) -> None:
    """What belongs to no call harms no call."""

    def script(peer: Peer) -> None:
        peer.log_in()
        before, after = peer.next_request(), peer.next_request()
        peer.send(text_frame(success(before)) + garbage + text_frame(success(after)))
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        recorder = Recorder(client)
        outcomes = settled(place(client, f"order-{number}") for number in range(2))
        assert all(isinstance(response, WSAPIResponse) for response in outcomes), outcomes
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert type(recorder.wait_for("exception")[0].error) is ProtocolError
        assert len(server.peers) == 1


BROKEN = [
    frame(TEXT, b"\xff\xfe"),
    frame(TEXT, b"\xed\xa0\x80"),
    frame(TEXT, b"{}", masked=True),
    frame(TEXT, b"{}", reserved=1),
    frame(TEXT, b"{}", reserved=4),
    frame(0x3, b""),
    frame(0xF, b""),
    frame(0x0, b"continuation of nothing"),
    frame(TEXT, b"{", final=False) + frame(TEXT, b"}"),
    frame(PING, b"", final=False),
    frame(PING, b"x" * 126),
    b"\x81\x7f" + (100 << 20).to_bytes(8, "big"),
    b"\x81\x7f" + b"\xff" * 8,
    frame(TEXT, b"x", final=False) + frame(0, b"x" * 120, final=False) * 10_000,
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_frame_ends_the_connection_and_the_next_one_serves(broken: bytes) -> None:
    """What was answered before it counts; what was in flight is unknown; nothing is sent again."""

    def script(peer: Peer) -> None:
        peer.log_in()
        answered, _ = peer.next_request(), peer.next_request()
        peer.send(text_frame(success(answered)) + broken)
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server) as client:
        client.connect(SPOT)
        answered, lost = settled(place(client, oid) for oid in ("answered", "lost"))
        assert isinstance(answered, WSAPIResponse)
        assert type(lost) is ConnectionLostError
        assert lost.client_oid == "lost"
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert [request["args"]["clientOid"] for request in server.requests] == ["answered", "lost", "next"]


def test_an_error_without_an_id_settles_nobody() -> None:
    """It is told as an event; the request it may belong to keeps its deadline."""

    def script(peer: Peer) -> None:
        peer.log_in()
        request = peer.next_request()
        peer.say(refusal("4001002", "Field 'id' must be a non-empty string."))
        peer.say(refusal(420002, id=None), refusal("501000", id=""), refusal("429002", id=17))
        peer.say(success(request))
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        recorder = Recorder(client)
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        events = recorder.wait_for("exception", 4)
        assert [
            code in str(event.error) for event, code in zip(events, ["4001002", "420002"], strict=False)
        ] == [
            True,
            True,
        ]
        assert len(server.peers) == 1


def test_a_challenge_after_the_welcome_is_not_signed() -> None:
    """The secret signs nothing but the login; a second welcome changes nothing either."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.challenge()
        peer.welcome()
        peer.challenge()
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        outcomes = settled(place(client, f"order-{number}") for number in range(5))
        assert all(isinstance(response, WSAPIResponse) for response in outcomes)
        client.close_all()
        server.drain()
        proof, *requests = server.peers[0].texts
        assert proof == server.peers[0].answered_challenge
        assert [json.loads(text)["op"] for text in requests] == ["spot.order"] * 5


ANSWERS: list[tuple[dict[str, Any], type]] = [
    ({"code": 200000}, WSAPIResponse),
    ({"code": 400100}, RejectedError),
    ({"code": "999999"}, RejectedError),
    ({"code": "no code"}, UnreadableReplyError),
    ({"code": ""}, UnreadableReplyError),
    ({"code": "400100", "data": {"orderId": "a refusal that names an order"}}, UnreadableReplyError),
    ({"code": "400100", "msg": None}, RejectedError),
    ({"code": "400100", "msg": {"text": [1]}}, RejectedError),
    ({"code": "500000"}, ServerFaultError),
    ({"code": "504000"}, ServerFaultError),
    ({"code": "577777"}, ServerFaultError),
    ({"code": "408000"}, ServerFaultError),
    ({"code": "429000"}, RateLimitedError),
    ({"code": "429000", "userRateLimit": {"limit": 1, "remaining": 0, "reset": 10**400}}, RateLimitedError),
    ({"code": "429000", "userRateLimit": {"limit": "x", "reset": None}}, RateLimitedError),
    ({"code": "429000", "userRateLimit": [1, 2]}, RateLimitedError),
    ({"code": "429000", "userRateLimit": "soon"}, RateLimitedError),
    ({"data": None}, UnreadableReplyError),
    ({"data": []}, UnreadableReplyError),
    ({"data": {}}, UnreadableReplyError),
    ({"data": "welcome"}, UnreadableReplyError),
    ({"data": {"orderId": 17, "clientOid": []}}, UnreadableReplyError),
    ({"op": None}, WSAPIResponse),
    ({"op": "spot.cancel"}, WSAPIResponse),
    ({"inTime": "soon", "outTime": 1.5}, WSAPIResponse),
    ({"sessionId": "x", "timestamp": 1, "type": "welcome"}, WSAPIResponse),
]


@pytest.mark.parametrize(("changes", "kind"), ANSWERS, ids=range(len(ANSWERS)))
def test_every_answer_has_a_verdict(changes: dict[str, Any], kind: type) -> None:
    """However odd an answer to a typed call is, the call settles at once, and the connection stays."""

    def script(peer: Peer) -> None:
        peer.log_in()
        # Refusals have no data, unless the row says so.
        refusal = {"data": None} if changes.get("code", 200000) != 200000 else {}
        peer.say(success(peer.next_request(), **refusal | changes))
        peer.answer_all()

    with FaultServer(script) as server:
        typed = WebsocketAPIClient(
            API_KEY,
            API_SECRET,
            API_PASSPHRASE,
            attach_event_listeners=False,
            ws_url=server.url,
        )
        with typed:
            future = typed.submit_new_spot_order(
                symbol="BTC-USDT", side="buy", type="limit", price="1", size="1", client_oid="odd"
            )
            result = outcome(future)
            assert isinstance(result, kind), result
            if isinstance(result, Exception):
                assert result.client_oid == "odd"
                assert json.dumps(str(result))
            again = typed.submit_new_spot_order(
                symbol="BTC-USDT", side="buy", type="limit", price="1", size="1", client_oid="again"
            )
            assert isinstance(outcome(again), WSAPIResponse)
            assert len(server.peers) == 1


def test_a_flood_delays_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never stops talking does not keep a call from settling, however little a read brings."""
    monkeypatch.setattr(_transport, "_READ_SIZE", 256)  # so that there is always more to be read

    def script(peer: Peer) -> None:
        peer.log_in()
        noise = text_frame({"op": "pong", "id": "x" * 60_000}) * 20
        while True:
            peer.send(noise)

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        started = time.monotonic()
        assert type(outcome(place(client, "order", timeout=0.3))) is ReplyTimeoutError
        assert time.monotonic() - started < 5
