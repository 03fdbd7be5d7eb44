"""How long requests took: what ``client.latency()`` tells."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any, overload

from attrs import field, frozen

from ._html import table
from .options import WsKey

__all__ = ["LatencyReport", "LatencySummary", "OperationLatency"]

_HEAD = ("operation", "connection", "", "count", "p50 us", "p90 us", "p99 us", "max us")
_TEXTS = 3  # columns; the rest are numbers


@frozen
class LatencySummary:
    """Times of one kind, in seconds.

    Attributes:
        count: how many there were.
        p50, p90, p99: what half of them, nine in ten, 99 in a hundred do not exceed; at most 1/32 above the truth, or
            a microsecond.
        max: the longest, exactly.
        histogram: the upper end of each bucket and how many were in it, in order.
    """

    count: int
    p50: float
    p90: float
    p99: float
    max: float
    histogram: tuple[tuple[float, int], ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The figures without the histogram, in seconds, ready for JSON."""
        return {"count": self.count, "p50": self.p50, "p90": self.p90, "p99": self.p99, "max": self.max}


@frozen
class OperationLatency:
    """The answered requests of one operation over one kind of connection.

    Attributes:
        op: such as ``"spot.order"``.
        ws_key: the connection.
        whole: from the call to the read of the answer.
        queued: from the call to the write of the request.
        round_trip: from the write of the request to the read of its answer.
        gateway: from ``in_time`` to ``out_time`` of the answer, by the exchange's clock: a part of ``round_trip``, in
            whole milliseconds unless ``enable_ns`` is set; a negative time counts as none. None where no answer had
            both.
    """

    op: str
    ws_key: WsKey
    whole: LatencySummary
    queued: LatencySummary
    round_trip: LatencySummary
    gateway: LatencySummary | None

    @property
    def parts(self) -> dict[str, LatencySummary]:
        """The summaries that there are, by name."""
        named = {"whole": self.whole, "queued": self.queued, "round_trip": self.round_trip}
        return named if self.gateway is None else {**named, "gateway": self.gateway}

    def to_dict(self) -> dict[str, Any]:
        """Times in seconds, ready for JSON."""
        figures = {name: summary.to_dict() for name, summary in self.parts.items()}
        return {"op": self.op, "ws_key": self.ws_key.value, **figures}


@frozen
class LatencyReport(Sequence[OperationLatency]):
    """A snapshot, by operation and connection; ``print`` shows a table, a notebook too.

    Every answer counts, refusals and late ones included; a request that was never answered does not.
    """

    operations: tuple[OperationLatency, ...]

    @overload
    def __getitem__(self, index: int) -> OperationLatency: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[OperationLatency]: ...

    def __getitem__(self, index: int | slice) -> OperationLatency | Sequence[OperationLatency]:
        return self.operations[index]

    def __len__(self) -> int:
        return len(self.operations)

    def to_dict(self) -> dict[str, Any]:
        """Times in seconds, ready for JSON."""
        return {"operations": [operation.to_dict() for operation in self.operations]}

    def __str__(self) -> str:
        lines = [_HEAD, *self._lines()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if column < _TEXTS else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        return table(_HEAD, self._lines(), texts=_TEXTS)

    def _lines(self) -> Iterator[tuple[str, ...]]:
        for operation in self.operations:
            names = operation.op, operation.ws_key.value
            for part, summary in operation.parts.items():
                times = (summary.p50, summary.p90, summary.p99, summary.max)
                figures = (f"{seconds * 1e6:,.0f}" for seconds in times)
                yield (*names, part.replace("_", " "), str(summary.count), *figures)
                names = "", ""

    def plot(self, axes: Any = None) -> Any:
        """Draw the distribution of the round trips, a line for each operation; needs matplotlib (the extra ``plot``).

        Args:
            axes: matplotlib's ``Axes`` to draw on; None: new ones.

        Returns the ``Axes``. Raises ``ImportError`` without matplotlib.
        """
        if axes is None:
            _, axes = importlib.import_module("matplotlib.pyplot").subplots()
        for operation in self.operations:
            summary = operation.round_trip
            seen, shares = 0, []
            for _, count in summary.histogram:
                seen += count
                shares.append(seen / summary.count)
            times = [upper_end * 1e6 for upper_end, _ in summary.histogram]
            axes.step(times, shares, where="post", label=f"{operation.op} ({summary.count})")
        axes.set_xscale("log")
        axes.set_xlabel("round trip, microseconds")
        axes.set_ylabel("share of the answers")
        if self.operations:
            axes.legend()
        return axes
