"""The dead-man switch of one client, and what its end leaves of the orders.

A thread of its own has the exchange's timer start anew while the connection for spot orders is ready. It never ends the
timer of its own accord: only ``end`` asks for that.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import copy
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Union

from attrs import field, frozen

from ._announcing import Announcer
from ._states import ConnectionState
from ._switch_timer import SwitchTimer
from .events import ConnectionEvent, ExceptionEvent
from .exceptions import DeadManSwitchError, OutcomeUnknownError
from .options import Credentials, Options, WsKey

if TYPE_CHECKING:
    from ._calls import Call
    from ._connection import Connection
    from ._outcomes import Outcome

__all__ = ["SwitchKeeper"]

_logger = logging.getLogger("kucoin_wsapi")

_SPOT = WsKey.WS_API_SPOT_V1
_TELLING = 0.1  # seconds that a close leaves to the handlers of what it has to tell
_UNTIL_CERTAIN = 8.0  # seconds in which an order of unknown outcome may still come, as for ``resolve``


@frozen(eq=False)
class _Ending:
    """What the end of a connection, or of the client, asks for; ``deadline`` is monotonic seconds.

    ``ready``: it was, so that there may be orders, whether its loop has told so by then or not.
    """

    connection: Connection | None
    ready: bool
    deadline: float
    clean: bool
    last: bool
    done: threading.Event = field(factory=threading.Event)


# The connection is ready anew; somebody waits until the timer is armed; the end.
_Message = Union[None, "concurrent.futures.Future[None]", _Ending]


class SwitchKeeper:
    """Keeps the timer armed, ends it or leaves it to trigger, and cancels on exit. Thread-safe.

    The thread starts when the connection is ready for the first time. It does one thing after the other, so that a
    renewal that is on its way when the client is closed is over before the timer is ended.

    ``_lock`` guards ``_left``, ``_over`` and the start of the thread. What goes into the mailbox goes there holding it:
    what was before an end is found before it, however late the thread gets to run, and nobody waits for what comes
    after the last one. It is re-entrant, because a signal handler may close the client; a finaliser does not take it.

    This object does not know the client, which must be collected when nobody else holds it.
    """

    def __init__(
        self,
        credentials: Credentials | None,
        options: Options,
        connections: Mapping[WsKey, Connection],
        announcer: Announcer,
        thread_name: Callable[[], str],
    ) -> None:
        """``connections`` is the client's table, which changes; ``thread_name`` is called when the thread starts."""
        self._options = options
        self._is_wanted = options.dead_man_switch is not None or options.cancel_on_exit
        self._connections = connections
        self._announcer = announcer
        self._thread_name = thread_name
        self._timer = SwitchTimer(credentials, options, self._report)  # the thread's own
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._mailbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._over = False  # the client is closed: nothing is armed any more
        self._left: Connection | None = None  # was closed: that it is ready, told late, counts no more
        self._unknown_at = -math.inf  # when a call was last left with an unknown outcome (monotonic seconds)

    # Any thread

    def emit(self, event: ConnectionEvent | ExceptionEvent) -> None:
        """Pass on what happens on a connection; called by its loop."""
        if self._is_wanted and event.ws_key is _SPOT and _tells_ready(event):
            with self._lock:
                if self._connections.get(_SPOT) is not self._left:
                    self._mailbox.put(None)
                    self._start()
        self._announcer.emit(event)

    def settled(self, call: Call, outcome: Outcome, late: bool) -> None:
        """Pass on the outcome of a call."""
        if isinstance(outcome, OutcomeUnknownError):
            self._unknown_at = time.monotonic()
        self._announcer.settled(call, outcome, late)

    def wait_until_armed(self, seconds: float) -> None:
        """After the spot connection has become ready: raises ``DeadManSwitchError`` if the timer is not armed then."""
        if self._options.dead_man_switch is None:
            return
        waiter: concurrent.futures.Future[None] = concurrent.futures.Future()
        with self._lock:
            if self._over:
                return
            if self._thread is None:
                raise DeadManSwitchError("the thread of the dead-man switch does not run")
            self._mailbox.put(waiter)
        try:
            waiter.result(max(0.0, seconds))
        except concurrent.futures.TimeoutError:
            raise DeadManSwitchError("the exchange has not armed the dead-man switch in time") from None
        except DeadManSwitchError as shared:
            # One that is shared would collect the tracebacks of all that raise it.
            failure = copy.copy(shared)
        else:
            return
        raise failure

    def end(self, ws_key: WsKey | None, deadline: float, *, clean: bool) -> Callable[[], None]:
        """A connection has been asked to close; without ``ws_key`` the client has.

        A ``clean`` end stops the timer; another one leaves it to trigger. With ``cancel_on_exit`` either cancels.
        Returns at once; the function that it returns waits for that, until ``deadline`` (monotonic seconds).
        """
        last = ws_key is None
        if not last and ws_key is not _SPOT:
            return lambda: None
        connection = self._connections.get(_SPOT)
        # Not holding the lock of this: a signal handler that closes the client may hold that of the connection.
        ready = self._is_wanted and _is_ready(connection)
        with self._lock:
            ready = ready and connection is not self._left
            if ready:
                self._start()
            self._left = connection
            over, self._over = self._over, self._over or last
            thread = self._thread
            if thread is None or (over and not last):
                return lambda: None
            ending = _Ending(connection, ready, deadline, clean, last)
            self._mailbox.put(ending)
        return lambda: self._wait(thread, ending)

    def _wait(self, thread: threading.Thread, ending: _Ending) -> None:
        if thread is threading.current_thread():
            return  # a handler of an event that this thread delivers itself
        remaining = max(0.0, ending.deadline - _TELLING - time.monotonic())
        if ending.last:
            thread.join(remaining)
        else:
            ending.done.wait(remaining)
        # A thread that has ended before it came to this ending had been asked for the last thing already.
        if thread.is_alive() and not ending.done.is_set() and (ending.clean or self._options.cancel_on_exit):
            what = (
                "cancelled the spot orders" if self._options.cancel_on_exit else "ended the dead-man switch"
            )
            self._report(DeadManSwitchError(f"the exchange has not {what} by the time of the close"), None)

    def abandon(self) -> None:
        """``end`` for a finaliser: neither clean nor waited for, and without a lock."""
        self._over = True
        deadline = time.monotonic() + self._options.close_timeout
        connection = self._connections.get(_SPOT)
        # With orders that its loop has not told of a client is not forgotten: their futures hold it.
        self._mailbox.put(_Ending(connection, ready=False, deadline=deadline, clean=False, last=True))

    def __str__(self) -> str:
        armed = self._timer.is_armed and self._thread is not None and self._thread.is_alive()
        return f"dead-man switch {'armed' if armed else 'not armed'}"

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._over:
                return
            thread = threading.Thread(target=self._run, name=self._thread_name(), daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads, or the interpreter is shutting down
                self._report(DeadManSwitchError("the thread of the dead-man switch does not start"), error)
                return
            self._thread = thread

    def _report(self, error: DeadManSwitchError, cause: BaseException | None) -> None:
        _logger.error("%s", error, exc_info=cause)
        error.__cause__ = cause
        self._announcer.emit(ExceptionEvent(_SPOT, error.with_traceback(None)))

    # The thread

    def _run(self) -> None:
        atexit.register(self._wait_at_exit)
        message: _Message = None
        while not (isinstance(message, _Ending) and message.last):
            message = None
            try:
                message = self._next_message()
                self._turn(message)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the thread goes on
                self._report(DeadManSwitchError(f"the dead-man switch failed: {type(error).__name__}"), error)
            self._release(message)
        while not self._mailbox.empty():
            self._release(self._mailbox.get())
        self._timer.close()
        atexit.unregister(self._wait_at_exit)

    def _wait_at_exit(self) -> None:
        # A client that was forgotten a moment ago has nobody else who waits for it.
        if self._over and self._thread is not None:
            self._thread.join(self._options.close_timeout)

    def _next_message(self) -> _Message:
        due = self._timer.renew_at if self._is_ready() else self._timer.triggers_by
        try:
            message = self._mailbox.get(timeout=None if due == math.inf else max(0.0, due - time.monotonic()))
        except queue.Empty:
            return None
        if message is None:
            self._timer.guard()
        return message

    def _turn(self, message: _Message) -> None:
        if isinstance(message, _Ending):
            self._leave(message)
        elif self._is_ready() and time.monotonic() >= self._timer.renew_at:
            self._timer.renew()
        self._timer.note_trigger()

    def _is_ready(self) -> bool:
        connection = self._connections.get(_SPOT)
        if self._options.dead_man_switch is None or connection is self._left or self._over:
            return False
        return _is_ready(connection)

    def _release(self, message: _Message) -> None:
        if isinstance(message, _Ending):
            message.done.set()
        elif message is not None and message.set_running_or_notify_cancel():
            obstacle = self._timer.obstacle
            if obstacle is None:
                message.set_result(None)
            else:
                message.set_exception(obstacle)

    def _leave(self, ending: _Ending) -> None:
        timer = self._timer
        guarding, over = ending.ready or timer.renew_at < math.inf, ending.clean
        if self._options.cancel_on_exit and guarding:
            over = self._cancel_orders(ending)
        if over:
            timer.end(ending.deadline)
        elif self._options.dead_man_switch is not None and guarding and timer.obstacle is not None:
            timer.renew()  # the end has come before the first arming, or before the next attempt at one
        timer.renew_at = math.inf

    def _cancel_orders(self, ending: _Ending) -> bool:
        """Whether no order is open afterwards, and none may come."""
        if ending.connection is not None:  # what is on its way would come after the cancelling
            ending.connection.join(ending.deadline - time.monotonic())
        if not self._timer.cancel_orders(ending.deadline):
            return False
        if time.monotonic() < self._unknown_at + _UNTIL_CERTAIN:
            text = "the spot orders were cancelled, but one whose outcome is unknown may still come"
            self._report(DeadManSwitchError(text), None)
            return False
        return True


def _is_ready(connection: Connection | None) -> bool:
    return connection is not None and connection.status()[0] is ConnectionState.READY


def _tells_ready(event: ConnectionEvent | ExceptionEvent) -> bool:
    return isinstance(event, ConnectionEvent) and event.name == "authenticated"
