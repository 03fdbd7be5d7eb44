"""Lists of orders and fills over REST: what is in them, filters, pages."""

import pytest
from independent_clients import ask, send

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
MARKET = {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.01"}
FUTURES = {"symbol": "XBTUSDTM", "type": "limit", "side": "buy", "price": "66000", "size": 2, "leverage": 3}


@pytest.fixture
def options(sandbox) -> dict[str, str]:
    return sandbox.client_options()


def place(options, path: str, args: dict, *client_oids: str) -> list[str]:
    """The ids of one order for each clientOid."""
    return [ask(options, "POST", path, {**args, "clientOid": name})["orderId"] for name in client_oids]


def names(items) -> list[str]:
    """The clientOids of records."""
    return [item["clientOid"] for item in items]


def test_open_spot_orders_newest_first(options):
    """Only those of the symbol that are active, as the look-up shows each."""
    place(options, "/api/v1/hf/orders", SPOT, "a", "b")
    place(options, "/api/v1/hf/orders", MARKET, "filled")
    place(options, "/api/v1/hf/orders", {**SPOT, "symbol": "ETH-USDT", "price": "2500", "size": "0.1"}, "eth")

    orders = ask(options, "GET", "/api/v1/hf/orders/active?symbol=BTC-USDT")
    alone = ask(options, "GET", f"/api/v1/hf/orders/{orders[0]['id']}?symbol=BTC-USDT")

    assert names(orders) == ["b", "a"]
    assert orders[0] == alone
    assert ask(options, "GET", "/api/v1/hf/orders/active/symbols") == {"symbols": ["BTC-USDT", "ETH-USDT"]}


def test_pages_of_open_spot_orders(options):
    """Page after page gives every order once."""
    place(options, "/api/v1/hf/orders", SPOT, *"abcde")
    target = "/api/v1/hf/orders/active/page?symbol=BTC-USDT&pageSize=2&pageNum="

    pages = [ask(options, "GET", f"{target}{number}") for number in (1, 2, 3, 4)]

    assert [names(page["items"]) for page in pages] == [["e", "d"], ["c", "b"], ["a"], []]
    assert [(page["currentPage"], page["totalNum"], page["totalPage"]) for page in pages] == [
        (number, 5, 3) for number in (1, 2, 3, 4)
    ]


def test_closed_spot_orders_by_last_id(options):
    """`lastId` of one answer asks for what is older; the end is an empty list."""
    place(options, "/api/v1/hf/orders", MARKET, *"abcde")
    place(options, "/api/v1/hf/orders", SPOT, "open")
    target = "/api/v1/hf/orders/done?symbol=BTC-USDT&limit=2"

    seen, last_id = [], ""
    for _ in range(4):
        answer = ask(options, "GET", f"{target}{last_id}")
        seen.append(names(answer["items"]))
        last_id = f"&lastId={answer['lastId']}"

    assert seen == [["e", "d"], ["c", "b"], ["a"], []]


def test_filters_of_closed_orders(sandbox, options):
    """Side, type and time narrow the list."""
    place(options, "/api/v1/hf/orders", MARKET, "buy")
    place(options, "/api/v1/hf/orders", {**MARKET, "side": "sell"}, "sell")
    limit = {**SPOT, "price": "68000", "timeInForce": "IOC"}
    sandbox.advance(60)
    place(options, "/api/v1/hf/orders", limit, "limit")
    created = ask(options, "GET", "/api/v1/hf/orders/client-order/limit?symbol=BTC-USDT")["createdAt"]
    target = "/api/v1/hf/orders/done?symbol=BTC-USDT"

    def found(query: str) -> list[str]:
        return names(ask(options, "GET", f"{target}&{query}")["items"])

    assert found("side=sell") == ["sell"]
    assert found("type=limit") == ["limit"]
    assert found(f"startAt={created}") == ["limit"]
    assert found(f"endAt={created - 1}") == ["sell", "buy"]


def test_spot_fills(sandbox, options):
    """One record for each fill of the ledger, with its fee, of one order where it is asked for."""
    first, second = place(options, "/api/v1/hf/orders", MARKET, "a", "b")

    items = ask(options, "GET", "/api/v1/hf/fills?symbol=BTC-USDT")["items"]
    of_first = ask(options, "GET", f"/api/v1/hf/fills?symbol=BTC-USDT&orderId={first}")["items"]

    fills = sandbox.fills
    assert [item["tradeId"] for item in items] == [int(fill.trade_id) for fill in reversed(fills)]
    assert {item["orderId"] for item in items} == {first, second}
    assert {item["orderId"] for item in of_first} == {first}
    assert [float(item["fee"]) for item in items] == [float(fill.fee) for fill in reversed(fills)]
    assert {item["liquidity"] for item in items} == {"taker"}
    assert {item["tradeType"] for item in items} == {"TRADE"}


def test_pages_of_fills_of_a_trade_with_oneself(options):
    """Both sides of the trade are there, each once, though a page ends between them."""
    place(options, "/api/v1/hf/orders", {**SPOT, "price": "67003", "side": "sell"}, "maker")
    place(options, "/api/v1/hf/orders", {**SPOT, "price": "67003"}, "taker")
    target = "/api/v1/hf/fills?symbol=BTC-USDT&limit=1"

    first = ask(options, "GET", target)
    second = ask(options, "GET", f"{target}&lastId={first['lastId']}")

    sides = [page["items"][0]["side"] for page in (first, second)]
    assert sorted(sides) == ["buy", "sell"]


def test_lists_are_of_the_present(sandbox, options):
    """An order whose time is over is not shown as open, though the exchange has not looked at the clock since."""
    gtt = {**SPOT, "timeInForce": "GTT", "cancelAfter": 60}
    place(options, "/api/v1/hf/orders", gtt, "a")
    sandbox._gateway._clock.advance(60)

    assert ask(options, "GET", "/api/v1/hf/orders/active?symbol=BTC-USDT") == []


def test_margin_lists_by_kind_of_account(open_sandbox):
    """Orders of the cross account and of a pair's own are listed apart."""
    from kucoin_wsapi.sandbox import Account

    funds = {"USDT": "10000"}
    account = Account(deposits={"margin": funds, "isolated:BTC-USDT": funds})
    options = open_sandbox(accounts=[account]).client_options()
    place(options, "/api/v3/hf/margin/order", SPOT, "cross")
    place(options, "/api/v3/hf/margin/order", {**SPOT, "isIsolated": True}, "isolated")
    place(options, "/api/v3/hf/margin/order", {**MARKET, "isIsolated": True}, "filled")
    kinds = ("MARGIN_TRADE", "MARGIN_ISOLATED_TRADE")

    def found(path: str) -> list:
        return [
            ask(options, "GET", f"/api/v3/hf/margin/{path}?symbol=BTC-USDT&tradeType={kind}")
            for kind in kinds
        ]

    assert list(map(names, found("orders/active"))) == [["cross"], ["isolated"]]
    assert [names(answer["items"]) for answer in found("orders/done")] == [[], ["filled"]]
    assert [{item["tradeType"] for item in answer["items"]} for answer in found("fills")] == [
        set(),
        {"MARGIN_ISOLATED_TRADE"},
    ]
    assert found("order/active/symbols") == [{"symbolSize": 1, "symbols": ["BTC-USDT"]}] * 2


def test_futures_orders_are_done_ones_unless_asked_otherwise(options):
    """`status` is done by default; stop orders that wait have a list of their own."""
    place(options, "/api/v1/orders", FUTURES, "open")
    place(options, "/api/v1/orders", {**FUTURES, "price": "68000", "timeInForce": "IOC"}, "filled")
    place(
        options,
        "/api/v1/orders",
        {**FUTURES, "stop": "up", "stopPrice": "70000", "stopPriceType": "MP"},
        "waiting",
    )

    answers = [
        ask(options, "GET", f"/api/v1/{path}")
        for path in ("orders", "orders?status=active&symbol=XBTUSDTM", "stopOrders")
    ]

    assert [names(answer["items"]) for answer in answers] == [["filled"], ["open"], ["waiting"]]
    assert names(ask(options, "GET", "/api/v1/recentDoneOrders")) == ["filled"]


def test_recent_ones_are_of_the_last_day(sandbox, options):
    """After 24 hours orders and fills are in the full lists only."""
    place(options, "/api/v1/orders", {**FUTURES, "price": "68000", "timeInForce": "IOC"}, "filled")
    before = [len(ask(options, "GET", f"/api/v1/{path}")) for path in ("recentDoneOrders", "recentFills")]
    sandbox.advance(86_401)

    after = [len(ask(options, "GET", f"/api/v1/{path}")) for path in ("recentDoneOrders", "recentFills")]

    assert before == [1, 1]
    assert after == [0, 0]
    assert ask(options, "GET", "/api/v1/fills")["totalNum"] == 1


def test_futures_fills(sandbox, options):
    """A record has the order's margin mode; the fee is that of opening."""
    place(options, "/api/v1/orders", {**FUTURES, "price": "68000", "timeInForce": "IOC"}, "filled")

    (item,) = ask(options, "GET", "/api/v1/fills?symbol=XBTUSDTM")["items"]

    (fill,) = sandbox.fills
    assert (item["tradeId"], item["size"], item["marginMode"]) == (fill.trade_id, 2, "ISOLATED")
    assert float(item["openFeePay"]) == float(item["fee"]) == float(fill.fee)
    assert item["closeFeePay"] == "0"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/api/v1/hf/orders/active", "400100"),
        ("/api/v1/hf/orders/done", "400100"),
        ("/api/v1/hf/fills", "400100"),
        ("/api/v1/hf/fills?symbol=BTC-USDT&limit=0", "400100"),
        ("/api/v1/hf/orders/active/page?symbol=BTC-USDT&pageNum=-1", "400100"),
        ("/api/v3/hf/margin/orders/active?symbol=BTC-USDT", "400100"),
        ("/api/v3/hf/margin/fills?symbol=BTC-USDT&tradeType=TRADE", "400100"),
        ("/api/v1/orders?status=open", "100001"),
        ("/api/v1/orders?pageSize=many", "100001"),
        ("/api/v1/orders?currentPage=99999999999999999999", "100001"),
    ],
)
def test_what_cannot_be_listed(options, target, code):
    """A missing or unreadable parameter is refused with the product's code."""
    assert send(options, "GET", target).json()["code"] == code


def test_lists_lag_as_look_ups_do(open_sandbox):
    """An order that a fault hides from the look-up is not listed either."""
    options = open_sandbox(faults=["look-up-lag:delay=60"]).client_options()
    place(options, "/api/v1/hf/orders", SPOT, "a")
    place(options, "/api/v1/orders", FUTURES, "f")

    assert ask(options, "GET", "/api/v1/hf/orders/active?symbol=BTC-USDT") == []
    assert ask(options, "GET", "/api/v1/orders?status=active")["items"] == []
