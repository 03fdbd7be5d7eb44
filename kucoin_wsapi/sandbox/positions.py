"""One-way futures positions with isolated margin: how a trade changes one.

KuCoin documentation, "Get Position Details": the margin of a position is its value over the leverage plus a reserve
for the fee of closing it. Values are signed: a long position was entered at a positive value.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_UP, Decimal

import attrs

from .orders import Position
from .symbols import Contract

__all__ = ["OpenPosition", "Settlement", "lot_margin"]

ZERO = Decimal(0)
_FINEST = Decimal("1E-12")


def lot_margin(contract: Contract, price: Decimal, leverage: int) -> Decimal:
    """Margin of one lot opened at `price`, settle currency: initial margin and the reserve for the closing fee.

    Rounded up, so that a better price never needs more margin than a worse one.
    """
    value = price * contract.multiplier
    initial = (value / leverage).quantize(_FINEST, ROUND_UP)
    return initial + (value + initial) * contract.taker_fee_rate


@attrs.frozen
class Settlement:
    """What one trade means in the settle currency."""

    pnl: Decimal
    margin_released: Decimal
    margin_taken: Decimal

    @property
    def net(self) -> Decimal:
        """Change of what is available, before the fee."""
        return self.pnl + self.margin_released - self.margin_taken


@attrs.define(eq=False)
class OpenPosition:
    """The position of one user in one contract; it stays, with size zero, when closed."""

    contract: Contract
    size: Decimal = ZERO
    entry_value: Decimal = ZERO
    margin: Decimal = ZERO
    leverage: int = 1
    realised_pnl: Decimal = ZERO
    fees: Decimal = ZERO

    def reducible_by(self, side: str) -> Decimal:
        """How many lots an order of `side` can close."""
        return max(-self.size if side == "buy" else self.size, ZERO)

    def trade(self, side: str, price: Decimal, lots: Decimal, leverage: int) -> Settlement:
        """Close what `lots` can close and open the rest with `leverage`."""
        sign = 1 if side == "buy" else -1
        closing = min(lots, self.reducible_by(side))
        pnl, released = self._close(sign, price, closing)
        opening = lots - closing
        taken = opening * lot_margin(self.contract, price, leverage)
        if opening:
            self.leverage = leverage
            self.size += sign * opening
            self.entry_value += sign * opening * price * self.contract.multiplier
            self.margin += taken
        return Settlement(pnl=pnl, margin_released=released, margin_taken=taken)

    def _close(self, sign: int, price: Decimal, lots: Decimal) -> tuple[Decimal, Decimal]:
        """Realised PnL (gross) and margin released by closing `lots`."""
        if not lots:
            return ZERO, ZERO
        whole = abs(self.size)
        if lots == whole:
            entry, released = self.entry_value, self.margin
        else:
            entry = (self.entry_value * lots / whole).quantize(_FINEST, ROUND_DOWN)
            released = (self.margin * lots / whole).quantize(_FINEST, ROUND_DOWN)
        pnl = -entry - sign * lots * price * self.contract.multiplier
        self.size += sign * lots
        self.entry_value -= entry
        self.margin -= released
        self.realised_pnl += pnl
        return pnl, released

    def view(self) -> Position:
        """The frozen snapshot."""
        mark = self.contract.reference_price
        return Position(
            symbol=self.contract.symbol,
            size=self.size,
            entry_value=self.entry_value,
            margin=self.margin,
            leverage=self.leverage,
            realised_pnl=self.realised_pnl,
            fees=self.fees,
            mark_price=mark,
            unrealised_pnl=self.size * mark * self.contract.multiplier - self.entry_value,
        )
