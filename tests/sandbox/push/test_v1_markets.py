"""Market data on the classic push sockets: that of the books, in their order."""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests
from independent_clients import ask

BTC = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000.5", "size": "0.001"}
XBT = {"symbol": "XBTUSDTM", "type": "limit", "side": "buy", "price": "66000.5", "size": 3, "leverage": 3}


def test_spot_ticker_begins_with_what_there_is_and_follows_trades(sandbox, trader, public):
    """The first message tells the present state, the next one the trade."""
    public.subscribe("/market/ticker:BTC-USDT")
    first = public.receive()
    trader.do("spot.order", {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.001"})
    second = public.receive()
    (fill,) = sandbox.fills

    assert (first["subject"], first["topic"]) == ("trade.ticker", "/market/ticker:BTC-USDT")
    assert Decimal(first["data"]["bestBid"]) < Decimal(first["data"]["bestAsk"])
    assert Decimal(second["data"]["price"]) == fill.price
    assert Decimal(second["data"]["size"]) == fill.size
    assert int(second["data"]["sequence"]) > int(first["data"]["sequence"])


def test_ticker_of_all_symbols(public, sandbox):
    """One message for each pair, whose subject is the pair."""
    public.subscribe("/market/ticker:all")
    subjects = {public.receive()["subject"] for _ in range(2)}

    assert "BTC-USDT" in subjects
    assert len(subjects) == 2


def build(book: dict, rows: list[tuple[str, Decimal, Decimal]]) -> dict:
    """A book after absolute changes."""
    for side, price, size in rows:
        book[side][price] = size
        if not size:
            del book[side][price]
    return book


def test_spot_book_can_be_built(sandbox, trader, public):
    """A snapshot over REST and the changes after it give the book over REST; there is no gap between changes."""
    options = sandbox.client_options()
    target = "/api/v3/market/orderbook/level2?symbol=BTC-USDT"
    public.subscribe("/market/level2:BTC-USDT")
    trader.do("spot.order", {**BTC, "clientOid": "before"})
    snapshot = ask(options, "GET", target)
    trader.do("spot.order", {**BTC, "clientOid": "a"})
    trader.do("spot.order", {**BTC, "clientOid": "b", "side": "sell", "price": "66990.5", "size": "9"})
    trader.do("spot.cancel", {"symbol": "BTC-USDT", "clientOid": "a"})
    expected = ask(options, "GET", target)
    messages: list[dict] = []
    while not messages or messages[-1]["sequenceEnd"] < int(expected["sequence"]):
        messages.append(public.receive()["data"])

    sequences = []
    book = {
        side: {Decimal(price): Decimal(size) for price, size in snapshot[side]} for side in ("bids", "asks")
    }
    for data in messages:
        rows = sorted(
            (int(row[2]), side, Decimal(row[0]), Decimal(row[1]))
            for side in ("bids", "asks")
            for row in data["changes"][side]
        )
        sequences += [row[0] for row in rows]
        assert (rows[0][0], rows[-1][0]) == (data["sequenceStart"], data["sequenceEnd"])
        build(book, [row[1:] for row in rows if row[0] > int(snapshot["sequence"])])
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    for side in ("bids", "asks"):
        assert book[side] == {Decimal(price): Decimal(size) for price, size in expected[side]}


def test_futures_book_can_be_built(sandbox, trader, public):
    """The same, change by change."""
    url = sandbox.rest_url + "/api/v1/level2/snapshot?symbol=XBTUSDTM"
    public.subscribe("/contractMarket/level2:XBTUSDTM")
    snapshot = requests.get(url, timeout=5).json()["data"]
    trader.do("futures.order", {**XBT, "clientOid": "a"})
    trader.do("futures.order", {**XBT, "clientOid": "b", "type": "market", "price": None, "size": 200})
    trader.do("futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "a"})
    expected = requests.get(url, timeout=5).json()["data"]
    book = {
        side: {Decimal(str(price)): Decimal(size) for price, size in snapshot[side]}
        for side in ("bids", "asks")
    }
    sequence = snapshot["sequence"]
    while sequence < expected["sequence"]:
        message = public.receive()
        sequence += 1
        assert (message["sn"], message["data"]["sequence"]) == (sequence, sequence)
        price, side, size = message["data"]["change"].split(",")
        build(book, [({"buy": "bids", "sell": "asks"}[side], Decimal(price), Decimal(size))])

    for side in ("bids", "asks"):
        assert book[side] == {Decimal(str(price)): Decimal(size) for price, size in expected[side]}


@pytest.mark.parametrize("depth", [5, 50])
@pytest.mark.parametrize(
    ("path", "symbol"), [("/spotMarket/level2Depth", "BTC-USDT"), ("/contractMarket/level2Depth", "XBTUSDTM")]
)
def test_depth_is_that_of_the_book(sandbox, public, depth, path, symbol):
    """So many levels of each side as there are, best first, prices as text."""
    public.subscribe(f"{path}{depth}:{symbol}")
    data = public.receive()["data"]

    assert len(data["bids"]) == len(data["asks"]) == min(depth, 10)
    bids, asks = ([Decimal(row[0]) for row in data[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


def test_level1_follows_the_best_price(trader, public):
    """A better bid is told at once."""
    public.subscribe("/spotMarket/level1:BTC-USDT")
    before = public.receive()["data"]
    trader.do(
        "spot.order", {**BTC, "price": before["asks"][0]} | {"side": "sell", "size": "0.5", "price": "66995"}
    )
    after = public.receive()["data"]

    assert Decimal(after["bids"][0]) <= Decimal(before["bids"][0])


def test_trades_of_spot_and_futures(sandbox, trader, public):
    """Each trade is told once, with both orders and the side of the taker."""
    public.subscribe("/market/match:BTC-USDT")
    public.subscribe("/contractMarket/execution:XBTUSDTM")
    trader.do("spot.order", {"symbol": "BTC-USDT", "type": "market", "side": "sell", "size": "0.001"})
    trader.do("futures.order", {**XBT, "type": "market", "price": None, "clientOid": "f"})
    spot, futures = public.receive(), public.receive()
    by_product = {fill.product: fill for fill in sandbox.fills}

    assert (spot["subject"], futures["subject"]) == ("trade.l3match", "match")
    assert (spot["data"]["side"], futures["data"]["side"]) == ("sell", "buy")
    for message, product in ((spot, "spot"), (futures, "futures")):
        fill = by_product[product]
        data = message["data"]
        assert (data["tradeId"], data["takerOrderId"]) == (fill.trade_id, fill.order_id)
        assert data["makerOrderId"] == fill.counter_order_id
        assert Decimal(data["price"]) == fill.price
    assert futures["data"]["size"] == 3


def test_mark_and_index_price(sandbox, public):
    """Both are numbers, told at first and whenever they move."""
    public.subscribe("/contract/instrument:XBTUSDTM")
    first = public.receive()
    sandbox.set_prices("XBTUSDTM", mark=Decimal("67001.5"))
    second = public.receive()

    assert (first["subject"], second["data"]["markPrice"]) == ("mark.index.price", 67001.5)
    assert second["data"]["indexPrice"] == first["data"]["indexPrice"]


def test_futures_tickers(trader, public):
    """The old one has the last trade besides."""
    public.subscribe("/contractMarket/tickerV2:XBTUSDTM")
    second = public.receive()
    public.subscribe("/contractMarket/ticker:XBTUSDTM")
    first = public.receive()

    assert (first["subject"], second["subject"]) == ("ticker", "tickerV2")
    assert second["sn"] == second["data"]["sequence"]
    assert Decimal(second["data"]["bestBidPrice"]) < Decimal(second["data"]["bestAskPrice"])
    assert set(first["data"]) - set(second["data"]) == {"side", "size", "price", "tradeId"}
