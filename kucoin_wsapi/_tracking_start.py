"""The tracking of the orders of one client, which is made when the first order is tracked."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from ._calls import ResponseFuture
from ._look_ups import LookUps
from ._process import FORKED
from ._tracking import Tracking
from .events import ConnectionEvent
from .exceptions import InvalidRequestError

__all__ = ["TrackingStart"]


class TrackingStart:
    """Stands for a ``Tracking`` that may not be there yet, and without which nothing is to be told. Thread-safe.

    ``_lock`` guards the making of ``_tracking`` against ``_closed``; it is re-entrant, because a signal handler may
    close the client.
    """

    def __init__(self, look_ups: LookUps, thread_name: Callable[[], str]) -> None:
        self._look_ups = look_ups
        self._thread_name = thread_name
        self._lock = threading.RLock()
        self._tracking: Tracking | None = None
        self._closed = False
        self._pid = os.getpid()

    def tracking(self) -> Tracking:
        """Made now if there is none; it makes closed handles after ``close``. Raises in a forked child."""
        if os.getpid() != self._pid:
            raise InvalidRequestError(FORKED)
        with self._lock:
            if self._tracking is None:
                self._tracking = Tracking(self._look_ups, self._thread_name)
                if self._closed:
                    self._tracking.close()
            return self._tracking

    def modifying(self, args: object, future: ResponseFuture[Any]) -> None:
        """See ``Tracking``."""
        if self._tracking is not None:
            self._tracking.modifying(args, future)

    def late_answer(self, request_id: str, outcome: object) -> None:
        """See ``Tracking``."""
        if self._tracking is not None:
            self._tracking.late_answer(request_id, outcome)

    def notice(self, event: ConnectionEvent) -> None:
        """See ``Tracking``."""
        if self._tracking is not None:
            self._tracking.notice(event)

    def close(self) -> None:
        """See ``Tracking``."""
        with self._lock:
            self._closed = True
        if self._tracking is not None:
            self._tracking.close()

    def abandon(self) -> None:
        """See ``Tracking``: takes no lock."""
        if self._tracking is not None:
            self._tracking.abandon()

    def join(self, timeout: float) -> None:
        """Wait for the thread of the look-ups, after ``close``."""
        if self._tracking is not None:
            self._tracking.thread.join(timeout)
