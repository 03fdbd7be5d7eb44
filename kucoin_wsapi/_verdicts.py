"""The verdict on a call that ends without an answer: not sent, or unknown.

``written`` decides: as long as not a single byte may have left, the exchange cannot have seen the request.
"""

from __future__ import annotations

from ._calls import Call
from .exceptions import (
    CallError,
    ClientClosedError,
    ConnectionLostError,
    NotReadyError,
    PacingError,
    ReplyTimeoutError,
    StaleRequestError,
    what_happened,
)

__all__ = ["closed", "expired", "lost", "overslept", "paced"]


def expired(call: Call, now: float, reason: Exception | None) -> CallError:
    """Its time is up; ``reason`` is why there was no ready connection, if there was none."""
    seconds = f"{call.deadline - call.submitted_at:g} s"
    why = "" if reason is None else f": {what_happened(reason)}"
    if call.written:
        return call.error(ReplyTimeoutError, f"no answer within {seconds}")
    if now >= call.deadline and call.claimed:
        return call.error(NotReadyError, f"the socket took nothing of it within {seconds}")
    if now >= call.deadline:
        return call.error(NotReadyError, f"no ready connection within {seconds}{why}", reason)
    delay = f"max_send_delay ({call.stale_at - call.submitted_at:g} s)"
    return call.error(StaleRequestError, f"not written within {delay}{why}", reason)


def overslept(call: Call, slept: float) -> CallError:
    """It waited while the machine was suspended for ``slept`` seconds."""
    delay = f"max_send_delay ({call.stale_at - call.submitted_at:g} s)"
    return call.error(
        StaleRequestError, f"not written within {delay}: the machine was suspended for {slept:.0f} s"
    )


def paced(call: Call, seconds: float) -> CallError:
    """The rate limit leaves no room for it for another ``seconds``."""
    text = f"the rate limit leaves no room for it for {seconds:.1f} s"
    return PacingError(text, reset_after=seconds, **call.facts())


def lost(call: Call, reason: Exception) -> CallError:
    """Its connection ended before the answer came."""
    return call.error(ConnectionLostError if call.written else NotReadyError, what_happened(reason), reason)


def closed(call: Call, reason: Exception | None) -> CallError:
    """There is no connection any more: because of ``reason``, or because the user closed it."""
    if reason is not None:
        return call.error(NotReadyError, what_happened(reason), reason)
    return call.error(ClientClosedError, "the client or this connection is closed")
