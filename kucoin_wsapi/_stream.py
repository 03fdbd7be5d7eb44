"""One push connection as callers see it: subscriptions from any thread, updates on a thread of their own."""

from __future__ import annotations

import concurrent.futures
import os
import random
import time
from collections.abc import Callable, Sequence

from ._actions import Action, Deliver, ForgetHandlers, SettleSubscription
from ._clock import ExchangeClock
from ._dispatching import Dispatcher
from ._loop import Loop, Setting
from ._loop_thread import LoopThread
from ._process import FORKED
from ._push_protocol import PushProtocol
from ._states import ConnectionState
from ._subscribing import SubscriptionCall
from .exceptions import SubscriptionError

__all__ = ["Stream"]


class Stream:
    """The push connection of one key. ``_lock`` is the loop's; what it guards is marked there.

    Handlers come and are forgotten holding it, with the subscriptions that they belong to: of two threads that begin
    and end the same one, the later has its way in both.
    """

    def __init__(
        self, setting: Setting, dispatcher: Dispatcher, *, predecessor: Stream | None = None
    ) -> None:
        """``predecessor`` has ended; this one takes its place."""
        self._setting = setting
        self._dispatcher = dispatcher
        if predecessor is not None:
            dispatcher.follow(predecessor._dispatcher)
        self._pid = os.getpid()
        protocol = PushProtocol(
            setting.ws_key,
            setting.options,
            random=random.random,
            predecessor=None if predecessor is None else predecessor._loop.protocol,
        )
        self._loop: Loop[PushProtocol] = Loop(
            setting,
            protocol,
            perform=self._perform,
            renew=_never,
            handed_over=_never,
            may_read=lambda: not dispatcher.full,
        )
        self._lock = self._loop.lock
        self._thread = LoopThread(self._loop)

    # Subscriptions

    def subscribe(self, call: SubscriptionCall) -> None:
        """Accept a call; its future settles in any case."""
        loop = self._loop
        try:
            if os.getpid() != self._pid:
                raise call.error(FORKED)
            with self._lock:
                done = loop.protocol.subscribe(call)
                if call.handler is not None:
                    self._dispatcher.bring(call.handler, [topic.key for topic in call.topics])
                if loop.protocol.life.state is ConnectionState.IDLE and not loop.openers:
                    loop.openers.append(None)
        except SubscriptionError as refusal:
            call.settle(refusal.with_traceback(None))
            return
        if done:
            call.settle(None)
        self._thread.alert()

    def unsubscribe(self, call: SubscriptionCall) -> None:
        """Accept a call; its future settles in any case."""
        if os.getpid() != self._pid:
            call.settle(call.error(FORKED))
            return
        with self._lock:
            done, settled = self._loop.protocol.unsubscribe(call)
            self._dispatcher.forget_all([topic.key for topic in call.topics])
        for other, error in settled:
            other.settle(error)
        if done:
            call.settle(None)
        else:
            self._thread.alert()

    def withdraw(self, call: SubscriptionCall, cancel: Callable[[], bool]) -> bool:
        """The user wants the future of a call cancelled, which ``cancel`` does; False when it is about to settle."""
        future = call.future
        if os.getpid() != self._pid:
            return cancel()
        try:
            with self._lock:
                missing = self._loop.protocol.table.withdraw(call)
                self._forget(call, missing)
                self._forget_all(missing)
        except BaseException:  # Ctrl-C: who owns the call, nobody knows, and its future must not stay pending
            cancel()
            raise
        if not missing:
            return future.cancelled()
        cancel()
        future.release()
        self._thread.alert()  # what was asked for has to be taken back
        future.set_running_or_notify_cancel()  # which tells those who wait in `concurrent.futures.wait`
        return True

    @property
    def topics(self) -> tuple[str, ...]:
        """What shall be subscribed, now and after every reconnection."""
        if os.getpid() != self._pid:
            return tuple(self._loop.protocol.table.wanted)  # the lock may have been held at the fork
        with self._lock:
            return tuple(self._loop.protocol.table.wanted)

    def _settle(self, call: SubscriptionCall, error: SubscriptionError | None) -> None:
        if error is not None:
            self._forget(call, error.topics)
            self._forget_all(error.topics)
        if not call.settle(error) and error is None:
            # Ctrl-C in `cancel` left it in the table: it stands, but not for this handler.
            self._forget(call, [topic.key for topic in call.topics])

    def _forget(self, call: SubscriptionCall, topics: Sequence[str]) -> None:
        if call.handler is not None:
            self._dispatcher.forget(call.handler, topics)

    def _forget_all(self, topics: Sequence[str]) -> None:
        """A handler that came with a call that has failed in part is there still, unless somebody wants its topic."""
        with self._lock:
            wanted = self._loop.protocol.table.wanted
            self._dispatcher.forget_all([topic for topic in topics if topic not in wanted])

    # On the loop thread

    def _perform(self, action: Action) -> None:
        if isinstance(action, Deliver):
            self._dispatcher.deliver(action.updates, self._loop.poller.wake)
        elif isinstance(action, SettleSubscription):
            self._settle(action.call, action.error)
        elif isinstance(action, ForgetHandlers):
            self._forget_all(action.topics)

    # User code

    def call_back(self, function: Callable[..., object], *arguments: object) -> None:
        """Run it where the handlers of updates run, now if that is here; what it raises is reported."""
        thread = self._dispatcher.thread
        run = thread.run if thread.is_current() else thread.submit
        run(function, *arguments)

    @property
    def is_handling(self) -> bool:
        """Whether the calling thread is the one that handles the updates."""
        return self._dispatcher.thread.is_current()

    # Its life

    def open(self) -> concurrent.futures.Future[None]:
        """Connect if need be; the future settles when the connection is ready or has failed for good."""
        return self._thread.open()

    def ask_to_close(self) -> None:
        """Accept nothing from now on; returns at once."""
        self._thread.ask_to_close()
        self._dispatcher.thread.stop()

    def abandon(self) -> None:
        """``ask_to_close`` for a finaliser: takes no lock, because the interrupted thread may hold it."""
        if os.getpid() == self._pid:
            self._thread.abandon()
            self._dispatcher.thread.abandon()

    def join(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for the loop, and then for the handlers, to end; not on their own threads."""
        deadline = time.monotonic() + timeout
        self._thread.join(timeout)
        self._dispatcher.thread.join(deadline - time.monotonic())

    def status(self) -> tuple[ConnectionState, int]:
        """The state, and the number of topics."""
        with self._lock:
            protocol = self._loop.protocol
            return protocol.life.state, len(protocol.table.wanted)

    @property
    def reason(self) -> Exception | None:
        """Why there was no ready connection, last time there was none."""
        return self._loop.protocol.life.reason

    @property
    def clock(self) -> ExchangeClock:
        """What is known of the exchange's clock: nothing."""
        return self._loop.protocol.life.clock

    @property
    def ended(self) -> bool:
        """Whether it is closed for good."""
        return self._loop.ended


def _never() -> None:
    raise AssertionError("a push connection is not replaced while it stands")
