"""The look-up records of an order over REST, ready for `json.dumps`.

KuCoin documentation, "Get Order By OrderId" of spot, margin and futures, and "Get Order Details" of the Pro API.
What the sandbox does not support yet appears with the value it has on an order that does not use it.
"""

from __future__ import annotations

from decimal import Decimal

from .arguments import decimal_text
from .orders import OrderStatus, OrderTerms, OrderView

__all__ = ["futures_record", "spot_record", "trade_type", "uta_record"]

NANOSECONDS_PER_MILLISECOND = 1_000_000
UTA_NOT_TRIGGERED = 0
UTA_LIVE, UTA_FILLED, UTA_PARTLY_FILLED, UTA_CANCELED, UTA_PARTLY_CANCELED = 2, 3, 4, 5, 6


def trade_type(terms: OrderTerms) -> str:
    """The `tradeType` of a spot or margin order."""
    if terms.product == "spot":
        return "TRADE"
    return "MARGIN_ISOLATED_TRADE" if terms.is_isolated else "MARGIN_TRADE"


def spot_record(order: OrderView) -> dict[str, object]:
    """The record of a spot or margin order: amounts are strings, times are milliseconds."""
    terms = order.terms
    record: dict[str, object] = {
        "id": order.order_id,
        "clientOid": terms.client_oid,
        "symbol": terms.symbol,
        "opType": "DEAL",
        "type": terms.order_type,
        "side": terms.side,
        "price": _text(terms.price),
        "size": _text(terms.size),
        "funds": decimal_text(order.funds),
        "dealSize": decimal_text(order.filled_size),
        "dealFunds": decimal_text(order.filled_value),
        "remainSize": decimal_text(order.remaining_size),
        "remainFunds": decimal_text(order.remaining_funds),
        "cancelledSize": decimal_text(order.canceled_size),
        "cancelledFunds": decimal_text(order.canceled_funds),
        "fee": decimal_text(order.fee),
        "feeCurrency": order.fee_currency,
        "stp": terms.stp,
        "timeInForce": terms.time_in_force,
        "postOnly": terms.post_only,
        "hidden": terms.hidden,
        "iceberg": terms.iceberg,
        "visibleSize": _text(terms.visible_size),
        "cancelAfter": terms.cancel_after or 0,
        "channel": "API",
        "remark": terms.remark,
        "tags": terms.tags,
        "cancelExist": order.status is OrderStatus.CANCELED,
        "cancelReason": order.cancel_reason,
        "tradeType": trade_type(terms),
        "inOrderBook": order.in_book,
        "active": order.is_active,
        "tax": "0",
        "createdAt": order.created_at // NANOSECONDS_PER_MILLISECOND,
        "lastUpdatedAt": order.updated_at // NANOSECONDS_PER_MILLISECOND,
    }
    if terms.product == "margin":
        record |= {"stop": None, "stopTriggered": False, "stopPrice": "0"}
    return record


