"""A market that is never quiet, and clients that do not keep up."""

from __future__ import annotations

import json
import select
from itertools import pairwise

from push_clients import Trader, V1Socket

ORDER = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
DEPTHS = "/spotMarket/level2Depth50:BTC-USDT,ETH-USDT"


def test_a_market_moves_by_itself(open_sandbox, connected):
    """The market maker replaces its orders, and each change is told without a gap."""
    sandbox = open_sandbox(market_pace=2000)
    socket = connected(V1Socket(sandbox.client_options(), private=False))
    socket.subscribe("/market/level2:BTC-USDT")
    messages = socket.data(20)

    for before, after in pairwise(messages):
        assert after["sequenceStart"] == before["sequenceEnd"] + 1


def test_a_market_is_quiet_by_default(sandbox, public):
    """Nothing is told when nothing is done."""
    public.subscribe("/market/level2:BTC-USDT")
    sandbox.advance(10)

    assert public.say(id="1", type="ping")["type"] == "pong"


def test_who_does_not_read_is_dropped_and_slows_nobody(open_sandbox, connected):
    """The slow connection breaks in the end; meanwhile orders are answered and another client hears of them."""
    sandbox = open_sandbox(market_pace=100_000, rate_limits={"spot": 10**9})
    options = sandbox.client_options()
    slow = connected(V1Socket(options, private=False))
    for topic in (DEPTHS, "/market/level2:BTC-USDT,ETH-USDT", "/market/ticker:BTC-USDT,ETH-USDT"):
        slow.send_text(json.dumps({"id": "1", "type": "subscribe", "topic": topic}))
    trader, private = connected(Trader(options)), connected(V1Socket(options))
    private.subscribe("/spotMarket/tradeOrders")
    broken = select.poll()
    broken.register(slow._socket.sock, select.POLLERR)
    while not broken.poll(0):
        order_id = trader.do("spot.order", ORDER)["orderId"]
        trader.do("spot.cancel", {"symbol": "BTC-USDT", "orderId": order_id})
        opened, canceled = private.data(2)
        assert (opened["type"], canceled["type"]) == ("open", "canceled")
        assert opened["orderId"] == order_id
