"""REST about the caller: key, accounts, fees, futures account, positions and modes."""

import pytest
from independent_clients import ask, send

from kucoin_wsapi.sandbox import Account, ApiKey

MARKET = {"symbol": "XBTUSDTM", "type": "market", "side": "buy", "size": 10, "leverage": 5}


@pytest.fixture
def options(sandbox) -> dict[str, str]:
    return sandbox.client_options()


def buy_futures(options, client_oid: str = "f-1", **changes: object) -> None:
    ask(options, "POST", "/api/v1/orders", {**MARKET, "clientOid": client_oid, **changes})


def test_key(sandbox):
    """Permissions, version and UID of the key that asks."""
    options = sandbox.client_options(permissions=["Futures", "General"])

    data = ask(options, "GET", "/api/v1/user/api-key")

    assert data["apiKey"] == options["api_key"]
    assert (data["permission"], data["apiVersion"], data["uid"]) == ("General,Futures", 3, 100_000_001)
    assert data["isMaster"] is True


def test_key_of_a_sub_account(open_sandbox):
    """It has its own UID, and the name of the sub-account."""
    sandbox = open_sandbox(accounts=[Account("main"), Account("sub", master="main")])

    data = ask(sandbox.client_options("sub"), "GET", "/api/v1/user/api-key")

    assert (data["uid"], data["isMaster"], data["subName"]) == (100_000_002, False, "sub")


def test_spot_accounts(options):
    """What an order holds is in `holds`; the spot account has two names."""
    order = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "50000", "size": "1"}
    ask(options, "POST", "/api/v1/hf/orders", order)

    (usdt,) = ask(options, "GET", "/api/v1/accounts?currency=USDT&type=trade")
    detail = ask(options, "GET", f"/api/v1/accounts/{usdt['id']}")
    high_frequency = ask(options, "GET", "/api/v1/accounts?type=trade_hf")

    assert (usdt["balance"], usdt["available"], usdt["holds"]) == ("100000", "49950", "50050")
    assert detail == {name: usdt[name] for name in ("currency", "balance", "available", "holds")}
    assert {(item["currency"], item["type"]) for item in high_frequency} == {
        ("BTC", "trade_hf"),
        ("ETH", "trade_hf"),
        ("USDT", "trade_hf"),
    }
    assert ask(options, "GET", "/api/v1/accounts?type=main") == []
    assert ask(options, "GET", "/api/v1/hf/accounts/opened") is True


def test_unknown_accounts(options):
    """No such type, no such id."""
    assert send(options, "GET", "/api/v1/accounts?type=gold").json()["code"] == "400100"
    assert send(options, "GET", f"/api/v1/accounts/{'0' * 24}").json()["code"] == "400100"


def test_margin_accounts_show_debts(open_sandbox):
    """What autoBorrow borrowed is there as funds and as a liability."""
    funds = {"USDT": "1000"}
    account = Account(deposits={"margin": funds, "isolated:BTC-USDT": funds})
    options = open_sandbox(accounts=[account]).client_options()
    order = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.02"}
    for number, isolated in enumerate((False, True)):
        order |= {"autoBorrow": True, "isIsolated": isolated, "clientOid": f"m-{number}"}
        borrowed = ask(options, "POST", "/api/v3/hf/margin/order", order)["borrowSize"]

    cross = ask(options, "GET", "/api/v3/margin/accounts")
    isolated = ask(options, "GET", "/api/v3/isolated/accounts?symbol=BTC-USDT")

    (asset,) = cross["accounts"]
    quote = isolated["assets"][0]["quoteAsset"]
    assert asset["liability"] == quote["liability"] == borrowed
    assert float(asset["total"]) == 1000 + float(borrowed)
    assert cross["totalLiabilityOfQuoteCurrency"] == borrowed
    assert float(cross["debtRatio"]) == pytest.approx(float(borrowed) / (1000 + float(borrowed)), abs=1e-4)
    assert isolated["assets"][0]["baseAsset"]["total"] == "0"


