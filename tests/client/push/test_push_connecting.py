"""Each key gets in as its generation demands, and a refusal is judged: for good, or for now."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import pytest
from fault_support import Recorder, eventually, outcome
from push_server import PUSH_KEYS, V1_KEYS, Answer, PushPeer, PushServer, TokenRequest, given, named, serve

from kucoin_wsapi import (
    AuthenticationError,
    InvalidRequestError,
    SubscriptionError,
    TransportError,
    WebsocketClient,
    WsKey,
)

all_keys = pytest.mark.parametrize("key", PUSH_KEYS, ids=lambda key: key.value)
v1_keys = pytest.mark.parametrize("key", V1_KEYS, ids=lambda key: key.value)


@all_keys
def test_a_key_connects_when_it_is_used_first(key):
    """What the server demands it checks: path, token once, no credentials where none are needed, login."""
    with PushServer(key) as server, server.client() as client:
        assert not server.peers
        assert repr(client) == "<WebsocketClient not connected>"
        events = Recorder(client)
        future = client.subscribe(given(key, 2), key)
        assert outcome(future) == tuple(named(key, 2))
        assert client.subscriptions(key) == tuple(named(key, 2))
        assert repr(client) == f"<WebsocketClient {key.value}: ready, 2 topics>"
        events.wait_for("authenticated")
        assert events.life() == ["open", "authenticated"]
        assert len(server.rest_requests) == (0 if key.is_pro else 1)


@pytest.mark.parametrize("key", [WsKey.FUTURES_PRIVATE_V1, WsKey.PRIVATE_PRO_V2])
def test_connect_waits_for_the_welcome_and_login(key):
    """Not only for the socket."""
    let_in = threading.Event()

    def hesitate(peer: PushPeer) -> None:
        peer.accept()
        let_in.wait(20)
        peer.welcome()
        if key is WsKey.PRIVATE_PRO_V2:
            peer.say({"id": peer.read_login()["id"], "result": "true"})
        peer.serve()

    with PushServer(key, hesitate) as server, server.client() as client:
        with pytest.raises(TransportError, match="not ready"):
            client.connect(key, timeout=0.2)
        let_in.set()
        client.connect(key)
        assert repr(client) == f"<WebsocketClient {key.value}: ready, 0 topics>"


@v1_keys
def test_classic_keys_ask_the_door_of_their_kind(key):
    """Signed where private, with the site where there is one."""
    with PushServer(key) as server, server.client(api_region="AU") as client:
        client.connect(key)
        (request,) = server.rest_requests
        assert request.path == f"/api/v1/bullet-{'private' if key.is_private else 'public'}"
        assert request.headers["X-SITE-TYPE"] == "australia"


@pytest.mark.parametrize("key", [WsKey.SPOT_PRIVATE_V1, WsKey.FUTURES_PRIVATE_V1])
def test_a_door_that_refuses_the_clock_is_asked_again_by_its_own(key):
    """At once, within the attempt; the site is on every request."""
    ahead = 3_600_000

    def refuse_our_clock(request: TokenRequest) -> Answer | None:
        now = int(time.time() * 1000) + ahead
        if request.path == "/api/v1/timestamp":
            return 200, {"code": "200000", "data": now}
        if abs(int(request.headers["KC-API-TIMESTAMP"]) - now) > 5000:
            return 400, {"code": "400002", "msg": "KC-API-TIMESTAMP Invalid"}
        return None

    with (
        PushServer(key, serve, rest_answer=refuse_our_clock) as server,
        server.client(api_region="AU") as client,
    ):
        assert outcome(client.subscribe(given(key), key)) == tuple(named(key))
        paths = [request.path for request in server.rest_requests]
        assert paths == ["/api/v1/bullet-private", "/api/v1/timestamp", "/api/v1/bullet-private"]
        assert {request.headers.get("X-SITE-TYPE") for request in server.rest_requests} == {"australia"}


@v1_keys
def test_each_attempt_has_a_token_and_a_name_of_its_own(key):
    """The server refuses a token that comes twice."""

    def refuse_once(peer: PushPeer) -> None:
        peer.accept()
        peer.say({"id": "x", "type": "error", "code": 401, "data": "token is expired"})
        peer.peer.close()

    with PushServer(key, refuse_once, refuse_once, serve) as server, server.client() as client:
        events = Recorder(client)
        assert outcome(client.subscribe(given(key), key)) == tuple(named(key))
        assert len(server.tokens) == 3
        names = {peer.query["connectId"] for peer in server.peers}
        assert len(names) == 3
        errors = [event.error for event in events.wait_for("exception", 2)]
        assert all(isinstance(error, TransportError) and "401" in str(error) for error in errors)


def test_tokens_that_are_refused_again_and_again_are_asked_for_ever_slower():
    """No loop: the bound on attempts holds."""

    def refuse(peer: PushPeer) -> None:
        peer.accept()
        peer.say({"id": "x", "type": "error", "code": 401, "data": "token is invalid"})
        peer.peer.await_end()

    key = WsKey.SPOT_PUBLIC_V1
    with PushServer(key, refuse) as server, server.client(request_timeout=1.5) as client:
        error = outcome(client.subscribe(given(key), key))
        assert isinstance(error, SubscriptionError)
        assert "token is invalid" in str(error)
        assert 2 <= len(server.tokens) <= 17, "fifteen at once, then four seconds each"


def refused_with(code: str, msg: str, status: int = 200) -> Any:
    def answer(_: TokenRequest) -> Answer:
        return status, {"code": code, "msg": msg}

    return answer


@pytest.mark.parametrize("key", [WsKey.SPOT_PRIVATE_V1, WsKey.FUTURES_PRIVATE_V1])
@pytest.mark.parametrize("status", [200, 401])
def test_a_key_that_is_refused_at_the_door_is_refused_for_good(key, status):
    """Told to who waits, to who asks later, in events; and not tried again."""
    door = refused_with("400003", "KC-API-KEY not exists", status)
    with PushServer(key, rest_answer=door) as server, server.client() as client:
        events = Recorder(client)
        first = outcome(client.subscribe(given(key), key))
        second = outcome(client.subscribe(given(key), key))
        with pytest.raises(AuthenticationError, match="400003"):
            client.connect(key)
        for error in (first, second):
            assert isinstance(error, SubscriptionError)
            assert "400003" in str(error)
            assert isinstance(error.__cause__, AuthenticationError)
            assert error.__cause__.code == "400003"
        (close,) = [event for event in events.wait_for("close", 2) if event.ws_key is key][:1]
        assert isinstance(close.reason, AuthenticationError)
        assert len(server.rest_requests) == 2, "once, and once because `connect` was called"
        assert client.subscriptions(key) == ()


@pytest.mark.parametrize(
    "frame",
    [
        {"id": "login", "result": False, "message": "invalid api key"},
        {"id": "login", "result": False, "reason": "invalid api key"},
        {"id": "login", "result": "false", "msg": "invalid api key"},
        {"code": "400003", "msg": "invalid api key"},
        {"id": "login", "code": 400005, "msg": "invalid api key"},
    ],
)
def test_a_login_that_is_refused_in_band_is_refused_for_good(frame):
    """However the exchange puts it."""
    key = WsKey.PRIVATE_PRO_V2

    def refuse(peer: PushPeer) -> None:
        peer.accept()
        peer.welcome()
        peer.read_login()
        peer.say(frame)
        peer.peer.await_end()

    with PushServer(key, refuse) as server, server.client() as client:
        errors = [outcome(client.subscribe(given(key), key)) for _ in range(3)]
        assert all("invalid api key" in str(error) for error in errors)
        assert len(server.peers) == 1


def test_a_login_whose_time_is_refused_is_tried_once_more():
    """Then it is for good."""
    key = WsKey.PRIVATE_PRO_V2

    def refuse(peer: PushPeer) -> None:
        peer.accept()
        peer.welcome()
        peer.read_login()
        peer.say({"id": "login", "code": "400002", "msg": "KC-API-TIMESTAMP Invalid"})
        peer.peer.await_end()

    with PushServer(key, refuse) as server, server.client() as client:
        error = outcome(client.subscribe(given(key), key))
        assert "400002" in str(error)
        assert isinstance(error.__cause__, AuthenticationError)
        assert len(server.peers) == 2


@pytest.mark.parametrize("code", [509, 500])
def test_a_busy_exchange_is_tried_again(code):
    """Too many sessions, or trouble: these pass."""
    key = WsKey.SPOT_PUBLIC_V1

    def busy(peer: PushPeer) -> None:
        peer.accept()
        peer.say({"id": "x", "type": "error", "code": code, "data": "busy"})
        peer.peer.await_end()

    with PushServer(key, busy, serve) as server, server.client() as client:
        assert outcome(client.subscribe(given(key), key)) == tuple(named(key))
        assert len(server.peers) == 2


NO_TOKENS = [
    (429, {"code": "429000", "msg": "too many requests"}),
    (503, b"<html>unavailable</html>"),
    (200, {"code": "500000", "msg": "internal"}),
    (200, {"code": "200000"}),
    (200, {"code": "200000", "data": {"token": "t", "instanceServers": []}}),
    (200, {"code": "200000", "data": {"token": 7, "instanceServers": [{"endpoint": "ws://127.0.0.1"}]}}),
    (200, {"code": "200000", "data": {"token": "t", "instanceServers": [{"endpoint": "http://127.0.0.1"}]}}),
    (200, {"code": "200000", "data": {"token": "t", "instanceServers": [{"endpoint": "ws://"}]}}),
    (200, {"code": "200000", "data": {"token": "t", "instanceServers": [{"endpoint": "ws://[1"}]}}),
    (200, {"code": "200000", "data": {"token": "t", "instanceServers": [None]}}),
    (200, []),
]


@pytest.mark.parametrize("nonsense", NO_TOKENS, ids=lambda answer: repr(answer)[:60])
def test_a_door_that_has_no_token_now_is_asked_again(nonsense):
    """Whatever it answers instead."""
    key = WsKey.SPOT_PUBLIC_V1
    count = itertools.count()

    def door(_: TokenRequest) -> Answer | None:
        return nonsense if next(count) == 0 else None

    with PushServer(key, rest_answer=door) as server, server.client() as client:
        events = Recorder(client)
        assert outcome(client.subscribe(given(key), key)) == tuple(named(key))
        (event,) = events.wait_for("exception")
        assert isinstance(event.error, TransportError)
        assert len(server.rest_requests) == 2


def test_a_door_that_does_not_answer_does_not_hold_up_close():
    """The attempt is abandoned."""
    key, close = WsKey.SPOT_PUBLIC_V1, threading.Event()

    def door(_: TokenRequest) -> None:
        close.wait(20)

    with PushServer(key, rest_answer=door) as server:
        client = server.client()
        future = client.subscribe(given(key), key)
        eventually(lambda: server.rest_requests, "the request for a token")
        started = time.monotonic()
        client.close_all()
        assert time.monotonic() - started < 5
        assert "closed" in str(outcome(future))
        close.set()
        assert not server.peers


def test_a_secure_door_must_not_lead_to_an_open_connection():
    """A token is a secret; the sandbox, which is not secure itself, may."""
    from kucoin_wsapi._push_gates import _address

    def told(endpoint: str) -> dict[str, Any]:
        return {"token": "t", "instanceServers": [{"endpoint": endpoint}]}

    assert _address(told("wss://push/endpoint"), secure=True).url.startswith("wss://push/endpoint?token=t&")
    assert _address(told("ws://push"), secure=False).url.startswith("ws://push?token=t&connectId=")
    with pytest.raises(TransportError):
        _address(told("ws://push"), secure=True)


@v1_keys
def test_who_gives_one_url_does_not_end_at_the_real_exchange(key):
    """The door has to be given too; nothing is asked of anybody."""
    with PushServer(key) as server, server.client(rest_url=None) as client:
        error = outcome(client.subscribe(given(key), key))
        assert "rest_url" in str(error)
        with pytest.raises(AuthenticationError, match="rest_url"):
            client.connect(key)
        assert not server.peers


def test_a_key_that_the_given_urls_leave_out_does_not_end_at_the_real_exchange():
    """Nor does a Pro key without a URL."""
    key = WsKey.SPOT_PUBLIC_PRO_V2
    orders = {"wsApiSpotV1": "ws://127.0.0.1:1", "wsApiFuturesV1": "ws://127.0.0.1:1"}
    with WebsocketClient(ws_url=orders) as client:
        assert "spotPublicProV2" in str(outcome(client.subscribe(given(key), key)))


@pytest.mark.parametrize("key", [key for key in PUSH_KEYS if key.is_private])
def test_a_private_key_needs_credentials_at_once(key):
    """Before anything is connected."""
    with (
        PushServer(key) as server,
        WebsocketClient(ws_url=server.faults.url, rest_url=server.rest_url) as client,
    ):
        with pytest.raises(InvalidRequestError, match="API key"):
            client.subscribe(given(key), key)
        with pytest.raises(AuthenticationError):
            client.connect(key)
        assert not server.peers
        assert not server.rest_requests


def test_what_cannot_be_subscribed_is_refused_at_once():
    """With the rule: no topic, not one of the key, a key for orders, a handler that is none."""
    with WebsocketClient() as client:
        for topics, key in [
            ("nonsense", WsKey.SPOT_PUBLIC_V1),
            ([], WsKey.SPOT_PUBLIC_V1),
            ("/contractMarket/tickerV2:XBTUSDTM", WsKey.SPOT_PUBLIC_V1),
            ("/account/balance", WsKey.SPOT_PUBLIC_V1),
            ("/market/ticker:A-USDT", WsKey.WS_API_SPOT_V1),
        ]:
            with pytest.raises(InvalidRequestError):
                client.subscribe(topics, key)
            with pytest.raises(InvalidRequestError):
                client.unsubscribe(topics, key)
            with pytest.raises(InvalidRequestError):
                client.updates(key, topics)
        with pytest.raises(InvalidRequestError, match="handler"):
            client.subscribe("/market/ticker:A-USDT", "spotPublicV1", handler=7)  # type: ignore[arg-type]
        with pytest.raises(InvalidRequestError):
            client.updates(WsKey.WS_API_SPOT_V1)
        assert repr(client) == "<WebsocketClient not connected>"
        assert client.subscriptions("spotPublicV1") == ()


@pytest.mark.parametrize("key", [WsKey.SPOT_PUBLIC_V1, WsKey.FUTURES_PUBLIC_PRO_V2])
def test_an_ack_or_an_update_is_no_welcome(key):
    """Nothing is sent before the exchange has said that it may be."""
    told = threading.Event()

    def babble(peer: PushPeer) -> None:
        peer.accept()
        peer.ack({"id": "1"})
        peer.say({"type": "message", "topic": "/x", "data": {}})
        told.set()
        peer.peer.await_end()

    with PushServer(key, babble) as server, server.client() as client:
        with pytest.raises(TransportError):
            client.connect(key, timeout=0.2)
        assert told.wait(10)
        assert server.requests() == []


def test_a_login_that_is_cut_off_is_begun_anew():
    """The next connection has a login of its own."""
    key = WsKey.PRIVATE_PRO_V2

    def cut_off(peer: PushPeer) -> None:
        peer.accept()
        peer.welcome()
        peer.read_login()
        peer.peer.reset()

    with PushServer(key, cut_off, serve) as server, server.client() as client:
        assert outcome(client.subscribe(given(key), key)) == tuple(named(key))
        assert [len(pusher.logins) for pusher in server.pushers] == [1, 1]
