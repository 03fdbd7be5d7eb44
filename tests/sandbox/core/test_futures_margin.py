"""Isolated and cross margin, leverage and the account's figures (KuCoin documentation, positions and accounts)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import Market

from kucoin_wsapi.sandbox.futures_views import Position

XBT = "XBTUSDTM"
INVERSE = "XBTUSDM"
TAKER = Decimal("0.0006")


def cross_market() -> Market:
    """Alice in cross margin mode, leverage 3 as nobody has chosen another."""
    market = Market()
    assert market.exchange.futures.set_margin_mode("alice", XBT, "CROSS").code == "200000"
    return market


def position(market: Market, uid: str) -> Position:
    (only,) = market.exchange.futures.positions(uid)
    return only


def available(market: Market, uid: str, currency: str = "USDT") -> Decimal:
    return market.exchange.futures.account(uid, currency).available_balance


def set_mark(market: Market, price: str, symbol: str = XBT) -> None:
    market.exchange.set_prices(symbol, market.now, mark=Decimal(price))


def test_isolated_position_of_kucoins_example() -> None:
    """ "Get Position Details": value 91.6945 at 5 times leverage is 18.3389 of margin and 0.06602004 for closing."""
    market = Market()
    set_mark(market, "91694.5")
    market.futures("bob", "sell", "91694.5", 1)

    market.futures("alice", "buy", "91694.5", 1, leverage=5)

    opened = position(market, "alice")
    assert (opened.entry_value, opened.initial_margin, opened.closing_fee) == (
        Decimal("91.6945"),
        Decimal("18.3389"),
        Decimal("0.06602004"),
    )
    assert opened.margin == Decimal("18.3389") + Decimal("0.06602004")


def test_cross_account_of_a_captured_wallet() -> None:
    """One lot bought at 115549.8 and marked at 115537.02 with 3 times leverage, as the exchange was seen to report it.

    Wallet 99.944536096, unrealised -0.01278, margin 38.51234, equity 99.931756096, available 61.419416096.
    """
    market = Market()
    set_mark(market, "115537.02")
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal("100.013865976")}})
    market.exchange.futures.set_margin_mode("carol", XBT, "CROSS")
    market.futures("bob", "sell", "115549.8", 1)

    market.futures("carol", "buy", "115600", 1, marginMode="CROSS")

    account = market.exchange.futures.account("carol", "USDT")
    assert account.wallet_balance == Decimal("99.944536096")
    assert account.unrealised_pnl == Decimal("-0.01278")
    assert account.equity == Decimal("99.931756096")
    assert account.position_margin == Decimal("38.51234")
    assert account.available_balance == Decimal("61.419416096")
    held = position(market, "carol")
    assert (held.margin_mode, held.leverage, held.margin) == ("CROSS", 3, 0)
    assert (held.entry_price, held.initial_margin) == (Decimal("115549.8"), Decimal("38.51234"))
    assert held.maintenance_margin == Decimal("115.53702") * Decimal("0.004")
    assert account.risk_ratio == (held.maintenance_margin / account.equity).quantize(Decimal("1E-8"))


def test_cross_order_holds_margin_at_the_cross_leverage_and_the_opening_fee() -> None:
    """The leverage of the order does not count; nothing is reserved for closing."""
    market = cross_market()

    order = market.futures("alice", "buy", "60000", 10, leverage=20, marginMode="CROSS")

    assert order.terms.leverage == 3
    assert order.hold == Decimal(200) + 600 * TAKER
    account = market.exchange.futures.account("alice", "USDT")
    assert account.order_margin == order.hold
    assert account.equity == 1_000_000
    assert account.available_balance == 1_000_000 - order.hold


def test_unrealised_profit_of_a_cross_position_opens_more_and_a_loss_less() -> None:
    """What is available moves with the mark price; isolated positions leave it alone."""
    market = cross_market()
    market.futures("bob", "sell", "67000", 100)
    market.futures("alice", "buy", "67000", 100, marginMode="CROSS")
    at_entry = available(market, "alice")
    isolated = available(market, "bob")

    set_mark(market, "70000")
    assert available(market, "alice") == at_entry + 300 - 100
    set_mark(market, "64000")
    assert available(market, "alice") == at_entry - 300 + 100

    assert available(market, "bob") == isolated


def test_cross_losses_are_limited_by_nothing_but_orders_are_refused() -> None:
    """Without liquidation the available balance goes below zero; what needs margin is refused, closing is not."""
    market = Market()
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal(100)}})
    market.exchange.futures.set_margin_mode("carol", XBT, "CROSS")
    market.futures("bob", "sell", "67000", 4)
    market.futures("carol", "buy", "67000", 4, marginMode="CROSS")
    market.futures("bob", "buy", "40000", 4, clientOid="bid")

    set_mark(market, "41000")

    assert available(market, "carol") < 0
    opening = {
        "symbol": XBT,
        "side": "buy",
        "price": "40000",
        "size": 1,
        "clientOid": "o",
        "marginMode": "CROSS",
    }
    assert market.do("carol", "futures.order", opening).code == "330008"
    closed = market.futures("carol", "sell", None, 4, reduceOnly=True, marginMode="CROSS")
    assert closed.filled_size == 4
    fees = (Decimal(268) + Decimal(160)) * TAKER
    assert market.balance("carol", "futures", "USDT") == (100 - 108 - fees, 0)


def test_leverage_of_an_isolated_order_is_remembered_for_the_position() -> None:
    """An order without one uses that of the position, the first of all uses 1."""
    market = Market()
    args = {"symbol": XBT, "side": "buy", "price": "60000", "size": 10}

    first = market.data("alice", "futures.order", {**args, "clientOid": "1"})["orderId"]
    market.futures("bob", "sell", "67000", 1)
    market.futures("alice", "buy", "67000", 1, leverage=25)
    second = market.data("alice", "futures.order", {**args, "clientOid": "2"})["orderId"]

    assert market.order("alice", "futures", first).terms.leverage == 1
    assert market.order("alice", "futures", second).terms.leverage == 25


def test_cross_leverage_applies_to_orders_and_positions_that_are_there() -> None:
    """Twice the leverage is half the margin."""
    market = cross_market()
    desk = market.exchange.futures
    market.futures("bob", "sell", "67000", 30)
    market.futures("alice", "buy", "67000", 30, marginMode="CROSS")
    resting = market.futures("alice", "buy", "60000", 30, marginMode="CROSS")

    answer = desk.set_cross_leverage("alice", XBT, 6)

    assert (answer.code, answer.data) == ("200000", {"symbol": XBT, "leverage": "6"})
    assert desk.cross_leverage("alice", XBT) == 6
    assert (position(market, "alice").leverage, position(market, "alice").initial_margin) == (6, 335)
    after = market.order("alice", "futures", resting.order_id)
    assert (after.terms.leverage, after.hold) == (6, Decimal(300) + 1800 * TAKER)
    assert market.balance("alice", "futures", "USDT")[1] == after.hold


@pytest.mark.parametrize(
    ("mode", "leverage", "code"),
    [("ISOLATED", 5, "330006"), ("CROSS", 0, "100001"), ("CROSS", 126, "300016"), ("CROSS", 1, "330008")],
)
def test_cross_leverage_that_cannot_be_is_refused(mode: str, leverage: int, code: str) -> None:
    """Isolated mode has none; it has a limit; and a lower one must be backed. Nothing changes."""
    market = Market()
    desk = market.exchange.futures
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal(300)}})
    if mode == "CROSS":
        desk.set_margin_mode("carol", XBT, mode)
        market.futures("carol", "buy", "60000", 10, marginMode="CROSS")
    before = market.balance("carol", "futures", "USDT")

    assert desk.set_cross_leverage("carol", XBT, leverage).code == code

    assert desk.cross_leverage("carol", XBT) == 3
    assert market.balance("carol", "futures", "USDT") == before


def test_inverse_position_is_worth_coins() -> None:
    """Values are lots over price; long 67000 lots from 67000 to 70000 earn 1 - 67/70 coins."""
    market = Market()
    for uid in ("alice", "bob"):
        market.exchange.open_account(uid, {"futures": {"XBT": Decimal(10)}})
    resting = market.futures("bob", "sell", "67000", 67_000, symbol=INVERSE)
    market.futures("alice", "buy", "67000", 67_000, symbol=INVERSE, leverage=10)
    value = 67_000 * (1 / Decimal(67_000)).quantize(Decimal("1E-16"))

    opened = position(market, "alice")
    assert opened.settle_currency == "XBT"
    assert opened.entry_value == -value
    assert opened.entry_price.quantize(Decimal("0.000001")) == 67_000
    assert opened.initial_margin.quantize(Decimal("1E-8")) == Decimal("0.1")
    assert (
        market.order("bob", "futures", resting.order_id).average_price.quantize(Decimal("0.0001")) == 67_000
    )

    market.futures("bob", "buy", "70000", 67_000, symbol=INVERSE)
    market.futures("alice", "sell", "70000", 67_000, symbol=INVERSE)
    closed = position(market, "alice")
    assert closed.realised_pnl.quantize(Decimal("1E-10")) == (1 - Decimal(67) / 70).quantize(Decimal("1E-10"))
    assert position(market, "bob").realised_pnl == -closed.realised_pnl
    assert market.balance("alice", "futures", "XBT") == (10 + closed.realised_pnl - closed.fees, 0)


def test_inverse_buy_that_improves_its_price_is_still_covered() -> None:
    """A lower price is worth more coins: the margin is checked at the best ask, not at the limit."""
    market = Market()
    market.exchange.open_account("bob", {"futures": {"XBT": Decimal(10)}})
    needed = 1000 * (1 / Decimal(65_000)).quantize(Decimal("1E-16")) * (1 + TAKER + (1 + 1) * TAKER)
    market.exchange.open_account("carol", {"futures": {"XBT": needed - Decimal("1E-9")}})
    market.futures("bob", "sell", "65000", 1000, symbol=INVERSE)
    args = {"symbol": INVERSE, "side": "buy", "price": "70000", "size": 1000, "leverage": 1, "clientOid": "c"}

    assert market.do("carol", "futures.order", args).code == "300003"
    market.exchange.open_account("carol", {"futures": {"XBT": Decimal("1E-8")}})
    assert market.do("carol", "futures.order", args).code == "200000"
    assert market.balance("carol", "futures", "XBT")[0] >= 0


def test_force_hold_freezes_margin_for_a_reducing_order_too() -> None:
    """It is not cancelled when its position is gone, and may then open the opposite one."""
    market = Market()
    market.futures("bob", "sell", "67000", 10)
    market.futures("alice", "buy", "67000", 10)
    market.futures("bob", "buy", "66000", 10)

    forced = market.futures("alice", "sell", "70000", 10, forceHold=True)
    assert forced.hold == 10 * 70 * (Decimal("0.1") + TAKER * Decimal("2.1"))
    market.futures("alice", "sell", None, 10)

    assert market.order("alice", "futures", forced.order_id).is_active
    market.futures("bob", "buy", "70000", 10)
    assert position(market, "alice").size == -10
    assert market.balance("alice", "futures", "USDT")[1] == 0


def test_account_without_anything_is_zero() -> None:
    """No currency is needed to ask."""
    account = Market().exchange.futures.account("nobody", "XBT")

    assert (account.equity, account.available_balance, account.risk_ratio) == (0, 0, 0)


def test_account_adds_up() -> None:
    """Equity is wallet and unrealised PnL; isolated margin is part of both and of nothing available."""
    market = Market()
    market.futures("bob", "sell", "67000", 100)
    market.futures("alice", "buy", "67000", 100)
    market.futures("alice", "buy", "60000", 100)
    set_mark(market, "68000")

    account = market.exchange.futures.account("alice", "USDT")

    margin, hold = position(market, "alice").margin, market.balance("alice", "futures", "USDT")[1]
    assert account.unrealised_pnl == 100
    assert account.equity == account.wallet_balance + 100
    assert account.wallet_balance == 1_000_000 - 6700 * TAKER
    assert (account.position_margin, account.order_margin) == (margin, hold)
    assert account.available_balance == account.wallet_balance - margin - hold
