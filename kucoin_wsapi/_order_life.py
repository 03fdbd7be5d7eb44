"""One order, and one more piece of news of it: what it is now. Pure, and the same whatever the order of the news.

News come from the streams, from look-ups over REST and from the answer to the request; late, twice, or never. Each
tells how far the order had come by then, so the one that tells most counts: the state that is furthest, the largest
filled size, every fill once. Only what may change in both directions, price and size of an order that is amended, goes
by the time of the exchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from attrs import evolve

from ._wire_values import amount_or_none, lower_or_none, nanoseconds, text_or_none
from .account_updates import Fill, OrderUpdate
from .reports import OrderReport
from .tracking import TrackedOrder, TrackedState

__all__ = ["with_fills", "with_report", "with_state", "with_update"]

_ZERO = Decimal(0)
_LAST = 3
_RANKS: Mapping[TrackedState, int] = MappingProxyType(
    {"submitted": 0, "accepted": 1, "resting": 2, "filled": _LAST, "cancelled": _LAST, "never_placed": _LAST}
)
_MS = 1_000_000


def with_update(order: TrackedOrder, update: OrderUpdate) -> TrackedOrder:
    """The order after an update of a stream that is about it; the very same where it is no news."""
    news = TrackedOrder(
        product=order.product,
        # A status that this release does not know tells at least that the exchange has the order.
        state=update.status or "accepted",
        symbol=update.symbol,
        order_id=update.order_id,
        client_oid=update.client_oid,
        side=update.side,
        type=update.type,
        price=update.price,
        size=update.size,
        filled_size=update.filled_size,
        canceled_size=update.canceled_size,
        average_price=update.average_price,
        fills=() if update.fill is None else (update.fill,),
        fee=update.fee if update.fee_currency else None,
        fee_currency=update.fee_currency,
        cancel_reason=update.cancel_reason,
        order_time=update.order_time,
        event_time=update.event_time,
    )
    return _merged(order, news)


def with_report(order: TrackedOrder, report: OrderReport) -> TrackedOrder:
    """The order after a look-up over REST that has found it; the very same where it is no news."""
    record: Mapping[str, Any] = report.record or {}
    fee_currency = text_or_none(record.get("feeCurrency"))
    size, by_size = report.size, report.size is not None
    canceled = amount_or_none(record.get("cancelledSize", record.get("cancelSize"))) if by_size else None
    news = TrackedOrder(
        product=order.product,
        state=report.state,
        symbol=report.symbol,
        order_id=report.order_id,
        client_oid=report.client_oid,
        side=lower_or_none(record.get("side")),
        type=lower_or_none(record.get("type", record.get("orderType"))),
        price=report.price,
        size=size,
        filled_size=report.filled_size,
        canceled_size=canceled,
        average_price=report.average_price,
        fee=amount_or_none(record.get("fee")) if fee_currency else None,
        fee_currency=fee_currency,
        cancel_reason=text_or_none(record.get("cancelReason")),
        order_time=_time(record, "orderTime", "createdAt"),
        event_time=_time(record, "updatedTime", "lastUpdatedAt", "updatedAt"),
    )
    return _merged(order, news)


def with_state(order: TrackedOrder, state: TrackedState, **facts: Any) -> TrackedOrder:
    """The order after something that tells its state, and ``facts``: further fields of ``TrackedOrder``."""
    return _merged(order, TrackedOrder(product=order.product, state=state, **facts))


def with_fills(
    order: TrackedOrder, fills: Iterable[Fill], fee: Decimal | None = None, currency: str | None = None
) -> TrackedOrder:
    """The order with fills that were looked up, and with what was paid for all of them together."""
    known = tuple(fills)
    filled = sum((fill.size for fill in known), _ZERO)
    news = TrackedOrder(
        product=order.product, filled_size=filled, fills=known, fee=fee, fee_currency=currency
    )
    return _merged(order, news)


def _merged(order: TrackedOrder, news: TrackedOrder) -> TrackedOrder:
    fills = _joined(order.fills, news.fills)
    filled = max(order.filled_size, news.filled_size, sum((fill.size for fill in fills), _ZERO))
    newer = news.event_time is not None and news.event_time >= (order.event_time or 0)
    if order.product == "uta":
        size = (news.size if newer else None) or order.size or news.size
    else:  # cannot be amended; after a part was cancelled some news tell a smaller one
        size = _larger(order.size, news.size)
    merged = evolve(
        order,
        state=_state(order, news, size),
        symbol=order.symbol or news.symbol,
        order_id=order.order_id or news.order_id,
        client_oid=order.client_oid or news.client_oid,
        side=order.side or news.side,
        type=order.type or news.type,
        price=(news.price if newer else None) or order.price or news.price,
        size=size,
        filled_size=filled,
        canceled_size=_larger(order.canceled_size, news.canceled_size),
        average_price=_average(order, news, fills, filled),
        fills=fills,
        cancel_reason=order.cancel_reason or news.cancel_reason,
        error=order.error or news.error,
        order_time=_larger(order.order_time, news.order_time),
        event_time=_larger(order.event_time, news.event_time),
        **_fee(order, news, filled),
    )
    return order if merged == order else merged


def _state(order: TrackedOrder, news: TrackedOrder, size: Decimal | None) -> TrackedState:
    """The one that is furthest; of two ends the one that knows of more fills."""
    # An order that is heard of was placed, whatever was concluded before.
    doubtful = order.state == "never_placed" and news.state != "submitted"
    ours = "submitted" if doubtful else order.state
    knows_more = _RANKS[news.state] == _LAST and news.filled_size > order.filled_size
    furthest = news.state if knows_more or _RANKS[news.state] > _RANKS[ours] else ours
    wholly = news.size is not None and news.size == size and news.filled_size >= news.size
    return "filled" if wholly and furthest != "cancelled" else furthest


def _average(
    order: TrackedOrder, news: TrackedOrder, fills: tuple[Fill, ...], filled: Decimal
) -> Decimal | None:
    """Exactly, where all fills are known; else as it was told for what is filled by now."""
    if not filled:
        return None
    if sum((fill.size for fill in fills), _ZERO) == filled:
        return _weighted(fills, filled, order.symbol or news.symbol or "")
    told = news.average_price if news.filled_size == filled else None
    return told or (order.average_price if order.filled_size == filled else None)


def _weighted(fills: Iterable[Fill], filled: Decimal, symbol: str) -> Decimal:
    if symbol.endswith(
        "USDM"
    ):  # a lot of an inverse contract is worth so many dollars, whatever the coin costs
        return filled / sum((fill.size / fill.price for fill in fills), _ZERO)
    return sum((fill.price * fill.size for fill in fills), _ZERO) / filled


def _fee(order: TrackedOrder, news: TrackedOrder, filled: Decimal) -> dict[str, Any]:
    """What was paid for all that is filled by now; None as soon as more is filled than it was told for."""
    if news.fee is not None and news.filled_size == filled:
        return {"fee": news.fee, "fee_currency": news.fee_currency}
    if order.filled_size == filled:
        return {"fee": order.fee, "fee_currency": order.fee_currency}
    return {"fee": None, "fee_currency": None}


def _joined(known: tuple[Fill, ...], more: tuple[Fill, ...]) -> tuple[Fill, ...]:
    if not more:
        return known
    ids = {fill.trade_id for fill in known}
    return known + tuple(fill for fill in more if fill.trade_id not in ids)


def _larger(ours: Any, theirs: Any) -> Any:
    return theirs if ours is None or (theirs is not None and theirs > ours) else ours


def _time(record: Mapping[str, Any], *names: str) -> int | None:
    value = next((record[name] for name in names if record.get(name)), None)
    return nanoseconds(value)
