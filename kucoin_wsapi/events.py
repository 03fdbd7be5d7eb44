"""What a client tells its listeners, and the table of who listens.

=================  =====================================  ============================================
event              object                                 when
=================  =====================================  ============================================
``open``           ``ConnectionEvent``                    a socket is up for the first time, not logged in yet
``reconnected``    ``ConnectionEvent``                    a socket is up again after a loss, not logged in yet
``authenticated``  ``ConnectionEvent``                    the exchange's welcome came: requests are sent; with
                                                          ``clock_skew``
``reconnect``      ``ConnectionEvent`` with ``reason``    a ready connection was lost; another is on its way
``close``          ``ConnectionEvent``                    closed for good, with ``reason`` unless we asked
``response``       ``WSAPIResponse``                      a request succeeded
``update``         ``Update``                             something happened that is subscribed to
``exception``      ``ExceptionEvent``                     a request was refused, or something went wrong
                                                          that belongs to no request
=================  =====================================  ============================================

Handlers run on the client's callback thread, one after the other, in the order of the events; those of ``update`` on
the thread that each key has for its updates.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal, get_args

from attrs import frozen

from .exceptions import ConfigurationError
from .options import WsKey

__all__ = ["ConnectionEvent", "ExceptionEvent"]

ConnectionEventName = Literal["open", "reconnected", "authenticated", "reconnect", "close"]
EventName = Literal[
    "open", "reconnected", "authenticated", "reconnect", "close", "response", "update", "exception"
]
Handler = Callable[[Any], object]


@frozen
class ConnectionEvent:
    """A step in the life of one connection.

    Attributes:
        name: the name of the event.
        ws_key: the connection.
        generation: counts the connection attempts of this key from 1.
        reason: an exception of this package, or None.
        clock_skew: of ``authenticated``: the exchange's clock minus ours in seconds, or None if it was not told.
    """

    name: ConnectionEventName
    ws_key: WsKey
    generation: int
    reason: Exception | None = None
    clock_skew: float | None = None


@frozen
class ExceptionEvent:
    """Something went wrong.

    Attributes:
        ws_key: the connection it happened on, or None for an error raised by a handler or callback.
        error: the exception; for a refused request the one its future raises.
        is_ws_api_response: True when it is the answer to a request.
        late: True when the answer came after its future had settled.
        generation: number of the connection, or None.
    """

    ws_key: WsKey | None
    error: BaseException
    is_ws_api_response: bool = False
    late: bool = False
    generation: int | None = None


def check_event(event: str) -> EventName:
    """Refuse a name that no event has: a listener that never hears anything is a silent mistake."""
    for name in get_args(EventName):
        if event == name:
            return name  # type: ignore[no-any-return]  # get_args is untyped; the members are EventName
    raise ConfigurationError(f"event: {event!r} is not an event; known are {', '.join(get_args(EventName))}")


class Listeners:
    """Who listens to what. Thread-safe.

    ``_lock`` guards the replacement of entries in ``_handlers``; the tuples in it are never changed, so that
    they can be read without the lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handlers: dict[EventName, tuple[tuple[Handler, bool], ...]] = {}

    def add(self, event: EventName, handler: Handler, *, once: bool = False) -> None:
        """Add a handler; one that is added twice is called twice."""
        if not callable(handler):
            raise ConfigurationError(f"handler: a function is needed, not {handler!r}")
        with self._lock:
            self._handlers[event] = (*self._handlers.get(event, ()), (handler, once))

    def remove(self, event: EventName, handler: Handler) -> None:
        """Remove a handler; nothing happens when it does not listen."""
        with self._lock:
            self._handlers[event] = tuple(
                entry for entry in self._handlers.get(event, ()) if entry[0] != handler
            )

    def any(self, event: EventName) -> bool:
        """Whether an event is worth building."""
        return bool(self._handlers.get(event))

    def take(self, event: EventName) -> tuple[Handler, ...]:
        """The handlers to call for one event, in the order in which they were added."""
        entries = self._handlers.get(event, ())
        if any(once for _, once in entries):
            with self._lock:
                entries = self._handlers.get(event, ())
                self._handlers[event] = tuple(entry for entry in entries if not entry[1])
        return tuple(handler for handler, _ in entries)
