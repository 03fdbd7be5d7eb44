"""Times, counted in buckets: bounded memory however many there are, and a known error."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Histogram"]

_UNIT = 1e-6  # seconds: what is shorter counts as one
_BITS = 5  # of a value besides its highest one: a bucket is at most a 32nd of its lower end wide
_LONGEST = 1 << 50  # units, 35 years: what is longer, and what is no number, counts as that


class Histogram:
    """Of times in seconds. Not thread-safe: its owner guards it.

    A time is counted in whole microseconds, beyond 64 of them with its six highest binary digits; so a quantile is at
    most 1/32 above the truth, or 1 us.
    """

    __slots__ = ("_buckets", "count", "largest")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.largest = 0.0  # seconds

    def add_all(self, times: Sequence[float]) -> None:
        """Count these."""
        buckets = self._buckets
        for seconds in times:
            units = (
                int(seconds / _UNIT) if 0 <= seconds < _LONGEST * _UNIT else _LONGEST if seconds > 0 else 0
            )
            shift = units.bit_length() - _BITS - 1
            bucket = units if shift <= 0 else (shift << _BITS) + (units >> shift)
            buckets[bucket] = buckets.get(bucket, 0) + 1
            if seconds > self.largest:
                self.largest = seconds
        self.count += len(times)

    def quantile(self, share: float) -> float:
        """Seconds that the given share of the times does not exceed; NaN where there are none."""
        if not self.count:
            return math.nan
        left = math.ceil(share * self.count)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return min(_upper_end(bucket), self.largest)
        return self.largest

    def copy(self) -> Histogram:
        """One that does not change with this one."""
        twin = Histogram()
        twin._buckets, twin.count, twin.largest = dict(self._buckets), self.count, self.largest
        return twin

    def bars(self) -> list[tuple[float, int]]:
        """(upper end in seconds, count) of every bucket that has any, in order."""
        return [(_upper_end(bucket), self._buckets[bucket]) for bucket in sorted(self._buckets)]


def _upper_end(bucket: int) -> float:
    half = 1 << _BITS
    if bucket < 2 * half:
        return (bucket + 1) * _UNIT
    shift = (bucket >> _BITS) - 1
    digits = bucket - (shift << _BITS)
    return ((digits + 1) << shift) * _UNIT
