"""The dead-man switch of one client, and what its end leaves of the orders.

A thread of its own has the exchange's timer start anew while the connection for spot orders is ready. It never ends the
timer of its own accord: only ``end`` asks for that. KuCoin documentation: "Set DCP" of spot.
"""

from __future__ import annotations

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
from ._calls import Call
from ._connection import Connection
from ._outcomes import Outcome
from ._states import ConnectionState
from .events import ConnectionEvent, ExceptionEvent
from .exceptions import DeadManSwitchError, OutcomeUnknownError
from .options import Credentials, Options, WsKey

if TYPE_CHECKING:
    from ._rest import RestClient

__all__ = ["SwitchKeeper"]

_logger = logging.getLogger("kucoin_wsapi")

_SPOT = WsKey.WS_API_SPOT_V1
_UNSET = -1
_LONGEST_RETRY_PAUSE = 5.0  # seconds
_ENDING_PAUSE = 0.1  # seconds between attempts to end the timer
_LEAST_PATIENCE = 1.0  # seconds; so that what is asked for too late is asked for once at least
# For so long the exchange takes a signed request (KuCoin documentation, "Authentication"): one that was not answered
# may be executed until then.
_SIGNATURE_LIFE = 5.0
_ROUNDING = 1.0  # the exchange tells whole seconds, and may count in them
_UNTIL_CERTAIN = 8.0  # seconds in which an order of unknown outcome may still come, as for ``resolve``


@frozen(eq=False)
class _Ending:
    """What the end of a connection, or of the client, asks for; ``deadline`` is monotonic seconds."""

    connection: Connection | None
    deadline: float
    clean: bool
    last: bool
    done: threading.Event = field(factory=threading.Event)


# The connection is ready anew; somebody waits until the timer is armed; the end.
_Message = Union[None, "concurrent.futures.Future[None]", _Ending]