def test_fees(options):
    """Spot gives a list for `symbols`, futures one record for `symbol`."""
    spot = ask(options, "GET", "/api/v1/trade-fees?symbols=BTC-USDT,ETH-USDT")
    futures = ask(options, "GET", "/api/v1/trade-fees?symbol=XBTUSDTM")

    assert spot == [
        {"symbol": symbol, "takerFeeRate": "0.001", "makerFeeRate": "0.001"}
        for symbol in ("BTC-USDT", "ETH-USDT")
    ]
    assert futures == {"symbol": "XBTUSDTM", "takerFeeRate": "0.0006", "makerFeeRate": "0.0002"}
    assert ask(options, "GET", "/api/v1/base-fee") == {"takerFeeRate": "0.001", "makerFeeRate": "0.001"}


@pytest.mark.parametrize("query", ["", "?symbols=BTC-USDT,DOGE-BTC", "?symbol=BTC-USDT"])
def test_fees_of_nothing(options, query):
    """A missing or unknown symbol is refused."""
    assert send(options, "GET", f"/api/v1/trade-fees{query}").json()["code"] == "400100"


def test_futures_account(sandbox, options):
    """KuCoin's figures: equity, margin and what is available add up, and agree with the position."""
    buy_futures(options)
    order = {**MARKET, "type": "limit", "price": "60000", "clientOid": "f-2"}
    ask(options, "POST", "/api/v1/orders", order)

    data = ask(options, "GET", "/api/v1/account-overview?currency=USDT")

    (position,) = sandbox.positions
    assert data["accountEquity"] == pytest.approx(100_000 - float(position.fees - position.unrealised_pnl))
    assert data["positionMargin"] == pytest.approx(float(position.margin))
    assert data["orderMargin"] == pytest.approx(float(sandbox.orders[1].hold))
    assert data["availableBalance"] == pytest.approx(
        data["marginBalance"] - data["positionMargin"] - data["orderMargin"]
    )


def test_futures_account_is_asked_in_bitcoin_by_default(options):
    """KuCoin's default currency is XBT."""
    data = ask(options, "GET", "/api/v1/account-overview")

    assert (data["currency"], data["accountEquity"]) == ("XBT", 0)


def test_positions(sandbox, options):
    """Only open ones are listed; the newer page answers with a list, the older with one."""
    nothing = ask(options, "GET", "/api/v1/positions")
    buy_futures(options)
    (listed,) = ask(options, "GET", "/api/v1/positions")
    (newer,) = ask(options, "GET", "/api/v2/position?symbol=XBTUSDTM")
    older = ask(options, "GET", "/api/v1/position?symbol=XBTUSDTM")
    buy_futures(options, "f-2", side="sell")
    closed = ask(options, "GET", "/api/v1/position?symbol=XBTUSDTM")

    assert nothing == []
    assert listed["symbol"] == newer["symbol"] == older["symbol"] == "XBTUSDTM"
    assert (listed["currentQty"], listed["isOpen"], listed["leverage"]) == (10, True, 5)
    assert (listed["marginMode"], listed["positionSide"]) == ("ISOLATED", "BOTH")
    assert listed["posMargin"] == pytest.approx(listed["posInit"] + listed["posComm"])
    assert (closed["currentQty"], closed["isOpen"]) == (0, False)
    assert ask(options, "GET", "/api/v1/positions") == []
    assert ask(options, "GET", "/api/v2/position?symbol=ETHUSDTM") == []


def test_both_sides_of_a_hedge(options):
    """In hedge mode a symbol has two positions."""
    assert ask(options, "GET", "/api/v2/position/getPositionMode") == {"positionMode": 0}
    changed = ask(options, "POST", "/api/v2/position/switchPositionMode", {"positionMode": "1"})
    buy_futures(options, "f-1", positionSide="LONG")
    buy_futures(options, "f-2", positionSide="SHORT", side="sell")

    positions = ask(options, "GET", "/api/v2/position?symbol=XBTUSDTM")
    back = send(options, "POST", "/api/v2/position/switchPositionMode", {"positionMode": "0"}).json()

    assert changed == {"positionMode": 1}
    assert {(item["positionSide"], item["currentQty"]) for item in positions} == {
        ("LONG", 10),
        ("SHORT", -10),
    }
    assert back["code"] != "200000"
    assert ask(options, "GET", "/api/v2/position/getPositionMode") == {"positionMode": 1}


