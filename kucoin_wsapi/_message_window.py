"""How many messages a connection may carry.

KuCoin documentation, "Rate Limit": 100 messages in 10 seconds to the exchange, per connection.
"""

from __future__ import annotations

from collections import deque

__all__ = ["MESSAGES", "PERIOD", "MessageWindow"]

MESSAGES, PERIOD = 100, 10.0


class MessageWindow:
    """The times (monotonic seconds) of the last messages of one socket. Owned by one protocol."""

    def __init__(self) -> None:
        self._sent_at: deque[float] = deque(maxlen=MESSAGES)

    def clear(self) -> None:
        """A new socket: its messages are counted anew."""
        self._sent_at.clear()

    def sent(self, now: float) -> None:
        """A message was sent."""
        self._sent_at.append(now)

    def allowed_at(self, kept: int = 0) -> float:
        """The earliest time of the next message, if room for ``kept`` others is to stay; in the past: now."""
        room = MESSAGES - kept
        return self._sent_at[-room] + PERIOD if len(self._sent_at) >= room else 0.0
