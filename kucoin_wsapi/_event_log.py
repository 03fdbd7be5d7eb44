"""The listeners that ``attach_event_listeners=True`` attaches: life cycle and errors as log lines."""

from __future__ import annotations

import logging
import sys
from typing import Any

from .client import WebsocketClient
from .events import ConnectionEvent, ExceptionEvent

__all__ = ["attach_event_log"]

_NAME = "kucoin_wsapi.events"
_NOTEWORTHY_SKEW = 1.0  # seconds; a login fails at five
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def attach_event_log(client: WebsocketClient, logger: logging.Logger | None) -> None:
    """Log life-cycle events as INFO and exceptions as ERROR, to ``logger`` or to ``kucoin_wsapi.events``.

    A clock that is off by more than a second is a WARNING at each login.

    As long as the application has not configured logging, the lines of ``kucoin_wsapi.events`` go to standard error;
    from then on they go where it says and nowhere else. A level set on that logger counts in both cases.
    """
    log = _log_to(logger)

    def connection_event(event: ConnectionEvent) -> None:
        reason = f": {event.reason}" if event.reason is not None else ""
        log(logging.INFO, f"{event.ws_key.value} {event.name} (connection {event.generation}){reason}")
        skew = event.clock_skew
        if skew is not None and abs(skew) > _NOTEWORTHY_SKEW:
            direction = "behind" if skew > 0 else "ahead of"
            text = f"this machine's clock is {abs(skew):.1f} s {direction} the exchange's: set it"
            log(logging.WARNING, f"{event.ws_key.value} {text}")

    def exception_event(event: ExceptionEvent) -> None:
        key = "callback" if event.ws_key is None else event.ws_key.value
        late = " (late answer)" if event.late else ""
        log(logging.ERROR, f"{key} exception{late}: {type(event.error).__name__}: {event.error}")

    for name in ("open", "reconnected", "authenticated", "reconnect", "close"):
        client.on(name, connection_event)
    client.on("exception", exception_event)


def _log_to(logger: logging.Logger | None) -> Any:
    if logger is not None:
        return logger.log
    events = logging.getLogger(_NAME)

    def log(level: int, message: str) -> None:
        if _is_configured(events):
            events.log(level, "%s", message)
        elif _lets_through(events, level):
            record = events.makeRecord(_NAME, level, "", 0, message, (), None)
            print(logging.Formatter(_FORMAT).format(record), file=sys.stderr)

    return log


def _is_configured(logger: logging.Logger) -> bool:
    """Whether the application has said where the lines of this logger go; our own NullHandler does not count."""
    current: logging.Logger | None = logger
    while current is not None:
        if any(not isinstance(handler, logging.NullHandler) for handler in current.handlers):
            return True
        if not current.propagate:
            return True
        current = current.parent
    return False


def _lets_through(logger: logging.Logger, level: int) -> bool:
    """Whether the application, if it has set a level, wants such lines; the root logger's is Python's own choice."""
    if logger.disabled or logger.manager.disable >= level:
        return False
    current = logger
    while current.level == logging.NOTSET and current.parent is not None:
        current = current.parent
    return current.parent is None or level >= current.level
