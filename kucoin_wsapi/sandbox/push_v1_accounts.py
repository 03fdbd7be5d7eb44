"""Balances, wallets, positions and settings in the classic dialect. Pure.

KuCoin documentation, "Get Account Balance" of spot and of futures, "All Position Change Events", "Margin Mode Change"
and "Cross Margin Leverage Change". Nothing is told of a position when only its mark price has moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .arguments import decimal_text
from .feed_events import BalanceChange, LeverageChange, MarginModeChange, PositionChange, WalletChange
from .futures_records import position_record
from .ids import account_id
from .push_announcing import Announcement
from .push_v1_orders import private_message
from .times import to_milliseconds

__all__ = [
    "announce_balance",
    "announce_leverage",
    "announce_margin_mode",
    "announce_position",
    "announce_wallet",
]

NOT_OF_A_POSITION_MESSAGE = ("id", "isInverse", "posCommCommon", "posCrossMargin", "maintainMargin")
"""What the record of REST has besides."""


def announce_balance(change: BalanceChange) -> Iterator[Announcement]:
    """One change of one currency; the accounts are "trade", "margin" and, of any pair, "isolated"."""

    def write() -> str:
        number = str(change.number)
        return private_message("/account/balance", "account.balance", change.uid, _balance(change), id=number)

    yield Announcement(change.uid, "/account/balance", write)


def _balance(change: BalanceChange) -> dict[str, object]:
    cause = change.cause
    context = {"symbol": cause.symbol, "orderId": cause.order_id, "tradeId": cause.trade_id}
    account = change.account.partition(":")[0]
    return {
        "accountId": account_id(change.uid, change.currency, change.account),
        "currency": change.currency,
        "total": decimal_text(change.available + change.hold),
        "available": decimal_text(change.available),
        "hold": decimal_text(change.hold),
        "availableChange": decimal_text(change.available_change),
        "holdChange": decimal_text(change.hold_change),
        "relationContext": {name: value for name, value in context.items() if value},
        "relationEvent": f"{account}.{cause.event}",
        "relationEventId": str(change.number),
        "time": str(to_milliseconds(change.time)),
    }


def announce_wallet(change: WalletChange) -> Iterator[Announcement]:
    """The futures account in one currency."""

    def write() -> str:
        topic, subject = "/contractAccount/wallet", "walletBalance.change"
        number = f"{change.account.currency}-{change.version}"
        return private_message(topic, subject, change.uid, _wallet(change), id=number)

    yield Announcement(change.uid, "/contractAccount/wallet", write)


def _wallet(change: WalletChange) -> dict[str, object]:
    account = change.account
    cross_unrealised = account.unrealised_pnl - change.isolated_unrealised_pnl
    amounts = {
        "walletBalance": account.wallet_balance,
        "equity": account.equity,
        "availableBalance": account.available_balance,
        "maxWithdrawAmount": max(account.available_balance, Decimal(0)),
        "holdBalance": Decimal(0),
        "crossOrderMargin": account.order_margin - change.isolated_order_margin,
        "crossPosMargin": change.cross_position_margin,
        "crossUnPnl": cross_unrealised,
        "totalCrossMargin": account.wallet_balance - change.isolated_position_margin + cross_unrealised,
        "isolatedOrderMargin": change.isolated_order_margin,
        "isolatedPosMargin": change.isolated_position_margin,
        "isolatedFundingFeeMargin": Decimal(0),
        "isolatedUnPnl": change.isolated_unrealised_pnl,
    }
    return {
        **{name: decimal_text(amount) for name, amount in amounts.items()},
        "version": str(change.version),
        "currency": account.currency,
        "timestamp": str(to_milliseconds(change.time)),
    }


def announce_position(change: PositionChange) -> Iterator[Announcement]:
    """A position as it is now."""
    for topic in ("/contract/positionAll", f"/contract/position:{change.position.symbol}"):
        yield _position_announcement(change, topic)


def _position_announcement(change: PositionChange, topic: str) -> Announcement:
    def write() -> str:
        return private_message(topic, "position.change", change.uid, _position(change))

    return Announcement(change.uid, topic, write)


def _position(change: PositionChange) -> dict[str, object]:
    record = position_record(change.position, change.uid, change.time, is_inverse=False)
    for name in NOT_OF_A_POSITION_MESSAGE:
        del record[name]
    return {
        **record,
        "changeReason": "positionChange",
        "dealComm": -float(change.position.fees),
        "fundingFee": 0,
        "tax": 0,
    }


def announce_leverage(change: LeverageChange) -> Iterator[Announcement]:
    """The cross leverage of a contract."""
    data = {change.symbol: {"leverage": str(change.leverage)}}
    yield _setting("/contract/crossLeverage", change.uid, data)


def announce_margin_mode(change: MarginModeChange) -> Iterator[Announcement]:
    """The margin mode of a contract."""
    yield _setting("/contract/marginMode", change.uid, {change.symbol: change.mode})


def _setting(topic: str, uid: str, data: object) -> Announcement:
    return Announcement(uid, topic, lambda: private_message(topic, "user.config", uid, data))
