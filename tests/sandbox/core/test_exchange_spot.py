"""Spot orders, by example (KuCoin documentation, "Add Order", "Add Order Sync", "Modify Order", "Cancel Order")."""

from __future__ import annotations

import re
from decimal import Decimal

from core_support import SECOND, START, Market

BTC = "BTC-USDT"


def test_resting_buy_freezes_its_value_and_the_taker_fee() -> None:
    """A limit buy of 0.5 USDT freezes 0.5005, as in KuCoin's example of a balance."""
    market = Market()

    market.spot("alice", "buy", "50000", "0.00001")

    assert market.balance("alice", "trade", "USDT") == (Decimal("999999.4995"), Decimal("0.5005"))


def test_resting_sell_freezes_its_size() -> None:
    """A limit sell freezes base currency and nothing else."""
    market = Market()

    market.spot("alice", "sell", "70000", "0.25")

    assert market.balance("alice", "trade", "BTC") == (Decimal("9.75"), Decimal("0.25"))


def test_taker_trades_at_the_makers_price_and_both_pay_their_fee_in_quote() -> None:
    """Seller and buyer pay 0.1 % each; the buyer gets back what was frozen for the worse price."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")

    reply = market.spot("bob", "buy", "61000", "1")

    assert (reply["dealSize"], reply["remainSize"], reply["status"]) == ("1", "0", "done")
    assert market.balance("bob", "trade", "USDT") == (Decimal(1_000_000 - 60_060), Decimal(0))
    assert market.balance("alice", "trade", "USDT") == (Decimal(1_000_000 + 59_940), Decimal(0))
    assert market.balance("bob", "trade", "BTC") == (Decimal(11), Decimal(0))
    assert [fill.liquidity for uid in ("alice", "bob") for fill in market.exchange.fills(uid)] == [
        "maker",
        "taker",
    ]


def test_partly_filled_order_rests_with_the_remainder() -> None:
    """A synchronous order tells the sizes after its first matching."""
    market = Market()
    market.spot("alice", "sell", "60000", "0.4")

    reply = market.spot("bob", "buy", "60000", "1", clientOid="b-1")

    sizes = [reply[name] for name in ("originSize", "dealSize", "remainSize", "canceledSize", "status")]
    assert sizes == ["1", "0.4", "0.6", "0", "open"]
    assert reply["orderTime"] == reply["matchTime"] == market.now // 1_000_000


def test_async_order_is_only_named_in_its_answer() -> None:
    """`spot.order` answers with ids alone: 24 hexadecimal characters and the clientOid."""
    market = Market()
    args = {"symbol": BTC, "type": "limit", "side": "buy", "price": "1", "size": "1", "clientOid": "a"}

    data = market.data("alice", "spot.order", args)

    assert data.keys() == {"orderId", "clientOid"}
    assert re.fullmatch("[0-9a-f]{24}", str(data["orderId"]))
    assert data["clientOid"] == "a"


def test_immediate_or_cancel_never_rests() -> None:
    """What an IOC order does not get at once is cancelled."""
    market = Market()
    market.spot("alice", "sell", "60000", "0.4")

    reply = market.spot("bob", "buy", "60000", "1", timeInForce="IOC")

    assert (reply["dealSize"], reply["canceledSize"], reply["status"]) == ("0.4", "0.6", "done")
    assert market.balance("bob", "trade", "USDT")[1] == 0


def test_fill_or_kill_fills_whole_or_not_at_all() -> None:
    """A FOK order is accepted and cancelled if the book within its price is too thin."""
    market = Market()
    market.spot("alice", "sell", "60000", "0.4")
    market.spot("alice", "sell", "61000", "0.6")

    killed = market.spot("bob", "buy", "60000", "1", timeInForce="FOK")
    filled = market.spot("bob", "buy", "61000", "1", timeInForce="FOK")

    assert (killed["dealSize"], killed["canceledSize"]) == ("0", "1")
    assert market.order("bob", "spot", killed["orderId"]).cancel_reason == "FOK"
    assert (filled["dealSize"], filled["canceledSize"]) == ("1", "0")


def test_fill_or_kill_does_not_trade_with_its_owner() -> None:
    """FOK implies the self-trade prevention CN: an order of its own in the way kills it."""
    market = Market()
    market.spot("bob", "sell", "60000", "1")
    market.spot("alice", "sell", "60000", "1")

    assert market.spot("bob", "buy", "60000", "1", timeInForce="FOK")["canceledSize"] == "1"


def test_order_without_self_trade_prevention_trades_with_its_owner() -> None:
    """Without stp the two orders of one user fill each other, and the user loses both fees."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")

    assert market.spot("alice", "buy", "60000", "1")["dealSize"] == "1"
    assert market.balance("alice", "trade", "USDT") == (Decimal(1_000_000 - 120), Decimal(0))
    assert market.balance("alice", "trade", "BTC") == (Decimal(10), Decimal(0))


