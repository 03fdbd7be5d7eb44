"""How a contender is measured, inside its own process."""

from __future__ import annotations

import gc
import resource
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

__all__ = ["MEASUREMENTS"]

Figures = dict[str, float]
WINDOW, THREADS = 256, 16


def _latencies(contender: Any, count: int) -> list[int]:
    if hasattr(contender, "latencies"):
        taken: list[int] = contender.latencies(count)
        return taken
    order, clock = contender.order, time.perf_counter_ns
    taken = []
    for _ in range(count):
        start = clock()
        order()
        taken.append(clock() - start)
    return taken


def blocking(contender: Any, count: int) -> Figures:
    """One order at a time: microseconds, and how often an order has its process switch threads."""
    cpu, switches = time.process_time(), _switches()
    taken = sorted(_latencies(contender, count))
    cpu, switches = time.process_time() - cpu, _switches() - switches
    return {
        "p50": taken[count // 2] / 1e3,
        "p99": taken[count * 99 // 100] / 1e3,
        "p99.9": taken[count * 999 // 1000] / 1e3,
        "cpu": cpu / count * 1e6,
        "switches": switches / count,
    }


def _switches() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_nvcsw + used.ru_nivcsw


def windowed(contender: Any, count: int) -> Figures:
    """256 in flight, by one thread, which waits for the oldest before it submits the next: orders a second."""
    submit = contender.submit
    waiting: deque[Any] = deque()
    cpu, start = time.process_time(), time.perf_counter()
    for _ in range(count):
        if len(waiting) == WINDOW:
            waiting.popleft().result()
        waiting.append(submit())
    while waiting:
        waiting.popleft().result()
    return _throughput(count, start, cpu)


def threaded(contender: Any, count: int) -> Figures:
    """16 threads, each with one order at a time: orders a second."""
    together = threading.Barrier(THREADS + 1)

    def work() -> None:
        together.wait()
        for _ in range(count // THREADS):
            contender.order()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    together.wait()
    cpu, start = time.process_time(), time.perf_counter()
    for thread in threads:
        thread.join()
    return _throughput(count, start, cpu)


def _throughput(count: int, start: float, cpu: float) -> Figures:
    seconds = time.perf_counter() - start
    return {"per_second": count / seconds, "cpu": (time.process_time() - cpu) / count * 1e6}


MEASUREMENTS: dict[str, Callable[[Any, int], Figures]] = {
    "blocking": blocking,
    "windowed": windowed,
    "threaded": threaded,
}


def measure(contender: Any, name: str, count: int) -> Figures:
    """One measurement, under the contender's condition if it has one."""
    gc.collect()
    condition = getattr(contender, "measured", None)
    if condition is None:
        return MEASUREMENTS[name](contender, count)
    with condition():
        return MEASUREMENTS[name](contender, count)
