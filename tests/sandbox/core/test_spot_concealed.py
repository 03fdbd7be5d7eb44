"""Hidden and iceberg orders, and who pays which fee (KuCoin documentation, "Add Order", "Get Trade History")."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from core_support import START, Market

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.orders import Fill
from kucoin_wsapi.sandbox.symbols import SYMBOLS

BTC = "BTC-USDT"
CHEAP_TO_MAKE = attrs.evolve(
    SYMBOLS[0], maker_fee_coefficient=Decimal("0.50"), taker_fee_coefficient=Decimal("2.00")
)
MAKER, TAKER = Decimal("0.0005"), Decimal("0.002")


def with_two_fees() -> Market:
    """A market whose makers pay a quarter of what its takers pay."""
    market = Market()
    market.exchange.replace_symbol(CHEAP_TO_MAKE)
    return market


def only_fill(market: Market, uid: str) -> Fill:
    (fill,) = market.exchange.fills(uid)
    return fill


def test_hidden_order_trades_but_does_not_show() -> None:
    """The depth tells nothing of it; a taker finds it."""
    market = Market()
    market.spot("alice", "sell", "60000", "1", hidden=True)
    market.spot("alice", "sell", "60001", "2")

    assert market.exchange.depth(BTC, "sell") == ((60001, 2),)
    assert market.spot("bob", "buy", "60000", "1")["dealSize"] == "1"


def test_hidden_order_comes_after_all_that_shows_at_its_price() -> None:
    """Even if it was there first."""
    market = Market()
    hidden = market.spot("alice", "sell", "60000", "1", hidden=True)["orderId"]
    shown = market.spot("alice", "sell", "60000", "1")["orderId"]

    market.spot("bob", "buy", "60000", "1")

    assert market.order("alice", "spot", shown).status.value == "filled"
    assert market.order("alice", "spot", hidden).filled_size == 0


def test_iceberg_shows_a_part_and_refills_it_at_the_back_of_the_queue() -> None:
    """The next part shows once the first is filled, and waits behind who came meanwhile."""
    market = Market()
    iceberg = market.spot("alice", "sell", "60000", "1", iceberg=True, visibleSize="0.4")["orderId"]
    later = market.spot("alice", "sell", "60000", "0.3")["orderId"]
    assert market.exchange.depth(BTC, "sell") == ((60000, Decimal("0.7")),)

    market.spot("bob", "buy", "60000", "0.5")

    assert market.order("alice", "spot", iceberg).filled_size == Decimal("0.4")
    assert market.order("alice", "spot", later).filled_size == Decimal("0.1")
    assert market.exchange.depth(BTC, "sell") == ((60000, Decimal("0.6")),)


def test_whole_iceberg_can_be_taken_at_once() -> None:
    """Part after part: 0.4, 0.4 and 0.2."""
    market = Market()
    market.spot("alice", "sell", "60000", "1", iceberg=True, visibleSize="0.4")

    assert market.spot("bob", "buy", "60000", "1", timeInForce="FOK")["dealSize"] == "1"
    sizes = [fill.size for fill in market.exchange.fills("bob")]
    assert sizes == [Decimal("0.4"), Decimal("0.4"), Decimal("0.2")]
    assert market.exchange.depth(BTC, "sell") == ()


def test_iceberg_wins_over_hidden() -> None:
    """An order with both flags is an iceberg."""
    market = Market()

    market.spot("alice", "sell", "60000", "1", iceberg=True, hidden=True, visibleSize="0.1")

    assert market.exchange.depth(BTC, "sell") == ((60000, Decimal("0.1")),)


def test_plain_maker_and_taker_pay_their_rates() -> None:
    """Base rate times the coefficient of the symbol for each side."""
    market = with_two_fees()
    market.spot("alice", "sell", "60000", "1")
    market.spot("bob", "buy", "60000", "1")

    maker, taker = only_fill(market, "alice"), only_fill(market, "bob")
    assert (maker.fee_type, maker.liquidity, maker.fee) == ("makerFee", "maker", 60000 * MAKER)
    assert (taker.fee_type, taker.liquidity, taker.fee) == ("takerFee", "taker", 60000 * TAKER)


@pytest.mark.parametrize("concealed", [{"hidden": True}, {"iceberg": True, "visibleSize": "1"}])
def test_resting_concealed_order_pays_as_a_taker(concealed: dict[str, object]) -> None:
    """Both sides of such a trade are shown as takers and charged as such."""
    market = with_two_fees()
    market.spot("alice", "sell", "60000", "1", **concealed)
    market.spot("bob", "buy", "60000", "1")

    for uid in ("alice", "bob"):
        fill = only_fill(market, uid)
        assert (fill.fee_type, fill.liquidity, fill.fee) == ("takerFee", "taker", 60000 * TAKER)
        assert fill.force_taker == (uid == "alice")


def test_maker_that_a_hidden_order_takes_is_shown_as_taker_and_pays_as_maker() -> None:
    """For the fee only feeType counts."""
    market = with_two_fees()
    market.spot("alice", "sell", "60000", "1")
    market.spot("bob", "buy", "60000", "1", hidden=True)

    fill = only_fill(market, "alice")
    assert (fill.fee_type, fill.liquidity, fill.force_taker) == ("makerFee", "taker", False)


def test_post_only_that_meets_hidden_orders_alone_executes_as_a_maker() -> None:
    """The hidden side pays the taker fee."""
    market = with_two_fees()
    market.spot("alice", "sell", "60000", "1", hidden=True)

    reply = market.spot("bob", "buy", "60000", "1", postOnly=True)

    assert reply["dealSize"] == "1"
    assert only_fill(market, "bob").fee == 60000 * MAKER
    assert only_fill(market, "alice").fee == 60000 * TAKER


def test_post_only_is_canceled_before_any_fill_if_a_visible_order_is_among_those_it_meets() -> None:
    """The hidden order that comes first is left alone too."""
    market = Market()
    market.spot("alice", "sell", "60000", "1", hidden=True)
    market.spot("alice", "sell", "60001", "1")

    canceled = market.spot("bob", "buy", "60001", "2", postOnly=True)
    executed = market.spot("bob", "buy", "60001", "1", postOnly=True)

    assert (canceled["dealSize"], canceled["canceledSize"]) == ("0", "2")
    assert executed["dealSize"] == "1"


def test_market_orders_pay_the_taker_fee() -> None:
    """Whatever they meet."""
    market = with_two_fees()
    market.spot("alice", "sell", "60000", "1")
    market.data("bob", "spot.order", {"symbol": BTC, "type": "market", "side": "buy", "size": "1"})

    assert only_fill(market, "bob").fee == 60000 * TAKER


def test_what_was_frozen_for_the_taker_fee_comes_back_to_a_maker() -> None:
    """A resting buy freezes the taker fee and pays the maker fee."""
    market = with_two_fees()
    market.spot("bob", "buy", "60000", "1")
    assert market.balance("bob", "trade", "USDT")[1] == 60000 * (1 + TAKER)

    market.spot("alice", "sell", "60000", "1")

    assert market.balance("bob", "trade", "USDT") == (1_000_000 - 60000 * (1 + MAKER), 0)


def test_tiny_rest_that_fills_leave_is_canceled() -> None:
    """Below 0.00000001, on a pair whose increments allow such sizes; on either side of the trade."""
    fine = attrs.evolve(SYMBOLS[0], base_increment=Decimal("1E-10"))
    exchange = Exchange(now=START, symbols=[fine], contracts=[], market_maker=False)
    for uid in ("alice", "bob"):
        exchange.open_account(uid, {"trade": {"USDT": Decimal(10**6), "BTC": Decimal(10)}})
    order = {"symbol": BTC, "type": "limit", "price": "60000", "side": "sell", "size": "0.0100000099"}

    exchange.execute("alice", "spot.order", order, START)
    exchange.execute("bob", "spot.order", {**order, "side": "buy", "size": "0.01"}, START)

    (rest,) = exchange.orders("alice")
    assert (rest.status.value, rest.cancel_reason) == ("canceled", "ZERO_SIZE")
    assert rest.canceled_size == Decimal("0.0000000099")
    assert all(not balance.hold for balance in exchange.balances("alice"))
