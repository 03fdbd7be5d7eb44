"""Tokens, welcome, acknowledgements, errors, pings and limits of the classic push socket."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from independent_clients import RawSocket, send
from push_clients import V1Socket, bullet, v1_url

DAY = 24 * 3600


def test_bullets(sandbox):
    """A token, and a server with the intervals of the welcome of the order socket."""
    for private in (False, True):
        data = bullet(sandbox.client_options(), private=private)
        (server,) = data["instanceServers"]

        assert server["endpoint"] == f"{sandbox.ws_url}/push"
        assert (server["pingInterval"], server["pingTimeout"]) == (18_000, 10_000)
        assert (server["protocol"], server["encrypt"]) == ("websocket", False)
        assert len(data["token"]) > 40


def test_private_bullet_needs_a_signature(sandbox):
    """Without the signed headers there is no private token."""
    answer = send(sandbox.client_options(), "POST", "/api/v1/bullet-private", KC_API_SIGN="wrong")

    assert (answer.status_code, answer.json()["code"]) == (401, "400005")


def test_welcome_has_the_id_of_the_connection(sandbox, connected):
    """The first frame echoes `connectId`; without one the server makes one."""
    url = v1_url(sandbox.client_options(), private=False, connect_id="mine 1")
    first = connected(RawSocket(url)).receive()
    second = connected(RawSocket(url.split("&connectId")[0])).receive()

    assert first == {"id": "mine 1", "type": "welcome"}
    assert second["type"] == "welcome"
    assert second["id"]


def test_slash_at_the_end_of_the_path_changes_nothing(sandbox, connected):
    """KuCoin's endpoints end with one."""
    url = v1_url(sandbox.client_options(), private=True).replace("/push?", "/push/?")

    assert connected(RawSocket(url)).receive()["type"] == "welcome"


@pytest.mark.parametrize("spoil", [lambda token: "", lambda token: token[:-3], lambda token: "2ne" + token])
def test_invalid_token(sandbox, connected, spoil):
    """401 and a close; the reason is told."""
    data = bullet(sandbox.client_options(), private=True)
    query = urlencode({"token": spoil(data["token"]), "connectId": "c"})
    socket = connected(RawSocket(f"{data['instanceServers'][0]['endpoint']}?{query}"))

    assert socket.receive() == {"id": "c", "type": "error", "code": 401, "data": "token is invalid"}
    assert socket.receive_close() == 1000


def test_token_expires_after_a_day(sandbox, connected):
    """A token is good for 24 hours."""
    url = v1_url(sandbox.client_options(), private=True)
    sandbox.advance(DAY - 60)
    assert connected(RawSocket(url)).receive()["type"] == "welcome"
    sandbox.advance(120)
    answer = connected(RawSocket(url)).receive()

    assert (answer["code"], answer["data"]) == (401, "token is expired")


def test_an_answer_must_be_asked_for(private):
    """Without `response` there is no acknowledgement."""
    private.send_text(json.dumps({"id": "1", "type": "subscribe", "topic": "/account/balance"}))

    assert private.say(id="2", type="ping")["type"] == "pong"


@pytest.mark.parametrize("identity", [7, "7"])
def test_ids_are_echoed_as_text(private, identity):
    """An id may be a number; its echo is text."""
    answer = private.say(id=identity, type="subscribe", topic="/account/balance", response=True)

    assert answer == {"id": "7", "type": "ack"}


def test_pong_has_microseconds(private):
    """The answer to a ping."""
    answer = private.say(id="p", type="ping")

    assert (answer["id"], answer["type"]) == ("p", "pong")
    assert len(str(answer["timestamp"])) == 16


def hundred_and_one(path: str) -> str:
    return path + ":" + ",".join(f"A{number}-USDT" for number in range(101))


REFUSALS = {
    "no topic": ({"type": "subscribe"}, 406),
    "an empty topic": ({"type": "subscribe", "topic": ""}, 406),
    "no path": ({"type": "subscribe", "topic": "market/ticker:BTC-USDT"}, 400),
    "a symbol that is missing": ({"type": "subscribe", "topic": "/market/ticker"}, 400),
    "a symbol too many": ({"type": "subscribe", "topic": "/account/balance:BTC"}, 400),
    "an unknown topic": ({"type": "subscribe", "topic": "/market/nothing:BTC-USDT"}, 404),
    "a topic the sandbox has not": ({"type": "subscribe", "topic": "/market/candles:BTC-USDT_1min"}, 404),
    "more than 100 symbols": ({"type": "subscribe", "topic": hundred_and_one("/market/ticker")}, 509),
    "another type": ({"type": "openTunnel"}, 415),
    "no type": ({"topic": "/account/balance"}, 415),
}