def test_post_only_that_would_take_is_canceled() -> None:
    """It is acknowledged, never executed, and done."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")

    reply = market.spot("bob", "buy", "60000", "1", postOnly=True)

    assert (reply["dealSize"], reply["canceledSize"], reply["status"]) == ("0", "1", "done")
    assert market.order("bob", "spot", reply["orderId"]).cancel_reason == "POST_ONLY"
    assert market.spot("bob", "buy", "59999.9", "1", postOnly=True)["status"] == "open"


def test_post_only_has_no_effect_on_immediate_orders() -> None:
    """KuCoin ignores postOnly on IOC and FOK."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")

    assert market.spot("bob", "buy", "60000", "1", postOnly=True, timeInForce="IOC")["dealSize"] == "1"


def test_good_till_time_order_expires() -> None:
    """A GTT order leaves the book when its time is over, not before, and gives back what it froze."""
    market = Market()
    reply = market.spot("alice", "buy", "50000", "1", timeInForce="GTT", cancelAfter=10)

    market.wait(9.999)
    assert market.order("alice", "spot", reply["orderId"]).is_active
    market.wait(0.001)

    order = market.order("alice", "spot", reply["orderId"])
    assert (order.is_active, order.cancel_reason, order.canceled_size) == (False, "ORDER_EXPIRED", 1)
    assert market.balance("alice", "trade", "USDT")[1] == 0


def test_expiry_has_its_own_time_however_far_the_clock_jumps() -> None:
    """An hour passes at once: each order ended when its time was over, and what comes next happens afterwards."""
    market = Market()
    ids = [
        market.spot("alice", "buy", "60000", "1", timeInForce="GTT", cancelAfter=seconds)["orderId"]
        for seconds in (120, 60)
    ]

    market.wait(3600)

    ends = [market.order("alice", "spot", order_id).updated_at for order_id in ids]
    assert ends == [START + 120 * SECOND, START + 60 * SECOND]
    later = market.spot("alice", "buy", "60000", "1")["orderId"]
    assert market.order("alice", "spot", later).created_at == START + 3600 * SECOND


def test_expired_order_cannot_be_hit_by_the_request_that_comes_after() -> None:
    """Time passes before an operation, even if nobody called `tick`."""
    market = Market()
    market.spot("alice", "sell", "60000", "1", timeInForce="GTT", cancelAfter=10)
    market.now += 10_000_000_000

    assert market.spot("bob", "buy", "60000", "1", timeInForce="IOC")["dealSize"] == "0"


