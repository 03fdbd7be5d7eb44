"""What every call of a client may be given, checked."""

from __future__ import annotations

import reprlib

from .exceptions import ConfigurationError, InvalidRequestError, what_happened
from .options import LONGEST_TIME, WsKey

__all__ = ["checked_key", "checked_timeout"]


def checked_key(ws_key: WsKey | str) -> WsKey:
    """The key; ``InvalidRequestError`` for what is none."""
    if type(ws_key) is WsKey:
        return ws_key
    try:
        return WsKey.of(ws_key)
    except ConfigurationError as error:  # there it is an argument of a constructor, here of a call
        raise InvalidRequestError(what_happened(error), field="ws_key") from None


def checked_timeout(timeout: float) -> float:
    """The timeout in seconds; ``InvalidRequestError`` unless it is positive and finite."""
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout <= LONGEST_TIME:
        text = f"timeout: a positive, finite number of seconds is needed, not {reprlib.repr(timeout)}"
        raise InvalidRequestError(text, field="timeout")
    return timeout
