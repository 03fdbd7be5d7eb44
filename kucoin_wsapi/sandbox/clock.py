"""The time of a sandbox, which may run ahead of the computer's and can be moved by hand."""

import time

from .times import SECOND


class Clock:
    """Unix nanoseconds. `advance` may be called from any thread, one at a time; the rest from any."""

    def __init__(self, *, offset: float = 0.0, start: float | None = None) -> None:
        """`offset` is added to the computer's time; with `start` (Unix seconds) time stands still there instead."""
        self._offset = round(offset * SECOND)
        self._start = None if start is None else round(start * SECOND)
        self._advanced = 0

    def now(self) -> int:
        """The sandbox's time."""
        base = time.time_ns() if self._start is None else self._start
        return base + self._offset + self._advanced

    def times_for_signing(self) -> tuple[int, int]:
        """The times that a client may sign with: the sandbox's, and the computer's with the offset.

        Clients that do not know of an `advance`, or of a clock that stands still, sign by the computer's clock.
        """
        return self.now(), time.time_ns() + self._offset

    def advance(self, seconds: float) -> None:
        """Moves the time forward."""
        if not seconds >= 0:
            raise ValueError(f"seconds: time moves forward only, not by {seconds!r}")
        self._advanced += round(seconds * SECOND)

    def reset(self) -> None:
        """Forgets every `advance`."""
        self._advanced = 0
