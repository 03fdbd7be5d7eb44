"""Futures positions: how a trade changes one, in isolated and in cross margin.

KuCoin documentation, "Get Position Details": the margin of an isolated position is its value over the leverage plus a
reserve for the fee of closing it; a cross position needs its value at the mark price over the leverage. Values are
signed: a long position in a linear contract was entered at a positive value, in an inverse one at a negative value.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import attrs

from .contracts import Contract
from .futures_views import Position
from .orders import MarginMode, PositionSide, Side

__all__ = ["OpenPosition", "Positions", "Settlement", "lot_margin"]

ZERO = Decimal(0)
_FINEST = Decimal("1E-18")
_SHOWN = Decimal("1E-12")


def lot_margin(contract: Contract, price: Decimal, leverage: int) -> Decimal:
    """Isolated margin of one lot opened at `price`: initial margin and the reserve for the closing fee.

    Rounded up, so that a better price never needs more margin than a worse one.
    """
    value = contract.unit_value(price)
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
    """One position of one user; it stays, with size zero, when closed."""

    contract: Contract
    side: PositionSide = "BOTH"
    size: Decimal = ZERO
    entry_value: Decimal = ZERO
    margin: Decimal = ZERO
    margin_mode: MarginMode = "ISOLATED"
    leverage: int = 1
    realised_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    opened_at: int | None = None

    def reducible_by(self, side: Side) -> Decimal:
        """How many lots an order of `side` can close."""
        return max(-self.size if side == "buy" else self.size, ZERO)

    def trade(
        self, side: Side, price: Decimal, lots: Decimal, mode: MarginMode, leverage: int, now: int
    ) -> Settlement:
        """Close what `lots` can close and open the rest with `leverage`. `now` in Unix nanoseconds."""
        sign = 1 if side == "buy" else -1
        closing = min(lots, self.reducible_by(side))
        pnl, released = self._close(sign, price, closing)
        opening = lots - closing
        if not opening:
            return Settlement(pnl=pnl, margin_released=released, margin_taken=ZERO)
        if not self.size:
            self.opened_at = now
        self.margin_mode, self.leverage = mode, leverage
        self.size += sign * opening
        self.entry_value += sign * opening * self.contract.signed_value(price)
        taken = opening * lot_margin(self.contract, price, leverage) if mode == "ISOLATED" else ZERO
        self.margin += taken
        return Settlement(pnl=pnl, margin_released=released, margin_taken=taken)

    def _close(self, sign: int, price: Decimal, lots: Decimal) -> tuple[Decimal, Decimal]:
        """Realised PnL (gross) and margin released by closing `lots`."""
        if not lots:
            return ZERO, ZERO
        whole = abs(self.size)
        if lots == whole:
            entry, released, self.opened_at = self.entry_value, self.margin, None
        else:
            entry = (self.entry_value * lots / whole).quantize(_FINEST, ROUND_DOWN)
            released = (self.margin * lots / whole).quantize(_FINEST, ROUND_DOWN)
        pnl = -entry - sign * lots * self.contract.signed_value(price)
        self.size += sign * lots
        self.entry_value -= entry
        self.margin -= released
        self.realised_pnl += pnl
        return pnl, released

    def unrealised_pnl(self, mark: Decimal) -> Decimal:
        """Profit or loss if the position were closed at `mark`, before the fee."""
        return self.size * self.contract.signed_value(mark) - self.entry_value

    def cross_margin(self, mark: Decimal) -> Decimal:
        """What a cross position needs at `mark`: value over leverage; an isolated one needs nothing more."""
        if self.margin_mode == "ISOLATED":
            return ZERO
        return (abs(self.size) * self.contract.unit_value(mark) / self.leverage).quantize(_FINEST, ROUND_UP)

    def view(self, mark: Decimal) -> Position:
        """The frozen snapshot at this mark price."""
        value = abs(self.entry_value)
        fee_rate = self.contract.taker_fee_rate
        isolated_initial = (self.margin - value * fee_rate) / (1 + fee_rate)
        initial = self.cross_margin(mark) if self.margin_mode == "CROSS" else isolated_initial
        return Position(
            symbol=self.contract.symbol,
            side=self.side,
            margin_mode=self.margin_mode,
            settle_currency=self.contract.settle_currency,
            size=self.size,
            entry_value=self.entry_value,
            entry_price=(
                self.contract.price_of(value, abs(self.size)).quantize(_SHOWN) if self.size else ZERO
            ),
            margin=self.margin,
            initial_margin=initial.quantize(_SHOWN) if self.size else ZERO,
            maintenance_margin=self.maintenance_margin(mark),
            leverage=self.leverage,
            realised_pnl=self.realised_pnl,
            fees=self.fees,
            mark_price=mark,
            mark_value=self.size * self.contract.signed_value(mark),
            unrealised_pnl=self.unrealised_pnl(mark),
            opened_at=self.opened_at,
        )

    def maintenance_margin(self, mark: Decimal) -> Decimal:
        """Value at `mark` times the contract's rate."""
        return abs(self.size) * self.contract.unit_value(mark) * self.contract.maintenance_margin_rate


class Positions:
    """The positions of all users, by symbol and position side."""

    def __init__(self) -> None:
        self._users: dict[str, dict[tuple[str, PositionSide], OpenPosition]] = {}

    def of(self, uid: str, contract: Contract, side: PositionSide) -> OpenPosition:
        """The position, created empty when first asked for."""
        user = self._users.setdefault(uid, {})
        position = user.get((contract.symbol, side))
        if position is None:
            position = user[contract.symbol, side] = OpenPosition(contract, side)
        return position

    def of_user(self, uid: str) -> Iterable[OpenPosition]:
        """Every position of `uid`, open or not."""
        return self._users.get(uid, {}).values()
