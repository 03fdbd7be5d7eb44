"""How an order of futures would be taken into the market: what it opens, what it holds, and why it may not.

KuCoin documentation, "Add Order" (futures). In one-way mode the lots of an order first reduce an opposite position
and hold nothing for that, unless `forceHold` asks for it; the others open. In hedge mode the position side says which.
"""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

import attrs

from .contracts import Contract
from .futures_wallets import FuturesWallets
from .matching import obtainable, takes_visible
from .orders import Order, OrderTerms
from .positions import OpenPosition, Positions, lot_margin
from .prices import Prices
from .refusals import Reason, Refusal
from .stop_orders import StopOrders
from .venue import Venue

__all__ = ["Plan", "Planner"]

ZERO = Decimal(0)
_FINEST = Decimal("1E-18")
MOST_ACTIVE = 100
MOST_WAITING = 200
MOST_ACTIVE_OF_UTA = 500
MOST_ACTIVE_OF_UTA_IN_ALL = 3000
"""KuCoin documentation, "Add Order" (futures), per contract; a unified account counts those that wait as well."""


@attrs.frozen
class Plan:
    """What becomes of the lots of an order, and how far it may trade."""

    excess: Decimal
    """Lots beyond the position of an order that may only reduce: cancelled at once."""
    held: Decimal
    """Lots whose margin is held."""
    hold_per_lot: Decimal
    limit: Decimal


