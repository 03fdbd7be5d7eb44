"""Public streams of every kind, typed: what each message of KuCoin's documentation means."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from push_samples import PUSHES, push, update

from kucoin_wsapi import BookChange, BookLevel, BookSnapshot, MarketTrade, MarkPrice, Ticker


def data_of(name: str) -> object:
    """The sample, typed."""
    return update(push(name)).data


def levels(*rows: str) -> tuple[BookLevel, ...]:
    """Levels written as "price size" or "price size sequence"."""
    cut = [row.split() for row in rows]
    return tuple(BookLevel(Decimal(row[0]), Decimal(row[1]), *map(int, row[2:])) for row in cut)


SPOT_TICKER = Ticker(
    symbol="BTC-USDT",
    price=Decimal(67220),
    size=Decimal("0.00004316"),
    side=None,
    best_bid=Decimal("67218.6"),
    best_bid_size=Decimal("0.01045638"),
    best_ask=Decimal("67218.7"),
    best_ask_size=Decimal("1.92318539"),
    sequence=14691455768,
    time=1729757723612000000,
)


def test_a_spot_ticker_field_by_field():
    """The symbol is that of the topic."""
    assert data_of("spot ticker") == SPOT_TICKER


def test_a_ticker_of_all_is_that_of_its_subject():
    """There the subject is the symbol."""
    assert data_of("spot ticker of all") == SPOT_TICKER


def test_a_ticker_may_spell_its_time_with_a_capital():
    """As KuCoin's example does."""
    told = data_of("spot ticker, Time with a capital")

    assert isinstance(told, Ticker)
    assert told.time == 1704873323416000000


def test_the_tickers_of_futures():
    """The newer one has no trade; sizes are lots, which come as numbers."""
    newer = Ticker(
        symbol="XBTUSDTM",
        price=None,
        size=None,
        side=None,
        best_bid=Decimal(110212),
        best_bid_size=Decimal(685),
        best_ask=Decimal("110212.1"),
        best_ask_size=Decimal(1941),
        sequence=1720845437465,
        time=1756199639879000000,
    )

    assert data_of("futures ticker") == newer
    assert data_of("futures ticker of old") == Ticker(
        symbol="XBTUSDTM",
        price=Decimal("86429.7"),
        size=Decimal(2),
        side="buy",
        best_bid=Decimal("86429.6"),
        best_bid_size=Decimal(112),
        best_ask=Decimal("86429.7"),
        best_ask_size=Decimal(1578),
        sequence=1828964168748,
        time=1740642161735000000,
    )


def test_a_pro_ticker_field_by_field():
    """Small letters are prices, capitals are sizes."""
    assert data_of("pro ticker") == Ticker(
        symbol="ETHUSDTM",
        price=Decimal("1927.87"),
        size=Decimal(2),
        side="buy",
        best_bid=Decimal("1927.86"),
        best_bid_size=Decimal(810),
        best_ask=Decimal("1927.87"),
        best_ask_size=Decimal(4),
        sequence=1814374362936,
        time=1771594732074000000,
    )


def test_a_pro_ticker_of_spot_writes_its_side_in_capitals():
    """The word is the same."""
    told = data_of("pro ticker of spot")

    assert isinstance(told, Ticker)
    assert (told.side, told.symbol, told.best_ask_size) == ("buy", "BTC-USDT", Decimal("0.97675941"))


def test_snapshots_of_books():
    """Level 1 is one level of each side; sizes of futures are numbers; Pro's first message of a book is one."""
    assert data_of("spot level 1") == BookSnapshot(
        symbol="BTC-USDT",
        bids=levels("68145.7 1.29267802"),
        asks=levels("68145.8 0.51987471"),
        sequence=None,
        time=1729816058766000000,
    )
    assert data_of("spot depth 5") == BookSnapshot(
        symbol="BTC-USDT",
        bids=levels("67996.6 0.37969491"),
        asks=levels("67996.7 1.14213262"),
        sequence=None,
        time=1729822226746000000,
    )
    assert data_of("futures depth 5") == BookSnapshot(
        symbol="XBTUSDTM",
        bids=levels("89720.9 513", "89720.8 12"),
        asks=levels("89721 906", "89721.1 203"),
        sequence=1709294294670,
        time=1731680019100000000,
    )
    assert data_of("pro book") == BookSnapshot(
        symbol="ETHUSDTM",
        bids=levels("1952.12 4"),
        asks=levels("1952.13 840"),
        sequence=1727360837858,
        time=1771602678623000000,
    )


