"""The exchange's clock as a login shows it: by how much ours is off.

KuCoin documentation, "Add Order" of the WebSocket API (3470133w0): a timestamp more than 5 s off is refused (400002).
"""

from __future__ import annotations

import math

from attrs import define

__all__ = ["ExchangeClock"]

# What an exchange's clock can show, 2017 to 2099 in Unix ms; ours may show anything.
_POSSIBLE_TIMES = range(1_483_228_800_000, 4_102_444_800_000)


@define
class ExchangeClock:
    """The exchange's clock minus ours, in milliseconds, as of the last time both were seen.

    Too small by the time that the message was on its way. ``skew`` is 0 while ``seen_at``, the monotonic seconds of the
    last look, is ``-inf``. Other threads may read it: what belongs together is replaced in one piece.
    """

    skew: int = 0
    seen_at: float = -math.inf
    _shown: tuple[int, float] | None = None  # what it showed (Unix ms), and when (monotonic seconds)

    def see(self, exchange_ms: int | None, wall_ms: int, now: float) -> None:
        """A message shows the exchange's clock, ``wall_ms`` is ours; a time that cannot be is passed over."""
        # A range would look for None in each of its trillions.
        if exchange_ms is not None and exchange_ms in _POSSIBLE_TIMES:
            self.skew = exchange_ms - wall_ms
            self.seen_at = now
            self._shown = exchange_ms, now

    def doubt(self) -> None:
        """A timestamp with the skew was refused: our clock may have been set since it was seen."""
        self.skew = 0
        self.seen_at = -math.inf

    def time_at(self, now: float) -> int | None:
        """What the exchange's clock shows at ``now``, in Unix milliseconds; None while it has not been seen.

        Whatever has been done to our clock since; never too late: the monotonic clock stands still in a suspension.
        """
        if self._shown is None:
            return None
        shown, at = self._shown
        return shown + int((now - at) * 1000)

    @property
    def skew_seconds(self) -> float | None:
        """The skew in seconds; None while the exchange's clock has not been seen."""
        return None if self.seen_at == -math.inf else self.skew / 1000
