"""Outcomes of calls as lines of a table, for the command line."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from .exceptions import CallError, RejectedError
from .responses import WSAPIResponse

__all__ = ["Row", "row_of", "table"]


@frozen
class Row:
    """One call: what it was, how it ended, and how long that took in microseconds; None where nobody said."""

    op: str
    outcome: str
    ids: str
    round_trip: int | None = None
    gateway: int | None = None

    def cells(self) -> tuple[str, ...]:
        """As a line of a table."""
        times = ("-" if time is None else str(time) for time in (self.round_trip, self.gateway))
        return (self.op, self.outcome, self.ids, *times)

    def record(self) -> dict[str, Any]:
        """For programs."""
        return {
            "operation": self.op,
            "outcome": self.outcome,
            "ids": self.ids,
            "round_trip_us": self.round_trip,
            "gateway_us": self.gateway,
        }


_HEAD = ("operation", "outcome", "order id, client id", "round trip us", "gateway us")
_RIGHT = 3  # from this column on: numbers


def row_of(what: str, future: concurrent.futures.Future[WSAPIResponse[Any]]) -> tuple[Row, Any]:
    """Wait for a call; ``what`` says in words what it was meant to do. The client must use ``enable_ns``."""
    try:
        response = future.result()
    except RejectedError as error:
        outcome = f"{what} ({error.code} {type(error).__name__})"
        return _row(error.op, outcome, error.client_oid or "-", error.response), error
    except CallError as error:
        return Row(error.op, f"{what}: {type(error).__name__}", error.client_oid or "-"), error
    return _row(response.op, what, _ids(response.data), response), response


def _row(op: str, outcome: str, ids: str, response: WSAPIResponse[Any]) -> Row:
    gateway = None
    if response.in_time is not None and response.out_time is not None:
        gateway = round((response.out_time - response.in_time) / 1000)
    return Row(op, outcome, ids, round(response.round_trip * 1e6), gateway)


def _ids(data: Any) -> str:
    names = ("order_id", "new_order_id", "cancelled_order_ids", "client_oid")
    found = [getattr(data, name, None) for name in names]
    if not any(found):
        return f"{len(data)} items" if hasattr(data, "__len__") else "-"
    return ", ".join(one if isinstance(one, str) else ", ".join(one) for one in found if one)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a table: text to the left, numbers to the right."""
    lines = [_HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        cells = (
            cell.rjust(width) if index >= _RIGHT else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
