"""What a user sees and settles about futures beside placing and cancelling orders: `Exchange.futures`.

KuCoin documentation, the pages of futures positions, accounts and orders over REST. What can be refused answers with
an `Answer`, whose data is that of KuCoin's reply; what cannot is a frozen view. Runs as `Exchange` does: pure, and
serialised by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import localcontext
from typing import TypeVar

from .answers import SUCCESS, Answer
from .cross_leverage import change_cross_leverage
from .exactness import EXACT
from .feed_events import MarginModeChange
from .futures import FuturesOperations
from .futures_codes import FUTURES_CODES
from .futures_engine import FuturesEngine
from .futures_rules import MARGIN_MODES, cancelable_contract, known_contract
from .futures_settings import PositionMode
from .futures_views import FuturesAccount, Position
from .orders import MarginMode, Order, OrderView
from .prices import ContractPrices
from .refusals import Reason, Refusal, refused
from .venue import Venue

__all__ = ["FuturesDesk"]

Result = TypeVar("Result")

POSITION_MODES: dict[str, PositionMode] = {"0": "one-way", "1": "hedge"}


class FuturesDesk:
    """The futures part of an `Exchange`."""

    def __init__(self, venue: Venue, engine: FuturesEngine) -> None:
        self._venue = venue
        self._engine = engine
        self._operations = FuturesOperations(venue, engine)

    def account(self, uid: str, currency: str) -> FuturesAccount:
        """All figures of the futures account of `uid` in one settle currency; zeros if it has none of it."""
        return self._exactly(lambda: self._engine.wallets.account(uid, currency))

    def positions(self, uid: str, symbol: str | None = None) -> tuple[Position, ...]:
        """Every position `uid` has or had, by symbol and side: one object per symbol, in hedge mode up to two."""
        views = self._exactly(lambda: self._engine.views(uid))
        return tuple(position for position in views if symbol in (None, position.symbol))

    def prices(self, symbol: str) -> ContractPrices:
        """Last, mark and index price. `KeyError` if there is no such contract."""
        return self._engine.prices.of(symbol)

    def open_orders(self, uid: str, symbol: str | None = None) -> tuple[OrderView, ...]:
        """The active orders without those that wait for a trigger, oldest first."""
        return tuple(order for order in self._active(uid, symbol) if not order.is_waiting)

    def stop_orders(self, uid: str, symbol: str | None = None) -> tuple[OrderView, ...]:
        """The orders that wait for a trigger, oldest first ("Get Stop Order List")."""
        return tuple(order for order in self._active(uid, symbol) if order.is_waiting)

    def cancel_orders(self, uid: str, symbol: str | None = None) -> Answer:
        """Cancel all active orders, of one contract or of all, but no stop orders ("Cancel All Orders", V3)."""
        return self._answer(lambda: self._cancel_all(uid, symbol, waiting=False))

    def cancel_stop_orders(self, uid: str, symbol: str | None = None) -> Answer:
        """Cancel all orders that wait for a trigger ("Cancel All Stop orders")."""
        return self._answer(lambda: self._cancel_all(uid, symbol, waiting=True))

    def test_order(self, uid: str, args: object) -> Answer:
        """Check an order as "Add Order Test" does: nothing is placed, and the id in the data is not real."""
        return self._answer(lambda: self._operations.test_order(uid, args))

    def margin_mode(self, uid: str, symbol: str) -> MarginMode:
        """ "ISOLATED" unless changed."""
        return self._engine.settings.margin_mode(uid, symbol)

    def set_margin_mode(self, uid: str, symbol: str, mode: str) -> Answer:
        """ "ISOLATED" or "CROSS"; refused while there are orders or a position in the contract (50002)."""
        return self._answer(lambda: self._set_margin_mode(uid, symbol, mode))

    def cross_leverage(self, uid: str, symbol: str) -> int:
        """3 unless changed."""
        return self._engine.settings.cross_leverage(uid, symbol)

    def set_cross_leverage(self, uid: str, symbol: str, leverage: int) -> Answer:
        """For all orders and positions of the contract; needs cross margin mode (330006), and margin (330008)."""
        return self._answer(lambda: self._set_cross_leverage(uid, symbol, leverage))

    def position_mode(self, uid: str) -> PositionMode:
        """ "one-way" unless changed."""
        return self._engine.settings.position_mode(uid)

    def set_position_mode(self, uid: str, mode: str) -> Answer:
        """ "0" for one-way or "1" for hedge; refused while there are orders or positions anywhere (50002)."""
        return self._answer(lambda: self._set_position_mode(uid, mode))

    def _set_margin_mode(self, uid: str, symbol: str, mode: str) -> object:
        contract = known_contract(self._venue.contracts, symbol)
        chosen = MARGIN_MODES.get(mode)
        if chosen is None or (chosen == "CROSS" and not contract.supports_cross):
            raise Refusal(Reason.INVALID, f"marginMode must be one of {', '.join(MARGIN_MODES)}.")
        if chosen != self.margin_mode(uid, symbol):
            self._refuse_if_busy(uid, symbol)
        self._engine.settings.set_margin_mode(uid, symbol, chosen)
        self._venue.feed.setting(MarginModeChange(uid, symbol, chosen, self._venue.now))
        return {"symbol": symbol, "marginMode": chosen}

    def _set_cross_leverage(self, uid: str, symbol: str, leverage: int) -> object:
        contract = known_contract(self._venue.contracts, symbol)
        if leverage < 1:
            raise Refusal(Reason.INVALID, "leverage must be at least 1.")
        change_cross_leverage(self._venue, self._engine, uid, contract, leverage)
        return {"symbol": symbol, "leverage": str(leverage)}

    def _set_position_mode(self, uid: str, mode: str) -> object:
        chosen = POSITION_MODES.get(mode)
        if chosen is None:
            raise Refusal(Reason.INVALID, "positionMode must be 0 or 1.")
        if chosen != self.position_mode(uid):
            self._refuse_if_busy(uid, None)
        self._engine.settings.set_position_mode(uid, chosen)
        return {"positionMode": int(mode)}

    def _refuse_if_busy(self, uid: str, symbol: str | None) -> None:
        symbols = self._venue.contracts if symbol is None else (symbol,)
        ordered = any(self._venue.registry.count_active(uid, ("futures",), each) for each in symbols)
        held = any(
            position.size and position.contract.symbol in symbols
            for position in self._engine.positions.of_user(uid)
        )
        if ordered or held:
            raise Refusal(Reason.ORDER_OR_POSITION)

    def _cancel_all(self, uid: str, symbol: str | None, *, waiting: bool) -> object:
        if symbol is not None:
            cancelable_contract(self._venue.contracts, symbol)
        orders = [order for order in self._active_orders(uid, symbol) if order.is_waiting == waiting]
        for order in orders:
            self._engine.cancel(order, "USER")
        return {"cancelledOrderIds": [order.order_id for order in orders]}

    def _active(self, uid: str, symbol: str | None) -> tuple[OrderView, ...]:
        return self._exactly(
            lambda: tuple(self._venue.view(order) for order in self._active_orders(uid, symbol))
        )

    def _active_orders(self, uid: str, symbol: str | None) -> list[Order]:
        symbols = self._venue.contracts if symbol is None else (symbol,)
        orders = [order for each in symbols for order in self._venue.registry.active(uid, "futures", each)]
        return sorted(orders, key=lambda order: int(order.order_id))

    def _answer(self, run: Callable[[], object]) -> Answer:
        try:
            return Answer(SUCCESS, data=self._exactly(run))
        except Refusal as refusal:
            return refused(FUTURES_CODES, refusal)

    def _exactly(self, run: Callable[[], Result]) -> Result:
        with localcontext(EXACT):
            return run()
