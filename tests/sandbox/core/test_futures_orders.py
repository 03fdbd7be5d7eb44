"""Options of futures orders that the shared matching gives them (KuCoin documentation, "Add Order" of futures)."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from core_support import RICH, START, Market, check_laws

from kucoin_wsapi.sandbox.contracts import CONTRACTS
from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.futures_codes import FUTURES_CODES
from kucoin_wsapi.sandbox.records import futures_record
from kucoin_wsapi.sandbox.refusals import UTA_CODES, Reason
from kucoin_wsapi.sandbox.venue import Switches

XBT = "XBTUSDTM"
MAKER, TAKER = Decimal("0.0002"), Decimal("0.0006")


def fees(market: Market, uid: str) -> list[Decimal]:
    return [fill.fee_rate for fill in market.exchange.fills(uid)]


def test_maker_and_taker_pay_their_own_rates_in_the_settle_currency() -> None:
    """0.02 % and 0.06 % of the value."""
    market = Market()
    market.futures("bob", "sell", "67000", 10)

    market.futures("alice", "buy", "67000", 10)

    (made,), (taken,) = market.exchange.fills("bob"), market.exchange.fills("alice")
    assert (made.fee, made.liquidity, made.fee_currency) == (670 * MAKER, "maker", "USDT")
    assert (taken.fee, taken.liquidity, taken.fee_currency) == (670 * TAKER, "taker", "USDT")


@pytest.mark.parametrize("concealed", [{"hidden": True}, {"iceberg": True, "visibleSize": "2"}])
def test_hidden_and_iceberg_orders_pay_the_taker_fee_even_as_maker(concealed: dict[str, object]) -> None:
    """And both sides are shown as takers."""
    market = Market()
    resting = market.futures("bob", "sell", "67000", 10, **concealed)
    assert futures_record(resting)["hidden"] is ("hidden" in concealed)
    assert futures_record(resting)["iceberg"] is ("iceberg" in concealed)

    order = market.futures("alice", "buy", "67000", 10)

    assert order.filled_size == 10
    assert set(fees(market, "bob")) == set(fees(market, "alice")) == {TAKER}
    assert {fill.liquidity for fill in market.exchange.fills("bob")} == {"taker"}


def test_iceberg_shows_its_visible_lots_and_lets_others_at_its_price_trade_between() -> None:
    """Of 10 lots 4 show; who came later trades before the next 4."""
    market = Market()
    iceberg = market.futures("bob", "sell", "67000", 10, iceberg=True, visibleSize="4")
    assert futures_record(iceberg)["visibleSize"] == 4
    plain = market.futures("bob", "sell", "67000", 5)

    market.futures("alice", "buy", "67000", 9)

    assert market.order("bob", "futures", iceberg.order_id).filled_size == 4
    assert market.order("bob", "futures", plain.order_id).filled_size == 5


def test_iceberg_wins_over_hidden() -> None:
    """If both are asked for."""
    order = Market().futures("bob", "sell", "67000", 10, iceberg=True, hidden=True, visibleSize=4)

    assert (order.terms.iceberg, order.terms.hidden) == (True, False)


@pytest.mark.parametrize("option", [{"postOnly": True}, {"timeInForce": "RPI"}])
def test_order_that_only_makes_is_cancelled_if_it_would_take(option: dict[str, object]) -> None:
    """Acknowledged, then cancelled as a whole; an order that rests trades like any other and pays the maker fee."""
    market = Market()
    market.futures("bob", "sell", "67000", 5)

    crossing = market.futures("alice", "buy", "67000", 10, **option)
    resting = market.futures("alice", "buy", "66900", 5, **option)
    market.futures("bob", "sell", "66900", 5)

    assert (crossing.filled_size, crossing.cancel_reason, crossing.hold) == (0, "POST_ONLY", 0)
    assert resting.terms.time_in_force == option.get("timeInForce", "GTC")
    assert fees(market, "alice") == [MAKER]


def test_post_only_order_that_would_take_can_be_refused_instead() -> None:
    """The switch for what the documentation says in two ways; only visible orders count."""
    exchange = Exchange(now=START, market_maker=False, switches=Switches(refuse_post_only=True))
    for uid in ("alice", "bob"):
        exchange.open_account(uid, {"futures": {"USDT": Decimal(10_000)}})
    ask = {"symbol": XBT, "side": "sell", "price": "67000", "size": 5, "leverage": 10, "clientOid": "a"}
    bid = {**ask, "side": "buy", "postOnly": True}
    exchange.execute(
        "bob", "futures.order", {**ask, "price": "66900", "hidden": True, "clientOid": "h"}, START
    )
    exchange.execute("bob", "futures.order", ask, START)

    assert exchange.execute("alice", "futures.order", {**bid, "size": 6}, START).code == "100001"
    assert exchange.orders("alice") == ()
    assert exchange.execute("alice", "futures.order", bid, START).code == "200000"
    assert exchange.orders("alice")[0].filled_size == 5


@pytest.mark.parametrize(
    ("mode", "taker", "maker"),
    [("CN", (0, "STP"), True), ("CO", (5, None), False), ("CB", (0, "STP"), False)],
)
def test_self_trade_prevention_is_that_of_the_taker(
    mode: str, taker: tuple[int, str | None], maker: bool
) -> None:
    """CN cancels the new order, CO the old one, CB both; no order of one's own is traded with."""
    market = Market()
    own = market.futures("alice", "sell", "67000", 5, stp="CB" if mode != "CB" else "CN")
    market.futures("bob", "sell", "67000", 5)

    order = market.futures("alice", "buy", "67000", 5, stp=mode)

    assert (order.filled_size, order.cancel_reason) == taker
    assert market.order("alice", "futures", own.order_id).is_active == maker
    assert futures_record(order)["stp"] == mode
    check_laws(market.exchange, ["alice", "bob"])


