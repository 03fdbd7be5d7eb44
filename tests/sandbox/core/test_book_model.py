"""The exchange's book against a slow and obvious one, with every kind of order there is on spot."""

from __future__ import annotations

from decimal import Decimal

import attrs
from core_support import START, check_laws, wealth
from hypothesis import given, settings
from hypothesis import strategies as st
from model_book import PROTECTION, ModelBook, ModelOrder, ModelTrade

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.orders import Fill
from kucoin_wsapi.sandbox.symbols import SYMBOLS

USERS = ["alice", "bob"]
SYMBOL = attrs.evolve(
    SYMBOLS[0],
    price_limit_rate=PROTECTION,
    maker_fee_coefficient=Decimal("0.5"),
    base_increment=Decimal(1),
    base_min_size=Decimal(1),
)
KINDS = ["plain", "plain", "hidden", "iceberg"]


@attrs.frozen
class Step:
    """One order, or the cancellation of a part of an older one."""

    owner: str
    side: str
    price: int
    size: int
    kind: str
    visible: int
    action: str
    stp: str | None
    post_only: bool


STEPS = st.lists(
    st.builds(
        Step,
        owner=st.sampled_from(USERS),
        side=st.sampled_from(["buy", "sell"]),
        price=st.integers(49_996, 50_004),
        size=st.integers(1, 12),
        kind=st.sampled_from(KINDS),
        visible=st.integers(1, 4),
        action=st.sampled_from(["GTC", "GTC", "GTC", "GTC", "IOC", "FOK", "market", "cancel part"]),
        stp=st.sampled_from([None, None, "CN", "CO", "CB", "DC"]),
        post_only=st.booleans(),
    ),
    min_size=20,
    max_size=60,
)


class Twins:
    """Does each step on both books, and finds the orders of one in the other."""

    def __init__(self) -> None:
        self.exchange = Exchange(now=START, symbols=[SYMBOL], contracts=[], market_maker=False)
        for uid in USERS:
            self.exchange.open_account(uid, {"trade": {"USDT": Decimal(10**9), "BTC": Decimal(10**4)}})
        self.model = ModelBook()
        self.orders: dict[int, ModelOrder] = {}
        self.ids: dict[str, int] = {}

    def do(self, number: int, step: Step) -> None:
        if step.action == "cancel part":
            self.cancel_part(step)
        else:
            self.place(number, step)

    def place(self, number: int, step: Step) -> None:
        market = step.action == "market"
        order = ModelOrder(
            number,
            step.owner,
            step.side,
            None if market else Decimal(step.price),
            Decimal(step.size),
            "plain" if market else step.kind,
            Decimal(step.visible),
            None if market and step.stp == "DC" else step.stp,
            step.post_only and not market,
        )
        args: dict[str, object] = {"symbol": SYMBOL.symbol, "side": step.side, "size": str(step.size)}
        args |= {"type": "market"} if market else {"type": "limit", "price": str(step.price)}
        if not market:
            args |= {"timeInForce": step.action, "postOnly": step.post_only, "hidden": step.kind == "hidden"}
        if order.kind == "iceberg":
            args |= {"iceberg": True, "visibleSize": str(step.visible)}
        if order.stp is not None:
            args["stp"] = order.stp
        expected = self.model.enter(order, "IOC" if market else step.action)
        answer = self.exchange.execute(
            step.owner, "spot.sync_order", {**args, "clientOid": f"n{number}"}, START
        )
        if expected == "refused":
            assert answer.code in ("400370", "400760")
            return
        assert isinstance(answer.data, dict), answer
        self.orders[number] = order
        self.ids[str(answer.data["orderId"])] = number

    def cancel_part(self, step: Step) -> None:
        order = next((order for order in self.model.resting if order.side == step.side), None)
        if order is None:
            return
        size = min(Decimal(step.size), order.rest)
        self.model.cancel_part(order, size)
        args = {"symbol": SYMBOL.symbol, "clientOid": f"n{order.number}", "cancelSize": str(size)}
        assert self.exchange.execute(order.owner, "spot.cancel_size", args, START).code == "200000"

    def trades(self) -> list[ModelTrade]:
        """The exchange's trades in the model's words; of the two orders of a trade the younger one took."""
        sides: dict[str, list[Fill]] = {}
        for uid in USERS:
            for fill in self.exchange.fills(uid):
                sides.setdefault(fill.trade_id, []).append(fill)
        found = []
        for trade_id in sorted(sides, key=int):
            maker, taker = sorted(sides[trade_id], key=lambda fill: self.ids[fill.order_id])
            found.append(
                ModelTrade(
                    self.ids[taker.order_id],
                    self.ids[maker.order_id],
                    maker.price,
                    maker.size,
                    taker.fee_type.removesuffix("Fee"),
                    maker.fee_type.removesuffix("Fee"),
                )
            )
        return found

    def check(self) -> None:
        """The same trades, the same rests and cancellations, the same depth, and the fees that the trades cost."""
        assert self.trades() == self.model.trades
        for uid in USERS:
            for view in self.exchange.orders(uid):
                order = self.orders[self.ids[view.order_id]]
                assert (view.remaining_size, view.canceled_size) == (order.rest, order.canceled), order
            for fill in self.exchange.fills(uid):
                rate = Decimal("0.0005") if fill.fee_type == "makerFee" else Decimal("0.001")
                assert fill.fee == fill.value * rate
        for side in ("buy", "sell"):
            shown: dict[Decimal, Decimal] = {}
            for order in self.model.resting:
                if order.side == side and order.kind != "hidden" and order.price is not None:
                    shown[order.price] = shown.get(order.price, Decimal(0)) + order.offered()
            assert dict(self.exchange.depth(SYMBOL.symbol, side)) == shown


@settings(derandomize=True, max_examples=100, deadline=None)
@given(steps=STEPS)
def test_book_does_what_the_obvious_one_does(steps: list[Step]) -> None:
    """Partners, prices, sizes and fees of all trades in their order, and what rests, is cancelled and shows."""
    twins = Twins()
    before = wealth(twins.exchange, USERS)
    for number, step in enumerate(steps):
        twins.do(number, step)

        assert wealth(twins.exchange, USERS) == before
    twins.check()
    check_laws(twins.exchange, USERS)
