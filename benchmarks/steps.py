"""The way of one order, step by step, while it is really on its way: ``python -m benchmarks.steps``.

Where ``stages`` tells what the client's own work takes at best, this tells when each step of a blocking order has been
reached, system calls and the switches between the two threads included. Each mark takes about a third of a microsecond.
"""

from __future__ import annotations

import functools
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from .server import built, running

__all__ = ["Step", "steps"]

_WARMING_UP, _ORDERS = 500, 3000

# What has been done, and since the step before and since the beginning: microseconds, medians.
Step = tuple[str, float, float]
_Marks = list[tuple[str, int]]


def steps(url: str, orders: int = _ORDERS) -> list[Step]:
    """The steps of a raw, blocking order; of the orders that went the most common way."""
    from .ours import Raw

    marks: _Marks = []
    _mark_functions(marks)
    contender = Raw(url, None)
    try:
        (connection,) = contender.client.get_ws_client()._connections.values()
        wire = connection._loop.wire
        assert wire is not None
        wire.transport._sock = _MarkedSocket(wire.transport._sock, marks)  # type: ignore[assignment]  # all that is used
        ways: list[_Marks] = []
        for number in range(_WARMING_UP + orders):
            marks.clear()
            marks.append(("", perf_counter_ns()))
            future = contender.submit()
            marks.append(("the future is returned", perf_counter_ns()))
            future.result()
            marks.append(("the answer is returned", perf_counter_ns()))
            if number >= _WARMING_UP:
                ways.append(marks.copy())
    finally:
        contender.close()
    return _medians(ways)


def _mark_functions(marks: _Marks) -> None:
    """Have the functions on the way say when they return; for the rest of this process."""
    from kucoin_wsapi import _connection, _loop, _requests, _settling
    from kucoin_wsapi._calls import Call
    from kucoin_wsapi._poller import Poller
    from kucoin_wsapi._protocol import OrderProtocol
    from kucoin_wsapi._wire import Wire

    for owner, name, done in (
        (_requests.PreparedRequest, "frame", "JSON and frame are made"),
        (_connection.Connection, "_accept", "it is in the tables"),
        (_loop.Loop, "write_on", "it is noted as written"),
        (Poller, "wait", "the answer wakes the loop"),
        (Wire, "decode", "it is decoded"),
        (OrderProtocol, "receive", "its call is found"),
        (_settling, "outcome_of", "the response is made"),
        (_settling.Settling, "_account", "it is counted"),
        # The last of the loop's steps that is marked: what comes after it may run when the next order is on its way.
        (Call, "conclude", "the future is settled"),
    ):
        setattr(owner, name, _marked(getattr(owner, name), done, marks))


def _marked(function: Callable[..., Any], done: str, marks: _Marks) -> Callable[..., Any]:
    @functools.wraps(function)
    def marking(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        marks.append((done, perf_counter_ns()))
        return result

    return marking


class _MarkedSocket:
    """A socket whose calls into the system are marked."""

    def __init__(self, sock: Any, marks: _Marks) -> None:
        self._sock = sock
        self.send = _marked(sock.send, "the system has its bytes", marks)
        self.recv = _marked(sock.recv, "the answer is read", marks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def _medians(ways: list[_Marks]) -> list[Step]:
    ((names, _),) = Counter(tuple(name for name, _ in way) for way in ways).most_common(1)
    times = [[at for _, at in way] for way in ways if tuple(name for name, _ in way) == names]
    found = []
    for index in range(1, len(names)):
        since_last = statistics.median(one[index] - one[index - 1] for one in times)
        since_beginning = statistics.median(one[index] - one[0] for one in times)
        found.append((names[index], since_last / 1e3, since_beginning / 1e3))
    return found


def main() -> None:
    """Both modes; each in a process of its own, as the functions stay marked."""
    if len(sys.argv) > 1:
        url, pinned_to = sys.argv[1:]
        os.sched_setaffinity(0, {int(pinned_to)})
        for done, since_last, since_beginning in steps(url):
            print(f"{since_last:9.1f} {since_beginning:9.1f}  {done}")
        return
    cores = sorted(os.sched_getaffinity(0))
    with built() as program:
        for mode, core in (("one core", cores[0]), ("two cores", cores[-1])):
            with running(program, cores[0]) as server:
                print(f"{mode}: microseconds since the step before, and since the beginning", flush=True)
                subprocess.run([sys.executable, "-m", "benchmarks.steps", server.url, str(core)], check=True)


if __name__ == "__main__":
    main()
