"""What a user can pay with in futures.

KuCoin documentation, "Get Account - Futures": cross positions share what is available, their unrealised PnL included;
isolated positions keep their margin to themselves.
"""

from __future__ import annotations

from decimal import Decimal

from .accounts import Accounts, Funds
from .futures_views import FuturesAccount
from .positions import OpenPosition, Positions
from .prices import Prices

__all__ = ["ACCOUNT", "FuturesWallets"]

ACCOUNT = "futures"
ZERO = Decimal(0)
_FINEST_RATIO = Decimal("1E-8")


class FuturesWallets:
    """The futures accounts of all users, positions considered."""

    def __init__(self, accounts: Accounts, positions: Positions, prices: Prices) -> None:
        self._accounts = accounts
        self._positions = positions
        self._prices = prices

    def funds(self, uid: str, currency: str) -> Funds:
        """The money itself: what is neither margin of an isolated position nor held for an order is available."""
        return self._accounts.funds(uid, ACCOUNT, currency)

    def available(self, uid: str, currency: str) -> Decimal:
        """What a new order may use: cross positions take their margin of it, and add what they have earned so far."""
        available = self.funds(uid, currency).available
        for position in self._open(uid, currency):
            if position.margin_mode == "CROSS":
                mark = self._mark(position)
                available += position.unrealised_pnl(mark) - position.cross_margin(mark)
        return available

    def account(self, uid: str, currency: str) -> FuturesAccount:
        """All figures of one account."""
        funds = self.funds(uid, currency)
        isolated = cross = unrealised = backing = maintenance = ZERO
        for position in self._open(uid, currency):
            mark = self._mark(position)
            unrealised += position.unrealised_pnl(mark)
            isolated += position.margin
            cross += position.cross_margin(mark)
            if position.margin_mode == "CROSS":
                backing += position.unrealised_pnl(mark)
                maintenance += position.maintenance_margin(mark)
        cash = funds.available + funds.hold
        backing += cash
        return FuturesAccount(
            currency=currency,
            equity=cash + isolated + unrealised,
            unrealised_pnl=unrealised,
            wallet_balance=cash + isolated,
            position_margin=isolated + cross,
            order_margin=funds.hold,
            available_balance=self.available(uid, currency),
            risk_ratio=(maintenance / backing).quantize(_FINEST_RATIO)
            if maintenance and backing > 0
            else ZERO,
        )

    def _open(self, uid: str, currency: str) -> list[OpenPosition]:
        return [
            position
            for position in self._positions.of_user(uid)
            if position.size and position.contract.settle_currency == currency
        ]

    def _mark(self, position: OpenPosition) -> Decimal:
        return self._prices.mark(position.contract.symbol)
