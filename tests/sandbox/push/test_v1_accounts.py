"""Balances, wallet, positions and settings on the classic push sockets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from independent_clients import ask
from push_clients import Trader, V1Socket

from kucoin_wsapi.sandbox import Account

ORDER = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "50000", "size": "0.001"}
FUTURES = {
    "symbol": "XBTUSDTM",
    "type": "market",
    "side": "buy",
    "size": 5,
    "leverage": 3,
    "clientOid": "f-1",
}


def amounts(data: dict, *names: str) -> list[Decimal]:
    """Some numbers of a message."""
    return [Decimal(data[name]) for name in names]


def test_an_order_holds_its_value_and_the_taker_fee(trader, private):
    """What is held moves from available to hold, for the order that is named."""
    private.subscribe("/account/balance")
    order_id = trader.do("spot.order", ORDER)["orderId"]

    (data,) = private.data(1)
    assert amounts(data, "availableChange", "holdChange", "hold") == [
        Decimal("-50.05"),
        Decimal("50.05"),
        Decimal("50.05"),
    ]
    assert amounts(data, "total", "available") == [Decimal(100_000), Decimal("99949.95")]
    assert (data["currency"], data["relationEvent"]) == ("USDT", "trade.hold")
    assert data["relationContext"] == {"symbol": "BTC-USDT", "orderId": order_id}


def test_a_cancel_gives_it_back(trader, private):
    """The hold is released again."""
    order_id = trader.do("spot.order", ORDER)["orderId"]
    private.subscribe("/account/balance")
    trader.do("spot.cancel", {"symbol": "BTC-USDT", "orderId": order_id})

    (data,) = private.data(1)
    assert amounts(data, "availableChange", "holdChange", "hold") == [
        Decimal("50.05"),
        Decimal("-50.05"),
        Decimal(0),
    ]


def test_a_fill_is_settled_in_both_currencies(sandbox, trader, private):
    """One message for each, after the order's, with the trade; they agree with the ledger."""
    private.subscribe("/spotMarket/tradeOrdersV2")
    private.subscribe("/account/balance")
    trader.do("spot.order", {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.001"})
    (fill,) = sandbox.fills
    messages = [private.receive() for _ in range(5)]

    assert [message["topic"] for message in messages] == [
        *["/spotMarket/tradeOrdersV2"] * 3,
        *["/account/balance"] * 2,
    ]
    by_currency = {message["data"]["currency"]: message["data"] for message in messages[3:]}
    assert Decimal(by_currency["USDT"]["availableChange"]) == -(fill.value + fill.fee)
    assert Decimal(by_currency["BTC"]["availableChange"]) == fill.size
    assert {data["relationEvent"] for data in by_currency.values()} == {"trade.setted"}
    assert {data["relationContext"]["tradeId"] for data in by_currency.values()} == {fill.trade_id}
    for balance in sandbox.balances:
        if balance.account == "trade" and balance.currency in by_currency:
            assert Decimal(by_currency[balance.currency]["total"]) == balance.available + balance.hold


def test_margin_has_an_account_of_its_own(trader, private):
    """Its events are called so."""
    private.subscribe("/account/balance")
    trader.do("margin.order", {**ORDER, "clientOid": "m-1"})

    assert private.data(1)[0]["relationEvent"] == "margin.hold"


def test_wallet_versions_ascend_and_end_at_the_account(sandbox, trader, private):
    """Each change of the futures account has the next version; the figures are those of REST, and consistent."""
    private.subscribe("/contractAccount/wallet")
    trader.do("futures.order", FUTURES)
    trader.do("futures.order", {**FUTURES, "type": "limit", "price": "50000", "clientOid": "f-2"})
    first, second = private.data(2)
    overview = ask(sandbox.client_options(), "GET", "/api/v1/account-overview?currency=USDT")

    assert [first["version"], second["version"]] == ["1", "2"]
    assert float(second["equity"]) == pytest.approx(overview["accountEquity"])
    assert float(second["availableBalance"]) == pytest.approx(overview["availableBalance"])
    assert float(second["isolatedOrderMargin"]) == pytest.approx(overview["orderMargin"])
    wallet, isolated, cross = amounts(second, "walletBalance", "isolatedPosMargin", "totalCrossMargin")
    assert wallet - isolated == cross
    assert Decimal(first["isolatedPosMargin"]) > 0 == Decimal(first["isolatedOrderMargin"])


@pytest.mark.parametrize("topic", ["/contract/positionAll", "/contract/position:XBTUSDTM"])
def test_position(sandbox, trader, private, topic):
    """A position is told when it changes, as numbers, open and closed."""
    private.subscribe(topic)
    trader.do("futures.order", FUTURES)
    trader.do("futures.order", {**FUTURES, "side": "sell", "clientOid": "f-2"})
    opened, closed = private.data(2)

    assert (opened["symbol"], opened["currentQty"], opened["isOpen"]) == ("XBTUSDTM", 5, True)
    assert (opened["leverage"], opened["marginMode"], opened["positionSide"]) == (3, "ISOLATED", "BOTH")
    assert opened["changeReason"] == "positionChange"
    assert (closed["currentQty"], closed["isOpen"]) == (0, False)
    assert closed["realisedPnl"] == pytest.approx(
        float(sandbox.positions[0].realised_pnl - sandbox.positions[0].fees)
    )


def test_position_of_another_contract_is_not_told(trader, private):
    """A topic of one contract tells of that contract."""
    private.subscribe("/contract/position:ETHUSDTM")
    private.subscribe("/contractAccount/wallet")
    trader.do("futures.order", FUTURES)

    assert private.receive()["topic"] == "/contractAccount/wallet"


def test_settings(sandbox, private):
    """Margin mode and cross leverage of a contract."""
    private.subscribe("/contract/marginMode")
    private.subscribe("/contract/crossLeverage")
    options = sandbox.client_options()
    mode = {"symbol": "ETHUSDTM", "marginMode": "CROSS"}
    ask(options, "POST", "/api/v2/position/changeMarginMode", mode)
    ask(options, "POST", "/api/v2/changeCrossUserLeverage", {"symbol": "ETHUSDTM", "leverage": "5"})
    first, second = private.receive(), private.receive()

    assert (first["topic"], first["data"]) == ("/contract/marginMode", {"ETHUSDTM": "CROSS"})
    assert (second["subject"], second["data"]) == ("user.config", {"ETHUSDTM": {"leverage": "5"}})


def test_nobody_hears_of_another_account(open_sandbox, connected):
    """Private topics tell of the account whose token it is, and of no other."""
    sandbox = open_sandbox(accounts=[Account("one"), Account("two")], push_timing="before")
    sockets = [connected(V1Socket(sandbox.client_options(name))) for name in ("one", "two")]
    for socket in sockets:
        socket.subscribe("/spotMarket/tradeOrdersV2")
        socket.subscribe("/account/balance")
    for name in ("one", "two"):
        client = connected(Trader(sandbox.client_options(name)))
        client.do("spot.order", {**ORDER, "clientOid": name})
    heard = [[socket.receive() for _ in range(3)] for socket in sockets]

    for name, messages in zip(("one", "two"), heard, strict=True):
        assert {message["data"].get("clientOid", name) for message in messages} == {name}
    assert len({messages[0]["userId"] for messages in heard}) == 2
    assert sockets[0].say(id="1", type="ping")["type"] == "pong"
    assert sockets[1].say(id="1", type="ping")["type"] == "pong"
