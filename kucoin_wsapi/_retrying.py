"""Whether, and when, a connection is tried again: pure decisions, with time and chance passed in.

KuCoin documentation: "Add Order" of the WebSocket API (3470133w0) for the codes of a refused login, "Rate Limit"
for 30 new connections a minute.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from attrs import define

from .options import Backoff

__all__ = ["LoginVerdict", "RetrySchedule", "judge_login_code"]


class LoginVerdict(enum.Enum):
    """What a code before the welcome means for the next attempt."""

    FATAL = "the key is not tried again until the user asks for it"
    RESYNC = "the clock is off: once more with the exchange's time"
    RETRY = "a passing fault: again after a delay"


_CLOCK_CODE = "400002"
_PASSING_CODES = frozenset({"400012", "408000"})  # challenge answered too late; network timeout


def judge_login_code(code: str) -> LoginVerdict:
    """Fatal is the rule: a wrong key that is tried in a loop gets the address banned."""
    if code == _CLOCK_CODE:
        return LoginVerdict.RESYNC
    passing = code in _PASSING_CODES or (len(code) == 6 and code.startswith(("42", "5")))
    return LoginVerdict.RETRY if passing else LoginVerdict.FATAL


# Together the limit of 30 in any minute: those at once, and those that a minute brings back.
_ATTEMPTS_AT_ONCE = 15.0
_ATTEMPTS_PER_SECOND = 15 / 60


@define
class RetrySchedule:
    """When the next attempt may start; owned by one protocol, changed only by it.

    Two bounds: full jitter after failures in a row, and a bucket that keeps any sequence of losses and
    failures within the exchange's limit on new connections.
    """

    backoff: Backoff
    random: Callable[[], float]
    failures: int = 0  # attempts in a row that did not reach the welcome
    tokens: float = _ATTEMPTS_AT_ONCE  # attempts allowed now; never above _ATTEMPTS_AT_ONCE
    counted_at: float = 0.0  # when `tokens` was last brought up to date

    def succeeded(self) -> None:
        """The welcome came: the next loss is retried at once."""
        self.failures = 0

    def started(self, now: float) -> None:
        """An attempt starts."""
        self._refill(now)
        self.tokens -= 1

    def next_after_failure(self, now: float) -> float:
        """The time of the next attempt after one that did not reach the welcome."""
        delay = self.backoff.delay(self.failures, self.random)
        self.failures += 1
        return max(now + delay, self.next_allowed(now))

    def next_allowed(self, now: float) -> float:
        """The earliest time that the limit on new connections allows."""
        self._refill(now)
        return now if self.tokens >= 1 else now + (1 - self.tokens) / _ATTEMPTS_PER_SECOND

    def _refill(self, now: float) -> None:
        elapsed = max(0.0, now - self.counted_at)
        self.tokens = min(_ATTEMPTS_AT_ONCE, self.tokens + elapsed * _ATTEMPTS_PER_SECOND)
        self.counted_at = now
