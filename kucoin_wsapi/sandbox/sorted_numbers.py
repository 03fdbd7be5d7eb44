"""Numbers in order, so that adding or removing one among a hundred thousand moves a few hundred at most.

One long list would do it in one line, and take as long as all the rest of an order when many prices are in it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

__all__ = ["SortedNumbers"]

LONGEST = 512
"""A chunk that grows beyond this is cut in two."""


class SortedNumbers:
    """Different numbers, ascending, in chunks of which none is empty."""

    def __init__(self) -> None:
        self._chunks: list[list[Decimal]] = []
        self._lasts: list[Decimal] = []  # the last number of each chunk

    def add(self, number: Decimal) -> None:
        """Put in a number that is not there."""
        if not self._chunks:
            self._chunks.append([number])
            self._lasts.append(number)
            return
        place = min(bisect_left(self._lasts, number), len(self._chunks) - 1)
        chunk = self._chunks[place]
        insort(chunk, number)
        if len(chunk) > LONGEST:
            self._chunks.insert(place + 1, chunk[LONGEST // 2 :])
            self._lasts.insert(place + 1, chunk[-1])
            del chunk[LONGEST // 2 :]
        self._lasts[place] = chunk[-1]

    def remove(self, number: Decimal) -> None:
        """Take out a number that is there."""
        place = bisect_left(self._lasts, number)
        chunk = self._chunks[place]
        del chunk[bisect_left(chunk, number)]
        if chunk:
            self._lasts[place] = chunk[-1]
        else:
            del self._chunks[place]
            del self._lasts[place]

    def last(self) -> Decimal | None:
        """The greatest number, None if there is none."""
        return self._lasts[-1] if self._lasts else None

    def __reversed__(self) -> Iterator[Decimal]:
        for chunk in reversed(self._chunks):
            yield from reversed(chunk)
