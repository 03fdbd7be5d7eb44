"""When it may be concluded what became of an order: the exchange is a table of records, time is a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import define, field

from kucoin_wsapi import InvalidRequestError, LookUpError
from kucoin_wsapi._records import OrderName
from kucoin_wsapi._resolving import Resolver, orders_of

NAME = OrderName("spot", "BTC-USDT", client_oid="c-1")


def record(
    order_id: str = "o-1", *, active: bool = True, filled: str = "0", cancelled: bool = False
) -> dict[str, Any]:
    """A spot record of an order of size 2."""
    return {
        "id": order_id,
        "clientOid": "c-1",
        "symbol": "BTC-USDT",
        "price": "100",
        "size": "2",
        "dealSize": filled,
        "dealFunds": "0",
        "cancelExist": cancelled,
        "active": active,
        "inOrderBook": active,
    }


@define
class World:
    """Time, and an exchange whose answer to a look-up depends on it."""

    find_at: Callable[[OrderName, float], Mapping[str, Any] | None]
    quiet_from: float | None = 0.0  # the request is seen to be off the wire from then on
    now: float = 0.0
    asked: list[float] = field(factory=list)

    def resolver(self, *, window_ends: float | None = None, give_up_at: float = 60.0) -> Resolver:
        return Resolver(
            find=self.find,
            quiet_since=self.quiet_since,
            may_take_effect=True,
            window_ends=window_ends,
            give_up_at=give_up_at,
            clock=lambda: self.now,
            wait=self.wait,
        )

    def find(self, name: OrderName) -> Mapping[str, Any] | None:
        self.asked.append(self.now)
        return self.find_at(name, self.now)

    def quiet_since(self) -> float | None:
        return self.quiet_from if self.quiet_from is not None and self.now >= self.quiet_from else None

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_an_order_that_is_there_is_reported_at_once() -> None:
    """One look-up is enough."""
    world = World(lambda name, now: record())

    report = world.resolver().resolve_order(NAME)

    assert (report.state, report.order_id, world.asked) == ("resting", "o-1", [0.0])


def test_an_order_that_shows_up_late_is_found() -> None:
    """A look-up may lag behind the order socket."""
    world = World(lambda name, now: record(active=False, filled="2") if now >= 3 else None)

    assert world.resolver().resolve_order(NAME).state == "filled"


def test_an_order_counts_as_never_placed_only_after_eight_quiet_seconds() -> None:
    """The last look-up begins when 8 s have passed, not before."""
    world = World(lambda name, now: None)

    report = world.resolver().resolve_order(NAME)

    assert (report.state, report.was_placed, report.client_oid) == ("never_placed", False, "c-1")
    assert world.asked[-1] >= 8.0


def test_the_eight_seconds_begin_when_the_request_can_no_longer_be_on_its_way() -> None:
    """Until then a frame may lie in a buffer and arrive later."""
    world = World(lambda name, now: None, quiet_from=20.0)

    world.resolver().resolve_order(NAME)

    assert world.asked[-1] >= 28.0


def test_a_time_window_makes_it_certain_sooner() -> None:
    """After the window the gateway itself refuses the order."""
    world = World(lambda name, now: None, quiet_from=None)

    world.resolver(window_ends=1.0).resolve_order(NAME)

    assert 3.0 <= world.asked[-1] < 8.0


def test_what_stays_uncertain_is_said_to_be_uncertain() -> None:
    """Never "never placed" while the request may still arrive."""
    world = World(lambda name, now: None, quiet_from=None)

    with pytest.raises(LookUpError, match="on its way"):
        world.resolver(give_up_at=30.0).resolve_order(NAME)


def test_a_cancel_that_may_be_on_its_way_is_waited_for() -> None:
    """The order rests now; its cancel takes effect a little later."""
    world = World(lambda name, now: record(active=now < 2, cancelled=now >= 2))

    assert world.resolver().resolve_change(NAME).state == "cancelled"


def test_an_order_whose_cancel_was_lost_is_reported_as_live() -> None:
    """Once it is certain that the cancel will not come."""
    world = World(lambda name, now: record())

    assert world.resolver().resolve_change(NAME).is_live
    assert world.asked[-1] >= 8.0


def test_both_orders_of_a_modify_are_reported() -> None:
    """The old one by its id, the new one as the newest with the client id of the old one."""

    def find(name: OrderName, now: float) -> Mapping[str, Any]:
        if name.order_id == "o-1":
            return record(active=False, cancelled=True)
        return record("o-2")

    old, new = World(find).resolver().resolve_modify(OrderName("spot", "BTC-USDT", order_id="o-1"))

    assert (old.state, new.state, new.order_id) == ("cancelled", "resting", "o-2")


def test_a_modify_of_which_only_the_cancel_happened_has_no_new_order() -> None:
    """By client id only the old order is found, for as long as it takes to be certain."""
    world = World(lambda name, now: record(active=False, cancelled=True))

    old, new = world.resolver().resolve_modify(OrderName("spot", "BTC-USDT", order_id="o-1"))

    assert (old.state, new.state) == ("cancelled", "never_placed")


def test_a_modify_that_did_not_happen_leaves_the_old_order_live() -> None:
    """Then there is nothing else to look for."""
    world = World(lambda name, now: record())

    (old,) = world.resolver().resolve_modify(OrderName("spot", "BTC-USDT", order_id="o-1"))

    assert old.is_live


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        (
            "spot.order",
            {"symbol": "BTC-USDT", "clientOid": "a"},
            [OrderName("spot", "BTC-USDT", client_oid="a")],
        ),
        (
            "margin.cancel",
            {"symbol": "BTC-USDT", "orderId": "1"},
            [OrderName("margin", "BTC-USDT", order_id="1")],
        ),
        ("futures.cancel", {"orderId": "1"}, [OrderName("futures", None, order_id="1")]),
        (
            "spot.cancel",
            {"symbol": "BTC-USDT", "orderId": "1", "clientOid": "a"},
            [OrderName("spot", "BTC-USDT", client_oid="a")],
        ),
        (
            "futures.multi_order",
            [{"symbol": "XBTUSDTM", "clientOid": "a"}, {"symbol": "ETHUSDTM", "clientOid": "b"}],
            [
                OrderName("futures", "XBTUSDTM", client_oid="a"),
                OrderName("futures", "ETHUSDTM", client_oid="b"),
            ],
        ),
        (
            "futures.multi_cancel",
            {"orderIdsList": ["1", "2"]},
            [OrderName("futures", None, order_id="1"), OrderName("futures", None, order_id="2")],
        ),
        (
            "futures.multi_cancel",
            {"clientOidsList": [{"symbol": "XBTUSDTM", "clientOid": "a"}]},
            [OrderName("futures", "XBTUSDTM", client_oid="a")],
        ),
        (
            "uta.order",
            {"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "a"},
            [OrderName("uta", "BTC-USDT", client_oid="a", trade_type="SPOT")],
        ),
    ],
)
def test_the_orders_of_a_request_are_named_as_a_look_up_needs_it(
    op: str, args: object, expected: list[OrderName]
) -> None:
    """Per product, batches item by item."""
    assert orders_of(op, args) == expected


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("spot.order", {"symbol": "BTC-USDT"}),
        ("earn.order", {"clientOid": "a"}),
        ("spot.order", 7),
        ("futures.multi_order", []),
    ],
)
def test_a_request_that_names_no_order_cannot_be_resolved(op: str, args: object) -> None:
    """Said at once, rather than after a fruitless look-up."""
    with pytest.raises(InvalidRequestError):
        orders_of(op, args)
