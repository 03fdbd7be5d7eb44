"""Counts how long requests took, as their answers come."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ._histogram import Histogram

if TYPE_CHECKING:
    from .latency import LatencyReport, LatencySummary
    from .options import WsKey
    from .responses import WSAPIResponse

__all__ = ["Latencies"]

_NO_TIME = 10**20  # beyond that it is no time, and may not fit a float
_MOST_SERIES = 100  # what comes after them is not counted: a program may make up operations
_FIRST_NANOSECOND_TIME = 10**14  # in milliseconds this is the year 5138


class _Series:
    """The times of one operation over one key."""

    __slots__ = ("gateway", "queued", "round_trip", "whole")

    def __init__(self) -> None:
        self.whole, self.queued, self.round_trip = Histogram(), Histogram(), Histogram()
        self.gateway = Histogram()


class Latencies:
    """Of one client, over all its connections, in bounded memory. Thread-safe.

    ``_lock`` guards the series. Nothing else is taken while it is held. It is re-entrant, because a signal handler may
    ask for a report in a thread that holds it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._series: dict[tuple[str, WsKey], _Series] = {}

    def answered(self, response: WSAPIResponse[Any]) -> None:
        """Count an answer; on the loop thread."""
        name = response.op, response.ws_key
        sent_at, received_at, submitted_at = response.sent_at, response.received_at, response.submitted_at
        with self._lock:
            series = self._series.get(name)
            if series is None:
                if len(self._series) == _MOST_SERIES:
                    return
                series = self._series[name] = _Series()
            series.whole.add(received_at - submitted_at)
            series.queued.add(sent_at - submitted_at)
            series.round_trip.add(received_at - sent_at)
            in_time, out_time = response.in_time, response.out_time
            if in_time is not None and out_time is not None and abs(out_time - in_time) < _NO_TIME:
                unit = 1e-3 if in_time < _FIRST_NANOSECOND_TIME else 1e-9
                series.gateway.add((out_time - in_time) * unit)

    def report(self) -> LatencyReport:
        """What has been counted so far."""
        from .latency import LatencyReport, OperationLatency  # who asks for none does not wait for it

        with self._lock:
            copies = [
                (
                    name,
                    [
                        series.whole.copy(),
                        series.queued.copy(),
                        series.round_trip.copy(),
                        series.gateway.copy(),
                    ],
                )
                for name, series in self._series.items()
            ]
        operations = []
        for (op, ws_key), histograms in copies:
            whole, queued, round_trip = map(_summary, histograms[:3])
            gateway = _summary(histograms[3]) if histograms[3].count else None
            operations.append(OperationLatency(op, ws_key, whole, queued, round_trip, gateway))
        return LatencyReport(tuple(sorted(operations, key=lambda one: (one.op, one.ws_key.value))))


def _summary(histogram: Histogram) -> LatencySummary:
    from .latency import LatencySummary

    p50, p90, p99 = map(histogram.quantile, (0.5, 0.9, 0.99))
    return LatencySummary(histogram.count, p50, p90, p99, histogram.largest, tuple(histogram.bars()))
