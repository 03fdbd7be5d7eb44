"""Order changes in the classic dialect: KuCoin documentation, "Get Order V2" and "All Order" of futures. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .arguments import decimal_text
from .envelopes import compact_json
from .feed_events import OrderChange
from .orders import Trigger
from .push_announcing import Announcement
from .times import to_milliseconds

__all__ = ["announce_order", "private_message"]

STOP_TYPES = {"open": "open", "triggered": "triggered", "canceled": "cancel"}
ZERO = Decimal(0)


def private_message(topic: str, subject: str, uid: str, data: object, **more: object) -> str:
    """The envelope of everything private."""
    return compact_json(
        {
            "topic": topic,
            "type": "message",
            "subject": subject,
            **more,
            "userId": uid,
            "channelType": "private",
            "data": data,
        }
    )


def announce_order(change: OrderChange) -> Iterator[Announcement]:
    """Orders of spot and margin on the topics of spot; those of futures on their own, while they wait on another."""
    if change.order.terms.product != "futures":
        yield _announcement(change, "/spotMarket/tradeOrdersV2", "orderChange")
        if change.event != "received":
            yield _announcement(change, "/spotMarket/tradeOrders", "orderChange")
    elif change.is_of_a_stop:
        if change.event in STOP_TYPES:
            yield _announcement(change, "/contractMarket/advancedOrders", "stopOrder")
    elif change.event != "received":
        symbol = change.order.terms.symbol
        yield _announcement(change, "/contractMarket/tradeOrders", "orderChange")
        yield _announcement(change, f"/contractMarket/tradeOrders:{symbol}", "symbolOrderChange")


def _announcement(change: OrderChange, topic: str, subject: str) -> Announcement:
    def write() -> str:
        if subject == "stopOrder":
            data = _stop_order(change)
        elif change.order.terms.product == "futures":
            data = _futures_order(change)
        else:
            data = _spot_order(change)
        return private_message(topic, subject, change.uid, data)

    return Announcement(change.uid, topic, write)


def _spot_order(change: OrderChange) -> dict[str, object]:
    order, terms = change.order, change.order.terms
    data: dict[str, object] = {
        "symbol": terms.symbol,
        "orderType": terms.order_type,
        "side": terms.side,
        "orderId": order.order_id,
        "clientOid": terms.client_oid or "",
        "type": change.event,
        "status": change.stage,
        "orderTime": to_milliseconds(order.created_at),
        "ts": order.updated_at,
    }
    if terms.size is not None:
        data["originSize"] = decimal_text(terms.size)
    elif terms.funds is not None:
        data["originFunds"] = decimal_text(terms.funds)
    if change.event == "received":
        return data
    data |= _sizes(change)
    if terms.price is not None:
        data["price"] = decimal_text(terms.price)
    if terms.funds is not None:
        data["remainFunds"] = decimal_text(order.remaining_funds)
        data["canceledFunds"] = decimal_text(order.canceled_funds)
    elif change.event == "filled":
        data["remainFunds"] = "0"
    return data | _match(change)


def _futures_order(change: OrderChange) -> dict[str, object]:
    order, terms = change.order, change.order.terms
    data: dict[str, object] = {
        "symbol": terms.symbol,
        "orderType": terms.order_type,
        "side": terms.side,
        "orderId": order.order_id,
        "clientOid": terms.client_oid or "",
        "positionSide": terms.position_side,
        "marginMode": terms.margin_mode,
        "type": change.event,
        "status": change.stage,
        "price": decimal_text(terms.price or ZERO),
        **_sizes(change),
        "tradeType": "trade",
        "orderTime": order.created_at,
        "ts": order.updated_at,
    }
    if change.event == "open":
        data["liquidity"] = "maker"
    return data | _match(change)


def _sizes(change: OrderChange) -> dict[str, object]:
    """`size` is what was asked for; in an update what the order is for now, and `oldSize` what it was for before."""
    order = change.order
    size = order.origin_size
    sizes: dict[str, object] = {}
    if change.event == "update" and change.old_size is not None:
        size = order.filled_size + order.remaining_size
        sizes["oldSize"] = decimal_text(change.old_size)
    return sizes | {
        "size": decimal_text(size),
        "filledSize": decimal_text(order.filled_size),
        "remainSize": decimal_text(order.remaining_size),
        "canceledSize": decimal_text(order.canceled_size),
    }


def _match(change: OrderChange) -> dict[str, object]:
    fill = change.fill
    if fill is None or change.event != "match":
        return {}
    return {
        "matchPrice": decimal_text(fill.price),
        "matchSize": decimal_text(fill.size),
        "tradeId": fill.trade_id,
        "liquidity": fill.liquidity,
        "feeType": fill.fee_type,
    }


def _stop_order(change: OrderChange) -> dict[str, object]:
    order, terms = change.order, change.order.terms
    trigger = terms.trigger
    assert isinstance(trigger, Trigger), "only orders with a trigger wait"
    return {
        "createdAt": to_milliseconds(order.created_at),
        "marginMode": terms.margin_mode,
        "orderId": order.order_id,
        "clientOid": terms.client_oid or "",
        "orderPrice": decimal_text(terms.price or ZERO),
        "orderType": "stop",
        "side": terms.side,
        "size": int(order.origin_size),
        "stop": trigger.direction,
        "stopPrice": decimal_text(trigger.price),
        "stopPriceType": trigger.price_type,
        "symbol": terms.symbol,
        "ts": order.updated_at,
        "type": STOP_TYPES[change.event],
    }
