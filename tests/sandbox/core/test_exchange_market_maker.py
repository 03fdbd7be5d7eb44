"""The market maker, accounts, ids and time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import START, Market, check_laws

from kucoin_wsapi.sandbox.exchange import HOUSE, MARKET_MAKER, Exchange
from kucoin_wsapi.sandbox.orders import OrderView
from kucoin_wsapi.sandbox.symbols import SYMBOLS as PAIRS
from kucoin_wsapi.sandbox.symbols import SpotSymbol

SYMBOLS = ["BTC-USDT", "ETH-USDT", "XBTUSDTM", "ETHUSDTM"]


def quotes(exchange: Exchange, symbol: str, side: str) -> list[OrderView]:
    orders = [order for order in exchange.orders(MARKET_MAKER) if order.in_book]
    return [order for order in orders if (order.terms.symbol, order.terms.side) == (symbol, side)]


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_both_sides_of_each_market_are_filled(symbol: str, side: str) -> None:
    """Ten prices on each side of the reference price."""
    orders = quotes(Market(market_maker=True).exchange, symbol, side)

    assert len({order.terms.price for order in orders}) == len(orders) == 10


def test_what_was_taken_comes_back_at_once() -> None:
    """A second market order finds the same depth as the first."""
    market = Market(market_maker=True)
    args = {"symbol": "BTC-USDT", "type": "market", "side": "sell", "size": "5"}

    assert market.data("alice", "spot.sync_order", args)["dealSize"] == "5"
    assert market.data("alice", "spot.sync_order", args)["dealSize"] == "5"

    assert [order.filled_size for order in quotes(market.exchange, "BTC-USDT", "buy")] == [0] * 10
    check_laws(market.exchange, ["alice", "bob"])


def test_it_never_takes_a_users_order() -> None:
    """A user's buy above its asks rests, and those prices stay empty until the order is gone."""
    market = Market(market_maker=True)
    market.exchange.open_account("whale", {"trade": {"USDT": Decimal(10**9)}})
    reply = market.spot("whale", "buy", "67100", "500")
    assert reply["status"] == "open"
    filled = reply["dealSize"]

    market.wait(1)
    assert (
        market.data("whale", "spot.sync_cancel", {"symbol": "BTC-USDT", "orderId": reply["orderId"]})[
            "dealSize"
        ]
        == filled
    )
    assert quotes(market.exchange, "BTC-USDT", "sell") == []
    market.wait(1)
    assert len(quotes(market.exchange, "BTC-USDT", "sell")) == 10


def test_same_seed_gives_the_same_market() -> None:
    """Prices, sizes and ids; another seed gives others."""

    def snapshot(seed: int) -> list[tuple[str, Decimal | None, Decimal | None]]:
        exchange = Exchange(now=START, seed=seed)
        return [
            (order.order_id, order.terms.price, order.terms.size) for order in exchange.orders(MARKET_MAKER)
        ]

    assert snapshot(1) == snapshot(1)
    assert snapshot(1) != snapshot(2)


def test_order_ids_never_repeat() -> None:
    """Nor do trade ids of different trades."""
    market = Market(market_maker=True)
    args = {"symbol": "BTC-USDT", "type": "market", "side": "sell", "size": "0.01"}
    for _ in range(100):
        market.data("alice", "spot.order", args)
        market.futures("alice", "buy", None, 1)

    ids = [order.order_id for uid in ("alice", MARKET_MAKER) for order in market.exchange.orders(uid)]
    trades = [fill.trade_id for fill in market.exchange.fills("alice")]
    assert len(set(ids)) == len(ids)
    assert len(set(trades)) == len(trades) == 200


@pytest.mark.parametrize(
    ("uid", "deposits"),
    [
        (HOUSE, {}),
        (MARKET_MAKER, {}),
        ("alice", {"main": {"USDT": Decimal(1)}}),
        ("alice", {"trade": {"USDT": Decimal(-1)}}),
        ("alice", {"trade": {"USDT": Decimal("NaN")}}),
        ("alice", {"trade": {"USDT": Decimal("Infinity")}}),
    ],
)
def test_impossible_accounts_are_refused(uid: str, deposits: dict[str, dict[str, Decimal]]) -> None:
    """Names of the exchange itself, unknown accounts, amounts that are no amounts."""
    with pytest.raises(ValueError, match=r"."):
        Exchange(now=START).open_account(uid, deposits)


def test_fees_are_collected_by_the_house() -> None:
    """Both fees of a trade arrive there."""
    market = Market()
    market.spot("alice", "sell", "60000", "1")
    market.spot("bob", "buy", "60000", "1")

    assert market.balance(HOUSE, "trade", "USDT") == (120, 0)


def test_time_does_not_run_backwards() -> None:
    """A request with an older time is taken as one at the latest time."""
    market = Market()
    market.wait(10)
    market.now -= 5_000_000_000

    reply = market.spot("alice", "buy", "50000", "1")

    assert reply["orderTime"] == (START + 10_000_000_000) // 1_000_000


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.symbol)
def test_a_pair_at_a_price_has_the_steps_of_kucoins(pair: SpotSymbol) -> None:
    """Those of the two that are always there, which are KuCoin's own."""
    made = SpotSymbol.at(pair.symbol, pair.reference_price)

    assert made.price_increment == pair.price_increment
    assert (made.base_increment, made.base_min_size) == (pair.base_increment, pair.base_min_size)
