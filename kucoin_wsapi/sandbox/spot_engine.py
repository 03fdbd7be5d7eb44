"""Money and orders of spot and cross margin, which share their books.

KuCoin documentation, "Add Order" (spot) and the trading rules: a limit buy freezes price x size plus the taker fee,
a limit sell freezes its size; fees are charged per fill in the quote currency; what was frozen too much comes back.
A market order settles at once, so it freezes nothing; whether it can be paid is known before it starts.
An order by funds pays its fee out of these funds.
"""

from __future__ import annotations

from decimal import Decimal

from .accounts import HOUSE, Funds
from .matching import match
from .orders import Order, OrderTerms, Product
from .refusals import Reason, Refusal
from .symbols import SpotSymbol
from .venue import Venue

__all__ = ["SpotEngine", "account_of"]

ZERO = Decimal(0)


def account_of(product: Product) -> str:
    """The account an order of `product` trades from."""
    return "trade" if product == "spot" else product


class SpotEngine:
    """Submits, changes and cancels orders whose parameters are already checked."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def submit(self, uid: str, terms: OrderTerms) -> Order:
        """Freeze what `terms` need, then match; `Refusal` if the balance is too small."""
        if self.needed(terms) > self._spendable(uid, terms).available:
            raise Refusal(Reason.INSUFFICIENT_FUNDS)
        order = self._venue.new_order(uid, terms)
        self._update_hold(order)
        match(self, self._venue.books[terms.symbol], order, terms.price)
        return order

    def amend(self, order: Order, terms: OrderTerms) -> None:
        """Give a resting order another price or size; it goes to the back of the queue and may trade at once."""
        needed = self._hold_of(terms, order.filled_size + order.canceled_size)
        if needed > self._spendable(order.uid, terms).available + order.hold:
            raise Refusal(Reason.INSUFFICIENT_FUNDS)
        self._venue.change_terms(order, terms)
        self._update_hold(order)
        match(self, self._venue.books[terms.symbol], order, terms.price)

    def affords_instead(self, order: Order, terms: OrderTerms) -> bool:
        """Whether the owner could place `terms` once `order` is cancelled."""
        return self.needed(terms) <= self._spendable(order.uid, terms).available + order.hold

    def cancel(self, order: Order, reason: str) -> None:
        """Cancel what remains of an order and release its hold."""
        self._venue.finish(order, reason)
        self._update_hold(order)

    def cancel_part(self, order: Order, size: Decimal, reason: str) -> None:
        """Cancel `size`, which is less than what remains, and release its hold."""
        self._venue.cancel_part(order, size, reason)
        self._update_hold(order)

    def complete(self, order: Order) -> None:
        """Finish an order by funds that has spent what can be spent."""
        self._venue.finish(order)

    def rest(self, order: Order) -> None:
        """Put what remains of a limit order into the book."""
        self._venue.rest(order)

    def wanted(self, taker: Order, price: Decimal) -> Decimal:
        """The rest of the size, or as many base increments as the rest of the funds pays at `price`."""
        terms = taker.terms
        if terms.funds is None:
            return taker.remaining_size
        symbol = self._venue.symbols[terms.symbol]
        return _size_for_funds(symbol, terms, terms.funds - taker.filled_value, taker.fee, price)

    def settle(self, taker: Order, maker: Order, price: Decimal, size: Decimal) -> None:
        """Exchange base for quote; both pay their fee to the house in the quote currency."""
        symbol = self._venue.symbols[taker.terms.symbol]
        trade = (self._venue.ids.trade(), price, size, price * size)
        self._settle_side(symbol, taker, maker, trade)
        self._settle_side(symbol, maker, taker, trade)

    def _settle_side(
        self, symbol: SpotSymbol, order: Order, counter: Order, trade: tuple[str, Decimal, Decimal, Decimal]
    ) -> None:
        rates = symbol.maker_fee_rate, symbol.taker_fee_rate
        fill = self._venue.record_fill(order, counter, trade, rates, symbol.quote_currency)
        self._update_hold(order)
        account = account_of(order.terms.product)
        base = self._venue.accounts.funds(order.uid, account, symbol.base_currency)
        quote = self._venue.accounts.funds(order.uid, account, symbol.quote_currency)
        if order.terms.side == "buy":
            quote.change(-fill.value - fill.fee)
            base.change(fill.size)
        else:
            base.change(-fill.size)
            quote.change(fill.value - fill.fee)
        self._venue.accounts.funds(HOUSE, account, symbol.quote_currency).change(fill.fee)

    def needed(self, terms: OrderTerms) -> Decimal:
        """What must be available to place `terms`: quote for a buy, base for a sell."""
        if terms.order_type == "limit":
            return self._hold_of(terms, ZERO)
        if terms.side == "buy" and terms.funds is not None:
            return terms.funds
        if terms.side == "sell" and terms.size is not None:
            return terms.size
        return self._cost_of_market_order(terms)

    def _cost_of_market_order(self, terms: OrderTerms) -> Decimal:
        """What the present book takes: quote for a buy by size, base for a sell by funds."""
        symbol = self._venue.symbols[terms.symbol]
        cost, missing = ZERO, terms.size or ZERO
        value = ZERO
        for level in self._venue.books[terms.symbol].reachable(terms.side, None):
            if terms.funds is not None:
                missing = _size_for_funds(symbol, terms, terms.funds - value, ZERO, level.price)
            size = min(missing, level.size)
            if size <= 0:
                break
            missing -= size
            value += size * level.price
            cost += size if terms.side == "sell" else size * level.price * (1 + symbol.taker_fee_rate)
        return cost

    def _hold_of(self, terms: OrderTerms, gone: Decimal) -> Decimal:
        """What a limit order freezes when `gone` of its size has been filled or cancelled."""
        if terms.order_type == "market" or terms.size is None or terms.price is None:
            return ZERO
        remaining = max(terms.size - gone, ZERO)
        if terms.side == "sell":
            return remaining
        return terms.price * remaining * (1 + self._venue.symbols[terms.symbol].taker_fee_rate)

    def _update_hold(self, order: Order) -> None:
        hold = self._hold_of(order.terms, order.filled_size + order.canceled_size)
        if hold != order.hold:
            self._spendable(order.uid, order.terms).freeze(hold - order.hold)
            order.hold = hold

    def _spendable(self, uid: str, terms: OrderTerms) -> Funds:
        symbol = self._venue.symbols[terms.symbol]
        currency = symbol.quote_currency if terms.side == "buy" else symbol.base_currency
        return self._venue.accounts.funds(uid, account_of(terms.product), currency)


def _size_for_funds(
    symbol: SpotSymbol, terms: OrderTerms, rest: Decimal, fees: Decimal, price: Decimal
) -> Decimal:
    """Whole base increments for the `rest` of an order by funds; a buy must keep enough for its fees."""
    step = price * symbol.base_increment
    if terms.side == "buy":
        rest -= fees
        step *= 1 + symbol.taker_fee_rate
    return max(rest, ZERO) // step * symbol.base_increment
