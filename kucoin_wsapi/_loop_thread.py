"""The thread of a loop, and what any other thread may ask of the connection that runs on it."""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from typing import Generic

from ._loop import AnyProtocol, Loop

__all__ = ["LoopThread"]

_logger = logging.getLogger("kucoin_wsapi")


class LoopThread(Generic[AnyProtocol]):
    """Starts the thread of a loop when it is needed first, wakes it and waits for it.

    ``_thread`` is set once, holding the loop's lock.
    """

    def __init__(self, loop: Loop[AnyProtocol]) -> None:
        self._loop = loop
        self._thread: threading.Thread | None = None

    @property
    def started(self) -> bool:
        """Holding the lock: whether there is a thread."""
        return self._thread is not None

    def open(self) -> concurrent.futures.Future[None]:
        """Connect if need be; the future settles when the connection is ready or has failed for good."""
        waiter: concurrent.futures.Future[None] = concurrent.futures.Future()
        with self._loop.lock:
            self._loop.openers.append(waiter)
        self.serve_openers()
        return waiter

    def serve_openers(self) -> None:
        """Somebody was added to the loop's ``openers``."""
        loop = self._loop
        with loop.lock:
            actions = loop.take_openers() if loop.ended else []
        loop.perform_all(actions)
        self.alert()

    def ask_to_close(self) -> None:
        """Accept nothing from now on, and let the loop settle the rest; returns at once."""
        loop = self._loop
        with loop.lock:
            loop.protocol.life.accepting = False
            loop.close_asked = True
        self.alert()

    def abandon(self) -> None:
        """``ask_to_close`` for a finaliser: takes no lock, because the interrupted thread may hold it."""
        self._loop.close_asked = True
        self._loop.poller.wake()

    def join(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for the loop to end; at once when called on it."""
        with self._loop.lock:
            thread = self._thread
        # Not alive: it has ended, or the frame that starts it is the very one that a signal handler has interrupted.
        if thread is not None and thread.is_alive() and thread is not threading.current_thread():
            thread.join(max(0.0, timeout))
            if thread.is_alive():
                _logger.warning("thread %s has not ended within %.1f s", self._loop.name, timeout)

    def alert(self) -> None:
        """Have the loop look at what was left for it."""
        if self._thread is None:
            self._start()
        else:
            self._loop.poller.wake()

    def _start(self) -> None:
        # Under the lock, so that nobody joins a thread that has not started; the new thread needs no lock to start.
        with self._loop.lock:
            if self._thread is not None:
                self._loop.poller.wake()
                return
            thread = threading.Thread(target=self._run, name=self._loop.name, daemon=True)
            try:
                self._thread = thread
                thread.start()
                return
            except RuntimeError as error:  # no more threads, or the interpreter is shutting down
                self._thread = None
                # Which is what the start of a thread can turn Ctrl-C into.
                if isinstance(error.__context__, KeyboardInterrupt):
                    raise error.__context__ from None
                failure = error
            except BaseException:  # Ctrl-C: whether it runs, nobody knows; `_run` decides if it does
                self._thread = None
                raise
        self._loop.recover(failure)

    def _run(self) -> None:
        with self._loop.lock:
            self._thread = self._thread or threading.current_thread()
            is_the_loop = self._thread is threading.current_thread()
        if is_the_loop:
            self._loop.run()
