"""Frozen pictures of what a user has in futures: positions, and the account in one currency.

Amounts are in the settle currency. KuCoin documentation, "Get Position Details" and "Get Account - Futures".
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from .orders import MarginMode, PositionSide

__all__ = ["FuturesAccount", "Position"]


@attrs.frozen
class Position:
    """One position as it was at one moment; it stays, with size zero, when closed."""

    symbol: str
    side: PositionSide
    margin_mode: MarginMode
    settle_currency: str
    size: Decimal
    """Lots; positive is long, negative is short, zero is closed."""
    entry_value: Decimal
    """Signed value at which the open lots were entered (`posCost`, `currentCost` of an open position)."""
    entry_price: Decimal
    """Average price of the open lots, zero when closed."""
    margin: Decimal
    """What the position keeps out of the account: initial margin and closing fee if isolated, zero if cross."""
    initial_margin: Decimal
    """Isolated: the margin without the closing fee (`posInit`). Cross: mark value over leverage."""
    maintenance_margin: Decimal
    """Mark value times the maintenance rate of the contract; nothing happens when it is not covered."""
    leverage: int
    realised_pnl: Decimal
    """Gross of fees, since the first trade."""
    fees: Decimal
    mark_price: Decimal
    mark_value: Decimal
    """Signed, as `entry_value`; their difference is the unrealised PnL."""
    unrealised_pnl: Decimal
    opened_at: int | None
    """Unix nanoseconds of the trade that opened it, None when closed."""

    @property
    def closing_fee(self) -> Decimal:
        """What an isolated position keeps for the fee of closing it (`posComm`); zero if cross."""
        return (
            max(self.margin - self.initial_margin, Decimal(0))
            if self.margin_mode == "ISOLATED"
            else Decimal(0)
        )


@attrs.frozen
class FuturesAccount:
    """The futures account of one user in one currency, as `GET /api/v1/account-overview` tells it.

    `equity == wallet_balance + unrealised_pnl`, and `wallet_balance` is what was deposited and earned, fees deducted.
    """

    currency: str
    equity: Decimal
    unrealised_pnl: Decimal
    wallet_balance: Decimal
    """`marginBalance`: equity without the unrealised PnL."""
    position_margin: Decimal
    """Margin of isolated positions and initial margin of cross positions at their mark prices."""
    order_margin: Decimal
    """What active orders hold."""
    available_balance: Decimal
    """What a new order may use; negative while losses exceed it, as nothing is liquidated."""
    risk_ratio: Decimal
    """Maintenance margin of the cross positions over the equity that backs them; zero without any."""
