"""Matching against a slow and obvious model of price-time priority, and its cost with many orders."""

from __future__ import annotations

import time
from decimal import Decimal

import attrs
from core_support import START, Market
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi.sandbox.book import Book
from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.feed import Feed
from kucoin_wsapi.sandbox.orders import Order, OrderTerms


@attrs.define
class ModelOrder:
    number: int
    side: str
    price: Decimal
    rest: Decimal


class ModelBook:
    """Resting orders in a list; each match sorts it anew."""

    def __init__(self) -> None:
        self.resting: list[ModelOrder] = []
        self.trades: list[tuple[int, int, Decimal, Decimal]] = []

    def opposite(self, order: ModelOrder) -> list[ModelOrder]:
        buys = order.side == "buy"
        crossing = [
            other
            for other in self.resting
            if other.side != order.side
            and (other.price <= order.price if buys else other.price >= order.price)
        ]
        return sorted(crossing, key=lambda other: (other.price if buys else -other.price, other.number))

    def enter(self, order: ModelOrder, kind: str) -> None:
        makers = self.opposite(order)
        if (kind == "post" and makers) or (kind == "FOK" and sum(m.rest for m in makers) < order.rest):
            return
        for maker in makers:
            size = min(maker.rest, order.rest)
            if not size:
                break
            self.trades.append((order.number, maker.number, maker.price, size))
            maker.rest -= size
            order.rest -= size
        self.resting = [other for other in self.resting if other.rest]
        if order.rest and kind in ("GTC", "post"):
            self.resting.append(order)


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.integers(49_995, 50_005),
        st.integers(1, 9),
        st.sampled_from(["GTC", "GTC", "GTC", "IOC", "FOK", "post", "cancel"]),
    ),
    max_size=60,
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(orders=ORDERS)
def test_trades_are_those_of_the_obvious_model(orders: list[tuple[str, int, int, str]]) -> None:
    """Same partners, same prices, same sizes, in the same order, and the same orders rest at the end."""
    exchange = Exchange(now=START, market_maker=False)
    model = ModelBook()
    number_of: dict[str, int] = {}
    for number, (side, price, size, kind) in enumerate(orders):
        uid = f"user-{number}"
        exchange.open_account(uid, {"trade": {"USDT": Decimal(10**6), "BTC": Decimal(10)}})
        if kind == "cancel":
            cancel_oldest(exchange, model, side)
            continue
        model.enter(ModelOrder(number, side, Decimal(price), Decimal(size)), kind)
        args = {"symbol": "BTC-USDT", "type": "limit", "side": side, "price": str(price), "size": str(size)}
        more = {"postOnly": True} if kind == "post" else {"timeInForce": kind}
        answer = exchange.execute(uid, "spot.sync_order", {**args, **more, "clientOid": "only"}, START)
        assert isinstance(answer.data, dict)
        number_of[str(answer.data["orderId"])] = number

    fills = [fill for number in range(len(orders)) for fill in exchange.fills(f"user-{number}")]
    takers = sorted(
        (fill for fill in fills if fill.liquidity == "taker"), key=lambda fill: int(fill.trade_id)
    )
    trades = [(number_of[f.order_id], number_of[f.counter_order_id], f.price, f.size) for f in takers]
    views = [order for number in range(len(orders)) for order in exchange.orders(f"user-{number}")]
    assert trades == model.trades
    assert {number_of[v.order_id]: v.remaining_size for v in views if v.in_book} == {
        order.number: order.rest for order in model.resting
    }


def cancel_oldest(exchange: Exchange, model: ModelBook, side: str) -> None:
    oldest = next((order for order in model.resting if order.side == side), None)
    if oldest is not None:
        model.resting.remove(oldest)
        args = {"symbol": "BTC-USDT", "clientOid": "only"}
        assert exchange.execute(f"user-{oldest.number}", "spot.cancel", args, START).code == "200000"


def test_earlier_order_at_the_same_price_fills_first_and_keeps_its_place_when_partly_filled() -> None:
    """Time decides among equals; a partial fill does not cost the place."""
    market = Market()
    first = market.spot("alice", "sell", "60000", "1")["orderId"]
    market.spot("alice", "sell", "60000", "1")
    market.spot("bob", "buy", "60000", "0.5")
    market.spot("bob", "buy", "60000", "0.5")

    assert market.order("alice", "spot", first).status.value == "filled"


def resting(number: int, price: Decimal) -> Order:
    terms = OrderTerms("spot", "BTC-USDT", "sell", "limit", price=price, size=Decimal(1))
    return Order(order_id=str(number), uid="u", terms=terms, created_at=0, updated_at=0, family="u")


def cost_of_eating(orders: list[Order], count: int) -> float:
    """Seconds to take `count` orders off the head of a book and to add and remove as many in its middle."""
    book = Book("BTC-USDT", Feed(), 0)
    for order in orders:
        book.add(order)
    started = time.perf_counter()
    for number in range(count):
        level = book.best("sell")
        assert level is not None
        book.remove(level.first())
        extra = resting(-number - 1, orders[len(orders) // 2].terms.price or Decimal(0))
        book.add(extra)
        book.remove(extra)
    return time.perf_counter() - started


def test_cost_of_an_order_does_not_grow_with_the_orders_that_rest() -> None:
    """30 000 orders at one price, or at as many prices: far less than a millisecond for each (it would be seconds)."""
    count = 2_000
    one_price = [resting(number, Decimal(100)) for number in range(30_000)]
    many_prices = [resting(number, Decimal(number + 1)) for number in range(30_000)]

    assert cost_of_eating(one_price, count) / count < 0.001
    assert cost_of_eating(many_prices, count) / count < 0.001
