"""Money and orders of spot and margin, which share their books.

KuCoin documentation, "Add Order" (spot) and the trading rules: a limit buy freezes price x size plus the taker fee,
a limit sell freezes its size; fees are charged per fill in the quote currency; what was frozen too much comes back.
A market order settles at once, so it freezes nothing; whether it can be paid is known before it starts.
An order by funds pays its fee out of these funds.
"""

from __future__ import annotations

from decimal import Decimal

from .accounts import HOUSE, Funds
from .lending import Lender
from .matching import match, obtainable, takes_visible
from .orders import Order, OrderStatus, OrderTerms
from .pairs import account_of
from .refusals import Reason, Refusal
from .symbols import SpotSymbol
from .venue import Venue

__all__ = ["SpotEngine"]

ZERO = Decimal(0)
TINY = Decimal("0.00000001")
"""A rest smaller than this, left by a fill, is cancelled."""


class SpotEngine:
    """Submits, changes and cancels orders whose parameters are already checked."""

    def __init__(self, venue: Venue, lender: Lender) -> None:
        self._venue = venue
        self._lender = lender

    def check(self, uid: str, terms: OrderTerms) -> Decimal:
        """`Refusal` unless `terms` can be paid for and entered; the answer is what must be borrowed for that."""
        loan = ZERO
        funds = self._spendable(uid, terms)
        missing = self.needed(uid, terms) - funds.available
        if missing > 0:
            if not terms.auto_borrow:
                raise Refusal(Reason.INSUFFICIENT_FUNDS)
            loan = self._lender.loan_for(uid, funds.account, funds.currency, missing)
        self.check_post_only(terms)
        return loan

    def check_post_only(self, terms: OrderTerms, gone: Decimal = ZERO) -> None:
        """`Refusal` of a postOnly order that would take, if the exchange is set to refuse such an order."""
        if self._venue.switches.refuse_post_only and terms.only_makes:
            assert terms.size is not None, "a limit order has a size"
            if takes_visible(self._venue.books[terms.symbol], terms, terms.size - gone, terms.price):
                raise Refusal(Reason.POST_ONLY)

    def submit(self, uid: str, terms: OrderTerms) -> Order:
        """Freeze what `terms` need, borrow what is missing of that, then match; `Refusal` if it cannot be."""
        loan = self.check(uid, terms)
        order = self._venue.new_order(uid, terms)
        if loan:
            funds = self._spendable(uid, terms)
            self._lender.lend(uid, funds.account, funds.currency, loan)
            self._venue.record_loan(order, loan)
        self._update_hold(order)
        match(self, self._venue.books[terms.symbol], order, self._limit(terms))
        return order

    def amend(self, order: Order, terms: OrderTerms) -> None:
        """Give a resting order another price or size; it goes to the back of the queue and may trade at once."""
        gone = order.filled_size + order.canceled_size
        if not self.affords_instead(order, terms, gone):
            raise Refusal(Reason.INSUFFICIENT_FUNDS)
        self.check_post_only(terms, gone)
        self._venue.change_terms(order, terms)
        self._update_hold(order)
        match(self, self._venue.books[terms.symbol], order, terms.price)

    def affords_instead(self, order: Order, terms: OrderTerms, gone: Decimal = ZERO) -> bool:
        """Whether what `order` holds and what is available pay for `terms`, of which `gone` is done with."""
        needed = self._hold_of(terms, gone)
        return needed <= self._spendable(order.uid, terms).available + order.hold

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
        if order.status is OrderStatus.ACTIVE and ZERO < order.remaining_size < TINY:
            self._venue.finish(order, "ZERO_SIZE")
        self._update_hold(order)
        base, quote = self._funds(order, symbol.base_currency), self._funds(order, symbol.quote_currency)
        if order.terms.side == "buy":
            quote.change(-fill.value - fill.fee)
            self._receive(order, base, fill.size)
        else:
            base.change(-fill.size)
            self._receive(order, quote, fill.value - fill.fee)
        account = "trade" if order.terms.product == "spot" else "margin"
        self._venue.accounts.funds(HOUSE, account, symbol.quote_currency).change(fill.fee)

    def _receive(self, order: Order, funds: Funds, amount: Decimal) -> None:
        funds.change(amount)
        if order.terms.auto_repay:
            self._lender.repay(order.uid, funds.account, funds.currency, amount)

    def needed(self, uid: str, terms: OrderTerms) -> Decimal:
        """What must be available to place `terms`: quote for a buy, base for a sell."""
        if terms.order_type == "limit":
            return self._hold_of(terms, ZERO)
        if terms.side == "buy" and terms.funds is not None:
            return terms.funds
        if terms.side == "sell" and terms.size is not None:
            return terms.size
        return self._cost_of_market_order(uid, terms)

    def _cost_of_market_order(self, uid: str, terms: OrderTerms) -> Decimal:
        """What the present book takes: quote for a buy by size, base for a sell by funds."""
        symbol = self._venue.symbols[terms.symbol]
        cost, missing = ZERO, terms.size or ZERO
        value = ZERO
        book = self._venue.books[terms.symbol]
        family = self._venue.family(uid, terms.product)
        for price, offered in obtainable(book, family, terms, self._limit(terms)):
            if terms.funds is not None:
                missing = _size_for_funds(symbol, terms, terms.funds - value, ZERO, price)
            size = min(missing, offered)
            if missing <= 0:
                break
            missing -= size
            value += size * price
            cost += size if terms.side == "sell" else size * price * (1 + symbol.taker_fee_rate)
        return cost

    def _limit(self, terms: OrderTerms) -> Decimal | None:
        """The worst price an order may trade at: its own, or for a market order that of the price protection."""
        if terms.price is not None:
            return terms.price
        return self.protection_price(terms)

    def protection_price(self, terms: OrderTerms) -> Decimal | None:
        """How far from the best opposite price that shows an order may trade; None where nothing shows."""
        book = self._venue.books[terms.symbol]
        best = next(book.shown("sell" if terms.side == "buy" else "buy"), None)
        if best is None:
            return None
        rate = self._venue.symbols[terms.symbol].price_limit_rate
        return best.price * (1 + rate if terms.side == "buy" else 1 - rate)

    def _hold_of(self, terms: OrderTerms, gone: Decimal) -> Decimal:
        """What a limit order freezes when `gone` of its size has been filled or cancelled."""
        if terms.order_type == "market" or terms.size is None or terms.price is None:
            return ZERO
        remaining = max(terms.size - gone, ZERO)
        if terms.side == "sell":
            return remaining
        symbol = self._venue.symbols[terms.symbol]
        return terms.price * remaining * (1 + max(symbol.taker_fee_rate, symbol.maker_fee_rate))

    def _update_hold(self, order: Order) -> None:
        hold = self._hold_of(order.terms, order.filled_size + order.canceled_size)
        if hold != order.hold:
            self._spendable(order.uid, order.terms).freeze(hold - order.hold)
            order.hold = hold

    def _spendable(self, uid: str, terms: OrderTerms) -> Funds:
        symbol = self._venue.symbols[terms.symbol]
        currency = symbol.quote_currency if terms.side == "buy" else symbol.base_currency
        return self._venue.accounts.funds(uid, account_of(terms), currency)

    def _funds(self, order: Order, currency: str) -> Funds:
        return self._venue.accounts.funds(order.uid, account_of(order.terms), currency)


def _size_for_funds(
    symbol: SpotSymbol, terms: OrderTerms, rest: Decimal, fees: Decimal, price: Decimal
) -> Decimal:
    """Whole base increments for the `rest` of an order by funds; a buy must keep enough for its fees."""
    step = price * symbol.base_increment
    if terms.side == "buy":
        rest -= fees
        step *= 1 + symbol.taker_fee_rate
    return max(rest, ZERO) // step * symbol.base_increment
