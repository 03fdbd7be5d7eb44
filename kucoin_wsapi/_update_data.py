"""Which class the data of a message become: the table of streams.

What cannot be typed stays as it came: a stream that has no class, or data that are not of the documented shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from . import _account_readers as account
from . import _market_readers as market
from . import _order_readers as orders

__all__ = ["typed_data"]

Reader = Callable[[Any, str, str], object]

_V1: Mapping[str, Reader] = MappingProxyType(
    {
        "/market/ticker": market.spot_ticker,
        "/spotMarket/level1": market.level_1,
        "/spotMarket/level2Depth5": market.depth,
        "/spotMarket/level2Depth50": market.depth,
        "/callauction/level2Depth50": market.depth,
        "/market/level2": market.spot_changes,
        "/market/match": market.trade,
        "/indicator/markPrice": market.spot_mark_price,
        "/indicator/index": market.spot_index_price,
        "/contractMarket/tickerV2": market.futures_ticker,
        "/contractMarket/ticker": market.futures_ticker,
        "/contractMarket/level2": market.futures_change,
        "/contractMarket/level2Depth5": market.depth,
        "/contractMarket/level2Depth50": market.depth,
        "/contractMarket/execution": market.trade,
        "/contract/instrument": market.instrument,
        "/spotMarket/tradeOrdersV2": orders.spot_order,
        "/spotMarket/tradeOrders": orders.spot_order,
        "/contractMarket/tradeOrders": orders.futures_order,
        "/account/balance": account.balance,
        "/margin/position": account.margin_debt,
        "/contractAccount/wallet": account.wallet,
        "/contract/position": account.position,
        "/contract/positionAll": account.position,
    }
)
_PRO: Mapping[str, Reader] = MappingProxyType(
    {
        "ticker": market.pro_ticker,
        "obu": market.pro_book,
        "trade": market.pro_trade,
        "mark-price": market.pro_mark_price,
        "order": orders.pro_order,
        "orderAll": orders.pro_order,
        "execution": orders.pro_execution,
        "execution.lite": orders.pro_execution,
        "balance": account.pro_balance,
        "position": account.pro_position,
        "positionAll": account.pro_position,
    }
)


def typed_data(raw: Mapping[str, Any], subject: str) -> object:
    """The data of a message typed, or as they came where that cannot be done; raises nothing.

    ``raw`` and ``subject`` are those of a ``Push``.
    """
    if raw.get("type") == "message":
        data, topic = raw.get("data"), raw["topic"]
        path, _, scope = topic.partition(":")
        reader = _V1.get(path)
    else:
        data, topic = raw["d"], raw["T"]
        channel, _, scope = topic.rpartition(".")
        reader = _PRO.get(channel or topic)  # there are channels without a trade type
    if reader is None:
        return data
    try:
        return reader(data, scope, subject)
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return data