SUBS = {"first": "master", "second": "master", "stranger": None}


def market_of_sub_accounts() -> Market:
    """Three accounts, of which two belong to one master."""
    market = Market()
    for uid, master in SUBS.items():
        market.exchange.open_account(uid, RICH, master=master)
    return market


@pytest.mark.parametrize(("maker", "filled"), [("second", 0), ("master", 0), ("stranger", 5)])
def test_sub_accounts_of_one_master_are_one_to_self_trade_prevention(maker: str, filled: int) -> None:
    """KuCoin documentation, "Add Order" (futures, `stp`): a market order is stopped by the family's own as well."""
    market = market_of_sub_accounts()
    market.exchange.open_account("master", RICH)
    resting = market.futures(maker, "sell", "67000", 5)

    order = market.futures("first", "buy", None, 5, stp="CN")

    assert order.filled_size == filled
    assert market.order(maker, "futures", resting.order_id).filled_size == filled
    check_laws(market.exchange, [*SUBS, "master"])


def test_fill_or_kill_order_is_killed_by_an_order_of_its_family() -> None:
    """FOK forces CN, on futures of a unified account as elsewhere."""
    market = market_of_sub_accounts()
    market.futures("second", "sell", "67000", 5)
    args = {
        "tradeType": "FUTURES",
        "symbol": XBT,
        "side": "BUY",
        "orderType": "LIMIT",
        "price": "67000",
        "size": "5",
        "timeInForce": "FOK",
        "clientOid": "u",
    }

    order_id = market.data("first", "uta.order", args)["orderId"]

    order = market.order("first", "futures", order_id)
    assert (order.filled_size, order.cancel_reason) == (0, "FOK")


def test_sub_accounts_trade_with_each_other_on_spot() -> None:
    """There self-trade prevention is about one account."""
    market = market_of_sub_accounts()
    market.spot("second", "sell", "60000", "1")

    assert market.spot("first", "buy", "60000", "1", stp="CN")["dealSize"] == "1"


