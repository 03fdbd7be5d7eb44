"""When to ask the exchange whether it is there, and when to conclude that it is not.

KuCoin documentation, "Add Order" of the WebSocket API (3470133w0): a ping at least every ``pingInterval``, a dead
connection after ``pingTimeout`` without an answer.
"""

from __future__ import annotations

import math

from attrs import define

__all__ = ["Heartbeat"]

# Used where the welcome announces nothing; what it announces today.
_PING_INTERVAL, _PONG_TIMEOUT = 18.0, 10.0
_MIN_PING_GAP = 1.0  # faster pings get a connection dropped (KuCoin documentation, WebSocket introduction)


@define
class Heartbeat:
    """The pings of one connection; times are monotonic seconds, ``inf``: not due.

    While there is a connection, either ``ping_at`` is finite or, exactly while a ping is outstanding, ``silent_at``.
    Anything that comes in answers a ping.
    """

    interval: float = _PING_INTERVAL
    timeout: float = _PONG_TIMEOUT
    ping_at: float = math.inf
    silent_at: float = math.inf  # the connection counts as dead then
    _pinged_at: float = -math.inf
    _deaf: bool = False
    _announced: tuple[float | None, float | None] = (None, None)

    def announced(self, interval: float | None, timeout: float | None) -> None:
        """What was told before the connection, in seconds: it counts where the welcome tells nothing."""
        self._announced = interval, timeout

    def start(self, now: float, interval: float | None, timeout: float | None) -> None:
        """The welcome came, announcing ``interval`` and ``timeout`` in seconds, or None."""
        interval, timeout = interval or self._announced[0], timeout or self._announced[1]
        self.interval = max(_MIN_PING_GAP, interval or _PING_INTERVAL)
        self.timeout = timeout or _PONG_TIMEOUT
        self.ping_at = now + self.interval
        self.silent_at = math.inf

    def stop(self) -> None:
        """No connection, or one that is about to be closed anyway."""
        self.ping_at = self.silent_at = math.inf

    def heard(self) -> bool:
        """Something came in, whatever it is: the connection lives. Returns whether that changes a deadline."""
        if self.silent_at == math.inf:
            return False
        self.silent_at = math.inf
        self.ping_at = self._pinged_at + self.interval
        return True

    def probe(self, now: float) -> None:
        """An answer is overdue: find out at once whether anybody is there."""
        if self.ping_at != math.inf:
            self.ping_at = min(self.ping_at, max(now, self._pinged_at + _MIN_PING_GAP))

    def pinged(self, now: float) -> None:
        """A ping is on its way."""
        self._pinged_at = now
        if self._deaf:
            self.ping_at = now + self.interval
        else:
            self.ping_at = math.inf
            self.silent_at = now + self.timeout

    def be_deaf(self) -> None:
        """Nothing is read for now: silence proves nothing. Pings go on, for the other side."""
        self._deaf = True
        if self.silent_at != math.inf:
            self.heard()

    def hear_again(self, now: float) -> None:
        """What comes in is read again: find out whether anybody is there."""
        self._deaf = False
        self.probe(now)
