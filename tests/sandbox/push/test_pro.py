"""The Pro push sockets: login, requests, pings, and what they tell beside orders."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

import pytest
from independent_clients import ask
from push_clients import ProSocket, Trader

from kucoin_wsapi.sandbox import Account

BUY = {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.001"}
REST = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
FUTURES = {"symbol": "XBTUSDTM", "type": "market", "side": "buy", "size": 5, "leverage": 3, "clientOid": "f"}


@pytest.mark.parametrize("path", ["/x-push-spot", "/x-push-futures", "/wsapi-push"])
def test_welcome(sandbox, connected, path):
    """The first frame, with a slash at the end of the path or not."""
    for slash in ("", "/"):
        welcome = connected(ProSocket(sandbox.client_options(), path + slash)).welcome

        assert welcome["message"] == "welcome"
        assert welcome["pingInterval"] == 18_000
        assert welcome["sessionId"]


@pytest.mark.parametrize(
    "credentials",
    [
        {"kc_api_key": "nobody"},
        {"kc-api-sign": "wrong"},
        {"kc-api-passphrase": "wrong"},
        {"kc-api-timestamp": "1"},
    ],
)
def test_refused_login(sandbox, connected, credentials):
    """False, with words; and private channels stay closed."""
    socket = connected(ProSocket(sandbox.client_options(), "/wsapi-push"))
    answer = socket.log_in(**{name.replace("_", "-"): value for name, value in credentials.items()})
    refused = socket.say(id="2", action="SUBSCRIBE", channel="orderAll", tradeType="UNIFIED")

    assert (answer["id"], answer["result"]) == ("auth-1", False)
    assert answer["message"]
    assert (refused["id"], refused["result"]) == ("2", False)


def test_token_instead_of_a_login(sandbox, connected, trader):
    """A token of the second version of the call lets in, another one does not."""
    options = sandbox.client_options()
    token = ask(options, "POST", "/api/v2/bullet-private")["token"]
    socket = connected(ProSocket(options, "/wsapi-push", f"?token={quote(token)}"))
    socket.subscribe("orderAll", tradeType="UNIFIED")
    order_id = trader.do("spot.order", REST)["orderId"]
    refused = connected(ProSocket(options, "/wsapi-push", "?token=none"))

    assert socket.data(1)[0]["oi"] == order_id
    assert refused.welcome["result"] is False
    assert refused.receive_close() == 1000


def test_pings_are_answered_in_their_spelling(pro):
    """That of the SDK, and that of the documentation."""
    assert pro.say(id="1", op="ping", timestamp=1)["op"] == "pong"
    answer = pro.say(id="2", type="ping")
    assert (answer["type"], answer["id"], len(str(answer["ts"]))) == ("pong", "2", 19)


@pytest.mark.parametrize("text", ["hello", "[]", '{"id":"1"}', '{"id":"1","action":"DANCE"}'])
def test_what_cannot_be_read_is_ignored(pro, text):
    """The next answer is that to the next request."""
    pro.send_text(text)

    assert pro.say(id="2", op="ping")["id"] == "2"


REFUSALS = {
    "no channel": ({}, "/wsapi-push"),
    "an unknown channel": ({"channel": "nothing"}, "/wsapi-push"),
    "no trade type": ({"channel": "orderAll"}, "/wsapi-push"),
    "no symbol": ({"channel": "order", "tradeType": "UNIFIED"}, "/wsapi-push"),
    "no account type": ({"channel": "balance"}, "/wsapi-push"),
    "a public channel": ({"channel": "ticker", "tradeType": "SPOT", "symbol": "BTC-USDT"}, "/wsapi-push"),
    "a private channel": ({"channel": "orderAll", "tradeType": "UNIFIED"}, "/x-push-spot"),
    "another product": ({"channel": "ticker", "tradeType": "FUTURES", "symbol": "X"}, "/x-push-spot"),
    "no depth": ({"channel": "obu", "tradeType": "SPOT", "symbol": "BTC-USDT"}, "/x-push-spot"),
    "a depth there is not": (
        {"channel": "obu", "tradeType": "SPOT", "symbol": "BTC-USDT", "depth": "7"},
        "/x-push-spot",
    ),
    "what is not simulated": (
        {"channel": "kline", "tradeType": "SPOT", "symbol": "BTC-USDT", "interval": "15min"},
        "/x-push-spot",
    ),
}


@pytest.mark.parametrize(("message", "path"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(sandbox, connected, message, path):
    """False, with words that say what is wrong."""
    socket = connected(ProSocket(sandbox.client_options(), path))
    if path == "/wsapi-push":
        socket.log_in()
    answer = socket.say(id="1", action="SUBSCRIBE", **message)

    assert (answer["id"], answer["result"]) == ("1", False)
    assert answer["message"]


def test_unsubscribe(trader, pro):
    """Lower case does as well; what is unsubscribed is silent."""
    pro.subscribe("orderAll", tradeType="UNIFIED")
    pro.subscribe("execution", tradeType="UNIFIED")
    answer = pro.say(id="1", action="unsubscribe", channel="orderAll", tradeType="UNIFIED")
    trader.do("spot.order", BUY)

    assert answer == {"id": "1", "result": True}
    assert pro.receive()["T"] == "execution.UNIFIED"


def test_who_subscribes_to_nothing_is_disconnected(open_sandbox, connected):
    """After the time that a silent client has."""
    sandbox = open_sandbox(push_patience=0.05)
    socket = connected(ProSocket(sandbox.client_options(), "/x-push-spot"))

    assert socket.receive_close() == 1000


def test_fields_of_an_order(sandbox, trader, pro):
    """As captured from KuCoin: every field is there, empty where it says nothing."""
    pro.subscribe("orderAll", tradeType="UNIFIED")
    limit = {**FUTURES, "type": "limit", "price": "60000", "size": 1}
    trader.do("futures.order", limit)
    event = pro.receive()
    captured = (
        "tT oi ci os eT s S oT lR oS p ti q qU fS lS ls aP f fC t cR cS rS tD tP tPT pP pPT"
        " lP lPT toi stp rO tIF pO O U"
    )
    data = event["d"]

    assert event["T"] == "orderAll.UNIFIED"
    assert set(captured.split()) <= set(data)
    assert (data["tT"], data["S"], data["oT"], data["p"], data["q"], data["qU"]) == (
        "FUTURES",
        "BUY",
        "LIMIT",
        "60000",
        "1",
        "UNIT",
    )
    assert (data["fS"], data["rS"], data["cS"], data["cR"], data["fC"]) == ("0", "1", "0", "", "USDT")


def test_last_fill_and_reason_of_a_cancel(sandbox, trader, pro):
    """A fill has role, size, price and trade; a cancel its reason."""
    pro.subscribe("orderAll", tradeType="UNIFIED")
    trader.do("spot.order", BUY)
    trader.do("spot.order", {**REST, "timeInForce": "IOC"})
    match, fill, cancel = pro.data(3)
    (booked,) = sandbox.fills

    for data in (match, fill):
        assert (data["ti"], data["lR"]) == (booked.trade_id, "TAKER")
        assert (Decimal(data["ls"]), Decimal(data["lS"])) == (booked.price, booked.size)
        assert Decimal(data["f"]) == booked.fee
    assert cancel["cR"] == "IOC"


def test_channels_of_one_symbol_and_one_product(trader, pro):
    """They tell of that symbol, and of that product."""
    pro.subscribe("order", tradeType="UNIFIED", symbol="ETH-USDT")
    pro.subscribe("execution", tradeType="FUTURES")
    trader.do("spot.order", BUY)
    trader.do("futures.order", FUTURES)
    trader.do("spot.order", {**REST, "symbol": "ETH-USDT", "price": "2000", "size": "0.1"})

    assert [pro.receive()["T"] for _ in range(2)] == ["execution.FUTURES", "order.UNIFIED"]


def test_execution(sandbox, trader, pro):
    """A fill, with its fee."""
    pro.subscribe("execution", tradeType="SPOT")
    trader.do("spot.order", BUY)
    event = pro.receive()
    data = event["d"]
    (fill,) = sandbox.fills

    assert event["T"] == "execution.SPOT"
    assert (data["oi"], data["ti"], data["lR"], data["oT"], data["S"]) == (
        fill.order_id,
        fill.trade_id,
        "TAKER",
        "MARKET",
        "BUY",
    )
    assert (Decimal(data["f"]), data["fC"]) == (fill.fee, "USDT")
    assert (Decimal(data["p"]), Decimal(data["q"])) == (fill.price, fill.size)


def test_balance_is_that_of_all_accounts(sandbox, trader, pro):
    """What there is in all accounts together: the total stays, and available moves to hold."""
    pro.subscribe("balance", accountType="UNIFIED")
    trader.do("spot.order", REST)
    data = pro.data(1)[0]
    everything = sum(
        balance.available + balance.hold for balance in sandbox.balances if balance.currency == "USDT"
    )

    assert (data["c"], Decimal(data["b"])) == ("USDT", everything)
    assert Decimal(data["h"]) == Decimal("60.06")
    assert Decimal(data["a"]) == everything - Decimal("60.06")
    assert (Decimal(data["e"]), data["l"]) == (everything, "0")


def test_positions_and_leverage(sandbox, trader, pro):
    """The position is signed; the leverage has two decimals."""
    pro.subscribe("positionAll", tradeType="UNIFIED")
    pro.subscribe("leverage", tradeType="FUTURES")
    trader.do("futures.order", {**FUTURES, "side": "sell"})
    options = sandbox.client_options()
    ask(options, "POST", "/api/v2/position/changeMarginMode", {"symbol": "ETHUSDTM", "marginMode": "CROSS"})
    ask(options, "POST", "/api/v2/changeCrossUserLeverage", {"symbol": "ETHUSDTM", "leverage": "5"})
    position, leverage = pro.receive(), pro.receive()
    (held,) = [each for each in sandbox.positions if each.size]

    assert (position["T"], position["d"]["q"], position["d"]["s"]) == (
        "positionAll.UNIFIED",
        "-5",
        "XBTUSDTM",
    )
    assert Decimal(position["d"]["eP"]) == held.entry_price
    assert leverage == {"T": "leverage.FUTURES", "P": leverage["P"], "d": {"s": "ETHUSDTM", "l": "5.00"}}


def test_tickers_of_several_symbols(pro_spot, trader):
    """The first state of each, then the changes."""
    pro_spot.subscribe("ticker", tradeType="SPOT", symbols=["BTC-USDT", "ETH-USDT"])
    first = {data["s"]: data for data in pro_spot.data(2)}
    trader.do("spot.order", BUY)
    data = pro_spot.data(1)[0]

    assert set(first) == {"BTC-USDT", "ETH-USDT"}
    assert (data["s"], data["S"], data["q"]) == ("BTC-USDT", "buy", "0.001")
    assert Decimal(data["b"]) < Decimal(data["a"])
    assert data["E"] > first["BTC-USDT"]["E"]


def test_trade(sandbox, trader, pro_futures):
    """A trade of futures, in lots."""
    pro_futures.subscribe("trade", tradeType="FUTURES", symbol="XBTUSDTM")
    trader.do("futures.order", FUTURES)
    event = pro_futures.receive()
    (fill,) = sandbox.fills

    assert event["T"] == "trade.FUTURES"
    assert (event["d"]["ti"], event["d"]["q"], event["d"]["S"]) == (fill.trade_id, "5", "buy")


@pytest.mark.parametrize("depth", ["1", "5", "50"])
def test_best_levels(trader, pro_spot, depth):
    """A snapshot at first and at each change, with so many levels as there are."""
    pro_spot.subscribe("obu", tradeType="SPOT", symbol="BTC-USDT", depth=depth)
    first = pro_spot.receive()
    trader.do("spot.order", REST)
    second = pro_spot.receive()

    for event in (first, second):
        assert (event["T"], event["dp"], event["t"]) == ("obu.SPOT", depth, "snapshot")
        assert event["d"]["O"] == event["d"]["C"]
        assert len(event["d"]["a"]) == min(int(depth), 10)
    assert second["d"]["C"] > first["d"]["C"]


@pytest.mark.parametrize("depth", ["increment", "increment@10ms"])
def test_book_from_changes(sandbox, trader, pro_futures, depth):
    """A snapshot and the changes after it, without a gap, give the book; zero deletes."""
    pro_futures.subscribe("obu", tradeType="FUTURES", symbol="XBTUSDTM", depth=depth)
    first = pro_futures.receive()
    limit = {**FUTURES, "type": "limit", "price": "66000.5", "size": 3, "clientOid": "a"}
    trader.do("futures.order", limit)
    trader.do("futures.order", {**FUTURES, "size": 200})
    trader.do("futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "a"})
    book = {side: {Decimal(p): Decimal(q) for p, q in first["d"][side]} for side in "ab"}
    last = first["d"]["C"]
    expected = sandbox._gateway.read(
        lambda exchange: {
            "b": dict(exchange.depth("XBTUSDTM", "buy")),
            "a": dict(exchange.depth("XBTUSDTM", "sell")),
            "sequence": exchange.sequence("XBTUSDTM"),
        }
    )
    assert (first["t"], first["dp"]) == ("snapshot", depth)
    while last < expected["sequence"]:
        event = pro_futures.receive()
        assert (event["t"], event["dp"], event["d"]["O"]) == ("delta", depth, last + 1)
        last = event["d"]["C"]
        for side in "ab":
            for price, size in event["d"][side]:
                book[side][Decimal(price)] = Decimal(size)
    book = {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}

    assert book == {side: expected[side] for side in "ab"}


def test_nobody_hears_of_another_account(open_sandbox, connected):
    """Private channels tell of the account that has logged in, and of no other."""
    sandbox = open_sandbox(accounts=[Account("one"), Account("two")], push_timing="before")
    sockets = []
    for name in ("one", "two"):
        socket = connected(ProSocket(sandbox.client_options(name), "/wsapi-push"))
        socket.log_in()
        for channel in ("orderAll", "execution", "positionAll"):
            socket.subscribe(channel, tradeType="UNIFIED")
        socket.subscribe("balance", accountType="UNIFIED")
        sockets.append(socket)
    for name in ("two", "one"):
        trader = connected(Trader(sandbox.client_options(name)))
        trader.do("spot.order", {**REST, "clientOid": name})

    for name, socket in zip(("one", "two"), sockets, strict=True):
        order, balance = socket.receive(), socket.receive()
        assert (order["T"], order["d"]["ci"]) == ("orderAll.UNIFIED", name)
        assert balance["T"] == "balance.UNIFIED"
        assert socket.say(id="1", op="ping")["op"] == "pong"


def test_who_has_left_is_not_followed_any_more(sandbox, connected, trader):
    """When the last subscriber is gone, the exchange notes nothing for him."""
    socket = connected(ProSocket(sandbox.client_options(), "/wsapi-push"))
    socket.log_in()
    socket.subscribe("orderAll", tradeType="UNIFIED")
    assert sandbox._gateway.read(lambda exchange: exchange.feed.uids)
    socket.close()

    while sandbox._gateway.read(lambda exchange: exchange.feed.uids):
        trader.ask("ping", None)


def test_what_happens_after_the_answer_is_told(sandbox, pro_futures):
    """Whoever has read that he is subscribed misses nothing, wherever a change comes from: snapshot, then changes."""
    channel = {"tradeType": "FUTURES", "symbol": "XBTUSDTM", "depth": "increment"}
    for number in range(30):
        pro_futures.subscribe("obu", **channel)
        sandbox.set_prices("XBTUSDTM", mark=Decimal(67_001 + number))
        expected = sandbox._gateway.read(lambda exchange: exchange.sequence("XBTUSDTM"))
        event = pro_futures.receive()
        assert event["t"] == "snapshot"
        while event["d"]["C"] < expected:
            before, event = event, pro_futures.receive()
            assert (event["t"], event["d"]["O"]) == ("delta", before["d"]["C"] + 1)
        answer = pro_futures.say(id="u", action="UNSUBSCRIBE", channel="obu", **channel)
        assert answer == {"id": "u", "result": True}