def test_without_self_trade_prevention_one_trades_with_oneself() -> None:
    """The position stays what it was; both fees are paid."""
    market = Market()
    market.futures("alice", "sell", "67000", 5)

    order = market.futures("alice", "buy", "67000", 5)

    assert order.filled_size == 5
    (position,) = market.exchange.positions("alice")
    assert (position.size, position.realised_pnl) == (0, 0)
    assert position.fees == 335 * (MAKER + TAKER)


def test_ioc_cancels_what_it_cannot_trade_at_once() -> None:
    """The rest never reaches the book."""
    market = Market()
    market.futures("bob", "sell", "67000", 5)

    order = market.futures("alice", "buy", "67000", 8, timeInForce="IOC")

    assert (order.filled_size, order.canceled_size, order.cancel_reason) == (5, 3, "IOC")
    assert market.balance("alice", "futures", "USDT")[1] == 0


def test_price_band_moves_with_the_mark_price() -> None:
    """Five per cent above it for buys, below it for sells (`buyLimit`, `sellLimit`)."""
    market = Market()
    args = {"symbol": XBT, "side": "buy", "price": "84000", "size": 1, "leverage": 5, "clientOid": "b"}
    assert market.do("alice", "futures.order", args).code == "300011"

    market.exchange.set_prices(XBT, market.now, mark=Decimal(80_000))

    assert market.do("alice", "futures.order", args).code == "200000"
    refused = market.do("alice", "futures.order", {**args, "price": "84000.1", "clientOid": "c"})
    assert (refused.code, refused.message) == ("300011", "The price is higher than 84000.")
    low = market.do("alice", "futures.order", {**args, "side": "sell", "price": "75999.9", "clientOid": "d"})
    assert (low.code, low.message) == ("300012", "The price is lower than 76000.")


def test_value_of_a_market_order_is_counted_at_the_mark_price() -> None:
    """valueQty over price and multiplier, rounded down; a market order has no price of its own."""
    market = Market(market_maker=True)
    args = {
        "symbol": XBT,
        "side": "buy",
        "type": "market",
        "valueQty": "160",
        "leverage": 5,
        "clientOid": "v",
    }
    market.exchange.set_prices(XBT, market.now, mark=Decimal(80_000))

    placed = market.data("alice", "futures.order", args)

    assert market.order("alice", "futures", placed["orderId"]).filled_size == 2


def test_every_reason_a_futures_order_can_be_refused_for_has_a_code() -> None:
    """Reasons of spot and margin apart."""
    elsewhere = {
        Reason.TRADE_TYPE,
        Reason.FUNDS_TOO_SMALL,
        Reason.FUNDS_BELOW_MINIMUM,
        Reason.FUNDS_TOO_LARGE,
        Reason.FUNDS_STEP,
    }
    batch_and_modes = {Reason.ORDER_OR_POSITION, Reason.CROSS_LEVERAGE_IN_ISOLATED_MODE}
    rest_only = {Reason.TOO_MANY_STOP_ORDERS}

    assert not (set(FUTURES_CODES) & elsewhere)
    assert set(FUTURES_CODES) - batch_and_modes - rest_only <= set(UTA_CODES)


def test_market_maker_quotes_on_whatever_it_has_sold() -> None:
    """No risk limit of the contract ends its quotes."""
    contracts = [attrs.evolve(contract, max_risk_limit=Decimal(1000)) for contract in CONTRACTS]
    exchange = Exchange(contracts=contracts, now=START)
    exchange.open_account("alice", RICH)
    assert exchange.futures.set_margin_mode("alice", XBT, "CROSS").code == "200000"
    args = {"symbol": XBT, "side": "buy", "type": "market", "size": 2000, "marginMode": "CROSS"}

    for name in ("a", "b", "c"):
        assert exchange.execute("alice", "futures.order", {**args, "clientOid": name}, START).code == "200000"

    assert [order.filled_size for order in exchange.orders("alice")] == [2000] * 3
