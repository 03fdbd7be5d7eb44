"""Money, orders and positions of futures.

KuCoin documentation, "Add Order" (futures): in one-way mode the lots of an order first reduce an opposite position
and hold nothing for that; the others open and hold isolated margin and the opening fee. Orders that were to reduce a
position which is gone are cancelled by the system. There is no liquidation yet: a loss beyond the margin is taken
from the available balance, and beyond that the house pays it.
"""

from __future__ import annotations

from decimal import Decimal
import attrs

from .accounts import HOUSE, Funds
from .matching import match
from .orders import Order, OrderTerms, Position
from .positions import OpenPosition, lot_margin
from .refusals import Reason, Refusal
from .symbols import Contract
from .venue import Venue

__all__ = ["FuturesEngine"]

ACCOUNT = "futures"
ZERO = Decimal(0)


@attrs.frozen
class _Plan:
    """What an order will hold, and how far it may trade."""

    opening_size: Decimal
    hold_per_lot: Decimal
    limit: Decimal


class FuturesEngine:
    """Submits, changes and cancels orders whose parameters are already checked."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._positions: dict[tuple[str, str], OpenPosition] = {}

    def submit(self, uid: str, terms: OrderTerms) -> Order:
        """Hold margin for the lots that open, then match; `Refusal` if there is not enough."""
        assert terms.size is not None
        plan = self._plan(uid, terms, terms.size)
        order = self._venue.new_order(uid, terms)
        self._enter(order, plan)
        return order

    def amend(self, order: Order, terms: OrderTerms) -> None:
        """Give a resting order another price or size; it goes to the back of the queue and may trade at once."""
        assert terms.size is not None
        lots = terms.size - order.filled_size - order.canceled_size
        plan = self._plan(order.uid, terms, lots, replaced=order)
        self._venue.change_terms(order, terms)
        self._enter(order, plan)

    def _enter(self, order: Order, plan: _Plan) -> None:
        """Hold what `plan` says, cancel what exceeds the position of a reduceOnly order, and match the rest."""
        order.opening_size, order.hold_per_lot = plan.opening_size, plan.hold_per_lot
        if order.terms.reduce_only and plan.opening_size:
            order.canceled_size += plan.opening_size
            order.cancel_reason = "REDUCE_ONLY"
            order.opening_size = ZERO
        self._update_hold(order)
        if order.remaining_size:
            match(self, self._venue.books[order.terms.symbol], order, plan.limit)
        else:
            self.cancel(order, "REDUCE_ONLY")

    def _plan(self, uid: str, terms: OrderTerms, lots: Decimal, replaced: Order | None = None) -> _Plan:
        """How many of `lots` open, and what each holds; `replaced` is the order as it was before a change."""
        immediate = terms.order_type == "market" or terms.time_in_force in ("IOC", "FOK")
        reducible = self.position(uid, terms.symbol).reducible_by(terms.side)
        if reducible and not immediate:
            reducible -= self._covering(uid, terms, replaced)
        opening = lots - min(lots, max(reducible, ZERO))
        contract = self._venue.contracts[terms.symbol]
        worst = self._worst_price(terms, lots)
        # A market buy must not go deeper than it was checked for, should orders be cancelled ahead of it.
        limit = worst if terms.order_type == "market" and terms.side == "buy" else self._limit(terms)
        plan = _Plan(opening, self._hold_per_lot(contract, worst, terms.leverage), limit)
        available = self._funds(uid, contract).available + (replaced.hold if replaced is not None else ZERO)
        if not terms.reduce_only and plan.opening_size * plan.hold_per_lot > available:
            raise Refusal(Reason.INSUFFICIENT_FUNDS)
        return plan

    def _covering(self, uid: str, terms: OrderTerms, ignored: Order | None) -> Decimal:
        """Lots of resting orders of the same side that already reduce the position."""
        return sum(
            (
                order.remaining_size - order.opening_size
                for order in self._venue.registry.active(uid, "futures", terms.symbol)
                if order.terms.side == terms.side and order is not ignored
            ),
            ZERO,
        )

    def _worst_price(self, terms: OrderTerms, lots: Decimal) -> Decimal:
        """The price at which a lot of this order needs the most margin.

        A buy never pays more than its limit, but a sell may get more, up to the best bid; a market order goes through
        the book as it stands.
        """
        levels = self._venue.books[terms.symbol].reachable(terms.side, self._limit(terms))
        worst = terms.price
        for level in levels:
            worst = level.price if worst is None else max(worst, level.price)
            lots -= level.size
            if terms.side == "sell" or lots <= 0:
                break
        return ZERO if worst is None else worst

    def _limit(self, terms: OrderTerms) -> Decimal:
        """The limit price; a market order keeps inside the price band of the contract."""
        contract = self._venue.contracts[terms.symbol]
        band = contract.highest_buy if terms.side == "buy" else contract.lowest_sell
        return band if terms.price is None else terms.price

    def has_liquidity(self, terms: OrderTerms) -> bool:
        """Whether an order with `terms` would find anybody to trade with."""
        book = self._venue.books[terms.symbol]
        return next(book.reachable(terms.side, self._limit(terms)), None) is not None

    def cancel(self, order: Order, reason: str) -> None:
        """Cancel what remains of an order and release its hold."""
        self._venue.finish(order, reason)
        order.opening_size = ZERO
        self._update_hold(order)

    def cancel_part(self, order: Order, size: Decimal, reason: str) -> None:
        """Never needed: futures have no self-trade prevention DC."""
        raise AssertionError("only DC cancels a part of an order")

    def complete(self, order: Order) -> None:
        """Never needed: no futures order is by funds once it is accepted."""
        raise AssertionError("a futures order has a size in lots")

    def rest(self, order: Order) -> None:
        """Put what remains into the book; from now on it can trade at its own price only."""
        assert order.terms.price is not None
        contract = self._venue.contracts[order.terms.symbol]
        order.hold_per_lot = self._hold_per_lot(contract, order.terms.price, order.terms.leverage)
        self._update_hold(order)
        self._venue.rest(order)

    def wanted(self, taker: Order, price: Decimal) -> Decimal:
        """The rest of the size."""
        return taker.remaining_size

    def settle(self, taker: Order, maker: Order, price: Decimal, size: Decimal) -> None:
        """Exchange `size` lots: positions, margin, realised PnL and fees of both owners."""
        contract = self._venue.contracts[taker.terms.symbol]
        trade = (self._venue.ids.trade(), price, size, price * size * contract.multiplier)
        self._settle_side(contract, taker, maker, trade)
        self._settle_side(contract, maker, taker, trade)
        for uid in {taker.uid: None, maker.uid: None}:
            self._cancel_uncovered(uid, contract.symbol)

    def _settle_side(
        self, contract: Contract, order: Order, counter: Order, trade: tuple[str, Decimal, Decimal, Decimal]
    ) -> None:
        _, price, size, _ = trade
        rates = contract.maker_fee_rate, contract.taker_fee_rate
        covering = order.remaining_size - order.opening_size
        fill = self._venue.record_fill(order, counter, trade, rates, contract.settle_currency)
        order.opening_size -= max(size - covering, ZERO)
        self._update_hold(order)
        position = self.position(order.uid, contract.symbol)
        settlement = position.trade(order.terms.side, price, size, order.terms.leverage)
        position.fees += fill.fee
        self._pay(order.uid, contract, settlement.net - fill.fee)
        self._venue.accounts.funds(HOUSE, ACCOUNT, contract.settle_currency).change(fill.fee)

    def _pay(self, uid: str, contract: Contract, amount: Decimal) -> None:
        """Credit or debit; what a user cannot pay, the house does, as an insurance fund would."""
        funds = self._funds(uid, contract)
        missing = max(-(funds.available + amount), ZERO)
        funds.change(amount + missing)
        self._venue.accounts.funds(HOUSE, ACCOUNT, contract.settle_currency).change(-missing)

    def _cancel_uncovered(self, uid: str, symbol: str) -> None:
        """Cancel resting orders that were to reduce more than is left of the position, the newest first."""
        position = self.position(uid, symbol)
        left = {side: position.reducible_by(side) for side in ("buy", "sell")}
        uncovered = []
        for order in self._venue.registry.active(uid, "futures", symbol):
            covering = order.remaining_size - order.opening_size
            if not order.in_book or not covering:
                continue
            if covering > left[order.terms.side]:
                uncovered.append(order)
            else:
                left[order.terms.side] -= covering
        for order in uncovered:
            self.cancel(order, "NO_ENOUGH_BALANCE")

    def _hold_per_lot(self, contract: Contract, price: Decimal, leverage: int) -> Decimal:
        opening_fee = price * contract.multiplier * contract.taker_fee_rate
        return lot_margin(contract, price, leverage) + opening_fee

    def _update_hold(self, order: Order) -> None:
        hold = order.opening_size * order.hold_per_lot
        if hold != order.hold:
            self._funds(order.uid, self._venue.contracts[order.terms.symbol]).freeze(hold - order.hold)
            order.hold = hold

    def _funds(self, uid: str, contract: Contract) -> Funds:
        return self._venue.accounts.funds(uid, ACCOUNT, contract.settle_currency)

    def position(self, uid: str, symbol: str) -> OpenPosition:
        """The position, created empty when first asked for."""
        position = self._positions.get((uid, symbol))
        if position is None:
            position = self._positions[uid, symbol] = OpenPosition(self._venue.contracts[symbol])
        return position

    def positions(self, uid: str) -> tuple[Position, ...]:
        """Snapshots of every position `uid` has or had."""
        return tuple(
            position.view()
            for (owner, _), position in sorted(self._positions.items())
            if owner == uid and (position.size or position.fees)
        )
