"""The data of public streams, as the exchange writes it, to the classes of ``market_updates``.

A V1 reader takes the data, the symbol of the topic and the subject; a Pro reader takes the data, the trade type and
the stage of a book. KuCoin documentation, the pages of the streams that each function names. All raise ``KeyError``,
``IndexError``, ``AttributeError``, ``TypeError``, ``ValueError`` or ``ArithmeticError`` for what is not of the
documented shape.
"""

from __future__ import annotations

from typing import Any

from ._wire_values import amount, amount_or_none, nanoseconds, side, text, text_or_none, whole
from .market_updates import BookChange, BookLevel, BookSnapshot, MarketTrade, MarkPrice, Ticker


def spot_ticker(data: Any, symbol: str, subject: str) -> Ticker:
    """ "Ticker" (3470063w0) and "All Tickers" (3470064w0), where the subject is the symbol."""
    return Ticker(
        symbol=text(subject if symbol == "all" else symbol),
        price=amount_or_none(data["price"]),
        size=amount_or_none(data["size"]),
        side=None,
        best_bid=amount_or_none(data["bestBid"]),
        best_bid_size=amount_or_none(data["bestBidSize"]),
        best_ask=amount_or_none(data["bestAsk"]),
        best_ask_size=amount_or_none(data["bestAskSize"]),
        sequence=whole(data["sequence"]),
        # The documentation's example begins it with a capital.
        time=nanoseconds(data.get("time") or data.get("Time")),
    )


def futures_ticker(data: Any, symbol: str, subject: str) -> Ticker:
    """ "Ticker V2" (3470080w0) and "Ticker V1" (3470081w0)."""
    taker = data.get("side")
    return Ticker(
        symbol=text(data.get("symbol") or symbol),
        price=amount_or_none(data.get("price")),
        size=amount_or_none(data.get("size")),
        side=None if taker is None else side(taker),
        best_bid=amount_or_none(data["bestBidPrice"]),
        best_bid_size=amount_or_none(data["bestBidSize"]),
        best_ask=amount_or_none(data["bestAskPrice"]),
        best_ask_size=amount_or_none(data["bestAskSize"]),
        sequence=whole(data["sequence"]),
        time=nanoseconds(data.get("ts")),
    )


def pro_ticker(data: Any, trade_type: str, stage: str) -> Ticker:
    """ "Ticker" (3470355w0)."""
    taker = data.get("S")
    return Ticker(
        symbol=text(data["s"]),
        price=amount_or_none(data["l"]),
        size=amount_or_none(data["q"]),
        side=None if not taker else side(taker),
        best_bid=amount_or_none(data["b"]),
        best_bid_size=amount_or_none(data["B"]),
        best_ask=amount_or_none(data["a"]),
        best_ask_size=amount_or_none(data["A"]),
        sequence=whole(data.get("E")),
        time=nanoseconds(data.get("M")),
    )


def level_1(data: Any, symbol: str, subject: str) -> BookSnapshot:
    """ "Orderbook - Level 1" (3470067w0): one level of each side, bare."""
    bid, ask = data["bids"], data["asks"]
    return BookSnapshot(
        symbol=text(symbol),
        bids=_levels([bid] if bid else []),
        asks=_levels([ask] if ask else []),
        sequence=whole(data.get("sequence")),
        time=nanoseconds(data.get("timestamp")),
    )


def depth(data: Any, symbol: str, subject: str) -> BookSnapshot:
    """ "Orderbook - Level 5" and "Level 50" of spot (3470069w0, 3470070w0) and futures (3470083w0, 3470097w0)."""
    return BookSnapshot(
        symbol=text(symbol),
        bids=_levels(data["bids"]),
        asks=_levels(data["asks"]),
        sequence=whole(data.get("sequence")),
        time=nanoseconds(data.get("timestamp")),
    )


def pro_book(data: Any, trade_type: str, stage: str) -> BookSnapshot | BookChange:
    """ "Orderbook" (3470354w0), whole or in changes as the stage says."""
    symbol, bids, asks = text(data["s"]), _levels(data["b"]), _levels(data["a"])
    last, time = whole(data["C"]), nanoseconds(data.get("M"))
    if stage == "snapshot":
        return BookSnapshot(symbol=symbol, bids=bids, asks=asks, sequence=last, time=time)
    if stage != "delta":
        raise ValueError("neither a snapshot nor a change")
    return BookChange(
        symbol=symbol,
        first_sequence=_number(data["O"]),
        last_sequence=_number(last),
        bids=bids,
        asks=asks,
        time=time,
    )


