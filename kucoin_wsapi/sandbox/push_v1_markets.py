"""Market data in the classic dialect: KuCoin documentation, the pages of the public topics of spot and futures. Pure.

Books and tickers are told when they change, where KuCoin collects the changes of 100 ms for some of its topics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial

from .arguments import decimal_text
from .envelopes import compact_json
from .feed_events import BookDelta, BookState, LevelChange, PricesChange, Trade
from .market_records import json_number, levels
from .push_announcing import Announcement
from .times import to_milliseconds

__all__ = ["announce_book", "announce_delta", "announce_prices", "announce_trade"]

NOTHING = Decimal(0)
BOOK_SIDES = {"buy": "bids", "sell": "asks"}


def _is_spot(symbol: str) -> bool:
    """Pairs have a hyphen, contracts none."""
    return "-" in symbol


def _public(
    topic: str, subject: str, data: Callable[[], dict[str, object]], sequence: int | None = None
) -> Announcement:
    """A message for everybody; those of futures carry the sequence in the envelope too."""

    def write() -> str:
        more = {} if sequence is None else {"sn": sequence}
        return compact_json({"topic": topic, "type": "message", "subject": subject, **more, "data": data()})

    return Announcement("", topic, write)


def announce_trade(trade: Trade) -> Iterator[Announcement]:
    """A trade, on the topic of its product."""
    if _is_spot(trade.symbol):
        yield _public(f"/market/match:{trade.symbol}", "trade.l3match", lambda: _spot_match(trade))
    else:
        topic = f"/contractMarket/execution:{trade.symbol}"
        yield _public(topic, "match", lambda: _futures_match(trade), trade.sequence)


def _spot_match(trade: Trade) -> dict[str, object]:
    return {
        "makerOrderId": trade.maker_order_id,
        "price": decimal_text(trade.price),
        "sequence": trade.trade_id,
        "side": trade.side,
        "size": decimal_text(trade.size),
        "symbol": trade.symbol,
        "takerOrderId": trade.taker_order_id,
        "time": str(trade.time),
        "tradeId": trade.trade_id,
        "type": "match",
    }


def _futures_match(trade: Trade) -> dict[str, object]:
    return {
        "symbol": trade.symbol,
        "sequence": trade.sequence,
        "side": trade.side,
        "size": int(trade.size),
        "price": decimal_text(trade.price),
        "takerOrderId": trade.taker_order_id,
        "makerOrderId": trade.maker_order_id,
        "tradeId": trade.trade_id,
        "ts": trade.time,
    }


def announce_delta(delta: BookDelta) -> Iterator[Announcement]:
    """Changes of a book: all in one message for spot, one by one for futures."""
    if _is_spot(delta.symbol):
        yield _public(f"/market/level2:{delta.symbol}", "trade.l2update", lambda: _spot_delta(delta))
        return
    for row in delta.rows:
        yield _futures_delta(delta, row)


def _spot_delta(delta: BookDelta) -> dict[str, object]:
    changes: dict[str, list[list[str]]] = {"asks": [], "bids": []}
    for row in delta.rows:
        entry = [decimal_text(row.price), decimal_text(row.size), str(row.sequence)]
        changes[BOOK_SIDES[row.side]].append(entry)
    return {
        "changes": changes,
        "sequenceEnd": delta.rows[-1].sequence,
        "sequenceStart": delta.rows[0].sequence,
        "symbol": delta.symbol,
        "time": to_milliseconds(delta.time),
    }


def _futures_delta(delta: BookDelta, row: LevelChange) -> Announcement:
    def data() -> dict[str, object]:
        return {
            "sequence": row.sequence,
            "change": f"{decimal_text(row.price)},{row.side},{int(row.size)}",
            "timestamp": to_milliseconds(delta.time),
        }

    return _public(f"/contractMarket/level2:{delta.symbol}", "level2", data, row.sequence)


def announce_book(state: BookState) -> Iterator[Announcement]:
    """Everything that is told of a book as a whole."""
    symbol = state.symbol
    if _is_spot(symbol):
        yield _public(f"/market/ticker:{symbol}", "trade.ticker", lambda: _spot_ticker(state))
        yield _public("/market/ticker:all", symbol, lambda: _spot_ticker(state))
        yield _public(f"/spotMarket/level1:{symbol}", "level1", lambda: _spot_depth(state, 1))
        yield _public(f"/market/snapshot:{symbol}", "trade.snapshot", partial(_snapshot, state))
        for depth in (5, 50):
            topic = f"/spotMarket/level2Depth{depth}:{symbol}"
            yield _public(topic, "level2", partial(_spot_depth, state, depth))
        return
    yield _public(f"/contractMarket/tickerV2:{symbol}", "tickerV2", lambda: _ticker_v2(state), state.sequence)
    yield _public(f"/contractMarket/ticker:{symbol}", "ticker", lambda: _ticker_v1(state), state.sequence)
    for depth in (5, 50):
        topic = f"/contractMarket/level2Depth{depth}:{symbol}"
        yield _public(topic, "level2", partial(_futures_depth, state, depth), state.sequence)


def _spot_ticker(state: BookState) -> dict[str, object]:
    bid, ask = _best(state)
    return {
        "bestAsk": decimal_text(ask[0]),
        "bestAskSize": decimal_text(ask[1]),
        "bestBid": decimal_text(bid[0]),
        "bestBidSize": decimal_text(bid[1]),
        "price": decimal_text(state.last_price),
        "sequence": str(state.sequence),
        "size": decimal_text(NOTHING if state.last is None else state.last.size),
        "time": to_milliseconds(state.time),
    }


def _snapshot(state: BookState) -> dict[str, object]:
    """The statistics of 24 hours, of which a sandbox counts none."""
    base, _, quote = state.symbol.partition("-")
    bid, ask = _best(state)
    last = json_number(state.last_price)
    zeros = ("vol", "volValue", "changePrice", "changeRate", "sort", "board", "mark")
    data: dict[str, object] = {
        **dict.fromkeys(zeros, 0),
        "trading": True,
        "symbol": state.symbol,
        "symbolCode": state.symbol,
        "baseCurrency": base,
        "quoteCurrency": quote,
        "market": quote,
        "buy": json_number(bid[0]),
        "bidSize": json_number(bid[1]),
        "sell": json_number(ask[0]),
        "askSize": json_number(ask[1]),
        "high": last,
        "low": last,
        "lastTradedPrice": last,
        "datetime": to_milliseconds(state.time),
    }
    return {"sequence": str(state.sequence), "data": data}


def _spot_depth(state: BookState, depth: int) -> dict[str, object]:
    asks, bids = levels(state.asks[:depth]), levels(state.bids[:depth])
    timestamp = to_milliseconds(state.time)
    if depth == 1:
        return {"asks": asks[0] if asks else [], "bids": bids[0] if bids else [], "timestamp": timestamp}
    return {"asks": asks, "bids": bids, "timestamp": timestamp}


def _ticker_v2(state: BookState) -> dict[str, object]:
    bid, ask = _best(state)
    return {
        "symbol": state.symbol,
        "sequence": state.sequence,
        "bestBidSize": int(bid[1]),
        "bestBidPrice": decimal_text(bid[0]),
        "bestAskPrice": decimal_text(ask[0]),
        "bestAskSize": int(ask[1]),
        "ts": state.time,
    }


def _ticker_v1(state: BookState) -> dict[str, object]:
    last = state.last
    return {
        **_ticker_v2(state),
        "side": "buy" if last is None else last.side,
        "size": 0 if last is None else int(last.size),
        "price": decimal_text(state.last_price),
        "tradeId": "0" if last is None else last.trade_id,
    }


def _futures_depth(state: BookState, depth: int) -> dict[str, object]:
    timestamp = to_milliseconds(state.time)
    return {
        "bids": _futures_rows(state.bids[:depth]),
        "sequence": state.sequence,
        "timestamp": timestamp,
        "ts": timestamp,
        "asks": _futures_rows(state.asks[:depth]),
    }


def _futures_rows(side: Iterable[tuple[Decimal, Decimal]]) -> list[list[object]]:
    """Prices as text, lots as numbers."""
    return [[decimal_text(price), int(size)] for price, size in side]


def _best(state: BookState) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
    """The best bid and ask; of an empty side zeros."""
    empty = (NOTHING, NOTHING)
    return next(iter(state.bids), empty), next(iter(state.asks), empty)


def announce_prices(change: PricesChange) -> Iterator[Announcement]:
    """Mark and index price of a contract."""

    def data() -> dict[str, object]:
        return {
            "markPrice": json_number(change.prices.mark),
            "indexPrice": json_number(change.prices.index),
            "granularity": 1000,
            "timestamp": to_milliseconds(change.time),
        }

    yield _public(f"/contract/instrument:{change.symbol}", "mark.index.price", data)