@pytest.mark.parametrize(("message", "code"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(private, message, code):
    """Each has its code, as a number, and the connection goes on."""
    answer = private.say(id="1", response=True, **message)

    assert (answer["id"], answer["type"], answer["code"]) == ("1", "error", code)
    assert isinstance(answer["data"], str)
    private.subscribe("/account/balance")


@pytest.mark.parametrize("text", ["hello", "{", "[1]", '"text"', "1", "null"])
def test_frames_that_are_no_requests(private, text):
    """400, with an id of the server's."""
    private.send_text(text)
    answer = private.receive()

    assert (answer["type"], answer["code"]) == ("error", 400)
    assert answer["id"]


def test_private_topics_need_a_private_token(public):
    """403 for who has not logged in."""
    answer = public.say(id="1", type="subscribe", topic="/account/balance", privateChannel=True)

    assert (answer["code"], answer["data"]) == (403, "login is required")


def test_unknown_symbols_are_acknowledged_and_silent(sandbox, trader, public):
    """The known one of the same request is told of."""
    public.subscribe("/market/match:NO-SUCH,BTC-USDT")
    trader.do("spot.order", {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.001"})

    assert public.receive()["topic"] == "/market/match:BTC-USDT"


def test_several_symbols_and_unsubscribing_from_some(trader, public):
    """What is unsubscribed is silent, the rest goes on; subscribing again is acknowledged and tells once."""
    public.subscribe("/market/match:BTC-USDT,ETH-USDT")
    public.subscribe("/market/match:ETH-USDT")
    message = {"topic": "/market/match:BTC-USDT", "response": True}
    assert public.say(id="1", type="unsubscribe", **message) == {"id": "1", "type": "ack"}
    for symbol in ("BTC-USDT", "ETH-USDT"):
        trader.do("spot.order", {"symbol": symbol, "type": "market", "side": "buy", "size": "0.01"})

    assert public.receive()["topic"] == "/market/match:ETH-USDT"
    assert public.say(id="2", type="ping")["type"] == "pong"


def test_400_topics_of_spot_are_the_most(public):
    """One more is refused with 509; what is subscribed already does not count again."""
    for start in range(0, 400, 100):
        symbols = ",".join(f"A{number}-USDT" for number in range(start, start + 100))
        public.subscribe(f"/market/match:{symbols}")
    more = {"type": "subscribe", "response": True}

    assert public.say(id="1", topic="/market/match:ONE-MORE", **more)["code"] == 509
    assert public.say(id="2", topic="/market/match:A1-USDT", **more) == {"id": "2", "type": "ack"}
    symbols = ",".join(f"A{number}USDTM" for number in range(100))
    assert public.say(id="3", topic=f"/contractMarket/execution:{symbols}", **more)["type"] == "ack"


def test_messages_that_are_too_many(open_sandbox, connected):
    """509 beyond the limit of 10 s, and the connection goes on when they are over."""
    sandbox = open_sandbox(push_message_limit=3)
    socket = connected(V1Socket(sandbox.client_options()))
    answers = [socket.say(id=str(number), type="ping") for number in range(4)]

    assert [answer["type"] for answer in answers] == ["pong", "pong", "pong", "error"]
    assert answers[-1]["code"] == 509
    sandbox.advance(11)
    assert socket.say(id="5", type="ping")["type"] == "pong"


def test_silence_ends_a_connection(open_sandbox, connected):
    """An error without an id, then a close."""
    sandbox = open_sandbox(push_patience=0.05)
    socket = connected(V1Socket(sandbox.client_options()))

    assert socket.receive() == {"type": "error", "code": 400, "data": "ping timeout"}
    assert socket.receive_close() == 1000


def test_a_get_that_is_no_upgrade_is_not_found(sandbox):
    """The path has nothing but a WebSocket."""
    answer = send(sandbox.client_options(), "GET", "/push")

    assert answer.status_code == 404


def test_stopping_closes_the_connections(open_sandbox, connected):
    """As a server that goes away."""
    sandbox = open_sandbox()
    socket = connected(V1Socket(sandbox.client_options()))
    sandbox.stop()

    assert socket.receive_close() == 1001


def test_subscriptions_outlive_a_reset(sandbox, trader, private):
    """After a reset the same connection hears of the new orders."""
    private.subscribe("/spotMarket/tradeOrders")
    sandbox.reset()
    args = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.002"}
    order_id = trader.do("spot.order", args)["orderId"]

    assert private.data(1)[0]["orderId"] == order_id
