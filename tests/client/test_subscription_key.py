"""Whose subscription each message belongs to, of both generations."""

from __future__ import annotations

import pytest
from push_samples import PUSHES, push

from kucoin_wsapi import Channel
from kucoin_wsapi._push_messages import Push, parse_push
from kucoin_wsapi._topics import subscription_key, topics_of


def key_of(given: str | Channel, ws_key: str) -> str:
    """The key of the one subscription that is asked for."""
    (topic,) = topics_of(given, ws_key)
    return topic.key


SUBSCRIBED = {
    "pro ticker": (Channel("ticker", symbol="ETHUSDTM"), "futuresPublicProV2"),
    "pro trade": (Channel("trade", symbol="ETHUSDTM"), "futuresPublicProV2"),
    "pro book": (Channel("obu", symbol="ETHUSDTM", depth="1"), "futuresPublicProV2"),
    "pro book change": (Channel("obu", symbol="XBTUSDTM", depth="increment"), "futuresPublicProV2"),
    "pro book of spot in steps of 10 ms": (
        Channel("obu", symbol="BTC-USDT", depth="increment@10ms"),
        "spotPublicProV2",
    ),
    "pro ticker of spot": (Channel("ticker", symbol="BTC-USDT"), "spotPublicProV2"),
    "pro candle": (Channel("kline", symbol="BTC-USDT", interval="1min"), "spotPublicProV2"),
    "pro mark price": (Channel("mark-price", symbol="XBTUSDTM"), "futuresPublicProV2"),
    "pro funding rates of all": (Channel("funding-fee-all-symbols"), "futuresPublicProV2"),
    "pro order open": (Channel("orderAll"), "privateProV2"),
    "pro order canceled": (Channel("orderAll"), "privateProV2"),
    "pro order filled": (Channel("orderAll"), "privateProV2"),
    "pro order triggered": (Channel("orderAll"), "privateProV2"),
    "pro execution": (Channel("execution", trade_type="SPOT"), "privateProV2"),
    "pro adl": (Channel("execution"), "privateProV2"),
    "pro execution, lite": (Channel("execution.lite"), "privateProV2"),
    "pro balance": (Channel("balance"), "privateProV2"),
    "pro balance of the funding account": (Channel("balance", account_type="FUNDING"), "privateProV2"),
    "pro position": (Channel("positionAll"), "privateProV2"),
    "pro leverage": (Channel("leverage", trade_type="FUTURES"), "privateProV2"),
    "pro liquidation warning": (Channel("lw"), "privateProV2"),
}


@pytest.mark.parametrize("name", [name for name in PUSHES if name.startswith("pro")])
def test_every_sample_of_pro_finds_its_subscription(name):
    """Among all the others."""
    key = key_of(*SUBSCRIBED[name])
    everything = {key_of(*given) for given in SUBSCRIBED.values()}

    assert subscription_key(push(name), everything) == key
    other = "execution.UNIFIED" if key == "execution.SPOT" else None  # the account of all products has it too
    assert subscription_key(push(name), everything - {key}) == other


@pytest.mark.parametrize("name", [name for name in PUSHES if not name.startswith("pro")])
def test_every_sample_of_v1_finds_its_subscription(name):
    """By its topic; the topic is one that can be subscribed to."""
    topic = push(name).topic
    ws_key = "futuresPrivateV1" if topic.startswith("/contract") else "spotPrivateV1"

    assert key_of(topic, ws_key) == topic
    assert subscription_key(push(name), {topic, "/market/ticker:OTHER"}) == topic
    assert subscription_key(push(name), {"/market/ticker:OTHER"}) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"topic":"/contract/position:XBTUSDTM","type":"message","data":{}}', "/contract/positionAll"),
        (
            '{"topic":"/contractMarket/tradeOrders:X","type":"message","data":{}}',
            "/contractMarket/tradeOrders",
        ),
        (
            '{"topic":"/contract/announcement","type":"message","data":{"symbol":"XBTUSDTM"}}',
            "/contract/announcement:XBTUSDTM",
        ),
        ('{"T":"execution.SPOT","d":{"s":"BTC-USDT"}}', "execution.UNIFIED"),
        ('{"T":"risk.UNIFIED","d":{}}', "lw.UNIFIED"),
        ('{"T":"order.UNIFIED","d":{"s":"XBTUSDTM"}}', "order.UNIFIED:XBTUSDTM"),
    ],
)
def test_a_message_may_be_told_under_another_name_than_was_asked_for(text, key):
    """The wider subscription has it where there is no closer one."""
    message = parse_push(text)
    assert isinstance(message, Push)

    assert subscription_key(message, {key}) == key


def test_the_closest_subscription_has_the_message():
    """Two depths of one book, a contract and all contracts."""
    book = push("pro book of spot in steps of 10 ms")
    order = push("futures order filled")

    assert (
        subscription_key(book, {"obu.SPOT:BTC-USDT:5", "obu.SPOT:BTC-USDT:increment@10ms"})
        == "obu.SPOT:BTC-USDT:increment@10ms"
    )
    assert (
        subscription_key(order, {"/contractMarket/tradeOrders", "/contractMarket/tradeOrders:XBTUSDTM"})
        == "/contractMarket/tradeOrders:XBTUSDTM"
    )


@pytest.mark.parametrize("data", ["null", "5", "[]", '"s"', '{"s":{}}', '{"s":5,"i":[]}', "{}"])
def test_whose_a_message_is_can_always_be_asked(data):
    """Whatever its data are."""
    for text in (f'{{"T":"a","d":{data}}}', f'{{"topic":"/a","type":"message","data":{data}}}'):
        message = parse_push(text)
        assert isinstance(message, Push)

        assert subscription_key(message, {"b"}) is None
