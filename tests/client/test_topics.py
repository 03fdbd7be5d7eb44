"""What can be subscribed to on which connection, and how it is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kucoin_wsapi import Channel, InvalidRequestError, WsKey
from kucoin_wsapi._topic_rules import SOCKETS
from kucoin_wsapi._topics import batches, encode_subscription, topics_of


def keys(given: Any, ws_key: str) -> list[str]:
    """The keys of the subscriptions that are asked for."""
    return [topic.key for topic in topics_of(given, ws_key)]


def requests(given: Any, ws_key: str) -> list[dict[str, Any]]:
    """The requests that ask for them, without what they all have."""
    sent = [
        json.loads(encode_subscription("1", "subscribe", batch))
        for batch in batches(topics_of(given, ws_key))
    ]
    common = ("id", "type", "action", "response")
    return [{name: value for name, value in request.items() if name not in common} for request in sent]


def refusal(given: Any, ws_key: str) -> InvalidRequestError:
    """Why they are refused."""
    with pytest.raises(InvalidRequestError) as refused:
        topics_of(given, ws_key)
    return refused.value


def test_every_connection_that_is_not_for_orders_has_topics():
    """The table of connections names them all, by the values of their keys."""
    assert set(SOCKETS) == {key.value for key in WsKey if not key.value.startswith("wsApi")}


def test_a_topic_with_many_symbols_is_as_many_subscriptions():
    """Each once, in their order, whether they come in one text or in several."""
    given = ["/market/ticker:BTC-USDT,ETH-USDT", "/account/balance", "/market/ticker:ETH-USDT,KCS-USDT"]

    assert keys(given, "spotPrivateV1") == [
        "/market/ticker:BTC-USDT",
        "/market/ticker:ETH-USDT",
        "/account/balance",
        "/market/ticker:KCS-USDT",
    ]


def test_one_topic_need_not_be_in_a_list():
    """A text is not taken for its letters."""
    assert keys("/market/ticker:all", "spotPublicV1") == ["/market/ticker:all"]
    assert keys(Channel("orderAll"), "privateProV2") == ["orderAll.UNIFIED"]


def test_the_same_subscription_is_equal_however_it_was_asked_for():
    """So that what is subscribed already is recognised."""
    assert (
        topics_of("/market/ticker:A-B,C-D", "spotPublicV1")[1]
        == topics_of("/market/ticker:C-D", "spotPrivateV1")[0]
    )
    assert topics_of(Channel("ticker", symbol="A-B"), "spotPublicProV2") == topics_of(
        Channel("ticker", symbol="A-B", trade_type="spot"), "spotPublicProV2"
    )


@pytest.mark.parametrize(
    ("topic", "ws_key", "private"),
    [
        ("/market/ticker:BTC-USDT", "spotPublicV1", False),
        ("/market/ticker:BTC-USDT", "spotPrivateV1", False),
        ("/market/candles:BTC-USDT_1hour", "spotPublicV1", False),
        ("/market/snapshot:BTC", "spotPublicV1", False),
        ("/indicator/markPrice:USDT-BTC", "spotPublicV1", False),
        ("/callauction/callauctionData:BTC-USDT", "spotPublicV1", False),
        ("/spotMarket/tradeOrdersV2", "spotPrivateV1", True),
        ("/spotMarket/tradeOrders", "spotPrivateV1", True),
        ("/account/balance", "spotPrivateV1", True),
        ("/spotMarket/advancedOrders", "spotPrivateV1", True),
        ("/margin/position", "spotPrivateV1", True),
        ("/margin/isolatedPosition:BTC-USDT", "spotPrivateV1", True),
        ("/contractMarket/tickerV2:XBTUSDTM", "futuresPublicV1", False),
        ("/contractMarket/execution:XBTUSDTM", "futuresPrivateV1", False),
        ("/contract/instrument:XBTUSDTM", "futuresPublicV1", False),
        ("/contract/announcement", "futuresPublicV1", False),
        ("/contractMarket/tradeOrders", "futuresPrivateV1", True),
        ("/contractMarket/tradeOrders:XBTUSDTM", "futuresPrivateV1", True),
        ("/contractMarket/advancedOrders", "futuresPrivateV1", True),
        ("/contractAccount/wallet", "futuresPrivateV1", True),
        ("/contract/positionAll", "futuresPrivateV1", True),
        ("/contract/position:XBTUSDTM", "futuresPrivateV1", True),
        ("/contract/marginMode", "futuresPrivateV1", True),
        ("/contract/crossLeverage", "futuresPrivateV1", True),
        ("/newly/invented:BTC-USDT", "spotPublicV1", False),
        ("/newly/invented:BTC-USDT", "futuresPrivateV1", True),
        ("/market/invented", "spotPrivateV1", True),
    ],
)
def test_topics_of_v1(topic, ws_key, private):
    """Known ones know whether they are private; an unknown one is what its connection is."""
    assert requests(topic, ws_key) == [{"topic": topic, "privateChannel": private}]


@pytest.mark.parametrize(
    ("given", "ws_key", "rule"),
    [
        ("", "spotPublicV1", "'/path'"),
        ("market/ticker:BTC-USDT", "spotPublicV1", "'/path'"),
        ("/market/ticker:", "spotPublicV1", "'/path'"),
        ("/market/ticker:BTC-USDT,", "spotPublicV1", "'/path'"),
        ("/market/ticker:BTC-USDT, ETH-USDT", "spotPublicV1", "'/path'"),
        ("/market/ticker:A:B", "spotPublicV1", "'/path'"),
        ("/market/ticker:A-B,/market/match:A-B", "spotPublicV1", "'/path'"),
        ("/market//ticker:A-B", "spotPublicV1", "'/path'"),
        ("/market/ticker:A-B\n", "spotPublicV1", "'/path'"),
        ("/", "spotPublicV1", "'/path'"),
        ("/market/ticker", "spotPublicV1", "needs a symbol"),
        ("/contract/position", "futuresPrivateV1", "needs a symbol"),
        ("/account/balance:USDT", "spotPrivateV1", "takes no symbol"),
        ("/account/balance", "spotPublicV1", "is private, spotPublicV1 is public"),
        ("/contractMarket/tradeOrders", "futuresPublicV1", "is private"),
        ("/market/ticker:BTC-USDT", "futuresPublicV1", "a topic of spot"),
        ("/contractMarket/tickerV2:XBTUSDTM", "spotPublicV1", "a topic of futures"),
        ("/contractMarket/invented:XBTUSDTM", "spotPublicV1", "a topic of futures"),
        ("/margin/invented", "futuresPrivateV1", "a topic of spot"),
        ("/market/ticker:BTC-USDT", "spotPublicProV2", "takes Channel"),
        (Channel("ticker", symbol="BTC-USDT"), "spotPublicV1", "takes topics such as"),
        ([], "spotPublicV1", "at least one"),
        ([5], "spotPublicV1", "a text or a Channel"),
        (None, "spotPublicV1", "topics are needed"),
        (b"/a", "spotPublicV1", "a text or a Channel"),
        ("/market/ticker:BTC-USDT", "wsApiSpotV1", "for orders"),
    ],
)
def test_a_topic_that_cannot_be_is_refused_with_the_rule(given, ws_key, rule):
    """At once, in the call, naming the field."""
    error = refusal(given, ws_key)

    assert rule in str(error)
    assert error.field in str(error)


@pytest.mark.parametrize(
    ("channel", "ws_key", "key", "request_fields"),
    [
        (
            Channel("ticker", symbol="BTC-USDT"),
            "spotPublicProV2",
            "ticker.SPOT:BTC-USDT",
            {"channel": "ticker", "tradeType": "SPOT", "symbol": "BTC-USDT"},
        ),
        (
            Channel("obu", symbol="XBTUSDTM", depth="50"),
            "futuresPublicProV2",
            "obu.FUTURES:XBTUSDTM:50",
            {"channel": "obu", "tradeType": "FUTURES", "symbol": "XBTUSDTM", "depth": "50"},
        ),
        (
            Channel("kline", symbol="BTC-USDT", interval="15min"),
            "spotPublicProV2",
            "kline.SPOT:BTC-USDT:15min",
            {"channel": "kline", "tradeType": "SPOT", "symbol": "BTC-USDT", "interval": "15min"},
        ),
        (
            Channel("mark-price", symbol="XBTUSDTM"),
            "futuresPublicProV2",
            "mark-price:XBTUSDTM",
            {"channel": "mark-price", "symbol": "XBTUSDTM"},
        ),
        (
            Channel("funding-fee-all-symbols"),
            "futuresPublicProV2",
            "funding-fee-all-symbols",
            {"channel": "funding-fee-all-symbols"},
        ),
        (
            Channel("orderAll"),
            "privateProV2",
            "orderAll.UNIFIED",
            {"channel": "orderAll", "tradeType": "UNIFIED"},
        ),
        (
            Channel("order", symbol="XBTUSDTM"),
            "privateProV2",
            "order.UNIFIED:XBTUSDTM",
            {"channel": "order", "tradeType": "UNIFIED", "symbol": "XBTUSDTM"},
        ),
        (
            Channel("execution", trade_type="SPOT"),
            "privateProV2",
            "execution.SPOT",
            {"channel": "execution", "tradeType": "SPOT"},
        ),
        (
            Channel("balance"),
            "privateProV2",
            "balance.UNIFIED",
            {"channel": "balance", "accountType": "UNIFIED"},
        ),
        (
            Channel("balance", account_type="FUNDING"),
            "privateProV2",
            "balance.FUNDING",
            {"channel": "balance", "accountType": "FUNDING"},
        ),
        (
            Channel("invented", symbol="BTC-USDT"),
            "spotPublicProV2",
            "invented:BTC-USDT",
            {"channel": "invented", "symbol": "BTC-USDT"},
        ),
        (
            Channel("invented", trade_type="UNIFIED"),
            "privateProV2",
            "invented.UNIFIED",
            {"channel": "invented", "tradeType": "UNIFIED"},
        ),
    ],
)
def test_channels_of_pro(channel, ws_key, key, request_fields):
    """What is left out is taken from the connection; an unknown channel is asked for with what is given."""
    assert keys(channel, ws_key) == [key]
    assert requests(channel, ws_key) == [request_fields]


@pytest.mark.parametrize(
    ("channel", "ws_key", "field", "rule"),
    [
        (Channel("ticker"), "spotPublicProV2", "symbol", "needs its symbol"),
        (Channel("orderAll", symbol="XBTUSDTM"), "privateProV2", "symbol", "takes no symbol"),
        (Channel("obu", symbol="BTC-USDT"), "spotPublicProV2", "depth", "needs its depth"),
        (Channel("ticker", symbol="BTC-USDT", depth="5"), "spotPublicProV2", "depth", "takes no depth"),
        (Channel("kline", symbol="BTC-USDT"), "spotPublicProV2", "interval", "needs its interval"),
        (Channel("ticker", symbol="X", trade_type="FUTURES"), "spotPublicProV2", "trade_type", "is not on"),
        (Channel("ticker", symbol="X"), "privateProV2", "topics", "a public channel"),
        (Channel("orderAll"), "spotPublicProV2", "topics", "a private channel"),
        (Channel("mark-price", symbol="X"), "spotPublicProV2", "topics", "a channel of futures"),
        (Channel("callAuctionInfo", symbol="X"), "futuresPublicProV2", "topics", "a channel of spot"),
        (Channel("balance", trade_type="SPOT"), "privateProV2", "trade_type", "takes no trade_type"),
        (Channel("orderAll", account_type="X"), "privateProV2", "account_type", "takes no account_type"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_with_the_rule(channel, ws_key, field, rule):
    """At once, in the call, naming the field."""
    error = refusal(channel, ws_key)

    assert rule in str(error)
    assert error.field == field


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("", {}, "name"),
        (None, {}, "name"),
        ("a b", {}, "name"),
        ("obu", {"depth": 50}, "depth"),
        ("ticker", {"symbol": "A-B,C-D"}, "symbol"),
        ("ticker", {"symbol": ["A-B"]}, "symbol"),
        ("ticker", {"trade_type": ""}, "trade_type"),
    ],
)
def test_a_channel_of_the_wrong_kind_cannot_be_made(name, fields, field):
    """One symbol each, and text everywhere."""
    with pytest.raises(InvalidRequestError) as refused:
        Channel(name, **fields)

    assert refused.value.field == field


def test_symbols_of_one_topic_share_a_request_up_to_a_hundred():
    """KuCoin documentation, "Websocket Introduction"; other topics go alone, "all" too."""
    symbols = [f"S{number}-USDT" for number in range(250)]
    given = [
        *(f"/market/ticker:{symbol}" for symbol in symbols),
        "/market/ticker:all",
        "/market/match:S1-USDT",
    ]

    sent = [request["topic"] for request in requests(given, "spotPublicV1")]

    assert sorted(topic.count(",") + 1 for topic in sent) == [1, 1, 50, 100, 100]
    assert "/market/ticker:all" in sent
    asked = [key for topic in sent for key in keys(topic, "spotPublicV1")]
    assert sorted(asked) == sorted(given)


@pytest.mark.parametrize(
    ("topic", "ws_key"),
    [
        ("/market/candles:A-B_1min,C-D_1min", "spotPublicV1"),
        ("/contract/instrument:XBTUSDTM,ETHUSDTM", "futuresPublicV1"),
        ("/contract/position:XBTUSDTM,ETHUSDTM", "futuresPrivateV1"),
        ("/newly/invented:A,B", "spotPublicV1"),
    ],
)
def test_a_topic_documented_for_one_symbol_is_asked_for_one_by_one(topic, ws_key):
    """Whether the exchange takes several of them is not known."""
    assert len(requests(topic, ws_key)) == 2


def test_only_two_channels_of_pro_take_an_array_of_symbols():
    """Others are asked for one by one."""
    tickers = [Channel("ticker", symbol=symbol) for symbol in ("A-B", "C-D")]
    trades = [Channel("trade", symbol=symbol) for symbol in ("A-B", "C-D")]

    assert requests(tickers, "spotPublicProV2") == [
        {"channel": "ticker", "tradeType": "SPOT", "symbols": ["A-B", "C-D"]}
    ]
    assert requests(trades, "spotPublicProV2") == [
        {"channel": "trade", "tradeType": "SPOT", "symbol": "A-B"},
        {"channel": "trade", "tradeType": "SPOT", "symbol": "C-D"},
    ]


def test_the_end_of_a_subscription_is_asked_for_alike():
    """Only the word differs."""
    (batch,) = batches(topics_of("/market/ticker:A-B", "spotPublicV1"))
    (pro,) = batches(topics_of(Channel("orderAll"), "privateProV2"))

    assert json.loads(encode_subscription("1", "unsubscribe", batch))["type"] == "unsubscribe"
    assert json.loads(encode_subscription("1", "unsubscribe", pro))["action"] == "UNSUBSCRIBE"