def spot_changes(data: Any, symbol: str, subject: str) -> BookChange:
    """ "Orderbook - Increment" of spot (3470068w0)."""
    changes = data["changes"]
    return BookChange(
        symbol=text(data.get("symbol") or symbol),
        first_sequence=_number(data["sequenceStart"]),
        last_sequence=_number(data["sequenceEnd"]),
        bids=_numbered_levels(changes["bids"]),
        asks=_numbered_levels(changes["asks"]),
        time=nanoseconds(data.get("time")),
    )


def futures_change(data: Any, symbol: str, subject: str) -> BookChange:
    """ "Orderbook - Increment" of futures (3470082w0): one text of price, side and lots."""
    price, changed, size = data["change"].split(",")
    sequence = _number(data["sequence"])
    level = (BookLevel(amount(price), amount(size), sequence),)
    bought = side(changed) == "buy"
    return BookChange(
        symbol=text(symbol),
        first_sequence=sequence,
        last_sequence=sequence,
        bids=level if bought else (),
        asks=() if bought else level,
        time=nanoseconds(data.get("timestamp")),
    )


def trade(data: Any, symbol: str, subject: str) -> MarketTrade:
    """ "Trade" of spot (3470072w0) and futures (3470084w0)."""
    return MarketTrade(
        symbol=text(data.get("symbol") or symbol),
        price=amount(data["price"]),
        size=amount(data["size"]),
        side=side(data["side"]),
        trade_id=text(data["tradeId"]),
        sequence=whole(data.get("sequence")),
        taker_order_id=text_or_none(data.get("takerOrderId")),
        maker_order_id=text_or_none(data.get("makerOrderId")),
        time=nanoseconds(data.get("time") or data.get("ts")),
    )


def pro_trade(data: Any, trade_type: str, stage: str) -> MarketTrade:
    """ "Trade" (3470359w0)."""
    return MarketTrade(
        symbol=text(data["s"]),
        price=amount(data["p"]),
        size=amount(data["q"]),
        side=side(data["S"]),
        trade_id=text(data["ti"]),
        sequence=whole(data.get("E")),
        taker_order_id=None,
        maker_order_id=None,
        time=nanoseconds(data.get("M")),
    )


def spot_mark_price(data: Any, symbol: str, subject: str) -> MarkPrice:
    """ "Mark Price" (3470077w0)."""
    return MarkPrice(
        symbol=text(data.get("symbol") or symbol),
        mark_price=amount(data["value"]),
        index_price=None,
        time=nanoseconds(data.get("timestamp")),
    )


def spot_index_price(data: Any, symbol: str, subject: str) -> MarkPrice:
    """ "Index Price" (3470076w0)."""
    return MarkPrice(
        symbol=text(data.get("symbol") or symbol),
        mark_price=None,
        index_price=amount(data["value"]),
        time=nanoseconds(data.get("timestamp")),
    )


def instrument(data: Any, symbol: str, subject: str) -> MarkPrice:
    """ "Instrument" (3470087w0), which tells funding rates too: those have no class."""
    return MarkPrice(
        symbol=text(symbol),
        mark_price=amount(data["markPrice"]),
        index_price=amount(data["indexPrice"]),
        time=nanoseconds(data.get("timestamp")),
    )


def pro_mark_price(data: Any, trade_type: str, stage: str) -> MarkPrice:
    """ "Mark Price" (3470358w0)."""
    return MarkPrice(
        symbol=text(data["s"]),
        mark_price=amount_or_none(data["mp"]),
        index_price=amount_or_none(data["ip"]),
        time=nanoseconds(data.get("ts")),
    )


def _number(value: Any) -> int:
    number = whole(value)
    if number is None:
        raise TypeError("a sequence number is missing")
    return number


def _levels(rows: Any) -> tuple[BookLevel, ...]:
    return tuple([BookLevel(amount(row[0]), amount(row[1])) for row in _array(rows)])


def _numbered_levels(rows: Any) -> tuple[BookLevel, ...]:
    return tuple([BookLevel(amount(row[0]), amount(row[1]), whole(row[2])) for row in _array(rows)])


def _array(rows: Any) -> list[Any]:
    if type(rows) is not list or not all(type(row) is list for row in rows):
        raise TypeError("an array of arrays is documented")
    return rows
