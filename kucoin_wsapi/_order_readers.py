"""The orders and executions of private streams, as the exchange writes them, to ``OrderUpdate`` and ``Execution``.

What a reader takes and raises is said in ``_market_readers``; what the words of the exchange become here, in
``OrderUpdate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ._wire_values import (
    amount,
    amount_or_none,
    lower_or_none,
    nanoseconds,
    positive_or_none,
    side,
    text,
    text_or_none,
    whole,
)
from .account_updates import Execution, Fill, OrderStatus, OrderUpdate, Product

__all__ = ["futures_order", "pro_execution", "pro_order", "spot_order"]

_V1_STATUS: Mapping[str, OrderStatus] = MappingProxyType(
    {"new": "accepted", "match": "accepted", "open": "resting"}
)
_PRO_STATUS: Mapping[int | None, OrderStatus] = MappingProxyType(
    {
        0: "accepted",
        1: "accepted",
        2: "resting",
        3: "filled",
        4: "resting",
        5: "cancelled",
        6: "cancelled",
    }
)
_PRO_EVENTS = MappingProxyType(
    {"fill": "filled", "cancel": "canceled", "trigger": "triggered"}  # the others are V1's words
)
_PRO_PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {"SPOT": "spot", "MARGIN": "margin", "CROSS": "margin", "ISOLATED": "margin", "FUTURES": "futures"}
)
_ZERO = Decimal(0)


def spot_order(data: Any, symbol: str, subject: str) -> OrderUpdate:
    """ "Order V2" (3470073w0) and "Order V1" (3470074w0), margin orders included."""
    margin = "margin" in (lower_or_none(data.get("tradeType")) or "")
    return _v1_order(data, "margin" if margin else "spot")


def futures_order(data: Any, symbol: str, subject: str) -> OrderUpdate:
    """ "All Order" and "Order" of futures (3470090w0)."""
    return _v1_order(data, "futures")


def _v1_order(data: Any, product: Product) -> OrderUpdate:
    event, status = text(data["type"]), data.get("status")
    size = positive_or_none(data.get("originSize") or data.get("size"))
    by_size = size is not None
    return OrderUpdate(
        product=product,
        symbol=text(data["symbol"]),
        order_id=text(data["orderId"]),
        client_oid=text_or_none(data.get("clientOid")),
        side=side(data["side"]),
        type=text_or_none(data.get("orderType")),
        event=event,
        status=_ending(event) if status == "done" else _V1_STATUS.get(status),
        price=positive_or_none(data.get("price")),
        size=size,
        funds=None if by_size else positive_or_none(data.get("originFunds") or data.get("funds")),
        filled_size=amount_or_none(data.get("filledSize")) or _ZERO,
        remaining_size=amount_or_none(data.get("remainSize")) if by_size else None,
        canceled_size=amount_or_none(data.get("canceledSize")) if by_size else None,
        old_size=positive_or_none(data.get("oldSize")),
        average_price=None,
        fill=_v1_fill(data) if event == "match" else None,
        fee=None,
        fee_currency=None,
        cancel_reason=None,
        source=lower_or_none(data.get("tradeType")),
        position_side=text_or_none(data.get("positionSide")),
        margin_mode=text_or_none(data.get("marginMode")),
        order_time=nanoseconds(data.get("orderTime")),
        event_time=nanoseconds(data.get("ts")),
    )


def _ending(event: str) -> OrderStatus:
    # The documentation of futures shows a last match that is done already.
    return "filled" if event in ("filled", "match") else "cancelled"


def _v1_fill(data: Any) -> Fill:
    fee_type = text_or_none(data.get("feeType"))
    return Fill(
        price=amount(data["matchPrice"]),
        size=amount(data["matchSize"]),
        trade_id=text(data["tradeId"]),
        liquidity=text_or_none(data.get("liquidity")),
        fee_type=None if fee_type is None else fee_type.removesuffix("Fee"),
    )


def pro_order(data: Any, trade_type: str, stage: str) -> OrderUpdate:
    """ "Order" of the unified account (3470346w0)."""
    event = lower_or_none(data.get("eT")) or ""
    by_funds = data.get("qU") == "QUOTECCY"
    asked = positive_or_none(data["q"])
    return OrderUpdate(
        product=_PRO_PRODUCTS[data.get("tT") or trade_type],
        symbol=text(data["s"]),
        order_id=text(data["oi"]),
        client_oid=text_or_none(data.get("ci")),
        side=side(data["S"]),
        type=lower_or_none(data.get("oT")),
        event=_PRO_EVENTS.get(event, event),
        status=_PRO_STATUS.get(whole(data.get("os"))),
        price=positive_or_none(data.get("p")),
        size=None if by_funds else asked,
        funds=asked if by_funds else None,
        filled_size=amount_or_none(data.get("fS")) or _ZERO,
        remaining_size=None if by_funds else amount_or_none(data.get("rS")),
        canceled_size=None if by_funds else amount_or_none(data.get("cS")),
        old_size=None,
        average_price=positive_or_none(data.get("aP")),
        fill=_pro_fill(data) if event in ("match", "fill") else None,
        fee=amount_or_none(data.get("f")),
        fee_currency=text_or_none(data.get("fC")),
        cancel_reason=text_or_none(data.get("cR")),
        source=lower_or_none(data.get("oS")),
        position_side=text_or_none(data.get("pS")),
        margin_mode=text_or_none(data.get("mM")),
        order_time=nanoseconds(data.get("O")),
        event_time=nanoseconds(data.get("U")),
    )


def _pro_fill(data: Any) -> Fill | None:
    size = positive_or_none(data.get("lS"))
    if size is None:
        return None
    role = lower_or_none(data.get("lR"))
    return Fill(price=amount(data["ls"]), size=size, trade_id=text(data["ti"]), liquidity=role, fee_type=role)


def pro_execution(data: Any, trade_type: str, stage: str) -> Execution:
    """ "Execution" (3470406w0) and "Execution Lite" (3470348w0)."""
    return Execution(
        symbol=text(data["s"]),
        order_id=text(data["oi"]),
        client_oid=text_or_none(data.get("ci")),
        side=side(data["S"]),
        type=lower_or_none(data.get("oT")),
        price=amount(data["p"]),
        size=amount(data["q"]),
        trade_id=text(data["ti"]),
        liquidity=lower_or_none(data.get("lR")),
        fee=amount_or_none(data.get("f")),
        fee_currency=text_or_none(data.get("fC")),
        kind=lower_or_none(data.get("fT")),
        time=nanoseconds(data.get("E")),
    )
