"""When something is due for which call: times that hold ids, so that they keep no call alive."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable

__all__ = ["Deadlines"]

_STALE_TOLERATED = 1000


class Deadlines:
    """Times (monotonic seconds) with the ids that they are for, by time.

    Most calls have the same timeout, so that each is due after the one before: those wait in a queue, which costs
    nothing, the others in a heap. An id that is not pending any more means nothing; it stays until its turn comes, or
    until there are too many.
    """

    def __init__(self, is_pending: Callable[[str], bool]) -> None:
        self._is_pending = is_pending
        self._in_order: deque[tuple[float, str]] = deque()
        self._others: list[tuple[float, str]] = []
        self._sweep_at = _STALE_TOLERATED  # entries

    def __len__(self) -> int:
        return len(self._in_order) + len(self._others)

    def add(self, when: float, call_id: str) -> None:
        """Something is due then."""
        in_order = self._in_order
        if len(in_order) + len(self._others) > self._sweep_at:
            self._sweep()
            in_order = self._in_order
        if not in_order or when >= in_order[-1][0]:
            in_order.append((when, call_id))
        else:
            heapq.heappush(self._others, (when, call_id))

    def next(self) -> float:
        """The earliest one, ``inf`` for none."""
        in_order, others = self._in_order, self._others
        while in_order and not self._is_pending(in_order[0][1]):
            in_order.popleft()
        while others and not self._is_pending(others[0][1]):
            heapq.heappop(others)
        first = in_order[0][0] if in_order else math.inf
        return min(first, others[0][0]) if others else first

    def take_due(self, now: float) -> str | None:
        """The id whose time has come first; None when there is none left."""
        when = self.next()
        if when > now:
            return None
        if self._in_order and self._in_order[0][0] == when:
            return self._in_order.popleft()[1]
        return heapq.heappop(self._others)[1]

    def _sweep(self) -> None:
        self._in_order = deque(entry for entry in self._in_order if self._is_pending(entry[1]))
        self._others = [entry for entry in self._others if self._is_pending(entry[1])]
        heapq.heapify(self._others)
        # So that the next sweep is paid for by what is added until then.
        self._sweep_at = _STALE_TOLERATED + 4 * len(self)
