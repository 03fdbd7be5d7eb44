"""Margin orders, by example (KuCoin documentation, "Add Order" and "Cancel Order" of margin)."""

from __future__ import annotations

import re
from decimal import Decimal

import attrs
import pytest
from core_support import START, Market

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.records import spot_record
from kucoin_wsapi.sandbox.symbols import MARGIN_CURRENCIES

BTC = "BTC-USDT"
ORDER = {"symbol": BTC, "side": "buy", "price": "50000", "size": "1", "clientOid": "m"}
ISOLATED = "isolated:BTC-USDT"


def owed(market: Market, uid: str) -> dict[tuple[str, str], Decimal]:
    """What a user owes, by account and currency."""
    return {(each.account, each.currency): each.owed for each in market.exchange.liabilities(uid)}


def market_with(uid: str, deposits: dict[str, dict[str, Decimal]]) -> Market:
    market = Market()
    market.exchange.open_account(uid, deposits)
    return market


def test_margin_order_trades_on_the_spot_book_from_the_margin_account() -> None:
    """A spot seller and a margin buyer meet; each is paid on the account of the order."""
    market = Market()
    market.spot("bob", "sell", "50000", "1")

    data = market.data("alice", "margin.order", ORDER)

    assert market.order("alice", "margin", data["orderId"]).filled_size == 1
    assert market.balance("alice", "margin", "BTC") == (11, 0)
    assert market.balance("alice", "margin", "USDT") == (1_000_000 - 50_050, 0)
    assert market.balance("alice", "trade", "BTC") == (10, 0)


def test_auto_borrow_with_sufficient_funds_borrows_nothing() -> None:
    """The answer names the order and no loan."""
    market = Market()

    data = market.data("alice", "margin.order", {**ORDER, "autoBorrow": True, "autoRepay": True})

    assert data.keys() == {"orderId", "clientOid"}
    assert owed(market, "alice") == {}


def test_auto_borrow_borrows_what_is_missing() -> None:
    """A buy for 50050 with 20000 at hand borrows 30050; all of it is then held for the order."""
    market = market_with("carol", {"margin": {"USDT": Decimal(20_000)}})

    data = market.data("carol", "margin.order", {**ORDER, "autoBorrow": True})

    assert data["borrowSize"] == "30050"
    assert re.fullmatch("[0-9a-f]{24}", str(data["loanApplyId"]))
    assert data["loanApplyId"] != data["orderId"]
    assert owed(market, "carol") == {("margin", "USDT"): 30050}
    assert market.balance("carol", "margin", "USDT") == (0, 50050)
    assert market.order("carol", "margin", data["orderId"]).borrowed == 30050


def test_short_sale_borrows_the_base_currency() -> None:
    """USDT is the security for borrowed BTC."""
    market = market_with("carol", {"margin": {"USDT": Decimal(50_000)}})
    market.spot("bob", "buy", "60000", "1")

    args = {**ORDER, "side": "sell", "price": "60000", "autoBorrow": True}
    data = market.data("carol", "margin.order", args)

    assert data["borrowSize"] == "1"
    assert owed(market, "carol") == {("margin", "BTC"): 1}
    assert market.balance("carol", "margin", "USDT") == (50_000 + 59_940, 0)


def test_market_order_borrows_what_the_book_costs() -> None:
    """By size, through two prices, fees included."""
    market = market_with("carol", {"margin": {"USDT": Decimal(20_000)}})
    market.spot("bob", "sell", "50000", "0.5")
    market.spot("bob", "sell", "50100", "1")
    args = {"symbol": BTC, "side": "buy", "type": "market", "size": "1", "clientOid": "m", "autoBorrow": True}

    data = market.data("carol", "margin.order", args)

    assert Decimal(str(data["borrowSize"])) == (25_000 + 25_050) * Decimal("1.001") - 20_000
    assert market.balance("carol", "margin", "USDT") == (0, 0)


def test_loan_is_rounded_up_to_what_can_be_lent() -> None:
    """To 8 decimals: what is borrowed too much is available."""
    market = market_with("carol", {"margin": {"USDT": Decimal(10)}})
    args = {**ORDER, "price": "33333.3", "size": "0.00033333", "autoBorrow": True}

    data = market.data("carol", "margin.order", args)

    cost = Decimal("33333.3") * Decimal("0.00033333") * Decimal("1.001")
    borrowed = Decimal(str(data["borrowSize"]))
    assert 0 <= borrowed - (cost - 10) < Decimal("1E-8")
    assert market.balance("carol", "margin", "USDT") == (borrowed + 10 - cost, cost)


