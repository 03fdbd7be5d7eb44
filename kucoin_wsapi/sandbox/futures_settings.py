"""What a user has chosen for futures: position mode, margin mode of each symbol, cross leverage of each symbol.

KuCoin documentation, "Switch Position Mode", "Modify Margin Mode" and "Modify Cross Margin Leverage". An account
starts in one-way mode, a symbol in isolated margin mode; the cross leverage nobody has chosen is 3.
"""

from __future__ import annotations

from typing import Literal

from .orders import MarginMode, PositionSide
from .refusals import Reason, Refusal

__all__ = ["DEFAULT_CROSS_LEVERAGE", "FuturesSettings", "PositionMode"]

PositionMode = Literal["one-way", "hedge"]

DEFAULT_CROSS_LEVERAGE = 3


class FuturesSettings:
    """The settings of all users. Whether a change is allowed is the engine's business."""

    def __init__(self) -> None:
        self._position_modes: dict[str, PositionMode] = {}
        self._margin_modes: dict[tuple[str, str], MarginMode] = {}
        self._cross_leverages: dict[tuple[str, str], int] = {}

    def position_mode(self, uid: str) -> PositionMode:
        """One position per symbol, or a long and a short one."""
        return self._position_modes.get(uid, "one-way")

    def set_position_mode(self, uid: str, mode: PositionMode) -> None:
        """From now on."""
        self._position_modes[uid] = mode

    def margin_mode(self, uid: str, symbol: str) -> MarginMode:
        """How positions of `symbol` are backed."""
        return self._margin_modes.get((uid, symbol), "ISOLATED")

    def set_margin_mode(self, uid: str, symbol: str, mode: MarginMode) -> None:
        """From now on."""
        self._margin_modes[uid, symbol] = mode

    def cross_leverage(self, uid: str, symbol: str) -> int:
        """The leverage of orders and positions of `symbol` in cross margin mode."""
        return self._cross_leverages.get((uid, symbol), DEFAULT_CROSS_LEVERAGE)

    def set_cross_leverage(self, uid: str, symbol: str, leverage: int) -> None:
        """From now on."""
        self._cross_leverages[uid, symbol] = leverage

    def check_margin_mode(self, uid: str, symbol: str, mode: MarginMode) -> None:
        """Refuse an order whose margin mode is not that of its symbol."""
        if mode != self.margin_mode(uid, symbol):
            raise Refusal(Reason.MARGIN_MODE)

    def check_position_side(self, uid: str, side: PositionSide) -> None:
        """Refuse an order for the other position mode; who has never chosen a mode is told to choose one."""
        hedge = self.position_mode(uid) == "hedge"
        if hedge == (side != "BOTH"):
            return
        if uid not in self._position_modes:
            raise Refusal(Reason.POSITION_MODE_UNSET)
        order, account = ("One-Way", "Hedge") if hedge else ("Hedge", "One-Way")
        raise Refusal(
            Reason.POSITION_MODE,
            f"Your order is in {order} Mode, while your account is set to {account} Mode. Please switch and try again.",
        )