def futures_record(order: OrderView) -> dict[str, object]:
    """The record of a futures order: sizes are numbers of lots, `orderTime` is nanoseconds, the rest milliseconds."""
    terms = order.terms
    trigger = terms.trigger
    updated_at = order.updated_at // NANOSECONDS_PER_MILLISECOND
    return {
        "id": order.order_id,
        "symbol": terms.symbol,
        "type": terms.order_type,
        "side": terms.side,
        "price": _text(terms.price),
        "size": int(order.origin_size),
        "value": decimal_text(order.funds if terms.price is not None else order.filled_value),
        "dealValue": decimal_text(order.filled_value),
        "dealSize": int(order.filled_size),
        "stp": terms.stp or "",
        "stop": "" if trigger is None else trigger.direction,
        "stopPriceType": "" if trigger is None else trigger.price_type,
        "stopTriggered": order.stop_triggered,
        "stopPrice": None if trigger is None else decimal_text(trigger.price),
        "timeInForce": terms.time_in_force,
        "postOnly": terms.post_only,
        "hidden": terms.hidden,
        "iceberg": terms.iceberg,
        "leverage": str(terms.leverage),
        "forceHold": terms.force_hold,
        "closeOrder": terms.close_order,
        "visibleSize": int(terms.visible_size or 0),
        "clientOid": terms.client_oid,
        "remark": terms.remark,
        "tags": terms.tags or "",
        "isActive": order.is_active,
        "cancelExist": order.status is OrderStatus.CANCELED,
        "cancelReason": order.cancel_reason,
        "createdAt": order.created_at // NANOSECONDS_PER_MILLISECOND,
        "updatedAt": updated_at,
        "endAt": None if order.is_active else updated_at,
        "orderTime": order.created_at,
        "settleCurrency": order.fee_currency,
        "marginMode": terms.margin_mode,
        "avgDealPrice": decimal_text(order.average_price),
        "positionSide": terms.position_side,
        "filledValue": decimal_text(order.filled_value),
        "status": "open" if order.is_active else "done",
        "filledSize": int(order.filled_size),
        "reduceOnly": terms.reduce_only,
    }


def uta_record(order: OrderView) -> dict[str, object]:
    """The record of a spot or futures order as the unified account shows it: strings, and nanoseconds."""
    terms = order.terms
    by_funds = terms.funds is not None
    record: dict[str, object] = {
        "orderId": order.order_id,
        "clientOid": terms.client_oid,
        "status": _uta_status(order),
        "filledSize": decimal_text(order.filled_size),
        "avgPrice": decimal_text(order.average_price),
        "fee": decimal_text(order.fee),
        "tax": "0",
        "symbol": terms.symbol,
        "feeCurrency": order.fee_currency,
        "side": terms.side.upper(),
        "orderType": terms.order_type.upper(),
        "size": decimal_text(order.funds if by_funds else order.origin_size),
        "sizeUnit": "QUOTECCY" if by_funds else "UNIT" if terms.product == "futures" else "BASECCY",
        "price": _text(terms.price),
        "timeInForce": terms.time_in_force,
        "cancelSize": decimal_text(order.canceled_funds if by_funds else order.canceled_size),
        "cancelReason": order.cancel_reason or "",
        "cancelAfter": terms.cancel_after or 0,
        "postOnly": terms.post_only,
        "orderTime": order.created_at,
        "updatedTime": order.updated_at,
        "tradeType": "ISOLATED" if terms.is_isolated else terms.product.upper(),
    }
    if terms.product == "futures":
        record |= {
            "reduceOnly": terms.reduce_only,
            "marginMode": terms.margin_mode,
            "positionSide": terms.position_side,
            "leverage": str(terms.leverage),
            **_triggers(terms),
        }
    return record


def _triggers(terms: OrderTerms) -> dict[str, str]:
    """What an order of the unified account waits for, or is protected by, under the names of its request."""
    named = (("trigger", terms.trigger), ("tpTrigger", terms.take_profit), ("slTrigger", terms.stop_loss))
    record: dict[str, str] = {}
    for name, trigger in named:
        if trigger is not None:
            record |= {f"{name}Price": decimal_text(trigger.price), f"{name}PriceType": trigger.price_type}
    if terms.trigger is not None:
        record["triggerDirection"] = terms.trigger.direction.upper()
    return record


def _uta_status(order: OrderView) -> int:
    """KuCoin documentation, "Get Order Details" of the Pro API: the number that stands for each state."""
    if order.status is OrderStatus.FILLED:
        return UTA_FILLED
    if order.is_waiting:
        return UTA_NOT_TRIGGERED
    if order.is_active:
        return UTA_PARTLY_FILLED if order.filled_size else UTA_LIVE
    return UTA_PARTLY_CANCELED if order.filled_size else UTA_CANCELED


def _text(number: Decimal | None) -> str:
    return "0" if number is None else decimal_text(number)
