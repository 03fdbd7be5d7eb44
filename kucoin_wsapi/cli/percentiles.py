"""Times of requests, summed up; all in microseconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kucoin_wsapi.responses import WSAPIResponse

__all__ = ["gateway_time", "summary", "table"]

_COLUMNS = ("count", "min", "p50", "p90", "p99", "max")


def summary(seconds: Iterable[float]) -> dict[str, int | None]:
    """Count, smallest, median, 90th and 99th percentile, largest; a percentile is a time that occurred (nearest rank).

    Null where there is nothing to sum up.
    """
    ordered = sorted(seconds)
    shares = {"min": 0.0, "p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {"count": len(ordered), **{name: _at(ordered, share) for name, share in shares.items()}}


def _at(ordered: Sequence[float], share: float) -> int | None:
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)] * 1e6)


def gateway_time(response: WSAPIResponse[Any]) -> float | None:
    """Seconds that the request was at the gateway, of a client with ``enable_ns``; None if it did not say."""
    if response.in_time is None or response.out_time is None:
        return None
    return (response.out_time - response.in_time) / 1e9


def table(rows: Mapping[str, Mapping[str, int | None]]) -> Iterator[str]:
    """The lines of a table of summaries, by their names."""
    width = max(map(len, (*rows, "microseconds")))
    yield f"{'microseconds':{width}}" + "".join(f"{name:>9}" for name in _COLUMNS)
    for name, times in rows.items():
        cells = ("-" if times[column] is None else str(times[column]) for column in _COLUMNS)
        yield f"{name:{width}}" + "".join(f"{cell:>9}" for cell in cells)
