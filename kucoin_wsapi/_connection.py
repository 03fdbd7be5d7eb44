"""The connection of orders as callers see it: what they may ask of it, from any thread.

Only the loop thread moves its state; see ``_loop``.
"""

from __future__ import annotations

import concurrent.futures
import os
import random
import threading
import time
from collections.abc import Callable, Sequence

from ._calls import Call
from ._clock import ExchangeClock
from ._loop import Loop, Setting
from ._loop_thread import LoopThread
from ._pacing import Pacer
from ._protocol import OrderProtocol
from ._renewal import Renewal
from ._settling import Settling
from ._states import ConnectionState
from ._wire import Wire
from .exceptions import ClientClosedError, NotSentError

__all__ = ["Connection"]


class Connection:
    """The connection of one key for orders. ``_lock`` is the loop's; what it guards is marked there."""

    def __init__(
        self,
        setting: Setting,
        settling: Settling,
        *,
        replaced: Callable[[Connection, Connection], None],
        predecessor: Connection | None = None,
        standing_by: bool = False,
    ) -> None:
        """``replaced(old, new)`` is called on the loop thread, without the lock, when another one has taken over.

        This one takes the place of ``predecessor``: of one that has ended, or, ``standing_by`` until ``inherit``, of
        one that goes on until then.
        """
        self._setting = setting
        self._settling = settling
        self._replaced = replaced
        self._pid = os.getpid()
        options = setting.options
        protocol = OrderProtocol(
            setting.ws_key,
            options,
            random=random.random,
            pacer=None if options.pacing == "off" else Pacer(settling.quotas, waits=options.pacing == "wait"),
            predecessor=None if predecessor is None else predecessor._loop.protocol,
            standing_by=standing_by,
        )
        self._loop: Loop[OrderProtocol] = Loop(
            setting,
            protocol,
            perform=settling.perform,
            settle=settling.answered,
            renew=self._renew,
            handed_over=self._handed_over,
        )
        self._lock = self._loop.lock
        self._thread = LoopThread(self._loop)

    # Requests

    def submit(self, call: Call) -> None:
        """Accept a call: it is written now if that is possible, and it settles in any case."""
        loop = self._loop
        wire = heir = None
        wake = False
        try:
            if os.getpid() != self._pid:
                text = "this client belongs to the parent process: create one after the fork"
                raise call.error(ClientClosedError, text)
            with self._lock:
                if loop.renewal is not None:
                    heir = self._heir()
                if heir is None:
                    wire = loop.wire
                    wake = self._accept(call, wire)
            if wire is not None and wire.writer is call:
                wake = loop.write_on(wire, call) or wake
        except BaseException as error:
            # Ctrl-C, or whatever else a signal handler raises, be it `NotSentError` of another call. Nothing is called
            # before the writer is gone, so that another one cannot come in between.
            if wire is not None and wire.writer is call:
                wire.writer = None
            if not isinstance(error, NotSentError) or error.request_id != call.id:
                loop.poller.wake()
                raise
            call.settle(error.with_traceback(None))
            self._settling.settled(call, error, False)
            return
        if heir is not None:
            heir.submit(call)
        elif wake:
            self._thread.alert()

    def _accept(self, call: Call, wire: Wire | None) -> bool:
        """Holding the lock: have this thread write the call, or queue it; returns whether the loop has to look."""
        loop = self._loop
        protocol = loop.protocol
        if protocol.submit(call, time.monotonic(), writable=wire is not None and wire.writable):
            assert wire is not None
            return not wire.begin(call) or call.deadline < loop.sleeps_until
        if wire is not None and wire.writer is not None:
            if wire.writing_thread != threading.get_ident():
                # The writer goes on with the queue, and has the loop look at what it leaves.
                return min(call.deadline, call.stale_at) < loop.sleeps_until
            if wire.take_over():
                loop.pump(wire)
        if protocol.life.state is ConnectionState.IDLE and not loop.openers:
            loop.openers.append(None)
        return True

    def withdraw(self, call: Call) -> None:
        """The user has cancelled the future of a call."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            heir = self._heir()
            owned = self._loop.protocol.withdraw(call.id)
        if owned:
            call.claim()  # which tells those who wait for it in `concurrent.futures.wait`
        elif heir is not None:
            heir.withdraw(call)

    # Its life

    def open(self) -> concurrent.futures.Future[None]:
        """Connect if need be; the future settles when the connection is ready or has failed for good."""
        waiter: concurrent.futures.Future[None] = concurrent.futures.Future()
        with self._lock:
            heir = self._heir()
            if heir is None:  # who takes over now takes over who waits
                self._loop.openers.append(waiter)
        if heir is not None:
            return heir.open()
        self._thread.serve_openers()
        return waiter

    def ask_to_close(self) -> None:
        """Refuse calls from now on, and let the loop settle the rest; returns at once."""
        self._thread.ask_to_close()
        with self._lock:
            renewal = self._loop.renewal
        if renewal is not None:
            renewal.heir.ask_to_close()

    def abandon(self) -> None:
        """``ask_to_close`` for a finaliser: takes no lock, because the interrupted thread may hold it."""
        if os.getpid() == self._pid:
            self._thread.abandon()  # first: a renewal that begins now looks for it afterwards
            renewal = self._loop.renewal
            if renewal is not None:
                renewal.heir.abandon()

    def join(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for the loop to end; at once when called on it."""
        deadline = time.monotonic() + timeout
        with self._lock:
            renewal = self._loop.renewal
        self._thread.join(timeout)
        if renewal is not None:
            renewal.heir.join(deadline - time.monotonic())

    def status(self) -> tuple[ConnectionState, int, int]:
        """The state, and the numbers of calls queued and in flight."""
        with self._lock:
            heir = self._heir()
            if heir is None:
                calls = self._loop.protocol.calls
                return self._loop.protocol.life.state, len(calls.queued), len(calls.in_flight)
        return heir.status()

    def quiet_since(self, generation: int | None, sent_at: float | None) -> float | None:
        """Since when a frame written at ``sent_at`` cannot be on its way any more (monotonic seconds); None: it may."""
        return self._loop.protocol.life.journeys.quiet_since(generation, sent_at)

    @property
    def reason(self) -> Exception | None:
        """Why there was no ready connection, last time there was none."""
        return self._loop.protocol.life.reason

    @property
    def clock(self) -> ExchangeClock:
        """What the last login showed of the exchange's clock; to be read only."""
        return self._loop.protocol.life.clock

    @property
    def ended(self) -> bool:
        """Whether it, or the one that has taken over, is closed for good."""
        with self._lock:
            heir = self._heir()
        return self._loop.ended if heir is None else heir.ended

    # Its heir

    def _heir(self) -> Connection | None:
        """Holding the lock: who has taken over, if anybody has."""
        renewal = self._loop.renewal
        return renewal.heir if renewal is not None and renewal.done else None

    def _renew(self) -> None:
        """On the loop thread, without the lock: have another connection ready."""
        loop = self._loop
        with self._lock:
            before = loop.renewal
        if before is not None and not before.heir.ended:
            # This one was lost and is back, while that one is on its way still; or there was no thread for that.
            before.heir._thread.alert()
            return
        heir = Connection(
            self._setting, self._settling, replaced=self._replaced, predecessor=self, standing_by=True
        )
        renewal = Renewal(heir, loop.protocol)
        with self._lock:
            loop.renewal = renewal
            loop.protocol.holding = False  # for the one before, which would have ended that
        ready = heir.open()
        ready.add_done_callback(lambda waiter: self._heir_opened(renewal, failed=bool(waiter.exception())))
        if loop.close_asked:  # by somebody who may have found no renewal
            heir.abandon()

    def _heir_opened(self, renewal: Renewal[Connection], *, failed: bool) -> None:
        """On a loop thread, this one's or the heir's."""
        loop = self._loop
        with self._lock:
            if not failed:
                renewal.heir_is_ready(time.monotonic())
            elif loop.renewal is renewal:  # not the next one, which may have begun when this one had ended
                loop.renewal = None
        loop.poller.wake()

    def _handed_over(self) -> None:
        """On the loop thread, without the lock: what comes now is the heir's."""
        with self._lock:
            heir = self._heir()
        assert heir is not None
        self._replaced(self, heir)

    def inherit(
        self, calls: Sequence[Call], waiters: Sequence[concurrent.futures.Future[None] | None]
    ) -> bool:
        """Take over from the predecessor, whose lock is held; False when this one is not ready.

        The order of the locks is from the elder to the younger connection, always.
        """
        with self._lock:
            if not self._loop.protocol.take_over(calls, time.monotonic()):
                return False
            self._loop.openers.extend(waiters)
        self._loop.poller.wake()
        return True
