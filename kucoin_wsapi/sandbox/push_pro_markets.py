"""Market data in the Pro dialect: KuCoin documentation, the public channels of Pro push. Pure.

Of a book in full come a snapshot first and then changes: `O` and `C` are the sequences of the first and the last
change of a message, both that of the last change in a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial

from .arguments import decimal_text
from .feed_events import BookDelta, BookState, Trade
from .market_records import levels
from .push_announcing import Announcement
from .push_pro_orders import pro_message

__all__ = ["announce_book", "announce_delta", "announce_first_book", "announce_trade"]

DEPTHS = (1, 5, 50)
INCREMENTS = ("increment", "increment@10ms")
NOTHING = Decimal(0)


def _trade_type(symbol: str) -> str:
    """Pairs have a hyphen, contracts none."""
    return "SPOT" if "-" in symbol else "FUTURES"


def announce_trade(trade: Trade) -> Iterator[Announcement]:
    """A trade; the side is the taker's."""
    topic = f"trade.{_trade_type(trade.symbol)}"

    def data() -> dict[str, object]:
        return {
            "p": decimal_text(trade.price),
            "q": decimal_text(trade.size),
            "s": trade.symbol,
            "S": trade.side,
            "E": trade.sequence,
            "ti": trade.trade_id,
            "rpi": False,
            "M": trade.time,
        }

    yield Announcement("", f"{topic}:{trade.symbol}", lambda: pro_message(topic, trade.time, data()))


def announce_book(state: BookState) -> Iterator[Announcement]:
    """The ticker, and the best levels as they are now."""
    topic = f"ticker.{_trade_type(state.symbol)}"
    yield Announcement("", f"{topic}:{state.symbol}", lambda: pro_message(topic, state.time, _ticker(state)))
    for depth in DEPTHS:
        yield _snapshot(state, str(depth), depth)


def announce_first_book(state: BookState) -> Iterator[Announcement]:
    """What comes before changes can be told; at most as many levels as a `BookState` has."""
    for increment in INCREMENTS:
        yield _snapshot(state, increment, None)


def _snapshot(state: BookState, name: str, depth: int | None) -> Announcement:
    topic = f"obu.{_trade_type(state.symbol)}"

    def write() -> str:
        asks, bids = levels(state.asks[:depth]), levels(state.bids[:depth])
        data = {"a": asks, "b": bids, "s": state.symbol, "C": state.sequence, "O": state.sequence}
        return pro_message(topic, state.time, data | {"M": state.time}, dp=name, t="snapshot")

    return Announcement("", f"{topic}:{state.symbol}:{name}", write)


def announce_delta(delta: BookDelta) -> Iterator[Announcement]:
    """The changes of a book; those at one price are in their order."""
    for increment in INCREMENTS:
        topic = f"obu.{_trade_type(delta.symbol)}"
        write = partial(_delta, topic, delta, increment)
        yield Announcement("", f"{topic}:{delta.symbol}:{increment}", write)


def _delta(topic: str, delta: BookDelta, name: str) -> str:
    data = {
        "a": _rows(delta, "sell"),
        "b": _rows(delta, "buy"),
        "C": delta.rows[-1].sequence,
        "s": delta.symbol,
        "M": delta.time,
        "O": delta.rows[0].sequence,
    }
    return pro_message(topic, delta.time, data, dp=name, t="delta")


def _rows(delta: BookDelta, side: str) -> list[list[str]]:
    return levels((row.price, row.size) for row in delta.rows if row.side == side)


def _ticker(state: BookState) -> dict[str, object]:
    bid, ask = _best(state.bids), _best(state.asks)
    last = state.last
    return {
        "a": decimal_text(ask[0]),
        "A": decimal_text(ask[1]),
        "q": decimal_text(NOTHING if last is None else last.size),
        "b": decimal_text(bid[0]),
        "B": decimal_text(bid[1]),
        "s": state.symbol,
        "S": "buy" if last is None else last.side,
        "E": state.sequence,
        "l": decimal_text(state.last_price),
        "M": state.time,
    }


def _best(side: Iterable[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal]:
    """The best level; of an empty side zeros."""
    return next(iter(side), (NOTHING, NOTHING))