def test_market_buy_by_funds_spends_them_with_its_fee() -> None:
    """Funds pay value and fee, in steps of the base increment; the rest is not spent and the order is filled."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")
    args = {"symbol": BTC, "type": "market", "side": "buy", "funds": "600.6"}

    reply = market.data("bob", "spot.sync_order", args)

    order = market.order("bob", "spot", reply["orderId"])
    assert (order.filled_size, order.filled_value, order.fee) == (
        Decimal("0.01"),
        Decimal(600),
        Decimal("0.6"),
    )
    assert (order.status.value, order.remaining_funds) == ("filled", Decimal("0.6"))
    assert market.balance("bob", "trade", "USDT") == (Decimal("999399.4"), Decimal(0))


def test_market_order_cancels_what_the_book_does_not_give() -> None:
    """A market order never rests, whether by size or by funds."""
    market = Market()
    market.spot("alice", "sell", "60000", "0.5")
    by_size = {"symbol": BTC, "type": "market", "side": "buy", "size": "0.6"}
    by_funds = {"symbol": BTC, "type": "market", "side": "buy", "funds": "100"}

    sized = market.data("bob", "spot.sync_order", by_size)
    funded = market.data("bob", "spot.sync_order", by_funds)

    assert (sized["dealSize"], sized["canceledSize"], sized["status"]) == ("0.5", "0.1", "done")
    order = market.order("bob", "spot", funded["orderId"])
    assert (order.status.value, order.canceled_funds) == ("canceled", 100)


def test_market_sell_by_funds_sells_until_it_has_them() -> None:
    """The base needed comes from the bids."""
    market = Market()
    market.spot("alice", "buy", "60000", "0.01")
    market.spot("alice", "buy", "55000", "1")
    args = {"symbol": BTC, "type": "market", "side": "sell", "funds": "1150"}

    assert market.data("bob", "spot.sync_order", args)["dealSize"] == "0.02"


def test_market_sell_by_funds_needs_the_base_it_will_sell() -> None:
    """0.01 at 60000 and 0.01 at 55000 are worth 1150: 0.02 suffices, and a little less does not."""
    market = Market()
    args = {"symbol": BTC, "type": "market", "side": "sell", "funds": "1150"}
    for uid, base in (("carol", "0.02"), ("dave", "0.01999999")):
        market.exchange.open_account(uid, {"trade": {"BTC": Decimal(base)}})
    market.spot("alice", "buy", "60000", "0.01")
    market.spot("alice", "buy", "55000", "1")

    assert market.do("dave", "spot.order", args).code == "200004"
    assert market.data("carol", "spot.sync_order", args)["dealSize"] == "0.02"


def test_modify_replaces_the_order_and_keeps_its_client_oid() -> None:
    """The answer names the new order and the clientOid; the old one is cancelled; the hold follows."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "1", clientOid="a")

    data = market.data("alice", "spot.modify", {"symbol": BTC, "clientOid": "a", "newPrice": "40000"})

    assert data["clientOid"] == "a"
    new = market.exchange.find_order("alice", "spot", symbol=BTC, client_oid="a")
    assert new is not None
    assert (new.order_id, new.terms.price, new.is_active) == (data["newOrderId"], 40000, True)
    assert market.order("alice", "spot", old["orderId"]).cancel_reason == "ALTER_ORDER_CANCEL_OLD_ORDER"
    assert market.balance("alice", "trade", "USDT")[1] == 40040


def test_modified_size_is_the_total_with_what_has_filled() -> None:
    """After 0.4 of 1 filled, a newSize of 0.7 leaves 0.3 to the new order."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "1")
    market.spot("bob", "sell", "50000", "0.4")

    data = market.data("alice", "spot.modify", {"symbol": BTC, "orderId": old["orderId"], "newSize": "0.7"})

    assert market.order("alice", "spot", data["newOrderId"]).remaining_size == Decimal("0.3")


def test_modify_to_less_than_has_filled_completes_the_order() -> None:
    """The rest is cancelled and no new order comes."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "1")
    market.spot("bob", "sell", "50000", "0.4")

    data = market.data("alice", "spot.modify", {"symbol": BTC, "orderId": old["orderId"], "newSize": "0.3"})

    assert data["newOrderId"] is None
    assert not market.order("alice", "spot", old["orderId"]).is_active
    assert len(market.exchange.orders("alice")) == 1


