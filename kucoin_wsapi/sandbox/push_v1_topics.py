"""The topics of the classic push sockets: which there are, and what a request for some of them means. Pure.

KuCoin documentation, "Websocket Introduction" and the pages of the topics; the codes of errors are those of "Error
code" for push sockets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal

import attrs

from .push_announcing import Subscription

__all__ = ["MOST_SYMBOLS", "TopicRefused", "read_topic"]

MOST_SYMBOLS = 100
"""Symbols of one request."""

Symbols = Literal["none", "optional", "spot", "futures"]


class TopicRefused(Exception):
    """A topic that cannot be subscribed to; `code` and `text` are what the client is told."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


@attrs.frozen
class _Topic:
    symbols: Symbols
    is_private: bool = False


def _private(symbols: Symbols) -> _Topic:
    return _Topic(symbols, is_private=True)


TOPICS: Mapping[str, _Topic] = MappingProxyType(
    {
        "/market/ticker": _Topic("spot"),
        "/spotMarket/level1": _Topic("spot"),
        "/spotMarket/level2Depth5": _Topic("spot"),
        "/spotMarket/level2Depth50": _Topic("spot"),
        "/market/level2": _Topic("spot"),
        "/market/match": _Topic("spot"),
        "/market/snapshot": _Topic("spot"),
        "/contractMarket/tickerV2": _Topic("futures"),
        "/contractMarket/ticker": _Topic("futures"),
        "/contractMarket/level2": _Topic("futures"),
        "/contractMarket/level2Depth5": _Topic("futures"),
        "/contractMarket/level2Depth50": _Topic("futures"),
        "/contractMarket/execution": _Topic("futures"),
        "/contract/instrument": _Topic("futures"),
        "/contract/announcement": _Topic("none"),
        "/spotMarket/tradeOrdersV2": _private("none"),
        "/spotMarket/tradeOrders": _private("none"),
        "/spotMarket/advancedOrders": _private("none"),
        "/account/balance": _private("none"),
        "/margin/position": _private("none"),
        "/margin/isolatedPosition": _private("spot"),
        "/contractMarket/tradeOrders": _private("optional"),
        "/contractMarket/advancedOrders": _private("none"),
        "/contractAccount/wallet": _private("none"),
        "/contract/positionAll": _private("none"),
        "/contract/position": _private("futures"),
        "/contract/marginMode": _private("none"),
        "/contract/crossLeverage": _private("none"),
    }
)
NOT_HERE = frozenset(
    {
        "/market/candles",
        "/callauction/level2Depth50",
        "/callauction/callauctionData",
        "/indicator/markPrice",
        "/indicator/index",
        "/contractMarket/limitCandle",
        "/contractMarket/snapshot",
    }
)
"""Topics that KuCoin has and a sandbox does not: they are refused, because silence would look like a quiet market."""


def read_topic(
    text: object, uid: str, spot: Collection[str], futures: Collection[str]
) -> tuple[Subscription, ...]:
    """The subscriptions that a `topic` asks for, or `TopicRefused`.

    `uid` is who asks, empty if nobody knows. A symbol that there is not among `spot` or `futures` is subscribed to as
    any other, and stays silent.
    """
    if text is None or text == "":
        raise TopicRefused(406, "topic is required")
    if not isinstance(text, str) or not text.startswith("/"):
        raise TopicRefused(400, "topic is invalid")
    path, colon, rest = text.partition(":")
    if path in NOT_HERE:
        raise TopicRefused(404, f"topic {path} does not exist in the sandbox")
    topic = TOPICS.get(path)
    if topic is None:
        raise TopicRefused(404, f"topic {path} does not exist")
    if topic.is_private and not uid:
        raise TopicRefused(403, "login is required")
    symbols = [symbol for symbol in rest.split(",") if symbol]
    if len(symbols) > MOST_SYMBOLS:
        raise TopicRefused(509, f"exceed max subscription count limitation of {MOST_SYMBOLS} per time")
    if bool(colon) != bool(symbols) or _is_wrong(topic.symbols, symbols):
        raise TopicRefused(400, "topic is invalid")
    owner = uid if topic.is_private else ""
    if not symbols:
        return (Subscription(owner, path),)
    known = () if topic.is_private else futures if topic.symbols == "futures" else spot
    return tuple(
        Subscription(owner, f"{path}:{symbol}", _watched(path, symbol, known))
        for symbol in dict.fromkeys(symbols)
    )


def _is_wrong(wanted: Symbols, symbols: list[str]) -> bool:
    if wanted == "optional":
        return False
    return (wanted == "none") == bool(symbols)


def _watched(path: str, symbol: str, known: Collection[str]) -> tuple[str, ...]:
    """The symbols whose changes the topic tells; "all" is a symbol of the tickers alone."""
    if path == "/market/ticker" and symbol == "all":
        return tuple(known)
    return (symbol,) if symbol in known else ()
