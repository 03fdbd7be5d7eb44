"""Until when a frame that was written may still be on its way to the exchange.

A look-up that finds no order proves nothing while the request may still arrive. It cannot any more once its connection
has ended, or once the exchange has answered a frame that was sent after it over the same connection.
"""

from __future__ import annotations

import itertools
import math
import threading

__all__ = ["Journeys"]

_ENDS_REMEMBERED = 1000


class Journeys:
    """What is known of the frames of one connection key, also after its connection was replaced. Thread-safe.

    Times are monotonic seconds; ``generation`` is the number of a connection attempt, of which no two have the same.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._generations = itertools.count(1)
        self._ended_at: dict[int, float] = {}  # when the socket of a generation was dropped; the last ones
        # Of the last frame of a generation that was answered: that, when it was sent, and when it was answered. Written
        # without the lock, for each order: of two connections one may win, and then the other one's is not proven.
        self._answered = (0, -math.inf, -math.inf)

    def next_generation(self) -> int:
        """The number of an attempt that starts."""
        return next(self._generations)

    def ended(self, generation: int, now: float) -> None:
        """The socket of a generation is gone."""
        with self._lock:
            self._ended_at[generation] = now
            if len(self._ended_at) > _ENDS_REMEMBERED:
                del self._ended_at[next(iter(self._ended_at))]

    def answered(self, generation: int, sent_at: float, now: float) -> None:
        """The exchange has answered a frame that was sent at ``sent_at``."""
        last_generation, last_sent_at, _ = self._answered
        if generation != last_generation or sent_at > last_sent_at:
            self._answered = generation, sent_at, now

    def quiet_since(self, generation: int | None, sent_at: float | None) -> float | None:
        """Since when a frame written at ``sent_at`` cannot be on its way any more; None while it may be."""
        if generation is None or sent_at is None:
            return -math.inf
        with self._lock:
            if generation in self._ended_at:
                return self._ended_at[generation]
            if len(self._ended_at) == _ENDS_REMEMBERED and generation < min(self._ended_at):
                return -math.inf  # over a connection that ended too long ago to be remembered
        last_generation, last_sent_at, answered_at = self._answered
        return answered_at if generation == last_generation and last_sent_at > sent_at else None
