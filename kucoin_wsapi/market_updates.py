"""What the public streams tell, typed: one class for each kind of news, whichever stream and product it came from.

All classes are frozen and pickle. Prices are ``Decimal``, in the quote currency; sizes are ``Decimal``, in the base
currency, or in lots for futures. Times are Unix times in nanoseconds, whatever unit the exchange sent. None means that
the stream does not tell. Fields that have no place here are in ``Update.raw``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from attrs import field, frozen

__all__ = ["BookChange", "BookLevel", "BookSnapshot", "MarkPrice", "MarketTrade", "Ticker"]


class BookLevel(NamedTuple):
    """All orders at one price. Of a change, size zero means that nothing is left there.

    ``sequence`` is the number of this very change, told by spot's stream of changes (V1) only.
    """

    price: Decimal
    size: Decimal
    sequence: int | None = None


@frozen(kw_only=True)
class Ticker:
    """Best prices and the last trade (spot's ticker, futures' ``tickerV2`` and ``ticker``, Pro's ``ticker``).

    Attributes:
        symbol: pair or contract.
        price, size: of the last trade; ``tickerV2`` does not tell them.
        side: of the taker of the last trade.
        best_bid, best_bid_size, best_ask, best_ask_size: None for an empty side of the book.
        sequence: rises with each change of the book.
        time: Unix ns.
    """

    symbol: str
    price: Decimal | None
    size: Decimal | None
    side: Literal["buy", "sell"] | None
    best_bid: Decimal | None
    best_bid_size: Decimal | None
    best_ask: Decimal | None
    best_ask_size: Decimal | None
    sequence: int | None
    time: int | None


@frozen(kw_only=True)
class BookSnapshot:
    """The best levels of a book as they are now, best first; it replaces what was known before.

    It comes from ``level1``, ``level2Depth5`` and ``level2Depth50`` (V1), and from ``obu`` (Pro), where the stream of
    changes begins with one.

    Attributes:
        symbol: pair or contract.
        bids, asks: best price first; of ``level1`` one each, or none.
        sequence: of the last change that is in it.
        time: Unix ns.
    """

    symbol: str
    bids: tuple[BookLevel, ...] = field(repr=False)
    asks: tuple[BookLevel, ...] = field(repr=False)
    sequence: int | None
    time: int | None


@frozen(kw_only=True)
class BookChange:
    """Levels of a book that have changed (``/market/level2``, ``/contractMarket/level2``, Pro's ``obu``).

    KuCoin documentation, "Orderbook - Increment". It follows what is known up to sequence ``L`` if
    ``first_sequence <= L + 1``, and brings something new if ``last_sequence > L``; otherwise something is missing, and
    the book has to be fetched again. Sizes replace, they do not add. Levels apply in their order; of spot (V1) each has
    a sequence of its own, those up to ``L`` are passed over, and price zero changes nothing.

    Attributes:
        symbol: pair or contract.
        first_sequence, last_sequence: what it covers, both included; futures (V1) send one change at a time.
        bids, asks: the new size at each price.
        time: Unix ns.
    """

    symbol: str
    first_sequence: int
    last_sequence: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    time: int | None


@frozen(kw_only=True)
class MarketTrade:
    """Somebody traded with somebody (``/market/match``, ``/contractMarket/execution``, Pro's ``trade``).

    Attributes:
        symbol: pair or contract.
        price, size: of the trade.
        side: of the taker.
        trade_id: the exchange's id of it.
        sequence: number of the trade.
        taker_order_id, maker_order_id: as V1 tells them; Pro does not.
        time: when it was matched, Unix ns.
    """

    symbol: str
    price: Decimal
    size: Decimal
    side: Literal["buy", "sell"]
    trade_id: str
    sequence: int | None
    taker_order_id: str | None
    maker_order_id: str | None
    time: int | None


@frozen(kw_only=True)
class MarkPrice:
    """What positions and loans are valued at (``/indicator/...``, ``/contract/instrument``, Pro's ``mark-price``).

    Attributes:
        symbol: pair or contract.
        mark_price, index_price: the two streams of ``/indicator`` tell one each.
        time: Unix ns.
    """

    symbol: str
    mark_price: Decimal | None
    index_price: Decimal | None
    time: int | None
