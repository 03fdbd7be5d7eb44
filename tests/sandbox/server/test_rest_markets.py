"""REST about the market: what clients need to start."""

import pytest
from independent_clients import ask, get, send

from kucoin_wsapi.sandbox import CONTRACTS, SYMBOLS


@pytest.fixture
def options(sandbox) -> dict[str, str]:
    return sandbox.client_options()


def public(options, target: str):
    """The data of an unsigned GET."""
    answer = get(options, target, headers={}).json()
    assert answer["code"] == "200000", answer
    return answer["data"]


def test_instruments(options):
    """Every pair and every contract, each as its own page shows it."""
    symbols = public(options, "/api/v2/symbols")
    contracts = public(options, "/api/v1/contracts/active")

    assert [item["symbol"] for item in symbols] == [symbol.symbol for symbol in SYMBOLS]
    assert [item["symbol"] for item in contracts] == [contract.symbol for contract in CONTRACTS]
    assert public(options, "/api/v2/symbols/ETH-USDT") == symbols[1]
    assert public(options, "/api/v1/contracts/XBTUSDTM") == contracts[0]
    assert symbols[0]["baseMinSize"] == "0.00001"
    assert symbols[0]["baseIncrement"] == "0.00000001"
    assert contracts[0]["multiplier"] == 0.001
    assert contracts[0]["buyLimit"] == pytest.approx(1.05 * contracts[0]["markPrice"])


def test_the_steps_of_an_instrument_are_those_of_its_orders(options):
    """An order made of the published steps is accepted; one between them is not."""
    pair = public(options, "/api/v2/symbols/BTC-USDT")
    order = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "50000"}

    good = send(options, "POST", "/api/v1/hf/orders", {**order, "size": pair["baseMinSize"]}).json()
    bad = send(options, "POST", "/api/v1/hf/orders", {**order, "size": "0.000010000001"}).json()

    assert good["code"] == "200000"
    assert bad["code"] == "600100"


def test_currencies(options):
    """Whatever is traded or settled in, also one by one."""
    currencies = public(options, "/api/v3/currencies")

    assert [item["currency"] for item in currencies] == ["BTC", "ETH", "USDT", "XBT"]
    assert public(options, "/api/v3/currencies/USDT") == currencies[2]


def test_spot_book_and_tickers_agree(options):
    """The best level of the book is the best of the tickers; the full book needs a key."""
    order = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "67001", "size": "0.5"}
    ask(options, "POST", "/api/v1/hf/orders", order)

    book = public(options, "/api/v1/market/orderbook/level2_20?symbol=BTC-USDT")
    ticker = public(options, "/api/v1/market/orderbook/level1?symbol=BTC-USDT")
    (row,) = [
        item
        for item in public(options, "/api/v1/market/allTickers")["ticker"]
        if item["symbol"] == "BTC-USDT"
    ]

    assert book["bids"][0] == ["67001", "0.5"] == [ticker["bestBid"], ticker["bestBidSize"]]
    assert book["asks"][0] == [row["sell"], row["bestAskSize"]]
    assert public(options, "/api/v1/market/stats?symbol=BTC-USDT")["buy"] == "67001"
    full = ask(options, "GET", "/api/v3/market/orderbook/level2?symbol=BTC-USDT")
    assert full["bids"][0] == ["67001", "0.5"]


def test_futures_book_and_tickers_agree(options):
    """In numbers: lots are whole."""
    book = public(options, "/api/v1/level2/snapshot?symbol=XBTUSDTM")
    ticker = public(options, "/api/v1/ticker?symbol=XBTUSDTM")

    assert book["bids"][0] == [float(ticker["bestBidPrice"]), ticker["bestBidSize"]]
    assert book["asks"][0] == [float(ticker["bestAskPrice"]), ticker["bestAskSize"]]
    assert public(options, "/api/v1/level2/depth20?symbol=XBTUSDTM")["bids"] == book["bids"][:20]
    assert [item["symbol"] for item in public(options, "/api/v1/allTickers")] == [
        contract.symbol for contract in CONTRACTS
    ]


def test_hidden_orders_do_not_show(options):
    """The book shows what the public may see."""
    order = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "67001", "size": "0.5"}
    ask(options, "POST", "/api/v1/hf/orders", {**order, "hidden": True})

    book = public(options, "/api/v1/market/orderbook/level2_100?symbol=BTC-USDT")

    assert "67001" not in [price for price, _ in book["bids"]]


def test_prices_moved_by_hand_show(sandbox, options):
    """The mark price is on its own page and in the contract's record."""
    from decimal import Decimal

    sandbox.set_prices("XBTUSDTM", mark=Decimal(70_000), index=Decimal(70_100))

    page = public(options, "/api/v1/mark-price/XBTUSDTM/current")
    assert (page["value"], page["indexPrice"]) == (70_000, 70_100)
    assert public(options, "/api/v1/contracts/XBTUSDTM")["markPrice"] == 70_000


def test_empty_books(open_sandbox):
    """Without liquidity there is no best price, and no failure."""
    options = open_sandbox(liquidity=0).client_options()

    assert public(options, "/api/v1/market/orderbook/level1?symbol=BTC-USDT")["bestBid"] is None
    assert public(options, "/api/v1/ticker?symbol=XBTUSDTM")["bestAskPrice"] is None
    assert public(options, "/api/v1/market/allTickers")["ticker"][0]["buy"] is None


def test_status(options):
    """Open, whoever asks."""
    assert public(options, "/api/v1/status") == {"status": "open", "msg": ""}


def test_margin_pairs(options):
    """Those with cross margin, and those with isolated margin."""
    assert [item["symbol"] for item in public(options, "/api/v3/margin/symbols")["items"]] == [
        symbol.symbol for symbol in SYMBOLS
    ]
    assert [item["symbol"] for item in public(options, "/api/v1/isolated/symbols")] == [
        symbol.symbol for symbol in SYMBOLS
    ]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/api/v2/symbols/DOGE-BTC", "400100"),
        ("/api/v3/currencies/DOGE", "400100"),
        ("/api/v1/market/orderbook/level1", "400100"),
        ("/api/v1/contracts/NOTHING", "200003"),
        ("/api/v1/ticker?symbol=BTC-USDT", "200003"),
    ],
)
def test_what_there_is_not(options, target, code):
    """Unknown instruments are refused by the product's code."""
    assert get(options, target, headers={}).json()["code"] == code


def test_public_pool_is_of_the_address(open_sandbox):
    """Whoever asks in public from one address draws on one pool."""
    options = open_sandbox(rate_limits={"public": 5}).client_options()

    statuses = [get(options, "/api/v1/timestamp", headers={}).status_code for _ in range(2)]

    assert statuses == [200, 429]
    assert send(options, "GET", "/api/v1/accounts").status_code == 200


@pytest.mark.parametrize(("asked", "digits"), [({}, 16), ({"kc-enable-ns": "true"}, 19)])
def test_times_of_the_gateway(options, asked, digits):
    """In and out, in microseconds, or in nanoseconds for who asks."""
    response = get(options, "/api/v1/timestamp", headers=asked)

    times = response.headers["x-in-time"], response.headers["x-out-time"]
    assert [len(time) for time in times] == [digits, digits]
    assert int(times[0]) <= int(times[1])