def test_auto_repay_pays_back_with_the_proceeds() -> None:
    """A sale repays what is owed in quote, no more than it brought in; what the buyer had besides stays."""
    market = market_with("carol", {"margin": {"USDT": Decimal(20_000)}})
    market.spot("bob", "sell", "50000", "1")
    market.data("carol", "margin.order", {**ORDER, "autoBorrow": True})
    market.spot("bob", "buy", "51000", "1")
    sale = {**ORDER, "side": "sell", "price": "51000", "autoRepay": True}

    market.data("carol", "margin.order", {**sale, "size": "0.4"})
    assert owed(market, "carol") == {("margin", "USDT"): 30050 - 20400 * Decimal("0.999")}
    assert market.balance("carol", "margin", "USDT") == (0, 0)
    market.data("carol", "margin.order", {**sale, "size": "0.6"})

    assert owed(market, "carol") == {}
    assert market.balance("carol", "margin", "USDT") == (51000 * Decimal("0.999") - 30050, 0)


def test_auto_repay_takes_no_more_than_the_proceeds() -> None:
    """Other money of the account stays, though it could pay the whole debt."""
    market = market_with("carol", {"margin": {"USDT": Decimal(20_000), "BTC": Decimal("0.1")}})
    market.data("carol", "margin.order", {**ORDER, "autoBorrow": True})
    market.data("carol", "margin.cancel", {"symbol": BTC, "clientOid": "m"})
    market.spot("bob", "buy", "50000", "0.1")

    market.data("carol", "margin.order", {**ORDER, "side": "sell", "size": "0.1", "autoRepay": True})

    assert owed(market, "carol") == {("margin", "USDT"): 30_050 - 4_995}
    assert market.balance("carol", "margin", "USDT") == (50_050, 0)


def test_auto_repay_of_a_resting_order_happens_when_it_fills() -> None:
    """A buy that covers a short pays back the base currency fill by fill."""
    market = market_with("carol", {"margin": {"USDT": Decimal(50_000)}})
    market.spot("bob", "buy", "60000", "1")
    market.data("carol", "margin.order", {**ORDER, "side": "sell", "price": "60000", "autoBorrow": True})
    market.data("carol", "margin.order", {**ORDER, "price": "59000", "autoRepay": True, "clientOid": "cover"})
    assert owed(market, "carol") == {("margin", "BTC"): 1}

    market.spot("bob", "sell", "59000", "0.3")
    assert owed(market, "carol") == {("margin", "BTC"): Decimal("0.7")}
    market.spot("bob", "sell", "59000", "0.7")

    assert owed(market, "carol") == {}
    assert market.balance("carol", "margin", "BTC") == (0, 0)


def test_canceled_order_leaves_its_loan() -> None:
    """What was borrowed is available then, and still owed."""
    market = market_with("carol", {"margin": {"USDT": Decimal(20_000)}})
    market.data("carol", "margin.order", {**ORDER, "autoBorrow": True})

    market.data("carol", "margin.cancel", {"symbol": BTC, "clientOid": "m"})

    assert market.balance("carol", "margin", "USDT") == (50_050, 0)
    assert owed(market, "carol") == {("margin", "USDT"): 30_050}


def test_isolated_margin_has_an_account_of_its_own_for_each_pair() -> None:
    """Neither the cross account nor that of another pair pays for it."""
    market = market_with("alice", {ISOLATED: {"USDT": Decimal(60_000)}})
    market.spot("bob", "sell", "50000", "1")

    data = market.data("alice", "margin.order", {**ORDER, "isIsolated": True})

    assert market.balance("alice", ISOLATED, "BTC") == (1, 0)
    assert market.balance("alice", ISOLATED, "USDT") == (60_000 - 50_050, 0)
    assert market.balance("alice", "margin", "USDT") == (1_000_000, 0)
    record = spot_record(market.order("alice", "margin", data["orderId"]))
    assert record["tradeType"] == "MARGIN_ISOLATED_TRADE"
    eth = {**ORDER, "symbol": "ETH-USDT", "price": "2000", "isIsolated": True}
    assert market.do("alice", "margin.order", eth).code == "126013"


def test_isolated_account_borrows_for_itself() -> None:
    """Its debts are not those of the cross account."""
    market = market_with("carol", {ISOLATED: {"USDT": Decimal(10_000)}})

    data = market.data("carol", "margin.order", {**ORDER, "isIsolated": True, "autoBorrow": True})

    assert data["borrowSize"] == "40050"
    assert owed(market, "carol") == {(ISOLATED, "USDT"): 40050}


