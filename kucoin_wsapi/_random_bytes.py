"""Random bytes, many at a time."""

from __future__ import annotations

import os

__all__ = ["RandomBytes"]

_AT_ONCE = 1000


class RandomBytes:
    """Strings of ``size`` bytes from the system's random source, which is asked for a thousand at once: asking it for
    each order would let go of the interpreter each time. May be used by any thread: taking from a list is one step.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._ready: list[bytes] = []

    def take(self) -> bytes:
        """One that nobody else gets."""
        try:
            return self._ready.pop()
        except IndexError:
            size = self._size
            random = os.urandom(_AT_ONCE * size)
            ready = [random[at : at + size] for at in range(0, len(random), size)]
            taken = ready.pop()
            self._ready = ready
            return taken
