"""Times, counted in buckets: bounded memory however many there are, and a known error."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from operator import rshift

__all__ = ["Histogram"]

# Of a float of 32 bits: its sign, its exponent, and seven digits of its fraction, of which five are kept.
_UPPER_HALF = 1 if sys.byteorder == "little" else 0
_DIGITS_DROPPED = 2
_FIRST_ENDLESS = 0x7F80 >> _DIGITS_DROPPED  # infinity; beyond it is what is no number
_FIRST_NEGATIVE = 0x8000 >> _DIGITS_DROPPED


class Histogram:
    """Of times in seconds. Not thread-safe: its owner guards it.

    The bucket of a time is the beginning of its binary form, so that counting is left to the interpreter's own loops; a
    quantile is at most 1/32 above the truth.
    """

    __slots__ = ("_buckets", "count", "largest")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.largest = 0.0  # seconds

    def add_all(self, times: Sequence[float]) -> None:
        """Count these."""
        if not times:
            return
        halves = array("H", array("f", times).tobytes())
        self._buckets.update(map(rshift, halves[_UPPER_HALF::2], repeat(_DIGITS_DROPPED)))
        self.count += len(times)
        largest = max(times)
        if largest > self.largest:
            self.largest = largest

    def quantile(self, share: float) -> float:
        """Seconds that the given share of the times does not exceed; NaN where there are none."""
        if not self.count:
            return math.nan
        left = math.ceil(share * self.count)
        for upper_end, count in self.bars():
            left -= count
            if left <= 0:
                return min(upper_end, self.largest)
        return self.largest

    def copy(self) -> Histogram:
        """One that does not change with this one."""
        twin = Histogram()
        twin._buckets, twin.count, twin.largest = self._buckets.copy(), self.count, self.largest
        return twin

    def bars(self) -> list[tuple[float, int]]:
        """(upper end in seconds, count) of every bucket that has any, in order; negative times count as none."""
        bars: Counter[float] = Counter()
        for bucket, count in self._buckets.items():
            bars[_upper_end(bucket)] += count
        return sorted(bars.items())


def _upper_end(bucket: int) -> float:
    if bucket >= _FIRST_NEGATIVE:
        bucket = 0
    if bucket + 1 >= _FIRST_ENDLESS:
        return math.inf
    end: float = struct.unpack("f", struct.pack("I", (bucket + 1) << _DIGITS_DROPPED << 16))[0]
    return end
