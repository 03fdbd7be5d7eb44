"""Lives of orders, told as KuCoin tells them: in updates of both generations and in records of REST."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

from attrs import field, frozen

from kucoin_wsapi import OrderReport, OrderUpdate
from kucoin_wsapi._order_readers import futures_order, pro_order, spot_order
from kucoin_wsapi._records import report_of
from kucoin_wsapi.tracking import TrackedOrder

START = 1_730_211_033_305_000_000  # Unix ns
Ending = Literal["filled", "canceled", "none"]
ORDER_ID, CLIENT_OID = "6720ecd9ec71f4000747731a", "5c52e11203aa677f33e493fb"


@frozen
class Moment:
    """The order after one event of its life."""

    event: str
    stage: str  # V1's status
    number: int
    filled: int
    canceled: int
    live: bool
    trade: tuple[str, int, int] | None = None  # id, price, size
    sizes: tuple[tuple[int, int], ...] = ()  # price and size of all fills by now


@frozen
class Tale:
    """A limit order for ``size``: fills as the taker, then in the book as the maker, a part cancelled, an end."""

    size: int = 10
    taken: Sequence[int] = ()
    made: Sequence[int] = ()
    part_cancelled: int = 0
    ending: Ending = "filled"
    order_id: str = ORDER_ID
    started: int = field(default=START)

    def moments(self) -> tuple[Moment, ...]:
        """Its life, in order; sizes beyond what is left are cut."""
        return tuple(self._live())

    def _live(self) -> Iterator[Moment]:
        filled = canceled = number = 0
        sizes: list[tuple[int, int]] = []

        def moment(event: str, stage: str, live: bool = True, trade: Any = None) -> Moment:
            return Moment(event, stage, number, filled, canceled, live, trade, tuple(sizes))

        yield moment("received", "new")
        for role, wanted in [
            *(("match", n) for n in self.taken),
            ("open", 0),
            *(("made", n) for n in self.made),
        ]:
            left = self.size - filled - canceled
            number += 1
            if role == "open":
                if left:
                    yield moment("open", "open")
                    if 0 < self.part_cancelled < left:
                        canceled, number = self.part_cancelled, number + 1
                        yield moment("update", "open")
                continue
            if not left:
                continue
            traded = min(wanted, left)
            filled += traded
            sizes.append((100 + number, traded))
            stage = "match" if role == "match" else "open"
            yield moment("match", stage, True, (f"{7000 + number}", 100 + number, traded))
        number += 1
        if filled and filled + canceled == self.size:
            yield moment("filled", "done", live=False)
        elif self.ending != "none":
            canceled = self.size - filled
            yield moment("canceled", "done", live=False)

    def update(self, moment: Moment, dialect: str) -> OrderUpdate:
        """What the stream says of a moment; ``dialect`` is "spot", "futures" or "pro"."""
        if dialect == "pro":
            return pro_order(self._pro(moment), "SPOT", "")
        return (futures_order if dialect == "futures" else spot_order)(self._v1(moment, dialect), "", "")

    def _v1(self, moment: Moment, dialect: str) -> dict[str, Any]:
        left = self.size - moment.filled - moment.canceled
        data: dict[str, Any] = {
            "symbol": "XBTUSDTM" if dialect == "futures" else "BTC-USDT",
            "orderType": "limit",
            "side": "buy",
            "orderId": self.order_id,
            "clientOid": CLIENT_OID,
            "orderTime": self.started if dialect == "futures" else self.started // 1_000_000,
            "type": moment.event,
            "status": moment.stage,
            "price": "200",
            "ts": self.started + moment.number,
        }
        if dialect == "spot":
            data["originSize"] = str(self.size)
        if moment.event == "received":
            return data
        data |= {
            "size": str(moment.filled + left if moment.event == "update" else self.size),
            "filledSize": str(moment.filled),
            "remainSize": str(left if moment.live else 0),
            "canceledSize": str(moment.canceled),
        }
        if moment.trade is not None:
            trade_id, price, size = moment.trade
            data |= {"matchPrice": str(price), "matchSize": str(size), "tradeId": trade_id}
            data |= {"liquidity": "taker", "feeType": "takerFee"}
        return data

    def _pro(self, moment: Moment) -> dict[str, Any]:
        events = {
            "received": "OPEN",
            "open": "OPEN",
            "update": "UPDATE",
            "match": "MATCH",
            "canceled": "CANCEL",
        }
        trade = moment.trade or ("", 0, 0)
        whole = not moment.live and moment.event == "filled"
        return {
            "tT": "SPOT",
            "oi": self.order_id,
            "ci": CLIENT_OID,
            "os": 3 if whole else (4 if moment.filled else 2) if moment.live else (6 if moment.filled else 5),
            "eT": "UPDATE" if whole else events[moment.event],
            "s": "BTC-USDT",
            "S": "BUY",
            "oT": "LIMIT",
            "p": "200",
            "q": str(self.size),
            "qU": "BASECCY",
            "ti": trade[0],
            "fS": str(moment.filled),
            "ls": str(trade[1]),
            "lS": str(trade[2]),
            "aP": str(average(moment) or 0),
            "cS": str(moment.canceled),
            "rS": str(self.size - moment.filled - moment.canceled),
            "f": str(moment.filled),
            "fC": "USDT",
            "O": self.started,
            "U": self.started + moment.number,
        }

    def report(self, moment: Moment) -> OrderReport:
        """What a look-up over REST says at a moment."""
        value = sum(price * size for price, size in moment.sizes)
        record = {
            "id": self.order_id,
            "clientOid": CLIENT_OID,
            "symbol": "BTC-USDT",
            "type": "limit",
            "side": "buy",
            "price": "200",
            "size": str(self.size),
            "dealSize": str(moment.filled),
            "dealFunds": str(value),
            "cancelledSize": str(moment.canceled),
            "fee": str(moment.filled),
            "feeCurrency": "USDT",
            "cancelExist": moment.event == "canceled",
            "inOrderBook": moment.live and moment.stage == "open",
            "active": moment.live,
            "createdAt": self.started // 1_000_000,
            "lastUpdatedAt": (self.started + moment.number) // 1_000_000,
        }
        return report_of("spot", record)


def average(moment: Moment) -> Decimal | None:
    """Of the fills by a moment."""
    value = sum(price * size for price, size in moment.sizes)
    return Decimal(value) / moment.filled if moment.filled else None


def fresh(product: str = "spot", **fields: Any) -> TrackedOrder:
    """An order of which nothing is known yet but its client id."""
    return TrackedOrder(product=product, client_oid=CLIENT_OID, **fields)
