"""Self-trade prevention (KuCoin documentation, "Add Order": `stp`), which the taker's order alone decides."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import Market

BTC = "BTC-USDT"


@pytest.mark.parametrize(
    ("mode", "taker", "maker"),
    [
        ("CN", ("0", "2", "done"), (1, True)),
        ("CO", ("1", "0", "open"), (0, False)),
        ("CB", ("0", "2", "done"), (0, False)),
        ("DC", ("1", "1", "done"), (0, False)),
    ],
)
def test_mode_decides_who_is_canceled(
    mode: str, taker: tuple[str, str, str], maker: tuple[int, bool]
) -> None:
    """A buy of 2 meets a sell of 1 of its own at 60000 and one of bob at 60001.

    The taker's dealSize, canceledSize and status; of its own resting order what remains and whether it is active.
    """
    market = Market()
    own = market.spot("alice", "sell", "60000", "1")["orderId"]
    market.spot("bob", "sell", "60001", "1")

    reply = market.spot("alice", "buy", "60001", "2", stp=mode)

    assert (reply["dealSize"], reply["canceledSize"], reply["status"]) == taker
    left = market.order("alice", "spot", own)
    assert (left.remaining_size, left.is_active) == maker
    if not left.is_active:
        assert left.cancel_reason == "STP"


def test_decrease_shrinks_the_larger_resting_order_in_its_place() -> None:
    """A taker of 1 goes; the maker of 3 is left with 2, its hold with it, and stays first in the queue."""
    market = Market()
    own = market.spot("alice", "sell", "60000", "3")["orderId"]
    behind = market.spot("bob", "sell", "60000", "1")["orderId"]

    reply = market.spot("alice", "buy", "60000", "1", stp="DC")

    assert (reply["dealSize"], reply["canceledSize"], reply["status"]) == ("0", "1", "done")
    left = market.order("alice", "spot", own)
    assert (left.remaining_size, left.canceled_size, left.hold) == (2, 1, 2)
    assert market.order("alice", "spot", reply["orderId"]).cancel_reason == "STP"
    market.spot("bob", "buy", "60000", "1")
    assert market.order("bob", "spot", behind).filled_size == 0


def test_decrease_of_equal_orders_cancels_both() -> None:
    """Nothing is left and nothing traded."""
    market = Market()
    own = market.spot("alice", "sell", "60000", "1")["orderId"]

    reply = market.spot("alice", "buy", "60000", "1", stp="DC")

    assert (reply["dealSize"], reply["status"]) == ("0", "done")
    assert not market.order("alice", "spot", own).is_active
    assert market.exchange.fills("alice") == ()


def test_order_that_was_decreased_and_then_fills_ends_as_canceled() -> None:
    """Part of it never traded: its record says so, with the reason."""
    market = Market()
    own = market.spot("alice", "sell", "60000", "3")["orderId"]
    market.spot("alice", "buy", "60000", "1", stp="DC")

    market.spot("bob", "buy", "60000", "2")

    order = market.order("alice", "spot", own)
    assert (order.filled_size, order.canceled_size, order.status.value) == (2, 1, "canceled")
    assert order.cancel_reason == "STP"


def test_stp_of_the_maker_does_not_count() -> None:
    """A taker without it trades with its owner."""
    market = Market()
    market.spot("alice", "sell", "60000", "1", stp="CN")

    assert market.spot("alice", "buy", "60000", "1")["dealSize"] == "1"


def test_other_users_trade_as_ever() -> None:
    """`stp` is about one's own orders only."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")

    assert market.spot("bob", "buy", "60000", "1", stp="CB")["dealSize"] == "1"


@pytest.mark.parametrize("mode", [None, "CO", "CB", "DC"])
def test_fill_or_kill_forces_cancel_newest(mode: str | None) -> None:
    """An order of its own in the way kills it, whatever mode it asks for; the one in the way stays."""
    market = Market()
    own = market.spot("alice", "sell", "60000", "1")["orderId"]
    market.spot("bob", "sell", "60000", "5")

    reply = market.spot("alice", "buy", "60000", "2", timeInForce="FOK", stp=mode)

    assert (reply["dealSize"], reply["canceledSize"]) == ("0", "2")
    assert market.order("alice", "spot", own).is_active


def test_market_order_pays_only_for_what_it_may_take() -> None:
    """Own sells that CO cancels cost nothing: the funds need to reach for the others alone."""
    market = Market()
    market.exchange.open_account("carol", {"trade": {"USDT": Decimal(60_060 * 2), "BTC": Decimal(5)}})
    market.spot("carol", "sell", "59000", "5")
    market.spot("bob", "sell", "60000", "2")
    args = {"symbol": BTC, "type": "market", "side": "buy", "size": "2", "stp": "CO"}

    assert market.data("carol", "spot.sync_order", args)["dealSize"] == "2"
    assert market.balance("carol", "trade", "USDT") == (0, 0)
    assert market.balance("carol", "trade", "BTC") == (7, 0)
