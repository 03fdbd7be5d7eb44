"""Changing the leverage of a symbol's cross positions and orders.

KuCoin documentation, "Modify Cross Margin Leverage": one leverage for all of a symbol, open positions included.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from .contracts import Contract
from .feed_events import LeverageChange
from .futures_engine import FuturesEngine
from .futures_plan import hold_per_lot
from .orders import Order
from .refusals import Reason, Refusal
from .venue import Venue

__all__ = ["change_cross_leverage"]


def change_cross_leverage(
    venue: Venue, engine: FuturesEngine, uid: str, contract: Contract, leverage: int
) -> None:
    """Let everything of `uid` in `contract` have this leverage; `Refusal` if it could not be backed then."""
    if engine.settings.margin_mode(uid, contract.symbol) != "CROSS":
        raise Refusal(Reason.CROSS_LEVERAGE_IN_ISOLATED_MODE)
    if leverage > contract.max_leverage:
        raise Refusal(Reason.LEVERAGE)
    orders = list(venue.registry.active(uid, "futures", contract.symbol))
    held = [(order, _hold_with(contract, order, leverage)) for order in orders if order.in_book]
    positions = [
        position
        for position in engine.positions.of_user(uid)
        if position.contract.symbol == contract.symbol and position.margin_mode == "CROSS"
    ]
    mark = engine.prices.mark(contract.symbol)
    needed = sum((order.opening_size * hold - order.hold for order, hold in held), Decimal(0))
    needed += sum(
        (attrs.evolve(position, leverage=leverage).cross_margin(mark) - position.cross_margin(mark))
        for position in positions
    )
    if needed > max(engine.wallets.available(uid, contract.settle_currency), Decimal(0)):
        raise Refusal(Reason.INSUFFICIENT_MARGIN)
    engine.settings.set_cross_leverage(uid, contract.symbol, leverage)
    venue.feed.setting(LeverageChange(uid, contract.symbol, leverage, venue.now))
    for position in positions:
        position.leverage = leverage
        venue.feed.position(uid, contract.symbol, position.side, contract.settle_currency)
    for order in orders:
        venue.revise(order, attrs.evolve(order.terms, leverage=leverage))
    for order, hold in held:
        engine.hold(order, hold)


def _hold_with(contract: Contract, order: Order, leverage: int) -> Decimal:
    assert order.terms.price is not None, "a resting order has a price"
    return hold_per_lot(contract, attrs.evolve(order.terms, leverage=leverage), order.terms.price)