class Planner:
    """Looks at an order before it enters the market; changes nothing."""

    def __init__(
        self, venue: Venue, positions: Positions, wallets: FuturesWallets, prices: Prices, stops: StopOrders
    ) -> None:
        self._venue = venue
        self._positions = positions
        self._wallets = wallets
        self._prices = prices
        self._stops = stops

    def check_room(self, uid: str, terms: OrderTerms) -> None:
        """Room for one more order, and no active order with the same clientOid."""
        waiting = self._stops.count(uid, terms.symbol)
        active = self._venue.registry.count_active(uid, ("futures",), terms.symbol)
        if terms.is_uta:
            everywhere = self._venue.registry.count_all_active(uid, ("spot", "margin", "futures"))
            full = active >= MOST_ACTIVE_OF_UTA or everywhere >= MOST_ACTIVE_OF_UTA_IN_ALL
            reason = Reason.TOO_MANY_ORDERS
        elif terms.trigger is not None:
            full, reason = waiting >= MOST_WAITING, Reason.TOO_MANY_STOP_ORDERS
        else:
            full, reason = active - waiting >= MOST_ACTIVE, Reason.TOO_MANY_ORDERS
        if full:
            raise Refusal(reason)
        self._venue.registry.check_client_oid(uid, terms)

    def plan(self, uid: str, terms: OrderTerms, lots: Decimal, replaced: Order | None = None) -> Plan:
        """The way of `lots` into the market; `replaced` is the order as it was before a change. `Refusal` if none."""
        contract = self._venue.contracts[terms.symbol]
        self._check_band(contract, terms)
        position = self._positions.of(uid, contract, terms.position_side)
        may_open = opens(terms)
        if not may_open and not position.reducible_by(terms.side):
            raise Refusal(Reason.NO_POSITION)
        if terms.order_type == "market" and not self._has_liquidity(terms):
            raise Refusal(Reason.EMPTY_BOOK)
        self._check_post_only(terms, lots)
        beyond = lots - min(lots, self._reducible(uid, terms, position, replaced))
        excess = ZERO if may_open else beyond
        held = lots - excess if terms.force_hold else beyond - excess
        dearest = self._dearest_price(uid, contract, terms, lots)
        # A market order must not go deeper than it was checked for, should orders be cancelled ahead of it.
        worsens = contract.is_inverse == (terms.side == "sell")
        limit = dearest if terms.order_type == "market" and worsens else self._limit(contract, terms)
        plan = Plan(excess, held, hold_per_lot(contract, terms, dearest), limit)
        self._check_funds(uid, contract, terms, plan, replaced)
        if may_open:
            self._check_risk_limit(uid, contract, terms, position, beyond, dearest)
        return plan

    def _check_band(self, contract: Contract, terms: OrderTerms) -> None:
        if terms.price is None:
            return
        mark = self._prices.mark(contract.symbol)
        highest, lowest = contract.highest_buy(mark), contract.lowest_sell(mark)
        if terms.side == "buy" and terms.price > highest:
            raise Refusal(Reason.PRICE_TOO_HIGH, f"The price is higher than {highest.normalize():f}.")
        if terms.side == "sell" and terms.price < lowest:
            raise Refusal(Reason.PRICE_TOO_LOW, f"The price is lower than {lowest.normalize():f}.")

    def _check_post_only(self, terms: OrderTerms, lots: Decimal) -> None:
        refuses = self._venue.switches.refuse_post_only and terms.only_makes
        if refuses and takes_visible(self._venue.books[terms.symbol], terms, lots, terms.price):
            raise Refusal(Reason.POST_ONLY)

    def _has_liquidity(self, terms: OrderTerms) -> bool:
        """Whether a market order would meet anybody inside the price band."""
        contract = self._venue.contracts[terms.symbol]
        book = self._venue.books[terms.symbol]
        return next(book.reachable(terms.side, self._limit(contract, terms)), None) is not None

    def _reducible(
        self, uid: str, terms: OrderTerms, position: OpenPosition, replaced: Order | None
    ) -> Decimal:
        """Lots of the position that this order can count on closing.

        One that may only reduce counts on all of it; of one that would open with the rest, resting orders come first.
        """
        reducible = position.reducible_by(terms.side)
        if not reducible or terms.is_immediate or not opens(terms):
            return reducible
        covered = sum(
            (
                order.remaining_size - order.opening_size
                for order in self._venue.registry.active(uid, "futures", terms.symbol)
                if order.in_book
                and (order.terms.side, order.terms.position_side) == (terms.side, terms.position_side)
                and order is not replaced
            ),
            ZERO,
        )
        return max(reducible - covered, ZERO)

    def _limit(self, contract: Contract, terms: OrderTerms) -> Decimal:
        """The limit price; a market order keeps inside the price band of the contract."""
        if terms.price is not None:
            return terms.price
        mark = self._prices.mark(contract.symbol)
        return contract.highest_buy(mark) if terms.side == "buy" else contract.lowest_sell(mark)

    def _dearest_price(self, uid: str, contract: Contract, terms: OrderTerms, lots: Decimal) -> Decimal:
        """The price, among those it may trade at, at which a lot of this order needs the most margin."""
        prices = [] if terms.price is None else [terms.price]
        book, limit = self._venue.books[terms.symbol], self._limit(contract, terms)
        for price, size in obtainable(book, self._venue.family(uid, terms.product), terms, limit):
            prices.append(price)
            lots -= size
            if lots <= 0:
                break
        if not prices:  # the market order meets nobody but its owner, and is to be cancelled for that
            return self._limit(contract, terms)
        return min(prices) if contract.is_inverse else max(prices)

    def _check_funds(
        self, uid: str, contract: Contract, terms: OrderTerms, plan: Plan, replaced: Order | None
    ) -> None:
        needed = plan.held * plan.hold_per_lot
        if not needed:
            return
        available = self._wallets.available(uid, contract.settle_currency)
        if replaced is not None:
            available += replaced.hold
        if needed > available:
            cross = terms.margin_mode == "CROSS"
            raise Refusal(Reason.INSUFFICIENT_MARGIN if cross else Reason.INSUFFICIENT_FUNDS)

    def _check_risk_limit(
        self,
        uid: str,
        contract: Contract,
        terms: OrderTerms,
        position: OpenPosition,
        opening: Decimal,
        price: Decimal,
    ) -> None:
        """The position as it was entered, with all that would enlarge it, stays below the contract's limit."""
        if terms.margin_mode == "CROSS" or not opening:
            return
        value = opening * contract.unit_value(price)
        if not position.reducible_by(terms.side):
            value += abs(position.entry_value)
        if value > contract.max_risk_limit:
            raise Refusal(Reason.RISK_LIMIT)


def opens(terms: OrderTerms) -> bool:
    """Whether an order may open or enlarge a position: one that is reduceOnly or closes a hedge position may not."""
    if terms.position_side == "BOTH":
        return not terms.reduce_only
    return not terms.reduce_only and (terms.position_side == "LONG") == (terms.side == "buy")


def hold_per_lot(contract: Contract, terms: OrderTerms, price: Decimal) -> Decimal:
    """What one lot holds until it trades: its margin at `price`, and the fee of opening."""
    value = contract.unit_value(price)
    if terms.margin_mode == "CROSS":
        return (value / terms.leverage).quantize(_FINEST, ROUND_UP) + value * contract.taker_fee_rate
    return lot_margin(contract, price, terms.leverage) + value * contract.taker_fee_rate