def test_margin_mode_and_leverage(options):
    """Both belong to the symbol; an order with the other mode is refused."""
    path = "/api/v2/position/changeMarginMode"
    changed = ask(options, "POST", path, {"symbol": "XBTUSDTM", "marginMode": "CROSS"})
    order = {**MARKET, "clientOid": "f-1"}
    refused = send(options, "POST", "/api/v1/orders", order).json()
    leverage = ask(
        options, "POST", "/api/v2/changeCrossUserLeverage", {"symbol": "XBTUSDTM", "leverage": "10"}
    )
    buy_futures(options, marginMode="CROSS")

    (position,) = ask(options, "GET", "/api/v1/positions")
    assert changed == {"symbol": "XBTUSDTM", "marginMode": "CROSS"}
    assert refused["code"] == "330005"
    assert leverage is True
    assert ask(options, "GET", "/api/v2/position/getMarginMode?symbol=XBTUSDTM") == changed
    assert ask(options, "GET", "/api/v2/getCrossUserLeverage?symbol=XBTUSDTM") == {
        "symbol": "XBTUSDTM",
        "leverage": "10",
    }
    assert (position["crossMode"], position["leverage"]) == (True, 10)


def test_open_order_statistics(options):
    """Lots and value of what is open, by side."""
    order = {**MARKET, "type": "limit", "price": "66000", "clientOid": "f-1"}
    ask(options, "POST", "/api/v1/orders", order)

    assert ask(options, "GET", "/api/v1/openOrderStatistics?symbol=XBTUSDTM") == {
        "openOrderBuySize": 10,
        "openOrderSellSize": 0,
        "openOrderBuyCost": "660",
        "openOrderSellCost": "0",
        "settleCurrency": "USDT",
    }


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/api/v1/position", None),
        ("GET", "/api/v2/position?symbol=NOTHING", None),
        ("POST", "/api/v2/position/changeMarginMode", {"symbol": "XBTUSDTM", "marginMode": "LOOSE"}),
        ("POST", "/api/v2/position/changeMarginMode", []),
        ("POST", "/api/v2/changeCrossUserLeverage", {"symbol": "XBTUSDTM", "leverage": "much"}),
        ("POST", "/api/v2/position/switchPositionMode", {"positionMode": "2"}),
        ("POST", "/api/v2/position/switchPositionMode", {}),
    ],
)
def test_settings_that_cannot_be(options, method, target, body):
    """Unknown symbols and values are refused with the code of futures."""
    assert send(options, method, target, body).json()["code"] == "100001"


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/api/v1/hf/orders/active/symbols", "Spot"),
        ("/api/v3/hf/margin/order/active/symbols?tradeType=MARGIN_TRADE", "Margin"),
        ("/api/v1/positions", "Futures"),
        ("/api/v1/account-overview", "Futures"),
        ("/api/v1/recentFills", "Futures"),
        ("/api/v1/accounts", "General"),
        ("/api/v1/fills", "General"),
    ],
)
def test_permission_to_look(sandbox, path, permission):
    """As KuCoin's pages say, which is the general one for most, and the product's for some."""
    others = {"General", "Spot", "Margin", "Futures"} - {permission}

    refused = send(sandbox.client_options(permissions=others), "GET", path)
    granted = send(sandbox.client_options(permissions=[permission]), "GET", path)

    assert (refused.json()["code"], granted.json()["code"]) == ("400007", "200000")


def test_keys_of_ones_own(open_sandbox):
    """An account's own keys log in, of version 2 too, and show their whitelist."""
    key = ApiKey("mine", "hush", "phrase", {"General"}, version=2, ip_whitelist=["127.0.0.1"])
    sandbox = open_sandbox(accounts=[Account(keys=[key])])
    options = {
        **sandbox.client_options(),
        "api_key": "mine",
        "api_secret": "hush",
        "api_passphrase": "phrase",
    }

    data = ask(options, "GET", "/api/v1/user/api-key")

    assert (data["apiKey"], data["apiVersion"], data["ipWhitelist"]) == ("mine", 2, "127.0.0.1")
