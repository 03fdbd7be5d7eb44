"""A slow, obvious model of futures: everything follows from the fills, in fractions, without margin or books."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from kucoin_wsapi.sandbox.contracts import CONTRACTS, Contract
from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.orders import Fill, OrderTerms

CONTRACT = {contract.symbol: contract for contract in CONTRACTS}
CLOSE_ENOUGH = Fraction(1, 10**9)


def sign(side: str) -> int:
    return 1 if side == "buy" else -1


def check_equity(exchange: Exchange, uid: str, deposits: dict[str, Fraction]) -> None:
    """A user has what was deposited, less what was paid for lots, plus what the lots are worth now, less fees."""
    for currency, deposit in deposits.items():
        expected = deposit
        for fill in exchange.fills(uid):
            contract = CONTRACT[fill.symbol]
            if contract.settle_currency == currency:
                paid = sign(fill.side) * Fraction(fill.value)
                expected += (paid if contract.is_inverse else -paid) - Fraction(fill.fee)
        for position in exchange.futures.positions(uid):
            if position.settle_currency == currency:
                lot = Fraction(CONTRACT[position.symbol].signed_value(position.mark_price))
                expected += Fraction(position.size) * lot
        assert Fraction(exchange.futures.account(uid, currency).equity) == expected


def check_positions(exchange: Exchange, uid: str) -> None:
    """A position is the sum of its fills; its isolated margin that of its open lots at the price they came at."""
    terms = {order.order_id: order.terms for order in exchange.orders(uid)}
    replayed: dict[tuple[str, str], list[Fraction]] = {}
    for fill in exchange.fills(uid):
        order = terms[fill.order_id]
        key = (fill.symbol, order.position_side)
        size, margin = replayed.get(key, [Fraction(0), Fraction(0)])
        replayed[key] = list(_after(CONTRACT[fill.symbol], size, margin, fill, order))
    for position in exchange.futures.positions(uid):
        size, margin = replayed.pop((position.symbol, position.side))
        assert Fraction(position.size) == size
        assert abs(Fraction(position.margin) - margin) < CLOSE_ENOUGH
        assert position.margin >= 0
        assert position.side == "BOTH" or sign("buy" if position.side == "LONG" else "sell") * size >= 0
    assert not replayed


def _after(
    contract: Contract, size: Fraction, margin: Fraction, fill: Fill, order: OrderTerms
) -> tuple[Fraction, Fraction]:
    """Size and margin of a position after one more fill."""
    change = sign(fill.side) * Fraction(fill.size)
    closing = min(abs(change), abs(size)) if change * size < 0 else Fraction(0)
    if closing:
        margin -= margin * closing / abs(size)
    opening = abs(change) - closing
    if order.margin_mode == "ISOLATED":
        value = opening * Fraction(fill.value) / Fraction(fill.size)
        initial = value / order.leverage
        margin += initial + (value + initial) * Fraction(contract.taker_fee_rate)
    return size + change, margin


def check_holds(exchange: Exchange, uid: str) -> None:
    """Every resting lot has its margin held or an open lot of its own to close; what waits or is done holds nothing."""
    covering: dict[tuple[str, str, str, str], Fraction] = {}
    for order in exchange.orders(uid):
        terms = order.terms
        if not order.in_book:
            assert order.hold == 0
            continue
        assert terms.price is not None
        per_lot = _hold_per_lot(CONTRACT[terms.symbol], terms, Fraction(terms.price))
        held = round(Fraction(order.hold) / per_lot)
        assert abs(held * per_lot - Fraction(order.hold)) < CLOSE_ENOUGH
        assert 0 <= held <= order.remaining_size
        assert not (terms.force_hold and held != order.remaining_size)
        # Of orders that would open with the rest all count together, each that may only reduce alone.
        may_open = terms.position_side == "BOTH" and not terms.reduce_only
        key = (terms.symbol, terms.position_side, terms.side, "" if may_open else order.order_id)
        covering[key] = covering.get(key, Fraction(0)) + Fraction(order.remaining_size) - held
    sizes = {(each.symbol, each.side): Fraction(each.size) for each in exchange.futures.positions(uid)}
    for (symbol, position_side, side, _), lots in covering.items():
        held_position = next(
            (size for key, size in sizes.items() if key == (symbol, position_side)), Fraction(0)
        )
        assert lots <= max(-sign(side) * held_position, Fraction(0))


def _hold_per_lot(contract: Contract, terms: OrderTerms, price: Fraction) -> Fraction:
    value = Fraction(contract.unit_value(terms.price)) if terms.price is not None else price
    fee = Fraction(contract.taker_fee_rate)
    initial = value / terms.leverage
    closing = Fraction(0) if terms.margin_mode == "CROSS" else (value + initial) * fee
    return initial + closing + value * fee


def check_stop_orders(exchange: Exchange, uids: Iterable[str]) -> None:
    """No order waits whose price is reached."""
    for uid in uids:
        for order in exchange.futures.stop_orders(uid):
            trigger = order.terms.trigger
            assert trigger is not None
            prices = exchange.futures.prices(order.terms.symbol)
            watched = {"TP": prices.last, "MP": prices.mark, "IP": prices.index}[trigger.price_type]
            assert watched < trigger.price if trigger.direction == "up" else watched > trigger.price