def test_debts_of_one_account_do_not_weigh_on_another() -> None:
    """The isolated account borrows its 9000 whatever the cross account owes."""
    market = market_with("carol", {"margin": {"USDT": Decimal(10_000)}, ISOLATED: {"USDT": Decimal(1_000)}})
    market.spot("bob", "sell", "50000", "10")
    args = {"symbol": BTC, "type": "market", "side": "buy", "autoBorrow": True}
    market.data("carol", "margin.order", {**args, "funds": "50000", "clientOid": "cross"})

    data = market.data(
        "carol", "margin.order", {**args, "funds": "10000", "isIsolated": True, "clientOid": "i"}
    )

    assert data["borrowSize"] == "9000"


@pytest.mark.parametrize(
    ("account", "isolated", "most", "code"),
    [("margin", False, Decimal(40_000), "103000"), (ISOLATED, True, Decimal(90_000), "130203")],
)
def test_leverage_limits_what_an_account_may_owe(
    account: str, isolated: bool, most: Decimal, code: str
) -> None:
    """10000 of equity carry 40000 of debt in cross margin (5 x), 90000 in isolated margin (10 x), no cent more."""
    market = market_with("carol", {account: {"USDT": Decimal(10_000)}})
    market.spot("bob", "sell", "50000", "10")
    args = {"symbol": BTC, "type": "market", "side": "buy", "autoBorrow": True, "isIsolated": isolated}
    too_much = {**args, "clientOid": "a", "funds": str(10_000 + most + Decimal("0.01"))}

    refused = market.do("carol", "margin.order", too_much)
    data = market.data("carol", "margin.order", {**args, "clientOid": "b", "funds": str(10_000 + most)})

    assert refused.code == code
    assert Decimal(str(data["borrowSize"])) == most


def test_refused_loan_tells_what_is_left() -> None:
    """In the words of KuCoin's own replies."""
    market = market_with("carol", {"margin": {"USDT": Decimal(1_000)}})

    answer = market.do("carol", "margin.order", {**ORDER, "autoBorrow": True})

    assert answer.message == "Exceed the borrowing limit, the remaining borrowable amount is: 4000USDT"
    assert market.exchange.orders("carol") == ()
    assert owed(market, "carol") == {}


def test_user_may_not_owe_more_of_a_currency_than_its_maximum() -> None:
    """Over all accounts: 1,000,000 USDT, however rich the user is."""
    market = market_with("carol", {"margin": {"BTC": Decimal(100)}, ISOLATED: {"BTC": Decimal(100)}})
    market.spot("bob", "sell", "60000", "10")
    args = {"symbol": BTC, "type": "market", "side": "buy", "autoBorrow": True, "clientOid": "a"}
    market.data("carol", "margin.order", {**args, "funds": "400000"})

    answer = market.do("carol", "margin.order", {**args, "funds": "600001", "isIsolated": True})

    assert (answer.code, str(answer.message)[-10:]) == ("210014", "600000USDT")


def test_platform_lends_no_more_than_it_has() -> None:
    """The pool of a currency is for all users."""
    pools = [attrs.evolve(currency, pool=Decimal(30_000)) for currency in MARGIN_CURRENCIES]
    exchange = Exchange(now=START, market_maker=False, margin_currencies=pools)
    for uid in ("alice", "bob"):
        exchange.open_account(uid, {"margin": {"USDT": Decimal(20_000)}})
    args = {**ORDER, "price": "40000", "autoBorrow": True}

    codes = [exchange.execute(uid, "margin.order", args, START).code for uid in ("alice", "bob")]

    assert codes == ["200000", "130204"]


def test_cancel_releases_the_hold_and_echoes_the_client_oid() -> None:
    """margin.cancel answers with the key that was used."""
    market = Market()
    market.data("alice", "margin.order", ORDER)

    assert market.data("alice", "margin.cancel", {"symbol": BTC, "clientOid": "m"}) == {"clientOid": "m"}
    assert market.balance("alice", "margin", "USDT") == (Decimal(1_000_000), Decimal(0))


def test_spot_operations_do_not_touch_margin_orders() -> None:
    """spot.cancel does not find an order of margin, nor margin.cancel one of spot."""
    market = Market()
    margin_id = market.data("alice", "margin.order", ORDER)["orderId"]
    spot_id = market.spot("alice", "buy", "50000", "1")["orderId"]

    assert market.do("alice", "spot.cancel", {"symbol": BTC, "orderId": margin_id}).code == "400100"
    assert market.do("alice", "margin.cancel", {"symbol": BTC, "orderId": spot_id}).code == "400100"
