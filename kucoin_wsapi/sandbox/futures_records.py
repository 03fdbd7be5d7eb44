"""The futures account and its positions over REST, ready for `json.dumps`: numbers, where spot has strings.

KuCoin documentation, "Get Account - Futures", "Get Position Details" and "Get Open Order Value". Nothing is liquidated
in a sandbox, so that the prices at which that would happen are zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .arguments import decimal_text
from .futures_views import FuturesAccount, Position
from .market_records import json_number
from .orders import OrderView, Side
from .times import to_milliseconds

__all__ = ["account_record", "open_order_record", "position_record"]

ZERO = Decimal(0)


def account_record(account: FuturesAccount) -> dict[str, object]:
    """The account in one currency."""
    return {
        "accountEquity": json_number(account.equity),
        "unrealisedPNL": json_number(account.unrealised_pnl),
        "marginBalance": json_number(account.wallet_balance),
        "positionMargin": json_number(account.position_margin),
        "orderMargin": json_number(account.order_margin),
        "frozenFunds": 0,
        "availableBalance": json_number(account.available_balance),
        "currency": account.currency,
        "riskRatio": json_number(account.risk_ratio),
        "maxWithdrawAmount": json_number(max(account.available_balance, ZERO)),
    }


def position_record(position: Position, uid: str, now: int, *, is_inverse: bool) -> dict[str, object]:
    """One position; `now` in Unix nanoseconds."""
    net = position.realised_pnl - position.fees
    # Flat positions gain nothing, on whatever was paid for them.
    share = position.unrealised_pnl / abs(position.entry_value) if position.entry_value else ZERO
    on_margin = position.unrealised_pnl / position.initial_margin if position.initial_margin else ZERO
    return {
        "id": f"{uid}-{position.symbol}-{position.side}",
        "symbol": position.symbol,
        "autoDeposit": False,
        "crossMode": position.margin_mode == "CROSS",
        "maintMarginReq": json_number(_ratio(position.maintenance_margin, abs(position.mark_value))),
        "riskLimit": 0,
        "realLeverage": json_number(Decimal(position.leverage)),
        "delevPercentage": 0,
        "openingTimestamp": None if position.opened_at is None else to_milliseconds(position.opened_at),
        "currentTimestamp": to_milliseconds(now),
        "currentQty": int(position.size),
        "currentCost": json_number(position.entry_value),
        "currentComm": json_number(position.fees),
        "unrealisedCost": json_number(position.entry_value),
        "realisedGrossCost": json_number(-position.realised_pnl),
        "realisedCost": json_number(-net),
        "isOpen": bool(position.size),
        "markPrice": json_number(position.mark_price),
        "markValue": json_number(position.mark_value),
        "posCost": json_number(position.entry_value),
        "posCross": 0,
        "posCrossMargin": 0,
        "posInit": json_number(position.initial_margin),
        "posComm": json_number(position.closing_fee),
        "posCommCommon": json_number(position.closing_fee),
        "posLoss": 0,
        "posMargin": json_number(position.margin),
        "posFunding": 0,
        "posMaint": json_number(position.maintenance_margin),
        "maintMargin": json_number(position.margin + position.unrealised_pnl),
        "realisedGrossPnl": json_number(position.realised_pnl),
        "realisedPnl": json_number(net),
        "unrealisedPnl": json_number(position.unrealised_pnl),
        "unrealisedPnlPcnt": json_number(share),
        "unrealisedRoePcnt": json_number(on_margin),
        "avgEntryPrice": json_number(position.entry_price),
        "liquidationPrice": 0,
        "bankruptPrice": 0,
        "settleCurrency": position.settle_currency,
        "isInverse": is_inverse,
        "maintainMargin": json_number(_ratio(position.maintenance_margin, abs(position.mark_value))),
        "marginMode": position.margin_mode,
        "positionSide": position.side,
        "leverage": position.leverage,
    }


def open_order_record(orders: Iterable[OrderView], settle_currency: str) -> dict[str, object]:
    """Lots and value of the active orders of one contract, by side."""
    orders = tuple(orders)
    return {
        "openOrderBuySize": _lots(orders, "buy"),
        "openOrderSellSize": _lots(orders, "sell"),
        "openOrderBuyCost": _cost(orders, "buy"),
        "openOrderSellCost": _cost(orders, "sell"),
        "settleCurrency": settle_currency,
    }


def _lots(orders: Iterable[OrderView], side: Side) -> int:
    return int(sum(order.remaining_size for order in orders if order.terms.side == side))


def _cost(orders: Iterable[OrderView], side: Side) -> str:
    return decimal_text(sum((order.remaining_funds for order in orders if order.terms.side == side), ZERO))


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else ZERO
