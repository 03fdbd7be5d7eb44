"""From what happens on a connection to the handlers that listen to it."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._callbacks import CallbackThread
from .events import ConnectionEvent, EventName, ExceptionEvent, Listeners
from .exceptions import CallError

if TYPE_CHECKING:
    from ._calls import Call
    from ._outcomes import Outcome

__all__ = ["Announcer"]

_logger = logging.getLogger("kucoin_wsapi")


class Announcer:
    """Hands events to the callback thread. Called by any thread, never blocks.

    The listeners are held weakly: connections and threads hold this object, and a handler may hold the client,
    which must still be collected when nobody else does.
    """

    def __init__(self, listeners: Listeners, thread_name: Callable[[], str]) -> None:
        self._listeners = weakref.ref(listeners)
        announcer = weakref.ref(self)

        def report(error: BaseException) -> None:
            alive = announcer()
            if alive is not None:
                alive.emit(ExceptionEvent(None, error))

        self.callbacks: CallbackThread = CallbackThread(thread_name, report)

    def emit(self, event: ConnectionEvent | ExceptionEvent) -> None:
        """Announce a step of a connection, or something that went wrong."""
        if isinstance(event, ConnectionEvent):
            self._announce(event.name, event)
        else:
            self._announce("exception", event)

    def settled(self, call: Call, outcome: Outcome, late: bool) -> None:
        """Announce the outcome of a call, after its future has settled."""
        name: EventName = "exception" if isinstance(outcome, CallError) else "response"
        listeners = self._listeners()
        if listeners is None or not listeners.any(name):
            return
        if isinstance(outcome, CallError):
            self._announce(name, ExceptionEvent(call.ws_key, outcome, True, late, call.generation))
        else:
            self._announce(name, outcome)

    def _announce(self, name: EventName, event: object) -> None:
        listeners = self._listeners()
        if listeners is not None and listeners.any(name):
            self.callbacks.submit(self._deliver, name, event)

    def _deliver(self, name: EventName, event: object) -> None:
        """On the callback thread. Only here it is seen who listens, so that a removed handler hears nothing more."""
        listeners = self._listeners()
        for handler in () if listeners is None else listeners.take(name):
            if name == "exception":
                _quietly(handler, event)
            else:
                self.callbacks.run(handler, event)


def _quietly(handler: Callable[[Any], object], event: object) -> None:
    """An error of an ``exception`` handler is logged only: as an event it would come back to the same handler."""
    try:
        handler(event)
    except BaseException:  # user code may raise anything, SystemExit included
        _logger.exception("a handler of 'exception' raised: %r", handler)
