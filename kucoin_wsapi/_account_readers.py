"""The balances, positions and debts of private streams, as the exchange writes them, to the classes for them.

What a reader takes and raises is said in ``_market_readers``.
"""

from __future__ import annotations

from typing import Any

from ._wire_values import amount, amount_or_none, nanoseconds, positive_or_none, text, text_or_none, whole
from .account_updates import BalanceUpdate, FundingSettlement, MarginDebt, PositionUpdate, WalletUpdate

__all__ = ["balance", "margin_debt", "position", "pro_balance", "pro_position", "wallet"]


def balance(data: Any, symbol: str, subject: str) -> BalanceUpdate:
    """ "Balance" of spot and margin (3470075w0)."""
    event, context = text_or_none(data.get("relationEvent")), data.get("relationContext") or {}
    return BalanceUpdate(
        currency=text(data["currency"]),
        total=amount(data["total"]),
        available=amount(data["available"]),
        hold=amount(data["hold"]),
        available_change=amount_or_none(data.get("availableChange")),
        hold_change=amount_or_none(data.get("holdChange")),
        account=None if event is None else event.partition(".")[0],
        account_id=text_or_none(data.get("accountId")),
        event=event,
        event_id=text_or_none(data.get("relationEventId")),
        symbol=text_or_none(context.get("symbol")),
        order_id=text_or_none(context.get("orderId")),
        trade_id=text_or_none(context.get("tradeId")),
        equity=None,
        liability=None,
        time=nanoseconds(data.get("time")),
    )


def pro_balance(data: Any, account: str, stage: str) -> BalanceUpdate:
    """ "Balance" of the unified account (3470347w0)."""
    return BalanceUpdate(
        currency=text(data["c"]),
        total=amount(data["b"]),
        available=amount(data["a"]),
        hold=amount(data["h"]),
        available_change=None,
        hold_change=None,
        account=text_or_none(account),
        account_id=None,
        event=None,
        event_id=None,
        symbol=None,
        order_id=None,
        trade_id=None,
        equity=amount_or_none(data.get("e")),
        liability=amount_or_none(data.get("l")),
        time=nanoseconds(data.get("U")),
    )


def wallet(data: Any, symbol: str, subject: str) -> WalletUpdate:
    """ "Balance" of futures (3470092w0); the older subjects of the stream lack what is demanded here."""
    return WalletUpdate(
        currency=text(data["currency"]),
        equity=amount(data["equity"]),
        wallet_balance=amount(data["walletBalance"]),
        available_balance=amount(data["availableBalance"]),
        hold_balance=amount(data["holdBalance"]),
        max_withdraw_amount=amount_or_none(data.get("maxWithdrawAmount")),
        cross_position_margin=amount_or_none(data.get("crossPosMargin")),
        cross_order_margin=amount_or_none(data.get("crossOrderMargin")),
        isolated_position_margin=amount_or_none(data.get("isolatedPosMargin")),
        isolated_order_margin=amount_or_none(data.get("isolatedOrderMargin")),
        cross_unrealised_pnl=amount_or_none(data.get("crossUnPnl")),
        isolated_unrealised_pnl=amount_or_none(data.get("isolatedUnPnl")),
        version=whole(data.get("version")),
        time=nanoseconds(data.get("timestamp")),
    )


def position(data: Any, symbol: str, subject: str) -> PositionUpdate | FundingSettlement:
    """ "All Position" and "Position" of futures (3470093w0)."""
    if subject == "position.settlement":
        return _settlement(data, symbol)
    if subject != "position.change":
        raise ValueError("no class is made for this subject")
    return PositionUpdate(
        symbol=text(data.get("symbol") or symbol),
        quantity=amount_or_none(data.get("currentQty")),
        position_side=text_or_none(data.get("positionSide")),
        margin_mode=text_or_none(data.get("marginMode")),
        leverage=positive_or_none(data.get("leverage")),
        entry_price=positive_or_none(data.get("avgEntryPrice")),
        mark_price=positive_or_none(data.get("markPrice")),
        liquidation_price=positive_or_none(data.get("liquidationPrice")),
        bankrupt_price=positive_or_none(data.get("bankruptPrice")),
        realised_pnl=amount_or_none(data.get("realisedPnl")),
        unrealised_pnl=amount_or_none(data.get("unrealisedPnl")),
        settle_currency=text_or_none(data.get("settleCurrency")),
        change_reason=text_or_none(data.get("changeReason")),
        position_id=None,
        time=nanoseconds(data.get("currentTimestamp")),
    )


def _settlement(data: Any, symbol: str) -> FundingSettlement:
    return FundingSettlement(
        symbol=text_or_none(data.get("symbol") or symbol),
        quantity=amount(data["qty"]),
        funding_rate=amount(data["fundingRate"]),
        funding_fee=amount(data["fundingFee"]),
        mark_price=amount_or_none(data.get("markPrice")),
        settle_currency=text_or_none(data.get("settleCurrency")),
        funding_time=nanoseconds(data.get("fundingTime")),
        time=nanoseconds(data.get("ts")),
    )


def pro_position(data: Any, trade_type: str, stage: str) -> PositionUpdate:
    """ "Position" of the unified account (3470350w0)."""
    return PositionUpdate(
        symbol=text(data["s"]),
        quantity=amount_or_none(data.get("q")),
        position_side=text_or_none(data.get("pS")),
        margin_mode=text_or_none(data.get("mM")),
        leverage=positive_or_none(data.get("l")),
        entry_price=positive_or_none(data.get("eP")),
        mark_price=positive_or_none(data.get("mP")),
        liquidation_price=positive_or_none(data.get("lP")),
        bankrupt_price=positive_or_none(data.get("bP")),
        realised_pnl=amount_or_none(data.get("rPL")),
        unrealised_pnl=amount_or_none(data.get("uPL")),
        settle_currency=None,
        change_reason=None,
        position_id=text_or_none(data.get("pi")),
        time=nanoseconds(data.get("U")),
    )


def margin_debt(data: Any, symbol: str, subject: str) -> MarginDebt:
    """ "Cross Margin Position" (3470078w0); its other messages lack what is demanded here."""
    return MarginDebt(
        debt_ratio=amount(data["debtRatio"]),
        total_asset=amount_or_none(data.get("totalAsset")),
        total_debt=amount(data["totalDebt"]),
        debts={currency: amount(owed) for currency, owed in data["debtList"].items()},
        time=nanoseconds(data.get("timestamp")),
    )
