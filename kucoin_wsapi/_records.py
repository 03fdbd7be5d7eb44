"""What an order is looked up by, and the exchange's records of it, of three kinds, as one kind of report.

KuCoin documentation: "Get Order By OrderId" and "Get Order By ClientOid" of spot, margin and futures, "Get Order
Details" of the unified account. Prices and sizes come as text or as numbers; zero stands for absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from attrs import frozen

from .exceptions import ProtocolError
from .reports import OrderReport, OrderReportState

__all__ = ["PRODUCTS", "OrderName", "report_of"]

PRODUCTS = ("spot", "margin", "futures", "uta")
"""Of which orders can be looked up; the first part of an operation's name."""

_ZERO = Decimal(0)
# KuCoin documentation, "Get Order Details" (unified account): 0 and 1 wait for a trigger or have just been triggered.
_UTA_STATES: Mapping[str, OrderReportState] = MappingProxyType(
    {
        "0": "accepted",
        "1": "accepted",
        "2": "resting",
        "3": "filled",
        "4": "resting",
        "5": "cancelled",
        "6": "cancelled",
    }
)


@frozen
class OrderName:
    """What an order is looked up by: one of the two ids, and what its product needs besides.

    ``product`` is "spot", "margin", "futures" or "uta"; ``trade_type`` is needed for "uta" only.
    """

    product: str
    symbol: str | None
    order_id: str | None = None
    client_oid: str | None = None
    trade_type: str | None = None


def report_of(product: str, record: Mapping[str, Any]) -> OrderReport:
    """The report that a record amounts to; ``product`` is "spot", "margin", "futures" or "uta".

    Raises ``ProtocolError`` for a record without what every record has.
    """
    try:
        return _uta_report(record) if product == "uta" else _classic_report(record)
    except (KeyError, InvalidOperation, TypeError, ValueError) as error:
        raise ProtocolError(
            f"the record of an order makes no sense: {type(error).__name__} {error}"
        ) from error


def _classic_report(record: Mapping[str, Any]) -> OrderReport:
    filled = _number(record["dealSize"])
    # Futures call them differently.
    active = record["active"] if "active" in record else record["isActive"]
    in_book = record.get("inOrderBook", True)
    value = record.get("dealFunds", record.get("dealValue"))
    state: OrderReportState
    if active:
        state = "resting" if in_book else "accepted"
    else:
        size = _number(record.get("size"))
        state = "cancelled" if record["cancelExist"] and not (size and filled >= size) else "filled"
    average = record.get("avgDealPrice")
    if average is None and filled:
        average = _number(value) / filled
    return OrderReport(
        state=state,
        symbol=str(record["symbol"]),
        order_id=str(record["id"]),
        client_oid=_text(record.get("clientOid")),
        price=_number(record.get("price")) or None,
        size=_number(record.get("size")) or None,
        filled_size=filled,
        average_price=_number(average) or None,
        record=record,
    )


def _uta_report(record: Mapping[str, Any]) -> OrderReport:
    by_funds = record.get("sizeUnit") == "QUOTECCY"
    return OrderReport(
        state=_UTA_STATES[str(record["status"])],
        symbol=str(record["symbol"]),
        order_id=str(record["orderId"]),
        client_oid=_text(record.get("clientOid")),
        price=_number(record.get("price")) or None,
        size=None if by_funds else _number(record["size"]) or None,
        filled_size=_number(record["filledSize"]),
        average_price=_number(record.get("avgPrice")) or None,
        record=record,
    )


def _number(value: object) -> Decimal:
    number = Decimal(str(value)) if value not in (None, "") else _ZERO
    if not number.is_finite():
        raise ValueError(f"{number} is no amount")
    return number


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None