def test_an_empty_side_of_level_1():
    """Nobody sells."""
    message = push("spot level 1")
    message.raw["data"]["asks"] = []
    told = update(message).data

    assert isinstance(told, BookSnapshot)
    assert (told.asks, told.bids) == ((), levels("68145.7 1.29267802"))


def test_changes_of_books():
    """Rows of spot have a sequence each; futures send one row as text; Pro's rows apply in their order."""
    assert data_of("spot book change") == BookChange(
        symbol="BTC-USDT",
        first_sequence=14701689783,
        last_sequence=14701689783,
        bids=(),
        asks=levels("67993.3 1.21427407 14701689783"),
        time=1729816425625000000,
    )
    assert data_of("futures book change") == BookChange(
        symbol="XBTUSDTM",
        first_sequence=1720848028237,
        last_sequence=1720848028237,
        bids=(),
        asks=levels("110224.7 0 1720848028237"),
        time=1756205427835000000,
    )
    assert data_of("pro book change") == BookChange(
        symbol="XBTUSDTM",
        first_sequence=1736202668967,
        last_sequence=1736202668968,
        bids=levels("67135.5 1", "67135.5 0"),
        asks=(),
        time=1771600803257000000,
    )


def test_a_bid_of_futures_changes_the_bids():
    """The side is a word in the text."""
    message = push("futures book change")
    message.raw["data"]["change"] = "110224.6,buy,7"
    told = update(message).data

    assert isinstance(told, BookChange)
    assert (told.bids, told.asks) == (levels("110224.6 7 1720848028237"), ())


def test_trades_of_others():
    """V1 tells both orders, Pro none."""
    assert data_of("spot trade") == MarketTrade(
        symbol="BTC-USDT",
        price=Decimal(67523),
        size=Decimal("0.003"),
        side="buy",
        trade_id="11067996711960577",
        sequence=11067996711960577,
        taker_order_id="671b50161777ff00074c168d",
        maker_order_id="671b5007389355000701b1d3",
        time=1729843222921000000,
    )
    assert data_of("futures trade") == MarketTrade(
        symbol="ETHUSDCM",
        price=Decimal("4419.15"),
        size=Decimal(17),
        side="sell",
        trade_id="1704252565555",
        sequence=1704252565555,
        taker_order_id="349748069560008705",
        maker_order_id="349748069539065857",
        time=1756199639791000000,
    )
    assert data_of("pro trade") == MarketTrade(
        symbol="ETHUSDTM",
        price=Decimal("1933.1"),
        size=Decimal(5),
        side="sell",
        trade_id="1814377247397",
        sequence=1814377247397,
        taker_order_id=None,
        maker_order_id=None,
        time=1771596007940000000,
    )


@pytest.mark.parametrize(
    ("name", "symbol", "mark", "index", "time"),
    [
        ("futures mark price", "XBTUSDTM", "90445.02", "90445.02", 1731899129000000000),
        ("spot mark price", "USDT-BTC", "0.00001182", None, 1740840036000000000),
        ("spot index price", "USDT-BTC", None, "0.0001092", 1551770400000000000),
        ("pro mark price", "XBTUSDTM", "90445", "90445", 1731899128999000000),
    ],
)
def test_mark_and_index_prices(name, symbol, mark, index, time):
    """Numbers with a fraction are exact; each of two streams tells one of the prices."""
    assert data_of(name) == MarkPrice(
        symbol=symbol,
        mark_price=None if mark is None else Decimal(mark),
        index_price=None if index is None else Decimal(index),
        time=time,
    )


def test_no_field_of_any_sample_is_a_float():
    """Money does not pass through a binary number."""
    typed = [data_of(name) for name in PUSHES]
    values = [value for data in typed if attrs.has(type(data)) for value in attrs.astuple(data)]

    assert len(values) > 500
    assert not [value for value in values if isinstance(value, float)]
