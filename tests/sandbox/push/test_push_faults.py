"""What goes wrong on the push sockets on purpose."""

from __future__ import annotations

import json
import select

import pytest
import websocket
from independent_clients import RawSocket
from push_clients import ProSocket, Trader, V1Socket, v1_url

from kucoin_wsapi.sandbox import Fault

ORDER = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
TOPIC = "/spotMarket/tradeOrdersV2"


@pytest.fixture
def begin(open_sandbox, connected):
    """A sandbox with faults, a trader on it, and a private classic push socket."""

    def open_all(*faults, **options):
        sandbox = open_sandbox(faults=faults, **{"push_timing": "before", **options})
        trader = connected(Trader(sandbox.client_options()))
        return sandbox, trader, connected(V1Socket(sandbox.client_options()))

    return open_all


def types(messages):
    return [data["type"] for data in messages]


def test_a_push_is_missing(begin):
    """Every second one is not sent; topics that the pattern does not mean are whole."""
    sandbox, trader, socket = begin(f"push-missing:op={TOPIC},every=2")
    socket.subscribe(TOPIC)
    socket.subscribe("/account/balance")
    order_id = trader.do("spot.order", ORDER)["orderId"]
    trader.do("spot.cancel", {"symbol": "BTC-USDT", "orderId": order_id})
    topics = [
        (message["topic"], message["data"].get("type")) for message in (socket.receive() for _ in range(4))
    ]

    assert topics == [
        (TOPIC, "received"),
        ("/account/balance", None),
        (TOPIC, "canceled"),
        ("/account/balance", None),
    ]
    assert sandbox.faults_struck == {"push-missing": 1}


def test_a_push_comes_twice(begin):
    """The same message, two times."""
    _, trader, socket = begin("push-twice")
    socket.subscribe(TOPIC)
    trader.do("spot.order", ORDER)
    messages = [socket.receive() for _ in range(4)]

    assert types(message["data"] for message in messages) == ["received", "received", "open", "open"]
    assert messages[0] == messages[1]


def test_a_push_is_overtaken(begin):
    """It comes after the next one."""
    _, trader, socket = begin("push-reordered:every=2,delay=30")
    socket.subscribe(TOPIC)
    order_id = trader.do("spot.order", ORDER)["orderId"]
    trader.do("spot.cancel", {"symbol": "BTC-USDT", "orderId": order_id})

    assert types(socket.data(3)) == ["received", "canceled", "open"]


def test_a_push_that_nothing_overtakes_comes_late(begin):
    """After the delay at the latest."""
    _, trader, socket = begin("push-reordered:delay=0.01")
    socket.subscribe(TOPIC)
    trader.do("spot.order", ORDER)

    assert types(socket.data(2)) == ["received", "open"]


@pytest.mark.parametrize("code", ["1006", "1011"])
def test_the_connection_breaks_instead_of_a_push(begin, code):
    """Before it come those that came before; 1006 is a reset."""
    _, trader, socket = begin(f"push-close:every=2,code={code}")
    socket.subscribe(TOPIC)
    trader.do("spot.order", ORDER)

    assert types(socket.data(1)) == ["received"]
    if code == "1006":
        with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
            socket.receive()
    else:
        assert socket.receive_close() == 1011


def test_the_token_is_expired(open_sandbox, connected):
    """The first connection is refused, the second one not."""
    sandbox = open_sandbox(faults=["push-token-expired:op=/push,every=2"])
    url = v1_url(sandbox.client_options(), private=True)
    answers = [connected(RawSocket(url)).receive() for _ in range(2)]

    assert [answer["type"] for answer in answers] == ["welcome", "error"]
    assert (answers[1]["code"], answers[1]["data"]) == (401, "token is expired")


def test_a_ping_times_out(begin):
    """The error instead of the pong, and the end."""
    _, _, socket = begin("push-ping-timeout")

    assert socket.say(id="1", type="ping") == {"type": "error", "code": 400, "data": "ping timeout"}
    assert socket.receive_close() == 1000


def test_a_ping_of_pro_times_out(open_sandbox, connected):
    """A close instead of the pong."""
    sandbox = open_sandbox(faults=["push-ping-timeout:op=/x-push-spot*"])
    socket = connected(ProSocket(sandbox.client_options(), "/x-push-spot"))
    socket.send_text('{"id":"1","op":"ping"}')

    assert socket.receive_close() == 1000


def test_push_comes_before_the_answer(begin):
    """As the option or the fault wants it: when the answer is there, so is the push."""
    for faults, timing in (([], "before"), (["push-before-ack:op=spot"], "after")):
        _, trader, socket = begin(*faults, push_timing=timing)
        socket.subscribe(TOPIC)
        for _ in range(60):
            trader.do("spot.order", ORDER)
            ready, _, _ = select.select([socket._socket.sock], [], [], 0)

            assert ready
            assert types(socket.data(2)) == ["received", "open"]


def test_push_comes_after_the_answer(begin):
    """When the push is there, so is the answer."""
    _, trader, socket = begin(push_timing="after")
    socket.subscribe(TOPIC)
    for _ in range(60):
        trader.send_text(json.dumps({"id": "1", "op": "spot.order", "args": ORDER}))
        select.select([socket._socket.sock], [], [])
        ready, _, _ = select.select([trader._socket.sock], [], [], 0)

        assert ready
        assert types(socket.data(2)) == ["received", "open"]
        assert trader.receive()["code"] == "200000"


def test_the_seed_decides_by_default(begin):
    """Both happen, and the same seed repeats it."""
    _, trader, socket = begin("push-missing:probability=0", push_timing="random", seed=3)
    socket.subscribe(TOPIC)
    early = 0
    for _ in range(40):
        trader.do("spot.order", ORDER)
        early += bool(select.select([socket._socket.sock], [], [], 0)[0])
        assert types(socket.data(2)) == ["received", "open"]

    assert early >= 5


def test_faults_of_pushes_in_writing():
    """They are parsed as any other; what they do not heed is refused."""
    assert Fault.parse("push-close").code == "1006"
    assert Fault.parse("push-missing:op=/contractMarket/tradeOrders:*").op == "/contractMarket/tradeOrders:*"
    with pytest.raises(ValueError, match="delay"):
        Fault.parse("push-missing:delay=1")
    with pytest.raises(ValueError, match="closes no WebSocket"):
        Fault.parse("push-close:code=7")
