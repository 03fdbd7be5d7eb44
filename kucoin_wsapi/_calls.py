"""One request on its way: its identity, its deadline, and the future that settles once.

A call is queued, then sent, then settled. The tables of ``_protocol`` own it until it is settled; whoever takes
it out of them is the one that settles it, so that nothing is settled twice.
"""

from __future__ import annotations

import concurrent.futures
import functools
import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures._base import CANCELLED, FINISHED, PENDING, RUNNING
from typing import Any, TypeVar

from attrs import define, evolve, frozen

from ._future_condition import FutureCondition
from ._wake_ups import LONGEST_WAIT, WakeUp, WakeUps
from .exceptions import CallError, OutcomeUnknownError
from .options import WsKey

__all__ = ["Call", "Charge", "ResponseFuture"]

T = TypeVar("T")

_OPEN = frozenset({PENDING, RUNNING})
_set_result, _set_exception = concurrent.futures.Future.set_result, concurrent.futures.Future.set_exception

_logger = logging.getLogger("kucoin_wsapi")


class ResponseFuture(concurrent.futures.Future[T]):
    """A future of the standard library that knows its request and keeps user code off the socket's thread.

    It settles within the request's timeout, with a response or with one of the exceptions of ``CallError``.
    ``wait``, ``as_completed`` and ``asyncio.wrap_future`` work as with any other. Done-callbacks run on the
    client's callback thread; after the client is closed, in the thread that adds them.

    Attributes:
        request_id: id of the request on the wire.
        op: operation, such as ``"spot.order"``.
        ws_key: the connection it is meant for.
        client_oid: the order's client id, or None where the operation has none.
    """

    # For those who wait in `result` or `exception`; None: they wait as in any other future.
    _wake_ups: WakeUps | None = None
    # Who sleeps, or is about to. Who settles it changes the state first and looks here then; who waits is here first
    # and looks at the state then. So nobody sleeps who is not woken. An attribute of the class until somebody waits.
    _sleepers: list[WakeUp] | None = None

    def __init__(
        self,
        request_id: str,
        op: str,
        ws_key: WsKey,
        client_oid: str | None,
        run_callback: Callable[..., None],
        pid: int,
    ) -> None:
        """``run_callback(function, future)`` runs done-callbacks; ``pid`` is the process that the future settles in."""
        # Instead of `Future.__init__`, for the sake of the condition; a test holds the two together.
        self._condition = FutureCondition()  # type: ignore[assignment]  # all of a Condition that is used here
        self._state = PENDING
        self._result = self._exception = None
        self._waiters: list[Any] = []
        self._done_callbacks: list[Any] = []
        self.request_id = request_id
        self.op = op
        self.ws_key = ws_key
        self.client_oid = client_oid
        self._run_callback = run_callback
        self._pid = pid
        # Set while the request is pending: what cancel() must tell whom, and the client, which a pending future
        # keeps alive so that `WebsocketAPIClient(...).submit_new_spot_order(...).result()` works.
        self._client: object = None
        self._call: Call | None = None
        self._withdraw: Callable[[Call], None] | None = None

    def add_done_callback(self, fn: Callable[[concurrent.futures.Future[T]], object]) -> None:
        """Call ``fn(future)`` on the client's callback thread once this is settled or cancelled."""
        super().add_done_callback(functools.partial(self._run_callback, fn))

    def cancel(self) -> bool:
        """Withdraw the request if it has not been sent; False when it is too late for that."""
        try:
            cancelled = super().cancel()
        finally:
            self._wake()
        call, withdraw = self._call, self._withdraw
        if cancelled:
            self._release()
            if call is not None and withdraw is not None:
                withdraw(call)
        return cancelled

    def result(self, timeout: float | None = None) -> T:
        """The response, or the exception; waits up to ``timeout`` seconds (None: until it settles)."""
        if self._state == FINISHED and self._exception is None:  # nobody changes it any more
            return self._result  # type: ignore[return-value]  # it is there
        try:
            if self._sleep(timeout):
                if self._state == FINISHED and self._exception is None:
                    return self._result  # type: ignore[return-value]  # it is there
                timeout = None if timeout is None else 0
            self._check_process()
            return super().result(timeout)
        except KeyboardInterrupt as interrupt:
            self._note_interrupt(interrupt)
            raise
        finally:
            # Else the traceback of what is raised refers to this future, which refers to what is raised.
            del self

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The exception, or None for a success; waits like ``result``."""
        try:
            if self._sleep(timeout):
                timeout = None if timeout is None else 0
            self._check_process()
            return super().exception(timeout)
        except KeyboardInterrupt as interrupt:
            self._note_interrupt(interrupt)
            raise

    def set_result(self, result: T) -> None:
        """Settle it; the client does that."""
        super().set_result(result)
        self._wake()

    def set_exception(self, exception: BaseException | None) -> None:
        """Settle it; the client does that."""
        super().set_exception(exception)
        self._wake()

    def _bind(
        self,
        client: object,
        call: Call,
        withdraw: Callable[[Call], None],
        wake_ups: WakeUps | None = None,
    ) -> None:
        """For the client: keep it alive, and tell ``withdraw(call)`` of a cancel, until this settles.

        Whoever waits for this sleeps on one of ``wake_ups``.
        """
        self._client, self._call, self._withdraw, self._wake_ups = client, call, withdraw, wake_ups

    def _note_interrupt(self, interrupt: BaseException) -> None:
        """Have log and traceback of a Ctrl-C, or the like, name the order that it leaves behind, if it does."""
        if self.done():
            return
        if self.running():
            text = f"{self.op} was sent and not answered yet: look up client_oid {self.client_oid}"
        else:
            text = (
                f"{self.op} is queued and may still be sent: cancel its future (client_oid {self.client_oid})"
            )
        _logger.warning("interrupted: %s", text)
        if sys.version_info >= (3, 11):
            interrupt.add_note(text)  # for those whose program shows no log

    def _check_process(self) -> None:
        if os.getpid() != self._pid and not self.done():
            # The thread that would settle it did not survive the fork.
            raise OutcomeUnknownError(
                "only the parent process, which made this request, learns what becomes of it",
                request_id=self.request_id,
                op=self.op,
                ws_key=self.ws_key,
                client_oid=self.client_oid,
            )

    def _sleep(self, timeout: float | None) -> bool:
        """Until it has settled or was cancelled, or for so many seconds; False: it has to be waited for otherwise."""
        wake_ups = self._wake_ups
        if wake_ups is None or self._state not in _OPEN:
            return False
        wake_up = wake_ups.take()
        if wake_up is None:
            return False
        sleepers = self.__dict__.setdefault("_sleepers", [])  # in one step: two threads may come at once
        try:
            sleepers.append(wake_up)
            give_up_at = None if timeout is None else time.monotonic() + timeout
            while self._state in _OPEN:  # it may ring for what its last user has waited for
                self._check_process()  # each time: a signal handler may have forked
                left = LONGEST_WAIT if give_up_at is None else give_up_at - time.monotonic()
                if left <= 0:
                    break
                wake_up.wait(left)
        finally:
            if wake_up in sleepers:  # no signal came before
                sleepers.remove(wake_up)
            wake_ups.give_back(wake_up)
        return True

    def _wake(self) -> None:
        """For the client: wake who waits in ``result``, after it was settled."""
        if self._sleepers is not None:
            for sleeper in tuple(self._sleepers):  # who wakes up leaves the list
                sleeper.ring()

    def _release(self) -> None:
        self._client = self._call = self._withdraw = None


def _ignore(*_: object) -> None:
    pass


@frozen
class Charge:
    """What a request draws on: a pool of the exchange's rate limits, if its operation is known, with a weight.

    ``client_oids`` are all that it names: a cancel must not overtake the order that it is for.
    """

    pool: str | None
    weight: int
    is_cancel: bool
    client_oids: frozenset[str]


@define(eq=False)
class Call:
    """One accepted request. Its connection's lock guards what changes: ``claimed``, ``written``, ``sent_at``,
    ``generation``, ``quota_position``.

    Attributes:
        deadline: monotonic seconds by which it is settled.
        stale_at: monotonic seconds after which it is no longer written.
        frame: the WebSocket frame, masked, ready to be written.
        claimed: its future is RUNNING: it can no longer be cancelled.
        written: at least one of its bytes may have left.
        charge: what it draws on; None unless ``pacing`` is on. ``quota_position`` belongs to it.
    """

    id: str
    op: str
    ws_key: WsKey
    request: object
    response_type: Any
    client_oid: str | None
    frame: bytes
    future: ResponseFuture[Any]
    submitted_at: float
    deadline: float
    stale_at: float
    claimed: bool = False
    written: bool = False
    sent_at: float | None = None
    generation: int | None = None
    charge: Charge | None = None
    quota_position: int | None = None

    def facts(self) -> dict[str, Any]:
        """The keywords that every ``CallError`` takes."""
        return {
            "request_id": self.id,
            "op": self.op,
            "ws_key": self.ws_key,
            "client_oid": self.client_oid,
            "request": self.request,
            "sent_at": self.sent_at,
            "generation": self.generation,
        }

    def error(self, kind: type[CallError], reason: str, cause: BaseException | None = None) -> CallError:
        """A fresh exception for this call: a shared one would collect the tracebacks of all that raise it."""
        error = kind(reason, **self.facts())
        error.__cause__ = cause
        return error

    def without_future(self) -> Call:
        """What is remembered for a late answer: a future that failed keeps alive whoever waited for it."""
        unused: ResponseFuture[Any] = ResponseFuture(
            self.id, self.op, self.ws_key, self.client_oid, _ignore, self.future._pid
        )
        return evolve(self, frame=b"", future=unused)

    def claim(self) -> bool:
        """Make it uncancellable; False when the user has cancelled it."""
        future = self.future
        # Otherwise it was done before, and Ctrl-C came in between that and the note of it.
        pending = future._state == PENDING or future._state == CANCELLED
        self.claimed = future.set_running_or_notify_cancel() if pending else future._state == RUNNING
        if not self.claimed:
            future._wake()  # Ctrl-C may have come in between a cancel and this
        return self.claimed

    def claim_new(self) -> None:
        """``claim`` before anybody has its future, who could have cancelled it: nothing has to be looked at."""
        self.future._state = RUNNING
        self.claimed = True

    def settle(self, outcome: object) -> None:
        """Hand the user the response, or the exception; by the owner of the call, once, without the lock."""
        self.conclude(outcome)
        self.future._wake()

    def conclude(self, outcome: object) -> None:
        """The part of ``settle`` that wakes nobody who waits in ``result``."""
        future = self.future
        if not self.claimed and not self.claim():
            return  # cancelled between being taken out of the queue and now
        future._release()
        try:
            if isinstance(outcome, BaseException):
                _set_exception(future, outcome)
            else:
                _set_result(future, outcome)
        except concurrent.futures.InvalidStateError:
            _logger.error("the future of request %s was settled by someone else", self.id)
