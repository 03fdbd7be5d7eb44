"""Orders and executions in the Pro dialect: KuCoin documentation, "Order" and "Execution" of the Pro push. Pure.

What a market order was not asked for, such as its price, is an empty text or "0", as in captured messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .arguments import decimal_text
from .envelopes import compact_json
from .feed_events import OrderChange
from .orders import Trigger
from .push_announcing import Announcement

__all__ = ["announce_order", "pro_message"]

EVENTS = {
    "open": "OPEN",
    "match": "MATCH",
    "update": "UPDATE",
    "filled": "FILL",
    "canceled": "CANCEL",
    "triggered": "TRIGGER",
}
ZERO = Decimal(0)


def pro_message(topic: str, now: int, data: object, **more: object) -> str:
    """The envelope of everything; `now` in Unix nanoseconds."""
    return compact_json({"T": topic, **more, "P": now, "d": data})


def announce_order(change: OrderChange) -> Iterator[Announcement]:
    """An order on the channels of all orders and of its symbol, a fill on that of executions."""
    if change.event == "received":
        return
    symbol = change.order.terms.symbol
    for trade_type in ("UNIFIED", _trade_type(change)):
        yield _order_announcement(change, f"orderAll.{trade_type}", f"orderAll.{trade_type}")
        yield _order_announcement(change, f"order.{trade_type}:{symbol}", f"order.{trade_type}")
        if change.event == "match":
            yield _execution_announcement(change, f"execution.{trade_type}")


def _trade_type(change: OrderChange) -> str:
    terms = change.order.terms
    if terms.product == "margin":
        return "ISOLATED" if terms.is_isolated else "CROSS"
    return terms.product.upper()


def _order_announcement(change: OrderChange, topic: str, shown: str) -> Announcement:
    return Announcement(
        change.uid, topic, lambda: pro_message(shown, change.order.updated_at, _order(change))
    )


def _execution_announcement(change: OrderChange, topic: str) -> Announcement:
    return Announcement(
        change.uid, topic, lambda: pro_message(topic, change.order.updated_at, _execution(change))
    )


def _order(change: OrderChange) -> dict[str, object]:
    order, terms = change.order, change.order.terms
    futures = terms.product == "futures"
    data: dict[str, object] = {
        "tT": _trade_type(change),
        "oi": order.order_id,
        "ci": terms.client_oid or "",
        "os": _status(change),
        "eT": "CANCEL" if _is_canceled(change) else EVENTS[change.event],
        "s": terms.symbol,
        "S": terms.side.upper(),
        "oT": terms.order_type.upper(),
        "oS": "USER",
        "p": decimal_text(terms.price or ZERO),
        "q": decimal_text(order.origin_size if terms.funds is None else terms.funds),
        "qU": "UNIT" if futures else "BASECCY" if terms.funds is None else "QUOTECCY",
        "fS": decimal_text(order.filled_size),
        "aP": decimal_text(order.average_price),
        "f": decimal_text(order.fee),
        "fC": order.fee_currency,
        "t": "0",
        "cR": order.cancel_reason or "",
        "cS": decimal_text(order.canceled_size),
        "rS": decimal_text(order.remaining_size),
        "toi": "",
        "stp": terms.stp or "",
        "rO": terms.reduce_only,
        "tIF": terms.time_in_force,
        "pO": terms.post_only,
        "O": order.created_at,
        "U": order.updated_at,
        **_last_fill(change),
        **_trigger("t", terms.trigger),
        **_trigger("p", terms.take_profit),
        **_trigger("l", terms.stop_loss),
    }
    if futures:
        data |= {"pS": terms.position_side, "mM": terms.margin_mode, "l": str(terms.leverage)}
    return data


def _is_canceled(change: OrderChange) -> bool:
    """A rest that is cancelled ends an order as its whole would."""
    return change.event in ("update", "canceled") and change.stage == "done"


def _status(change: OrderChange) -> int:
    filled = change.order.filled_size > 0
    if change.event == "filled":
        return 6 if change.order.canceled_size else 3  # a part may have been cancelled before
    if change.event == "triggered":
        return 1
    if _is_canceled(change):
        return 6 if filled else 5
    if change.order.is_waiting:
        return 0
    return 4 if filled else 2


def _last_fill(change: OrderChange) -> dict[str, object]:
    fill = change.fill
    if fill is None:
        return {"lR": "", "ti": "", "lS": "0", "ls": "0"}
    return {
        "lR": fill.liquidity.upper(),
        "ti": fill.trade_id,
        "lS": decimal_text(fill.size),
        "ls": decimal_text(fill.price),
    }


def _trigger(letter: str, trigger: Trigger | None) -> dict[str, object]:
    """Price and price type of one of the three triggers; a direction is told of the order's own."""
    names = (
        {"P": "", "PT": ""}
        if trigger is None
        else {"P": decimal_text(trigger.price), "PT": trigger.price_type}
    )
    if letter == "t":
        names["D"] = "" if trigger is None else trigger.direction.upper()
    return {letter + name: value for name, value in names.items()}


def _execution(change: OrderChange) -> dict[str, object]:
    order, fill = change.order, change.fill
    assert fill is not None, "a match has a fill"
    return {
        "E": fill.time,
        "S": fill.side.upper(),
        "f": decimal_text(fill.fee),
        "p": decimal_text(fill.price),
        "q": decimal_text(fill.size),
        "s": fill.symbol,
        "fC": fill.fee_currency,
        "lR": fill.liquidity.upper(),
        "oT": fill.order_type.upper(),
        "oi": order.order_id,
        "ci": order.terms.client_oid or "",
        "tT": _trade_type(change),
        "ti": fill.trade_id,
    }
