"""Money, orders and positions of futures: every change of one happens here.

KuCoin documentation, "Add Order" (futures). Orders that were to reduce a position which is gone are cancelled by the
system. There is no liquidation and no funding: a loss is taken from the account, which may owe in the end; whoever
owes can still reduce positions, but not open any.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from .accounts import HOUSE
from .contracts import Contract
from .futures_plan import Plan, Planner, hold_per_lot, opens
from .futures_settings import FuturesSettings
from .futures_views import Position
from .futures_wallets import ACCOUNT, FuturesWallets
from .matching import match
from .orders import Order, OrderTerms, Side
from .positions import OpenPosition, Positions
from .prices import Prices
from .protection import Protection
from .refusals import Reason, Refusal
from .stop_orders import StopOrders
from .venue import Venue

__all__ = ["FuturesEngine"]

ZERO = Decimal(0)
UNCOVERED = "NO_MARGIN_SIZE_LARGER_THAN_POSITION"
"""Why lots without margin are cancelled that the position does not cover (any more)."""
REASONS: Mapping[Reason, str] = {
    Reason.INSUFFICIENT_FUNDS: "NO_ENOUGH_BALANCE",
    Reason.INSUFFICIENT_MARGIN: "NO_ENOUGH_BALANCE",
    Reason.NO_POSITION: "CLOSE_ORDER_WITHOUT_POSITION",
    Reason.PRICE_TOO_HIGH: "PRICE_OUT_OF_RANGE",
    Reason.PRICE_TOO_LOW: "PRICE_OUT_OF_RANGE",
    Reason.EMPTY_BOOK: "NO_MAKER",
}
"""Why a triggered order is cancelled that could not be placed now ("Cancel Reason for Unified Trading")."""


class FuturesEngine:
    """Submits, triggers, changes and cancels orders whose parameters are already checked."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.prices: Prices = Prices(venue.contracts.values(), venue.last_prices)
        self.positions: Positions = Positions()
        self.settings: FuturesSettings = FuturesSettings()
        self.stops: StopOrders = StopOrders()
        self.wallets: FuturesWallets = FuturesWallets(venue.accounts, self.positions, self.prices)
        self._planner = Planner(venue, self.positions, self.wallets, self.prices, self.stops)
        self._protection = Protection()

    def check(self, uid: str, terms: OrderTerms) -> Plan | None:
        """`Refusal` if the order could not be placed now; the way into the market of one that does not wait."""
        assert terms.size is not None
        self._planner.check_room(uid, terms)
        return None if terms.trigger is not None else self._planner.plan(uid, terms, terms.size)

    def submit(self, uid: str, terms: OrderTerms) -> Order:
        """Hold margin for the lots that need it, then match; an order with a trigger only waits. `Refusal` if not."""
        plan = self.check(uid, terms)
        order = self._venue.new_order(uid, terms)
        if plan is None:
            self.stops.add(order)
        else:
            self._enter(order, plan)
        return order

    def trigger_next(self) -> bool:
        """Send one stop order whose price is reached into the market; false if there is none.

        What would have been refused is cancelled now, as the order exists already.
        """
        order = self.stops.take_due(self.prices)
        if order is None:
            return False
        self._venue.trigger(order)
        for other in self._protection.dissolve(order):
            self.cancel(other, "SYSTEM_CANCEL")
        if order.terms.close_order:
            self._close_what_there_is(order)
        try:
            plan = self._planner.plan(order.uid, order.terms, order.remaining_size)
        except Refusal as refusal:
            self.cancel(order, REASONS.get(refusal.reason, "EXCEPTION_ORDER"))
        else:
            self._enter(order, plan)
        return True

    def _close_what_there_is(self, order: Order) -> None:
        """The side and size of a closeOrder are those of the position when it is triggered."""
        position = self.position(order.uid, order.terms)
        if position.size:
            side: Side = "sell" if position.size > 0 else "buy"
            self._venue.revise(order, attrs.evolve(order.terms, side=side, size=abs(position.size)))

    def amend(self, order: Order, terms: OrderTerms) -> None:
        """Give a resting order another price or size; it goes to the back of the queue and may trade at once.

        A waiting one goes on waiting.
        """
        assert terms.size is not None
        if order.is_waiting:
            self._venue.revise(order, terms)
            return
        lots = terms.size - order.filled_size - order.canceled_size
        plan = self._planner.plan(order.uid, terms, lots, replaced=order)
        self._venue.change_terms(order, terms)
        self._enter(order, plan)

    def _enter(self, order: Order, plan: Plan) -> None:
        """Hold what `plan` says, cancel what exceeds the position of a reducing order, and match the rest."""
        if plan.excess == order.remaining_size:
            self.cancel(order, UNCOVERED)
            return
        if plan.excess:
            self._venue.cancel_part(order, plan.excess, UNCOVERED)
        order.opening_size = plan.held
        self.hold(order, plan.hold_per_lot)
        match(self, self._venue.books[order.terms.symbol], order, plan.limit)

    def cancel(self, order: Order, reason: str) -> None:
        """Cancel what remains of an order and release its hold."""
        if order.is_waiting:
            self.stops.remove(order)
        self._venue.finish(order, reason)
        order.opening_size = ZERO
        self._update_hold(order)

    def cancel_part(self, order: Order, size: Decimal, reason: str) -> None:
        """Futures have neither the self-trade prevention DC nor a partial cancel."""
        raise AssertionError("a partial cancel of a futures order")

    def complete(self, order: Order) -> None:
        """Futures orders have a size, never funds."""
        raise AssertionError("a futures order by funds")

    def rest(self, order: Order) -> None:
        """Put what remains into the book; from now on it can trade at its own price only."""
        assert order.terms.price is not None
        contract = self._venue.contracts[order.terms.symbol]
        self.hold(order, hold_per_lot(contract, order.terms, order.terms.price))
        self._venue.rest(order)

    def wanted(self, taker: Order, price: Decimal) -> Decimal:
        """The rest of the size."""
        return taker.remaining_size

    def settle(self, taker: Order, maker: Order, price: Decimal, size: Decimal) -> None:
        """Exchange `size` lots: positions, margin, realised PnL and fees of both owners."""
        contract = self._venue.contracts[taker.terms.symbol]
        trade = (self._venue.ids.trade(), price, size, size * contract.unit_value(price))
        self._settle_side(contract, taker, maker, trade)
        self._settle_side(contract, maker, taker, trade)
        for uid in {taker.uid: None, maker.uid: None}:
            self._cancel_uncovered(uid, contract)

    def _settle_side(
        self, contract: Contract, order: Order, counter: Order, trade: tuple[str, Decimal, Decimal, Decimal]
    ) -> None:
        _, price, size, _ = trade
        covering = order.remaining_size - order.opening_size
        rates = contract.maker_fee_rate, contract.taker_fee_rate
        fill = self._venue.record_fill(order, counter, trade, rates, contract.settle_currency)
        order.opening_size -= max(size - covering, ZERO)
        self._update_hold(order)
        terms = order.terms
        position = self.position(order.uid, terms)
        settlement = position.trade(
            terms.side, price, size, terms.margin_mode, terms.leverage, self._venue.now
        )
        position.fees += fill.fee
        self._venue.feed.position(order.uid, terms.symbol, terms.position_side, contract.settle_currency)
        self.wallets.funds(order.uid, contract.settle_currency).change(settlement.net - fill.fee)
        self._venue.accounts.funds(HOUSE, ACCOUNT, contract.settle_currency).change(fill.fee)
        self._protect(order)

    def _protect(self, order: Order) -> None:
        """Keep the take-profit and stop-loss orders of an order as large as what has filled."""
        for child in self._protection.of(order):
            self._venue.revise(child, attrs.evolve(child.terms, size=order.filled_size))
        for terms in self._protection.missing(order):
            child = self._venue.new_order(order.uid, terms)
            self._protection.link(order, child)
            self.stops.add(child)

    def _cancel_uncovered(self, uid: str, contract: Contract) -> None:
        """Cancel resting orders without margin that were to reduce more than is left of a position.

        One that may only reduce is measured alone; of the others there may be no more than the position in all, and
        the newest goes first.
        """
        left: dict[tuple[str, str], Decimal] = {}
        uncovered = []
        for order in self._venue.registry.active(uid, "futures", contract.symbol):
            covering = order.remaining_size - order.opening_size
            if not order.in_book or not covering:
                continue
            terms = order.terms
            key = (terms.position_side, terms.side)
            reducible = self.position(uid, terms).reducible_by(terms.side)
            if covering > (left.get(key, reducible) if opens(terms) else reducible):
                uncovered.append(order)
            elif opens(terms):
                left[key] = left.get(key, reducible) - covering
        for order in uncovered:
            self.cancel(order, UNCOVERED)

    def hold(self, order: Order, per_lot: Decimal) -> None:
        """Hold `per_lot` for each lot of an order that needs margin."""
        order.hold_per_lot = per_lot
        self._update_hold(order)

    def _update_hold(self, order: Order) -> None:
        hold = order.opening_size * order.hold_per_lot
        if hold != order.hold:
            contract = self._venue.contracts[order.terms.symbol]
            self.wallets.funds(order.uid, contract.settle_currency).freeze(hold - order.hold)
            order.hold = hold

    def views(self, uid: str) -> tuple[Position, ...]:
        """Snapshots of every position `uid` has or had, by symbol and side."""
        positions = sorted(self.positions.of_user(uid), key=lambda each: (each.contract.symbol, each.side))
        return tuple(
            position.view(self.prices.mark(position.contract.symbol))
            for position in positions
            if position.size or position.fees
        )

    def position(self, uid: str, terms: OrderTerms) -> OpenPosition:
        """The position that an order of these terms changes."""
        return self.positions.of(uid, self._venue.contracts[terms.symbol], terms.position_side)
