"""Counts how long requests took, as their answers come."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from operator import sub
from typing import Any

from ._histogram import Histogram
from .latency import LatencyReport, LatencySummary, OperationLatency
from .options import WsKey
from .responses import WSAPIResponse

__all__ = ["Latencies"]

# Operation, key; when it was submitted, sent and answered (monotonic seconds); when the gateway took and answered it.
_Times = tuple[str, "WsKey", float, float, float, "int | None", "int | None"]

_COUNTED_AT_ONCE = 64  # takes as long as dealing with two or three answers
_NO_TIME = 10**20  # beyond that it is no time, and may not fit a float
_MOST_SERIES = 100  # what comes after them is not counted: a program may make up operations
_FIRST_NANOSECOND_TIME = 10**14  # in milliseconds this is the year 5138


class _Series:
    """The times of one operation over one key."""

    __slots__ = ("gateway", "queued", "round_trip", "whole")

    def __init__(self) -> None:
        self.whole, self.queued, self.round_trip = Histogram(), Histogram(), Histogram()
        self.gateway = Histogram()

    def add(self, several: Sequence[_Times]) -> None:
        """Count what has been noted of some answers."""
        _, _, submitted, sent, received, in_times, out_times = zip(*several, strict=True)
        self.whole.add_all(list(map(sub, received, submitted)))
        self.queued.add_all(list(map(sub, sent, submitted)))
        self.round_trip.add_all(list(map(sub, received, sent)))
        self.gateway.add_all(
            [
                (out_time - in_time) * (1e-3 if in_time < _FIRST_NANOSECOND_TIME else 1e-9)
                for in_time, out_time in zip(in_times, out_times, strict=True)
                if in_time is not None and out_time is not None and abs(out_time - in_time) < _NO_TIME
            ]
        )


class Latencies:
    """Of one client, over all its connections, in bounded memory. Thread-safe.

    ``_lock`` guards the series. Nothing else is taken while it is held. It is re-entrant, because a signal handler may
    ask for a report in a thread that holds it. What is not counted yet waits in ``_waiting``, to which any thread adds
    in one step: counting many at once takes half of the time.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._series: dict[tuple[str, WsKey], _Series] = {}
        self._waiting: deque[_Times] = deque()

    def answered(self, response: WSAPIResponse[Any]) -> None:
        """Count an answer; on the loop thread."""
        waiting = self._waiting
        waiting.append(
            (
                response.op,
                response.ws_key,
                response.submitted_at,
                response.sent_at,
                response.received_at,
                response.in_time,
                response.out_time,
            )
        )
        if len(waiting) >= _COUNTED_AT_ONCE:
            self._count()

    def _count(self) -> None:
        by_name: dict[tuple[str, WsKey], list[_Times]] = defaultdict(list)
        with self._lock:
            with contextlib.suppress(IndexError):
                while True:
                    times = self._waiting.popleft()
                    by_name[times[:2]].append(times)
            for name, several in by_name.items():
                series = self._series.get(name)
                if series is None:
                    if len(self._series) == _MOST_SERIES:
                        continue
                    series = self._series[name] = _Series()
                series.add(several)

    def report(self) -> LatencyReport:
        """What has been counted so far."""
        self._count()
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
    p50, p90, p99 = map(histogram.quantile, (0.5, 0.9, 0.99))
    return LatencySummary(histogram.count, p50, p90, p99, histogram.largest, tuple(histogram.bars()))
