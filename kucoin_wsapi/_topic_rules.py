"""What is known of topics and channels: where each one lives, and what it takes. Others may appear, and pass.

KuCoin documentation, the pages of the streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from attrs import frozen

__all__ = ["PRO_CHANNELS", "SOCKETS", "UNKNOWN_CHANNEL", "ChannelRule", "Socket", "TopicRule", "v1_rule"]

Product = Literal["spot", "futures"]


@frozen
class Socket:
    """A kind of push connection. ``product`` is None for one of all products; ``trade_type`` is Pro's default."""

    pro: bool
    private: bool
    product: Product | None
    trade_type: str = ""


SOCKETS: Mapping[str, Socket] = MappingProxyType(
    {
        "spotPublicV1": Socket(pro=False, private=False, product="spot"),
        "spotPrivateV1": Socket(pro=False, private=True, product="spot"),
        "futuresPublicV1": Socket(pro=False, private=False, product="futures"),
        "futuresPrivateV1": Socket(pro=False, private=True, product="futures"),
        "spotPublicProV2": Socket(pro=True, private=False, product="spot", trade_type="SPOT"),
        "futuresPublicProV2": Socket(pro=True, private=False, product="futures", trade_type="FUTURES"),
        "privateProV2": Socket(pro=True, private=True, product=None, trade_type="UNIFIED"),
    }
)


@frozen
class TopicRule:
    """What a V1 topic is. ``joins``: one request may ask for several symbols, separated by commas."""

    product: Product | None
    private: bool = False
    symbol: Literal["needed", "none", "either"] = "needed"
    joins: bool = False


_SPOT, _SPOT_JOINED = TopicRule("spot"), TopicRule("spot", joins=True)
_FUTURES, _FUTURES_JOINED = TopicRule("futures"), TopicRule("futures", joins=True)
_SPOT_ACCOUNT = TopicRule("spot", private=True, symbol="none")
_FUTURES_ACCOUNT = TopicRule("futures", private=True, symbol="none")

_V1_TOPICS: Mapping[str, TopicRule] = MappingProxyType(
    {
        "/market/ticker": _SPOT_JOINED,
        "/spotMarket/level1": _SPOT_JOINED,
        "/spotMarket/level2Depth5": _SPOT_JOINED,
        "/spotMarket/level2Depth50": _SPOT_JOINED,
        "/market/level2": _SPOT_JOINED,
        "/market/match": _SPOT_JOINED,
        "/market/candles": _SPOT,
        "/market/snapshot": _SPOT,
        "/callauction/level2Depth50": _SPOT,
        "/callauction/callauctionData": _SPOT,
        "/indicator/markPrice": _SPOT_JOINED,
        "/indicator/index": _SPOT_JOINED,
        "/spotMarket/tradeOrdersV2": _SPOT_ACCOUNT,
        "/spotMarket/tradeOrders": _SPOT_ACCOUNT,
        "/spotMarket/advancedOrders": _SPOT_ACCOUNT,
        "/account/balance": _SPOT_ACCOUNT,
        "/margin/position": _SPOT_ACCOUNT,
        "/margin/isolatedPosition": TopicRule("spot", private=True),
        "/contractMarket/tickerV2": _FUTURES_JOINED,
        "/contractMarket/ticker": _FUTURES_JOINED,
        "/contractMarket/level2": _FUTURES_JOINED,
        "/contractMarket/level2Depth5": _FUTURES_JOINED,
        "/contractMarket/level2Depth50": _FUTURES_JOINED,
        "/contractMarket/execution": _FUTURES_JOINED,
        "/contractMarket/limitCandle": _FUTURES,
        "/contractMarket/snapshot": _FUTURES,
        "/contract/instrument": _FUTURES,
        "/contract/announcement": TopicRule("futures", symbol="either"),
        "/contractMarket/tradeOrders": TopicRule("futures", private=True, symbol="either"),
        "/contractMarket/advancedOrders": _FUTURES_ACCOUNT,
        "/contractAccount/wallet": _FUTURES_ACCOUNT,
        "/contract/positionAll": _FUTURES_ACCOUNT,
        "/contract/position": TopicRule("futures", private=True),
        "/contract/marginMode": _FUTURES_ACCOUNT,
        "/contract/crossLeverage": _FUTURES_ACCOUNT,
    }
)
# Whose a topic is that is not in the table; the beginning of all topics of a product.
_OWNERS: Mapping[str, Product] = MappingProxyType(
    {
        "market": "spot",
        "spotMarket": "spot",
        "callauction": "spot",
        "indicator": "spot",
        "account": "spot",
        "margin": "spot",
        "contract": "futures",
        "contractMarket": "futures",
        "contractAccount": "futures",
    }
)


def v1_rule(path: str, socket: Socket) -> TopicRule:
    """What a topic is; an unknown one is private where it is asked for on a private connection."""
    known = _V1_TOPICS.get(path)
    if known is not None:
        return known
    return TopicRule(_OWNERS.get(path.split("/")[1]), private=socket.private, symbol="either")


@frozen
class ChannelRule:
    """What a Pro channel is.

    Attributes:
        private: whether it is of an account; None: not known.
        product: where it is, if not everywhere.
        scope: the parameter that names its trade type or account type; None where it has neither.
        needs: which of symbol, depth and interval it has; it takes no other. None: not known.
        joins: one request may ask for several symbols.
    """

    private: bool | None
    product: Product | None = None
    scope: Literal["tradeType", "accountType"] | None = "tradeType"
    needs: tuple[str, ...] | None = None
    joins: bool = False


UNKNOWN_CHANNEL = ChannelRule(private=None)  # it is asked for with exactly what is given
_ACCOUNT = ChannelRule(private=True, needs=())
_ACCOUNT_SYMBOL = ChannelRule(private=True, needs=("symbol",))

PRO_CHANNELS: Mapping[str, ChannelRule] = MappingProxyType(
    {
        "ticker": ChannelRule(private=False, needs=("symbol",), joins=True),
        "trade": ChannelRule(private=False, needs=("symbol",)),
        "obu": ChannelRule(private=False, needs=("symbol", "depth")),
        "kline": ChannelRule(private=False, needs=("symbol", "interval")),
        "callAuctionInfo": ChannelRule(private=False, product="spot", needs=("symbol",)),
        "mark-price": ChannelRule(private=False, product="futures", scope=None, needs=("symbol",)),
        "funding-fee": ChannelRule(
            private=False, product="futures", scope=None, needs=("symbol",), joins=True
        ),
        "funding-fee-all-symbols": ChannelRule(private=False, product="futures", scope=None, needs=()),
        "order": _ACCOUNT_SYMBOL,
        "orderAll": _ACCOUNT,
        "execution": _ACCOUNT,
        "execution.lite": _ACCOUNT,
        "position": _ACCOUNT_SYMBOL,
        "positionAll": _ACCOUNT,
        "leverage": _ACCOUNT,
        "lw": _ACCOUNT,
        "balance": ChannelRule(private=True, scope="accountType", needs=()),
    }
)
