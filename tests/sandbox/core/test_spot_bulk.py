"""What REST alone can do to spot orders (KuCoin documentation, "Cancel Partial Order", "Cancel All Orders",
"Batch Add Orders", "Add Order Test")."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from core_support import Market

from kucoin_wsapi.sandbox.symbols import SYMBOLS

BTC, ETH = "BTC-USDT", "ETH-USDT"
LIMIT = {"symbol": BTC, "type": "limit", "side": "buy", "price": "50000", "size": "1"}
ETH_LIMIT = {**LIMIT, "symbol": ETH, "price": "2000"}


def test_partial_cancel_keeps_the_place_in_the_queue() -> None:
    """The rest of the order still fills first, and what was cancelled is released."""
    market = Market()
    first = market.spot("alice", "sell", "60000", "1")["orderId"]
    market.spot("bob", "sell", "60000", "1")

    data = market.data("alice", "spot.cancel_size", {"symbol": BTC, "orderId": first, "cancelSize": "0.4"})
    market.spot("bob", "buy", "60000", "0.5")

    assert data == {"orderId": first, "cancelSize": "0.4"}
    order = market.order("alice", "spot", first)
    assert (order.filled_size, order.canceled_size, order.remaining_size) == (
        Decimal("0.5"),
        Decimal("0.4"),
        Decimal("0.1"),
    )
    assert market.balance("alice", "trade", "BTC") == (Decimal("9.4"), Decimal("0.1"))


def test_partial_cancel_of_all_that_remains_ends_the_order() -> None:
    """With the reason that any cancel by its owner has."""
    market = Market()
    market.spot("alice", "buy", "50000", "1", clientOid="a")

    market.data("alice", "spot.cancel_size", {"symbol": BTC, "clientOid": "a", "cancelSize": "1"})

    (order,) = market.exchange.orders("alice")
    assert (order.is_active, order.cancel_reason, order.canceled_size) == (False, "USER", 1)


@pytest.mark.parametrize(
    ("size", "code"), [("1.1", "400100"), (None, "400100"), ("0", "400100"), ("0.000000001", "600100")]
)
def test_partial_cancel_of_an_impossible_size_is_refused(size: str | None, code: str) -> None:
    """More than there is, nothing at all, or off the increment."""
    market = Market()
    order_id = market.spot("alice", "buy", "50000", "1")["orderId"]

    answer = market.do("alice", "spot.cancel_size", {"symbol": BTC, "orderId": order_id, "cancelSize": size})

    assert answer.code == code
    assert market.order("alice", "spot", order_id).remaining_size == 1


def test_partial_cancel_of_an_iceberg_takes_what_does_not_show_first() -> None:
    """Of 1 with 0.4 shown, cancelling 0.6 leaves the shown part; 0.2 more shrinks it."""
    market = Market()
    args = {"symbol": BTC, "clientOid": "ice"}
    market.spot("alice", "sell", "60000", "1", iceberg=True, visibleSize="0.4", clientOid="ice")

    market.data("alice", "spot.cancel_size", {**args, "cancelSize": "0.6"})
    assert market.exchange.depth(BTC, "sell") == ((60000, Decimal("0.4")),)
    market.data("alice", "spot.cancel_size", {**args, "cancelSize": "0.2"})

    assert market.exchange.depth(BTC, "sell") == ((60000, Decimal("0.2")),)


def test_modify_does_not_bring_back_what_was_canceled() -> None:
    """A new price alone moves what remains."""
    market = Market()
    market.spot("alice", "buy", "50000", "1", clientOid="a")
    market.data("alice", "spot.cancel_size", {"symbol": BTC, "clientOid": "a", "cancelSize": "0.4"})

    data = market.data("alice", "spot.modify", {"symbol": BTC, "clientOid": "a", "newPrice": "49000"})

    assert market.order("alice", "spot", data["newOrderId"]).remaining_size == Decimal("0.6")


def test_cancel_of_a_symbol_spares_other_pairs_users_and_margin() -> None:
    """One pair, one user, spot."""
    market = Market()
    for uid in ("alice", "bob"):
        market.data(uid, "spot.order", LIMIT)
        market.data(uid, "spot.order", ETH_LIMIT)
        market.data(uid, "margin.order", {**LIMIT, "clientOid": "m"})

    answer = market.do("alice", "spot.cancel_symbol", {"symbol": BTC})

    assert answer.data == "success"
    assert [order.terms.symbol for order in market.exchange.open_orders("alice", "spot")] == [ETH]
    assert len(market.exchange.open_orders("alice", "margin")) == 1
    assert len(market.exchange.open_orders("bob", "spot", symbol=BTC)) == 1


def test_cancel_of_everything_tells_which_pairs_it_touched() -> None:
    """A pair whose cancels are suspended is named among those that failed."""
    market = Market()
    market.data("alice", "spot.order", LIMIT)
    market.data("alice", "spot.order", ETH_LIMIT)
    market.exchange.replace_symbol(attrs.evolve(SYMBOLS[1], enable_canceling=False))

    answer = market.do("alice", "spot.cancel_all", {})

    assert answer.data == {"succeedSymbols": [BTC], "failedSymbols": [ETH]}
    assert [order.terms.symbol for order in market.exchange.open_orders("alice", "spot")] == [ETH]
    assert market.do("alice", "spot.cancel_all", {}).data == {"succeedSymbols": [], "failedSymbols": [ETH]}


def test_cancel_of_margin_orders_goes_by_their_kind() -> None:
    """MARGIN_TRADE is cross, MARGIN_ISOLATED_TRADE isolated."""
    market = Market()
    market.exchange.open_account("alice", {"isolated:BTC-USDT": {"USDT": Decimal(100_000)}})
    cross = market.data("alice", "margin.order", {**LIMIT, "clientOid": "c"})["orderId"]
    isolated = market.data("alice", "margin.order", {**LIMIT, "clientOid": "i", "isIsolated": True})[
        "orderId"
    ]

    args = {"symbol": BTC, "tradeType": "MARGIN_ISOLATED_TRADE"}
    assert market.do("alice", "margin.cancel_symbol", args).data == "success"

    assert market.order("alice", "margin", cross).is_active
    assert not market.order("alice", "margin", isolated).is_active


def test_batch_judges_each_order_alone() -> None:
    """Limit orders only; a refused one has its text where the others have their ids."""
    market = Market()
    items = [
        {**LIMIT, "clientOid": "a"},
        {**LIMIT, "price": "1", "size": "0.09"},
        {"symbol": BTC, "type": "market", "side": "buy", "size": "1"},
        "garbage",
        {**LIMIT, "clientOid": "b"},
    ]

    data = market.do("alice", "spot.multi_order", {"orderList": items}).data

    assert isinstance(data, list)
    assert [item["success"] for item in data] == [True, False, False, False, True]
    assert data[1] == {"success": False, "failMsg": "The order funds should more then 0.1 USDT."}
    assert data[0].keys() == {"orderId", "clientOid", "success"}
    assert len(market.exchange.open_orders("alice", "spot")) == 2


def test_synchronous_batch_tells_of_the_matching() -> None:
    """Each item as `spot.sync_order` would answer."""
    market = Market()
    market.spot("bob", "sell", "50000", "0.4")

    data = market.do("alice", "spot.multi_sync_order", {"orderList": [LIMIT]}).data

    assert isinstance(data, list)
    names = ["dealSize", "remainSize", "status", "success"]
    assert [data[0][name] for name in names] == ["0.4", "0.6", "open", True]


@pytest.mark.parametrize(
    "args", [{}, {"orderList": []}, {"orderList": [LIMIT] * 6}, {"orderList": LIMIT}, []]
)
def test_batch_of_another_size_is_refused(args: object) -> None:
    """One to five orders."""
    assert Market().do("alice", "spot.multi_order", args).code == "400100"


@pytest.mark.parametrize(("op", "code"), [("spot.test_order", "200004"), ("margin.test_order", "126013")])
def test_test_order_is_judged_as_an_order_and_leaves_nothing(op: str, code: str) -> None:
    """Balance included; the id in its answer finds nothing."""
    market = Market()
    args = {**LIMIT, "clientOid": "t"}

    data = market.data("alice", op, args)

    assert data["clientOid"] == "t"
    assert market.exchange.find_order("alice", op.split(".")[0], order_id=str(data["orderId"])) is None
    assert market.exchange.orders("alice") == ()
    assert market.do("alice", op, {**args, "size": "1000"}).code == code