def test_refused_modify_leaves_the_old_order_alone() -> None:
    """A change that cannot be paid changes nothing."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "10")

    answer = market.do("alice", "spot.modify", {"symbol": BTC, "orderId": old["orderId"], "newSize": "30"})

    assert answer.code == "200004"
    assert market.order("alice", "spot", old["orderId"]).is_active


def test_modify_may_use_what_the_old_order_had_frozen() -> None:
    """Available alone would not pay for the new order; with the released hold it does."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "19")

    market.data("alice", "spot.modify", {"symbol": BTC, "orderId": old["orderId"], "newPrice": "50001"})

    assert market.balance("alice", "trade", "USDT")[1] == Decimal("50001") * 19 * Decimal("1.001")


def test_cancel_echoes_the_id_it_was_given() -> None:
    """By orderId the answer has the orderId, by clientOid the clientOid."""
    market = Market()
    first = market.spot("alice", "buy", "50000", "1", clientOid="a")
    market.spot("alice", "buy", "50000", "1", clientOid="b")

    by_id = market.data("alice", "spot.cancel", {"symbol": BTC, "orderId": first["orderId"]})
    by_client_oid = market.data("alice", "spot.cancel", {"symbol": BTC, "clientOid": "b"})

    assert (by_id, by_client_oid) == ({"orderId": first["orderId"]}, {"clientOid": "b"})


def test_sync_cancel_of_a_partly_filled_order_tells_both_sizes() -> None:
    """dealSize is what had filled, canceledSize the rest."""
    market = Market()
    market.spot("alice", "buy", "50000", "1", clientOid="a")
    market.spot("bob", "sell", "50000", "0.4")

    data = market.data("alice", "spot.sync_cancel", {"symbol": BTC, "clientOid": "a"})

    assert data == {
        "clientOid": "a",
        "originSize": "1",
        "dealSize": "0.4",
        "remainSize": "0",
        "canceledSize": "0.6",
        "status": "done",
    }


def test_client_oid_may_be_used_again_once_its_order_is_done() -> None:
    """Only active orders exclude a clientOid; a look-up then finds the newest."""
    market = Market()
    market.spot("alice", "buy", "50000", "1", clientOid="a")
    market.data("alice", "spot.cancel", {"symbol": BTC, "clientOid": "a"})

    second = market.spot("alice", "buy", "51000", "1", clientOid="a")

    found = market.exchange.find_order("alice", "spot", client_oid="a")
    assert found is not None
    assert found.order_id == second["orderId"]


def test_users_do_not_see_or_cancel_each_others_orders() -> None:
    """An orderId is good for its owner only."""
    market = Market()
    order_id = market.spot("alice", "buy", "50000", "1")["orderId"]

    assert market.do("bob", "spot.cancel", {"symbol": BTC, "orderId": order_id}).code == "400100"
    assert market.exchange.find_order("bob", "spot", order_id=str(order_id)) is None


def test_modify_to_what_has_filled_completes_the_order() -> None:
    """There is nothing left for a new order."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "1")
    market.spot("bob", "sell", "50000", "0.4")

    data = market.data("alice", "spot.modify", {"symbol": BTC, "orderId": old["orderId"], "newSize": "0.4"})

    assert data["newOrderId"] is None


def test_market_order_needs_funds_only_for_what_still_rests() -> None:
    """What was filled or cancelled at a price no longer counts when the cost of a market buy is looked up."""
    market = Market()
    market.exchange.open_account("carol", {"trade": {"USDT": Decimal(30_030)}})
    market.spot("alice", "sell", "60000", "1", clientOid="partly")
    market.spot("alice", "sell", "60000", "1", clientOid="gone")
    market.spot("bob", "buy", "60000", "0.5")
    market.data("alice", "spot.cancel", {"symbol": BTC, "clientOid": "gone"})
    args = {"symbol": BTC, "type": "market", "side": "buy", "size": "2"}

    assert market.data("carol", "spot.sync_order", args)["dealSize"] == "0.5"
    assert market.balance("carol", "trade", "USDT") == (0, 0)
