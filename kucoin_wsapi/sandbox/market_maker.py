"""The market maker: keeps both sides of every book filled around the fixed reference price.

It trades from an account of its own that differs from the others only in its size. Prices are fixed; sizes come from
a seeded source. It never takes: where a user's order stands in the way, that price is left out until it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from random import Random

from kucoin_wsapi.sandbox.futures_engine import FuturesEngine
from kucoin_wsapi.sandbox.orders import Order, OrderStatus, OrderTerms, Product, Side
from kucoin_wsapi.sandbox.spot_engine import SpotEngine
from kucoin_wsapi.sandbox.symbols import Contract, SpotSymbol
from kucoin_wsapi.sandbox.venue import Venue

__all__ = ["MARKET_MAKER", "MarketMaker"]

MARKET_MAKER = "market-maker"
LEVELS = 10
SPACING = Decimal("0.0001")
"""Distance between its prices, as a fraction of the reference price."""
WEALTH = Decimal(10) ** 15


class MarketMaker:
    """Owns `2 * LEVELS` orders on each instrument, if nobody is in the way."""

    def __init__(self, venue: Venue, spot: SpotEngine, futures: FuturesEngine, random: Random) -> None:
        self._venue = venue
        self._spot = spot
        self._futures = futures
        self._random = random
        self._orders: dict[tuple[str, Side, int], Order] = {}
        self._fills_seen = 0
        for symbol in venue.symbols.values():
            venue.accounts.funds(MARKET_MAKER, "trade", symbol.base_currency).available = WEALTH
            venue.accounts.funds(MARKET_MAKER, "trade", symbol.quote_currency).available = WEALTH
        for contract in venue.contracts.values():
            venue.accounts.funds(MARKET_MAKER, "futures", contract.settle_currency).available = WEALTH

    def refresh(self) -> None:
        """Replace what was taken, on every instrument."""
        for symbol in self._venue.symbols.values():
            self._refresh(symbol, symbol.price_increment, symbol.base_increment)
        for contract in self._venue.contracts.values():
            self._refresh(contract, contract.tick_size, contract.lot_size)
        self._fills_seen = len(self._venue.fills(MARKET_MAKER))

    def refresh_if_taken(self) -> None:
        """Refresh if any of its orders has filled since the last time."""
        if len(self._venue.fills(MARKET_MAKER)) != self._fills_seen:
            self.refresh()

    def _refresh(self, instrument: SpotSymbol | Contract, tick: Decimal, step: Decimal) -> None:
        for side, level, price in _prices(instrument.reference_price, tick):
            slot = (instrument.symbol, side, level)
            order = self._orders.get(slot)
            if order is not None and order.status is OrderStatus.ACTIVE:
                if not order.filled_size:
                    continue
                self._engine(order.terms.product).cancel(order, "USER")
            if next(self._venue.books[instrument.symbol].reachable(side, price), None) is not None:
                self._orders.pop(slot, None)
                continue
            size = instrument.maker_size * self._random.randint(50, 150) / 100
            product: Product = "spot" if isinstance(instrument, SpotSymbol) else "futures"
            terms = OrderTerms(
                product=product,
                symbol=instrument.symbol,
                side=side,
                order_type="limit",
                price=price,
                size=(size / step).quantize(Decimal(1), ROUND_DOWN) * step,
                post_only=True,
            )
            self._orders[slot] = self._engine(product).submit(MARKET_MAKER, terms)

    def _engine(self, product: Product) -> SpotEngine | FuturesEngine:
        return self._futures if product == "futures" else self._spot


def _prices(reference: Decimal, tick: Decimal) -> Iterator[tuple[Side, int, Decimal]]:
    """(side, level, price), nearest first."""
    for level in range(1, LEVELS + 1):
        distance = reference * SPACING * level // tick * tick
        yield "buy", level, reference - distance
        yield "sell", level, reference + distance
