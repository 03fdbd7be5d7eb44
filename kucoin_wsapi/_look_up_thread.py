"""The thread on which what tracked orders need to know is asked for, so that nobody has to wait for REST."""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
import weakref
from collections.abc import Callable

__all__ = ["LookUpThread"]

_logger = logging.getLogger("kucoin_wsapi")

_RUNNER = "runner"
_Job = tuple[float, int, "weakref.WeakMethod[Callable[[], object]]"]


class LookUpThread:
    """Runs jobs when they are due, one after the other; started by the first one.

    Jobs are methods of objects that are held weakly: what is forgotten is not done. ``_lock`` guards the start of the
    thread against ``_stopped``; it is re-entrant, because a signal handler may stop it. Where Ctrl-C strikes in that
    start, nobody knows whether it runs: the first one that does is in ``_runner``, and any other one ends at once.
    """

    def __init__(self, name: Callable[[], str]) -> None:
        """``name`` is called when the thread starts."""
        self._name = name
        self._lock = threading.RLock()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._runner: dict[str, threading.Thread] = {}
        self._stopped = False

    def plan(self, method: Callable[[], object], at: float) -> None:
        """Have a bound method called at a time in monotonic seconds; never after ``stop``."""
        self._jobs.put((at, next(self._numbers), weakref.WeakMethod(method)))
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopped:
                given = (self._jobs, self._runner)
                thread = threading.Thread(target=_run, args=given, name=self._name(), daemon=True)
                thread.start()
                self._thread = thread

    def stop(self) -> None:
        """Let it end after the job that it runs."""
        with self._lock:
            self._stopped = True
        self.abandon()

    def abandon(self) -> None:
        """``stop`` for a finaliser: takes no lock, because the interrupted thread may hold it."""
        self._jobs.put(None)

    def join(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for the thread to end; at once when called on it."""
        thread = self._runner.get(_RUNNER, self._thread)
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, timeout))


def _run(jobs: queue.SimpleQueue[_Job | None], runner: dict[str, threading.Thread]) -> None:
    thread = threading.current_thread()
    if runner.setdefault(_RUNNER, thread) is not thread:  # in one step
        return
    waiting: list[_Job] = []
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        try:
            job = jobs.get(timeout=pause) if pause is None or pause else jobs.get_nowait()
        except queue.Empty:
            _do(heapq.heappop(waiting))
            continue
        if job is None:
            return
        heapq.heappush(waiting, job)


def _do(job: _Job) -> None:
    method = job[2]()
    if method is None:
        return
    try:
        method()
    except Exception:  # one order that cannot be looked up must not end it for the others
        _logger.exception("a tracked order could not be looked up")
