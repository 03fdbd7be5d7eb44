"""The market maker: keeps both sides of every book filled around the fixed reference price.

It trades from an account of its own that differs from the others only in its size. Prices are fixed; sizes come from
a seeded source. It never takes: where a user's order stands in the way, that price is left out until it is gone.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

import attrs

from .futures_engine import FuturesEngine
from .orders import Order, OrderStatus, OrderTerms, Product, Side
from .spot_engine import SpotEngine
from .symbols import Contract, SpotSymbol
from .venue import Venue

__all__ = ["MARKET_MAKER", "MarketMaker"]

MARKET_MAKER = "market-maker"
LEVELS = 10
SPACING = Decimal("0.0001")
"""Distance between its prices, as a fraction of the reference price."""
WEALTH = Decimal(10) ** 15


@attrs.define(eq=False)
class _Slot:
    """A place in a book that it keeps filled, and the order that fills it now."""

    instrument: SpotSymbol | Contract
    side: Side
    price: Decimal
    order: Order | None = None


class MarketMaker:
    """Owns `2 * LEVELS` orders on each instrument, if nobody is in the way."""

    def __init__(self, venue: Venue, spot: SpotEngine, futures: FuturesEngine, random: Random) -> None:
        self._venue = venue
        self._spot = spot
        self._futures = futures
        self._random = random
        self._slots = {
            **{symbol.symbol: _slots(symbol, symbol.reference_price) for symbol in venue.symbols.values()},
            **{
                contract.symbol: _slots(contract, contract.reference_price)
                for contract in venue.contracts.values()
            },
        }
        self._get_rich()

    def _get_rich(self) -> None:
        accounts = self._venue.accounts
        for symbol in self._venue.symbols.values():
            accounts.endow(MARKET_MAKER, "trade", symbol.base_currency, WEALTH)
            accounts.endow(MARKET_MAKER, "trade", symbol.quote_currency, WEALTH)
        for contract in self._venue.contracts.values():
            accounts.endow(MARKET_MAKER, "futures", contract.settle_currency, WEALTH)

    def refresh(self) -> None:
        """Replace what was taken, on every instrument."""
        for symbol in self._slots:
            self._refresh(symbol)
        self._venue.traded.clear()

    def refresh_if_taken(self) -> None:
        """Replace what was taken since the last time."""
        for symbol in tuple(self._venue.traded):
            self._refresh(symbol)
        self._venue.traded.clear()

    def requote(self) -> None:
        """Give one of its orders, anywhere, another size, as in a market that is never quiet."""
        slot = self._random.choice(self._slots[self._random.choice(tuple(self._slots))])
        if slot.order is not None and slot.order.status is OrderStatus.ACTIVE:
            engine = self._engine(slot.order.terms.product)
            engine.cancel(slot.order, "USER")
            slot.order = engine.submit(MARKET_MAKER, self._terms(slot))

    def move(self, symbol: str, price: Decimal) -> None:
        """Quote around another price from now on."""
        for slot in self._slots[symbol]:
            if slot.order is not None and slot.order.status is OrderStatus.ACTIVE:
                self._engine(slot.order.terms.product).cancel(slot.order, "USER")
        self._slots[symbol] = _slots(self._slots[symbol][0].instrument, price)
        self._refresh(symbol)

    def _refresh(self, symbol: str) -> None:
        for slot in self._slots[symbol]:
            order = slot.order
            if order is not None and order.status is OrderStatus.ACTIVE:
                if not order.filled_size:
                    continue
                self._engine(order.terms.product).cancel(order, "USER")
            if next(self._venue.books[symbol].reachable(slot.side, slot.price), None) is not None:
                slot.order = None
                continue
            terms = self._terms(slot)
            slot.order = self._engine(terms.product).submit(MARKET_MAKER, terms)

    def _terms(self, slot: _Slot) -> OrderTerms:
        instrument = slot.instrument
        spot = isinstance(instrument, SpotSymbol)
        step = instrument.base_increment if isinstance(instrument, SpotSymbol) else instrument.lot_size
        size = instrument.maker_size * self._random.randint(50, 150) / 100
        return OrderTerms(
            product="spot" if spot else "futures",
            symbol=instrument.symbol,
            side=slot.side,
            order_type="limit",
            price=slot.price,
            size=size // step * step,
            post_only=True,
            margin_mode="CROSS",  # on futures; it has no risk limit there, which would end its quotes
        )

    def _engine(self, product: Product) -> SpotEngine | FuturesEngine:
        return self._futures if product == "futures" else self._spot


def _slots(instrument: SpotSymbol | Contract, price: Decimal) -> tuple[_Slot, ...]:
    """The places it fills around `price`, nearest first."""
    tick = instrument.price_increment if isinstance(instrument, SpotSymbol) else instrument.tick_size
    middle = price // tick * tick
    distances = [
        max(middle * SPACING * level // tick, Decimal(level)) * tick for level in range(1, LEVELS + 1)
    ]
    return tuple(
        slot
        for distance in distances
        for slot in (
            _Slot(instrument, "buy", middle - distance),
            _Slot(instrument, "sell", middle + distance),
        )
        if slot.price > 0
    )
