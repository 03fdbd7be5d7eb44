"""The records of a fill over REST, ready for `json.dumps`: KuCoin documentation, "Get Trade History" of spot, margin
and futures."""

from __future__ import annotations

from .arguments import decimal_text
from .orders import Fill, OrderView
from .records import trade_type
from .times import to_milliseconds

__all__ = ["fill_number", "futures_fill_record", "spot_fill_record"]


def fill_number(fill: Fill) -> int:
    """A number that grows from fill to fill, and tells the two sides of a trade apart."""
    return 2 * int(fill.trade_id) + (fill.side == "sell")


def spot_fill_record(fill: Fill, order: OrderView) -> dict[str, object]:
    """A fill of a spot or margin order."""
    return {
        "id": fill_number(fill),
        "orderId": fill.order_id,
        "counterOrderId": fill.counter_order_id,
        "tradeId": int(fill.trade_id),
        "symbol": fill.symbol,
        "side": fill.side,
        "liquidity": fill.liquidity,
        "type": fill.order_type,
        "forceTaker": fill.force_taker,
        "price": decimal_text(fill.price),
        "size": decimal_text(fill.size),
        "funds": decimal_text(fill.value),
        "fee": decimal_text(fill.fee),
        "feeRate": decimal_text(fill.fee_rate),
        "feeCurrency": fill.fee_currency,
        "stop": "",
        "tradeType": trade_type(order.terms),
        "taxRate": "0",
        "tax": "0",
        "createdAt": to_milliseconds(fill.time),
    }


def futures_fill_record(fill: Fill, order: OrderView) -> dict[str, object]:
    """A fill of a futures order. KuCoin splits the fee where a fill closes one position and opens another; here it is
    that of closing for orders that can only close, and that of opening for all others."""
    terms = order.terms
    closes = terms.reduce_only or terms.close_order
    fee = decimal_text(fill.fee)
    return {
        "symbol": fill.symbol,
        "tradeId": fill.trade_id,
        "orderId": fill.order_id,
        "side": fill.side,
        "liquidity": fill.liquidity,
        "forceTaker": fill.force_taker,
        "price": decimal_text(fill.price),
        "size": int(fill.size),
        "value": decimal_text(fill.value),
        "openFeePay": "0" if closes else fee,
        "closeFeePay": fee if closes else "0",
        "stop": "" if terms.trigger is None else terms.trigger.direction,
        "feeRate": decimal_text(fill.fee_rate),
        "fixFee": "0",
        "feeCurrency": fill.fee_currency,
        "subTradeType": None,
        "marginMode": terms.margin_mode,
        "displayType": fill.order_type,
        "fee": fee,
        "settleCurrency": fill.fee_currency,
        "orderType": fill.order_type,
        "positionSide": terms.position_side,
        "tradeType": "trade",
        "tradeTime": fill.time,
        "createdAt": to_milliseconds(fill.time),
    }