class SwitchKeeper:
    """Keeps the timer armed, ends it or leaves it to trigger, and cancels on exit. Thread-safe.

    The thread starts when the connection is ready for the first time. It does one thing after the other, so that a
    renewal that is on its way when the client is closed is over before the timer is ended. ``_lock`` guards the start
    of the thread against ``_over``; it is re-entrant, because a signal handler may close the client.

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
        self._credentials = credentials
        self._options = options
        self._switch = options.dead_man_switch
        self._is_wanted = self._switch is not None or options.cancel_on_exit
        self._connections = connections
        self._announcer = announcer
        self._thread_name = thread_name
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._over = False  # nothing is armed any more, because the client is closed
        self._mailbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._left: Connection | None = (
            None  # the connection that was closed: ready or not, it counts no more
        )
        self._unknown_at = (
            -math.inf
        )  # when an order was last left with an unknown outcome (monotonic seconds)
        self._rest: RestClient | None = (
            None  # this and what follows is the thread's own; times are monotonic seconds
        )
        self._renew_at = (
            math.inf
        )  # -inf when the connection is ready anew, inf when there is nothing to guard
        self._failure: DeadManSwitchError | None = None  # of the last renewal
        self._triggers_by = math.inf  # when the exchange has cancelled at the latest; inf while no timer runs

    # Any thread

    def emit(self, event: ConnectionEvent | ExceptionEvent) -> None:
        """Pass on what happens on a connection; called by its loop."""
        if isinstance(event, ConnectionEvent) and event.name == "authenticated" and event.ws_key is _SPOT:
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
        if self._switch is None or self._over:
            return
        if self._thread is None:
            raise DeadManSwitchError("the thread of the dead-man switch does not run")
        waiter: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._mailbox.put(waiter)
        try:
            waiter.result(max(0.0, seconds))
        except concurrent.futures.TimeoutError:
            raise DeadManSwitchError("the exchange has not armed the dead-man switch in time") from None
        except DeadManSwitchError as shared:
            failure = copy.copy(
                shared
            )  # that of the event must not collect the tracebacks of all that raise it
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
        self._left = connection = self._connections.get(_SPOT)
        with self._lock:
            over, self._over = self._over, self._over or last
            thread = self._thread
        if thread is None or (over and not last):
            return lambda: None
        ending = _Ending(connection, deadline, clean, last)
        self._mailbox.put(ending)
        return lambda: self._wait(thread, ending)

    def _wait(self, thread: threading.Thread, ending: _Ending) -> None:
        if thread is threading.current_thread():
            return  # a handler of an event that this thread delivers itself
        remaining = max(0.0, ending.deadline - time.monotonic())
        if ending.last:
            thread.join(remaining)
        else:
            ending.done.wait(remaining)
        # A thread that has ended before this ending came to it had been asked for the last thing already.
        if thread.is_alive() and not ending.done.is_set() and (ending.clean or self._options.cancel_on_exit):
            what = (
                "cancelled the spot orders" if self._options.cancel_on_exit else "ended the dead-man switch"
            )
            self._report(DeadManSwitchError(f"the exchange has not {what} by the time of the close"))

    def abandon(self) -> None:
        """``end`` for a finaliser: neither clean nor waited for, and without a lock."""
        self._over = True
        deadline = time.monotonic() + self._options.close_timeout
        self._mailbox.put(_Ending(self._connections.get(_SPOT), deadline, clean=False, last=True))

    def __str__(self) -> str:
        armed = self._triggers_by < math.inf and self._thread is not None and self._thread.is_alive()
        return f"dead-man switch {'armed' if armed else 'not armed'}"

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._over or not self._is_wanted:
                return
            thread = threading.Thread(target=self._run, name=self._thread_name(), daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads, or the interpreter is shutting down
                self._report(DeadManSwitchError("the thread of the dead-man switch does not start"), error)
                return
            self._thread = thread

    # The thread

    def _run(self) -> None:
        message: _Message = None
        while not (isinstance(message, _Ending) and message.last):
            message = None
            try:
                message = self._next_message()
                self._turn(self._rest or self._open_rest(), message)
            except Exception as error:  # a signing function of the user's may raise anything
                _logger.exception("internal error on %s", threading.current_thread().name)
                self._failure = DeadManSwitchError(f"the dead-man switch failed: {type(error).__name__}")
                self._renew_at = time.monotonic() + self._retry_pause()
                self._announce(self._failure, error)
            self._release(message)
        while not self._mailbox.empty():
            self._release(self._mailbox.get())
        if self._rest is not None:
            self._rest.close()

    def _release(self, message: _Message) -> None:
        if isinstance(message, _Ending):
            message.done.set()
        elif message is not None and message.set_running_or_notify_cancel():
            if self._triggers_by < math.inf and self._failure is None:
                message.set_result(None)
            else:
                message.set_exception(self._failure or DeadManSwitchError("the dead-man switch is not armed"))

    def _open_rest(self) -> RestClient:
        from ._rest import RestClient  # loads requests, for which a program without a switch need not wait

        assert self._credentials is not None, "the exchange has accepted a login"
        self._rest = RestClient(self._credentials, self._options)
        return self._rest

    def _next_message(self) -> _Message:
        due = self._renew_at if self._is_ready() else self._triggers_by
        try:
            message = self._mailbox.get(timeout=None if due == math.inf else max(0.0, due - time.monotonic()))
        except queue.Empty:
            return None
        if message is None and self._connections.get(_SPOT) is not self._left:
            self._renew_at = -math.inf
        return message

    def _turn(self, rest: RestClient, message: _Message) -> None:
        if isinstance(message, _Ending):
            self._leave(rest, message)
        elif self._is_ready() and time.monotonic() >= self._renew_at:
            self._renew(rest)
        if time.monotonic() >= self._triggers_by:
            self._triggers_by = math.inf
            text = "the dead-man switch was not renewed in time: the exchange has cancelled the spot orders"
            self._report(DeadManSwitchError(text))

    def _is_ready(self) -> bool:
        connection = self._connections.get(_SPOT)
        if self._switch is None or connection is None or connection is self._left or self._over:
            return False
        return connection.status()[0] is ConnectionState.READY

    def _renew(self, rest: RestClient) -> None:
        assert self._switch is not None
        timeout = self._switch.timeout
        started = time.monotonic()
        try:
            rest.set_dead_man_switch(timeout, self._switch.symbols, timeout / 6)
        except DeadManSwitchError as error:
            now = time.monotonic()
            if _may_be_executed(error):
                self._triggers_by = now + _SIGNATURE_LIFE + timeout + _ROUNDING
            self._renew_at = now + self._retry_pause()
            self._failure = error
            self._report(error)
        else:
            self._failure = None
            self._renew_at = started + timeout / 3
            self._triggers_by = time.monotonic() + timeout + _ROUNDING

    def _retry_pause(self) -> float:
        return (
            _LONGEST_RETRY_PAUSE
            if self._switch is None
            else min(_LONGEST_RETRY_PAUSE, self._switch.timeout / 12)
        )

    # The end

    def _leave(self, rest: RestClient, ending: _Ending) -> None:
        over = ending.clean
        if self._options.cancel_on_exit and self._renew_at < math.inf:
            over = self._cancel(rest, ending)
        if over:
            self._disarm(rest, ending)
        elif self._switch is not None and self._triggers_by == math.inf and self._renew_at < math.inf:
            self._renew(rest)  # the end came before the first arming
        self._renew_at = math.inf

    def _cancel(self, rest: RestClient, ending: _Ending) -> bool:
        """Whether nothing is open afterwards, and nothing may come."""
        if ending.connection is not None:  # what is on its way would come after the cancelling
            ending.connection.join(ending.deadline - time.monotonic())
        symbols: tuple[str | None, ...] = () if self._switch is None else self._switch.symbols
        try:
            for symbol in symbols or (None,):
                rest.cancel_spot_orders(symbol, _patience(ending))
        except DeadManSwitchError as error:
            self._report(error)
            return False
        if time.monotonic() < self._unknown_at + _UNTIL_CERTAIN:
            text = "the spot orders were cancelled, but one whose outcome is unknown may still come"
            self._report(DeadManSwitchError(text))
            return False
        return True

    def _disarm(self, rest: RestClient, ending: _Ending) -> None:
        if self._triggers_by == math.inf:
            return  # not ours to end: another program of the account may have armed it
        while True:
            try:
                rest.set_dead_man_switch(_UNSET, (), _patience(ending))
            except DeadManSwitchError as error:
                if time.monotonic() + _ENDING_PAUSE < ending.deadline and _may_be_executed(error):
                    time.sleep(_ENDING_PAUSE)
                    continue
                self._report(error)
            else:
                self._triggers_by = math.inf
            return

    def _report(self, error: DeadManSwitchError, cause: BaseException | None = None) -> None:
        _logger.error("%s", error)
        self._announce(error, cause)

    def _announce(self, error: DeadManSwitchError, cause: BaseException | None) -> None:
        error.__cause__ = cause
        self._announcer.emit(ExceptionEvent(_SPOT, error.with_traceback(None)))


def _patience(ending: _Ending) -> float:
    return max(_LEAST_PATIENCE, ending.deadline - time.monotonic())


def _may_be_executed(error: DeadManSwitchError) -> bool:
    """Whether it is open what the exchange has done: it did not answer, or with a fault of its own."""
    return error.code is None or error.code.startswith("5")
