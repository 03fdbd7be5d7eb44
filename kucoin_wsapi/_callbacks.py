"""The one thread of a client on which user code runs, so that a slow or failing callback stops nothing else."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["CallbackThread"]

_logger = logging.getLogger("kucoin_wsapi")

_Job = tuple[Callable[..., object], tuple[Any, ...]]
_STOP: _Job = (lambda: None, ())


class CallbackThread:
    """Runs jobs one after the other, in the order in which they were submitted; started by the first one.

    ``_lock`` guards ``_thread`` and ``_stopped``: a job is either queued while ``_stopped`` is not set, and then the
    thread runs it, or run by its submitter. It is re-entrant, because a signal handler may stop the thread.

    This object knows its client weakly at most, so that a forgotten client can be collected while the thread waits.
    """

    def __init__(self, name: Callable[[], str], on_error: Callable[[BaseException], None]) -> None:
        """``name`` is called when the thread starts; ``on_error`` with what a job raised, on the thread that ran it."""
        self._name = name
        self._on_error = on_error
        self._lock = threading.RLock()
        self._queue: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._pid = os.getpid()

    def submit(self, function: Callable[..., object], *arguments: object) -> None:
        """Run ``function(*arguments)`` on the thread; after ``stop``, and in a forked child, in the calling thread."""
        if os.getpid() != self._pid or not self._enqueue((function, arguments)):
            self.run(function, *arguments)

    def submit_until_stopped(self, function: Callable[..., object], *arguments: object) -> None:
        """Like ``submit``; after ``stop`` it is dropped."""
        if not self._enqueue((function, arguments)) and not self._stopped:
            self.run(function, *arguments)  # no thread could be started

    def run(self, function: Callable[..., object], *arguments: object) -> None:
        """Run ``function(*arguments)`` now, in the calling thread; what it raises is logged and reported instead."""
        try:
            function(*arguments)
        except BaseException as error:  # user code may raise anything, SystemExit included
            _logger.exception("a callback raised: %r", function)
            self._on_error(error)

    def _enqueue(self, job: _Job) -> bool:
        with self._lock:
            if self._stopped or not self._is_started():
                return False
            self._queue.put(job)
            return True

    def _is_started(self) -> bool:
        """Holding the lock: start the thread if there is none; False when none can be started."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name(), daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads, or the interpreter is shutting down
                return False
            self._thread = thread
        return True

    def is_current(self) -> bool:
        """Whether the calling thread is this one."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """Let the thread end after what has been submitted."""
        with self._lock:
            if not self._stopped:
                self._stopped = True
                self._queue.put(_STOP)

    def abandon(self) -> None:
        """``stop`` for a finaliser: takes no lock, because the interrupted thread may hold it."""
        self._queue.put(_STOP)

    def join(self, timeout: float | None) -> None:
        """Wait for the thread to end (None: for ever); at once when called on it or before it started."""
        thread = self._thread
        if thread is not None and not self.is_current():
            thread.join(timeout)

    def _run(self) -> None:
        self._run_up_to_stop_mark()
        with self._lock:
            self._stopped = True
        # `abandon` could not keep jobs from being queued behind its mark; from here on there are none to come.
        self._queue.put(_STOP)
        self._run_up_to_stop_mark()

    def _run_up_to_stop_mark(self) -> None:
        while True:
            job = self._queue.get()
            if job is _STOP:
                return
            function, arguments = job
            self.run(function, *arguments)
            del job, function, arguments  # while waiting for the next job this thread keeps nothing alive
