"""What a command is about, on a terminal, as soon as it takes longer than a second."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

__all__ = ["Progress"]

_FIRST, _REDRAW = 1.0, 0.2  # seconds: of silence, between pictures
_BAR = 30  # characters


class Progress:
    """A line on stderr where that is a terminal, and nothing elsewhere; gone when the ``with`` block ends.

    Drawn by a thread of its own, because what takes long is what the command waits for.
    """

    def __init__(self, what: str, total: int | None = None) -> None:
        self.what = what
        self.done = 0
        self._total = total
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="kucoin-wsapi-progress", daemon=True)

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def text(self) -> str:
        """What is shown now."""
        if self._total is None:
            return f"{self.what}, {self.done} so far" if self.done else f"{self.what} ..."
        full = _BAR * self.done // self._total
        return f"{self.what} [{'#' * full}{'.' * (_BAR - full)}] {self.done} of {self._total}"

    def _draw(self) -> None:
        stream = sys.stderr
        pause = _FIRST
        try:
            while not self._ended.wait(pause):
                stream.write(f"\r{self.text()}\x1b[K")
                stream.flush()
                pause = _REDRAW
            if pause == _REDRAW:
                stream.write("\r\x1b[K")
                stream.flush()
        except (OSError, ValueError):  # nobody reads it any more: no reason to fail
            return
